//! A box between sent the RST in the name of an end.
//!
//! ```text
//! C→S ClientHello
//! S→C RST   TTL 120, too early        <- the server's packets have TTL 53
//! S→C ServerHello                     <- it knows nothing of the RST
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;

pub(super) const CAUSE: Cause = Cause {
    code: "middlebox-reset",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if !scene.is(&["reset-after-client-hello", "reset-after-server-hello"]) {
        return None;
    }
    let (sum, independent) = scene.forged();
    let confidence = match sum {
        40.. if independent => Confidence::High,
        20.. => Confidence::Medium,
        _ => return None,
    };
    let claim = Claim::new(CAUSE.code, confidence, scene.clues_as_evidence(true))
        .but(scene.clues_as_evidence(false));
    Some(claim)
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::MILLISECOND;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    fn with_ttl(facts: &mut HandshakeFacts) {
        facts.tcp.ttl.server = [53].into();
        facts.tcp.syn_to_syn_ack = Some(24 * MILLISECOND);
    }

    #[test]
    fn fires_on_two_kinds_of_evidence() {
        let flow = Flow::hello_sent().reset_with(Side::Server, |reset| {
            reset.ttl = 120;
            reset.ttl_as_others = Some(false);
            reset.delay = Some(MILLISECOND);
        });
        let claim = claimed(&CAUSE, flow, with_ttl, &Context::default()).unwrap();
        assert_eq!(claim.confidence, Confidence::High);
    }

    #[test]
    fn one_kind_is_not_enough_to_be_sure() {
        let flow = Flow::hello_sent().reset_with(Side::Server, |reset| {
            reset.ttl = 120;
            reset.ttl_as_others = Some(false);
            reset.ack_flag = true;
        });
        let change = |facts: &mut HandshakeFacts| facts.tcp.ttl.server = [53].into();
        let claim = claimed(&CAUSE, flow, change, &Context::default()).unwrap();
        assert_eq!(claim.confidence, Confidence::Medium);
    }

    #[test]
    fn silent_on_a_linux_close_with_unread_data() {
        let flow = Flow::hello_sent().reset_with(Side::Server, |reset| {
            reset.ttl = 53;
            reset.ttl_as_others = Some(true);
            reset.ack_flag = true;
            reset.timestamps = true;
            reset.window = 509;
        });
        assert_eq!(claimed(&CAUSE, flow, with_ttl, &Context::default()), None);
    }
}
