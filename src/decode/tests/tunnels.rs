//! Packets in tunnels over IP and UDP, and datagrams on the ports of tunnels that are none.

use super::decoder;
use super::skip;
use super::with_segment;
use crate::decode::Decoded;
use crate::decode::Skip;
use crate::decode::sample::ethernet;
use crate::decode::sample::frame;
use crate::decode::sample::ipv4;
use crate::decode::sample::ipv4_place;
use crate::decode::sample::ipv6;
use crate::decode::sample::tcp;
use crate::decode::sample::tunnels::gtp;
use crate::decode::sample::tunnels::tunnels;
use crate::decode::sample::udp_ports;

const PORTS: [u16; 13] = [
    4789, 8472, 4790, 6081, 2152, 4754, 3544, 1701, 6080, 6635, 4341, 5247, 37008,
];

fn packets() -> [Vec<u8>; 2] {
    [ipv4(6, &tcp(&[], b"hello")), ipv6(6, &tcp(&[], b"hello"))]
}

/// The payload of a datagram to `port` comes through as it is.
fn stays(ports: (u16, u16), payload: &[u8]) {
    let bytes = ethernet(&[(0x8100, 9)], &ipv4(17, &udp_ports(ports, payload)));
    let mut decoder = decoder();
    match decoder.decode(&frame(1, &bytes)) {
        Decoded::Udp(datagram) => {
            assert_eq!((datagram.src.1, datagram.dst.1), ports);
            assert_eq!(datagram.payload, payload);
        }
        other => panic!("{ports:?} {payload:02x?}: {other:?}"),
    }
}

#[test]
fn each_tunnel_gives_its_segment_and_its_words() {
    for packet in packets() {
        for (protocol, carried, words) in tunnels(&packet) {
            for outer in [ipv4(protocol, &carried), ipv6(protocol, &carried)] {
                let bytes = [ethernet(&[(0x8100, 12)], &outer), vec![0; 5]].concat();
                with_segment(&frame(1, &bytes), |segment| {
                    assert_eq!((segment.dst_port, segment.payload), (443, &b"hello"[..]));
                    assert_eq!(segment.payload_length, 5);
                    assert_eq!(segment.path.network().words(), ["vlan 12", words]);
                });
            }
        }
    }
}

#[test]
fn tags_within_a_tunnel_stand_behind_those_before_it() {
    let inner = ethernet(&[(0x8100, 5)], &packets()[0]);
    let datagram = udp_ports(
        (1, 4789),
        &[&[8, 0, 0, 0, 0, 0, 42, 0][..], &inner].concat(),
    );
    let bytes = ethernet(&[(0x8100, 12)], &ipv4(17, &datagram));
    with_segment(&frame(1, &bytes), |segment| {
        assert_eq!(
            segment.path.network().words(),
            ["vlan 12", "vlan 5", "vxlan 42"]
        );
    });
}

#[test]
fn four_tunnels_of_any_kind_are_followed_and_a_fifth_is_said() {
    let count = tunnels(&packets()[0]).len();
    for which in 0..count {
        let mut packet = packets()[0].clone();
        for depth in 1..=5 {
            let (protocol, carried, words) = tunnels(&packet).remove(which);
            packet = ipv4(protocol, &carried);
            let mut decoder = decoder();
            let bytes = frame(101, &packet);
            match decoder.decode(&bytes) {
                Decoded::Tcp(segment) => assert_eq!(
                    (depth <= 4, segment.path.network().words()),
                    (true, vec![words.to_owned()])
                ),
                Decoded::Skip(Skip::TooDeep(name)) => {
                    assert_eq!((depth, Some(name)), (5, words.split(' ').next()));
                }
                other => panic!("{depth} {words}: {other:?}"),
            }
        }
    }
}

#[test]
fn what_is_no_tunnel_in_four_of_them_comes_through() {
    for port in PORTS {
        let mut packet = ipv4(17, &udp_ports((50_000, port), &[8; 40]));
        for _ in 0..4 {
            packet = ipv4(4, &packet);
        }
        let mut decoder = decoder();
        let bytes = frame(101, &packet);
        let decoded = decoder.decode(&bytes);
        assert!(matches!(decoded, Decoded::Udp(_)), "{port}: {decoded:?}");
    }
}

#[test]
fn a_tunnel_in_fragments_is_read_when_whole() {
    for (protocol, carried, words) in tunnels(&packets()[0]) {
        let mut decoder = decoder();
        let first = ipv4_place(protocol, (7, 0x2000), &carried[..24]);
        let last = ipv4_place(protocol, (7, 3), &carried[24..]);
        let held = decoder.decode(&frame(101, &first));
        assert!(
            matches!(held, Decoded::Skip(Skip::FragmentHeld)),
            "{words}: {held:?}"
        );
        match decoder.decode(&frame(101, &last)) {
            Decoded::Tcp(segment) => assert_eq!(segment.path.network().words(), [words]),
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn fragments_in_a_tunnel_are_put_together() {
    let segment = tcp(&[], &[7; 100]);
    let parts = [
        ipv4_place(6, (7, 0x2000), &segment[..48]),
        ipv4_place(6, (7, 6), &segment[48..]),
    ];
    let carried = parts.map(|part| tunnels(&part));
    for ((protocol, first, words), (_, last, _)) in carried[0].iter().zip(&carried[1]) {
        let mut decoder = decoder();
        let first = ipv4(*protocol, first);
        let held = decoder.decode(&frame(101, &first));
        assert!(matches!(held, Decoded::Skip(Skip::FragmentHeld)), "{words}");
        match decoder.decode(&frame(101, &ipv4(*protocol, last))) {
            Decoded::Tcp(whole) => {
                assert_eq!((whole.payload, whole.payload_length), (&[7; 100][..], 100))
            }
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn other_datagrams_on_these_ports_stay_what_they_are() {
    let answer = b"\x08\x00\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x04";
    let quic = [&[0x43][..], &[0x5a; 60]].concat();
    let hello = [&[0xc3, 0, 0, 0, 1, 8][..], &[0x5a; 60]].concat();
    let rtp = [&[0x80, 0, 0, 1][..], &[0x5a; 60]].concat();
    for port in PORTS {
        for payload in [
            &answer[..],
            &quic,
            &hello,
            &rtp,
            &[0; 60],
            &[0xff; 60],
            &[],
            &[8],
            &[0x30, 255, 0, 0],
        ] {
            stays((50_000, port), payload);
            stays((port, 50_000), payload);
        }
        // Every identifier that an answer of DNS can have.
        for id in 0..=u16::MAX {
            let named = [&id.to_be_bytes()[..], &answer[2..]].concat();
            stays((53, port), &named);
        }
    }
}

#[test]
fn headers_with_a_wrong_bit_are_no_tunnel() {
    let packet = &packets()[0];
    let inner = ethernet(&[], packet);
    let around = |header: &[u8], inside: &[u8]| [header, inside].concat();
    for port in [4789, 4790, 8472] {
        stays((1, port), &around(&[0, 0, 0, 0, 0, 0, 42, 0], &inner));
    }
    // Packets of OAM, and another version.
    stays((1, 4790), &around(&[9, 0, 0, 0, 0, 0, 42, 0], &inner));
    stays((1, 4790), &around(&[0x18, 0, 0, 0, 0, 0, 42, 0], &inner));
    // The source port of VXLAN says nothing; on any port a whole packet must fill it.
    let longer = [&inner[..], &[0]].concat();
    stays((4789, 1), &around(&[8, 0, 0, 0, 0, 0, 42, 0], &longer));
    stays((4789, 1), &around(&[8, 0, 0, 0, 0, 0, 42, 1], &inner));
    stays((4000, 5000), packet);
    for geneve in [
        [0x40, 0, 8, 0, 0, 0, 7, 0],
        [0, 0, 8, 6, 0, 0, 7, 0],
        [1, 0, 8, 0, 0, 0, 7, 0],
    ] {
        stays((1, 6081), &around(&geneve, packet));
    }
    for flags in [0x10, 0x20, 0x50, 0x28] {
        stays((2152, 2152), &gtp(flags, packet)[8..]);
    }
    let mut echo = gtp(0x30, packet)[8..].to_vec();
    echo[1] = 1;
    stays((2152, 2152), &echo);
    echo[1..4].copy_from_slice(&[255, 0xff, 0xff]);
    stays((2152, 2152), &echo);
    // Extension headers of length 0, and more of them than anybody sends.
    stays((2152, 2152), &gtp(0x34, &[0, 0, 0, 0x85, 0, 0, 0, 0])[8..]);
    let endless = [&[0, 0, 0, 0x85][..], &[1, 0, 0, 0x85].repeat(50)].concat();
    stays((2152, 2152), &gtp(0x34, &endless)[8..]);
    // Non-IP traffic of a mobile: no packet begins here.
    stays((2152, 2152), &gtp(0x30, b"\x01\x02\x03\x04")[8..]);
}

#[test]
fn bits_that_receivers_ignore_are_believed_where_a_packet_fits_in() {
    let packet = &packets()[0];
    let frame_of = ethernet(&[], packet);
    let tagged = ethernet(&[(0x88a8, 3), (0x8100, 4)], packet);
    let padded = [&frame_of[..], &[0; 6]].concat();
    let read = |port: u16, header: &[u8], inside: &[u8]| {
        let datagram = udp_ports((1, port), &[header, inside].concat());
        with_segment(&frame(101, &ipv4(17, &datagram)), |segment| {
            assert_eq!(segment.payload, b"hello", "{port} {header:02x?}");
        });
        // The same header with a packet that is longer than the datagram, or none.
        let longer = &inside[..inside.len() - 9];
        stays((1, port), &[header, longer].concat());
        stays((1, port), &[header, &[8; 60]].concat());
        stays((1, port), header);
    };
    for vxlan in [
        [9, 0, 0, 0, 0, 0, 42, 0],
        [8, 1, 0, 0, 0, 0, 42, 0],
        [8, 0, 0, 1, 0, 0, 42, 0],
        [8, 0, 0, 0, 0, 0, 42, 1],
        [0xc8, 0x0f, 0x40, 1, 0, 0, 42, 0x80],
    ] {
        for port in [4789, 8472] {
            read(port, &vxlan, &frame_of);
            read(port, &vxlan, &tagged);
            with_segment(
                &frame(
                    101,
                    &ipv4(17, &udp_ports((1, port), &[&vxlan, &padded[..]].concat())),
                ),
                |segment| assert_eq!(segment.payload, b"hello"),
            );
        }
    }
    read(4790, &[8, 1, 0, 0, 0, 0, 42, 0], &frame_of);
    read(4790, &[0x4c, 0, 0, 1, 0, 0, 42, 7], packet);
    for geneve in [[0, 0x80], [0, 1], [0, 0xff]] {
        read(6081, &[&geneve[..], &[8, 0, 0, 0, 7, 0]].concat(), packet);
        read(
            6081,
            &[&geneve[..], &[0x65, 0x58, 0, 0, 7, 0]].concat(),
            &frame_of,
        );
    }
    read(6081, &[0, 0, 8, 0, 0, 0, 7, 1], packet);
    with_segment(&frame(101, &ipv4(17, &gtp(0x38, packet))), |segment| {
        assert_eq!(segment.path.network().words(), ["gtp-u 0x1a2b"]);
    });
    stays((2152, 2152), &gtp(0x38, &[8; 60])[8..]);
    stays((2152, 2152), &gtp(0x38, &packet[..packet.len() - 1])[8..]);
}

#[test]
fn fragments_of_capwap_are_counted_and_answers_of_the_dns_are_none() {
    let inner = ethernet(&[], &ipv4(6, &tcp(&[], &[7; 70])));
    let radio = [6, 2, 0, 0, 0, 0, 1, 0];
    let native = [&[0x08, 1][..], &[0; 30]].concat();
    for fragment in [
        [&[0, 0x10, 2, 0x80, 0, 9, 0, 0], &inner[..64]].concat(),
        [&[0, 0x10, 2, 0xc0, 0, 9, 0, 64], &inner[64..]].concat(),
        [&[0, 0x20, 2, 0x90, 0, 9, 0, 0], &radio[..], &inner[..64]].concat(),
        [&[0, 0x10, 3, 0x80, 0, 9, 0, 0], &native[..]].concat(),
    ] {
        let packet = ipv4(17, &udp_ports((50_000, 5247), &fragment));
        let skipped = skip(&frame(101, &packet));
        assert_eq!(skipped, Skip::Unread("CAPWAP fragment"));
        // A header that is longer than its fields, or nothing behind it.
        let mut longer = fragment.clone();
        longer[1] += 8;
        stays((50_000, 5247), &longer);
        stays((50_000, 5247), &fragment[..8]);
    }
    // Not the last one, and no multiple of eight.
    stays(
        (1, 5247),
        &[&[0, 0x10, 2, 0x80, 0, 9, 0, 8], &[7; 63][..]].concat(),
    );
    for flags in [0x80, 0x81, 0x83, 0x84, 0x85] {
        for count in [0, 1, 8, 16] {
            for id in 0..=255 {
                let header = [0, id, flags, 0x80, 0, 1, 0, count, 0, 0, 0, 0];
                let question = b"\x03www\x07example\x03com\x00\x00\x01\x00\x01";
                stays((53, 5247), &[&header, &question[..]].concat());
            }
        }
    }
}

#[test]
fn gtp_answers_from_its_port_to_any() {
    let message = &gtp(0x30, &packets()[0])[8..];
    for ports in [(2152, 40_000), (40_000, 2152)] {
        with_segment(
            &frame(101, &ipv4(17, &udp_ports(ports, message))),
            |segment| {
                assert_eq!(segment.path.network().words(), ["gtp-u 0x1a2b"]);
            },
        );
    }
}

#[test]
fn teredo_with_and_without_indications() {
    let mut packet = ipv6(6, &tcp(&[], b"hello"));
    stays((3544, 3544), &packet);
    packet[8..12].copy_from_slice(&[0x20, 1, 0, 0]);
    let authentication = [&[0, 1, 2, 3][..], &[7; 5], &[1; 9]].concat();
    let origin = [0, 0, 1, 2, 3, 4, 5, 6];
    for before in [
        vec![],
        origin.to_vec(),
        authentication.clone(),
        [&authentication[..], &origin].concat(),
    ] {
        let datagram = udp_ports((3544, 4000), &[&before[..], &packet].concat());
        with_segment(&frame(101, &ipv4(17, &datagram)), |segment| {
            assert_eq!(
                (segment.payload, segment.path.network().words()),
                (&b"hello"[..], vec!["teredo".to_owned()])
            );
        });
    }
}

#[test]
fn what_is_in_a_tunnel_but_not_read_says_what_it_is() {
    let arp = [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6][..], &[0; 28]].concat();
    let vxlan =
        |inner: &[u8]| udp_ports((1, 4789), &[&[8, 0, 0, 0, 0, 0, 42, 0][..], inner].concat());
    let gre = |header: &[u8]| skip(&frame(101, &ipv4(47, header)));
    assert_eq!(skip(&frame(101, &ipv4(17, &vxlan(&arp)))), Skip::LinkLocal);
    assert_eq!(
        gre(&[0, 0, 0x88, 0xf7, 1]),
        Skip::UnsupportedEtherType(0x88f7)
    );
    assert_eq!(gre(&[0, 0, 0, 0]), Skip::LinkLocal);
    assert_eq!(gre(&[0, 0, 8, 6]), Skip::LinkLocal);
    // A source route without end.
    assert_eq!(
        gre(&[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 4]),
        Skip::TooShort
    );
    assert_eq!(skip(&frame(101, &ipv4(115, &[0; 20]))), Skip::LinkLocal);
    assert_eq!(
        skip(&frame(101, &ipv4(115, &[9; 60]))),
        Skip::Unread("L2TPv3 with another payload")
    );
    assert_eq!(skip(&frame(101, &ipv4(97, &[0x40, 0]))), Skip::Malformed);
    assert_eq!(gre(&[0, 2, 8, 0, 0x45]), Skip::UnsupportedIpProtocol(47));
    assert_eq!(gre(&[0, 0, 8, 0, 0x15]), Skip::Malformed);
    assert_eq!(
        gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x20, 0, 0, 0]),
        Skip::Malformed
    );
    // Acknowledgments of PPTP, and what it encrypts.
    assert_eq!(
        gre(&[0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 9, 0, 0, 0, 1]),
        Skip::LinkLocal
    );
    assert_eq!(
        gre(&[0x30, 1, 0x88, 0x0b, 0, 4, 0, 9, 0, 0, 0, 1, 0, 0xfd, 1, 2]),
        Skip::UnsupportedPppProtocol(0xfd)
    );
}

#[test]
fn a_snap_length_that_cuts_the_inner_header_is_said() {
    let packet = ipv4(17, &tunnels(&packets()[0])[0].1);
    let mut cut = frame(101, &packet[..70]);
    cut.wire_length = u32::try_from(packet.len()).unwrap();
    assert_eq!(skip(&cut), Skip::TooShort);
}
