//! The server does not begin TLS on this connection when asked.
//!
//! ```text
//! C→S STARTTLS
//! S→C 454 TLS not available                 (IMAP: NO or BAD; POP3: -ERR; PostgreSQL: N)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;

pub(super) const CAUSE: Cause = Cause {
    code: "starttls-unavailable",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let refused = scene.refused_by_proxy() == Some(false);
    let evidence = || scene.finding.evidence.clone();
    refused.then(|| Claim::new(CAUSE.code, Confidence::Certain, evidence()))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Context;
    use crate::cause::testing::alone;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::PreludeProtocol;
    use crate::facts::PreludeState;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_a_refused_starttls() {
        let smtp = |facts: &mut HandshakeFacts| {
            if let Some(prelude) = &mut facts.prelude {
                prelude.protocol = PreludeProtocol::Smtp;
            }
        };
        let flow = Flow::connected()
            .connect(PreludeState::Refused, 454)
            .fin(Side::Server);
        assert!(claimed(&CAUSE, flow, smtp, &Context::default()).is_some());
    }

    #[test]
    fn silent_on_a_refused_connect() {
        let flow = Flow::connected()
            .connect(PreludeState::Refused, 403)
            .fin(Side::Server);
        assert_eq!(alone(&CAUSE, flow), None);
    }
}
