//! The host takes the connection, or not even that, and its program does not answer.
//!
//! ```text
//! C→S SYN, again, again                     (nothing; or RST: no program listens)
//! C→S ClientHello
//! S→C ACK, then nothing                     (the kernel took the bytes, the program did not)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "server-unresponsive",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let look = match scene.pattern() {
        "no-answer-to-client-hello" => {
            text!("server-unresponsive.acknowledged")
        }
        "syn-unanswered" => text!("server-unresponsive.no-syn-ack"),
        "syn-refused" if scene.word("by") == Some("rst") => {
            text!("server-unresponsive.refused")
        }
        "stalled-after-server-hello"
            if scene.facts.tcp.hole.server.is_none() && scene.word("waiting") == Some("client") =>
        {
            text!("server-unresponsive.flight")
        }
        _ => return None,
    };
    if scene.sets_apart("hello size") || scene.sets_apart("sni") {
        return None;
    }
    let mut evidence = vec![scene.about_end(look)];
    evidence.extend(scene.end());
    Some(Claim::new(CAUSE.code, Confidence::Low, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_the_hello_is_acknowledged_and_nothing_follows() {
        assert!(alone(&CAUSE, Flow::hello_sent().wait(20_000).fin(Side::Client)).is_some());
    }

    #[test]
    fn silent_where_the_server_answers() {
        assert_eq!(
            alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 40)),
            None
        );
    }
}
