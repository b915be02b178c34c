//! Each link type, header and tunnel that is registered: a sample of it gives its segment and its words.

use super::with_segment;
use crate::decode::link::HEADERS;
use crate::decode::link::LINKS;
use crate::decode::sample::ethernet;
use crate::decode::sample::frame;
use crate::decode::sample::headers::headers;
use crate::decode::sample::ipv4;
use crate::decode::sample::ipv6;
use crate::decode::sample::links::links;
use crate::decode::sample::tcp;
use crate::decode::sample::tunnels::tunnels;
use crate::decode::tunnel::TUNNELS;
use std::collections::BTreeSet;

fn packets() -> [Vec<u8>; 2] {
    [ipv4(6, &tcp(&[], b"hello")), ipv6(6, &tcp(&[], b"hello"))]
}

/// The segment comes through with these words, and nothing of what stands behind the packet.
fn through(link_type: u16, bytes: &[u8], words: &[&str]) {
    with_segment(&frame(link_type, bytes), |segment| {
        assert_eq!((segment.dst_port, segment.payload), (443, &b"hello"[..]));
        assert_eq!(segment.payload_length, 5, "{link_type} {bytes:02x?}");
        assert_eq!(
            segment.path.network().words(),
            words,
            "{link_type} {bytes:02x?}"
        );
    });
}

/// An Ethernet frame with this EtherType.
fn behind(ether_type: u16, inside: &[u8]) -> Vec<u8> {
    let mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    [&mac[..], &ether_type.to_be_bytes(), inside].concat()
}

#[test]
fn each_link_type_gives_its_segment() {
    for packet in packets() {
        for (link_type, bytes, words) in links(&packet) {
            through(link_type, &bytes, words);
        }
    }
}

#[test]
fn each_header_gives_its_segment() {
    for packet in packets() {
        for (ether_type, inside, words) in headers(&packet) {
            through(1, &behind(ether_type, &inside), words);
        }
    }
}

#[test]
fn each_header_may_stand_in_a_vlan_and_in_gre() {
    for packet in packets() {
        for (ether_type, inside, words) in headers(&packet) {
            let tagged = [&[0, 3], &ether_type.to_be_bytes()[..], &inside].concat();
            through(1, &behind(0x8100, &tagged), &[&["vlan 3"], words].concat());
            let header = [&[0, 0], &ether_type.to_be_bytes()[..], &inside].concat();
            let tunnelled = words.iter().any(|word| !word.starts_with("vlan"));
            let gre = if tunnelled { &[][..] } else { &["gre"][..] };
            through(101, &ipv4(47, &header), &[words, gre].concat());
        }
    }
}

#[test]
fn each_tunnel_may_stand_in_each_link_type() {
    let [packet, _] = packets();
    for (protocol, carried, tunnel) in tunnels(&packet) {
        for (link_type, bytes, words) in links(&ipv6(protocol, &carried)) {
            let tags = words.iter().filter(|word| word.starts_with("vlan"));
            let words: Vec<&str> = tags.copied().chain([tunnel]).collect();
            through(link_type, &bytes, &words);
        }
    }
}

#[test]
fn all_that_is_registered_has_a_sample_and_nothing_else_has() {
    let [packet, _] = packets();
    let registered: BTreeSet<u16> = LINKS
        .iter()
        .flat_map(|link| link.numbers)
        .copied()
        .collect();
    let shown: BTreeSet<u16> = links(&packet).iter().map(|(link, ..)| *link).collect();
    assert_eq!(registered, shown);
    let registered: BTreeSet<u16> = HEADERS
        .iter()
        .flat_map(|one| one.ether_types)
        .copied()
        .collect();
    let shown: BTreeSet<u16> = headers(&packet).iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(registered, shown);
    let protocols = TUNNELS.iter().flat_map(|tunnel| tunnel.protocols);
    // IP in IP has tests of its own.
    let registered: BTreeSet<u8> = protocols
        .copied()
        .filter(|one| ![4, 41].contains(one))
        .collect();
    let shown = tunnels(&packet).into_iter().map(|(protocol, ..)| protocol);
    assert_eq!(
        registered,
        shown.filter(|protocol| *protocol != 17).collect()
    );
    let registered: BTreeSet<u16> = TUNNELS
        .iter()
        .flat_map(|tunnel| tunnel.ports)
        .copied()
        .collect();
    let port = |bytes: &[u8]| u16::from_be_bytes([bytes[2], bytes[3]]);
    let over_udp = tunnels(&packet)
        .into_iter()
        .filter(|(protocol, ..)| *protocol == 17);
    let mut shown: BTreeSet<u16> = over_udp.map(|(_, bytes, _)| port(&bytes)).collect();
    // On ports of their own; Teredo, which carries IPv6 of its own addresses only, has a test of its own.
    shown.retain(|port| !(50_000..=50_001).contains(port));
    shown.insert(3544);
    assert_eq!(registered, shown);
}

#[test]
fn padding_and_checksums_behind_a_packet_are_no_payload() {
    for packet in packets() {
        for trailer in [&[0; 6][..], &[0xff; 4], &[1; 46]] {
            through(1, &[&ethernet(&[], &packet), trailer].concat(), &[]);
        }
    }
}
