//! The client's suites cannot be authenticated with the kind of certificate that the server has.
//!
//! ```text
//! C→S ClientHello, TLS 1.2, suites with RSA authentication only
//! S→C alert 40 handshake_failure            (the server has an ECDSA certificate)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::offer;
use crate::compare::values;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-type-mismatch",
    judge,
};

const TLS_1_3: u16 = 0x0304;

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let hello = scene.hello()?;
    let old = offer::highest_version(hello).is_some_and(|version| version < TLS_1_3);
    if scene.pattern() != "alert-without-server-hello"
        || !matches!(scene.alert_code()?, 40 | 80)
        || !old
    {
        return None;
    }
    let kinds = scene.context.accepted.authentication();
    let one_kind = match (
        offer::authenticates(hello, "RSA"),
        offer::authenticates(hello, "ECDSA"),
    ) {
        (true, false) => "RSA",
        (false, true) => "ECDSA",
        _ => return None,
    };
    let fits = kinds.iter().any(|(kind, _)| *kind == one_kind);
    let (other, frame) = kinds.first().filter(|_| !fits).copied().unzip();
    let confidence = match other {
        // 80 is sent for many reasons, before a suite is looked at too.
        Some(_) if scene.alert_code() == Some(80) => Confidence::Medium,
        Some(_) if scene.context.completed >= 3 => Confidence::High,
        Some(_) => Confidence::Medium,
        // What TLS 1.3 hides: only the comparison tells that other suites are taken.
        None if kinds.is_empty() && scene.sets_apart(values::AUTHENTICATION) => Confidence::Medium,
        None if kinds.is_empty() => Confidence::Low,
        None => return None,
    };
    let mut evidence = vec![scene.about_hello(text!("certificate-type-mismatch.needs", one_kind))];
    evidence.extend(scene.end());
    if let Some((kind, frame)) = other.zip(frame) {
        evidence.push(Evidence {
            frames: vec![frame],
            text: text!("certificate-type-mismatch.has", kind),
        });
    }
    let with = text!("counts.suites-for", one_kind);
    evidence.extend(scene.counts(values::AUTHENTICATION, &with, text!("counts.with-others")));
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::FrameRef;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::cause::testing::told_by;
    use crate::compare::Strength;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    fn rsa_only(facts: &mut HandshakeFacts) {
        if let Some(hello) = &mut facts.client_hello {
            hello.versions = vec![0x0303];
            hello.cipher_suites = vec![0xc02f, 0x009c];
        }
    }

    #[test]
    fn fires_where_the_server_has_the_other_kind() {
        let mut context = Context {
            completed: 4,
            ..Context::default()
        };
        context.accepted.suites.push((0xc02b, FrameRef::new(0, 9)));
        let claim = claimed(
            &CAUSE,
            Flow::hello_sent().alert(Side::Server, 2, 40),
            rsa_only,
            &context,
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::High);
    }

    #[test]
    fn surer_where_other_suites_are_taken_though_tls13_hides_the_certificate() {
        let flow = || Flow::hello_sent().alert(Side::Server, 2, 40);
        let confidence = |context: &Context| {
            claimed(&CAUSE, flow(), rsa_only, context).map(|claim| claim.confidence)
        };
        let told = told_by("suites by authentication", Strength::Separates, 0);
        assert_eq!(confidence(&told), Some(Confidence::Medium));
        assert_eq!(confidence(&Context::default()), Some(Confidence::Low));
    }

    #[test]
    fn silent_where_the_server_has_that_kind() {
        let mut context = Context {
            completed: 4,
            ..Context::default()
        };
        context.accepted.suites.push((0xc030, FrameRef::new(0, 9)));
        assert_eq!(
            claimed(
                &CAUSE,
                Flow::hello_sent().alert(Side::Server, 2, 40),
                rsa_only,
                &context
            ),
            None
        );
    }
}
