//! The proxy or mail server answered the request for a tunnel or for TLS negatively.
//!
//! ```text
//! C→S CONNECT shop.example:443 HTTP/1.1      | EHLO, STARTTLS       | SSLRequest
//! S→C HTTP/1.1 403 Forbidden      <- fires   | 454 not available    | N
//! ```
//!
//! A ClientHello sent after the refusal changes nothing. Source: definitions section 3; RFC 9110 section 9.3.6, RFC 3207, RFC 1928.

use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use crate::facts::PreludeFacts;
use crate::facts::PreludeState;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "tunnel-refused",
    help: Help {
        title: "The request for a tunnel or for TLS was refused in plain text",
        explain: "The client asked an intermediary for a tunnel (CONNECT, SOCKS) or a server for TLS (STARTTLS, SSLRequest) and got a negative answer before any TLS was spoken. No certificate, version or suite is involved: the answer itself says what the refusing side objects to.",
        logs: &[
            "curl: Received HTTP code 403 from proxy after CONNECT",
            "curl: CONNECT tunnel failed, response 403",
            "openssl s_client: didn't find STARTTLS in server response",
        ],
        settle: &[],
        sources: &[
            "RFC 9110 section 9.3.6",
            "RFC 3207 section 4",
            "RFC 1928 section 6",
        ],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let prelude = view.facts.prelude.as_ref().filter(|_| view.before_tls())?;
    let answered = prelude.answered.unwrap_or(prelude.asked);
    if prelude.state == PreludeState::Asked {
        return Some(unanswered(view, prelude));
    }
    let status = prelude
        .status
        .map_or(Value::Null, |status| Value::Number(i64::from(status)));
    let protocol = prelude.protocol.name();
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("protocol", Value::Word(protocol)),
            ("status", status),
            ("text", Value::Text(prelude.text.clone())),
        ],
        evidence: vec![
            Evidence {
                frames: vec![prelude.asked.frame],
                text: text!("pattern.tunnel-asked", protocol),
            },
            Evidence {
                frames: vec![answered.frame],
                text: text!("pattern.tunnel-answer", text = prelude.text),
            },
        ],
    })
}

/// The request was never answered; the connection was closed over it, or nothing came.
fn unanswered(view: &View<'_>, prelude: &PreludeFacts) -> Finding {
    let protocol = prelude.protocol.name();
    let frames = view
        .decisive()
        .map(|close| vec![close.mark().frame])
        .unwrap_or_default();
    Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("protocol", Value::Word(protocol)),
            ("status", Value::Null),
            ("text", Value::Null),
        ],
        evidence: vec![
            Evidence {
                frames: vec![prelude.asked.frame],
                text: text!("pattern.tunnel-asked", protocol),
            },
            Evidence {
                frames,
                text: text!("pattern.tunnel-no-answer").to_owned(),
            },
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::PreludeState;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_a_connect_is_answered_403() {
        let flow = Flow::connected()
            .connect(PreludeState::Refused, 403)
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("tunnel-refused"));
    }

    #[test]
    fn fires_even_if_the_client_sends_its_hello_all_the_same() {
        let flow = Flow::connected()
            .connect(PreludeState::Refused, 403)
            .hello()
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("tunnel-refused"));
    }

    #[test]
    fn silent_when_the_tunnel_is_granted_and_the_target_refuses() {
        let flow = Flow::connected()
            .connect(PreludeState::Accepted, 200)
            .hello()
            .alert(Side::Server, 2, 70)
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("alert-without-server-hello"));
    }
}
