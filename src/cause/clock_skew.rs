//! The client's clock is wrong: it calls a certificate expired that is not.
//!
//! ```text
//! S→C Certificate, valid at the time of the capture
//! C→S alert 45 certificate_expired
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::certificate::Kind;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "clock-skew",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let expired =
        scene.pattern() == "client-alert-after-server-hello" && scene.alert_code() == Some(45);
    let leaf = scene.facts.certificates.first()?;
    let dates = scene
        .certificates
        .iter()
        .any(|finding| matches!(finding.kind, Kind::Expired | Kind::NotYetValid));
    if !expired || dates || leaf.malformed.is_some() {
        return None;
    }
    let mut evidence = vec![Evidence {
        frames: scene.facts.certificate_frames.clone(),
        text: text!("clock-skew.valid").to_owned(),
    }];
    evidence.extend(scene.end());
    Some(Claim::new(CAUSE.code, Confidence::Medium, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Context;
    use crate::cause::testing::alone;
    use crate::cause::testing::claimed;
    use crate::facts::CertificateFacts;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    fn valid(facts: &mut HandshakeFacts) {
        facts.certificates = [CertificateFacts::default()].into();
    }

    #[test]
    fn fires_where_a_valid_certificate_is_called_expired() {
        let flow = Flow::answered().alert(Side::Client, 2, 45);
        assert!(claimed(&CAUSE, flow, valid, &Context::default()).is_some());
    }

    #[test]
    fn silent_where_the_certificate_was_not_seen() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 45)),
            None
        );
    }
}
