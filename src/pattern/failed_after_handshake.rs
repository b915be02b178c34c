//! The handshake completed, and the server ended it at once.
//!
//! ```text
//! C→S Finished
//! S→C record of alert length, FIN or RST   <- fires within max(2 RTT, 1 s), before any of the client's, and before any data of the server
//! ```
//!
//! In TLS 1.3 a server that misses a client certificate looks like this (RFC 8446 section 4.4.2.4). A client that completes and leaves
//! is no failure. Source: definitions section 3.

use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::evidence::first_end;
use super::view::duration;
use crate::base::Mark;
use crate::base::SECOND;
use crate::base::Side;
use crate::facts::GapReason;
use crate::facts::HandshakeFacts;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "failed-after-handshake",
    help: Help {
        title: "The server ended the connection right after the handshake",
        explain: "The handshake was complete, and the first thing that the server sent was a record of the length of an alert, a FIN or a RST. In TLS 1.3 this is how servers refuse a client certificate, or the lack of one.",
        logs: &[
            "tlsv13 alert certificate required",
            "Java: Received fatal alert: bad_certificate",
            "curl: (56) OpenSSL SSL_read: ... alert certificate required",
        ],
        settle: &[
            "The server's log names the reason. A client certificate record of 25 bytes (TLS 1.3) is an empty one.",
        ],
        sources: &["RFC 8446 sections 4.4.2.4 and 6"],
    },
    check,
};

/// Whether the server's close acknowledges an alert of the client, or a FIN that is not in the capture: these came first then,
/// whichever was captured first.
fn got_clients_close(facts: &HandshakeFacts) -> bool {
    let tcp = &facts.tcp;
    let fin = tcp.fin(Side::Server).map(|fin| fin.acknowledged);
    let resets = tcp.resets.iter();
    let resets = resets.filter(|reset| reset.from == Side::Server && reset.ack_flag);
    let got = fin
        .into_iter()
        .chain(resets.map(|reset| reset.acknowledged))
        .max();
    let alert = facts.alerts.iter().find(|alert| alert.from == Side::Client);
    // A FIN takes a number too, but is no byte.
    let sent = tcp.bytes.client + u64::from(tcp.fin(Side::Client).is_some());
    got.is_some_and(|got| got > sent || alert.is_some_and(|alert| got >= alert.end))
}

pub(super) fn check(view: &View<'_>) -> Option<Finding> {
    let facts = view.facts;
    let completed = facts.completed?;
    let limit = SECOND.max(facts.rtt().saturating_mul(2));
    let behind = |mark: &Mark| mark.order > completed.client_finished.order;
    let server = first_end(view, Side::Server).filter(|(mark, _)| behind(mark))?;
    let client = first_end(view, Side::Client);
    let (mark, how) = server;
    let delay = view.between(completed.client_finished.at, mark.at);
    let client_first = client.is_some_and(|(client, _)| client.order < mark.order)
        || (how != "alert" && got_clients_close(facts));
    // What either side sent in between may be what is missing from the capture.
    let unseen = facts.gaps.iter().any(|gap| {
        gap.reason != GapReason::Cut
            || (gap.from == Side::Server && gap.mark.order > completed.client_finished.order)
    });
    let data_before = facts
        .after
        .server_data
        .is_some_and(|data| data.order < mark.order);
    if client_first || data_before || unseen || lost_before(view, mark) || delay > limit {
        return None;
    }
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    evidence.push(Evidence {
        frames: vec![completed.mark.frame],
        text: text!("pattern.complete").to_owned(),
    });
    let what = match how {
        "alert" => text!("pattern.record-of-alert-length"),
        "fin" => text!("pattern.a-fin"),
        _ => text!("pattern.a-rst"),
    };
    evidence.push(Evidence {
        frames: vec![mark.frame],
        text: text!("pattern.first-thing", what, delay = duration(delay)),
    });
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("how", Value::Word(how)),
            ("delay_ms", Value::Duration(delay)),
        ],
        evidence,
    })
}

/// Longest record of alert length with its header (RFC 8446 section 5.2, padded as Java does): 35 and 5.
const ALERT: u64 = 40;

/// Whether the server had sent more than an alert by then that never came past here: a ticket or an answer, lost on the way.
fn lost_before(view: &View<'_>, end: Mark) -> bool {
    let tcp = &view.facts.tcp;
    let reset = tcp
        .resets
        .iter()
        .find(|reset| reset.mark == end)
        .and_then(|reset| u64::try_from(reset.offset).ok());
    let fin = tcp
        .fins
        .iter()
        .find(|fin| fin.mark == end)
        .map(|fin| fin.offset);
    let offset = reset.or(fin).unwrap_or(tcp.bytes.server);
    offset > tcp.in_order.server.saturating_add(ALERT)
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::ResetFacts;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_the_servers_first_record_has_the_length_of_an_alert() {
        let flow = Flow::answered()
            .finished()
            .application(Side::Client)
            .encrypted_alert(Side::Server)
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), Some("failed-after-handshake"));
    }

    #[test]
    fn silent_when_what_the_server_sent_first_was_lost_on_the_way() {
        let lost = |reset: &mut ResetFacts| reset.offset = 5_000;
        let flow = Flow::answered().finished().reset_with(Side::Server, lost);
        assert_eq!(pattern_of(flow), None);
        let flow = Flow::answered().finished().reset(Side::Server);
        assert_eq!(pattern_of(flow), Some("failed-after-handshake"));
    }

    #[test]
    fn silent_when_the_server_sent_a_ticket_or_data_first() {
        let flow = Flow::answered()
            .finished()
            .application(Side::Server)
            .encrypted_alert(Side::Server)
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), None);
    }

    #[test]
    fn silent_when_bytes_of_the_server_are_missing_in_between() {
        let flow = Flow::answered()
            .finished()
            .gap(Side::Server)
            .encrypted_alert(Side::Server)
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), None);
    }

    #[test]
    fn silent_when_the_client_leaves_first() {
        let flow = Flow::answered()
            .finished()
            .encrypted_alert(Side::Client)
            .fin(Side::Client)
            .fin(Side::Server);
        assert_eq!(pattern_of(flow), None);
    }

    #[test]
    fn silent_when_the_server_closes_much_later() {
        assert_eq!(
            pattern_of(Flow::answered().finished().wait(5000).fin(Side::Server)),
            None
        );
    }
}
