//! The handshake began and then nothing moved.
//!
//! ```text
//! C→S ClientHello
//! S→C ServerHello                        | a hole, and later bytes
//!         ... silence of t ...
//! the waiting side closes, or T passes   <- fires
//! ```
//!
//! Source: definitions section 3; RFC 8446 section 2, RFC 9293 section 3.8.1.

use super::Decisive;
use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::evidence::server_hello_evidence;
use super::evidence::waiting;
use super::view::duration;
use crate::base::Side;
use crate::texts;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "stalled-after-server-hello",
    help: Help {
        title: "The handshake began and then stood still",
        explain: "The server answered, and then one side waited for bytes that never came. A hole before later server bytes, of the size of full segments, points at a path that does not carry full-size packets; otherwise the side that owed the next flight fell silent.",
        logs: &[
            "TLS handshake timeout",
            "SSL connection timeout",
            "upstream timed out (110: Connection timed out) while SSL handshaking to upstream",
        ],
        settle: &[
            "Lower the MSS for a test (ip route ... advmss 1200, or iptables TCPMSS): if it then works, the path MTU is the reason. Otherwise capture on the other side.",
        ],
        sources: &["RFC 8446 section 2", "RFC 8899"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let hole = view.server_bytes_beyond_hole();
    if !view.has_server_hello() && hole.is_none() {
        return None;
    }
    let waiting = waiting(view);
    let decisive = view
        .decisive()
        .filter(|event| !matches!(event, Decisive::Alert(_)));
    if decisive.is_none() && view.decisive().is_some() {
        return None;
    }
    let silence = decisive
        .as_ref()
        .map_or_else(|| view.silence_to_end(), |close| view.silence_at(close));
    let ended_by_waiting = decisive.is_some_and(|close| {
        close.from() == waiting && (close.from() == Side::Server || close.is_client_leaving())
    });
    if silence < view.answer_timeout
        && !(ended_by_waiting && silence >= view.patience)
        && view.has_server_hello()
    {
        return None;
    }
    let number = |value: u64| Value::Number(i64::try_from(value).unwrap_or(i64::MAX));
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    evidence.extend(server_hello_evidence(view));
    if let (Some((offset, length)), Some(last)) = (hole, view.facts.tcp.beyond_hole.server) {
        evidence.push(Evidence {
            frames: vec![last.frame],
            text: text!("pattern.hole", length, offset),
        });
    }
    evidence.push(Evidence {
        frames: decisive.iter().map(|close| close.mark().frame).collect(),
        text: text!(
            "pattern.stalled",
            time = duration(silence),
            side = texts::side(waiting.name())
        ),
    });
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("waiting", Value::Word(waiting.name())),
            (
                "hole_offset",
                hole.map_or(Value::Null, |(offset, _)| number(offset)),
            ),
            (
                "hole_length",
                hole.map_or(Value::Null, |(_, length)| number(length)),
            ),
            ("silence_ms", Value::Duration(silence)),
        ],
        evidence,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::facts::sample::Flow;
    use crate::pattern::Value;
    use crate::pattern::View;
    use crate::pattern::judge;

    #[test]
    fn fires_when_the_client_waits_for_a_hole_and_leaves() {
        let flow = Flow::hello_sent()
            .server_hole(0, 1448)
            .wait(5000)
            .fin(Side::Client);
        assert_eq!(pattern_of(flow), Some("stalled-after-server-hello"));
    }

    #[test]
    fn fires_when_the_clients_flight_never_arrives_and_the_server_gives_up() {
        let mut flow = Flow::answered()
            .acknowledge(Side::Client)
            .encrypted_alert(Side::Client);
        flow = flow
            .wait(300)
            .again(Side::Client)
            .wait(2_000)
            .fin(Side::Server);
        let mut facts = flow.facts();
        facts.alerts.clear();
        let verdict = judge(&View::new(&facts, 10 * SECOND, &[]));
        let finding = verdict.finding.unwrap();
        assert_eq!(finding.pattern, "stalled-after-server-hello");
        assert!(finding.detail.contains(&("waiting", Value::Word("server"))));
    }

    #[test]
    fn fires_when_the_client_falls_silent_after_the_flight() {
        let flow = Flow::answered()
            .acknowledge(Side::Client)
            .then_quiet(11_000);
        assert_eq!(pattern_of(flow), Some("stalled-after-server-hello"));
    }

    #[test]
    fn silent_when_the_side_that_owed_the_flight_closes() {
        let flow = Flow::answered()
            .acknowledge(Side::Client)
            .wait(3000)
            .fin(Side::Client);
        assert_eq!(pattern_of(flow), Some("close-after-server-hello"));
    }

    #[test]
    fn silent_when_the_close_comes_at_once() {
        assert_eq!(
            pattern_of(Flow::answered().fin(Side::Server)),
            Some("close-after-server-hello")
        );
    }
}
