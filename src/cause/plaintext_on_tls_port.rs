//! The client speaks another protocol in plaintext where TLS is meant.
//!
//! ```text
//! C→S GET / HTTP/1.1
//! S→C HTTP/1.1 400, an alert, or FIN
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::facts::Payload;

pub(super) const CAUSE: Cause = Cause {
    code: "plaintext-on-tls-port",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if scene.pattern() != "non-tls-request" {
        return None;
    }
    let answer = scene.facts.first_payload.server.as_ref();
    let status = answer.and_then(|first| match first.payload {
        Payload::Other { status, .. } => status,
        _ => None,
    });
    let confidence = match scene.word("protocol") {
        // Servers that mean TLS say 400; a web server without it has no page, or wants a password.
        Some("http") if status.is_some_and(|status| status != 400) => Confidence::Low,
        Some("http") => Confidence::Certain,
        Some("proxy-v1" | "proxy-v2") => return None,
        // Bytes of no known protocol: they are not TLS, but what they are is open.
        _ => Confidence::Low,
    };
    Some(Claim::new(
        CAUSE.code,
        confidence,
        scene.finding.evidence.iter().take(2).cloned().collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::TlsMeant;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_a_plain_request() {
        let flow = Flow::connected()
            .other(Side::Client, "http", None, "GET / HTTP/1.1")
            .fin(Side::Server);
        let named = |facts: &mut HandshakeFacts| facts.meant = TlsMeant::PortOption;
        let claim = claimed(&CAUSE, flow, named, &Context::default()).unwrap();
        assert_eq!(claim.confidence, Confidence::Certain);
    }

    #[test]
    fn a_page_that_is_not_found_says_little() {
        let flow = Flow::connected()
            .other(Side::Client, "http", None, "GET / HTTP/1.1")
            .other(Side::Server, "http", Some(404), "HTTP/1.1 404")
            .fin(Side::Server);
        let named = |facts: &mut HandshakeFacts| facts.meant = TlsMeant::PortOption;
        let claim = claimed(&CAUSE, flow, named, &Context::default()).unwrap();
        assert_eq!(claim.confidence, Confidence::Low);
    }

    #[test]
    fn silent_on_a_plain_answer() {
        let flow = Flow::hello_sent()
            .other(Side::Server, "http", Some(400), "HTTP/1.1 400")
            .fin(Side::Server);
        assert_eq!(claimed(&CAUSE, flow, |_| (), &Context::default()), None);
    }
}
