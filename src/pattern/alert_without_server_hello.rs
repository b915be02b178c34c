//! The server refuses the ClientHello with an alert.
//!
//! ```text
//! C→S ClientHello
//! S→C Alert (fatal, handshake_failure)    <- fires
//! S→C FIN
//! ```
//!
//! Also after a HelloRetryRequest. Source: definitions section 3; RFC 8446 section 6.2.

use super::Finding;
use super::Help;
use super::Pattern;
use super::View;
use super::endings::ended_by_alert;
use crate::base::Side;

pub(super) const PATTERN: Pattern = Pattern {
    id: "alert-without-server-hello",
    help: Help {
        title: "The server refuses the ClientHello with an alert",
        explain: "The server read the ClientHello and answered with an alert instead of a ServerHello. The number of the alert is the server's own choice of words: 40 (handshake_failure) stands for no shared suite, group, certificate type or name alike; 70 means the version, 112 the name, 120 the ALPN, 86 the fallback signal.",
        logs: &[
            "SSL routines:ssl3_read_bytes:sslv3 alert handshake failure",
            "tlsv1 alert internal error",
            "tlsv1 alert protocol version",
            "tlsv1 unrecognized name",
            "Java: Received fatal alert: handshake_failure",
        ],
        settle: &[
            "Look at what completed hellos to the same server have that these have not: suites, version, name, groups.",
        ],
        sources: &["RFC 8446 section 6.2"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    ended_by_alert(view, PATTERN.id, Side::Server, false)
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_a_fatal_alert_answers_the_hello() {
        assert_eq!(
            pattern_of(
                Flow::hello_sent()
                    .alert(Side::Server, 2, 80)
                    .fin(Side::Server)
            ),
            Some("alert-without-server-hello")
        );
    }

    #[test]
    fn fires_after_a_hello_retry_request_too() {
        let flow = Flow::hello_sent()
            .hello_retry()
            .hello()
            .alert(Side::Server, 2, 40)
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("alert-without-server-hello"));
    }

    #[test]
    fn silent_when_the_client_closed_before() {
        let flow = Flow::hello_sent()
            .wait(5000)
            .fin(Side::Client)
            .alert(Side::Server, 2, 80);
        assert_eq!(pattern_of(flow), Some("no-answer-to-client-hello"));
    }

    #[test]
    fn silent_when_a_warning_is_followed_by_the_server_hello() {
        assert_eq!(
            pattern_of(
                Flow::hello_sent()
                    .alert(Side::Server, 1, 112)
                    .server_hello()
                    .finished()
                    .application(Side::Client)
            ),
            None
        );
    }
}
