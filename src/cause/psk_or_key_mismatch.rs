//! The two sides hold different keys: a ticket or PSK of another node, or a key that is not that of the certificate.
//!
//! ```text
//! C→S ClientHello, pre_shared_key
//! S→C alert 51 decrypt_error, 115 unknown_psk_identity or 47
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "psk-or-key-mismatch",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let psk = scene
        .hello()
        .is_some_and(|hello| hello.psk || hello.session_ticket);
    let confidence = match (scene.pattern(), scene.alert_code()) {
        ("alert-without-server-hello", Some(115)) => Confidence::High,
        ("alert-without-server-hello", Some(51)) if psk => Confidence::Medium,
        ("alert-without-server-hello", Some(20 | 40 | 47))
            if psk && scene.context.completed > 0 =>
        {
            Confidence::Low
        }
        ("client-alert-after-server-hello", Some(51)) => Confidence::Medium,
        ("server-alert-after-server-hello", Some(20 | 51)) => Confidence::Low,
        _ => return None,
    };
    let mut evidence = Vec::new();
    if psk {
        evidence.push(scene.about_hello(text!("psk-or-key-mismatch.offers")));
    }
    evidence.extend(scene.end());
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_unknown_psk_identity() {
        assert!(alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 115)).is_some());
    }

    #[test]
    fn silent_on_decrypt_error_without_a_psk() {
        assert_eq!(
            alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 51)),
            None
        );
    }
}
