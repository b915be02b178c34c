//! The server's certificate does not have the name that was asked for.
//!
//! ```text
//! C→S ClientHello, server_name = shop.example
//! S→C Certificate, subjectAltName = other.example
//! C→S alert 42 bad_certificate              (curl, browsers: the handshake completes, then they leave)
//! ```

use super::Cause;
use super::Claim;
use super::Scene;
use super::chain;
use crate::certificate::Kind;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-name-mismatch",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    chain::seen(scene, CAUSE.code, &[Kind::NameMismatch], &[])
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
            defect(&CAUSE, Kind::NameMismatch, flow),
            Some(Confidence::High)
        );
    }

    #[test]
    fn silent_where_the_client_did_not_refuse_it() {
        assert_eq!(
            defect(
                &CAUSE,
                Kind::NameMismatch,
                Flow::answered().fin(Side::Server)
            ),
            None
        );
    }
}
