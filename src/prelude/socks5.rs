//! SOCKS version 5 (RFC 1928) with no authentication or user name and password (RFC 1929).
//!
//! ```text
//! C→S 05 n methods...                S→C 05 method                       ff: none is acceptable, refused
//! C→S 01 len user len password       S→C 01 status                       method 2 only; not 0: refused
//! C→S 05 01 00 type address port     S→C 05 reply 00 type address port   0: TLS follows; else refused
//! ```

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::answers;
use super::lines;
use super::wire::Answer;
use super::wire::Wire;
use super::wire::text_of;
use crate::base::Mark;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;
use std::net::Ipv6Addr;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "socks5",
    recognise,
    begin: || Box::new(Socks5::default()),
};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NO_ACCEPTABLE_METHODS: u8 = 0xff;

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    let greeting = match client {
        [] | [VERSION] => Recognised::Perhaps,
        [VERSION, 1..=0xff, ..] => Recognised::Yes,
        _ => Recognised::No,
    };
    greeting.min(answers(server, &[VERSION]))
}

/// What is read next.
#[derive(Debug, Default)]
enum Socks5 {
    #[default]
    Greeting,
    Method,
    Password,
    PasswordStatus,
    Request,
    Reply,
}

/// `Err` ends the turn: more bytes are needed, or the talk is decided.
type Turn<T> = Result<T, Step>;

impl Talk for Socks5 {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        loop {
            match self.turn(wire) {
                Ok(next) => *self = next,
                Err(step) => return step,
            }
        }
    }
}

impl Socks5 {
    fn turn(&self, wire: &mut Wire) -> Turn<Self> {
        match self {
            Self::Greeting => {
                let count = at(wire.client.bytes(), 1)?;
                let (_, mark) = wire
                    .client
                    .take(usize::from(count).saturating_add(2))
                    .ok_or(Step::More)?;
                wire.ask(PreludeProtocol::Socks5, mark, None);
                Ok(Self::Method)
            }
            Self::Method => match answer(wire, VERSION)? {
                (NO_AUTHENTICATION, _) => Ok(Self::Request),
                (USER_AND_PASSWORD, _) => Ok(Self::Password),
                (NO_ACCEPTABLE_METHODS, answer) => Err(wire.refuse(answer)),
                // GSSAPI and private methods may wrap all that follows.
                _ => Err(Step::NotThis),
            },
            Self::Password => {
                let sent = wire.client.bytes();
                let user = usize::from(at(sent, 1)?);
                let password = usize::from(at(sent, user.saturating_add(2))?);
                let length = user.saturating_add(password).saturating_add(3);
                wire.client.take(length).ok_or(Step::More)?;
                Ok(Self::PasswordStatus)
            }
            Self::PasswordStatus => match answer(wire, 1)? {
                (0, _) => Ok(Self::Request),
                (_, answer) => Err(wire.refuse(answer)),
            },
            Self::Request => {
                let (target, mark) = request(wire)?;
                wire.aim(mark, target);
                Ok(Self::Reply)
            }
            Self::Reply => {
                let sent = wire.server.bytes();
                let (version, code) = (at(sent, 0)?, at(sent, 1)?);
                if version != VERSION {
                    return Err(Step::NotThis);
                }
                // Some proxies send the first two bytes only when they refuse.
                if code != 0 {
                    let (_, answer) = answer(wire, VERSION)?;
                    return Err(wire.refuse(answer));
                }
                let length = address_end(sent)?.saturating_add(2);
                let (bytes, mark) = wire.server.take(length).ok_or(Step::More)?;
                let text = text_of(bytes.get(..2).unwrap_or(bytes));
                Err(wire.accept(Answer {
                    mark,
                    status: Some(0),
                    text,
                }))
            }
        }
    }
}

/// Reads `version, code`.
fn answer(wire: &mut Wire, version: u8) -> Turn<(u8, Answer)> {
    let sent = wire.server.bytes();
    if at(sent, 0)? != version {
        return Err(Step::NotThis);
    }
    let code = at(sent, 1)?;
    let (bytes, mark) = wire.server.take(2).ok_or(Step::More)?;
    Ok((
        code,
        Answer {
            mark,
            status: Some(u32::from(code)),
            text: text_of(bytes),
        },
    ))
}

/// Reads a CONNECT request; BIND and UDP ASSOCIATE open no way for TLS.
fn request(wire: &mut Wire) -> Turn<(WireText, Mark)> {
    let sent = wire.client.bytes();
    if at(sent, 0)? != VERSION || at(sent, 1)? != 1 {
        return Err(Step::NotThis);
    }
    let end = address_end(sent)?;
    let (bytes, mark) = wire.client.take(end.saturating_add(2)).ok_or(Step::More)?;
    let address = bytes.get(4..end).unwrap_or(&[]);
    let port = bytes
        .last_chunk::<2>()
        .map_or(0, |port| u16::from_be_bytes(*port));
    let host = match address {
        [a, b, c, d] if bytes.get(3) == Some(&1) => format!("{a}.{b}.{c}.{d}").into_bytes(),
        _ if bytes.get(3) == Some(&3) => address.get(1..).unwrap_or(&[]).to_vec(),
        _ => match <[u8; 16]>::try_from(address) {
            Ok(octets) => format!("[{}]", Ipv6Addr::from(octets)).into_bytes(),
            Err(_) => Vec::new(),
        },
    };
    Ok((lines::target(&host, port), mark))
}

/// Where the address of a request or reply ends: types 1 (IPv4), 3 (name with its length before it), 4 (IPv6).
fn address_end(message: &[u8]) -> Turn<usize> {
    match at(message, 3)? {
        1 => Ok(8),
        3 => Ok(usize::from(at(message, 4)?).saturating_add(5)),
        4 => Ok(20),
        _ => Err(Step::NotThis),
    }
}

fn at(bytes: &[u8], index: usize) -> Turn<u8> {
    bytes.get(index).copied().ok_or(Step::More)
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    const ASK: &[u8] = b"\x05\x01\x00\x03\x0cshop.example\x01\xbb";

    fn agreed() -> Script {
        Script::new()
            .client(b"\x05\x02\x00\x02")
            .server(b"\x05\x00")
    }

    #[test]
    fn accepted_when_the_reply_is_0_with_any_type_of_address() {
        let facts = agreed()
            .client(ASK)
            .server(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
            .tls_behind_all();
        assert_eq!(facts.target.unwrap().bytes(), b"shop.example:443");
        agreed()
            .client(ASK)
            .server(b"\x05\x00\x00\x03\x03abc\x00\x00")
            .tls_behind_all();
        agreed()
            .client(ASK)
            .server(&[&b"\x05\x00\x00\x04"[..], &[0; 18]].concat())
            .tls_behind_all();
    }

    #[test]
    fn targets_are_shown_with_their_port() {
        let facts = agreed()
            .client(b"\x05\x01\x00\x01\xc0\x00\x02\x07\x01\xbb")
            .undecided()
            .unwrap();
        assert_eq!(
            (facts.target.unwrap().bytes(), facts.asked.order),
            (&b"192.0.2.7:443"[..], 2)
        );
        let six = [
            &b"\x05\x01\x00\x04\x20\x01\x0d\xb8"[..],
            &[0; 11],
            b"\x01\x01\xbb",
        ]
        .concat();
        let facts = agreed().client(&six).undecided().unwrap();
        assert_eq!(facts.target.unwrap().bytes(), b"[2001:db8::1]:443");
    }

    #[test]
    fn accepted_with_user_name_and_password() {
        let asked = Script::new()
            .client(b"\x05\x01\x02")
            .server(b"\x05\x02")
            .client(b"\x01\x01u\x02pw");
        asked
            .clone()
            .server(b"\x01\x00")
            .client(ASK)
            .server(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
            .tls_behind_all();
        assert_eq!(asked.server(b"\x01\x05").refused().status, Some(5));
    }

    #[test]
    fn refused_without_a_method_and_by_the_reply() {
        let facts = Script::new()
            .client(b"\x05\x01\x00")
            .server(b"\x05\xff")
            .refused();
        assert_eq!(
            (facts.status, facts.text.bytes()),
            (Some(255), &b"\x05\xff"[..])
        );
        let facts = agreed()
            .client(ASK)
            .server(b"\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00")
            .refused();
        assert_eq!(facts.status, Some(2));
        agreed()
            .client(ASK)
            .server(b"\x05\x02")
            .client(b"\x16\x03\x01\x00\x05")
            .refused();
    }

    #[test]
    fn silent_for_bind_and_for_what_cannot_be_followed() {
        agreed()
            .client(b"\x05\x02\x00\x01\xc0\x00\x02\x07\x01\xbb")
            .not_this();
        Script::new()
            .client(b"\x05\x01\x01")
            .server(b"\x05\x01")
            .not_this();
        Script::new()
            .client(b"\x05\x01\x00")
            .server(b"HTTP/1.1 400")
            .not_this();
        Script::new().client(b"\x05\x00").not_this();
    }
}
