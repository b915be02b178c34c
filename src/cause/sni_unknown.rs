//! The server knows no host of the name that the client sent.
//!
//! ```text
//! C→S ClientHello, server_name = shop.example
//! S→C alert 112 (rustls: 49; Go, Caddy: 80; Node: FIN)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::facts::Ech;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "sni-unknown",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let name = scene.sni()?;
    // A like hello that completed refutes it; behind an outer name the real one is not seen.
    let outer = scene
        .hello()
        .is_some_and(|hello| hello.ech == Ech::PublicName);
    if outer || scene.context.same_name > 0 || scene.forged().0 >= 20 {
        return None;
    }
    let confidence = confidence(scene)?;
    let mut evidence = vec![scene.about_hello(text!("cause.asks-for", name))];
    evidence.extend(scene.end());
    evidence.extend(scene.counts(
        "sni",
        text!("counts.this-name"),
        text!("counts.other-names"),
    ));
    let claim = Claim::new(CAUSE.code, confidence, evidence);
    Some(claim)
}

fn confidence(scene: &Scene<'_>) -> Option<Confidence> {
    let apart = scene.sets_apart("sni");
    let consistent = scene.association("sni").is_some();
    match (scene.pattern(), scene.alert_code()) {
        ("alert-without-server-hello", Some(112)) => Some(Confidence::Certain),
        ("alert-without-server-hello", Some(49)) if apart => Some(Confidence::High),
        ("alert-without-server-hello", Some(49)) => Some(Confidence::Medium),
        ("alert-without-server-hello", Some(80 | 40)) if apart => Some(Confidence::High),
        ("alert-without-server-hello", Some(80 | 40)) if consistent => Some(Confidence::Medium),
        // A FIN is in order with the connection, which boxes seldom are: but a reset tells nothing without more.
        ("close-after-client-hello", _) if apart => Some(Confidence::Medium),
        ("close-after-client-hello" | "reset-after-client-hello" | "non-tls-answer", _)
            if consistent =>
        {
            Some(Confidence::Low)
        }
        _ => None,
    }
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
    fn fires_on_unrecognized_name() {
        let claim = alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 112)).unwrap();
        assert_eq!(claim.confidence, Confidence::Certain);
    }

    #[test]
    fn fires_where_only_this_name_is_refused() {
        let context = told_by("sni", Strength::Separates, 0);
        let claim = claimed(
            &CAUSE,
            Flow::hello_sent().alert(Side::Server, 2, 80),
            |_| (),
            &context,
        );
        assert_eq!(claim.unwrap().confidence, Confidence::High);
    }

    #[test]
    fn silent_where_a_like_hello_completed() {
        let context = told_by("sni", Strength::Associated, 2);
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

    #[test]
    fn silent_on_an_alert_that_speaks_of_something_else() {
        assert_eq!(
            alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 40)),
            None
        );
    }
}
