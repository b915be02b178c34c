//! The ClientHello is not acknowledged, however often it is sent.
//!
//! ```text
//! C→S ClientHello
//! C→S ClientHello   again, and again     <- fires: no byte of the server, some byte of the hello never acknowledged
//! ```
//!
//! Source: definitions section 3; RFC 9293 section 3.8.1.

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
    id: "client-hello-not-delivered",
    help: Help {
        title: "The ClientHello never reached the server",
        explain: "The TCP handshake worked, but (part of) the ClientHello was never acknowledged although it was sent again. Something drops it on the way: a filter by name or content, a path MTU that full-size segments do not fit through, or the server's queue.",
        logs: &[
            "SSL connection timeout",
            "TLS handshake timeout",
            "upstream timed out (110: Connection timed out) while SSL handshaking to upstream",
        ],
        settle: &[
            "If only full-size segments are missing, lower the MSS for a test; if a hello with another name from the same client passes, the name decides; capture on the server side to see what arrives.",
        ],
        sources: &["RFC 9293 section 3.8.1", "RFC 8899"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let tcp = &view.facts.tcp;
    if !view.client_sent_tls()
        || view.has_server_hello()
        || view.server_spoke()
        || view.hello_acknowledged() == "all"
    {
        return None;
    }
    if view.first_close_of(Side::Server).is_some()
        || view.resets().any(|reset| !reset.is_clients_own())
    {
        return None;
    }
    let transmissions = tcp
        .unacknowledged
        .client
        .map_or(1, |sent| sent.transmissions);
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    if let Some(sent) = tcp.unacknowledged.client {
        evidence.push(Evidence {
            frames: vec![sent.last.frame],
            text: text!(
                "pattern.hello-not-delivered",
                transmissions,
                span = duration(view.between(sent.first.at, sent.last.at))
            ),
        });
    }
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("transmissions", Value::Number(i64::from(transmissions))),
            ("acknowledged", Value::Word(view.hello_acknowledged())),
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
    fn fires_when_the_hello_is_sent_three_times_and_never_acknowledged() {
        let flow = Flow::connected()
            .hello()
            .wait(300)
            .again(Side::Client)
            .wait(600)
            .again(Side::Client);
        assert_eq!(pattern_of(flow), Some("client-hello-not-delivered"));
    }

    #[test]
    fn fires_when_the_client_leaves_after_waiting() {
        assert_eq!(
            pattern_of(Flow::connected().hello().wait(2000).fin(Side::Client)),
            Some("client-hello-not-delivered")
        );
    }

    #[test]
    fn silent_when_the_hello_was_acknowledged() {
        assert_eq!(
            pattern_of(Flow::hello_sent().wait(2000).fin(Side::Client)),
            Some("no-answer-to-client-hello")
        );
    }

    #[test]
    fn silent_when_a_rst_answers() {
        assert_eq!(
            pattern_of(
                Flow::connected()
                    .hello()
                    .wait(300)
                    .again(Side::Client)
                    .reset(Side::Server)
            ),
            Some("reset-after-client-hello")
        );
    }
}
