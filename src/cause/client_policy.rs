//! The client refuses what the server chose: version, suite, key size or a missing extension.
//!
//! ```text
//! S→C ServerHello: an old version, a small DH prime, no renegotiation_info
//! C→S alert 40, 47, 70 or 71
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::pattern::Evidence;
use crate::tables;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "client-policy",
    judge,
};

/// Bits below which clients of today refuse a finite-field prime.
const SMALL_PRIME: u32 = 2048;

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let hello = scene.server_hello()?;
    let code = scene
        .alert_code()
        .filter(|_| scene.pattern() == "client-alert-after-server-hello")?;
    if !matches!(code, 40 | 47 | 70 | 71 | 109 | 110) {
        return None;
    }
    let about = |text: String| Evidence {
        frames: hello.frames.clone(),
        text,
    };
    let mut visible = Vec::new();
    if let Some(bits) = hello.dh_bits.filter(|bits| *bits < SMALL_PRIME) {
        visible.push(about(text!("client-policy.small-prime", bits)));
    }
    if hello.version < 0x0303 {
        visible.push(about(text!(
            "cause.chosen",
            version = tables::version_name(hello.version)
        )));
    }
    let renegotiation = hello.extensions.contains(&0xff01);
    if hello.version < 0x0304
        && !renegotiation
        && scene.hello().is_some_and(|hello| hello.renegotiation_info)
    {
        visible.push(about(
            text!("client-policy.no-renegotiation-info").to_owned(),
        ));
    }
    let confidence = if visible.is_empty() {
        Confidence::Low
    } else {
        Confidence::High
    };
    visible.extend(scene.end());
    let claim = Claim::new(CAUSE.code, confidence, visible);
    Some(claim)
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::alone;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_surely_on_a_small_prime() {
        let small = |facts: &mut HandshakeFacts| {
            if let Some(hello) = &mut facts.server_hello {
                hello.version = 0x0303;
                hello.dh_bits = Some(768);
            }
        };
        let claim = claimed(
            &CAUSE,
            Flow::answered().alert(Side::Client, 2, 40),
            small,
            &Context::default(),
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::High);
    }

    #[test]
    fn silent_on_a_refused_certificate() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 48)),
            None
        );
    }
}
