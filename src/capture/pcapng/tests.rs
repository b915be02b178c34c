//! pcapng files made by hand.

use crate::capture::sample::block;
use crate::capture::sample::drain;
use crate::capture::sample::enhanced;
use crate::capture::sample::frames;
use crate::capture::sample::interface;
use crate::capture::sample::noise;
use crate::capture::sample::reader;
use crate::capture::sample::section;
use crate::capture::sample::three_blocks;

/// Microseconds, and the same in nanoseconds.
const T: u64 = 1_600_000_000_123_456;
const NANOSECONDS: i64 = 1_600_000_000_123_456_000;

#[test]
fn sections_of_both_byte_orders_with_their_own_interfaces() {
    let bytes = [
        section(true),
        interface(true, 1, 96, &[]),
        interface(true, 113, 65_535, &[(9, &[9])]),
        enhanced(true, 1, T * 1000 + 7, b"cooked"),
        enhanced(true, 0, T, b"ethernet"),
        section(false),
        interface(false, 101, 0, &[(9, &[0x80 | 20])]),
        enhanced(false, 0, 3 << 19, b"raw"),
    ]
    .concat();
    let mut reader = reader(&bytes).unwrap();
    let seen = drain(&mut reader);
    assert_eq!(
        seen,
        [
            (1, NANOSECONDS + 7, 113, 1, 6, b"cooked".to_vec()),
            (2, NANOSECONDS, 1, 0, 8, b"ethernet".to_vec()),
            (3, 1_500_000_000, 101, 2, 3, b"raw".to_vec()),
        ]
    );
    assert_eq!(reader.info().link_types, [1, 113, 101]);
    assert_eq!(reader.info().snap_length, 65_535);
    assert_eq!(reader.info().format, "pcapng");
    assert_eq!(reader.problems(), []);
}

#[test]
fn time_offsets_count_in_both_byte_orders() {
    for big_endian in [false, true] {
        let offset = if big_endian {
            1000_i64.to_be_bytes()
        } else {
            1000_i64.to_le_bytes()
        };
        let options: [(u16, &[u8]); 3] = [(2, b"eth0"), (14, &offset), (0, &[])];
        let bytes = [
            section(big_endian),
            interface(big_endian, 1, 0, &options),
            enhanced(big_endian, 0, T, b"x"),
        ]
        .concat();
        assert_eq!(frames(&bytes)[0].1, NANOSECONDS + 1_000_000_000_000);
    }
}

#[test]
fn simple_packets_are_cut_by_the_snap_length_and_take_the_time_before() {
    let simple = [60_u32.to_le_bytes().as_slice(), &[7; 20]].concat();
    let bytes = [
        section(false),
        interface(false, 1, 18, &[]),
        block(false, 3, &simple),
        enhanced(false, 0, T, b"x"),
        block(false, 3, &simple),
    ]
    .concat();
    let seen = frames(&bytes);
    assert_eq!(seen[0], (1, 0, 1, 0, 60, vec![7; 18]));
    assert_eq!(seen[2], (3, NANOSECONDS, 1, 0, 60, vec![7; 18]));
}

#[test]
fn obsolete_packet_blocks_are_read_in_both_byte_orders() {
    for big_endian in [false, true] {
        let mut body = enhanced(big_endian, 0, T, b"old")[8..].to_vec();
        body.truncate(body.len() - 4);
        // Interface 1, and 5 drops.
        let (one, five) = if big_endian {
            ([0, 1], [0, 5])
        } else {
            ([1, 0], [5, 0])
        };
        body[..4].copy_from_slice(&[one, five].concat());
        let interfaces = [
            interface(big_endian, 1, 0, &[]),
            interface(big_endian, 12, 0, &[]),
        ]
        .concat();
        let bytes = [section(big_endian), interfaces, block(big_endian, 2, &body)].concat();
        assert_eq!(
            frames(&bytes),
            [(1, NANOSECONDS, 12, 1, 3, b"old".to_vec())]
        );
    }
}

#[test]
fn blocks_that_wireshark_numbers_are_numbered_and_others_are_not() {
    let mut bytes = [section(false), interface(false, 1, 0, &[])].concat();
    for kind in [
        4,
        5,
        9,
        10,
        0xbad,
        0x4000_0bad,
        0x204,
        0x216,
        0x221,
        0x208,
        0x8000_0001,
        0x1234_5678,
    ] {
        bytes.extend(block(false, kind, &[0; 32]));
    }
    bytes.extend(enhanced(false, 0, T, b"x"));
    assert_eq!(frames(&bytes)[0].0, 7);
}

/// An Enhanced Packet Block with a comment.
fn commented(big_endian: bool, data: &[u8], comment: &[u8]) -> Vec<u8> {
    let mut body = enhanced(big_endian, 0, T, data)[8..].to_vec();
    body.truncate(body.len() - 4);
    let two = |number: u16| match big_endian {
        true => number.to_be_bytes(),
        false => number.to_le_bytes(),
    };
    // epb_flags, the comment, and the end of options.
    body.extend([two(2), two(4), two(0), two(1), two(1)].concat());
    body.extend(two(comment.len() as u16));
    body.extend(comment);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend([0; 4]);
    block(big_endian, 6, &body)
}

#[test]
fn names_secrets_and_comments_are_kept_and_count_as_no_frames() {
    for big_endian in [false, true] {
        let four = |number: u32| match big_endian {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        };
        let half = |high: u16, low: u16| {
            let (high, low) = if big_endian { (high, low) } else { (low, high) };
            four(u32::from(high) << 16 | u32::from(low))
        };
        let names = [&half(1, 8)[..], b"\xc0\x00\x02\x01a.b\0", &[0; 4]].concat();
        let secrets = [&four(0x544c_534b)[..], &four(6), b"CLIENT"].concat();
        let bytes = [
            section(big_endian),
            interface(big_endian, 1, 0, &[]),
            block(big_endian, 10, &secrets),
            commented(big_endian, b"abcde", b"the one that fails"),
            block(big_endian, 4, &names),
            enhanced(big_endian, 0, T, b"x"),
        ]
        .concat();
        let mut reader = reader(&bytes).unwrap();
        let frames: Vec<_> = drain(&mut reader).iter().map(|frame| frame.0).collect();
        assert_eq!(frames, [1, 2]);
        assert_eq!(reader.problems(), []);
        let notes = reader.notes();
        assert_eq!(notes.comments, [(1, "the one that fails".to_owned())]);
        assert_eq!(notes.secrets[0].data, b"CLIENT");
        assert_eq!(
            (&notes.names[0].name[..], notes.names[0].after),
            (&b"a.b"[..], 1)
        );
    }
}

#[test]
fn a_section_without_packets_is_an_empty_capture() {
    assert_eq!(frames(&section(true)), []);
    assert_eq!(
        frames(&[section(false), interface(false, 1, 0, &[])].concat()),
        []
    );
}

#[test]
fn packets_of_unknown_interfaces_are_numbered_and_said_once() {
    let bytes = [
        section(false),
        interface(false, 1, 0, &[]),
        enhanced(false, 1, T, b"a"),
        enhanced(false, 9, T, b"b"),
        enhanced(false, 0, T, b"c"),
    ]
    .concat();
    let mut reader = reader(&bytes).unwrap();
    assert_eq!(
        drain(&mut reader)
            .iter()
            .map(|frame| frame.0)
            .collect::<Vec<_>>(),
        [3]
    );
    let texts: Vec<_> = reader
        .problems()
        .iter()
        .map(|problem| problem.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "frame 1 is of interface 1 of its section, which describes 1; such packets cannot be read",
            "2 packets in all are of interfaces that nothing describes"
        ]
    );
}

#[test]
fn cut_anywhere_all_whole_packets_are_there_and_the_cut_is_said() {
    for big_endian in [false, true] {
        let bytes = three_blocks(big_endian);
        let ends = [28, 48, 140, 236, bytes.len()];
        for length in 28..=bytes.len() {
            let mut reader = reader(&bytes[..length]).unwrap();
            let whole = ends[2..].iter().filter(|end| **end <= length).count();
            assert_eq!(drain(&mut reader).len(), whole, "{length}");
            let codes: Vec<_> = reader
                .problems()
                .iter()
                .map(|problem| (problem.code, problem.frame))
                .collect();
            let expected = if ends.contains(&length) {
                vec![]
            } else {
                vec![("cut-short", whole as u64)]
            };
            assert_eq!(codes, expected, "{length}");
        }
    }
}

/// Frames read with block 50 of 200 replaced, the codes of the problems, and whether all others are there.
fn with_block(replaced: &[u8]) -> (usize, Vec<&'static str>, bool) {
    let mut blocks = many();
    blocks[50] = replaced.to_vec();
    let mut reader =
        reader(&[section(false), interface(false, 1, 0, &[]), blocks.concat()].concat()).unwrap();
    let seen = drain(&mut reader);
    let whole = (0..200_u32)
        .filter(|n| *n != 50)
        .all(|n| seen.iter().any(|frame| frame.5 == data(n)));
    (
        seen.len(),
        reader
            .problems()
            .iter()
            .map(|problem| problem.code)
            .collect(),
        whole,
    )
}

fn data(n: u32) -> Vec<u8> {
    noise(n, 40 + n as usize * 7)
}

fn many() -> Vec<Vec<u8>> {
    (0..200)
        .map(|n| enhanced(false, 0, T + u64::from(n), &data(n)))
        .collect()
}

#[test]
fn reading_goes_on_behind_a_damaged_block() {
    let good = many()[50].clone();
    let damaged = vec!["damaged-file"];
    for length in [0, 8, 13, 100, 200_000, 0x0080_0000, u32::MAX] {
        let mut bytes = good.clone();
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        assert_eq!(with_block(&bytes), (199, damaged.clone(), true), "{length}");
    }
    // Only the trailing length is wrong: the packet is kept.
    let mut bytes = good.clone();
    let end = bytes.len() - 4;
    bytes[end] ^= 0x40;
    assert_eq!(with_block(&bytes), (200, damaged.clone(), true));
    // Captured length beyond the block.
    let mut bytes = good.clone();
    bytes[20..24].copy_from_slice(&5000_u32.to_le_bytes());
    assert_eq!(with_block(&bytes), (199, damaged.clone(), true));
    // Bytes lost, bytes added, a hole of zeros, noise.
    assert_eq!(with_block(&good[10..]), (199, damaged.clone(), true));
    assert_eq!(
        with_block(&[good.as_slice(), &noise(5, 11)].concat()),
        (200, damaged.clone(), true)
    );
    assert_eq!(
        with_block(&vec![0; 5_000_000]),
        (199, damaged.clone(), true)
    );
    assert_eq!(with_block(&noise(3, 3_000_000)), (199, damaged, true));
}

/// The second opinion: `pcap-parser` on the same bytes.
#[test]
fn pcap_parser_reads_the_same_packets() {
    use pcap_parser::Block;
    let bytes = [section(false), interface(false, 1, 0, &[]), many().concat()].concat();
    let mut rest = bytes.as_slice();
    let mut theirs = Vec::new();
    while let Ok((after, parsed)) = pcap_parser::parse_block_le(rest) {
        if let Block::EnhancedPacket(packet) = parsed {
            let time = (u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low)) as i64 * 1000;
            theirs.push((
                time,
                packet.origlen,
                packet.data[..packet.caplen as usize].to_vec(),
            ));
        }
        rest = after;
    }
    let ours: Vec<_> = frames(&bytes)
        .into_iter()
        .map(|frame| (frame.1, frame.4, frame.5))
        .collect();
    assert_eq!(ours, theirs);
}
