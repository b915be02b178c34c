//! The server closed before it had taken a byte of the client.
//!
//! ```text
//!       SYN, SYN-ACK, ACK
//! S→C FIN or RST                  <- fires: nothing of the client acknowledged, nothing said
//! (C→S ClientHello, crossing it)
//! ```
//!
//! After T of silence on both sides it is no-attempt. A bare RST (no ACK flag) after the ClientHello was sent is an answer to it: see
//! reset-after-client-hello. Source: definitions section 3.

use super::Decisive;
use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::view::duration;
use crate::base::Side;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "closed-before-client-hello",
    help: Help {
        title: "The server closed the connection before the ClientHello reached it",
        explain: "The TCP handshake was complete, and the server side closed at once without having acknowledged a byte and without a word: a connection limit, an access rule after accept, a listener being drained, a backend that is down behind a load balancer that accepts first.",
        logs: &[
            "Connection reset by peer",
            "SSL_ERROR_SYSCALL",
            "unexpected eof while reading",
            "EOF",
        ],
        settle: &[
            "Do such closes come in bursts or only for some clients? Compare with the server's connection limit and access rules for that second.",
        ],
        sources: &["RFC 9293 section 3.6"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let tcp = &view.facts.tcp;
    // A server that sends TLS records before the client spoke, and closes, said nothing that could be followed.
    let noise = view.server_spoke()
        && !view.client_spoke()
        && !view.facts.first_payload_is_other(Side::Server);
    if view.server_spoke() && !noise {
        return None;
    }
    let close = view
        .decisive()
        .filter(|close| !matches!(close, Decisive::Alert(_)) && !close.is_client_leaving())?;
    let mark = close.mark();
    // The packet that ends the TCP handshake may be missing, and a later one stand for it.
    let established = tcp
        .established
        .filter(|established| established.order < mark.order)
        .or(tcp.syn_ack)
        .or(tcp.established)?;
    let delay = view.between(established.at, mark.at);
    let (how, acknowledged, answers_hello) = match close {
        Decisive::Fin(fin) => ("fin", fin.acknowledged, false),
        // Without the ACK flag the RST says nothing of what was taken; once the client spoke it is the answer to that. With it,
        // an acknowledgment of nothing says that the hello was not there yet, if it could not have been.
        Decisive::Reset(reset) => {
            let crossed =
                reset.ack_flag && reset.delay.is_some_and(|delay| delay < view.facts.rtt());
            (
                "rst",
                reset.acknowledged,
                reset.payload_before.client.is_some() && !crossed,
            )
        }
        Decisive::Alert(_) => return None,
    };
    if acknowledged > 0 || answers_hello || (delay >= view.answer_timeout && !noise) {
        return None;
    }
    let name = if how == "fin" { "FIN" } else { "RST" };
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("how", Value::Word(how)),
            ("delay_ms", Value::Duration(delay)),
        ],
        evidence: vec![
            Evidence {
                frames: vec![established.frame],
                text: text!("pattern.tcp-complete").to_owned(),
            },
            Evidence {
                frames: vec![mark.frame],
                text: text!("pattern.closed-early", name, delay = duration(delay)),
            },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_the_server_closes_at_once() {
        assert_eq!(
            pattern_of(Flow::connected().fin(Side::Server)),
            Some("closed-before-client-hello")
        );
        assert_eq!(
            pattern_of(Flow::connected().reset(Side::Server)),
            Some("closed-before-client-hello")
        );
    }

    #[test]
    fn fires_when_the_hello_crosses_the_fin() {
        let flow = Flow::connected()
            .hello()
            .fin(Side::Server)
            .fin(Side::Client);
        assert_eq!(pattern_of(flow), Some("closed-before-client-hello"));
    }

    #[test]
    fn silent_when_the_fin_acknowledges_the_hello() {
        assert_eq!(
            pattern_of(Flow::hello_sent().fin(Side::Server)),
            Some("close-after-client-hello")
        );
    }

    #[test]
    fn silent_when_a_bare_rst_answers_the_hello() {
        assert_eq!(
            pattern_of(Flow::connected().hello().reset(Side::Server)),
            Some("reset-after-client-hello")
        );
    }

    #[test]
    fn silent_when_nobody_spoke_for_the_answer_timeout() {
        assert_eq!(
            pattern_of(Flow::connected().wait(11_000).fin(Side::Server)),
            None
        );
    }
}
