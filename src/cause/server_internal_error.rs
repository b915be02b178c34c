//! The server fails for reasons of its own.
//!
//! ```text
//! C→S ClientHello
//! S→C alert 80 internal_error               (or it closes with the hello unread)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::base::Side;
use crate::compare::values;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "server-internal-error",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let honest = scene.clues.iter().any(|clue| clue.weight <= -30);
    // One of several servers behind the address: what all of them are asked for cannot be the reason.
    let of_one = scene.sets_apart(values::TTL);
    let confidence = match (scene.pattern(), scene.alert_code()) {
        ("alert-without-server-hello" | "server-alert-after-server-hello", Some(80)) if of_one => {
            Confidence::Medium
        }
        ("alert-without-server-hello" | "server-alert-after-server-hello", Some(80)) => {
            Confidence::Low
        }
        ("reset-after-client-hello" | "reset-after-server-hello", _) if honest => Confidence::Low,
        ("close-after-client-hello", _) => Confidence::Low,
        ("close-after-server-hello", _) if scene.word("from") == Some(Side::Server.name()) => {
            Confidence::Low
        }
        ("server-alert-after-server-hello", None) => Confidence::Low,
        _ => return None,
    };
    let mut evidence = scene.end();
    evidence.extend(scene.clues_as_evidence(false));
    evidence.extend(scene.counts(
        values::TTL,
        text!("counts.this-ttl"),
        text!("counts.another-ttl"),
    ));
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::alone;
    use crate::cause::testing::claimed;
    use crate::cause::testing::told_by;
    use crate::compare::Strength;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_internal_error() {
        assert!(alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 80)).is_some());
    }

    #[test]
    fn surer_where_one_of_several_nodes_does_so() {
        let flow = || Flow::hello_sent().alert(Side::Server, 2, 80);
        let confidence = |context: &Context| {
            let claim = claimed(&CAUSE, flow(), |_| (), context);
            claim.map(|claim| (claim.confidence, claim.evidence.len()))
        };
        let one = told_by("server TTL", Strength::Separates, 0);
        let (sure, evidence) = confidence(&one).unwrap();
        let (unsure, less) = confidence(&Context::default()).unwrap();
        assert_eq!((sure, unsure), (Confidence::Medium, Confidence::Low));
        assert!(evidence > less);
    }

    #[test]
    fn silent_on_a_reset_that_nothing_tells_of() {
        assert_eq!(alone(&CAUSE, Flow::hello_sent().reset(Side::Server)), None);
    }
}
