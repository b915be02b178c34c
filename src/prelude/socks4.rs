//! SOCKS version 4 and 4a.
//!
//! ```text
//! C→S 04 01 port(2) address(4) user 00 [name 00]      a name where the address is 0.0.0.x (4a)
//! S→C 00 code port(2) address(4)                      5a: TLS follows; 5b to 5d: refused
//! ```
//!
//! Source: "SOCKS: A protocol for TCP proxy across firewalls" (Ying-Da Lee), and its extension 4A.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::answers;
use super::lines;
use super::wire::Answer;
use super::wire::Wire;
use super::wire::text_of;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "socks4",
    recognise,
    begin: || Box::new(Socks4 { asked: false }),
};

const GRANTED: u8 = 0x5a;

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    let request = match client {
        [] | [4] => Recognised::Perhaps,
        [4, 1, ..] => Recognised::Yes,
        _ => Recognised::No,
    };
    request.min(answers(server, &[0]))
}

#[derive(Debug)]
struct Socks4 {
    asked: bool,
}

impl Talk for Socks4 {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        if !self.asked {
            if ask(wire).is_none() {
                return Step::More;
            }
            self.asked = true;
        }
        if wire.is_refused() {
            return Step::NotThis;
        }
        let sent = wire.server.bytes();
        if sent.first().is_some_and(|&version| version != 0) {
            return Step::NotThis;
        }
        let Some(&code) = sent.get(1) else {
            return Step::More;
        };
        let length = if code == GRANTED { 8 } else { 2 };
        let Some((bytes, mark)) = wire.server.take(length) else {
            return Step::More;
        };
        let answer = Answer {
            mark,
            status: Some(u32::from(code)),
            text: text_of(bytes.get(..2).unwrap_or(bytes)),
        };
        match code {
            GRANTED => wire.accept(answer),
            0x5b..=0x5d => wire.refuse(answer),
            _ => Step::NotThis,
        }
    }
}

/// Reads the request. `None`: it is not whole.
fn ask(wire: &mut Wire) -> Option<()> {
    let sent = wire.client.bytes();
    let (head, rest) = sent.split_first_chunk::<8>()?;
    let [_, _, port_high, port_low, a, b, c, d] = *head;
    let end = |from: &[u8]| from.iter().position(|&byte| byte == 0);
    let user = end(rest)?;
    let mut length = user.saturating_add(9);
    let mut host = format!("{a}.{b}.{c}.{d}").into_bytes();
    if (a, b, c) == (0, 0, 0) && d != 0 {
        let name = rest.get(user.saturating_add(1)..)?;
        let name = name.get(..end(name)?)?;
        length = length.saturating_add(name.len()).saturating_add(1);
        host = name.to_vec();
    }
    let target = lines::target(&host, u16::from_be_bytes([port_high, port_low]));
    let (_, mark) = wire.client.take(length)?;
    wire.ask(PreludeProtocol::Socks4, mark, Some(target));
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    #[test]
    fn accepted_by_address_and_by_name() {
        let script = Script::new()
            .client(b"\x04\x01\x01\xbb\xc0\x00\x02\x07me\0")
            .server(b"\x00\x5a\0\0\0\0\0\0");
        assert_eq!(
            script.tls_behind_all().target.unwrap().bytes(),
            b"192.0.2.7:443"
        );
        let script = Script::new()
            .client(b"\x04\x01\x01\xbb\0\0\0\x01\0shop.example\0")
            .server(b"\x00\x5a\0\0\0\0\0\0");
        assert_eq!(
            script.tls_behind_all().target.unwrap().bytes(),
            b"shop.example:443"
        );
    }

    #[test]
    fn refused_with_its_code() {
        let script = Script::new()
            .client(b"\x04\x01\x01\xbb\xc0\x00\x02\x07\0")
            .server(b"\x00\x5b\0\0\0\0\0\0");
        assert_eq!(script.refused().status, Some(0x5b));
        script.client(b"\x16\x03\x01\x00").refused();
    }

    #[test]
    fn silent_for_bind_and_other_answers() {
        Script::new().client(b"\x04\x02\x01\xbb").not_this();
        Script::new()
            .client(b"\x04\x01\x01\xbb\xc0\x00\x02\x07\0")
            .server(b"\x00\x01")
            .not_this();
    }
}
