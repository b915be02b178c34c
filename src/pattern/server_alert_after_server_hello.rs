//! The server ends the handshake after its own ServerHello.
//!
//! ```text
//! C→S ClientHello
//! S→C ServerHello, ...
//! S→C Alert                       <- fires; in TLS 1.3 encrypted: known by length and position
//! ```
//!
//! In TLS 1.3 a server that misses a client certificate does so after the client has finished: see failed-after-handshake.
//! Source: definitions section 3; RFC 8446 section 6.2, RFC 5246 section 7.2.2.

use super::Finding;
use super::Help;
use super::Pattern;
use super::View;
use super::endings::ended_by_alert;
use crate::base::Side;

pub(super) const PATTERN: Pattern = Pattern {
    id: "server-alert-after-server-hello",
    help: Help {
        title: "The server ends the handshake with an alert after its ServerHello",
        explain: "The server accepted the hello and then ended the handshake: up to TLS 1.2 mostly because a client certificate is missing or not accepted, in TLS 1.3 because of ALPN, a missing key or certificate, or the client's Finished.",
        logs: &[
            "tlsv13 alert certificate required",
            "sslv3 alert bad certificate",
            "tlsv1 alert no application protocol",
            "Java: Received fatal alert",
        ],
        settle: &["The server's own log names the reason."],
        sources: &["RFC 8446 section 6.2", "RFC 5246 section 7.4.6"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    ended_by_alert(view, PATTERN.id, Side::Server, true)
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_the_server_refuses_the_client_certificate() {
        assert_eq!(
            pattern_of(
                Flow::answered()
                    .alert(Side::Server, 2, 40)
                    .fin(Side::Server)
            ),
            Some("server-alert-after-server-hello")
        );
    }

    #[test]
    fn silent_when_the_client_closed_before() {
        let flow = Flow::answered()
            .fin(Side::Client)
            .alert(Side::Server, 2, 40);
        assert_eq!(pattern_of(flow), Some("close-after-server-hello"));
    }
}
