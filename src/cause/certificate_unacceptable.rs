//! The client refuses the server's certificate, and does not say why.
//!
//! ```text
//! S→C ServerHello, Certificate (TLS 1.3: encrypted)
//! C→S alert 42, 43, 46, 49, 51, or a record of alert length before its Finished
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::chain;
use crate::certificate::Kind;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-unacceptable",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if !chain::refused(scene) {
        return None;
    }
    let alert = scene.pattern() == "client-alert-after-server-hello";
    let named = matches!(scene.alert_code(), Some(44 | 45 | 48 | 113));
    let mut evidence = scene.found(&[
        Kind::WeakKey,
        Kind::WeakSignature,
        Kind::WrongUsage,
        Kind::CaAsServer,
    ]);
    let seen = !evidence.is_empty();
    evidence.extend(scene.end());
    let confidence = match (alert, named) {
        (true, true) if !seen => return None,
        (true, _) if chain::is_doubtful(scene) => Confidence::Low,
        // In clear and without a fault: trust, more likely than not.
        (true, _) if !scene.facts.certificates.is_empty() && !seen => Confidence::Medium,
        // A signature that does not fit: the certificate, its key, or bytes changed on the way.
        (true, _) if scene.alert_code() == Some(51) && !seen => Confidence::Medium,
        (true, _) => Confidence::High,
        // Without a word: it may have had other reasons.
        (false, _) => Confidence::Low,
    };
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_bad_certificate() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 42))
                .unwrap()
                .confidence,
            Confidence::High
        );
    }

    #[test]
    fn fires_on_an_encrypted_refusal() {
        assert_eq!(
            alone(
                &CAUSE,
                Flow::answered()
                    .encrypted_alert(Side::Client)
                    .fin(Side::Client)
            )
            .unwrap()
            .confidence,
            Confidence::High
        );
    }

    #[test]
    fn silent_where_the_alert_names_the_reason() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 45)),
            None
        );
    }

    #[test]
    fn silent_where_the_server_left() {
        assert_eq!(alone(&CAUSE, Flow::answered().fin(Side::Server)), None);
    }
}
