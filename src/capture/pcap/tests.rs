//! pcap files made by hand, whole, odd and damaged.

use crate::capture::sample::drain;
use crate::capture::sample::frames;
use crate::capture::sample::noise;
use crate::capture::sample::pcap_header;
use crate::capture::sample::reader;
use crate::capture::sample::record;
use crate::capture::sample::record_of;
use crate::capture::sample::three_packets;

const MICRO: u32 = 0xa1b2_c3d4;
const T: u32 = 1_600_000_000;

#[test]
fn both_byte_orders_and_both_fractions() {
    for big_endian in [false, true] {
        for (magic, unit) in [(MICRO, 1000), (0xa1b2_3c4d, 1)] {
            let bytes = [
                pcap_header(big_endian, magic, 0, 113),
                record(big_endian, u32::MAX, 7, b"abc"),
            ]
            .concat();
            let at = i64::from(u32::MAX) * 1_000_000_000 + 7 * unit;
            assert_eq!(frames(&bytes), [(1, at, 113, 0, 3, b"abc".to_vec())]);
        }
    }
}

#[test]
fn the_modified_format_has_longer_record_headers() {
    let mut bytes = pcap_header(false, 0xa1b2_cd34, 65_535, 1);
    for _ in 0..2 {
        bytes.extend(record_of(false, [T, 5, 4, 9], &[1, 0, 0, 0, 0, 8, 0, 0]));
        bytes.extend(b"data");
    }
    let at = i64::from(T) * 1_000_000_000 + 5000;
    assert_eq!(
        frames(&bytes),
        [
            (1, at, 1, 0, 9, b"data".to_vec()),
            (2, at, 1, 0, 9, b"data".to_vec())
        ]
    );
}

#[test]
fn ixia_s_file_headers_are_longer() {
    for big_endian in [false, true] {
        for (magic, unit) in [(0x1c00_01ab, 1000), (0x1c00_01ac, 1)] {
            let record = record(big_endian, T, 7, b"abc");
            let bytes = [
                &pcap_header(big_endian, magic, 65_535, 1)[..],
                &[0, 0, 0, 19],
                &record,
            ]
            .concat();
            let at = i64::from(T) * 1_000_000_000 + 7 * unit;
            assert_eq!(frames(&bytes), [(1, at, 1, 0, 3, b"abc".to_vec())]);
            assert_eq!(frames(&bytes[..28]), []);
            let error = reader(&bytes[..27]).err().unwrap().to_string();
            assert!(error.contains("a pcap header has 28 bytes, 27"), "{error}");
            // Behind another file.
            let joined = [three_packets(false), bytes].concat();
            let seen = drain(&mut reader(&joined).unwrap());
            assert_eq!(seen.last().unwrap().1, at);
        }
    }
}

#[test]
fn frame_check_sequence_flags_are_not_link_type() {
    assert_eq!(
        frames(
            &[
                pcap_header(false, MICRO, 96, 0x4400_0001),
                record(false, T, 0, b"x")
            ]
            .concat()
        )[0]
        .2,
        1
    );
}

#[test]
fn a_header_alone_is_an_empty_capture() {
    assert_eq!(frames(&pcap_header(false, MICRO, 65_535, 1)), []);
}

#[test]
fn odd_but_consistent_records_are_taken() {
    let large = noise(1, 300_000);
    let bytes = [
        pcap_header(false, MICRO, 96, 1),
        record_of(false, [T, 1, 4, 2], b"long"),
        record(false, T, 2, &noise(2, 70_000)),
        record(false, 0, 999_999_999, &noise(3, 3000)),
        record(false, T, 3, b"short"),
        record(false, T, 4, b""),
        record(false, T + 200_000_000, 3, &large),
        record(false, T, 5, b"last"),
    ]
    .concat();
    let seen = frames(&bytes);
    assert_eq!(
        seen.iter().map(|frame| frame.5.len()).collect::<Vec<_>>(),
        [4, 70_000, 3000, 5, 0, 300_000, 4]
    );
    assert_eq!(seen[0].4, 4);
    assert_eq!(seen[5].5, large);
}

#[test]
fn cut_anywhere_all_whole_packets_are_there_and_the_cut_is_said() {
    let bytes = three_packets(false);
    let ends = [24, 24 + 76, 24 + 76 + 77, bytes.len()];
    for length in 24..=bytes.len() {
        let mut reader = reader(&bytes[..length]).unwrap();
        let whole = ends.iter().filter(|end| **end <= length).count() - 1;
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

fn many() -> Vec<Vec<u8>> {
    (0..200)
        .map(|n| record(false, T + n, n, &noise(n, 40 + n as usize * 7)))
        .collect()
}

/// Frames read with record 50 replaced, the problems, and whether all but at most one of the others are there.
fn with_record(replaced: &[u8]) -> (usize, Vec<&'static str>, bool) {
    let mut records = many();
    records[50] = replaced.to_vec();
    let mut reader =
        reader(&[pcap_header(false, MICRO, 262_144, 1), records.concat()].concat()).unwrap();
    let seen = drain(&mut reader);
    let others = many()
        .iter()
        .enumerate()
        .filter(|(n, record)| *n != 50 && !seen.iter().any(|frame| frame.5 == record[16..]))
        .count();
    (
        seen.len(),
        reader
            .problems()
            .iter()
            .map(|problem| problem.code)
            .collect(),
        others == 0,
    )
}

#[test]
fn reading_goes_on_behind_a_damaged_record() {
    let good = many()[50].clone();
    let damaged = vec!["damaged-file"];
    // A captured length that leads nowhere, is absurd, too small, or too large by a little.
    for length in [3000, 200_000, 0x0100_0000, u32::MAX, 0x0000_ffff] {
        let mut bytes = good.clone();
        bytes[8..12].copy_from_slice(&length.to_le_bytes());
        assert_eq!(
            with_record(&bytes),
            (199, damaged.clone(), true),
            "{length}"
        );
    }
    let mut bytes = good.clone();
    bytes[8..12].copy_from_slice(&300_u32.to_le_bytes());
    assert_eq!(with_record(&bytes), (200, damaged.clone(), true));
    // Bytes lost, bytes added, a hole of zeros, noise.
    assert_eq!(with_record(&good[10..]), (199, damaged.clone(), true));
    assert_eq!(
        with_record(&[good.as_slice(), &noise(5, 11)].concat()),
        (200, damaged.clone(), true)
    );
    assert_eq!(
        with_record(&vec![0; 5_000_000]),
        (199, damaged.clone(), true)
    );
    assert_eq!(with_record(&noise(3, 3_000_000)), (199, damaged, true));
}

#[test]
fn a_damaged_length_near_the_end_does_not_hide_the_rest() {
    let mut records = many();
    let at = records.len() - 4;
    records[at][8..12].copy_from_slice(&60_000_u32.to_le_bytes());
    let mut reader =
        reader(&[pcap_header(false, MICRO, 65_535, 1), records.concat()].concat()).unwrap();
    assert_eq!(drain(&mut reader).len(), 199);
    assert_eq!(reader.problems().len(), 1);
    assert!(
        reader.problems()[0].text.contains("captured length 60000"),
        "{}",
        reader.problems()[0].text
    );
}

#[test]
fn files_joined_by_cat_are_both_read() {
    let second = [
        pcap_header(true, 0xa1b2_3c4d, 65_535, 101),
        record(true, T, 1, &noise(1, 20)),
        record(true, T, 2, b"x"),
    ];
    let mut reader = reader(&[three_packets(false), second.concat()].concat()).unwrap();
    let seen = drain(&mut reader);
    assert_eq!(
        seen.iter()
            .map(|frame| (frame.0, frame.2))
            .collect::<Vec<_>>(),
        [(1, 1), (2, 1), (3, 1), (4, 101), (5, 101)]
    );
    assert!(reader.problems()[0].text.contains("a second pcap header"));
}

#[test]
fn problems_are_bounded() {
    let mut bytes = pcap_header(false, MICRO, 65_535, 1);
    for round in 0..500 {
        for n in 0..4 {
            bytes.extend(record(false, T + round, n, &noise(n, 30)));
        }
        bytes.extend([0xff; 16]);
    }
    let mut reader = reader(&bytes).unwrap();
    assert_eq!(drain(&mut reader).len(), 2000);
    assert_eq!(reader.problems().len(), 100);
    assert!(
        reader.problems()[99].text.starts_with("401 more places"),
        "{}",
        reader.problems()[99].text
    );
}

#[test]
fn records_read_out_of_step_after_lost_bytes_are_not_believed() {
    let data = [&[0; 12], noise(1, 54).as_slice()].concat();
    let records: Vec<Vec<u8>> = (0..40)
        .map(|n| record(false, T + n, 5000 + n, &data))
        .collect();
    let mut bytes = [pcap_header(false, MICRO, 65_535, 1), records.concat()].concat();
    // The end of record 9 and the seconds of record 10.
    let start = 24 + 10 * records[0].len();
    bytes.drain(start..start + 4);
    let mut reader = reader(&bytes).unwrap();
    let seen = drain(&mut reader);
    assert_eq!(seen.len(), 39);
    assert!(seen.iter().all(|frame| frame.5 == data));
    assert_eq!(reader.problems().len(), 1);
}
