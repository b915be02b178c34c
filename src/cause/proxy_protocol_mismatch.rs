//! One side sends a PROXY header that the other does not expect, or expects one that is not sent.
//!
//! ```text
//! C→S PROXY TCP4 192.0.2.1 ... , ClientHello
//! S→C HTTP 400, FIN or RST                  (sent, not expected)
//! C→S ClientHello
//! S→C RST                                   (expected, not sent: connections with the header complete there)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::facts::PreludeFacts;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "proxy-protocol-mismatch",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if scene.pattern() == "non-tls-request"
        && matches!(scene.word("protocol"), Some("proxy-v1" | "proxy-v2"))
    {
        let evidence = scene.finding.evidence.iter().take(2).cloned().collect();
        return Some(Claim::new(CAUSE.code, Confidence::High, evidence));
    }
    let prelude = scene.facts.prelude.as_ref();
    let header = prelude.is_some_and(PreludeFacts::has_proxy_header);
    // A header that another prelude was spoken behind, and answered, was taken.
    if prelude.is_some_and(|prelude| prelude.protocol.is_proxy_header())
        && scene.pattern() == "alert-without-server-hello"
        && matches!(scene.alert_code(), Some(10 | 22 | 47 | 50 | 70))
    {
        return Some(Claim::new(
            CAUSE.code,
            Confidence::Medium,
            scene.finding.evidence.clone(),
        ));
    }
    // Where connections without it complete too, the header is optional.
    if scene.context.accepted.direct.is_some() {
        return None;
    }
    let proxied = scene.context.accepted.proxied?;
    let ends = scene.is(&[
        "reset-after-client-hello",
        "close-after-client-hello",
        "closed-before-client-hello",
    ]);
    (ends && !header && scene.forged().0 < 20).then(|| {
        let mut evidence = vec![Evidence {
            frames: vec![proxied],
            text: text!("proxy-protocol-mismatch.header-missing").to_owned(),
        }];
        evidence.extend(scene.end());
        Claim::new(CAUSE.code, Confidence::High, evidence)
    })
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::FrameRef;
    use crate::base::Side;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::PreludeFacts;
    use crate::facts::PreludeProtocol;
    use crate::facts::PreludeState;
    use crate::facts::TlsMeant;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_a_header_that_is_not_expected() {
        let flow = Flow::connected()
            .other(Side::Client, "proxy-v1", None, "PROXY TCP4")
            .fin(Side::Server);
        let named = |facts: &mut HandshakeFacts| facts.meant = TlsMeant::PortOption;
        assert!(claimed(&CAUSE, flow, named, &Context::default()).is_some());
    }

    #[test]
    fn fires_where_only_connections_with_the_header_complete() {
        let mut context = Context {
            completed: 3,
            ..Context::default()
        };
        context.accepted.proxied = Some(FrameRef::new(0, 4));
        assert!(
            claimed(
                &CAUSE,
                Flow::hello_sent().reset(Side::Server),
                |_| (),
                &context
            )
            .is_some()
        );
    }

    #[test]
    fn silent_where_another_prelude_was_agreed_to_behind_the_header() {
        let smtp = |facts: &mut HandshakeFacts| {
            let prelude = facts.prelude.as_mut().unwrap();
            let header = PreludeFacts::asked(PreludeProtocol::ProxyV1, prelude.asked);
            prelude.protocol = PreludeProtocol::Smtp;
            prelude.before = vec![header];
        };
        let flow = Flow::connected()
            .connect(PreludeState::Accepted, 220)
            .hello()
            .alert(Side::Server, 2, 70);
        assert_eq!(claimed(&CAUSE, flow, smtp, &Context::default()), None);
    }

    #[test]
    fn silent_on_a_reset_like_any_other() {
        assert_eq!(
            claimed(
                &CAUSE,
                Flow::hello_sent().reset(Side::Server),
                |_| (),
                &Context::default()
            ),
            None
        );
    }
}
