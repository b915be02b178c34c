//! The server does not send the certificate that issued its own.
//!
//! ```text
//! S→C Certificate: the leaf alone, issued by an intermediate that is no known root
//! C→S alert 48 unknown_ca
//! ```

use super::Cause;
use super::Claim;
use super::Scene;
use super::chain;
use crate::certificate::Kind;

pub(super) const CAUSE: Cause = Cause {
    code: "certificate-chain-incomplete",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    chain::seen(scene, CAUSE.code, &[Kind::ChainIncomplete], &[])
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
            defect(&CAUSE, Kind::ChainIncomplete, flow),
            Some(Confidence::High)
        );
    }

    #[test]
    fn silent_where_the_client_did_not_refuse_it() {
        assert_eq!(
            defect(
                &CAUSE,
                Kind::ChainIncomplete,
                Flow::answered().fin(Side::Server)
            ),
            None
        );
    }
}
