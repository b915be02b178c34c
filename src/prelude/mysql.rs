//! MySQL's SSLRequest ("Client/Server Protocol", "Connection Phase").
//!
//! ```text
//! S→C length(3) 00 0a version 00 ...           greeting
//! C→S 20 00 00 01 flags(4, CLIENT_SSL) ...     SSLRequest: TLS follows at once, there is no answer
//! ```
//!
//! A server without TLS does not offer it, and the client says nothing: no refusal can be seen.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::wire::Answer;
use super::wire::Wire;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "mysql",
    recognise,
    begin: || Box::new(Mysql::Greeting),
};

const PROTOCOL_10: u8 = 10;
const CLIENT_SSL: u16 = 0x0800;
/// Payload of an SSLRequest, and of one in the protocol before version 4.1.
const SSL_REQUEST: usize = 32;
const SSL_REQUEST_OLD: usize = 5;
const HEADER: usize = 4;

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    match server {
        [_, 0 | 1, 0, 0, PROTOCOL_10, ..] => Recognised::Yes,
        [] if !client.is_empty() => Recognised::No,
        [] | [_] | [_, 0 | 1] | [_, 0 | 1, 0] | [_, 0 | 1, 0, 0] => Recognised::Perhaps,
        _ => Recognised::No,
    }
}

/// What is read next.
#[derive(Debug)]
enum Mysql {
    Greeting,
    Request,
}

impl Talk for Mysql {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        if matches!(self, Self::Greeting) {
            let length = packet_length(wire.server.bytes());
            if length.and_then(|length| wire.server.take(length)).is_none() {
                return Step::More;
            }
            *self = Self::Request;
        }
        let sent = wire.client.bytes();
        // The client's packet is the second of the exchange, so its number is 1.
        if sent.get(3).is_some_and(|&number| number != 1) {
            return Step::NotThis;
        }
        let Some(length) = packet_length(sent) else {
            return Step::More;
        };
        if !matches!(length.saturating_sub(HEADER), SSL_REQUEST | SSL_REQUEST_OLD) {
            return Step::NotThis;
        }
        let Some((packet, mark)) = wire.client.take(length) else {
            return Step::More;
        };
        let flags = packet
            .get(HEADER..)
            .and_then(|flags| flags.first_chunk::<2>());
        if flags.is_none_or(|flags| u16::from_le_bytes(*flags) & CLIENT_SSL == 0) {
            return Step::NotThis;
        }
        wire.ask(PreludeProtocol::Mysql, mark, None);
        wire.accept(Answer {
            mark,
            status: None,
            text: WireText::default(),
        })
    }
}

/// Length of the first packet with its header, where that is whole.
fn packet_length(bytes: &[u8]) -> Option<usize> {
    let &[low, middle, high, _] = bytes.first_chunk::<HEADER>()?;
    let length = u32::from_le_bytes([low, middle, high, 0]);
    usize::try_from(length)
        .ok()
        .map(|length| length.saturating_add(HEADER))
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    fn greeted() -> Script {
        Script::new().server(b"\x0c\0\0\0\x0a8.0.28\0\x36\0\0\0")
    }

    #[test]
    fn tls_follows_the_request_at_once() {
        let request = [&b"\x20\0\0\x01\x85\xae\xff\x19\0\0\0\x01\x21"[..], &[0; 23]].concat();
        greeted().client(&request).tls_behind_all();
    }

    #[test]
    fn silent_when_the_client_logs_in_or_speaks_tls_at_once() {
        greeted().client(b"\x50\0\0\x01\x85\xa6\xff\x19").not_this();
        greeted().client(b"\x16\x03\x01\x02\x00\x01").not_this();
        assert_eq!(greeted().undecided(), None);
    }

    #[test]
    fn silent_when_the_server_sends_an_error() {
        Script::new()
            .server(b"\x10\0\0\0\xff\x69\x04Host is blocked")
            .not_this();
    }
}
