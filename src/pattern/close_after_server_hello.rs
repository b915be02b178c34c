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
use super::View;
use super::endings::ended_by_close;
use super::view::duration;
use crate::texts;
use crate::texts::text;

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
    let close = view.decisive()?;
    let Decisive::Fin(fin) = close else {
        return None;
    };
    let text = text!(
        "pattern.close-after-server-hello",
        side = texts::side(fin.from.name()),
        delay = duration(view.silence_at(&close))
    );
    let shown = Evidence {
        frames: vec![fin.mark.frame],
        text,
    };
    ended_by_close(view, PATTERN.id, close, shown)
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
