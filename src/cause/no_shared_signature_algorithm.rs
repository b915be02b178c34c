//! The client takes no signature that the server's key can make.
//!
//! ```text
//! C→S ClientHello, signature_algorithms without any for the server's kind of key
//! S→C alert 40 handshake_failure
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::offer;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "no-shared-signature-algorithm",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let hello = scene.hello()?;
    if scene.pattern() != "alert-without-server-hello" || !matches!(scene.alert_code()?, 40 | 47) {
        return None;
    }
    let missing = ["ECDSA", "RSA"]
        .into_iter()
        .find(|kind| !offer::signs(hello, kind))?;
    let known = scene.context.accepted.authentication();
    let needed = known.iter().find(|(kind, _)| *kind == missing);
    let confidence = if needed.is_some() && scene.context.completed >= 3 {
        Confidence::High
    } else {
        Confidence::Medium
    };
    let mut evidence =
        vec![scene.about_hello(text!("no-shared-signature-algorithm.none", missing))];
    evidence.extend(scene.end());
    evidence.extend(needed.map(|(kind, frame)| Evidence {
        frames: vec![*frame],
        text: text!("no-shared-signature-algorithm.key", kind),
    }));
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    fn schemes(list: &[u16]) -> impl FnOnce(&mut HandshakeFacts) + '_ {
        |facts| {
            if let Some(hello) = &mut facts.client_hello {
                hello.signature_algorithms = list.to_vec();
            }
        }
    }

    #[test]
    fn fires_without_a_scheme_for_ecdsa() {
        let flow = Flow::hello_sent().alert(Side::Server, 2, 40);
        assert!(
            claimed(
                &CAUSE,
                flow,
                schemes(&[0x0804, 0x0401]),
                &Context::default()
            )
            .is_some()
        );
    }

    #[test]
    fn silent_with_schemes_for_both() {
        let flow = Flow::hello_sent().alert(Side::Server, 2, 40);
        assert_eq!(
            claimed(
                &CAUSE,
                flow,
                schemes(&[0x0804, 0x0403]),
                &Context::default()
            ),
            None
        );
    }
}
