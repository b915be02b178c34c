//! The server sends a certificate whose time has not come.
//!
//! ```text
//! S→C Certificate, notBefore after now
//! C→S alert 42 bad_certificate              (OpenSSL has no number of its own for it)
//! ```

use super::Cause;
use super::Claim;
use super::Scene;
use super::chain;
use crate::certificate::Kind;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-not-yet-valid",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    chain::seen(scene, CAUSE.code, &[Kind::NotYetValid], &[])
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::testing::defect;
    use crate::certificate::Kind;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_the_defect_is_seen_and_the_alert_means_it() {
        let flow = Flow::answered().alert(Side::Client, 2, 42);
        assert_eq!(
            defect(&CAUSE, Kind::NotYetValid, flow),
            Some(Confidence::High)
        );
    }

    #[test]
    fn silent_where_the_client_did_not_refuse_it() {
        assert_eq!(
            defect(
                &CAUSE,
                Kind::NotYetValid,
                Flow::answered().fin(Side::Server)
            ),
            None
        );
    }
}
