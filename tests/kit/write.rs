//! Captures in memory.

use std::io::Write;

use super::packet::Packet;

/// A pcap, little-endian, nanoseconds.
pub(crate) fn pcap(packets: &[Packet]) -> Vec<u8> {
    pcap_as(packets, false, true)
}

/// A pcap in either byte order, with micro- or nanoseconds.
pub(crate) fn pcap_as(packets: &[Packet], big_endian: bool, nanoseconds: bool) -> Vec<u8> {
    let link_type = packets.first().map_or(1, Packet::link_type);
    let frames: Vec<(i64, Vec<u8>)> = packets
        .iter()
        .map(|packet| (packet.at, packet.to_bytes()))
        .collect();
    pcap_of(link_type, &frames, big_endian, nanoseconds)
}

/// A pcap of frames with their times in nanoseconds.
pub(crate) fn pcap_of(
    link_type: u16,
    frames: &[(i64, Vec<u8>)],
    big_endian: bool,
    nanoseconds: bool,
) -> Vec<u8> {
    let four = |value: u32| order32(value, big_endian);
    let magic = if nanoseconds {
        0xa1b2_3c4d
    } else {
        0xa1b2_c3d4
    };
    let mut out = Vec::new();
    out.extend(four(magic));
    let versions = if big_endian {
        [0, 2, 0, 4]
    } else {
        [2, 0, 4, 0]
    };
    out.extend(versions);
    for value in [0, 0, 262_144, u32::from(link_type)] {
        out.extend(four(value));
    }
    for (at, frame) in frames {
        let fraction = at.rem_euclid(1_000_000_000) as u32;
        out.extend(four(at.div_euclid(1_000_000_000) as u32));
        out.extend(four(if nanoseconds {
            fraction
        } else {
            fraction / 1000
        }));
        out.extend(four(frame.len() as u32));
        out.extend(four(frame.len() as u32));
        out.extend(frame);
    }
    out
}

/// A pcapng of one section, one interface with nanoseconds (`if_tsresol` 9), and enhanced packet blocks.
pub(crate) fn pcapng(packets: &[Packet], big_endian: bool) -> Vec<u8> {
    let four = |value: u32| order32(value, big_endian);
    let two = |value: u16| {
        if big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let block = |kind: u32, body: &[u8]| {
        let length = four(12 + body.len() as u32);
        [&four(kind), &length, body, &length[..]].concat()
    };
    let section = [&four(0x1a2b_3c4d)[..], &two(1), &two(0), &[0xff; 8]].concat();
    let link_type = packets.first().map_or(1, Packet::link_type);
    let interface = [
        &two(link_type)[..],
        &two(0),
        &four(0),
        &two(9),
        &two(1),
        &[9, 0, 0, 0],
        &[0; 4],
    ]
    .concat();
    let mut out = block(0x0a0d_0d0a, &section);
    out.extend(block(1, &interface));
    for packet in packets {
        let frame = packet.to_bytes();
        let length = four(frame.len() as u32);
        let mut body = Vec::new();
        for value in [0, (packet.at >> 32) as u32, packet.at as u32] {
            body.extend(four(value));
        }
        body.extend([length, length].concat());
        body.extend(&frame);
        body.resize(20 + frame.len().next_multiple_of(4), 0);
        out.extend(block(6, &body));
    }
    out
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn order32(value: u32, big_endian: bool) -> [u8; 4] {
    if big_endian {
        value.to_be_bytes()
    } else {
        value.to_le_bytes()
    }
}
