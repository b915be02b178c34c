//! The SYN was answered by a RST or an ICMP error, never by a SYN-ACK.
//!
//! ```text
//! C→S SYN
//! S→C RST, ACK                    <- fires (or ICMP destination unreachable from anywhere on the path)
//! ```
//!
//! Source: definitions section 3; RFC 9293 section 3.10.7.1, RFC 792.

use super::Evidence;
use super::Finding;
use super::Help;
use super::Pattern;
use super::Value;
use super::View;
use super::view::duration;
use crate::base::Side;
use crate::facts::WireText;
use crate::texts::text;

pub(super) const PATTERN: Pattern = Pattern {
    id: "syn-refused",
    help: Help {
        title: "The connection was refused before it began",
        explain: "No TCP connection came about: a RST or an ICMP error answered the SYN. Nothing listens on that port, or a firewall rejects it. TLS is not involved.",
        logs: &[
            "Connection refused",
            "connect() failed (111: Connection refused) while connecting to upstream",
            "ECONNREFUSED",
            "No route to host",
        ],
        settle: &[
            "On the server: is anything listening on that address and port? If yes, a filter in front of it refuses; the TTL of the RST beside that of other packets of the host helps to tell.",
        ],
        sources: &[
            "RFC 9293 section 3.10.7.1",
            "RFC 792",
            "RFC 4443 section 3.1",
        ],
    },
    check,
};

fn check(view: &View<'_>) -> Option<Finding> {
    let tcp = &view.facts.tcp;
    let syn = tcp.syn.filter(|_| tcp.syn_ack.is_none())?;
    // Who goes on was answered: the SYN-ACK is missing from the capture.
    if tcp.acknowledges.client || tcp.bytes.client > 0 || tcp.bytes.server > 0 {
        return None;
    }
    let asked = Evidence {
        frames: vec![syn.frame],
        text: text!("pattern.syn").to_owned(),
    };
    let refusal = tcp
        .resets
        .iter()
        .find(|reset| reset.from == Side::Server)
        // A refusal acknowledges the SYN; one that acknowledges bytes ends a connection whose packets are missing.
        .filter(|reset| !reset.ack_flag || reset.ack <= 1);
    if let Some(reset) = refusal {
        return Some(Finding {
            pattern: PATTERN.id,
            detail: vec![("by", Value::Word("rst")), ("icmp", Value::Null)],
            evidence: vec![
                asked,
                Evidence {
                    frames: vec![reset.mark.frame],
                    text: text!(
                        "pattern.syn-rst",
                        delay = duration(view.between(syn.at, reset.mark.at)),
                        ttl = reset.ttl
                    ),
                },
            ],
        });
    }
    let icmp = tcp.icmp.iter().find(|icmp| icmp.is_unreachable())?;
    Some(Finding {
        pattern: PATTERN.id,
        detail: vec![
            ("by", Value::Word("icmp")),
            (
                "icmp",
                Value::Text(WireText::from(
                    format!("{}/{}", icmp.kind, icmp.code).as_str(),
                )),
            ),
        ],
        evidence: vec![
            asked,
            Evidence {
                frames: vec![icmp.mark.frame],
                text: text!(
                    "pattern.syn-icmp",
                    protocol = if icmp.v6 { "ICMPv6" } else { "ICMP" },
                    kind = icmp.kind,
                    code = icmp.code
                ),
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
    fn fires_when_a_rst_answers_the_syn() {
        assert_eq!(
            pattern_of(Flow::new().syn().reset(Side::Server)),
            Some("syn-refused")
        );
    }

    #[test]
    fn silent_when_a_syn_ack_came_first() {
        assert_eq!(
            pattern_of(Flow::connected().reset(Side::Server)),
            Some("closed-before-client-hello")
        );
    }
}
