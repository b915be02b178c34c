//! The server's first bytes are not TLS.
//!
//! ```text
//! C→S ClientHello
//! S→C HTTP/1.1 400 Bad Request    <- fires (or a banner, before or after the hello)
//! ```
//!
//! Source: definitions section 3; RFC 8446 section 5.1.

use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use crate::facts::Payload;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "non-tls-answer",
    help: Help {
        title: "The server answers with bytes that are not TLS",
        explain: "The first bytes from the server are not a TLS record. The port speaks plain HTTP or another protocol, a box on the way answers with its own page, or a server that hosts TLS only for some names answers others in plain text. Clients print this as \"wrong version number\" although no TLS version is involved.",
        logs: &[
            "nginx, OpenSSL 1.1 and later: SSL routines::wrong version number",
            "OpenSSL 1.0: SSL23_GET_SERVER_HELLO:unknown protocol",
            "Go: first record does not look like a TLS handshake",
            "Firefox: SSL_ERROR_RX_RECORD_TOO_LONG",
        ],
        settle: &[
            "Send the same hello with the name that the client means (openssl s_client -servername): if that works, the missing or other name decides; if not, the port or scheme is wrong.",
        ],
        sources: &["RFC 8446 section 5.1"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let first = view.facts.first_payload.server.as_ref()?;
    let Payload::Other {
        protocol,
        status,
        text,
    } = &first.payload
    else {
        return None;
    };
    let client = view.facts.first_payload.client.as_ref();
    let before = client.is_none_or(|client| first.mark.order < client.mark.order);
    let status = status.map_or(Value::Null, |status| Value::Number(i64::from(status)));
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    evidence.push(Evidence {
        frames: vec![first.mark.frame],
        text: text!("pattern.answer-not-tls", text),
    });
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("protocol", Value::Word(protocol)),
            ("status", status),
            ("text", Value::Text(text.clone())),
            ("before_client_hello", Value::Bool(before)),
        ],
        evidence,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_http_answers_the_hello() {
        let flow = Flow::hello_sent()
            .other(Side::Server, "http", Some(400), "HTTP/1.1 400 Bad Request")
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("non-tls-answer"));
    }

    #[test]
    fn fires_when_a_banner_comes_before_the_hello() {
        let flow = Flow::connected()
            .other(Side::Server, "smtp", Some(220), "220 mail.example ESMTP")
            .hello()
            .fin(Side::Client);
        assert_eq!(pattern_of(flow), Some("non-tls-answer"));
    }

    #[test]
    fn silent_when_the_answer_is_an_alert() {
        assert_eq!(
            pattern_of(
                Flow::hello_sent()
                    .alert(Side::Server, 2, 40)
                    .fin(Side::Server)
            ),
            Some("alert-without-server-hello")
        );
    }
}
