//! The client gave up by itself.
//!
//! ```text
//! S→C ServerHello
//! C→S alert 90 user_canceled, or FIN or RST without an alert
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::base::Side;

pub(super) const CAUSE: Cause = Cause {
    code: "client-aborted",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let canceled = scene
        .facts
        .alerts
        .iter()
        .any(|alert| alert.from == Side::Client && alert.code == Some(90));
    let left = scene.is(&["close-after-server-hello", "reset-after-server-hello"])
        && scene.word("from") == Some(Side::Client.name());
    let confidence = match (canceled, left) {
        (true, _) => Confidence::High,
        (false, true) if scene.forged().0 < 20 => Confidence::Low,
        _ => return None,
    };
    Some(Claim::new(CAUSE.code, confidence, scene.end()))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_the_client_closes_behind_the_server_hello() {
        assert!(alone(&CAUSE, Flow::answered().fin(Side::Client)).is_some());
    }

    #[test]
    fn silent_where_the_server_closes() {
        assert_eq!(alone(&CAUSE, Flow::answered().fin(Side::Server)), None);
    }
}
