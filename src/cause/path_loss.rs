//! Packets are lost on the way, whatever their size.
//!
//! ```text
//! S→C ServerHello ..                        some bytes never arrive, short ones too
//! C→S the same again and again, or silence
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::texts::counted;

pub(super) const CAUSE: Cause = Cause {
    code: "path-loss",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if !scene.is(&[
        "stalled-after-server-hello",
        "client-hello-not-delivered",
        "syn-unanswered",
    ]) {
        return None;
    }
    let tcp = &scene.facts.tcp;
    let again = tcp.retransmissions.client
        + tcp.retransmissions.server
        + tcp.syn_transmissions.saturating_sub(1);
    let lost = tcp.hole.server.is_some() || again > 0;
    lost.then(|| {
        let mut evidence = scene.end();
        evidence.push(scene.about_end(counted!("path-loss.again", u64::from(again))));
        Claim::new(CAUSE.code, Confidence::Low, evidence)
    })
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_packets_are_sent_again() {
        let flow = Flow::connected()
            .hello()
            .again(Side::Client)
            .again(Side::Client)
            .then_quiet(20_000);
        assert!(alone(&CAUSE, flow).is_some());
    }

    #[test]
    fn silent_where_the_server_is_only_slow() {
        assert_eq!(
            alone(&CAUSE, Flow::hello_sent().wait(20_000).fin(Side::Client)),
            None
        );
    }
}
