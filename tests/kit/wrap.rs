//! Every encapsulation around the packets of a capture. The bytes are those of the samples that the decoder's own tests have, which
//! hold them against its registries.

#[path = "../../src/decode/sample/bytes.rs"]
mod bytes;
#[path = "../../src/decode/sample/headers.rs"]
mod headers;
#[path = "../../src/decode/sample/links.rs"]
mod links;
#[path = "../../src/decode/sample/tunnels.rs"]
mod tunnels;

use bytes::ethernet;
use bytes::ipv4;
use bytes::ipv4_place;
use bytes::ipv6;
use bytes::set_checksum;
use bytes::udp_ports;
use bytes::version_type;

use super::packet::Packet;
use super::write;

/// Link type and frames of one packet, and what they are.
type Wrapped = (String, u16, Vec<Vec<u8>>);

/// Name, link type, and frames with their times.
type Capture = (String, u16, Vec<(i64, Vec<u8>)>);

/// One capture for each encapsulation, with its name. What is no IP packet is left out.
pub(crate) fn all(packets: &[Packet]) -> Vec<(String, Vec<u8>)> {
    let mut captures: Vec<Capture> = Vec::new();
    for (number, packet) in packets.iter().enumerate() {
        let Some(ip) = packet.ip() else {
            continue;
        };
        for (place, (name, link_type, frames)) in around(&ip, number).into_iter().enumerate() {
            if captures.len() <= place {
                captures.push((name, link_type, Vec::new()));
            }
            let frames = frames.into_iter().map(|frame| (packet.at, frame));
            captures[place].2.extend(frames);
        }
    }
    let written = captures
        .into_iter()
        .map(|(name, link_type, frames)| (name, write::pcap_of(link_type, &frames, false, true)));
    written.collect()
}

/// 802.11, with up to three packets in one frame that one side sent within a millisecond.
pub(crate) fn aggregates(packets: &[Packet]) -> Vec<u8> {
    let mut frames = Vec::new();
    let mut waiting: Vec<&Packet> = Vec::new();
    let mut send = |group: &mut Vec<&Packet>| {
        let inside: Vec<Vec<u8>> = group.iter().filter_map(|packet| packet.ip()).collect();
        let inside: Vec<&[u8]> = inside.iter().map(Vec::as_slice).collect();
        if let Some(first) = group.first() {
            frames.push((first.at, links::aggregate(&inside)));
        }
        group.clear();
    };
    for packet in packets.iter().filter(|packet| packet.ip().is_some()) {
        let sender = |packet: &Packet| packet.tcp().map(|segment| segment.source);
        let joins = waiting.first().is_some_and(|first| {
            sender(first).is_some()
                && sender(first) == sender(packet)
                && packet.at - first.at < 1_000_000
        });
        if !joins || waiting.len() == 3 {
            send(&mut waiting);
        }
        waiting.push(packet);
    }
    send(&mut waiting);
    write::pcap_of(105, &frames, false, true)
}

/// All of them around one IP packet; the same number for IPv4 and IPv6.
fn around(packet: &[u8], number: usize) -> Vec<Wrapped> {
    let mut all = Vec::new();
    for (link_type, frame, _) in links::links(packet) {
        all.push((format!("link type {link_type}"), link_type, vec![frame]));
    }
    for (ether_type, inside, words) in headers::headers(packet) {
        let name = format!("EtherType {ether_type:#06x} {words:?}");
        let frame = [&[2; 12][..], &ether_type.to_be_bytes(), &inside].concat();
        all.push((name, 1, vec![frame]));
    }
    let mut tunnels = tunnels::tunnels(packet);
    let protocol = if packet[0] >> 4 == 4 { 4 } else { 41 };
    tunnels.push((protocol, packet.to_vec(), "IP"));
    for (protocol, carried, words) in tunnels {
        let over_4 = ethernet(&[], &ipv4(protocol, &carried));
        all.push((format!("{words} over IPv4"), 1, vec![over_4]));
        let over_6 = ethernet(&[(0x8100, 5)], &ipv6(protocol, &carried));
        all.push((format!("{words} over IPv6 in a VLAN"), 1, vec![over_6]));
        all.push((
            format!("{words} in fragments"),
            1,
            fragments(protocol, &carried, number),
        ));
    }
    all
}

/// Two fragments, the last first.
fn fragments(protocol: u8, carried: &[u8], number: usize) -> Vec<Vec<u8>> {
    let id = u16::try_from(1 + number % 60_000).unwrap();
    let eights = (carried.len() / 8).min(3);
    let (first, last) = carried.split_at(8 * eights);
    let place = u16::try_from(eights).unwrap();
    let pieces = [
        ipv4_place(protocol, (id, place), last),
        ipv4_place(protocol, (id, 0x2000), first),
    ];
    pieces.map(|piece| ethernet(&[], &piece)).to_vec()
}
