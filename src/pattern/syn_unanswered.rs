//! SYNs, and nothing comes back.
//!
//! ```text
//! C→S SYN
//! C→S SYN   1 s later
//! C→S SYN   3 s later             <- fires: three of them, or one and nothing for T
//! ```
//!
//! Source: definitions section 3; RFC 9293 section 3.8.1, RFC 6298.

use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::view::duration;
use crate::base::Side;
use crate::texts::counted;

pub(super) const PATTERN: Pattern = Pattern {
    id: "syn-unanswered",
    help: Help {
        title: "The SYN was never answered",
        explain: "No packet came back for the SYN: a firewall drops it (on the way there or the answer on the way back), the host is down or unreachable, or its listen queue is full. The capture cannot tell which from this side.",
        logs: &[
            "Connection timed out",
            "ETIMEDOUT",
            "upstream timed out (110: Connection timed out) while connecting to upstream",
            "i/o timeout",
        ],
        settle: &[
            "Capture on the server at the same time: if the SYN arrives there and is answered, the answer is lost on the way back; if it arrives and is not answered, look at the listen queue (ss -ltn) and the host firewall; if it does not arrive, something before the server drops it.",
        ],
        sources: &["RFC 9293 section 3.8.1", "RFC 6298 section 5"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let tcp = &view.facts.tcp;
    let syn = tcp
        .syn
        .filter(|_| tcp.syn_ack.is_none() && !view.client_spoke() && !view.server_spoke())
        // Who acknowledges something was answered: the SYN-ACK is missing from the capture.
        .filter(|_| !tcp.acknowledges.client)
        // So was who got a RST, whatever it says.
        .filter(|_| tcp.resets.iter().all(|reset| reset.from == Side::Client))?;
    let last = tcp.last_syn.unwrap_or(syn);
    let silence = view.to_end(syn.at);
    let frames = if last.frame == syn.frame {
        vec![syn.frame]
    } else {
        vec![syn.frame, last.frame]
    };
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            (
                "transmissions",
                Value::Number(i64::from(tcp.syn_transmissions)),
            ),
            ("silence_ms", Value::Duration(silence)),
        ],
        evidence: vec![Evidence {
            frames,
            text: counted!(
                "pattern.syn-unanswered",
                u64::from(tcp.syn_transmissions),
                time = duration(silence)
            ),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_three_syns_get_nothing_however_soon_the_capture_ends() {
        let flow = Flow::new().syn().wait(1000).syn().wait(2000).syn();
        assert_eq!(pattern_of(flow), Some("syn-unanswered"));
    }

    #[test]
    fn fires_when_one_syn_gets_nothing_for_the_answer_timeout() {
        assert_eq!(
            pattern_of(Flow::new().syn().then_quiet(10_000)),
            Some("syn-unanswered")
        );
    }

    #[test]
    fn silent_when_the_capture_ends_too_soon_to_tell() {
        assert_eq!(pattern_of(Flow::new().syn().then_quiet(9_000)), None);
    }

    #[test]
    fn silent_when_a_rst_answers() {
        assert_eq!(
            pattern_of(Flow::new().syn().wait(1000).syn().reset(Side::Server)),
            Some("syn-refused")
        );
    }
}
