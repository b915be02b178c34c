//! Captures made by hand, for the tests.

use std::io::Cursor;

use crate::capture::Error;
use crate::capture::FileReader;
use crate::capture::Source;

/// A frame, kept: number, nanoseconds, link type, interface, length on the wire, bytes.
pub(super) type Kept = (u64, i64, u16, u32, u32, Vec<u8>);

/// Opens bytes.
pub(super) fn reader(bytes: &[u8]) -> Result<FileReader, Error> {
    FileReader::from_reader(
        "test".to_owned(),
        Box::new(Cursor::new(bytes.to_vec())),
        None,
    )
}

/// All frames that are left.
pub(super) fn drain(source: &mut impl Source) -> Vec<Kept> {
    let mut kept = Vec::new();
    while let Some(frame) = source.next().unwrap() {
        assert!(frame.wire_length as usize >= frame.data.len());
        kept.push((
            frame.frame.number(),
            frame.at.0,
            frame.link_type,
            frame.interface,
            frame.wire_length,
            frame.data.to_vec(),
        ));
    }
    kept
}

/// The frames of good bytes, which must give no problem.
pub(super) fn frames(bytes: &[u8]) -> Vec<Kept> {
    let mut reader = reader(bytes).unwrap();
    let kept = drain(&mut reader);
    assert_eq!(reader.problems(), []);
    kept
}

fn four(big_endian: bool, number: u32) -> [u8; 4] {
    if big_endian {
        number.to_be_bytes()
    } else {
        number.to_le_bytes()
    }
}

fn two(big_endian: bool, number: u16) -> [u8; 2] {
    if big_endian {
        number.to_be_bytes()
    } else {
        number.to_le_bytes()
    }
}

fn fours(big_endian: bool, numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| four(big_endian, *number))
        .collect()
}

/// pcap file header.
pub(super) fn pcap_header(big_endian: bool, magic: u32, snap_length: u32, network: u32) -> Vec<u8> {
    let mut bytes = four(big_endian, magic).to_vec();
    bytes.extend(two(big_endian, 2));
    bytes.extend(two(big_endian, 4));
    bytes.extend(fours(big_endian, &[0, 0, snap_length, network]));
    bytes
}

/// pcap record, whole on the wire.
pub(super) fn record(big_endian: bool, seconds: u32, fraction: u32, data: &[u8]) -> Vec<u8> {
    record_of(
        big_endian,
        [seconds, fraction, data.len() as u32, data.len() as u32],
        data,
    )
}

/// pcap record with any header.
pub(super) fn record_of(big_endian: bool, header: [u32; 4], data: &[u8]) -> Vec<u8> {
    [fours(big_endian, &header).as_slice(), data].concat()
}

/// A small pcap: three packets of 60, 61 and 62 bytes.
pub(super) fn three_packets(big_endian: bool) -> Vec<u8> {
    let mut bytes = pcap_header(big_endian, 0xa1b2_c3d4, 65_535, 1);
    for n in 0..3 {
        bytes.extend(record(
            big_endian,
            1_600_000_000 + n,
            n,
            &noise(n, 60 + n as usize),
        ));
    }
    bytes
}

/// A pcapng block; the body is padded.
pub(super) fn block(big_endian: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let total = four(big_endian, padded as u32 + 12);
    let mut bytes = [four(big_endian, kind), total].concat();
    bytes.extend(body);
    bytes.resize(8 + padded, 0);
    bytes.extend(total);
    bytes
}

/// Section Header Block.
pub(super) fn section(big_endian: bool) -> Vec<u8> {
    let mut body = four(big_endian, 0x1a2b_3c4d).to_vec();
    body.extend(two(big_endian, 1));
    body.extend([0, 0]);
    body.extend([0xff; 8]);
    block(big_endian, 0x0a0d_0d0a, &body)
}

/// Interface Description Block.
pub(super) fn interface(
    big_endian: bool,
    link_type: u16,
    snap_length: u32,
    options: &[(u16, &[u8])],
) -> Vec<u8> {
    let mut body = two(big_endian, link_type).to_vec();
    body.extend([0, 0]);
    body.extend(four(big_endian, snap_length));
    for (code, value) in options {
        body.extend(two(big_endian, *code));
        body.extend(two(big_endian, value.len() as u16));
        body.extend(*value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    block(big_endian, 1, &body)
}

/// Enhanced Packet Block, whole on the wire.
pub(super) fn enhanced(big_endian: bool, interface: u32, time: u64, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let mut body = fours(
        big_endian,
        &[interface, (time >> 32) as u32, time as u32, length, length],
    );
    body.extend(data);
    block(big_endian, 6, &body)
}

/// A small pcapng: three packets of 60, 61 and 62 bytes.
pub(super) fn three_blocks(big_endian: bool) -> Vec<u8> {
    let mut bytes = [section(big_endian), interface(big_endian, 1, 65_535, &[])].concat();
    for n in 0..3 {
        bytes.extend(enhanced(
            big_endian,
            0,
            1_600_000_000_000_000 + u64::from(n),
            &noise(n, 60 + n as usize),
        ));
    }
    bytes
}

/// Bytes that look like nothing.
pub(super) fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut seed = u64::from(seed) + 99;
    (0..length).map(|_| random(&mut seed) as u8).collect()
}

/// A number from a seeded sequence (splitmix64).
pub(super) fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 27)) >> 8
}
