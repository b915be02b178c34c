//! What is read by hand is what etherparse reads.

use super::decoder;
use crate::decode::Decoded;
use crate::decode::Options;
use crate::decode::Segment;
use crate::decode::sample::frame;
use etherparse::LaxNetSlice;
use etherparse::LaxSlicedPacket;
use etherparse::PacketBuilder;
use etherparse::TcpOptionElement;
use etherparse::TransportSlice;
use etherparse::VlanId;
use proptest::prelude::Strategy;
use proptest::prelude::any;
use proptest::prelude::prop_assert_eq;
use proptest::proptest;

/// A packet to build: tags, IPv6 or not, TTL, ports with seq and ack, window, flags, which options, payload, padding.
type Recipe = (
    Vec<u16>,
    bool,
    u8,
    (u16, u16, u32, u32),
    u16,
    u8,
    (bool, bool, bool),
    Vec<u8>,
    usize,
);

fn recipe() -> impl Strategy<Value = Recipe> {
    (
        proptest::collection::vec(1_u16..4095, 0..3),
        any::<bool>(),
        any::<u8>(),
        any::<(u16, u16, u32, u32)>(),
        any::<u16>(),
        any::<u8>(),
        any::<(bool, bool, bool)>(),
        proptest::collection::vec(any::<u8>(), 0..300),
        0_usize..20,
    )
}

fn build((tags, v6, ttl, numbers, window, flags, wanted, payload, padding): &Recipe) -> Vec<u8> {
    let ethernet = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    let (source, destination) = ([0x20; 16], [0xfe; 16]);
    let id = |n: usize| VlanId::try_new(tags[n]).unwrap();
    let ip = match (tags.len(), v6) {
        (0, false) => ethernet.ipv4([10, 1, 2, 3], [192, 168, 7, 9], *ttl),
        (0, true) => ethernet.ipv6(source, destination, *ttl),
        (1, false) => ethernet
            .single_vlan(id(0))
            .ipv4([10, 1, 2, 3], [192, 168, 7, 9], *ttl),
        (1, true) => ethernet.single_vlan(id(0)).ipv6(source, destination, *ttl),
        (_, false) => {
            ethernet
                .double_vlan(id(0), id(1))
                .ipv4([10, 1, 2, 3], [192, 168, 7, 9], *ttl)
        }
        (_, true) => ethernet
            .double_vlan(id(0), id(1))
            .ipv6(source, destination, *ttl),
    };
    let mut options = Vec::new();
    if wanted.0 {
        options.extend([
            TcpOptionElement::MaximumSegmentSize(1400),
            TcpOptionElement::WindowScale(7),
        ]);
    }
    if wanted.1 {
        options.push(TcpOptionElement::SelectiveAcknowledgement(
            (1, 2),
            [Some((3, 4)), None, None],
        ));
    }
    if wanted.2 {
        options.extend([
            TcpOptionElement::Noop,
            TcpOptionElement::Noop,
            TcpOptionElement::Timestamp(5, 6),
        ]);
    }
    let mut tcp = ip
        .tcp(numbers.0, numbers.1, numbers.2, *window)
        .ack(numbers.3);
    if flags & 1 != 0 {
        tcp = tcp.fin();
    }
    if flags & 2 != 0 {
        tcp = tcp.syn();
    }
    if flags & 4 != 0 {
        tcp = tcp.rst();
    }
    if flags & 8 != 0 {
        tcp = tcp.psh();
    }
    let mut bytes = Vec::new();
    tcp.options(&options)
        .unwrap()
        .write(&mut bytes, payload)
        .unwrap();
    bytes.resize(bytes.len() + padding, 0);
    bytes
}

/// What etherparse makes of the options.
fn options(tcp: &etherparse::TcpSlice<'_>) -> Options {
    let mut options = Options::default();
    for option in tcp.options_iterator().flatten() {
        match option {
            TcpOptionElement::MaximumSegmentSize(size) => options.mss = Some(size),
            TcpOptionElement::WindowScale(shift) => options.window_scale = Some(shift),
            TcpOptionElement::Timestamp(value, echo) => options.timestamps = Some((value, echo)),
            TcpOptionElement::SelectiveAcknowledgement(first, rest) => {
                options.sack = [Some(first), rest[0], rest[1], rest[2]];
            }
            TcpOptionElement::Noop | TcpOptionElement::SelectiveAcknowledgementPermitted => {}
        }
    }
    options
}

/// The same facts of both, or `None` where etherparse has no TCP header.
fn theirs(bytes: &[u8]) -> Option<String> {
    let packet = LaxSlicedPacket::from_ethernet(bytes).ok()?;
    let TransportSlice::Tcp(tcp) = packet.transport.as_ref()? else {
        return None;
    };
    let (src, dst, ttl, id) = match packet.net.as_ref()? {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            let id = Some(header.identification());
            (
                header.source_addr().into(),
                header.destination_addr().into(),
                header.ttl(),
                id,
            )
        }
        LaxNetSlice::Ipv6(ip) => {
            let header = ip.header();
            (
                header.source_addr().into(),
                header.destination_addr().into(),
                header.hop_limit(),
                None,
            )
        }
        LaxNetSlice::Arp(_) => return None,
    };
    let flags = [
        tcp.fin(),
        tcp.syn(),
        tcp.rst(),
        tcp.psh(),
        tcp.ack(),
        tcp.urg(),
        tcp.ece(),
        tcp.cwr(),
    ];
    let flags = (0..)
        .zip(flags)
        .map(|(bit, set)| u8::from(set) << bit)
        .sum::<u8>();
    let mut vlans = [0; 4];
    vlans
        .iter_mut()
        .zip(packet.vlan_ids())
        .for_each(|(to, id)| *to = id.value());
    let ports = (
        tcp.source_port(),
        tcp.destination_port(),
        tcp.sequence_number(),
        tcp.acknowledgment_number(),
    );
    Some(line(
        (src, dst, ttl, id),
        ports,
        (flags, tcp.window_size(), tcp.checksum()),
        (options(tcp), vlans),
        tcp.payload(),
    ))
}

fn ours(segment: &Segment<'_>) -> String {
    let ports = (segment.src_port, segment.dst_port, segment.seq, segment.ack);
    let rest = (segment.flags, segment.window, segment.checksum);
    line(
        (segment.src, segment.dst, segment.ttl, segment.ip_id),
        ports,
        rest,
        (segment.options, segment.path.vlans),
        segment.payload,
    )
}

fn line(
    ip: (std::net::IpAddr, std::net::IpAddr, u8, Option<u16>),
    ports: (u16, u16, u32, u32),
    rest: (u8, u16, u16),
    odd: (Options, [u16; 4]),
    payload: &[u8],
) -> String {
    format!("{ip:?} {ports:?} {rest:?} {odd:?} {payload:02x?}")
}

proptest! {
    #[test]
    fn whole_and_cut_packets_are_read_alike(recipe in recipe(), keep in 0_usize..500) {
        let bytes = build(&recipe);
        for end in [bytes.len(), keep.min(bytes.len())] {
            let mut decoder = decoder();
            let mut cut = frame(1, &bytes[..end]);
            cut.wire_length = u32::try_from(bytes.len()).unwrap();
            let decoded = decoder.decode(&cut);
            if let Some(theirs) = theirs(&bytes[..end]) {
                let Decoded::Tcp(segment) = &decoded else { panic!("{decoded:?}") };
                prop_assert_eq!(ours(segment), theirs);
                prop_assert_eq!(segment.payload_length as usize, recipe.7.len());
            } else {
                let header = 14 + recipe.0.len() * 4 + if recipe.1 { 40 } else { 20 };
                prop_assert_eq!(matches!(decoded, Decoded::Tcp(_)), end >= header + 14);
            }
        }
    }
}
