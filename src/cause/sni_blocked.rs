//! A box between filters by the name in the ClientHello.
//!
//! ```text
//! C→S ClientHello, server_name = blocked.example
//! S→C RST in the server's name       (or silence, or a page that is not the server's)
//! other names on that address complete
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::compare::Strength;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "sni-blocked",
    judge,
};

/// How blocking by name looks: the hello is answered by somebody else, or lost.
const LOOKS: [&str; 7] = [
    "reset-after-client-hello",
    "reset-after-server-hello",
    "close-after-client-hello",
    "client-hello-not-delivered",
    "no-answer-to-client-hello",
    "non-tls-answer",
    "alert-without-server-hello",
];
/// Chance below which exceptions do not matter.
const BEYOND_DOUBT: f64 = 1e-6;

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let name = scene.sni()?;
    if !scene.is(&LOOKS) {
        return None;
    }
    let confidence = confidence(scene)?;
    let mut evidence: Vec<Evidence> = scene
        .counts(
            "sni",
            text!("counts.this-name"),
            text!("counts.other-names"),
        )
        .into_iter()
        .collect();
    if evidence.is_empty() {
        evidence.push(scene.about_hello(text!("cause.asks-for", name)));
    }
    evidence.extend(scene.clues_as_evidence(true));
    evidence.extend(accepted(scene));
    let claim = Claim::new(CAUSE.code, confidence, evidence).but(scene.clues_as_evidence(false));
    Some(claim)
}

fn confidence(scene: &Scene<'_>) -> Option<Confidence> {
    let (forged, independent) = scene.forged();
    let association = scene.association("sni");
    let strength = association.and_then(|one| one.strength);
    let beyond = association.is_some_and(|one| one.p_value < BEYOND_DOUBT);
    let by_reset = scene.pattern().starts_with("reset-");
    let by_silence = scene.is(&["client-hello-not-delivered", "no-answer-to-client-hello"]);
    let page = scene.pattern() == "non-tls-answer";
    if scene.pattern() == "alert-without-server-hello" {
        // Only a server that is known to accept the name did not send that alert for its sake.
        return (scene.context.same_name > 0
            && strength >= Some(Strength::Associated)
            && scene.alert_code() == Some(112))
        .then_some(Confidence::Low);
    }
    match strength {
        Some(Strength::Separates) if by_reset && forged >= 20 => Some(Confidence::High),
        Some(Strength::Associated) if by_reset && forged >= 20 && (beyond || independent) => {
            Some(Confidence::High)
        }
        Some(Strength::Separates | Strength::Associated) if by_reset && forged >= 20 => {
            Some(Confidence::Medium)
        }
        // The server accepts this very name at times: it does not refuse it.
        Some(Strength::Associated) if scene.context.same_name > 0 && (by_reset || by_silence) => {
            Some(Confidence::Medium)
        }
        Some(Strength::Separates | Strength::Associated) if by_silence || page => {
            Some(Confidence::Medium)
        }
        Some(Strength::Separates | Strength::Associated) if by_reset => Some(Confidence::Low),
        Some(Strength::Consistent) if page => Some(Confidence::Low),
        Some(Strength::Consistent) if by_reset => Some(Confidence::Low),
        None if by_reset && forged >= 20 && scene.context.completed == 0 => Some(Confidence::Low),
        _ => None,
    }
}

/// The server takes this name: it cannot be its own refusal.
fn accepted(scene: &Scene<'_>) -> Option<Evidence> {
    let like = scene.association("sni")?.like?;
    (scene.context.same_name > 0).then(|| Evidence {
        text: text!("sni-blocked.accepted", count = scene.context.same_name),
        frames: vec![like],
    })
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::testing::alone;
    use crate::cause::testing::claimed;
    use crate::cause::testing::told_by;
    use crate::compare::Strength;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    fn forged() -> Flow {
        Flow::hello_sent().reset_with(Side::Server, |reset| {
            reset.ttl = 120;
            reset.ttl_as_others = Some(false);
            reset.data_after = true;
        })
    }

    fn with_ttl(facts: &mut HandshakeFacts) {
        facts.tcp.ttl.server = [53].into();
    }

    #[test]
    fn fires_where_only_one_name_is_reset_and_the_reset_is_forged() {
        let context = told_by("sni", Strength::Associated, 4);
        let claim = claimed(&CAUSE, forged(), with_ttl, &context).unwrap();
        assert_eq!(claim.confidence, Confidence::High);
    }

    #[test]
    fn fires_less_surely_where_nothing_in_the_reset_tells() {
        let context = told_by("sni", Strength::Associated, 4);
        let claim = claimed(
            &CAUSE,
            Flow::hello_sent().reset(Side::Server),
            |_| (),
            &context,
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::Medium);
    }

    #[test]
    fn silent_without_contrast_and_without_evidence_in_the_reset() {
        assert_eq!(alone(&CAUSE, Flow::hello_sent().reset(Side::Server)), None);
    }

    #[test]
    fn silent_where_the_server_itself_refuses_the_name() {
        let context = told_by("sni", Strength::Separates, 0);
        assert_eq!(
            claimed(
                &CAUSE,
                Flow::hello_sent().alert(Side::Server, 2, 112),
                |_| (),
                &context
            ),
            None
        );
    }
}
