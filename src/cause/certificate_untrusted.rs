//! The client does not know who issued the server's certificate.
//!
//! ```text
//! S→C Certificate
//! C→S alert 48 unknown_ca                   (self-signed, missing intermediate, or a private CA: 48 means all three)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::certificate::Finding;
use crate::certificate::Weight;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-untrusted",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if scene.pattern() != "client-alert-after-server-hello" {
        return None;
    }
    let fault = |finding: &Finding| finding.weight == Weight::Fault;
    let confidence = match scene.alert_code()? {
        48 if scene.certificates.iter().any(fault) => Confidence::Medium,
        // A missing intermediate, which is no matter of trust, has the same number.
        48 if is_sound(scene) => Confidence::High,
        48 => Confidence::Medium,
        // Stacks that send one number for any reason: names and dates were seen to fit, so trust is what is left.
        42 | 46 if is_sound(scene) => Confidence::Medium,
        _ => return None,
    };
    let mut evidence = scene.end();
    if is_sound(scene) {
        evidence.push(Evidence {
            frames: scene.facts.certificate_frames.clone(),
            text: text!("certificate-untrusted.sound").to_owned(),
        });
    }
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

/// The chain was seen in clear, and nothing is wrong with it that can be seen.
fn is_sound(scene: &Scene<'_>) -> bool {
    let seen = !scene.facts.certificates.is_empty();
    seen && !scene
        .certificates
        .iter()
        .any(|finding| finding.weight == Weight::Fault)
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_unknown_ca() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 48))
                .unwrap()
                .confidence,
            Confidence::Medium
        );
    }

    #[test]
    fn silent_on_expired() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 45)),
            None
        );
    }
}
