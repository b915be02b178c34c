//! Changes to a capture that a network or a capture program makes and that mean nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;

use super::packet::ACK;
use super::packet::Cooked;
use super::packet::FIN;
use super::packet::Link;
use super::packet::Net;
use super::packet::PSH;
use super::packet::Packet;
use super::packet::RST;
use super::packet::SYN;
use super::packet::Segment;
use super::parse::be16;
use super::parse::be32;
use super::random::Random;

/// How near in time two packets of one side must be to be swapped, ns: farther apart their order is no accident.
const NEIGHBOURS: i64 = 5_000_000;
/// Where 1-byte cuts end: handshakes are over by then.
const BYTEWISE: u32 = 1500;

/// Cuts the payload of each segment into as many pieces as `sizes` gives; called with the segment, gives the length of the next
/// piece. Copies and retransmissions of one packet are cut alike, as one sender would.
fn cut(packets: &[Packet], mut sizes: impl FnMut(&Segment, usize) -> usize) -> Vec<Packet> {
    let mut out = Vec::new();
    for packet in packets {
        let Some(whole) = packet
            .tcp()
            .filter(|whole| whole.payload.len() > 1 && !whole.has(SYN) && !whole.has(RST))
        else {
            out.push(packet.clone());
            continue;
        };
        let mut start = 0;
        while start < whole.payload.len() {
            let rest = whole.payload.len() - start;
            let length = sizes(whole, start).clamp(1, rest);
            let mut piece = packet.clone();
            if let Some(segment) = piece.tcp_mut() {
                segment.payload = whole.payload[start..start + length].to_vec();
                segment.seq = whole.seq.wrapping_add(start as u32);
                if length < rest {
                    segment.flags &= !(FIN | PSH);
                }
                // 0 stands for "no identification" and stays.
                if segment.ip_id != 0 && start > 0 {
                    segment.ip_id = whole.ip_id.wrapping_add(0x2000 + start as u16).max(1);
                }
            }
            out.push(piece);
            start += length;
        }
    }
    out
}

/// Pieces of random length.
pub(crate) fn cut_anew(packets: &[Packet], seed: u64) -> Vec<Packet> {
    cut_longer_than(packets, seed, 0)
}

/// Pieces of random length, longer than `shortest`.
pub(crate) fn cut_longer_than(packets: &[Packet], seed: u64, shortest: usize) -> Vec<Packet> {
    cut(packets, |whole, start| {
        let place = u64::from(whole.seq) << 20 ^ start as u64 ^ u64::from(whole.ip_id) << 44;
        let mut random = Random::new(seed ^ place);
        let length = 1
            + shortest
            + match random.below(3) {
                0 => random.below(8),
                1 => random.below(64),
                _ => random.below(1400),
            };
        let rest = whole.payload.len() - start;
        if rest <= length + shortest {
            rest
        } else {
            length
        }
    })
}

/// Pieces of one byte, for the first bytes of each direction.
pub(crate) fn cut_bytewise(packets: &[Packet]) -> Vec<Packet> {
    let starts = starts(packets);
    cut(packets, |whole, start| {
        let offset = whole
            .seq
            .wrapping_add(start as u32)
            .wrapping_sub(starts[&whole.ends()]);
        if offset < BYTEWISE { 1 } else { usize::MAX }
    })
}

/// The first sequence number of each direction.
fn starts(packets: &[Packet]) -> HashMap<(SocketAddr, SocketAddr), u32> {
    let mut starts = HashMap::new();
    for segment in packets.iter().filter_map(Packet::tcp) {
        // The sequence number of a RST that answers a SYN is 0 and belongs to no sequence (RFC 9293 section 3.10.7.1).
        if !segment.has(RST) || segment.seq != 0 {
            starts.entry(segment.ends()).or_insert(segment.seq);
        }
    }
    starts
}

/// Each packet of one side captured after the next of the same side, where nothing of the other side lies between. `odd`: which
/// of two sets of pairs.
pub(crate) fn swap_neighbours(packets: &[Packet], odd: bool) -> Vec<Packet> {
    let mut out = packets.to_vec();
    let mut last: HashMap<(SocketAddr, SocketAddr), (usize, bool)> = HashMap::new();
    for index in 0..out.len() {
        let Some(segment) = out[index].tcp() else {
            continue;
        };
        let ends = segment.ends();
        // What the peer sends cuts the row of neighbours.
        last.remove(&(ends.1, ends.0));
        // Behind a SYN lies the answer to it, captured or not.
        if segment.has(SYN) {
            continue;
        }
        let (before, swap) = last.get(&ends).copied().unwrap_or((index, odd));
        if swap && before != index && out[index].at - out[before].at <= NEIGHBOURS {
            let (first, second) = (out[before].at, out[index].at);
            out.swap(before, index);
            out[before].at = first;
            out[index].at = second;
            last.insert(ends, (index, false));
        } else {
            last.insert(ends, (index, true));
        }
    }
    out
}

/// Each packet captured again a few microseconds later, behind a router.
pub(crate) fn duplicate(packets: &[Packet]) -> Vec<Packet> {
    let mut out = Vec::new();
    for packet in packets {
        out.push(packet.clone());
        let mut copy = packet.clone();
        copy.at += 3000;
        if let Some(segment) = copy.tcp_mut() {
            segment.ttl -= 1;
        }
        out.push(copy);
    }
    out.sort_by_key(|packet| packet.at);
    out
}

/// Each TCP packet in fragments.
pub(crate) fn fragment(packets: &[Packet], seed: u64, reverse: bool) -> Vec<Packet> {
    let mut random = Random::new(seed);
    let mut out = Vec::new();
    for packet in packets {
        let Net::Tcp(segment) = &packet.net else {
            out.push(packet.clone());
            continue;
        };
        // Two senders' RSTs may be alike but for the TTL: an identification made up for both would be one.
        if segment.ip_id == 0 && segment.has(RST) {
            out.push(packet.clone());
            continue;
        }
        let length = 20 + segment.options.len() + segment.payload.len();
        let mut cuts = Vec::new();
        let mut at = 8 * (1 + random.below(6));
        while at < length {
            cuts.push(at);
            at += 8 * (1 + random.below(60));
        }
        if cuts.is_empty() {
            out.push(packet.clone());
            continue;
        }
        let (ether_type, mut pieces) = segment.to_fragments(&cuts);
        if reverse {
            pieces.reverse();
        }
        out.extend(pieces.into_iter().map(|piece| Packet {
            net: Net::Other(ether_type, piece),
            ..packet.clone()
        }));
    }
    out
}

/// Each packet in Ethernet with these tags outside of what it has. Linux cooked packets get made-up addresses.
pub(crate) fn tag(packets: &[Packet], outer: &[(u16, u16)]) -> Vec<Packet> {
    relink(packets, |link| {
        let (addresses, inner) = match link {
            Link::Ethernet { addresses, tags } => (*addresses, tags.clone()),
            Link::Cooked1(_) | Link::Cooked2(_) => ([2; 12], Vec::new()),
        };
        let tags = [outer, &inner].concat();
        Link::Ethernet { addresses, tags }
    })
}

/// Each packet in Linux cooked version 1.
pub(crate) fn cook1(packets: &[Packet]) -> Vec<Packet> {
    relink(packets, |link| Link::Cooked1(cooked(link)))
}

/// Each packet in Linux cooked version 2.
pub(crate) fn cook2(packets: &[Packet]) -> Vec<Packet> {
    relink(packets, |link| Link::Cooked2(cooked(link)))
}

fn cooked(link: &Link) -> Cooked {
    match link {
        Link::Cooked1(cooked) | Link::Cooked2(cooked) => cooked.clone(),
        Link::Ethernet { addresses, .. } => {
            let mut address = [0; 8];
            address[..6].copy_from_slice(&addresses[6..]);
            Cooked {
                interface: 2,
                hardware: 1,
                kind: 0,
                address_length: 6,
                address,
            }
        }
    }
}

fn relink(packets: &[Packet], link: impl Fn(&Link) -> Link) -> Vec<Packet> {
    let changed = packets.iter().map(|packet| Packet {
        link: link(&packet.link),
        ..packet.clone()
    });
    changed.collect()
}

/// Sequence numbers moved so that each direction wraps `before` bytes behind its SYN.
pub(crate) fn wrap_around(packets: &[Packet], before: u32) -> Vec<Packet> {
    let starts = starts(packets);
    let shift = |ends: (SocketAddr, SocketAddr)| {
        let start = starts.get(&ends).copied().unwrap_or(0);
        0_u32.wrapping_sub(before).wrapping_sub(start)
    };
    let mut out = packets.to_vec();
    for packet in &mut out {
        match &mut packet.net {
            Net::Tcp(segment) => {
                let (from, to) = segment.ends();
                if !(segment.has(RST) && segment.seq == 0) {
                    segment.seq = segment.seq.wrapping_add(shift((from, to)));
                }
                if segment.has(ACK) {
                    segment.ack = segment.ack.wrapping_add(shift((to, from)));
                }
                shift_sack(&mut segment.options, shift((to, from)));
            }
            Net::Other(0x0800, body) => shift_quote(body, shift),
            Net::Other(..) => {}
        }
    }
    out
}

/// Moves the edges of the selective acknowledgments (RFC 2018 section 3).
fn shift_sack(options: &mut [u8], by: u32) {
    let mut at = 0;
    while at < options.len() {
        let length = match options[at] {
            0 => return,
            1 => 1,
            _ => usize::from(options[at + 1]),
        };
        if options[at] == 5 {
            for edge in (at + 2..at + length).step_by(4) {
                let moved = be32(options, edge).wrapping_add(by);
                options[edge..edge + 4].copy_from_slice(&moved.to_be_bytes());
            }
        }
        at += length;
    }
}

/// Moves the sequence number of a TCP segment that an ICMP error quotes (RFC 792).
fn shift_quote(body: &mut [u8], shift: impl Fn((SocketAddr, SocketAddr)) -> u32) {
    if !quotes_tcp(body) {
        return;
    }
    let end = |ip: usize, port: usize| {
        SocketAddr::new(Ipv4Addr::from(be32(body, ip)).into(), be16(body, port))
    };
    let moved = be32(body, 52).wrapping_add(shift((end(40, 48), end(44, 50))));
    body[52..56].copy_from_slice(&moved.to_be_bytes());
}

/// An IPv4 packet with an ICMP error about a TCP segment, neither with options.
fn quotes_tcp(body: &[u8]) -> bool {
    body.len() >= 56
        && body[9] == 1
        && matches!(body[20], 3 | 11)
        && body[28] == 0x45
        && body[37] == 6
}

/// The same traffic of other machines, where also ICMP speaks of these.
pub(crate) fn readdress(packets: &[Packet]) -> Vec<Packet> {
    let mut out = packets.to_vec();
    for packet in &mut out {
        match &mut packet.net {
            Net::Tcp(segment) => {
                segment.source.set_ip(other_address(segment.source.ip()));
                segment
                    .destination
                    .set_ip(other_address(segment.destination.ip()));
            }
            Net::Other(0x0800, body) => {
                let inner = if quotes_tcp(body) { [40, 44] } else { [12, 16] };
                for at in [[12, 16], inner].concat() {
                    body[at] = 10;
                }
            }
            Net::Other(..) => {}
        }
    }
    out
}

/// The address that [`readdress`] gives to the machine with this one.
pub(crate) fn other_address(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let [_, b, c, d] = ip.octets();
            Ipv4Addr::new(10, b, c, d).into()
        }
        IpAddr::V6(ip) => {
            let mut octets = ip.octets();
            octets[3] ^= 1;
            IpAddr::from(octets)
        }
    }
}

/// All times moved by `by`.
pub(crate) fn delay(packets: &[Packet], by: i64) -> Vec<Packet> {
    let moved = packets.iter().map(|packet| Packet {
        at: packet.at + by,
        ..packet.clone()
    });
    moved.collect()
}

/// No two packets at one time, so that inputs can be merged again in the same order.
pub(crate) fn distinct_times(packets: &[Packet]) -> Vec<Packet> {
    let mut out = packets.to_vec();
    let mut last = i64::MIN;
    for packet in &mut out {
        packet.at = packet.at.max(last + 1);
        last = packet.at;
    }
    out
}
