//! Bytes were changed on the way, or were wrong from the start.
//!
//! ```text
//! S→C ServerHello ..                        one byte is not what was sent
//! C→S alert 20 bad_record_mac, 50 decode_error, 51 decrypt_error or 47
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::facts::Payload;
use crate::pattern::Evidence;

pub(super) const CAUSE: Cause = Cause {
    code: "corrupted-or-tampered",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let malformed = scene
        .hello()
        .and_then(|hello| hello.malformed)
        .or_else(|| scene.server_hello().and_then(|hello| hello.malformed));
    let code = scene.alert_code();
    let confidence = match (scene.pattern(), code) {
        ("alert-without-server-hello", Some(10 | 20 | 22 | 47 | 50 | 51 | 109))
            if malformed.is_some() =>
        {
            Confidence::Medium
        }
        ("alert-without-server-hello", Some(20 | 22 | 50)) => Confidence::Low,
        ("client-alert-after-server-hello", Some(20 | 22 | 50 | 51)) => Confidence::Medium,
        ("client-alert-after-server-hello", Some(10 | 47)) => Confidence::Low,
        ("server-alert-after-server-hello", Some(20 | 50 | 51)) => Confidence::Medium,
        ("client-alert-before-server-hello", Some(10 | 20 | 22 | 47 | 50)) => Confidence::Low,
        ("reset-after-server-hello" | "close-after-server-hello", _) if malformed.is_some() => {
            Confidence::Low
        }
        ("non-tls-answer", _)
            if scene
                .facts
                .first_payload
                .server
                .as_ref()
                .is_some_and(|first| {
                    matches!(
                        &first.payload,
                        Payload::Other {
                            protocol: "other" | "unknown",
                            ..
                        }
                    )
                }) =>
        {
            Confidence::Low
        }
        _ => return None,
    };
    let mut evidence: Vec<Evidence> = malformed
        .map(|what| scene.about_hello(what))
        .into_iter()
        .collect();
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
    fn fires_on_bad_record_mac_of_the_client() {
        assert!(alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 20)).is_some());
    }

    #[test]
    fn silent_on_unknown_ca() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 48)),
            None
        );
    }
}
