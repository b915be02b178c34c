//! One side waits for the other no longer than it is configured to.
//!
//! ```text
//! C→S ClientHello, a part only              (or its Finished never comes)
//! S→C FIN or RST after 3, 5, 10, 15, 30, 60 s
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::base::SECOND;
use crate::base::Side;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "handshake-timeout",
    judge,
};

/// Seconds that servers, proxies and load balancers are configured with.
const USUAL: [u64; 10] = [3, 5, 10, 15, 20, 30, 40, 50, 60, 120];

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let waiting = match scene.pattern() {
        "incomplete-client-hello" => text!("handshake-timeout.rest-of-hello"),
        "close-after-client-hello" | "reset-after-client-hello" => {
            text!("handshake-timeout.answer")
        }
        "close-after-server-hello" | "reset-after-server-hello"
            if scene.word("from") == Some(Side::Server.name()) =>
        {
            text!("handshake-timeout.client-flight")
        }
        _ => return None,
    };
    let end = scene
        .facts
        .tcp
        .fins
        .iter()
        .map(|fin| fin.mark)
        .chain(scene.facts.tcp.resets.iter().map(|reset| reset.mark))
        .min_by_key(|mark| mark.order)?;
    let last = [
        scene.facts.tcp.last_payload.client,
        scene.facts.tcp.last_payload.server,
    ]
    .into_iter()
    .flatten()
    .filter(|mark| mark.order < end.order)
    .max_by_key(|mark| mark.order)?;
    let silence = end.at.since(last.at);
    let seconds = (silence + SECOND / 2) / SECOND;
    let round = USUAL.contains(&seconds) && silence.abs_diff(seconds * SECOND) < SECOND / 5;
    round.then(|| {
        let evidence = vec![Evidence {
            frames: vec![last.frame, end.frame],
            text: text!("handshake-timeout.seconds", waiting, seconds),
        }];
        // How long a silence was says little where any close looks the same.
        let bare = scene.is(&["close-after-client-hello", "reset-after-client-hello"]);
        let confidence = if bare {
            Confidence::Low
        } else {
            Confidence::Medium
        };
        Claim::new(CAUSE.code, confidence, evidence)
    })
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_the_server_closes_after_a_round_time() {
        assert!(
            alone(
                &CAUSE,
                Flow::connected()
                    .partial_hello()
                    .wait(60_000)
                    .fin(Side::Server)
            )
            .is_some()
        );
    }

    #[test]
    fn silent_on_a_close_at_once() {
        assert_eq!(
            alone(&CAUSE, Flow::connected().partial_hello().fin(Side::Server)),
            None
        );
    }
}
