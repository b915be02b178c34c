//! The server sends a certificate that it issued itself.
//!
//! ```text
//! S→C Certificate: issuer = subject
//! C→S alert 48 unknown_ca                   (Java: 46; Go, GnuTLS: 42)
//! ```

use super::Cause;
use super::Claim;
use super::Scene;
use super::chain;
use crate::certificate::Kind;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-self-signed",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    chain::seen(scene, CAUSE.code, &[Kind::SelfSigned], &[48])
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
        let flow = Flow::answered().alert(Side::Client, 2, 48);
        assert_eq!(
            defect(&CAUSE, Kind::SelfSigned, flow),
            Some(Confidence::Certain)
        );
    }

    #[test]
    fn silent_where_the_client_did_not_refuse_it() {
        assert_eq!(
            defect(&CAUSE, Kind::SelfSigned, Flow::answered().fin(Side::Server)),
            None
        );
    }
}
