//! Segments in every order, against what they must give.

mod model;

use super::*;
use crate::base::FrameRef;
use crate::flow::sample::time;

/// A direction that begins at offset 0, and all it delivered.
struct Stream {
    direction: Direction,
    limits: Limits,
    /// Offset, bytes or length of the hole, and order.
    out: Vec<(u64, Got, u32)>,
    order: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Got {
    Bytes(Vec<u8>),
    Hole(u64, GapReason),
}

const FRESH: Verdict = Verdict {
    fresh: true,
    repeated: false,
    differs: false,
};
const REPEATED: Verdict = Verdict {
    fresh: false,
    repeated: true,
    differs: false,
};
const BOTH: Verdict = Verdict {
    fresh: true,
    repeated: true,
    differs: false,
};

impl Stream {
    fn new() -> Self {
        let mut direction = Direction::default();
        direction.anchor(1000);
        Self {
            direction,
            limits: Limits::default(),
            out: Vec::new(),
            order: 0,
        }
    }

    fn mark(&mut self) -> Mark {
        self.order += 64;
        Mark {
            frame: FrameRef::default(),
            at: time(0),
            order: self.order,
        }
    }

    fn take(&mut self, offset: i64, bytes: &[u8]) -> Verdict {
        self.take_cut(offset, bytes, len(bytes))
    }

    /// A segment of which only `bytes` were captured.
    fn take_cut(&mut self, offset: i64, bytes: &[u8], length: u64) -> Verdict {
        let mark = self.mark();
        let out = &mut self.out;
        self.direction
            .accept(offset, bytes, length, mark, 0, &self.limits, |delivery| {
                out.push(got(delivery))
            })
    }

    fn give_up(&mut self, length: u64) {
        let mark = self.mark();
        let out = &mut self.out;
        self.direction
            .give_up(length, GapReason::NotCaptured, mark, &mut |delivery| {
                out.push(got(delivery))
            });
    }

    /// The peer acknowledges all before `offset`.
    fn acknowledge(&mut self, offset: u32) -> Option<u64> {
        self.direction.acknowledge(offset.wrapping_add(1000))
    }

    /// All bytes, where no hole was given.
    fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for (offset, got, _) in &self.out {
            let Got::Bytes(bytes) = got else {
                panic!("a hole at {offset}")
            };
            assert_eq!(*offset, len(&all));
            all.extend(bytes);
        }
        all
    }

    fn got(&self) -> Vec<Got> {
        self.out.iter().map(|(_, got, _)| got.clone()).collect()
    }
}

fn got(delivery: Delivery<'_>) -> (u64, Got, u32) {
    let what = match delivery.piece {
        Piece::Bytes(bytes) => Got::Bytes(bytes.to_vec()),
        Piece::Hole(length, reason) => Got::Hole(length, reason),
    };
    (delivery.offset, what, delivery.mark.order)
}

fn bytes(text: &[u8]) -> Got {
    Got::Bytes(text.to_vec())
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

#[test]
fn segments_in_order_are_delivered_as_they_come() {
    let mut stream = Stream::new();
    assert_eq!(stream.take(0, b"abc"), FRESH);
    assert_eq!(stream.take(3, b"def"), FRESH);
    assert_eq!(stream.got(), [bytes(b"abc"), bytes(b"def")]);
    assert_eq!(
        (stream.direction.next(), stream.direction.highest()),
        (6, 6)
    );
    assert!(!stream.direction.has_hole());
}

#[test]
fn a_segment_out_of_order_waits_until_its_hole_is_filled() {
    let mut stream = Stream::new();
    stream.take(0, b"abc");
    assert_eq!(stream.take(6, b"ghi"), FRESH);
    assert_eq!(stream.take(9, b"jkl"), FRESH);
    assert_eq!(stream.direction.hole(), Some((3, 3)));
    assert_eq!(stream.direction.beyond_hole().unwrap().order, 128);
    assert_eq!(
        (stream.direction.next(), stream.direction.highest()),
        (3, 12)
    );
    assert_eq!(stream.take(3, b"def"), FRESH);
    assert_eq!(stream.bytes(), b"abcdefghijkl");
    assert_eq!(stream.direction.hole(), None);
    assert_eq!(stream.direction.held, 0);
}

#[test]
fn what_waited_behind_a_hole_comes_behind_what_filled_it() {
    let mut stream = Stream::new();
    stream.take(3, b"def");
    stream.take(0, b"abc");
    let orders: Vec<u32> = stream.out.iter().map(|(_, _, order)| *order).collect();
    assert_eq!(orders, [128, 128]);
}

#[test]
fn a_segment_contained_in_what_was_delivered_is_only_repeated() {
    let mut stream = Stream::new();
    stream.take(0, b"abcdef");
    for (offset, text) in [(0, &b"abcdef"[..]), (0, b"a"), (2, b"cd"), (5, b"f")] {
        assert_eq!(stream.take(offset, text), REPEATED, "{offset}");
    }
    assert_eq!(stream.bytes(), b"abcdef");
}

#[test]
fn a_segment_contained_in_one_that_waits_is_only_repeated() {
    let mut stream = Stream::new();
    stream.take(2, b"cdefgh");
    for (offset, text) in [(2, &b"cdefgh"[..]), (3, b"d"), (6, b"gh")] {
        assert_eq!(stream.take(offset, text), REPEATED, "{offset}");
    }
    stream.take(0, b"ab");
    assert_eq!(stream.bytes(), b"abcdefgh");
}

#[test]
fn a_segment_that_contains_one_that_waits_brings_both_of_its_ends() {
    let mut stream = Stream::new();
    stream.take(4, b"ef");
    stream.take(8, b"ij");
    assert_eq!(stream.take(2, b"cdefghijkl"), BOTH);
    stream.take(0, b"ab");
    assert_eq!(stream.bytes(), b"abcdefghijkl");
}

#[test]
fn overlaps_with_the_same_bytes_give_each_byte_once() {
    let mut stream = Stream::new();
    stream.take(0, b"abcd");
    assert_eq!(stream.take(2, b"cdef"), BOTH);
    stream.take(10, b"klm");
    assert_eq!(stream.take(9, b"jklmn"), BOTH);
    assert_eq!(stream.take(4, b"efghijk"), BOTH);
    assert_eq!(stream.bytes(), b"abcdefghijklmn");
}

#[test]
fn of_different_bytes_the_first_stay_and_the_difference_is_said() {
    let mut stream = Stream::new();
    stream.take(0, b"abcd");
    let verdict = stream.take(2, b"XYef");
    assert_eq!(
        verdict,
        Verdict {
            differs: true,
            ..BOTH
        }
    );
    let verdict = stream.take(0, b"abcdeX");
    assert_eq!(
        verdict,
        Verdict {
            differs: true,
            ..REPEATED
        }
    );
    assert_eq!(stream.bytes(), b"abcdef");
}

#[test]
fn of_different_bytes_that_wait_the_first_stay_and_the_difference_is_said() {
    let mut stream = Stream::new();
    stream.take(4, b"ef");
    let verdict = stream.take(2, b"cdXX");
    assert_eq!(
        verdict,
        Verdict {
            differs: true,
            ..BOTH
        }
    );
    assert_eq!(stream.take(0, b"abcdef"), BOTH);
    assert_eq!(stream.bytes(), b"abcdef");
}

#[test]
fn bytes_repeated_from_further_back_than_is_remembered_are_not_compared() {
    let mut stream = Stream::new();
    let long: Vec<u8> = (0..4000_u32).map(|n| (n % 251) as u8).collect();
    stream.take(0, &long);
    assert_eq!(stream.take(0, &[255; 100]), REPEATED);
    let mut changed = long.clone();
    changed[3999] ^= 1;
    assert!(stream.take(0, &changed).differs);
    assert_eq!(stream.take(0, &long), REPEATED);
    assert_eq!(stream.take(3_488, &long[3_488..]), REPEATED);
}

#[test]
fn many_small_segments_are_remembered_as_one_large_is() {
    let mut stream = Stream::new();
    let long: Vec<u8> = (0..4000_u32).map(|n| (n % 251) as u8).collect();
    for (number, piece) in long.chunks(7).enumerate() {
        stream.take(i64::try_from(number * 7).unwrap(), piece);
    }
    assert!(stream.direction.tail.len() >= TAIL);
    assert_eq!(stream.take(3_600, &long[3_600..]), REPEATED);
    assert!(stream.take(3_999, &[long[3_999] ^ 1]).differs);
}

#[test]
fn bytes_before_offset_0_are_cut_off() {
    let mut stream = Stream::new();
    assert_eq!(stream.take(-2, b"??ab"), BOTH);
    assert_eq!(stream.take(-9, b"??"), REPEATED);
    assert_eq!(stream.bytes(), b"ab");
}

#[test]
fn an_empty_segment_is_nothing() {
    let mut stream = Stream::new();
    assert_eq!(stream.take(0, b""), Verdict::default());
    assert_eq!(stream.take(5, b""), Verdict::default());
    assert_eq!(stream.direction.highest(), 0);
}

#[test]
fn a_hole_given_up_is_told_and_what_waited_follows() {
    let mut stream = Stream::new();
    stream.take(0, b"abc");
    stream.take(6, b"ghi");
    stream.give_up(3);
    let hole = Got::Hole(3, GapReason::NotCaptured);
    assert_eq!(stream.got(), [bytes(b"abc"), hole, bytes(b"ghi")]);
    // What filled it comes too late.
    assert_eq!(stream.take(3, b"def"), REPEATED);
    assert_eq!(stream.direction.next(), 9);
}

#[test]
fn acknowledged_bytes_that_were_not_seen_are_missing() {
    let mut stream = Stream::new();
    stream.take(0, b"abc");
    assert_eq!(stream.acknowledge(3), Some(3));
    assert_eq!(stream.direction.missing(), 0);
    assert_eq!(stream.acknowledge(9), Some(9));
    assert_eq!(stream.direction.missing(), 6);
    // Up to the first held byte.
    stream.take(7, b"hi");
    assert_eq!(stream.direction.missing(), 4);
    stream.take(3, b"defg");
    assert_eq!(stream.direction.missing(), 0);
    assert_eq!(stream.bytes(), b"abcdefghi");
}

#[test]
fn held_bytes_that_nobody_acknowledged_leave_nothing_missing() {
    let mut stream = Stream::new();
    stream.take(3, b"def");
    assert_eq!(stream.direction.missing(), 0);
    stream.acknowledge(1);
    assert_eq!(stream.direction.missing(), 1);
}

#[test]
fn one_byte_missing_at_the_very_end_is_a_fin() {
    let mut stream = Stream::new();
    stream.take(0, b"abc");
    stream.acknowledge(4);
    assert_eq!(stream.direction.missing(), 0);
    stream.acknowledge(5);
    assert_eq!(stream.direction.missing(), 2);
}

#[test]
fn an_old_or_unbelievable_acknowledgment_says_nothing() {
    let mut stream = Stream::new();
    stream.take(0, b"abc");
    assert_eq!(stream.acknowledge(3), Some(3));
    assert_eq!(stream.acknowledge(3), None);
    assert_eq!(stream.acknowledge(1), None);
    assert_eq!(stream.acknowledge(u32::MAX), None);
    assert_eq!(stream.acknowledge((1 << 26) + 4), None);
    assert_eq!(stream.acknowledge((1 << 26) + 3), Some((1 << 26) + 3));
}

#[test]
fn nothing_is_told_of_a_direction_without_a_first_number() {
    let mut direction = Direction::default();
    assert_eq!(direction.offset_of(7), None);
    assert_eq!(direction.acknowledge(7), None);
    assert_eq!((direction.is_anchored(), direction.base()), (false, None));
}

#[test]
fn sequence_numbers_wrap_around_and_offsets_do_not() {
    let mut stream = Stream::new();
    stream.direction.anchor(u32::MAX - 1);
    assert_eq!(stream.direction.offset_of(u32::MAX - 1), Some(0));
    assert_eq!(stream.direction.offset_of(u32::MAX - 2), Some(-1));
    assert_eq!(stream.direction.offset_of(0), Some(2));
    stream.take(2, b"cd");
    stream.take(0, b"ab");
    assert_eq!(stream.direction.acknowledge(2), Some(4));
    assert_eq!(stream.bytes(), b"abcd");
}

#[test]
fn offsets_go_on_behind_4_gib() {
    let mut stream = Stream::new();
    for _ in 0..5 {
        stream.give_up(1 << 30);
    }
    let reached = 5_i64 << 30;
    let sequence = 1000_u32.wrapping_add(1 << 30);
    assert_eq!(stream.direction.offset_of(sequence), Some(reached));
    assert_eq!(stream.direction.offset_of(sequence - 9), Some(reached - 9));
    assert_eq!(stream.take(reached, b"on"), FRESH);
    assert_eq!(
        stream.direction.acknowledge(sequence + 2),
        Some((5 << 30) + 2)
    );
}

#[test]
fn a_cut_segment_leaves_a_hole_of_known_length() {
    let mut stream = Stream::new();
    assert_eq!(stream.take_cut(0, b"abc", 10), FRESH);
    assert_eq!(stream.take(10, b"next"), FRESH);
    let hole = Got::Hole(7, GapReason::Cut);
    assert_eq!(stream.got(), [bytes(b"abc"), hole, bytes(b"next")]);
    assert_eq!(stream.out[1].0, 3);
}

#[test]
fn a_segment_cut_to_nothing_is_a_hole_alone() {
    let mut stream = Stream::new();
    assert_eq!(stream.take_cut(0, b"", 10), FRESH);
    assert_eq!(stream.got(), [Got::Hole(10, GapReason::Cut)]);
}

#[test]
fn a_cut_segment_that_waits_keeps_its_length() {
    let mut stream = Stream::new();
    stream.take_cut(4, b"ef", 6);
    assert_eq!(stream.take(10, b"kl"), FRESH);
    assert_eq!(stream.take(0, b"abcd"), FRESH);
    let hole = Got::Hole(4, GapReason::Cut);
    let all = [bytes(b"abcd"), bytes(b"ef"), hole, bytes(b"kl")];
    assert_eq!(stream.got(), all);
}

#[test]
fn bytes_that_were_cut_off_differ_from_nothing() {
    let mut stream = Stream::new();
    stream.take_cut(0, b"abc", 6);
    assert_eq!(stream.take(0, b"XXXdef"), REPEATED);
    let mut stream = Stream::new();
    stream.take_cut(2, b"c", 4);
    assert_eq!(stream.take(2, b"cXXX"), REPEATED);
}

#[test]
fn a_hole_is_given_up_when_too_many_bytes_wait_behind_it() {
    let mut stream = Stream::new();
    stream.limits.out_of_order = 1000;
    stream.take(10, &[1; 900]);
    assert!(stream.out.is_empty());
    stream.take(2000, &[2; 100]);
    let hole = Got::Hole(10, GapReason::Limit);
    assert_eq!(stream.got(), [hole, bytes(&[1; 900])]);
    assert_eq!(stream.direction.hole(), Some((910, 1090)));
}

#[test]
fn a_hole_is_given_up_when_too_many_segments_wait_behind_it() {
    let mut stream = Stream::new();
    stream.limits.chunks = 3;
    for number in 1..=4 {
        stream.take(number * 10, b"x");
    }
    let hole = Got::Hole(10, GapReason::Limit);
    assert_eq!(stream.got(), [hole, bytes(b"x")]);
    assert_eq!(stream.direction.chunks.len(), 3);
}

#[test]
fn a_direction_that_was_reset_is_as_new() {
    let mut stream = Stream::new();
    stream.take(0, b"abc");
    stream.take(9, b"far");
    stream.acknowledge(3);
    stream.direction.reset();
    let fresh = format!("{:?}", Direction::default());
    assert_eq!(format!("{:?}", stream.direction), fresh);
}
