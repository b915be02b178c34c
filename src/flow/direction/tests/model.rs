//! Random segments, against a naive map of bytes.

use super::Got;
use super::Stream;
use super::len;
use std::collections::BTreeMap;

/// xorshift64* (Vigna 2016): the same test does the same thing everywhere.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(value).unwrap() % bound.max(1)
    }
}

#[test]
fn segments_of_one_stream_in_any_order_give_each_byte_once() {
    for seed in 1..=300 {
        let mut random = Random::new(seed);
        let length = 1 + random.below(3000);
        let truth: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        // Segments that cover all, then duplicates and overlaps; then neighbours and others change places.
        let mut segments = Vec::new();
        let mut at = 0;
        while at < length {
            let end = (at + 1 + random.below(400)).min(length);
            segments.push((at, end));
            at = end;
        }
        for _ in 0..random.below(2 * segments.len()) {
            let from = random.below(length);
            segments.push((from, (from + 1 + random.below(600)).min(length)));
        }
        let distance = 1 + random.below(segments.len());
        for index in 0..segments.len() {
            let other = (index + random.below(distance)).min(segments.len() - 1);
            segments.swap(index, other);
        }
        let mut stream = Stream::new();
        // Near the end of the numbers, so that they wrap around.
        stream.direction.anchor(u32::MAX - 700);
        let mut model: BTreeMap<u64, u8> = BTreeMap::new();
        for (from, to) in segments {
            let sequence = (u32::MAX - 700).wrapping_add(u32::try_from(from).unwrap());
            let offset = stream.direction.offset_of(sequence).unwrap();
            assert_eq!(offset, i64::try_from(from).unwrap());
            let known = (from..to)
                .filter(|at| model.contains_key(&(*at as u64)))
                .count();
            let verdict = stream.take(offset, &truth[from..to]);
            assert_eq!(verdict.fresh, known < to - from, "seed {seed}");
            assert_eq!(verdict.repeated, known > 0, "seed {seed}");
            assert!(!verdict.differs, "seed {seed}");
            model.extend((from..to).map(|at| (at as u64, truth[at])));
            let contiguous = (0..).take_while(|at| model.contains_key(at)).count();
            assert_eq!(stream.direction.next(), contiguous as u64, "seed {seed}");
            let highest = model.last_key_value().map_or(0, |(at, _)| at + 1);
            assert_eq!(stream.direction.highest(), highest, "seed {seed}");
        }
        assert_eq!(stream.bytes(), truth, "seed {seed}");
        assert_eq!(stream.direction.held, 0, "seed {seed}");
        let orders: Vec<u32> = stream.out.iter().map(|(_, _, order)| *order).collect();
        assert!(orders.is_sorted(), "seed {seed}");
    }
}

#[test]
fn of_segments_that_contradict_each_other_the_first_bytes_win() {
    for seed in 1..=300 {
        let mut random = Random::new(seed);
        let length = 400;
        let mut stream = Stream::new();
        let mut model: BTreeMap<u64, u8> = BTreeMap::new();
        for round in 0..60 {
            let from = if round == 59 { 0 } else { random.below(length) };
            let to = if round == 59 {
                length
            } else {
                (from + 1 + random.below(80)).min(length)
            };
            let segment: Vec<u8> = (from..to).map(|_| random.below(3) as u8).collect();
            let differs = (from..to)
                .zip(&segment)
                .any(|(at, byte)| model.get(&(at as u64)).is_some_and(|old| old != byte));
            let verdict = stream.take(i64::try_from(from).unwrap(), &segment);
            assert_eq!(verdict.differs, differs, "seed {seed} round {round}");
            for (at, byte) in (from..to).zip(segment) {
                model.entry(at as u64).or_insert(byte);
            }
        }
        let truth: Vec<u8> = model.into_values().collect();
        assert_eq!(stream.bytes(), truth, "seed {seed}");
    }
}

#[test]
fn random_segments_holes_and_limits_keep_the_offsets_whole() {
    for seed in 1..=300 {
        let mut random = Random::new(seed);
        let mut stream = Stream::new();
        stream.limits.out_of_order = 2000;
        stream.limits.chunks = 8;
        for _ in 0..200 {
            let offset = i64::try_from(random.below(6000)).unwrap() - 50;
            let kept = random.below(100);
            let length = (kept + random.below(2) * random.below(100)) as u64;
            stream.take_cut(offset, &vec![7; kept], length);
            if random.below(20) == 0 {
                stream.give_up(
                    (random.below(30) as u64)
                        .min(stream.direction.hole().map_or(30, |hole| hole.1)),
                );
            }
            assert!(stream.direction.chunks.len() <= 8, "seed {seed}");
            assert!(stream.direction.held <= 2000, "seed {seed}");
            assert!(stream.direction.next() <= stream.direction.highest());
        }
        let mut next = 0;
        for (offset, got, _) in &stream.out {
            assert_eq!(*offset, next, "seed {seed}");
            next += match got {
                Got::Bytes(bytes) => len(bytes),
                Got::Hole(length, _) => *length,
            };
        }
        assert_eq!(next, stream.direction.next(), "seed {seed}");
    }
}
