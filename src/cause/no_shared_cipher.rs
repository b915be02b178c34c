//! Client and server have no cipher suite in common.
//!
//! ```text
//! C→S ClientHello, TLS 1.2, suites the server does not take
//! S→C alert 40 handshake_failure (OpenSSL says so for suite, group and certificate type alike; 71 means too weak)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::offer;
use crate::base::FrameRef;
use crate::facts::ClientHelloFacts;
use crate::pattern::Evidence;
use crate::tables;
use crate::texts::counted;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "no-shared-cipher",
    judge,
};

const TLS_1_3: u16 = 0x0304;

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if scene.pattern() != "alert-without-server-hello" {
        return None;
    }
    let hello = scene.hello()?;
    let old = offer::highest_version(hello).is_some_and(|version| version < TLS_1_3);
    let confidence = match scene.alert_code()? {
        71 => Confidence::High,
        40 if !old => Confidence::Low,
        40 if disjoint(scene, hello) || scene.sets_apart("suites") => Confidence::High,
        40 if offer::lacks_usual_groups(hello) => Confidence::Low,
        40 => Confidence::Medium,
        // GnuTLS and some others say so where nothing fits.
        47 if old && scene.sets_apart("suites") => Confidence::Medium,
        _ => return None,
    };
    let count = u64::try_from(offer::old_suites(hello).count()).unwrap_or(u64::MAX);
    let offers = if old {
        counted!("no-shared-cipher.offers", count)
    } else {
        counted!("no-shared-cipher.offers-with-new", count)
    };
    let mut evidence = vec![scene.about_hello(offers)];
    evidence.extend(scene.end());
    evidence.extend(accepted(scene));
    evidence.extend(scene.counts(
        "suites",
        text!("counts.these-suites"),
        text!("counts.with-others"),
    ));
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

/// Nothing that the server chose for others is offered here, although it was seen to choose several times.
fn disjoint(scene: &Scene<'_>, hello: &ClientHelloFacts) -> bool {
    let accepted = comparable(scene, hello);
    !accepted.is_empty()
        && scene.context.completed >= 3
        && !accepted
            .iter()
            .any(|(suite, _)| hello.cipher_suites.contains(suite))
}

/// What the server chose for others, of the suites that belong to a version offered here.
fn comparable(scene: &Scene<'_>, hello: &ClientHelloFacts) -> Vec<(u16, FrameRef)> {
    let old = offer::highest_version(hello).is_some_and(|version| version < TLS_1_3);
    let is_new = |code: u16| tables::cipher_suite(code).is_some_and(tables::CipherSuite::is_tls13);
    let chosen = scene.context.accepted.suites.iter().copied();
    chosen.filter(|(code, _)| !(old && is_new(*code))).collect()
}

fn accepted(scene: &Scene<'_>) -> Option<Evidence> {
    let hello = scene.hello()?;
    let suites = comparable(scene, hello);
    let (first, frame) = suites.first()?;
    (!suites
        .iter()
        .any(|(suite, _)| hello.cipher_suites.contains(suite)))
    .then(|| Evidence {
        text: text!(
            "no-shared-cipher.not-offered",
            count = suites.len(),
            first = tables::cipher_suite_name(*first)
        ),
        frames: vec![*frame],
    })
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
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    fn old(facts: &mut HandshakeFacts) {
        if let Some(hello) = &mut facts.client_hello {
            hello.versions = vec![0x0303];
        }
    }

    #[test]
    fn fires_on_handshake_failure_for_a_hello_of_tls12() {
        let claim = claimed(
            &CAUSE,
            Flow::hello_sent().alert(Side::Server, 2, 40),
            old,
            &Context::default(),
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::Medium);
    }

    #[test]
    fn fires_surely_where_the_suites_tell_failed_from_completed() {
        let context = told_by("suites", Strength::Separates, 0);
        let claim = claimed(
            &CAUSE,
            Flow::hello_sent().alert(Side::Server, 2, 40),
            old,
            &context,
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::High);
    }

    #[test]
    fn with_tls13_suites_hardly_ever_decide() {
        let claim = alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 40)).unwrap();
        assert_eq!(claim.confidence, Confidence::Low);
    }

    #[test]
    fn silent_on_an_alert_that_speaks_of_versions() {
        assert_eq!(
            alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 70)),
            None
        );
    }
}
