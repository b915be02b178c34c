//! What words lead to.

use super::*;
use crate::pattern::PATTERNS;
use crate::tables;

/// Kind and id, for short.
fn leads(words: &str) -> (&'static str, String) {
    match lookup(words) {
        Ok(page) => (page.kind.name(), page.id),
        Err(unknown) => panic!("{words:?} is unknown, near: {:?}", unknown.near),
    }
}

#[track_caller]
fn assert_leads(words: &str, kind: &str, id: &str) {
    assert_eq!(leads(words), (kind_name(kind), id.to_owned()), "{words:?}");
}

fn kind_name(kind: &str) -> &'static str {
    let all = [
        Kind::Pattern,
        Kind::Cause,
        Kind::Alert,
        Kind::Suite,
        Kind::Message,
    ];
    all.iter()
        .map(|kind| kind.name())
        .find(|name| *name == kind)
        .unwrap()
}

#[test]
fn every_name_leads_to_itself() {
    for pattern in PATTERNS {
        assert_leads(pattern.id, "pattern", pattern.id);
    }
    for cause in tables::causes() {
        assert_leads(cause.code, "cause", cause.code);
    }
    for alert in tables::alerts() {
        assert_leads(alert.name, "alert", alert.name);
        assert_leads(&format!("alert {}", alert.code), "alert", alert.name);
        assert_leads(&alert.code.to_string(), "alert", alert.name);
    }
    for suite in tables::cipher_suites() {
        // Two numbers had one name in the 1990s: the first is found.
        assert_eq!(leads(suite.name).1, suite.name);
        assert_leads(
            &format!("{:#06X}", suite.code).replace("0X", "0x"),
            "suite",
            suite.name,
        );
    }
}

#[test]
fn every_message_leads_to_a_message_with_the_same_cause_or_a_longer_one() {
    for row in tables::error_texts() {
        let page = lookup(row.message).unwrap();
        // A message that is the name of an alert is better explained as one.
        if page.kind != Kind::Message {
            continue;
        }
        assert!(
            page.id == row.message
                || page.id.len() >= row.message.len()
                || page.causes.first().map(|cause| cause.id) == row.cause,
            "{} leads to {}",
            row.message,
            page.id
        );
    }
}

#[test]
fn case_blanks_and_underscores_do_not_matter_in_names() {
    assert_leads("SNI missing", "cause", "sni-missing");
    assert_leads(
        "Reset_After_Client_Hello",
        "pattern",
        "reset-after-client-hello",
    );
    assert_leads("Handshake Failure", "alert", "handshake_failure");
}

#[test]
fn what_is_written_exactly_wins_over_what_is_spelled_alike() {
    assert_leads("certificate_expired", "alert", "certificate_expired");
    assert_leads("certificate-expired", "cause", "certificate-expired");
    assert_eq!(
        lookup("certificate_expired").unwrap().also,
        ["certificate-expired"]
    );
    assert_eq!(
        lookup("certificate-expired").unwrap().also,
        ["certificate_expired"]
    );
}

#[test]
fn alerts_are_found_in_all_that_people_write() {
    for words in [
        "70",
        "alert 70",
        "Alert: 70",
        "SSL alert number 70",
        "TLS fatal alert: protocol_version",
        "0x46",
        "fatal protocol_version",
        "something nobody knows: SSL alert number 70",
    ] {
        assert_leads(words, "alert", "protocol_version");
    }
    for (words, id) in [
        (
            "*** Fatal error: A TLS fatal alert has been received. *** Received alert [10]: Unexpected message",
            "unexpected_message",
        ),
        (
            "python|SSLError [SSL: SSLV3_ALERT_BAD_RECORD_MAC] sslv3 alert bad record mac (_ssl.c:1006)",
            "bad_record_mac",
        ),
        (
            "write: received fatal alert: AccessDenied [Custom { kind: InvalidData }]",
            "access_denied",
        ),
        (
            "javax.net.ssl.SSLException: Received fatal alert: illegal_parameter",
            "illegal_parameter",
        ),
        (
            "remote error: tls: expired certificate",
            "certificate_expired",
        ),
        ("SSL routines::tlsv1 alert user cancelled", "user_canceled"),
    ] {
        assert_leads(words, "alert", id);
    }
    assert!(lookup("alert 200").is_err());
    assert!(lookup("256").is_err());
}

#[test]
fn suites_are_found_by_every_name_and_number() {
    for words in [
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "tls_ecdhe_ecdsa_with_aes_128_gcm_sha256",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "0xC02B",
        "0xc02b",
        "0xC0,0x2B",
        "{0xC0, 0x2B}",
    ] {
        assert_leads(words, "suite", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    }
    assert_eq!(lookup("0x2a2a").unwrap().title, "A GREASE value");
    assert!(lookup("0x1a2b").is_err());
}

#[test]
fn suites_say_what_they_are_made_of_and_what_speaks_against_them() {
    let said = |name: &str| lookup(name).unwrap().what.join(" ");
    assert!(said("0xC02B").contains("needs a certificate with an ECDSA"));
    assert!(said("0xC02B").contains("Versions: TLS 1.2 only"));
    assert!(said("0xC02B").contains("Nothing speaks against it"));
    assert!(said("RC4-SHA").contains("Insecure: RC4"));
    assert!(said("AES128-SHA").contains("without forward secrecy"));
    assert!(said("AES128-SHA").contains("TLS 1.0 to TLS 1.2"));
    assert!(said("DES-CBC3-SHA").contains("SWEET32"));
    assert!(said("ADH-AES128-SHA").contains("proves nothing"));
    assert!(said("TLS_AES_128_GCM_SHA256").contains("TLS 1.3 only"));
    assert!(said("0x5600").contains("signal"));
}

#[test]
fn a_line_of_a_log_leads_to_the_longest_message_in_it() {
    let nginx = "2026/11/21 12:00:01 [error] 1234#1234: *56 SSL_do_handshake() failed (SSL: error:1408F10B:SSL routines:\n ssl3_get_record:wrong version number) while SSL handshaking to upstream, client: 192.0.2.1, server: a.example.com, upstream: \"https://198.51.100.9:443/\"";
    let page = lookup(nginx).unwrap();
    assert!(
        page.id.starts_with("SSL_do_handshake() failed"),
        "{}",
        page.id
    );
    assert_eq!(
        page.causes.first().map(|cause| cause.id),
        Some("tls-on-plaintext-port")
    );

    let newer = "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream";
    assert_eq!(lookup(newer).unwrap().id, page.id);

    let cli = "40C7E9:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../ssl/record/rec_layer_s3.c:1584:SSL alert number 40";
    assert_leads(
        cli,
        "message",
        "error:0A000410:SSL routines::sslv3 alert handshake failure",
    );
    let later = "error:0A000410:SSL routines::ssl/tls alert handshake failure";
    assert_leads(
        later,
        "message",
        "error:0A000410:SSL routines::sslv3 alert handshake failure",
    );

    let go = "2026/11/21 12:00:01 http: TLS handshake error from 192.0.2.1:51514: EOF";
    assert_eq!(
        lookup(go).unwrap().causes.first().map(|cause| cause.id),
        Some("health-check")
    );
    let dial = "Get \"https://a.example.com/\": read tcp 192.0.2.1:51514->198.51.100.9:443: read: connection reset by peer";
    assert_leads(dial, "message", "read: connection reset by peer");
}

#[test]
fn case_quotes_line_breaks_and_broken_words_do_not_matter_in_messages() {
    let expected = leads("tls: first record does not look like a TLS handshake");
    for words in [
        "TLS: FIRST RECORD DOES NOT LOOK LIKE A TLS HANDSHAKE",
        "\"tls: first record does not look like a TLS handshake\"",
        "tls: first record does\n   not look like a TLS handshake",
        "tls: first record does not lo\nok like a TLS handshake",
        "app[77]: tls: first record does not look like a TLS handshake (retry 3)",
    ] {
        assert_eq!(leads(words), expected, "{words}");
    }
}

#[test]
fn a_part_of_a_message_leads_to_it() {
    assert_leads(
        "look like a TLS handshake",
        "message",
        "tls: first record does not look like a TLS handshake",
    );
    assert_leads("wrong version number", "message", "wrong version number");
    assert_leads("-12286", "message", "SSL_ERROR_NO_CYPHER_OVERLAP");
}

#[test]
fn other_messages_are_named_but_not_parts_of_the_one_found() {
    let page =
        lookup("curl: (35) Recv failure: Connection reset by peer and then unexpected end of file")
            .unwrap();
    assert_eq!(page.id, "curl: (35) Recv failure: Connection reset by peer");
    assert_eq!(page.messages, ["rustls: unexpected end of file"]);
}

#[test]
fn a_line_of_a_report_leads_to_its_pattern() {
    assert_leads(
        "03:10:51.123 reset-after-client-hello 192.0.2.7:51514 > 203.0.113.20:443",
        "pattern",
        "reset-after-client-hello",
    );
}

#[test]
fn unknown_words_have_near_ones() {
    assert_eq!(
        lookup("sni-mising")
            .unwrap_err()
            .near
            .first()
            .map(String::as_str),
        Some("sni-missing")
    );
    assert!(lookup("").is_err());
    assert!(lookup("   \n").is_err());
    assert!(lookup("\u{202e}\x1b[31m").is_err());
}

#[test]
fn pages_name_only_what_exists() {
    let names = PATTERNS.iter().map(|pattern| pattern.id.to_owned());
    let names = names.chain(tables::causes().iter().map(|cause| cause.code.to_owned()));
    let names = names.chain(tables::alerts().map(|alert| alert.name.to_owned()));
    for name in names {
        let page = lookup(&name).unwrap();
        assert!(!page.what.is_empty() && !page.sources.is_empty(), "{name}");
        for mention in page.patterns.iter().chain(&page.causes) {
            assert!(lookup(mention.id).is_ok(), "{name}: {}", mention.id);
        }
        for also in &page.also {
            assert!(lookup(also).is_ok(), "{name}: {also}");
        }
        if page.kind == Kind::Cause {
            assert!(
                !page.settle.is_empty() && !page.remedies.is_empty(),
                "{name}"
            );
        }
    }
}

#[test]
fn no_text_makes_it_panic() {
    let texts = [
        "",
        "é",
        "...",
        "::",
        "0x",
        "0x,0x",
        "alert",
        "{",
        "🙂 alert 🙂 40",
        "error:",
        "-",
        "\0",
    ];
    for text in texts {
        for repeat in [1, 3, 2_000] {
            let _ = lookup(&text.repeat(repeat));
        }
    }
    let line = "nginx: SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) é";
    for (at, _) in line.char_indices() {
        let (head, tail) = line.split_at(at);
        let _ = lookup(head);
        let _ = lookup(tail);
    }
}
