//! Every table parses, is sorted and unique, and says where each row is from.

use super::*;

/// Every table with a code column: file name, text, number of columns.
const FILES: [(&str, &str, usize); 10] = [
    ("cipher_suites", include_str!("cipher_suites.tsv"), 9),
    ("groups", include_str!("groups.tsv"), 4),
    (
        "signature_schemes",
        include_str!("signature_schemes.tsv"),
        3,
    ),
    ("extensions", include_str!("extensions.tsv"), 3),
    ("versions", include_str!("versions.tsv"), 3),
    ("handshake_types", include_str!("handshake_types.tsv"), 3),
    ("link_types", include_str!("link_types.tsv"), 4),
    ("alerts", include_str!("alerts.tsv"), 5),
    ("ethertypes", include_str!("ethertypes.tsv"), 3),
    ("ppp_protocols", include_str!("ppp_protocols.tsv"), 3),
];

#[test]
fn every_row_has_a_code_all_columns_and_a_source() {
    for (file, text, column_count) in FILES {
        for columns in rows(text) {
            assert_eq!(columns.len(), column_count, "{file}: {columns:?}");
            assert!(number(columns[0]).is_some(), "{file}: {columns:?}");
            assert!(
                columns.iter().all(|c| !c.is_empty() && *c == c.trim()),
                "{file}: {columns:?}"
            );
        }
    }
    for columns in rows(include_str!("ech_public_names.tsv")) {
        assert_eq!(columns.len(), 2, "{columns:?}");
        assert!(!columns[1].is_empty());
    }
}

#[test]
fn every_file_is_sorted_by_code_and_names_each_code_once() {
    for (file, text, _) in FILES {
        let codes: Vec<u16> = rows(text)
            .map(|columns| number(columns[0]).unwrap())
            .collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{file}");
    }
}

#[test]
fn every_file_says_first_where_it_comes_from_and_names_its_columns() {
    for (file, text, _) in FILES {
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with("# "), "{file}");
        let header = lines.next().unwrap();
        assert!(
            header.starts_with("code\tname\t") && header.ends_with("\tsource"),
            "{file}: {header}"
        );
    }
}

#[test]
fn no_row_is_lost_in_reading() {
    let read = [
        CIPHER_SUITES.rows.len(),
        GROUPS.rows.len(),
        SIGNATURE_SCHEMES.rows.len(),
        EXTENSIONS.rows.len(),
        VERSIONS.rows.len(),
        HANDSHAKE_TYPES.rows.len(),
        LINK_TYPES.rows.len(),
        ALERTS.rows.len(),
        ETHER_TYPES.rows.len(),
        PPP_PROTOCOLS.rows.len(),
    ];
    assert_eq!(read, FILES.map(|(_, text, _)| rows(text).count()));
}

#[test]
fn suites_use_only_versions_and_hashes_that_exist() {
    for (_, suite) in &CIPHER_SUITES.rows {
        assert!(
            VERSIONS
                .rows
                .iter()
                .any(|(_, name)| *name == suite.min_version),
            "{suite:?}"
        );
        let hashes = [
            "SHA1",
            "SHA256",
            "SHA384",
            "SHA512",
            "SM3",
            "GOSTR3411",
            "STREEBOG256",
            "none",
        ];
        assert!(hashes.contains(&suite.hash), "{suite:?}");
        assert_eq!(
            suite.min_version == "TLS 1.3",
            suite.kx == "any",
            "{suite:?}"
        );
    }
}

#[test]
fn no_table_names_a_grease_value() {
    for code in (0..=u16::MAX).filter(|code| is_grease(*code)) {
        assert_eq!(cipher_suite(code), None);
        assert_eq!(group(code), None);
        assert_eq!(
            extension(code).or(signature_scheme(code)).or(version(code)),
            None
        );
    }
}

#[test]
fn grease_is_sixteen_values_with_equal_bytes() {
    let all: Vec<u16> = (0..=u16::MAX).filter(|code| is_grease(*code)).collect();
    assert_eq!(all.len(), 16);
    assert_eq!((all[0], all[1], all[15]), (0x0a0a, 0x1a1a, 0xfafa));
    assert!(!is_grease(0x0a1a));
    assert!(!is_grease(0x0b0b));
}

#[test]
fn suites_are_taken_apart() {
    let parts = |code| {
        let s = cipher_suite(code).unwrap();
        [s.name, s.kx, s.auth, s.enc, s.mac, s.hash, s.min_version]
    };
    assert_eq!(
        parts(0xc02b),
        [
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "ECDHE",
            "ECDSA",
            "AES_128_GCM",
            "AEAD",
            "SHA256",
            "TLS 1.2"
        ]
    );
    assert_eq!(
        parts(0x002f),
        [
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "RSA",
            "RSA",
            "AES_128_CBC",
            "SHA1",
            "SHA256",
            "TLS 1.0"
        ]
    );
    assert_eq!(
        parts(0x1302),
        [
            "TLS_AES_256_GCM_SHA384",
            "any",
            "any",
            "AES_256_GCM",
            "AEAD",
            "SHA384",
            "TLS 1.3"
        ]
    );
    assert_eq!(
        parts(0xe013),
        [
            "ECC_SM4_CBC_SM3",
            "ECC",
            "SM2",
            "SM4_CBC",
            "SM3",
            "SM3",
            "TLCP 1.1"
        ]
    );
    // RFC 6655 wrote these two with the words swapped.
    assert_eq!(
        parts(0xc0aa)[..3],
        ["TLS_PSK_DHE_WITH_AES_128_CCM_8", "DHE", "PSK"]
    );
}

#[test]
fn suites_outside_the_registry_are_named() {
    let names = [
        (0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"),
        (0x5600, "TLS_FALLBACK_SCSV"),
        (0x0081, "TLS_GOSTR341001_WITH_28147_CNT_IMIT"),
        (0xc0ff, "TLS_ECJPAKE_WITH_AES_128_CCM_8"),
        (0xcc13, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        (0xfeff, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA"),
        (0x00c6, "TLS_SM4_GCM_SM3"),
        (0x1307, "TLS_AEGIS_128L_SHA256"),
        (0x2a2a, "GREASE"),
        (0x1a2b, "0x1a2b"),
    ];
    for (code, name) in names {
        assert_eq!(cipher_suite_name(code), name);
    }
}

#[test]
fn groups_say_whether_they_are_post_quantum() {
    assert_eq!(
        group(29).map(|g| (g.name, g.post_quantum)),
        Some(("x25519", false))
    );
    assert_eq!(
        group(4588).map(|g| (g.name, g.post_quantum)),
        Some(("X25519MLKEM768", true))
    );
    assert_eq!(
        group(0x6399).map(|g| (g.name, g.post_quantum)),
        Some(("X25519Kyber768Draft00", true))
    );
    assert_eq!(group_name(0x8a8a), "GREASE");
    assert_eq!(group_name(0xff7f), "0xff7f");
}

#[test]
fn schemes_extensions_versions_and_messages_are_named() {
    assert_eq!(signature_scheme_name(0x0403), "ecdsa_secp256r1_sha256");
    assert_eq!(signature_scheme_name(0x0202), "dsa_sha1");
    assert_eq!(signature_scheme_name(0x0905), "mldsa65");
    assert_eq!(extension_name(0xfe0d), "encrypted_client_hello");
    assert_eq!(extension_name(0x4469), "application_settings_old");
    assert_eq!(extension_name(0xcaca), "GREASE");
    assert_eq!(version_name(0x7f12), "TLS 1.3 draft 18");
    assert_eq!(
        [0x0304, 0x0303, 0x0302, 0x0301, 0x0300, 0x0002].map(version_name),
        [
            "TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0", "SSL 3.0", "SSL 2.0"
        ]
    );
    assert_eq!(version_name(0x7e01), "0x7e01");
    assert_eq!(handshake_type(25), Some("compressed_certificate"));
    assert_eq!(handshake_type(99), None);
    assert_eq!(link_type(1), Some("EN10MB"));
    assert_eq!(link_type(105), Some("IEEE802_11"));
    assert_eq!(link_type(65000), None);
    assert_eq!(link_type_title(1), Some("Ethernet"));
    assert_eq!(ether_type(0x88f7), Some("PTP"));
    assert_eq!(ppp_protocol(0x2d), Some("compressed TCP, Van Jacobson"));
}

#[test]
fn alerts_are_found_by_number_and_name() {
    assert_eq!(alert(40).map(|a| a.name), Some("handshake_failure"));
    assert_eq!(alert_by_name("ech_required").map(|a| a.code), Some(121));
    assert_eq!(alert_by_name("Decryption_Failed").map(|a| a.code), Some(21));
    assert_eq!(
        alert_by_name("no_renegotiation_RESERVED").map(|a| a.code),
        Some(100)
    );
    assert_eq!(alert_by_name("none such"), None);
    assert_eq!(alert_name(0x79), "ech_required");
    assert_eq!(alert_name(9), "0x09");
    for (_, alert) in &ALERTS.rows {
        assert!(
            ["client", "server", "either"].contains(&alert.errs),
            "{alert:?}"
        );
        assert!(alert.meaning.ends_with('.'), "{alert:?}");
    }
}

#[test]
fn public_names_match_whatever_the_case() {
    assert!(is_ech_public_name("cloudflare-ech.com"));
    assert!(is_ech_public_name("Cloudflare-ECH.com."));
    assert!(!is_ech_public_name("www.cloudflare-ech.com"));
    assert!(!is_ech_public_name(""));
}
