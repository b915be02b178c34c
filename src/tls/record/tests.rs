//! Flights cut at every byte, coalesced, with holes, and what is no TLS at all.

mod holes;

use super::samples;
use super::*;
use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::tls::hello::samples::CLIENT_TLS13;
use crate::tls::hello::samples::bytes;
use crate::tls::hello::samples::damaged;

/// A [`Unit`] without its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    /// Content type, length, clear.
    Record(u8, u32, bool),
    /// Type, length, body, where its record starts, where it ends.
    Message(u8, u32, Vec<u8>, u64, u64),
    Alert(u8, u8),
    Broken,
}

fn found(unit: Unit<'_>) -> Found {
    match unit {
        Unit::Record(record) => Found::Record(record.kind, record.length, record.clear),
        Unit::Message(m) => {
            assert_eq!(m.have, m.length);
            assert!(m.first.frame <= m.last.frame && m.segments > 0);
            Found::Message(m.kind, m.length, m.body.to_vec(), m.start, m.end)
        }
        Unit::Alert { level, code, .. } => Found::Alert(level, code),
        Unit::Broken { .. } => Found::Broken,
    }
}

/// A reader and what it gave.
#[derive(Default)]
struct Reading {
    reader: Reader,
    found: Vec<Found>,
    pieces: u64,
}

impl Reading {
    fn mark(&mut self) -> Mark {
        self.pieces += 1;
        mark(self.pieces)
    }

    /// The next bytes, in a segment of their own.
    fn push(&mut self, bytes: &[u8]) -> &mut Self {
        let mark = self.mark();
        let all = &mut self.found;
        self.reader
            .push(bytes, mark, 0, |unit| all.push(found(unit)));
        self
    }

    fn hole(&mut self, length: u64) -> &mut Self {
        let mark = self.mark();
        let all = &mut self.found;
        self.reader
            .hole(length, mark, false, |unit| all.push(found(unit)));
        self
    }

    fn messages(&self) -> Vec<(u8, u32, usize)> {
        let message = |found: &Found| match found {
            Found::Message(kind, length, body, ..) => Some((*kind, *length, body.len())),
            _ => None,
        };
        self.found.iter().filter_map(message).collect()
    }
}

fn mark(number: u64) -> Mark {
    Mark {
        frame: FrameRef::new(0, number),
        at: Timestamp(number.cast_signed()),
        order: 0,
    }
}

/// What `pieces` give.
fn read(pieces: &[&[u8]]) -> Vec<Found> {
    let mut reading = Reading::default();
    for piece in pieces {
        reading.push(piece);
    }
    reading.found
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3, high, low], body].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, a, b, c], body].concat()
}

const CCS: [u8; 6] = [20, 3, 3, 0, 1, 1];

/// ClientHello, ChangeCipherSpec, and the ClientHello behind a HelloRetryRequest.
fn hellos_around_a_retry() -> Vec<u8> {
    let hello = record(22, &message(1, &bytes(CLIENT_TLS13)));
    [&hello[..], &CCS, &hello, &record(23, &[9; 53])].concat()
}

#[test]
fn a_real_server_flight_gives_its_records_and_messages() {
    let flight = bytes(samples::SERVER);
    let found = read(&[&flight]);
    let shape: Vec<(char, u32)> = found
        .iter()
        .map(|found| match found {
            Found::Record(_, length, true) => ('R', *length),
            Found::Record(_, length, false) => ('E', *length),
            Found::Message(kind, ..) => ('M', u32::from(*kind)),
            other => panic!("{other:?}"),
        })
        .collect();
    let truth = [
        ('R', 69),
        ('M', 2),
        ('R', 469),
        ('M', 11),
        ('R', 114),
        ('M', 12),
        ('R', 4),
        ('M', 14),
        ('R', 218),
        ('M', 4),
        ('R', 1),
        ('E', 40),
    ];
    assert_eq!(shape, truth);
    let Found::Message(_, length, body, start, end) = &found[3] else {
        panic!()
    };
    assert_eq!((*length, body.len(), *start, *end), (465, 465, 74, 548));
}

#[test]
fn a_flight_cut_at_any_byte_gives_the_same() {
    for flight in [
        bytes(samples::CLIENT),
        bytes(samples::SERVER),
        hellos_around_a_retry(),
    ] {
        let whole = read(&[&flight]);
        assert!(whole.len() > 4 && !whole.contains(&Found::Broken));
        for cut in 0..=flight.len() {
            let (a, b) = flight.split_at(cut);
            assert_eq!(read(&[a, b]), whole, "cut at {cut}");
        }
        for size in 1..20 {
            let pieces: Vec<&[u8]> = flight.chunks(size).collect();
            assert_eq!(read(&pieces), whole, "pieces of {size}");
        }
    }
}

#[test]
fn a_hello_behind_a_change_cipher_spec_is_in_clear() {
    let hello = bytes(CLIENT_TLS13);
    let found = read(&[&hellos_around_a_retry()]);
    let length = u32::try_from(hello.len()).unwrap();
    let hellos = found.iter().filter(
        |found| matches!(found, Found::Message(1, n, body, ..) if *n == length && *body == hello),
    );
    assert_eq!(hellos.count(), 2);
    assert_eq!(found.last(), Some(&Found::Record(23, 53, false)));
    // The message knows the frames of its first bytes, though they were not yet known to be in clear.
    let mut reader = Reader::default();
    let mut frames = Vec::new();
    let second = record(22, &message(1, &hello));
    reader.push(&CCS, mark(1), 0, |_| {});
    reader.push(&second[..8], mark(2), 0, |_| {});
    reader.push(&second[8..], mark(3), 0, |unit| {
        if let Unit::Message(message) = unit {
            frames = message.frames.to_vec();
            assert_eq!(
                (message.segments, message.start, message.end),
                (2, 6, 6 + second.len() as u64)
            );
        }
    });
    assert_eq!(frames, [mark(2).frame, mark(3).frame]);
}

#[test]
fn a_handshake_record_behind_a_change_cipher_spec_is_encrypted() {
    let sealed = record(22, &[7; 40]);
    let found = read(&[&CCS, &sealed]);
    assert_eq!(
        found,
        [Found::Record(20, 1, true), Found::Record(22, 40, false)]
    );
}

#[test]
fn messages_in_one_record_are_given_one_by_one() {
    let both = [message(2, &[5; 40]), message(14, &[])].concat();
    let found = read(&[&record(22, &both)]);
    let truth = [
        Found::Record(22, 48, true),
        Found::Message(2, 40, vec![5; 40], 0, 49),
        Found::Message(14, 0, vec![], 0, 53),
    ];
    assert_eq!(found, truth);
}

#[test]
fn coalesced_messages_cut_at_any_byte_are_the_same_messages() {
    let many: Vec<u8> = (0..6_u8)
        .flat_map(|n| message(n, &vec![n; usize::from(n) * 7]))
        .collect();
    let mut flight = Vec::new();
    for piece in many.chunks(50) {
        flight.extend(record(22, piece));
    }
    let mut whole = Reading::default();
    whole.push(&flight);
    let truth: Vec<(u8, u32, usize)> = (0..6_u8)
        .map(|n| (n, u32::from(n) * 7, usize::from(n) * 7))
        .collect();
    assert_eq!(whole.messages(), truth);
    for cut in 0..=flight.len() {
        let mut reading = Reading::default();
        let (a, b) = flight.split_at(cut);
        reading.push(a).push(b);
        assert_eq!(reading.messages(), truth, "cut at {cut}");
    }
}

#[test]
fn a_message_over_several_records_is_put_together_and_knows_its_frames() {
    let whole = message(11, &[1; 90]);
    let mut reader = Reader::default();
    let mut seen = 0;
    for (number, piece) in (1..).zip(whole.chunks(40)) {
        if number == 3 {
            let pending = reader.pending().unwrap();
            assert_eq!((pending.kind, pending.length), (Some(11), Some(90)));
            assert_eq!((pending.have, pending.body.len()), (80, 76));
            assert_eq!((pending.segments, pending.start), (2, 0));
            assert_eq!((pending.first, pending.last), (mark(1), mark(2)));
        }
        reader.push(&record(22, piece), mark(number), 0, |unit| {
            if let Unit::Message(message) = unit {
                assert_eq!((message.kind, message.body), (11, &[1; 90][..]));
                assert_eq!((message.segments, message.frames.len()), (3, 3));
                assert_eq!((message.first, message.last), (mark(1), mark(3)));
                assert_eq!((message.start, message.end), (0, 109));
                assert_eq!(message.record_version, 0x0303);
                seen += 1;
            }
        });
    }
    assert_eq!(seen, 1);
    assert!(reader.pending().is_none());
}

#[test]
fn a_message_larger_than_is_kept_gives_its_beginning_and_what_follows_is_found() {
    let large = message(11, &vec![3; 300_000]);
    let mut reading = Reading::default();
    for piece in large.chunks(16_384) {
        reading.push(&record(22, piece));
    }
    reading.push(&record(22, &message(14, &[])));
    let truth = [(11, 300_000, MESSAGE_MAX - 4), (14, 0, 0)];
    assert_eq!(reading.messages(), truth);
}

#[test]
fn alerts_of_two_bytes_are_in_clear_even_behind_a_change_cipher_spec() {
    let alert = record(21, &[2, 40]);
    let truth = [Found::Record(21, 2, true), Found::Alert(2, 40)];
    assert_eq!(read(&[&alert]), truth);
    assert_eq!(read(&[&CCS, &alert])[1..], truth);
    assert_eq!(read(&[&alert[..6], &alert[6..]]), truth);
}

#[test]
fn two_alerts_in_one_record_are_both_given_unless_they_may_be_encrypted() {
    let alerts = record(21, &[1, 112, 2, 40]);
    let truth = [
        Found::Record(21, 4, true),
        Found::Alert(1, 112),
        Found::Alert(2, 40),
    ];
    assert_eq!(read(&[&alerts]), truth);
    assert_eq!(read(&[&CCS, &alerts])[1..], [Found::Record(21, 4, false)]);
}

#[test]
fn an_encrypted_alert_is_a_record_and_no_alert() {
    let alert = record(21, &[8; 26]);
    for before in [&b""[..], &CCS] {
        let found = read(&[before, &alert]);
        assert_eq!(found.last(), Some(&Found::Record(21, 26, false)));
        assert!(!found.iter().any(|found| matches!(found, Found::Alert(..))));
    }
}

#[test]
fn an_alert_whose_bytes_cannot_be_read_is_a_record_alone() {
    let mut reading = Reading::default();
    reading.push(&record(21, &[2, 40])[..6]).hole(1);
    assert_eq!(reading.found, [Found::Record(21, 2, true)]);
}

#[test]
fn application_data_of_no_length_is_a_record() {
    let truth = [Found::Record(23, 0, false), Found::Record(23, 1, false)];
    let empty = record(23, &[]);
    assert_eq!(read(&[&empty, &record(23, &[1])]), truth);
    assert_eq!(read(&[&[empty, record(23, &[1])].concat()]), truth);
}

#[test]
fn a_record_may_be_as_long_as_the_limit_and_no_longer() {
    let longest = vec![0; usize::try_from(RECORD_MAX).unwrap()];
    let truth = [Found::Record(23, RECORD_MAX, false)];
    assert_eq!(read(&[&record(23, &longest)]), truth);
    let mut reading = Reading::default();
    reading.push(&record(23, &[&longest[..], &[0]].concat()));
    assert_eq!(reading.found, [Found::Broken]);
    reading.push(&CCS).hole(7).push(&CCS);
    assert_eq!(reading.found, [Found::Broken], "nothing more is read");
    assert!(reading.reader.is_lost());
}

#[test]
fn what_is_no_record_header_is_broken() {
    for header in [
        *b"HTTP/",
        [19, 3, 3, 0, 1],
        [25, 3, 3, 0, 1],
        [22, 2, 0, 0, 1],
        [22, 3, 5, 0, 1],
        [22, 3, 3, 0x48, 1],
    ] {
        assert_eq!(read(&[&header]), [Found::Broken], "{header:?}");
        assert!(read(&[&header[..4]]).is_empty(), "{header:?}");
    }
    assert_eq!(read(&[&[24, 3, 0, 0, 1, 9]]), [Found::Record(24, 1, false)]);
}

#[test]
fn a_record_gives_the_acknowledgment_of_the_segment_that_ended_it() {
    let mut reader = Reader::default();
    let data = record(23, &[9; 20]);
    let mut seen = Vec::new();
    for (number, piece) in (1..).zip(data.chunks(10)) {
        reader.push(piece, mark(number), number * 100, |unit| {
            if let Unit::Record(record) = unit {
                seen.push(record.acknowledges);
            }
        });
    }
    assert_eq!(seen, [300]);
}

#[test]
fn a_reader_that_starts_over_forgets_the_change_cipher_spec() {
    let mut reading = Reading::default();
    reading.push(&CCS).push(&record(22, &[1, 0, 9])[..7]);
    reading.reader.reset(500);
    reading.found.clear();
    reading.push(&record(22, &message(14, &[])));
    let truth = [
        Found::Record(22, 4, true),
        Found::Message(14, 0, vec![], 500, 509),
    ];
    assert_eq!(reading.found, truth);
    reading.reader.skip(3);
    assert_eq!(reading.reader.offset(), 512);
}

#[test]
fn no_bytes_and_no_holes_make_it_panic() {
    let flights = [
        bytes(samples::CLIENT),
        bytes(samples::SERVER),
        hellos_around_a_retry(),
        vec![0; 400],
    ];
    for flight in &flights {
        for broken in damaged(flight, 800) {
            let mut reading = Reading::default();
            let mut fed = 0;
            for (number, piece) in broken.chunks(1 + broken.len() % 97).enumerate() {
                let odd = usize::from(piece[0]).wrapping_add(number) % 7 == 0;
                if odd {
                    reading.hole(len64(piece));
                } else {
                    reading.push(piece);
                }
                fed += len64(piece);
                assert!(
                    reading
                        .reader
                        .pending()
                        .is_none_or(|p| p.body.len() <= MESSAGE_MAX)
                );
            }
            let offset = reading.reader.offset();
            assert!(offset <= fed);
            assert!(offset == fed || reading.reader.is_lost());
            reading.hole(u64::MAX).hole(u64::MAX);
        }
    }
}
