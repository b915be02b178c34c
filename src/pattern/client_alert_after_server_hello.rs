//! The client refuses what the server sent.
//!
//! ```text
//! C→S ClientHello
//! S→C ServerHello, Certificate, ...
//! C→S Alert (fatal, unknown_ca)   <- fires; encrypted in TLS 1.3 from most stacks: known by length and position
//! ```
//!
//! Source: definitions section 3; RFC 8446 section 6.2, RFC 5246 section 7.2.2.

use super::Finding;
use super::Help;
use super::Pattern;
use super::View;
use super::endings::ended_by_alert;
use crate::base::Side;

pub(super) const PATTERN: Pattern = Pattern {
    id: "client-alert-after-server-hello",
    help: Help {
        title: "The client rejects the server's answer with an alert",
        explain: "The server answered, and the client ended the handshake with an alert: most often it does not accept the certificate. The number is the client's own mapping (Go and GnuTLS say 42 for every reason); an encrypted alert says only that the client refused.",
        logs: &[
            "OpenSSL (server side): tlsv1 alert unknown ca",
            "certificate verify failed",
            "Java: PKIX path building failed",
            "Go: x509: certificate signed by unknown authority",
        ],
        settle: &[
            "The client's own log names the reason; the certificate is visible here only up to TLS 1.2.",
        ],
        sources: &["RFC 8446 section 6.2", "RFC 5246 section 7.2.2"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    ended_by_alert(view, PATTERN.id, Side::Client, true)
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_the_client_refuses_the_certificate_in_clear() {
        assert_eq!(
            pattern_of(
                Flow::answered()
                    .alert(Side::Client, 2, 48)
                    .fin(Side::Client)
            ),
            Some("client-alert-after-server-hello")
        );
    }

    #[test]
    fn fires_when_it_does_so_encrypted() {
        assert_eq!(
            pattern_of(
                Flow::answered()
                    .encrypted_alert(Side::Client)
                    .fin(Side::Client)
            ),
            Some("client-alert-after-server-hello")
        );
    }

    #[test]
    fn silent_when_the_handshake_completes_first() {
        let flow = Flow::answered()
            .finished()
            .encrypted_alert(Side::Client)
            .fin(Side::Client);
        assert_eq!(pattern_of(flow), None);
    }
}
