//! A hello that does not fit one segment is not borne: by the server, or by something on the way.
//!
//! ```text
//! C→S ClientHello, first segment
//! C→S ClientHello, second segment
//! S→C RST or FIN that acknowledges the first segment only, or nothing     hellos of one segment complete
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::base::Side;
use crate::compare::Strength;
use crate::facts::ClientHelloFacts;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "large-client-hello",
    judge,
};

const ENDS: [&str; 5] = [
    "reset-after-client-hello",
    "close-after-client-hello",
    "no-answer-to-client-hello",
    "client-hello-not-delivered",
    "alert-without-server-hello",
];

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let hello = scene.hello().filter(|hello| hello.segments > 1)?;
    if !scene.is(&ENDS) {
        return None;
    }
    let inside = answered_inside(scene, hello);
    let association = scene.association("hello size").and_then(|one| one.strength);
    let confidence = match (association, inside) {
        (Some(Strength::Separates), _) | (Some(Strength::Associated), true) => Confidence::High,
        (Some(_), _) if scene.pattern() != "alert-without-server-hello" => Confidence::Medium,
        (None, true)
            if scene.context.accepted.unsegmented.is_some() || scene.context.completed == 0 =>
        {
            Confidence::Medium
        }
        // One such hello among small ones that complete: it may be that.
        (None, false) if only_small_complete(scene) => Confidence::Low,
        _ => return None,
    };
    let mut evidence = vec![scene.about_hello(text!(
        "large-client-hello.segments",
        bytes = hello.length,
        segments = hello.segments
    ))];
    if inside {
        evidence.push(scene.about_end(text!("large-client-hello.answered-inside")));
    }
    evidence.extend(scene.counts(
        "hello size",
        text!("counts.several-segments"),
        text!("counts.one-segment"),
    ));
    let against = scene.context.accepted.segmented.map(|frame| Evidence {
        frames: vec![frame],
        text: text!("large-client-hello.borne").to_owned(),
    });
    Some(Claim::new(CAUSE.code, confidence, evidence).but(against))
}

/// Hellos of one segment complete there, and none of several was seen to.
fn only_small_complete(scene: &Scene<'_>) -> bool {
    let accepted = &scene.context.accepted;
    accepted.unsegmented.is_some()
        && accepted.segmented.is_none()
        && scene.pattern() != "alert-without-server-hello"
}

/// What ended it lies strictly inside the hello.
fn answered_inside(scene: &Scene<'_>, hello: &ClientHelloFacts) -> bool {
    if !scene.is(&["reset-after-client-hello", "close-after-client-hello"]) {
        return false;
    }
    let (start, end) = hello.offset;
    let inside = |acknowledged: u64| acknowledged > start && acknowledged < end;
    let fin = scene
        .facts
        .tcp
        .fin(Side::Server)
        .is_some_and(|fin| inside(fin.acknowledged));
    let reset = scene
        .facts
        .tcp
        .resets
        .iter()
        .find(|reset| reset.from == Side::Server)
        .is_some_and(|reset| inside(reset.acknowledged));
    fin || reset
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::cause::testing::told_by;
    use crate::compare::Strength;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    fn split(facts: &mut HandshakeFacts) {
        if let Some(hello) = &mut facts.client_hello {
            hello.segments = 2;
            hello.length = 1_800;
        }
    }

    #[test]
    fn fires_where_hellos_of_one_segment_complete() {
        let context = told_by("hello size", Strength::Separates, 0);
        let claim = claimed(
            &CAUSE,
            Flow::hello_sent().reset(Side::Server),
            split,
            &context,
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::High);
    }

    #[test]
    fn silent_on_a_hello_of_one_segment() {
        let context = told_by("hello size", Strength::Separates, 0);
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

    #[test]
    fn silent_without_contrast_where_all_was_acknowledged() {
        let flow = Flow::hello_sent().fin(Side::Server);
        assert_eq!(claimed(&CAUSE, flow, split, &Context::default()), None);
    }
}
