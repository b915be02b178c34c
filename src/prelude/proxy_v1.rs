//! The PROXY protocol, version 1: one line of text before everything else.
//!
//! `PROXY TCP4 192.0.2.7 198.51.100.4 51514 443\r\n`, 107 bytes at most.
//! Source: "The PROXY protocol" (HAProxy, doc/proxy-protocol.txt), section 2.1.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::begins;
use super::wire::Wire;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "proxy_v1",
    recognise,
    begin: || Box::new(ProxyV1),
};

const START: &[u8] = b"PROXY ";
/// The longest line, with its CRLF.
const LINE_MAX: usize = 107;

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    if client.is_empty() && !server.is_empty() {
        Recognised::No
    } else {
        begins(client, START)
    }
}

#[derive(Debug)]
struct ProxyV1;

impl Talk for ProxyV1 {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        let sent = wire.client.bytes();
        let start = sent.get(..LINE_MAX).unwrap_or(sent);
        let Some(feed) = start.iter().position(|&byte| byte == b'\n') else {
            return if sent.len() < LINE_MAX {
                Step::More
            } else {
                Step::NotThis
            };
        };
        let Some(line) = start.get(..feed).and_then(|line| line.strip_suffix(b"\r")) else {
            return Step::NotThis;
        };
        let Some(target) = addresses(line) else {
            return Step::NotThis;
        };
        let line = line.to_vec();
        let Some((_, mark)) = wire.client.take(feed.saturating_add(1)) else {
            return Step::More;
        };
        wire.ask(PreludeProtocol::ProxyV1, mark, target);
        wire.quote(&line);
        wire.tls_here()
    }
}

/// `source:port > destination:port`. `Some(None)`: the header gives none. `None`: no such header.
fn addresses(line: &[u8]) -> Option<Option<WireText>> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ').skip(1);
    let family = words.next()?;
    match (
        family,
        words.next(),
        words.next(),
        words.next(),
        words.next(),
        words.next(),
    ) {
        ("UNKNOWN", ..) => Some(None),
        ("TCP4", Some(from), Some(to), Some(from_port), Some(to_port), None) => Some(Some(
            format!("{from}:{from_port} > {to}:{to_port}")
                .as_str()
                .into(),
        )),
        ("TCP6", Some(from), Some(to), Some(from_port), Some(to_port), None) => Some(Some(
            format!("[{from}]:{from_port} > [{to}]:{to_port}")
                .as_str()
                .into(),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::PreludeState;
    use crate::prelude::Step;
    use crate::prelude::sample::Script;

    #[test]
    fn tls_may_follow_at_once_and_nothing_is_agreed() {
        let header = b"PROXY TCP4 192.0.2.7 198.51.100.4 51514 443\r\n";
        let facts = Script::new().client(header).tls_behind_all();
        assert_eq!((facts.state, facts.answered), (PreludeState::Asked, None));
        assert_eq!(
            facts.target.unwrap().bytes(),
            b"192.0.2.7:51514 > 198.51.100.4:443"
        );
        assert_eq!(facts.text.bytes(), &header[..header.len() - 2]);
        let step = Script::new()
            .client(b"PROXY UNKNOWN\r\n\x16\x03\x01\x02\x00")
            .agrees_however_cut();
        assert_eq!(
            step,
            Step::TlsAt {
                client: 15,
                server: 0
            }
        );
    }

    #[test]
    fn ipv6_addresses_stand_in_brackets() {
        let facts = Script::new()
            .client(b"PROXY TCP6 2001:db8::1 2001:db8::2 51514 443\r\n")
            .tls_behind_all();
        assert_eq!(
            facts.target.unwrap().bytes(),
            b"[2001:db8::1]:51514 > [2001:db8::2]:443"
        );
    }

    #[test]
    fn silent_for_a_line_that_is_too_long_or_says_something_else() {
        Script::new()
            .client(&[b"PROXY UNKNOWN ", &[b'a'; 100][..], b"\r\n"].concat())
            .not_this();
        Script::new().client(b"PROXY me\r\n").not_this();
        Script::new().client(b"PROXY TCP4 192.0.2.7\n").not_this();
    }
}
