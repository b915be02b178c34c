//! The server closes after the ClientHello without a ServerHello.
//!
//! ```text
//! C→S ClientHello
//! S→C FIN                         <- fires; a RST or a client's alert after it changes nothing
//! ```
//!
//! Source: definitions section 3; RFC 9293 section 3.6.

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
    id: "close-after-client-hello",
    help: Help {
        title: "The server closes after the ClientHello without an answer",
        explain: "The server took the ClientHello and closed the connection in order, without a ServerHello or an alert: a load balancer with no backend for it or that refuses the name, a program that gave up on the hello, a limit.",
        logs: &[
            "unexpected eof while reading",
            "SSL_ERROR_SYSCALL",
            "peer closed connection in SSL handshake",
            "curl: (35) ... SSL_ERROR_SYSCALL",
            "EOF",
        ],
        settle: &[
            "The server's (or load balancer's) log at that second; the same hello with another name, and from another client.",
        ],
        sources: &["RFC 9293 section 3.6"],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    if !view.client_sent_tls() {
        return None;
    }
    let close = view.decisive()?;
    let Decisive::Fin(fin) = close else {
        return None;
    };
    if fin.from != Side::Server
        || view
            .server_hello()
            .is_some_and(|hello| hello.order < fin.mark.order)
    {
        return None;
    }
    if view.server_bytes_beyond_hole().is_some() && !view.has_server_hello() {
        return None;
    }
    let delay = fin
        .payload_before
        .client
        .map_or(0, |at| view.between(at, fin.mark.at));
    let acknowledged = view.hello_acknowledged_by(fin.acknowledged);
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    evidence.push(Evidence {
        frames: vec![fin.mark.frame],
        text: text!(
            "pattern.close-after-hello",
            delay = duration(delay),
            acknowledged
        ),
    });
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("acknowledged", Value::Word(acknowledged)),
            ("delay_ms", Value::Duration(delay)),
            (
                "server_bytes",
                Value::Number(i64::try_from(view.facts.tcp.bytes.server).unwrap_or(i64::MAX)),
            ),
        ],
        evidence,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::pattern_of;
    use crate::base::Side;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_when_the_server_closes_after_the_hello() {
        assert_eq!(
            pattern_of(Flow::hello_sent().fin(Side::Server)),
            Some("close-after-client-hello")
        );
    }

    #[test]
    fn fires_whatever_follows_the_fin() {
        let flow = Flow::hello_sent()
            .fin(Side::Server)
            .alert(Side::Client, 2, 50)
            .reset(Side::Server);
        assert_eq!(pattern_of(flow), Some("close-after-client-hello"));
    }

    #[test]
    fn silent_when_an_alert_came_with_it() {
        assert_eq!(
            pattern_of(
                Flow::hello_sent()
                    .alert(Side::Server, 2, 40)
                    .fin(Side::Server)
            ),
            Some("alert-without-server-hello")
        );
    }
}
