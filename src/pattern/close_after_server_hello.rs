//! The connection is closed after the ServerHello, before the handshake is complete.
//!
//! ```text
//! C→S ClientHello
//! S→C ServerHello, ...
//!  FIN of either side              <- fires, unless an alert came first
//! ```
//!
//! Source: definitions section 3; RFC 9293 section 3.6.

use super::Decisive;
use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::evidence::server_hello_evidence;
use super::view::duration;

pub(super) const PATTERN: Pattern = Pattern {
    id: "close-after-server-hello",
    help: Help {
        title: "A close ends the handshake after the ServerHello",
        explain: "The server had answered when one side closed without an alert. Clients that refuse a certificate without saying so (Node.js) look like this; a server that closes here gave up on the client's flight.",
        logs: &[
            "unexpected eof while reading",
            "peer closed connection in SSL handshake",
            "Client network socket disconnected before secure TLS connection was established",
        ],
        settle: &["The log of the side that closed names the reason."],
        sources: &["RFC 9293 section 3.6"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let Decisive::Fin(event) = view.decisive()? else {
        return None;
    };

    let hello = view.server_hello();
    if hello.is_some_and(|hello| hello.order > event.mark.order)
        || (hello.is_none() && view.server_bytes_beyond_hole().is_none())
    {
        return None;
    }
    let close = Decisive::Fin(event);
    let delay = view.silence_at(&close);
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    evidence.extend(server_hello_evidence(view));
    evidence.push(Evidence {
        frames: vec![event.mark.frame],
        text: format!(
            "the {} sends a FIN {} after the last bytes, without an alert",
            event.from.name(),
            duration(delay)
        ),
    });
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("from", Value::Word(event.from.name())),
            ("delay_ms", Value::Duration(delay)),
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
    fn fires_when_the_client_closes_without_a_word() {
        assert_eq!(
            pattern_of(Flow::answered().fin(Side::Client)),
            Some("close-after-server-hello")
        );
    }

    #[test]
    fn silent_when_an_alert_came_first() {
        let flow = Flow::answered()
            .alert(Side::Client, 2, 42)
            .fin(Side::Client);
        assert_eq!(pattern_of(flow), Some("client-alert-after-server-hello"));
    }

    #[test]
    fn silent_when_there_was_no_server_hello() {
        assert_eq!(
            pattern_of(Flow::hello_sent().fin(Side::Server)),
            Some("close-after-client-hello")
        );
    }
}
