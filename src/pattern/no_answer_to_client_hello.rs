//! The ClientHello was acknowledged and never answered.
//!
//! ```text
//! C→S ClientHello
//! S→C ACK
//!         ... silence ...
//! C→S FIN (or the capture goes on for T)   <- fires
//! ```
//!
//! Source: definitions section 3; RFC 8446 section 4.1.3.

use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::view::duration;
use crate::base::Side;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "no-answer-to-client-hello",
    help: Help {
        title: "The server took the ClientHello and never answered",
        explain: "Every byte of the ClientHello was acknowledged, but no ServerHello came until the client gave up. The program behind the port hangs or is overloaded, a load balancer has no live backend, or something waits for more of the hello than was sent.",
        logs: &[
            "TLS handshake timeout",
            "SSL connection timeout",
            "upstream timed out (110: Connection timed out) while SSL handshaking to upstream",
            "handshake timed out",
        ],
        settle: &[
            "On the server: did the program accept the connection (ss -tn, its log)? From another client with a smaller hello: does that get an answer?",
        ],
        sources: &["RFC 8446 section 4.1.3"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    if !view.client_sent_tls()
        || view.has_server_hello()
        || view.server_bytes_beyond_hole().is_some()
    {
        return None;
    }
    let (silence, given_up_by, frame) = match view.decisive() {
        Some(close) if close.from() == Side::Client || close.is_client_leaving() => (
            view.client_silence_at(&close),
            "client",
            Some(close.mark().frame),
        ),
        Some(_) => return None,
        None => (view.silence_to_end(), "nobody", None),
    };
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    if let Some(mark) = view.facts.tcp.acknowledged_at.client {
        let text = text!("pattern.acknowledges", bytes = view.hello_acknowledged());
        evidence.push(Evidence {
            frames: vec![mark.frame],
            text,
        });
    }
    evidence.push(Evidence {
        frames: frame.into_iter().collect(),
        text: match frame {
            Some(_) => text!("pattern.client-leaves", delay = duration(silence)),
            None => text!("pattern.no-server-hello", delay = duration(silence)),
        },
    });
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("silence_ms", Value::Duration(silence)),
            ("given_up_by", Value::Word(given_up_by)),
            (
                "server_bytes",
                Value::Number(i64::try_from(view.facts.tcp.bytes.server).unwrap_or(i64::MAX)),
            ),
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
    fn fires_when_the_client_gives_up_after_waiting() {
        assert_eq!(
            pattern_of(Flow::hello_sent().wait(3000).fin(Side::Client)),
            Some("no-answer-to-client-hello")
        );
    }

    #[test]
    fn fires_when_nothing_comes_for_the_answer_timeout() {
        assert_eq!(
            pattern_of(Flow::hello_sent().then_quiet(10_000)),
            Some("no-answer-to-client-hello")
        );
    }

    #[test]
    fn fires_when_the_client_leaves_after_a_hello_retry_request() {
        assert_eq!(
            pattern_of(Flow::hello_sent().hello_retry().fin(Side::Client)),
            Some("no-answer-to-client-hello")
        );
    }

    #[test]
    fn silent_when_the_client_leaves_at_once() {
        assert_eq!(pattern_of(Flow::hello_sent().fin(Side::Client)), None);
    }
}
