//! The server takes no more connections, and closes new ones at once.
//!
//! ```text
//! C→S SYN, S→C SYN-ACK, C→S ACK
//! S→C RST or FIN                            (before any hello)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "connection-limit",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if scene.pattern() != "closed-before-client-hello" {
        return None;
    }
    let others = scene.context.completed > 0;
    let mut evidence = scene.end();
    if others {
        evidence.extend(
            scene
                .context
                .accepted
                .versions
                .first()
                .map(|(_, frame)| Evidence {
                    frames: vec![*frame],
                    text: text!("connection-limit.others").to_owned(),
                }),
        );
    }
    Some(Claim::new(CAUSE.code, Confidence::Low, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::TlsMeant;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_a_close_right_after_the_connection() {
        let named = |facts: &mut HandshakeFacts| facts.meant = TlsMeant::PortOption;
        assert!(
            claimed(
                &CAUSE,
                Flow::connected().reset(Side::Server),
                named,
                &Context::default()
            )
            .is_some()
        );
    }

    #[test]
    fn silent_after_a_hello() {
        assert_eq!(
            claimed(
                &CAUSE,
                Flow::hello_sent().reset(Side::Server),
                |_| (),
                &Context::default()
            ),
            None
        );
    }
}
