//! The client gives up with an alert before any ServerHello.
//!
//! ```text
//! C→S ClientHello
//! (S→C HelloRetryRequest)
//! C→S Alert (fatal)               <- fires, if no FIN or RST of the server came before
//! ```
//!
//! Source: definitions section 3; RFC 8446 sections 4.1.4 and 6.2.

use super::Finding;
use super::Help;
use super::Pattern;
use super::View;
use super::endings::ended_by_alert;
use crate::base::Side;

pub(super) const PATTERN: Pattern = Pattern {
    id: "client-alert-before-server-hello",
    help: Help {
        title: "The client ends the handshake with an alert before any ServerHello",
        explain: "The client sent an alert although the server had not answered with a ServerHello: it was cancelled, it could not follow a HelloRetryRequest, or it answers bytes that it took for TLS.",
        logs: &[],
        settle: &["The client's own log says why it sent the alert."],
        sources: &["RFC 8446 sections 4.1.4 and 6.2"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    ended_by_alert(view, PATTERN.id, Side::Client, false)
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_the_client_cancels() {
        assert_eq!(
            pattern_of(
                Flow::hello_sent()
                    .alert(Side::Client, 2, 80)
                    .fin(Side::Client)
            ),
            Some("client-alert-before-server-hello")
        );
    }

    #[test]
    fn silent_when_the_server_closed_before() {
        let flow = Flow::hello_sent()
            .fin(Side::Server)
            .alert(Side::Client, 2, 50)
            .reset(Side::Server);
        assert_eq!(pattern_of(flow), Some("close-after-client-hello"));
    }
}
