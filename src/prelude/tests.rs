//! Laws that hold for every prelude.

use super::PRELUDES;
use super::Step;
use super::Watcher;
use super::payload;
use crate::base::Mark;
use crate::base::Side;

/// The first bytes of both sides of each prelude, by turns.
const TALKS: &[&[(Side, &[u8])]] = &[
    &[
        (Side::Client, b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
        (Side::Server, b"HTTP/1.1 407 Auth\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"),
        (Side::Client, b"CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\n\r\n"),
        (Side::Server, b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
    &[
        (Side::Client, b"GET http://a/ HTTP/1.1\r\n\r\n"),
        (Side::Server, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
        (Side::Client, b"OPTIONS * HTTP/1.1\r\nUpgrade: TLS/1.0\r\n\r\n"),
        (Side::Server, b"HTTP/1.1 101 S\r\nUpgrade: TLS/1.0\r\n\r\n"),
    ],
    &[
        (Side::Client, b"\x05\x01\x02"),
        (Side::Server, b"\x05\x02"),
        (Side::Client, b"\x01\x01u\x01p"),
        (Side::Server, b"\x01\0"),
        (Side::Client, b"\x05\x01\0\x03\x01a\x01\xbb"),
        (Side::Server, b"\x05\0\0\x01\0\0\0\0\0\0"),
    ],
    &[(Side::Client, b"\x04\x01\x01\xbb\0\0\0\x01me\0a.example\0"), (Side::Server, b"\0\x5a\0\0\0\0\0\0")],
    &[(Side::Client, b"PROXY TCP4 192.0.2.7 198.51.100.4 51514 443\r\n")],
    &[(Side::Client, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x04\xc9\x3a\x01\xbb")],
    &[
        (Side::Server, b"220 a ESMTP\r\n"),
        (Side::Client, b"EHLO b\r\n"),
        (Side::Server, b"250-a\r\n250 STARTTLS\r\n"),
        (Side::Client, b"STARTTLS\r\n"),
        (Side::Server, b"220 go\r\n"),
    ],
    &[
        (Side::Client, b"\0\0\0\x08\x04\xd2\x16\x30"),
        (Side::Server, b"N"),
        (Side::Client, b"\0\0\0\x08\x04\xd2\x16\x2f"),
        (Side::Server, b"E\0\0\0\x26SFATAL\0C53300\0Mtoo many clients\0\0\0\0"),
    ],
    &[(Side::Server, b"* OK hi\r\n"), (Side::Client, b"a STARTTLS\r\n"), (Side::Server, b"a OK go\r\n")],
    &[(Side::Server, b"+OK hi\r\n"), (Side::Client, b"CAPA\r\nSTLS\r\n"), (Side::Server, b"+OK\r\nSTLS\r\n.\r\n+OK\r\n")],
    &[(Side::Server, b"220 hi\r\n"), (Side::Client, b"AUTH TLS\r\n"), (Side::Server, b"234 go\r\n")],
    &[
        (Side::Server, b"\x0c\0\0\0\x0a8.0.28\0\x36\0\0\0"),
        (Side::Client, b"\x20\0\0\x01\x85\xae\xff\x19\0\0\0\x01\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    ],
    &[
        (Side::Client, b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0"),
        (Side::Server, b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\x1f\x08\0\x02\0\0\0"),
    ],
    &[
        (Side::Client, b"\x30\x1d\x02\x01\x02\x77\x18\x80\x161.3.6.1.4.1.1466.20037"),
        (Side::Server, b"\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\0\x04\0\x04\0"),
    ],
    &[(Side::Server, b"200 hi\r\n"), (Side::Client, b"STARTTLS\r\n"), (Side::Server, b"382 go\r\n")],
    &[(Side::Client, b"STARTTLS\r\n"), (Side::Server, b":irc.example 670 * :go\r\n")],
    &[
        (Side::Server, b"\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n"),
        (Side::Client, b"STARTTLS\r\n"),
        (Side::Server, b"OK \"go\"\r\n"),
    ],
    &[
        (Side::Client, b"\x12\x01\0\x1a\0\0\0\0\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x0f\0\x07\xd0\0\0\x01"),
        (Side::Server, b"\x04\x01\0\x1a\0\0\0\0\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x0f\0\x07\xd0\0\0\x03"),
    ],
    &[
        (Side::Client, b"<stream:stream><starttls/>"),
        (Side::Server, b"<stream:stream><stream:features/><proceed/>"),
    ],
];

fn push_all(parts: &[(Side, Vec<u8>)]) -> (Step, Watcher) {
    let mut watcher = Watcher::default();
    let mut last = Step::More;
    for (side, bytes) in parts {
        match watcher.push(*side, bytes, Mark::default()) {
            Step::More => {}
            step => last = step,
        }
    }
    (last, watcher)
}

fn parts(talk: &[(Side, &[u8])]) -> Vec<(Side, Vec<u8>)> {
    talk.iter()
        .map(|(side, bytes)| (*side, bytes.to_vec()))
        .collect()
}

/// xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

#[test]
fn every_file_of_a_prelude_is_registered_once() {
    let others = [
        "envelope",
        "documented",
        "http_message",
        "lines",
        "mod",
        "payload",
        "proxy_v2_fields",
        "sample",
        "tests",
        "wire",
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/prelude");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            file.unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .replace(".rs", "")
        })
        .filter(|name| !others.contains(&name.as_str()))
        .collect();
    let mut registered: Vec<String> = PRELUDES
        .iter()
        .map(|prelude| prelude.id.to_owned())
        .collect();
    files.sort();
    registered.sort();
    assert_eq!(registered, files);
}

#[test]
fn every_prelude_is_decided_whole_and_undecided_when_cut() {
    for talk in TALKS {
        let mut talk = parts(talk);
        let (step, watcher) = push_all(&talk);
        assert!(
            matches!(step, Step::TlsAt { .. } | Step::Refused),
            "{talk:x?}"
        );
        assert!(watcher.facts().is_some());
        while let Some((_, bytes)) = talk.last_mut() {
            if bytes.pop().is_none() {
                talk.pop();
            }
            let (step, _) = push_all(&talk);
            assert!(
                matches!(step, Step::More | Step::Refused),
                "{step:?} {talk:x?}"
            );
        }
    }
}

#[test]
fn an_answer_captured_before_its_question_is_understood() {
    for talk in TALKS {
        let mut talk = parts(talk);
        let (step, _) = push_all(&talk);
        let last = talk.len() - 1;
        if last == 0 || talk[last].0 == Side::Client {
            continue;
        }
        talk.swap(last - 1, last);
        assert_eq!(push_all(&talk).0, step, "{talk:x?}");
    }
}

#[test]
fn tls_spoken_directly_is_no_prelude() {
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    for length in 1..hello.len() {
        let (step, watcher) = push_all(&[(Side::Client, hello[..length].to_vec())]);
        assert_eq!(step, Step::NotThis);
        assert!(watcher.facts().is_none());
    }
    assert_eq!(
        push_all(&[(Side::Client, b"\x80\x2e\x01\x03\x01".to_vec())]).0,
        Step::NotThis
    );
    assert_eq!(
        push_all(&[(Side::Server, b"\x16\x03\x03\x00\x7a\x02".to_vec())]).0,
        Step::NotThis
    );
}

#[test]
fn a_decision_is_repeated() {
    let mut watcher = Watcher::default();
    let mark = Mark::default();
    let step = watcher.push(Side::Client, b"PROXY UNKNOWN\r\n", mark);
    assert_eq!(
        step,
        Step::TlsAt {
            client: 15,
            server: 0
        }
    );
    assert_eq!(watcher.push(Side::Server, b"x", mark), step);
    assert!(watcher.facts().is_some());
}

#[test]
fn endless_talk_is_given_up() {
    for start in [
        &b"220 hi\r\n"[..],
        b"220-",
        b"* OK ",
        b"+OK ",
        b"\xff\xff\0\0\x0a",
    ] {
        let mut watcher = Watcher::default();
        let mut step = watcher.push(Side::Server, start, Mark::default());
        for _ in 0..40 {
            step = watcher.push(Side::Server, &[b'a'; 1000], Mark::default());
        }
        assert_eq!(step, Step::NotThis, "{start:x?}");
    }
    let mut watcher = Watcher::default();
    watcher.push(Side::Client, b"EHLO a\r\n", Mark::default());
    for _ in 0..6000 {
        watcher.push(Side::Client, b"NOOP\r\n", Mark::default());
    }
    assert_eq!(
        watcher.push(Side::Client, b"NOOP\r\n", Mark::default()),
        Step::NotThis
    );
}

#[test]
fn a_long_body_of_a_refusal_is_passed_over_without_being_held() {
    for head in [
        &b"HTTP/1.1 407 A\r\nContent-Length: 1000000\r\n\r\n"[..],
        b"HTTP/1.1 407 A\r\n\r\n",
    ] {
        let mut watcher = Watcher::default();
        let ask = b"CONNECT a:443 HTTP/1.1\r\n\r\n";
        watcher.push(Side::Client, ask, Mark::default());
        assert_eq!(
            watcher.push(Side::Server, head, Mark::default()),
            Step::Refused
        );
        for _ in 0..1000 {
            assert_eq!(
                watcher.push(Side::Server, &[b'a'; 1000], Mark::default()),
                Step::More
            );
        }
        watcher.push(Side::Client, ask, Mark::default());
        let step = watcher.push(Side::Server, b"HTTP/1.1 200 OK\r\n\r\n", Mark::default());
        assert!(matches!(step, Step::TlsAt { .. }), "{step:?}");
    }
}

#[test]
fn no_panic_and_no_wrong_offset_on_damaged_bytes() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..20_000 {
        let mut talk = parts(TALKS[round % TALKS.len()]);
        for _ in 0..=random.below(4) {
            let part = random.below(talk.len());
            let bytes = &mut talk[part].1;
            if !bytes.is_empty() {
                let at = random.below(bytes.len());
                match random.below(3) {
                    0 => bytes[at] ^= 1 << random.below(8),
                    1 => bytes.truncate(at),
                    _ => bytes.insert(at, u8::try_from(random.below(256)).unwrap()),
                }
            }
        }
        let sent = |of| {
            talk.iter()
                .filter(|(side, _)| *side == of)
                .map(|(_, bytes)| bytes.len() as u64)
                .sum::<u64>()
        };
        if let (Step::TlsAt { client, server }, _) = push_all(&talk) {
            assert!(client <= sent(Side::Client) && server <= sent(Side::Server));
        }
        for (side, bytes) in &talk {
            let whole = payload::classify(bytes, *side);
            if let Some(partial) = payload::classify_partial(bytes, *side) {
                assert_eq!(partial, whole);
            }
        }
    }
}

#[test]
fn no_panic_on_random_bytes() {
    let mut random = Random(7);
    for _ in 0..5_000 {
        let mut watcher = Watcher::default();
        for _ in 0..4 {
            let side = if random.below(2) == 0 {
                Side::Client
            } else {
                Side::Server
            };
            let bytes: Vec<u8> = (0..random.below(40))
                .map(|_| u8::try_from(random.below(256)).unwrap())
                .collect();
            watcher.push(side, &bytes, Mark::default());
            let _ = payload::classify(&bytes, side);
        }
    }
}
