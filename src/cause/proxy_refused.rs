//! The proxy does not open the tunnel.
//!
//! ```text
//! C→S CONNECT shop.example:443
//! S→C HTTP/1.1 403 Forbidden                (407, 502, 503, 504; SOCKS: a reply other than 0)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;

pub(super) const CAUSE: Cause = Cause {
    code: "proxy-refused",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let refused = scene.refused_by_proxy() == Some(true);
    let evidence = || scene.finding.evidence.clone();
    refused.then(|| Claim::new(CAUSE.code, Confidence::Certain, evidence()))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::PreludeState;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_a_refused_connect() {
        let flow = Flow::connected()
            .connect(PreludeState::Refused, 403)
            .fin(Side::Server);
        assert!(alone(&CAUSE, flow).is_some());
    }

    #[test]
    fn silent_where_the_tunnel_is_open() {
        let flow = Flow::connected()
            .connect(PreludeState::Accepted, 200)
            .hello()
            .alert(Side::Server, 2, 40);
        assert_eq!(alone(&CAUSE, flow), None);
    }
}
