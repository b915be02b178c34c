//! One application refuses a certificate that others take: it knows its own.
//!
//! ```text
//! S→C Certificate
//! C→S alert 46 or 42, or it leaves           other clients of that server complete
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::chain;
use crate::compare::values;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "client-pinning",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let attribute = ["client", "suites", values::JA4]
        .into_iter()
        .find(|attribute| scene.sets_apart(attribute))?;
    // A defect that can be seen, or an alert that names one, is the better reason.
    let plain =
        scene.certificates.is_empty() && !matches!(scene.alert_code(), Some(44 | 45 | 48 | 113));
    if !chain::refused(scene) || !plain {
        return None;
    }
    let mut evidence = scene.end();
    evidence.extend(scene.counts(
        attribute,
        text!("counts.such-clients"),
        text!("counts.other-clients"),
    ));
    Some(Claim::new(CAUSE.code, Confidence::Low, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::cause::testing::claimed;
    use crate::cause::testing::told_by;
    use crate::compare::Strength;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_others_take_the_certificate() {
        let context = told_by("client", Strength::Separates, 0);
        assert!(
            claimed(
                &CAUSE,
                Flow::answered().alert(Side::Client, 2, 46),
                |_| (),
                &context
            )
            .is_some()
        );
    }

    #[test]
    fn silent_without_others() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 46)),
            None
        );
    }
}
