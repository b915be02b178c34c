//! The certificate asks for a stapled OCSP answer, and the server sends none or a useless one.
//!
//! ```text
//! S→C Certificate with the TLS feature extension (RFC 7633), no CertificateStatus
//! C→S alert 113 bad_certificate_status_response, or it leaves
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::chain;
use crate::certificate::Kind;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-status-missing",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if scene.pattern() == "client-alert-after-server-hello" && scene.alert_code() == Some(113) {
        return Some(Claim::new(CAUSE.code, Confidence::High, scene.end()));
    }
    let claim = chain::seen(scene, CAUSE.code, &[Kind::StapleMissing], &[])?;
    // Few clients insist on it.
    let confidence = claim.confidence.min(Confidence::Medium);
    Some(Claim {
        confidence,
        ..claim
    })
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_bad_certificate_status_response() {
        assert!(alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 113)).is_some());
    }

    #[test]
    fn silent_on_unknown_ca() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 48)),
            None
        );
    }
}
