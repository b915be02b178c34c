//! A box between drops some hellos and lets others pass.
//!
//! ```text
//! C→S ClientHello, again, again       (no ACK, no answer)
//! hellos that differ in one attribute pass on the same way
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::compare::Strength;
use crate::compare::kin;
use crate::texts;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "middlebox-drop",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if !scene.is(&["client-hello-not-delivered", "no-answer-to-client-hello"]) {
        return None;
    }
    let best = scene
        .context
        .associations
        .iter()
        .filter(|one| kin::is_of_hello(one.attribute))
        .max_by_key(|one| one.strength)?;
    let confidence = match best.strength? {
        Strength::Separates | Strength::Associated
            if scene.pattern() == "client-hello-not-delivered" =>
        {
            Confidence::Medium
        }
        _ => Confidence::Low,
    };
    let mut evidence = scene.end();
    evidence.extend(scene.counts(
        best.attribute,
        &text!(
            "counts.this-attribute",
            attribute = texts::attribute(best.attribute)
        ),
        text!("counts.others"),
    ));
    Some(Claim::new(CAUSE.code, confidence, evidence))
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
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_an_attribute_of_the_hello_decides() {
        let context = told_by("sni", Strength::Separates, 0);
        let flow = Flow::connected()
            .hello()
            .again(Side::Client)
            .again(Side::Client)
            .then_quiet(20_000);
        let claim = claimed(&CAUSE, flow, |_| (), &context).unwrap();
        assert_eq!(claim.confidence, Confidence::Medium);
    }

    #[test]
    fn silent_without_a_contrast() {
        let flow = Flow::connected()
            .hello()
            .again(Side::Client)
            .again(Side::Client)
            .then_quiet(20_000);
        assert_eq!(alone(&CAUSE, flow), None);
    }
}
