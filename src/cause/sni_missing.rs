//! The client names no server, and the server needs a name.
//!
//! ```text
//! C→S ClientHello without server_name
//! S→C alert 112 (or 49, 80, 40), FIN, RST, or bytes that are not TLS
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::compare::Strength;
use crate::pattern::Evidence;
use crate::pattern::Value;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "sni-missing",
    judge,
};

/// How the refusal of a nameless hello looks, without any comparison.
const REFUSALS: [&str; 5] = [
    "alert-without-server-hello",
    "close-after-client-hello",
    "reset-after-client-hello",
    "no-answer-to-client-hello",
    "non-tls-answer",
];

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let before = scene.detail("before_client_hello") == Some(&Value::Bool(true));
    if !scene.has_no_sni() || !scene.is(&REFUSALS) || before || scene.forged().0 >= 20 {
        return None;
    }
    let confidence = by_contrast(scene).max(by_answer(scene))?;
    let mut evidence = vec![scene.about_hello(text!("sni-missing.no-extension"))];
    evidence.extend(scene.end());
    evidence.extend(scene.counts("sni", text!("counts.nameless"), text!("counts.with-name")));
    let claim = Claim::new(CAUSE.code, confidence, evidence).but(nameless_completed(scene));
    Some(claim)
}

/// A like hello without a name that completed on the same server.
fn nameless_completed(scene: &Scene<'_>) -> Option<Evidence> {
    (scene.context.same_name > 0).then(|| {
        let like = scene
            .context
            .associations
            .iter()
            .find(|one| one.attribute == "sni")
            .and_then(|one| one.like);
        Evidence {
            text: text!(
                "sni-missing.nameless-completed",
                count = scene.context.same_name
            ),
            frames: like.into_iter().collect(),
        }
    })
}

fn by_contrast(scene: &Scene<'_>) -> Option<Confidence> {
    Some(match scene.association("sni")?.strength? {
        Strength::Separates => Confidence::High,
        Strength::Associated | Strength::Consistent => Confidence::Medium,
    })
}

fn by_answer(scene: &Scene<'_>) -> Option<Confidence> {
    // Nameless hellos complete there: a name is not what it takes.
    if scene.context.same_name > 0 {
        return None;
    }
    match (scene.pattern(), scene.alert_code()) {
        ("alert-without-server-hello", Some(112)) => Some(Confidence::High),
        ("alert-without-server-hello", Some(49)) => Some(Confidence::Medium),
        ("alert-without-server-hello", Some(80)) => Some(Confidence::Medium),
        ("alert-without-server-hello", Some(40)) => Some(Confidence::Low),
        ("alert-without-server-hello", _) => None,
        ("non-tls-answer", _) if scene.word("protocol") == Some("http") => Some(Confidence::Medium),
        ("non-tls-answer", _) => None,
        _ => Some(Confidence::Low),
    }
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

    fn nameless(flow: Flow, context: &Context) -> Option<Confidence> {
        let drop_name = |facts: &mut HandshakeFacts| {
            if let Some(hello) = &mut facts.client_hello {
                hello.sni = None;
            }
        };
        claimed(&CAUSE, flow, drop_name, context).map(|claim| claim.confidence)
    }

    #[test]
    fn fires_on_unrecognized_name_for_a_nameless_hello() {
        let flow = Flow::hello_sent().alert(Side::Server, 2, 112);
        assert_eq!(nameless(flow, &Context::default()), Some(Confidence::High));
    }

    #[test]
    fn fires_with_the_contrast_that_named_hellos_complete() {
        let context = told_by("sni", Strength::Separates, 0);
        let flow = Flow::hello_sent().fin(Side::Server);
        assert_eq!(nameless(flow, &context), Some(Confidence::High));
    }

    #[test]
    fn without_contrast_a_closed_connection_is_little() {
        let flow = Flow::hello_sent().fin(Side::Server);
        assert_eq!(nameless(flow, &Context::default()), Some(Confidence::Low));
    }

    #[test]
    fn silent_where_a_name_was_sent() {
        assert_eq!(
            alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 112)),
            None
        );
    }

    #[test]
    fn silent_where_nameless_hellos_complete() {
        let context = Context {
            same_name: 3,
            completed: 3,
            ..Context::default()
        };
        assert_eq!(
            nameless(Flow::hello_sent().alert(Side::Server, 2, 112), &context),
            None
        );
    }

    #[test]
    fn silent_on_an_alert_that_speaks_of_versions() {
        assert_eq!(
            nameless(
                Flow::hello_sent().alert(Side::Server, 2, 70),
                &Context::default()
            ),
            None
        );
    }
}
