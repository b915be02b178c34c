//! Something cannot bear a version it does not know, instead of choosing a lower one.
//!
//! ```text
//! C→S ClientHello, TLS 1.3                   hellos of TLS 1.2 at most complete
//! S→C RST, FIN or nothing
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::offer;
use crate::tables;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "version-intolerance",
    judge,
};

const ENDS: [&str; 4] = [
    "reset-after-client-hello",
    "close-after-client-hello",
    "no-answer-to-client-hello",
    "client-hello-not-delivered",
];

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let offered = scene.hello().and_then(offer::highest_version)?;
    let highest = scene
        .context
        .accepted
        .versions
        .iter()
        .map(|(version, _)| *version)
        .max()?;
    if !scene.is(&ENDS) || !scene.sets_apart("version") || highest >= offered {
        return None;
    }
    let mut evidence = vec![scene.about_hello(text!(
        "version-intolerance.offers",
        version = tables::version_name(offered)
    ))];
    evidence.extend(scene.counts(
        "version",
        text!("counts.this-version"),
        text!("counts.lower-versions"),
    ));
    evidence.extend(scene.end());
    Some(Claim::new(CAUSE.code, Confidence::High, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::FrameRef;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::testing::claimed;
    use crate::cause::testing::told_by;
    use crate::compare::Strength;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_only_the_newer_version_dies() {
        let mut context = told_by("version", Strength::Separates, 0);
        context
            .accepted
            .versions
            .push((0x0303, FrameRef::new(0, 9)));
        let claim = claimed(
            &CAUSE,
            Flow::hello_sent().reset(Side::Server),
            |_| (),
            &context,
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::High);
    }

    #[test]
    fn silent_where_that_version_completes_too() {
        let mut context = told_by("version", Strength::Separates, 0);
        context
            .accepted
            .versions
            .push((0x0304, FrameRef::new(0, 9)));
        assert_eq!(
            claimed(
                &CAUSE,
                Flow::hello_sent().reset(Side::Server),
                |_| (),
                &context
            ),
            None
        );
    }
}
