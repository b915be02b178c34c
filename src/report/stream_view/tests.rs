//! Tests over whole views.

use super::*;
use crate::base::Side;
use crate::facts::GapFacts;
use crate::facts::GapReason;
use crate::report::fixture;

const HELP: Help = Help {
    title: "The connection is reset after the ClientHello",
    explain: "A RST ended the flow before any ServerHello. The address in it is no proof of who sent it.",
    logs: &["Connection reset by peer", "ECONNRESET"],
    settle: &["Capture on the server at the same time."],
    sources: &["RFC 9293 section 3.5.3"],
};

fn view(diagnosis: &Diagnosis, width: usize) -> String {
    let neighbours = [
        ("close-after-client-hello", "no FIN came".to_owned()),
        (
            "no-answer-to-client-hello",
            "a RST is an end, not silence".to_owned(),
        ),
    ];
    render(
        diagnosis,
        Some(&HELP),
        &neighbours,
        width,
        &TimeZone::fixed(jiff::tz::offset(8)),
    )
}

#[test]
fn a_reset_hello_is_shown_in_full() {
    let text = view(&fixture::reset_hello(), 80);
    let expected = "\
Stream 3    192.0.2.7:51514 > 198.51.100.4:443
            from 2026-11-21 11:10:51 +08:00, lasted 5.1 ms
Outcome     FAILED: reset-after-client-hello
";
    assert!(text.starts_with(expected), "{text}");
    for part in [
        "Not         - close-after-client-hello: no FIN came\n",
        "\n  5.100      5  <  RST\n",
        "\n  2.000      4  >  ClientHello, 289 bytes\n",
        "\n  SNI         api.shop.example\n",
        "\nServerHello: none was sent\n",
        "TTL 118 (other packets: 49)",
        "\nWireshark   tcp.stream eq 3\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn certificates_alerts_and_a_prelude_have_their_sections() {
    let text = view(&fixture::with_text(b"x.example"), 80);
    for part in [
        "\nCertificate 1 of 1: 0 bytes\n",
        "\n  Valid       1970-01-01 00:00:00 to ? UTC\n",
        "\n  server      handshake_failure (40), fatal, frame 7\n",
        "\n  client      encrypted: which alert it is cannot be seen",
        "\nBefore TLS: http-connect, refused, frames 4, 5\n",
        "\n  Suite       TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn no_line_but_the_filter_is_wider_than_asked() {
    for text in
        fixture::hostile_texts(60).chain([b"long-name.".repeat(30), "例え".repeat(90).into_bytes()])
    {
        let mut diagnosis = fixture::with_text(&text);
        diagnosis.facts.client_hello.as_mut().unwrap().cipher_suites = (0..200).collect();
        for width in [40, 80, 133] {
            let shown = view(&diagnosis, width);
            assert!(fixture::is_harmless(&shown), "{text:?}");
            let filter = HandshakeRecord::from(&diagnosis).display_filter;
            for line in shown.lines().filter(|line| *line != filter) {
                assert!(layout::width(line) <= width, "{width}: {line}");
                assert_eq!(line, line.trim_end());
            }
        }
    }
}

#[test]
fn what_nobody_could_see_is_said_with_its_reason() {
    let mut diagnosis = fixture::reset_hello();
    let mark = diagnosis.facts.last;
    diagnosis.facts.gaps = vec![GapFacts {
        from: Side::Client,
        offset: 0,
        length: 9,
        reason: GapReason::Cut,
        mark,
    }];
    let hello = diagnosis.facts.client_hello.as_mut().unwrap();
    (hello.readable, hello.sni) = (false, None);
    hello.extensions.clear();
    let text = view(&diagnosis, 80);
    assert!(
        text.contains("  SNI         not visible (cut by the snap length)\n"),
        "{text}"
    );
    assert!(
        text.contains("given is what came before, perhaps all"),
        "{text}"
    );
}

#[test]
fn a_missing_help_and_no_neighbours_leave_no_empty_labels() {
    let text = render(&fixture::reset_hello(), None, &[], 80, &TimeZone::UTC);
    for label in ["Not ", "Logs", "Settle", "Meaning"] {
        assert!(!text.lines().any(|line| line.starts_with(label)), "{text}");
    }
}

#[test]
fn a_flow_of_which_nothing_is_known_is_shown_too() {
    let mut diagnosis = fixture::reset_hello();
    let facts = &diagnosis.facts;
    let (client, server, first) = (facts.client, facts.server, facts.first);
    diagnosis.facts.restart(client, server, first);
    diagnosis.verdict.outcome = Outcome::Unknown;
    diagnosis.verdict.reason = Some("mid-stream");
    diagnosis.verdict.finding = None;
    let text = view(&diagnosis, 0);
    assert!(text.contains("Outcome     unknown: mid stream\n"), "{text}");
    assert!(text.contains("ClientHello: not visible"), "{text}");
}
