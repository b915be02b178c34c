//! One side asks for a new handshake on the connection, the other will not.
//!
//! ```text
//! C→S ClientHello within the connection (encrypted)
//! S→C alert 100 no_renegotiation, and the connection ends
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::pattern::Evidence;

use crate::texts;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "renegotiation-refused",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let alert = scene
        .facts
        .alerts
        .iter()
        .find(|alert| alert.code == Some(100))?;
    let evidence = Evidence {
        frames: vec![alert.mark.frame],
        text: text!(
            "renegotiation-refused.sent",
            side = texts::side(alert.from.name())
        ),
    };
    Some(Claim::new(CAUSE.code, Confidence::High, vec![evidence]))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_no_renegotiation() {
        let flow = Flow::answered()
            .alert(Side::Server, 1, 100)
            .fin(Side::Server);
        assert!(alone(&CAUSE, flow).is_some());
    }

    #[test]
    fn silent_on_any_other_end() {
        assert_eq!(alone(&CAUSE, Flow::answered().fin(Side::Server)), None);
    }
}
