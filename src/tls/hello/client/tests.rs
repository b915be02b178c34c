//! Tests of `client`, in a file of their own for their length.

use super::client_hello;
use super::client_session_id;
use super::read_fields;
use crate::facts::ClientHelloFacts;
use crate::facts::Ech;
use crate::facts::WireText;
use crate::tls::body;
use crate::tls::hello::samples;

const SAMPLES: [&str; 4] = [
    samples::CLIENT_TLS12,
    samples::CLIENT_TLS13,
    samples::CLIENT_POST_QUANTUM,
    samples::CLIENT_GREASE,
];

fn whole(body: &[u8]) -> ClientHelloFacts {
    ClientHelloFacts {
        record_version: 0x0301,
        ..client_hello(body, body.len())
    }
}

/// A hello with one suite and these extensions.
fn hello(extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let mut list = Vec::new();
    for (code, data) in extensions {
        list.extend(code.to_be_bytes());
        list.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        list.extend(*data);
    }
    let mut body = start(&[]);
    body.extend([0, 2, 0xc0, 0x2f, 1, 0]);
    body.extend(u16::try_from(list.len()).unwrap().to_be_bytes());
    body.extend(list);
    body
}

/// Version, random and session id.
fn start(session_id: &[u8]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.push(u8::try_from(session_id.len()).unwrap());
    body.extend(session_id);
    body
}

#[test]
fn reads_a_hello_of_tls_1_2() {
    let facts = whole(&samples::bytes(samples::CLIENT_TLS12));
    assert_eq!(facts.sni, Some(WireText::from("expired.acme.test")));
    assert_eq!(
        (
            facts.legacy_version,
            facts.versions.as_slice(),
            facts.session_id_length
        ),
        (0x0303, &[0x0303][..], 0)
    );
    assert_eq!(facts.cipher_suites.len(), 28);
    assert_eq!(facts.groups, [29, 23, 30, 25, 24]);
    assert_eq!(facts.extensions, [0, 11, 10, 35, 22, 23, 13]);
    assert_eq!(facts.point_formats, [0, 1, 2]);
    assert!(facts.renegotiation_info && facts.extended_master_secret && facts.readable);
    assert!(
        !facts.session_ticket
            && !facts.psk
            && !facts.early_data
            && !facts.fallback_scsv
            && !facts.cookie
    );
    assert_eq!((facts.ech, facts.malformed), (Ech::Absent, None));
    assert_eq!(
        (facts.ja3().as_str(), facts.ja4().as_str()),
        (
            "871a754af286dfb70c1b53c6887c62e0",
            "t12d280700_d943125447b4_e7e480e5a997"
        )
    );
}

#[test]
fn reads_grease_ech_and_a_post_quantum_share() {
    let facts = whole(&samples::bytes(samples::CLIENT_GREASE));
    assert!(
        crate::tables::is_grease(facts.cipher_suites[0])
            && crate::tables::is_grease(facts.extensions[0])
    );
    assert!(crate::tables::is_grease(facts.versions[0]));
    assert_eq!(
        (&facts.versions[1..], &facts.groups[1..]),
        (&[0x0304, 0x0303][..], &[0x11ec, 29, 23, 24][..])
    );
    assert_eq!(&facts.key_shares[1..], [0x11ec, 29]);
    assert_eq!(
        facts.alpn,
        [WireText::from("h2"), WireText::from("http/1.1")]
    );
    assert_eq!((facts.ech, facts.session_id_length), (Ech::Offered, 32));
    assert_eq!(
        (facts.ja3().as_str(), facts.ja4().as_str()),
        (
            "8c724a68da013a96e5727f1bdbc2c921",
            "t13d1516h2_8daaf6152771_02713d6af862"
        )
    );
}

#[test]
fn no_name_and_no_extensions_are_no_fault() {
    assert_eq!(whole(&samples::bytes(samples::CLIENT_TLS13)).sni, None);
    let mut body = start(&[]);
    body[1] = 0;
    body.extend([0, 4, 0, 5, 0x56, 0, 1, 0]);
    let facts = whole(&body);
    assert_eq!(
        (facts.versions.as_slice(), facts.cipher_suites.as_slice()),
        (&[0x0300][..], &[5, 0x5600][..])
    );
    assert!(facts.fallback_scsv && facts.extensions.is_empty());
    assert_eq!(
        (facts.malformed, facts.ja4().as_str()),
        (None, "ts3i020000_a62753f2f630_000000000000")
    );
}

#[test]
fn a_cut_hello_gives_what_came_before_the_cut_and_blames_nobody() {
    for sample in SAMPLES {
        let body = samples::bytes(sample);
        let all = whole(&body);
        for length in 0..body.len() {
            let part = client_hello(&body[..length], body.len());
            assert_eq!((part.readable, part.malformed), (false, None), "{length}");
            assert!(part.ja3().is_empty() && part.ja4().is_empty());
            assert!(
                all.cipher_suites.starts_with(&part.cipher_suites)
                    && all.extensions.starts_with(&part.extensions)
            );
            assert!(
                all.groups.starts_with(&part.groups)
                    && all.key_shares.starts_with(&part.key_shares)
            );
            assert!(all.versions.starts_with(&part.versions) || part.versions.is_empty());
            assert!(
                all.alpn.starts_with(&part.alpn)
                    && all
                        .signature_algorithms
                        .starts_with(&part.signature_algorithms)
            );
            assert!(part.sni.is_none() || part.sni == all.sni);
        }
    }
}

#[test]
fn a_hello_that_really_ends_early_is_malformed_and_still_read() {
    for sample in SAMPLES {
        let body = samples::bytes(sample);
        let session_id = usize::from(body[34]);
        let suites = usize::from(u16::from_be_bytes([
            body[35 + session_id],
            body[36 + session_id],
        ]));
        let without_extensions = 39 + session_id + suites;
        for length in 0..body.len() {
            let facts = whole(&body[..length]);
            assert!(facts.readable);
            assert_eq!(
                facts.malformed.is_some(),
                length != without_extensions,
                "{length}"
            );
        }
    }
}

#[test]
fn the_fixed_fields_are_the_same_as_another_reader_finds() {
    let mut agreed = 0;
    for sample in SAMPLES {
        let good = samples::bytes(sample);
        for body in std::iter::once(good.clone()).chain(samples::damaged(&good, 2000)) {
            let (fields, session_id_length, fault) = read_fields(&body, false);
            if let Some(other) = body::client_hello(&body) {
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
fn damage_never_panics_and_is_bounded_by_the_input() {
    for sample in SAMPLES {
        let good = samples::bytes(sample);
        for body in samples::damaged(&good, 2000) {
            for declared in [body.len(), good.len(), 0, usize::MAX] {
                let facts = client_hello(&body, declared);
                let items = facts.cipher_suites.len()
                    + facts.extensions.len()
                    + facts.groups.len()
                    + facts.alpn.len();
                assert!(items <= body.len());
                let _ = client_session_id(&body);
            }
        }
    }
}

#[test]
fn bytes_behind_the_declared_length_are_not_read() {
    let mut body = samples::bytes(samples::CLIENT_TLS13);
    let length = body.len();
    let all = client_hello(&body, length);
    body.extend([0xff; 40]);
    assert_eq!(client_hello(&body, length), all);
}

#[test]
fn one_broken_extension_does_not_hide_the_next() {
    let alpn: (u16, &[u8]) = (16, &[0, 3, 2, b'h', b'2']);
    let broken: [(u16, &[u8], &str); 8] = [
        (
            0,
            &[0, 9, 0, 0, 1, b'a'],
            "server_name with a wrong list length",
        ),
        (0, &[], "server_name with a wrong list length"),
        (0, &[0, 4, 1, 0, 1, b'a'], "server_name without a host name"),
        (
            10,
            &[0, 3, 0, 29, 0],
            "list of two-byte numbers with an odd length",
        ),
        (11, &[4, 0], "ec_point_formats with a wrong length"),
        (
            13,
            &[0, 2, 4, 3, 8, 4],
            "list of groups or signature algorithms with a wrong length",
        ),
        (43, &[9, 3, 4], "supported_versions with a wrong length"),
        (
            51,
            &[0, 6, 0, 29, 0, 9, 1, 2],
            "key_share ends inside an entry",
        ),
    ];
    for (code, data, fault) in broken {
        let facts = whole(&hello(&[(code, data), alpn]));
        assert_eq!(facts.malformed, Some(fault));
        assert_eq!(
            (facts.alpn.len(), facts.extensions.as_slice()),
            (1, &[code, 16][..])
        );
    }
}

#[test]
fn what_a_broken_extension_does_say_is_kept() {
    let name = |data: &[u8]| whole(&hello(&[(0, data)])).sni;
    assert_eq!(name(&[0, 9, 0, 0, 1, b'a']), Some(WireText::from("a")));
    assert_eq!(
        name(&[0, 8, 0, 0, 1, b'a', 0, 0, 1, b'b']),
        Some(WireText::from("a"))
    );
    assert_eq!(name(&[0, 4, 1, 0, 1, b'a']), Some(WireText::default()));
    assert_eq!(
        name(&[0, 7, 0, 0, 4, 0x1b, b'[', 0xff, 0]),
        Some(WireText::new(&[0x1b, b'[', 0xff, 0]))
    );
    assert_eq!(whole(&hello(&[(43, &[9, 3, 4])])).versions, [0x0304]);
    assert_eq!(whole(&hello(&[(10, &[0, 3, 0, 29, 0])])).groups, [29]);
    assert_eq!(
        whole(&hello(&[(16, &[0, 6, 2, b'h', b'2', 9, b'x', b'y'])])).alpn,
        [WireText::from("h2")]
    );
}

#[test]
fn a_duplicate_extension_is_listed_and_its_first_copy_counts() {
    let facts = whole(&hello(&[
        (10, &[0, 2, 0, 29]),
        (10, &[0, 2, 0, 23]),
        (23, &[]),
    ]));
    assert_eq!(
        (facts.malformed, facts.groups.as_slice()),
        (Some("duplicate extension"), &[29][..])
    );
    assert_eq!(facts.extensions, [10, 10, 23]);
    assert!(facts.extended_master_secret);
}

#[test]
fn odd_lengths_before_the_extensions_lose_nothing_else() {
    let mut body = start(&[9; 40]);
    body.extend([0, 3, 0x13, 1, 0x13, 1, 0, 0, 4, 0, 23, 0, 0]);
    let facts = whole(&body);
    assert_eq!(
        (facts.session_id_length, facts.malformed),
        (40, Some("session id longer than 32 bytes"))
    );
    assert_eq!(
        (facts.cipher_suites.as_slice(), facts.extensions.as_slice()),
        (&[0x1301][..], &[23][..])
    );
    assert_eq!(client_session_id(&body), Some(&[9; 40][..]));
}

#[test]
fn an_extension_list_that_overruns_is_read_as_far_as_it_goes() {
    let mut body = hello(&[(23, &[]), (16, &[0, 3, 2, b'h', b'2'])]);
    body[42] += 1;
    let facts = whole(&body);
    assert_eq!(
        (facts.malformed, facts.extensions.len()),
        (Some("extension list overruns the message"), 2)
    );
    body[42] -= 2;
    let facts = whole(&body);
    assert_eq!(
        (facts.malformed, facts.extensions.len()),
        (Some("bytes behind the extension list"), 2)
    );
}

#[test]
fn a_cut_hello_without_the_versions_extension_claims_no_versions() {
    let body = hello(&[(23, &[]), (43, &[4, 3, 4, 3, 3])]);
    assert!(client_hello(&body[..47], body.len()).versions.is_empty());
    assert_eq!(
        client_hello(&body[..body.len() - 2], body.len()).versions,
        [0x0304]
    );
    assert_eq!(whole(&hello(&[(23, &[])])).versions, [0x0303]);
}

#[test]
fn only_grease_of_rfc_8701_is_left_out_of_fingerprints() {
    let (mut one, mut two) = (hello(&[(23, &[])]), hello(&[(23, &[])]));
    one.splice(35..39, [0, 4, 0x1a, 0x4a, 0xc0, 0x2f]);
    two.splice(35..39, [0, 4, 0x1a, 0x1a, 0xc0, 0x2f]);
    let none = whole(&hello(&[(23, &[])]));
    assert_ne!(whole(&one).ja3(), none.ja3());
    assert_eq!(
        (whole(&two).ja3(), whole(&two).ja4()),
        (none.ja3(), none.ja4())
    );
    assert_eq!(whole(&two).cipher_suites, [0x1a1a, 0xc02f]);
}

#[test]
fn the_outer_name_of_ech_is_known_in_any_case() {
    let mut data = vec![0, 21, 0, 0, 18];
    data.extend(b"Cloudflare-ECH.com");
    assert_eq!(
        whole(&hello(&[(0xfe0d, &[0]), (0, &data)])).ech,
        Ech::PublicName
    );
    assert_eq!(whole(&hello(&[(0, &data)])).ech, Ech::Absent);
}

#[test]
fn tickets_cookies_psk_and_early_data_are_seen() {
    let facts = whole(&hello(&[
        (35, &[1]),
        (44, &[0, 1, 1]),
        (42, &[]),
        (0xff01, &[0]),
        (41, &[0, 0]),
    ]));
    assert!(
        facts.session_ticket
            && facts.cookie
            && facts.early_data
            && facts.psk
            && facts.renegotiation_info
    );
    assert!(!whole(&hello(&[(35, &[])])).session_ticket);
}

#[test]
fn a_hello_of_thousands_of_extensions_is_read_in_good_time() {
    let list: Vec<(u16, &[u8])> = (0..16_000).map(|code| (code, &[][..])).collect();
    let facts = whole(&hello(&list));
    assert_eq!(facts.extensions.len(), 16_000);
    assert!(facts.ja4().starts_with("t12d0199"), "{}", facts.ja4());
}
