//! Tests of `certificate`, in a file of their own for their length.

use super::CHAIN_MAX;
use super::asks_for_status;
use super::certificate_chain;
use super::certificate_count;
use super::certificates_of_pem;
use super::ip_text;
use super::sent;
use super::serial;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::facts::CertificateFacts;
use crate::facts::WireText;
use crate::tls::hello::samples;

fn chain(body: &[u8]) -> Vec<CertificateFacts> {
    certificate_chain(body, body.len())
}

/// A Certificate message's body of these certificates.
fn message(ders: &[&[u8]]) -> Vec<u8> {
    let mut list: Vec<u8> = Vec::new();
    for der in ders {
        list.extend(&u32::try_from(der.len()).unwrap().to_be_bytes()[1..]);
        list.extend(*der);
    }
    let mut body = u32::try_from(list.len()).unwrap().to_be_bytes()[1..].to_vec();
    body.extend(list);
    body
}

/// The first certificate of a sample.
fn first(sample: &str) -> Vec<u8> {
    let body = samples::bytes(sample);
    let length = usize::from(u16::from_be_bytes([body[4], body[5]]));
    body[6..6 + length].to_vec()
}

#[test]
fn reads_a_leaf_and_its_issuer() {
    let chain = chain(&samples::bytes(samples::CHAIN_EXPIRED));
    let [leaf, issuer] = chain.as_slice() else {
        panic!("two certificates")
    };
    assert_eq!(
        leaf.subject,
        WireText::from("C=CN, O=Acme Test, CN=expired.acme.test")
    );
    assert_eq!(leaf.issuer, issuer.subject);
    assert_eq!(leaf.san_dns, [WireText::from("expired.acme.test")]);
    // Oct 17 04:07:46 2025 and Nov 18 04:07:46 2026, GMT.
    let at = |seconds: u64| Some(Timestamp::default().plus(seconds * SECOND));
    assert_eq!(
        (leaf.not_before, leaf.not_after),
        (at(1_760_674_066), at(1_794_974_866))
    );
    assert_eq!(leaf.serial, "657c822a8844bcfe310a1065f4a260ee480be8");
    assert_eq!(
        (
            leaf.key.kind.as_str(),
            leaf.key.bits,
            leaf.signature.as_str()
        ),
        ("RSA", 2048, "sha256WithRSAEncryption")
    );
    assert_eq!(
        leaf.sha256,
        "c68dd00878222b16cdfc6f4cf629146151338087bc0bd6fc3a6069a5448d5ee8"
    );
    assert_eq!(
        leaf.spki_sha256,
        "f2e5220dbb72ac43a1880fff3b66e383446212d6231bed0ec4e0c425a4288387"
    );
    assert!(!leaf.ca && !leaf.self_issued && !leaf.must_staple && issuer.ca);
    assert_eq!(
        (leaf.issued_previous, issuer.issued_previous, leaf.malformed),
        (None, Some(true), None)
    );
}

#[test]
fn purposes_key_identifiers_and_the_place_of_the_issuer_are_read() {
    let roots = certificates_of_pem(include_bytes!("root.pem")).unwrap();
    assert_eq!(roots[0].extended_key_usage, ["serverAuth", "1.2.3.4"]);
    assert_eq!(
        roots[0].ca_issuers,
        Some(WireText::from("http://ca.example.com/ca.crt"))
    );
    assert_eq!(
        roots[0].subject_key_id,
        "27fe7f25edd12df61b9e94299248e14b83c32ea0"
    );
    assert_eq!(roots[0].authority_key_id, roots[0].subject_key_id);
}

#[test]
fn what_a_certificate_says_of_its_issuer_is_read() {
    let leaf = &certificates_of_pem(include_bytes!("issuer_named.pem")).unwrap()[0];
    assert_eq!(leaf.issuer, WireText::from("O=Acme, CN=Issuing CA"));
    assert_eq!(
        leaf.issuer_issuer,
        Some(WireText::from("O=Acme, CN=Root CA"))
    );
    assert!(leaf.logged && leaf.must_staple && leaf.ca_issuers.is_none());
}

#[test]
fn a_self_signed_certificate_is_self_issued() {
    let chain = chain(&samples::bytes(samples::CHAIN_SELF_SIGNED));
    assert_eq!((chain.len(), chain[0].self_issued), (1, true));
}

#[test]
fn a_stranger_in_the_chain_issued_nothing() {
    let body = message(&[
        &first(samples::CHAIN_EXPIRED),
        &first(samples::CHAIN_SELF_SIGNED),
    ]);
    let issued: Vec<_> = chain(&body)
        .iter()
        .map(|certificate| certificate.issued_previous)
        .collect();
    assert_eq!(issued, [None, Some(false)]);
}

#[test]
fn a_cut_chain_gives_the_certificates_that_are_whole() {
    let body = samples::bytes(samples::CHAIN_EXPIRED);
    let leaf_end = 6 + first(samples::CHAIN_EXPIRED).len();
    let all = chain(&body);
    for length in 0..body.len() {
        let part = certificate_chain(&body[..length], body.len());
        assert_eq!(part.len(), usize::from(length >= leaf_end), "{length}");
        assert!(all.starts_with(&part));
        assert_eq!(certificate_count(&body[..length]), part.len());
    }
}

#[test]
fn a_client_without_a_certificate_sends_an_empty_list() {
    assert_eq!(certificate_count(&[0, 0, 0]), 0);
    assert_eq!(certificate_count(&[]), 0);
    assert_eq!(
        certificate_count(&samples::bytes(samples::CHAIN_EXPIRED)),
        2
    );
}

#[test]
fn what_is_no_certificate_is_kept_with_its_hash() {
    let good = first(samples::CHAIN_SELF_SIGNED);
    let mut longer = good.clone();
    longer.push(0);
    let chain = chain(&message(&[b"\x30\x03abc", &good, b"", &longer]));
    assert_eq!(chain.len(), 4);
    assert_eq!(
        chain[0].malformed,
        Some("not a certificate that can be read")
    );
    assert_eq!(
        (
            chain[0].length,
            chain[0].sha256.len(),
            chain[0].issued_previous
        ),
        (5, 64, None)
    );
    assert_eq!((chain[1].malformed, chain[1].issued_previous), (None, None));
    assert_eq!(chain[3].malformed, Some("bytes behind the certificate"));
    assert_eq!(chain[3].subject, chain[1].subject);
}

#[test]
fn an_inner_length_that_overruns_ends_the_chain() {
    let good = first(samples::CHAIN_SELF_SIGNED);
    let mut body = message(&[&good, &good]);
    body[6 + good.len() + 2] ^= 0x80;
    let length = chain(&body).len();
    assert!((1..=2).contains(&length), "{length}");
    let mut body = message(&[&good, &good]);
    body[2] ^= 0x10;
    assert!(!chain(&body).is_empty());
}

#[test]
fn a_chain_is_bounded() {
    let many: Vec<&[u8]> = vec![b"x"; 1000];
    let body = message(&many);
    assert_eq!(
        (chain(&body).len(), certificate_count(&body)),
        (CHAIN_MAX, 1000)
    );
}

#[test]
fn a_message_is_kept_as_sent_unless_it_is_huge_and_reads_the_same() {
    let leaf = first(samples::CHAIN_EXPIRED);
    for (count, kept) in [(1, true), (3, true), (60, false)] {
        let body = message(&vec![leaf.as_slice(); count]);
        let sent = sent(&body, body.len());
        let read = chain(&body);
        assert_eq!((sent.body() == body, sent.body().is_empty()), (kept, !kept));
        assert_eq!((sent.len(), &sent[..]), (read.len(), &read[..]));
        let id = u128::from_str_radix(read[0].sha256.get(..32).unwrap(), 16).unwrap();
        assert_eq!(sent.leaf_id(), Some(id));
    }
    assert!(sent(&[0, 0, 0], 3).is_empty() && sent(&[], 0).is_empty());
}

#[test]
fn every_damage_is_survived() {
    for sample in [samples::CHAIN_EXPIRED, samples::CHAIN_SELF_SIGNED] {
        let good = samples::bytes(sample);
        for body in samples::damaged(&good, 2000) {
            let found = certificate_chain(&body, good.len());
            assert!(
                found
                    .iter()
                    .all(|certificate| certificate.sha256.len() == 64)
            );
        }
        let der = first(sample);
        for length in 0..der.len() {
            assert_eq!(
                chain(&message(&[&der[..length]]))[0].malformed,
                Some("not a certificate that can be read")
            );
        }
    }
}

#[test]
fn serials_lose_only_the_byte_that_keeps_them_positive() {
    assert_eq!(
        (serial(&[0, 0x87, 1]), serial(&[0]), serial(&[0xff])),
        ("8701".to_owned(), "00".to_owned(), "ff".to_owned())
    );
}

#[test]
fn addresses_are_shown_as_such() {
    assert_eq!(ip_text(&[192, 0, 2, 1]), WireText::from("192.0.2.1"));
    assert_eq!(
        ip_text(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        WireText::from("2001:db8::1")
    );
    assert_eq!(ip_text(&[1, 2, 3]), WireText::from("010203"));
}

#[test]
fn must_staple_is_feature_5_or_17() {
    assert!(asks_for_status(&[0x30, 3, 2, 1, 5]));
    assert!(asks_for_status(&[0x30, 6, 2, 1, 9, 2, 1, 17]));
    assert!(!asks_for_status(&[0x30, 3, 2, 1, 6]));
}
