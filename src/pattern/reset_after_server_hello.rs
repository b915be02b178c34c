//! The connection is reset after the ServerHello, before the handshake is complete.
//!
//! ```text
//! C→S ClientHello
//! S→C ServerHello, ...
//!  RST of either side              <- fires, unless an alert came first
//! ```
//!
//! Source: definitions section 3; RFC 9293 section 3.10.7.

use super::Decisive;
use super::Finding;
use super::Help;
use super::Pattern;
use super::View;
use super::endings::ended_by_close;
use super::evidence::reset_evidence;

pub(super) const PATTERN: Pattern = Pattern {
    id: "reset-after-server-hello",
    help: Help {
        title: "A RST ends the handshake after the ServerHello",
        explain: "The server had answered when a RST ended the connection. From the client's address it is a client that closed with unread data or dropped the connection; from the server's address a crash, a backend that went away, or a box on the way that reads the server's flight.",
        logs: &[
            "Connection reset by peer",
            "ERR_CONNECTION_RESET",
            "ECONNRESET",
        ],
        settle: &[
            "Capture on the server at the same time. If the RST never left it, a box between sent it.",
        ],
        sources: &["RFC 9293 section 3.10.7"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let close = view.decisive()?;
    let Decisive::Reset(reset) = close else {
        return None;
    };
    ended_by_close(view, PATTERN.id, close, reset_evidence(view, reset))
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_a_rst_follows_the_server_hello() {
        assert_eq!(
            pattern_of(Flow::answered().reset(Side::Server)),
            Some("reset-after-server-hello")
        );
        assert_eq!(
            pattern_of(Flow::answered().reset(Side::Client)),
            Some("reset-after-server-hello")
        );
    }

    #[test]
    fn silent_when_an_alert_came_with_it() {
        let flow = Flow::answered()
            .alert(Side::Client, 2, 48)
            .reset(Side::Client);
        assert_eq!(pattern_of(flow), Some("client-alert-after-server-hello"));
    }

    #[test]
    fn silent_when_the_handshake_was_complete_and_used() {
        assert_eq!(
            pattern_of(
                Flow::answered()
                    .finished()
                    .application(Side::Client)
                    .application(Side::Server)
                    .reset(Side::Server)
            ),
            None
        );
    }
}
