//! The server's certificate was revoked.
//!
//! ```text
//! S→C Certificate
//! C→S alert 44 certificate_revoked
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-revoked",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let revoked =
        scene.pattern() == "client-alert-after-server-hello" && scene.alert_code() == Some(44);
    revoked.then(|| Claim::new(CAUSE.code, Confidence::High, scene.end()))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_certificate_revoked() {
        assert!(alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 44)).is_some());
    }

    #[test]
    fn silent_on_expired() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 45)),
            None
        );
    }
}
