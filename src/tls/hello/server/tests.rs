//! Tests of `server`, in a file of their own for their length.

use super::RETRY_RANDOM;
use super::ServerHelloKind;
use super::read_fields;
use super::server_hello;
use crate::facts::HelloRetryFacts;
use crate::facts::ServerHelloFacts;
use crate::facts::WireText;
use crate::tls::body;
use crate::tls::hello::samples;

const SAMPLES: [&str; 3] = [samples::SERVER_TLS12, samples::SERVER_TLS13, samples::RETRY];

fn hello(body: &[u8], declared_length: usize, session_id: Option<&[u8]>) -> ServerHelloFacts {
    match server_hello(body, declared_length, session_id) {
        ServerHelloKind::Hello(facts) => facts,
        ServerHelloKind::Retry(_) => panic!("a retry"),
    }
}

/// Version, random, empty session id, suite and compression.
fn start(version: [u8; 2]) -> Vec<u8> {
    let mut body = version.to_vec();
    body.extend([7; 32]);
    body.extend([0, 0xc0, 0x2f, 0]);
    body
}

#[test]
fn reads_a_hello_of_tls_1_2() {
    let body = samples::bytes(samples::SERVER_TLS12);
    let facts = hello(&body, body.len(), None);
    assert_eq!(
        (
            facts.version,
            facts.cipher_suite,
            facts.group,
            facts.resumed
        ),
        (0x0303, 0xc030, None, false)
    );
    assert_eq!(
        (&facts.alpn, facts.malformed),
        (&Some(WireText::from("http/1.1")), None)
    );
    assert_eq!(facts.ja3s(), "263c859c5391203d774bc0599793d915");
}

#[test]
fn reads_version_and_group_of_tls_1_3_from_extensions() {
    let body = samples::bytes(samples::SERVER_TLS13);
    let echoed = &body[35..67];
    let facts = hello(&body, body.len(), Some(echoed));
    assert_eq!(
        (facts.version, facts.cipher_suite, facts.group),
        (0x0304, 0x1302, Some(24))
    );
    assert!(facts.session_id_echoed && !facts.resumed);
    assert_eq!(facts.session_id_length, 32);
    assert_eq!(facts.ja3s(), "15af977ce25de452b96affa2addb1036");
    assert!(!hello(&body, body.len(), Some(&[1; 32])).session_id_echoed);
    assert!(!hello(&body, body.len(), None).session_id_echoed);
}

#[test]
fn tells_a_retry_by_its_random() {
    let body = samples::bytes(samples::RETRY);
    let expected = HelloRetryFacts {
        group: Some(24),
        cipher_suite: 0x1302,
        ..HelloRetryFacts::default()
    };
    assert_eq!(
        server_hello(&body, body.len(), None),
        ServerHelloKind::Retry(expected)
    );
}

#[test]
fn a_cut_hello_gives_what_came_before_the_cut_and_blames_nobody() {
    let body = samples::bytes(samples::SERVER_TLS13);
    for length in 0..body.len() {
        let facts = hello(&body[..length], body.len(), None);
        assert_eq!(facts.malformed, None, "{length}");
        assert!(facts.ja3s().is_empty());
        assert_eq!(facts.cipher_suite, if length >= 69 { 0x1302 } else { 0 });
        if length >= 69 {
            assert_eq!(facts.version, 0x0304, "a suite of TLS 1.3 tells");
        }
    }
    let retry = samples::bytes(samples::RETRY);
    for length in 34..retry.len() {
        assert!(matches!(
            server_hello(&retry[..length], retry.len(), None),
            ServerHelloKind::Retry(_)
        ));
    }
}

#[test]
fn a_hello_that_really_ends_early_is_malformed() {
    let body = samples::bytes(samples::SERVER_TLS12);
    for length in 0..body.len() {
        let facts = hello(&body[..length], length, None);
        let without_extensions = 38 + usize::from(body[34]);
        assert_eq!(
            facts.malformed.is_some(),
            length != without_extensions,
            "{length}"
        );
    }
}

#[test]
fn the_fixed_fields_are_the_same_as_another_reader_finds() {
    let mut agreed = 0;
    for sample in SAMPLES {
        let good = samples::bytes(sample);
        for body in std::iter::once(good.clone()).chain(samples::damaged(&good, 2000)) {
            let (fields, session_id_length, fault) = read_fields(&body, false);
            if let Some(other) = body::server_hello(&body) {
                assert_eq!(
                    (&fields, session_id_length, fault),
                    (&other, other.session_id.len(), None)
                );
                agreed += 1;
            }
        }
    }
    assert!(agreed > 1000, "{agreed}");
}

#[test]
fn damage_never_panics() {
    for sample in SAMPLES {
        let good = samples::bytes(sample);
        for body in samples::damaged(&good, 2000) {
            for declared in [body.len(), good.len(), 0, usize::MAX] {
                let _ = server_hello(&body, declared, Some(&[1]));
            }
        }
    }
}

#[test]
fn other_numbers_in_legacy_version_lose_nothing() {
    for version in [[3, 4], [3, 5], [0x7f, 0x1c], [0xfe, 0xfd], [3, 0]] {
        let mut body = start(version);
        body.extend([0, 6, 0, 43, 0, 2, 3, 4]);
        let facts = hello(&body, body.len(), None);
        assert_eq!(
            (facts.version, facts.cipher_suite, facts.malformed),
            (0x0304, 0xc02f, None)
        );
    }
}

#[test]
fn drafts_up_to_21_have_neither_session_id_nor_compression() {
    let mut body = vec![0x7f, 0x12];
    body.extend([7; 32]);
    body.extend([0x13, 1, 0, 8, 0, 40, 0, 4, 0, 29, 0, 0]);
    let facts = hello(&body, body.len(), None);
    assert_eq!(
        (
            facts.version,
            facts.cipher_suite,
            facts.group,
            facts.malformed
        ),
        (0x7f12, 0x1301, Some(29), None)
    );
}

#[test]
fn a_pre_shared_key_is_a_resumption_and_an_unreadable_extension_is_named() {
    let mut body = start([3, 3]);
    body.extend([0, 11, 0, 51, 0, 1, 0, 0, 41, 0, 2, 0, 0]);
    let facts = hello(&body, body.len(), None);
    assert!(facts.resumed);
    assert_eq!(
        facts.malformed,
        Some("supported_versions or key_share without a value")
    );
    assert_eq!(facts.extensions, [51, 41]);
}

#[test]
fn a_retry_with_a_cookie_says_so() {
    let mut body = vec![3, 3];
    body.extend(RETRY_RANDOM);
    body.extend([0, 0x13, 1, 0, 0, 7, 0, 44, 0, 3, 0, 1, 9]);
    let ServerHelloKind::Retry(facts) = server_hello(&body, body.len(), None) else {
        panic!("no retry")
    };
    assert!(facts.cookie && facts.group.is_none());
}
