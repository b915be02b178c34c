//! The client's first bytes are not TLS, and no ServerHello comes.
//!
//! ```text
//! C→S GET / HTTP/1.1              <- or "PROXY TCP4 ...", or anything else
//! S→C HTTP/1.1 400 Bad Request    <- or an alert, or nothing and a FIN
//! ```
//!
//! A PROXY header that the server takes is a prelude, not this. Source: definitions section 3; PROXY protocol specification section 2.

use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::evidence::answer_evidence;
use crate::facts::Payload;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "non-tls-request",
    help: Help {
        title: "The client does not speak TLS on a port that expects it",
        explain: "The first bytes from the client are not a TLS record, and the server ended the connection without a ServerHello. The client uses plain HTTP (or another protocol) on a TLS port, or a load balancer puts a PROXY protocol header before the TLS that the server does not expect.",
        logs: &[
            "nginx: The plain HTTP request was sent to HTTPS port (400)",
            "Go: http: server gave HTTP response to HTTPS client; client sent an HTTP request to an HTTPS server",
            "SSL routines::http request",
            "SSL routines::wrong version number",
        ],
        settle: &[],
        sources: &[
            "RFC 8446 section 5.1",
            "PROXY protocol specification, section 2",
        ],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let first = view.facts.first_payload.client.as_ref()?;
    let Payload::Other { protocol, text, .. } = &first.payload else {
        return None;
    };
    if view.has_server_hello() {
        return None;
    }
    let protocol = match *protocol {
        known @ ("http" | "proxy-v1" | "proxy-v2") => known,
        _ => "other",
    };
    let mut evidence = vec![Evidence {
        frames: vec![first.mark.frame],
        text: text!("pattern.request-not-tls", text),
    }];
    evidence.extend(answer_evidence(view));
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("protocol", Value::Word(protocol)),
            ("text", Value::Text(text.clone())),
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
    fn fires_when_plain_http_meets_a_400() {
        let flow = Flow::connected()
            .other(Side::Client, "http", None, "GET / HTTP/1.1")
            .other(Side::Server, "http", Some(400), "HTTP/1.1 400")
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("non-tls-request"));
    }

    #[test]
    fn fires_when_plain_http_meets_an_alert() {
        let flow = Flow::connected()
            .other(Side::Client, "http", None, "GET / HTTP/1.1")
            .alert(Side::Server, 2, 10)
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("non-tls-request"));
    }

    #[test]
    fn silent_when_only_the_server_does_not_speak_tls() {
        let flow = Flow::hello_sent()
            .other(Side::Server, "http", Some(400), "HTTP/1.1 400")
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("non-tls-answer"));
    }
}
