//! StartTLS of LDAP (RFC 4511 section 4.14): an ExtendedRequest with its OID; resultCode 0, or another.
//!
//! Messages are BER SEQUENCEs of messageID and operation (RFC 4511 section 4.1.1). Searches of the root entry may precede it.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::answers;
use super::wire::Answer;
use super::wire::LIMIT;
use super::wire::Wire;
use super::wire::text_of;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "ldap",
    recognise,
    begin: || Box::new(Ldap { asked: None }),
};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const SEARCH_REQUEST: u8 = 0x63;
const EXTENDED_REQUEST: u8 = 0x77;
const EXTENDED_RESPONSE: u8 = 0x78;
const REQUEST_NAME: u8 = 0x80;
const STARTTLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    let request = match element(client) {
        _ if client.first().is_some_and(|&tag| tag != SEQUENCE) => Recognised::No,
        Ok(Some((_, message, _))) => match operation(message) {
            Some((_, SEARCH_REQUEST | EXTENDED_REQUEST, _)) => Recognised::Yes,
            _ => Recognised::No,
        },
        Ok(None) => Recognised::Perhaps,
        Err(()) => Recognised::No,
    };
    request.min(answers(server, &[SEQUENCE]))
}

#[derive(Debug)]
struct Ldap {
    /// messageID of the StartTLS request that awaits its answer.
    asked: Option<Vec<u8>>,
}

impl Talk for Ldap {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        loop {
            let step = if self.asked.is_none() {
                self.request(wire)
            } else {
                self.response(wire)
            };
            if let Some(step) = step {
                return step;
            }
        }
    }
}

/// Each reads one message; `None`: go on.
impl Ldap {
    fn request(&mut self, wire: &mut Wire) -> Option<Step> {
        let (message, length) = match element(wire.client.bytes()) {
            Ok(Some((SEQUENCE, message, length))) => (message, length),
            Ok(None) => return Some(Step::More),
            _ => return Some(Step::NotThis),
        };
        match operation(message) {
            Some((_, SEARCH_REQUEST, _)) => {
                wire.client.take(length);
            }
            Some((id, EXTENDED_REQUEST, body)) if is_starttls(body) => {
                self.asked = Some(id.to_vec());
                let (_, mark) = wire.client.take(length)?;
                wire.ask(PreludeProtocol::Ldap, mark, None);
            }
            _ => return Some(Step::NotThis),
        }
        None
    }

    fn response(&mut self, wire: &mut Wire) -> Option<Step> {
        let (message, length) = match element(wire.server.bytes()) {
            Ok(Some((SEQUENCE, message, length))) => (message, length),
            Ok(None) => return Some(Step::More),
            _ => return Some(Step::NotThis),
        };
        let Some((id, kind, body)) = operation(message) else {
            return Some(Step::NotThis);
        };
        if kind != EXTENDED_RESPONSE || self.asked.as_deref() != Some(id) {
            // An entry or the end of a search.
            wire.server.take(length);
            return None;
        }
        let (code, text) = result(body).unwrap_or((u32::MAX, &[]));
        let text = text_of(text);
        let (_, mark) = wire.server.take(length)?;
        self.asked = None;
        let answer = Answer {
            mark,
            status: Some(code),
            text,
        };
        Some(if code == 0 {
            wire.accept(answer)
        } else {
            wire.refuse(answer)
        })
    }
}

fn is_starttls(body: &[u8]) -> bool {
    matches!(element(body), Ok(Some((REQUEST_NAME, name, _))) if name == STARTTLS)
}

/// resultCode and diagnosticMessage of an LDAPResult (RFC 4511 section 4.1.9).
fn result(body: &[u8]) -> Option<(u32, &[u8])> {
    let (_, code, length) = element(body).ok()??;
    let rest = body.get(length..)?;
    let (_, _matched, length) = element(rest).ok()??;
    let (_, message, _) = element(rest.get(length..)?).ok()??;
    let code = code
        .iter()
        .fold(0_u32, |code, &byte| code.wrapping_shl(8) | u32::from(byte));
    Some((code, message))
}

/// messageID, tag and content of the operation in a message.
fn operation(message: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let (INTEGER, id, length) = element(message).ok()?? else {
        return None;
    };
    let (tag, body, _) = element(message.get(length..)?).ok()??;
    Some((id, tag, body))
}

/// Tag, content and whole length of the first BER element. `Ok(None)`: it is not whole; `Err`: it is none that is believed.
#[expect(
    clippy::type_complexity,
    reason = "three parts of one element, used here only"
)]
fn element(bytes: &[u8]) -> Result<Option<(u8, &[u8], usize)>, ()> {
    let &[tag, short, ref rest @ ..] = bytes else {
        return Ok(None);
    };
    let (length, header) = match short {
        0..=0x7f => (usize::from(short), 2_usize),
        0x81..=0x84 => {
            let size = usize::from(short & 0x7f);
            let Some(digits) = rest.get(..size) else {
                return Ok(None);
            };
            let length = digits.iter().fold(0_u64, |length, &byte| {
                length.wrapping_shl(8) | u64::from(byte)
            });
            (
                usize::try_from(length).map_err(|_| ())?,
                size.saturating_add(2),
            )
        }
        _ => return Err(()),
    };
    if length > LIMIT {
        return Err(());
    }
    let end = header.saturating_add(length);
    Ok(bytes.get(header..end).map(|content| (tag, content, end)))
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    const ASK: &[u8] = b"\x30\x1d\x02\x01\x02\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
    const SEARCH: &[u8] = b"\x30\x84\0\0\0\x05\x02\x01\x01\x63\0";

    #[test]
    fn accepted_with_result_0() {
        Script::new()
            .client(ASK)
            .server(b"\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\0\x04\0\x04\0")
            .tls_behind_all();
    }

    #[test]
    fn accepted_behind_a_search() {
        let found = b"\x30\x05\x02\x01\x01\x64\0\x30\x05\x02\x01\x01\x65\0\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\0\x04\0\x04\0";
        Script::new()
            .client(SEARCH)
            .client(ASK)
            .server(found)
            .tls_behind_all();
    }

    #[test]
    fn refused_with_its_result_and_message() {
        let script = Script::new()
            .client(ASK)
            .server(b"\x30\x0e\x02\x01\x02\x78\x09\x0a\x01\x34\x04\0\x04\x02no");
        let facts = script.refused();
        assert_eq!((facts.status, facts.text.bytes()), (Some(52), &b"no"[..]));
        script.client(b"\x16\x03\x01\x02").refused();
    }

    #[test]
    fn silent_for_a_bind() {
        Script::new()
            .client(b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0")
            .not_this();
        Script::new()
            .client(SEARCH)
            .client(b"\x30\x05\x02\x01\x02\x42\0")
            .not_this();
    }
}
