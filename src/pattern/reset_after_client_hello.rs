//! The connection is reset after the ClientHello, before any ServerHello.
//!
//! ```text
//! C→S ClientHello
//! S→C RST                         <- fires here; `from` is the address in the packet, not proof of the sender
//! (S→C ServerHello)               <- data after the RST stays evidence: `data_after`
//! ```
//!
//! Silent when the side the RST was sent to carried on (the RST was ignored), and when it is the client's own. Source: definitions
//! sections 1 and 3; RFC 9293 section 3.10.7.

use super::Decisive;
use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::evidence::reset_evidence;
use crate::base::Side;
use crate::facts::ResetFacts;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "reset-after-client-hello",
    help: Help {
        title: "A RST answers the ClientHello",
        explain: "A RST with the server's (or client's) address ended the connection right after the ClientHello. A server does this when it closes without reading, when a program crashes or a PROXY header is missing; a box on the way does it to names or hellos that it does not let pass. The packet does not prove who sent it.",
        logs: &[
            "Connection reset by peer",
            "ERR_CONNECTION_RESET",
            "SSL_ERROR_SYSCALL",
            "curl: (35) Recv failure: Connection reset by peer",
            "ECONNRESET",
        ],
        settle: &[
            "Capture on the server at the same time. If the RST never left it, a box between sent it.",
        ],
        sources: &["RFC 9293 section 3.10.7"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    if !view.client_sent_tls() {
        return None;
    }
    let Decisive::Reset(reset) = view.decisive()? else {
        return None;
    };
    let early = view
        .server_hello()
        .is_none_or(|hello| hello.order > reset.mark.order);
    if reset.is_clients_own() || !early {
        return None;
    }
    let count = view
        .resets()
        .filter(|other| other.from == reset.from)
        .count();
    let acknowledged = view.hello_acknowledged_by(if reset.from == Side::Server {
        reset.acknowledged
    } else {
        view.facts.tcp.acknowledged.client
    });
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    evidence.push(reset_evidence(view, reset));
    if reset.data_after {
        evidence.extend(view.server_hello().map(|hello| Evidence {
            frames: vec![hello.frame],
            text: text!("pattern.server-hello-after-rst").to_owned(),
        }));
    }
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("from", Value::Word(reset.from.name())),
            ("acknowledged", Value::Word(acknowledged)),
            (
                "count",
                Value::Number(i64::try_from(count).unwrap_or(i64::MAX)),
            ),
            ("delay_ms", reset.delay.map_or(Value::Null, Value::Duration)),
            (
                "server_bytes",
                Value::Number(i64::try_from(server_bytes_before(view, reset)).unwrap_or(i64::MAX)),
            ),
        ],
        evidence,
    })
}

/// Payload of the server that did not first come after the RST: what follows a forged one is `data_after`, no answer before it.
fn server_bytes_before(view: &View<'_>, reset: &ResetFacts) -> u64 {
    let first = view.facts.first_payload.server.as_ref();
    match first {
        Some(first) if first.mark.order > reset.mark.order => 0,
        _ => view.facts.tcp.bytes.server,
    }
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
    fn fires_when_a_reset_follows_the_hello() {
        assert_eq!(
            pattern_of(Flow::hello_sent().reset(Side::Server)),
            Some("reset-after-client-hello")
        );
    }

    #[test]
    fn fires_when_the_real_server_hello_comes_after_the_reset() {
        let flow = Flow::hello_sent()
            .reset_with(Side::Server, |reset| reset.data_after = true)
            .server_hello();
        assert_eq!(pattern_of(flow), Some("reset-after-client-hello"));
    }

    #[test]
    fn data_that_comes_after_the_reset_is_no_answer_before_it() {
        let flow = Flow::hello_sent()
            .reset_with(Side::Server, |reset| reset.data_after = true)
            .server_hello();
        let facts = flow.facts();
        let verdict = judge(&View::new(&facts, 10 * SECOND, &[]));
        let detail = verdict.finding.unwrap().detail;
        assert!(
            detail.contains(&("server_bytes", Value::Number(0))),
            "{detail:?}"
        );
    }

    #[test]
    fn fires_when_the_clients_address_is_on_it_with_another_ttl() {
        let flow =
            Flow::hello_sent().reset_with(Side::Client, |reset| reset.ttl_as_others = Some(false));
        assert_eq!(pattern_of(flow), Some("reset-after-client-hello"));
    }

    #[test]
    fn silent_when_the_client_carried_on() {
        let flow = Flow::hello_sent()
            .reset_with(Side::Server, |reset| reset.ignored = true)
            .alert(Side::Server, 2, 40);
        assert_eq!(pattern_of(flow), Some("alert-without-server-hello"));
    }

    #[test]
    fn silent_when_it_is_the_clients_own() {
        assert_eq!(
            pattern_of(Flow::hello_sent().wait(3000).reset(Side::Client)),
            Some("no-answer-to-client-hello")
        );
    }
}
