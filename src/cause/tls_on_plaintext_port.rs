//! The client speaks TLS to a server that does not, on this port.
//!
//! ```text
//! C→S ClientHello
//! S→C HTTP/1.1 400 Bad Request              (or a greeting before the hello: 220, SSH-2.0, * OK)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::pattern::Evidence;
use crate::pattern::Value;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "tls-on-plaintext-port",
    judge,
};

/// What a web server answers to bytes that are no request.
const NO_REQUEST: [i64; 3] = [400, 408, 501];

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if scene.pattern() != "non-tls-answer" || scene.context.completed > 0 && scene.sets_apart("sni")
    {
        return None;
    }
    let first = scene.detail("before_client_hello") == Some(&Value::Bool(true));
    let http = scene.word("protocol") == Some("http");
    let usual = scene
        .number("status")
        .is_some_and(|status| NO_REQUEST.contains(&status));
    let known = !matches!(scene.word("protocol"), None | Some("other" | "unknown"));
    let confidence = match (first, http) {
        _ if scene.context.completed > 0 => Confidence::Low,
        (true, _) if scene.facts.client_hello.is_some() => Confidence::High,
        (true, _) => Confidence::Low,
        // A nameless hello may be sent to the plaintext side of a server that has TLS for its names.
        (false, true) if scene.has_no_sni() => Confidence::Low,
        (false, true) if usual => Confidence::Medium,
        (false, false) if known => Confidence::Medium,
        _ => Confidence::Low,
    };
    let mut evidence: Vec<Evidence> = scene.finding.evidence.iter().take(2).cloned().collect();
    if first {
        evidence.push(scene.about_end(text!("tls-on-plaintext-port.spoke-first")));
    }
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::cause::testing::told_by;
    use crate::compare::Strength;
    use crate::facts::HandshakeFacts;
    use crate::facts::TlsMeant;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_a_greeting_before_the_hello() {
        let flow = Flow::connected()
            .other(Side::Server, "smtp", None, "220 mail")
            .hello()
            .fin(Side::Server);
        let greeted = |facts: &mut HandshakeFacts| facts.meant = TlsMeant::Bytes;
        assert!(claimed(&CAUSE, flow, greeted, &Context::default()).is_some());
    }

    #[test]
    fn fires_on_bad_request() {
        let flow = Flow::hello_sent()
            .other(Side::Server, "http", Some(400), "HTTP/1.1 400 Bad Request")
            .fin(Side::Server);
        assert_eq!(
            claimed(&CAUSE, flow, |_| (), &Context::default())
                .unwrap()
                .confidence,
            Confidence::Medium
        );
    }

    #[test]
    fn silent_where_names_decide() {
        let context = told_by("sni", Strength::Separates, 0);
        let flow = Flow::hello_sent()
            .other(Side::Server, "http", Some(400), "HTTP/1.1 400 Bad Request")
            .fin(Side::Server);
        assert_eq!(claimed(&CAUSE, flow, |_| (), &context), None);
    }
}
