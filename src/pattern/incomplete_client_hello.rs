//! The client began a ClientHello that never became whole.
//!
//! ```text
//! C→S first part of a ClientHello
//! S→C FIN, RST, or nothing        <- fires
//! ```
//!
//! Source: definitions section 3; RFC 8446 section 5.1.

use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::evidence::answer_evidence;
use crate::base::Side;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "incomplete-client-hello",
    help: Help {
        title: "The ClientHello never became complete",
        explain: "The client sent the beginning of a ClientHello, and the rest never came (or never reached this point of capture). The server ended the connection or both fell silent.",
        logs: &[
            "unexpected eof while reading",
            "SSL_ERROR_SYSCALL",
            "peer closed connection in SSL handshake",
        ],
        settle: &[
            "Capture on the client side: if the rest of the hello is sent there, it is lost on the way (look at its segment size and the path MTU).",
        ],
        sources: &["RFC 8446 section 5.1"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    if !view.client_sent_tls() || view.has_server_hello() {
        return None;
    }
    let hello = view.facts.current_hello();
    if hello.is_some_and(|hello| hello.complete)
        || (hello.is_none() && view.facts.hello_retry.is_some())
    {
        return None;
    }
    // Not a byte of its head came, only what follows a hole, and the server did not end it: it was not delivered.
    let headless =
        hello.is_none_or(|hello| hello.have == 0) && view.facts.tcp.hole.client.is_some();
    let ended = view.first_close_of(Side::Server).is_some()
        || view.resets().any(|reset| reset.from == Side::Server);
    if headless && !ended {
        return None;
    }
    let (have, need) = hello.map_or((0, 0), |hello| (hello.have, hello.length));
    let frames = hello.map(|hello| hello.frames.clone()).unwrap_or_default();
    let need_value = if need == 0 {
        Value::Null
    } else {
        Value::Number(i64::from(need))
    };
    let text = if need == 0 {
        text!("pattern.incomplete", have)
    } else {
        text!("pattern.incomplete-of", have, need)
    };
    let mut evidence = vec![Evidence { frames, text }];
    evidence.extend(answer_evidence(view));
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("have", Value::Number(i64::from(have))),
            ("need", need_value),
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
    fn fires_when_the_server_closes_on_half_a_hello() {
        let flow = Flow::connected()
            .partial_hello()
            .acknowledge(Side::Server)
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("incomplete-client-hello"));
    }

    #[test]
    fn silent_when_the_hello_is_whole() {
        assert_eq!(
            pattern_of(Flow::hello_sent().fin(Side::Server)),
            Some("close-after-client-hello")
        );
    }
}
