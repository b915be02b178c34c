//! The server sends a certificate whose time has passed.
//!
//! ```text
//! S→C Certificate, notAfter before now      (TLS 1.3: encrypted)
//! C→S alert 45 certificate_expired          (Go, GnuTLS: 42; Java: 46)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::chain;
use crate::certificate::Kind;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-expired",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    chain::seen(scene, CAUSE.code, &[Kind::Expired], &[45])
        .or_else(|| chain::said(scene, CAUSE.code, 45, Confidence::High))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::testing::alone;
    use crate::cause::testing::defect;
    use crate::certificate::Kind;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_the_defect_is_seen_and_the_alert_means_it() {
        let flow = Flow::answered().alert(Side::Client, 2, 45);
        assert_eq!(
            defect(&CAUSE, Kind::Expired, flow),
            Some(Confidence::Certain)
        );
    }

    #[test]
    fn silent_where_the_client_did_not_refuse_it() {
        assert_eq!(
            defect(&CAUSE, Kind::Expired, Flow::answered().fin(Side::Server)),
            None
        );
    }

    #[test]
    fn fires_on_the_alert_where_the_chain_is_encrypted() {
        let claim = alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 45)).unwrap();
        assert_eq!(claim.confidence, Confidence::High);
    }

    #[test]
    fn silent_on_another_alert() {
        assert_eq!(
            alone(&CAUSE, Flow::answered().alert(Side::Client, 2, 80)),
            None
        );
    }
}
