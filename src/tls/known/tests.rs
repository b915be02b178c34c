//! What is recognised is what would have been read.

use super::Known;
use super::shape;
use crate::tls::certificate::certificate_chain;
use crate::tls::hello::client_hello;
use crate::tls::hello::samples;

const SAMPLES: [&str; 4] = [
    samples::CLIENT_TLS12,
    samples::CLIENT_TLS13,
    samples::CLIENT_POST_QUANTUM,
    samples::CLIENT_GREASE,
];

fn is_recognised(body: &[u8]) -> bool {
    shape::of(body, &mut Vec::new()).is_some()
}

#[test]
fn real_hellos_are_recognised_and_share_their_offer() {
    for sample in SAMPLES {
        let mut body = samples::bytes(sample);
        let mut known = Known::default();
        let alone = known.client_hello(&body, body.len());
        let first = known.client_hello(&body, body.len());
        assert_eq!(alone, first);
        assert!(is_recognised(&body));
        // The random.
        body[5] ^= 0xff;
        let second = known.client_hello(&body, body.len());
        assert!(std::sync::Arc::ptr_eq(&first.offer, &second.offer));
        assert_eq!(second, client_hello(&body, body.len()));
    }
}

#[test]
fn a_hello_after_a_like_one_reads_as_if_it_were_alone() {
    let mut known = Known::default();
    let mut recognised = 0;
    for sample in SAMPLES {
        let good = samples::bytes(sample);
        for body in samples::damaged(&good, 4000) {
            let alone = client_hello(&body, body.len());
            // Twice to learn it, once from memory.
            for _ in 0..3 {
                assert_eq!(known.client_hello(&body, body.len()), alone);
            }
            recognised += u32::from(is_recognised(&body));
        }
    }
    assert!(recognised > 2000, "{recognised}");
}

#[test]
fn a_hello_that_was_cut_is_read_anew() {
    let body = samples::bytes(samples::CLIENT_TLS13);
    let mut known = Known::default();
    let whole = known.client_hello(&body, body.len());
    for length in 0..body.len() {
        let cut = known.client_hello(&body[..length], body.len());
        assert_eq!(cut, client_hello(&body[..length], body.len()));
        assert!(whole.readable && !cut.readable);
    }
}

#[test]
fn a_chain_is_shared_and_a_cut_one_is_read_anew() {
    let body = samples::bytes(samples::CHAIN_EXPIRED);
    let mut known = Known::default();
    let alone = known.certificates(&body, body.len());
    let first = known.certificates(&body, body.len());
    assert_eq!(alone, first);
    let second = known.certificates(&body, body.len());
    assert!(!first.is_empty() && std::ptr::eq(&first[0], &second[0]));
    assert_eq!(first.to_vec(), certificate_chain(&body, body.len()));
    let cut = known.certificates(&body[..body.len() / 2], body.len());
    assert_eq!(
        cut.to_vec(),
        certificate_chain(&body[..body.len() / 2], body.len())
    );
}

#[test]
fn what_is_kept_is_bounded() {
    let good = samples::bytes(samples::CLIENT_TLS12);
    let mut known = Known::default();
    let mut body = good.clone();
    for number in 0..20_000_u32 {
        // The first cipher suites.
        let [.., a, b] = number.to_be_bytes();
        (body[37], body[38]) = (a, b);
        let _ = known.client_hello(&body, body.len());
        let facts = known.client_hello(&body, body.len());
        assert_eq!(facts.cipher_suites[0], u16::from_be_bytes([a, b]));
        assert!(known.offers.bytes <= super::OFFERS);
    }
}
