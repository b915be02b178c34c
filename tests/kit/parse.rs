//! Packets from frames.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;

use super::packet::Cooked;
use super::packet::Link;
use super::packet::Net;
use super::packet::Packet;
use super::packet::Segment;

/// The packet in a frame of Ethernet or Linux cooked version 2.
pub(crate) fn packet(link_type: u16, at: i64, frame: &[u8]) -> Packet {
    let (link, ether_type, body) = match link_type {
        1 => ethernet(frame),
        276 => cooked2(frame),
        other => panic!("the kit does not read link type {other}"),
    };
    let net = match segment(ether_type, body) {
        Some(segment) => Net::Tcp(segment),
        None => Net::Other(ether_type, body.to_vec()),
    };
    Packet { at, link, net }
}

fn ethernet(frame: &[u8]) -> (Link, u16, &[u8]) {
    let addresses = frame[..12].try_into().unwrap();
    let mut tags = Vec::new();
    let mut rest = &frame[12..];
    while let tpid @ (0x8100 | 0x88a8) = be16(rest, 0) {
        tags.push((tpid, be16(rest, 2)));
        rest = &rest[4..];
    }
    (
        Link::Ethernet { addresses, tags },
        be16(rest, 0),
        &rest[2..],
    )
}

fn cooked2(frame: &[u8]) -> (Link, u16, &[u8]) {
    let cooked = Cooked {
        interface: be32(frame, 4),
        hardware: be16(frame, 8),
        kind: frame[10],
        address_length: frame[11],
        address: frame[12..20].try_into().unwrap(),
    };
    (Link::Cooked2(cooked), be16(frame, 0), &frame[20..])
}

/// TCP directly behind an IP header without options or extensions, unfragmented.
fn segment(ether_type: u16, body: &[u8]) -> Option<Segment> {
    let (source, destination, ttl, ip_id, tcp) = match (ether_type, body.first()?) {
        (0x0800, 0x45) if body[9] == 6 && be16(body, 6) & 0x3fff == 0 => (
            IpAddr::from(Ipv4Addr::from(be32(body, 12))),
            IpAddr::from(Ipv4Addr::from(be32(body, 16))),
            body[8],
            be16(body, 4),
            &body[20..usize::from(be16(body, 2))],
        ),
        (0x86dd, _) if body[6] == 6 => (
            IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(&body[8..24]).unwrap())),
            IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(&body[24..40]).unwrap())),
            body[7],
            0,
            &body[40..40 + usize::from(be16(body, 4))],
        ),
        _ => return None,
    };
    let header = usize::from(tcp[12] >> 4) * 4;
    Some(Segment {
        source: SocketAddr::new(source, be16(tcp, 0)),
        destination: SocketAddr::new(destination, be16(tcp, 2)),
        ttl,
        ip_id,
        seq: be32(tcp, 4),
        ack: be32(tcp, 8),
        flags: tcp[13],
        window: be16(tcp, 14),
        options: tcp[20..header].to_vec(),
        payload: tcp[header..].to_vec(),
    })
}

pub(crate) fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap())
}

pub(crate) fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}
