//! The pre-login of Microsoft SQL Server, TDS 7.1 and later ([MS-TDS] sections 2.2.3.1 and 2.2.6.5).
//!
//! ```text
//! packet   0 type  1 status  2 length u16 with these 8 bytes, big-endian  4 process  6 number  7 window  8 payload
//! pre-login payload: token u8, offset u16, length u16, ... ff, values; token 1 is ENCRYPTION:
//!     0 only the login is encrypted, 1 all is, 2 not supported, 3 required, and 80 more with a client certificate
//! C→S 12 pre-login                 S→C 04 pre-login             2 to a client that wants 1 or 3: refused
//! C→S 12 ClientHello ...           S→C 12 ServerHello ...       handshake in packets (`envelope.rs`), then records without
//! ```
//!
//! TDS 8 begins with TLS at once. Where both can do without (2, or 0 and 2) the login is plain.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::answers;
use super::wire::Answer;
use super::wire::Wire;
use super::wire::text_of;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "mssql",
    recognise,
    begin: || Box::new(Mssql { asked: None }),
};

/// Length of a packet's header, in bytes.
const HEADER: usize = 8;
const PRE_LOGIN: u8 = 0x12;
const RESPONSE: u8 = 0x04;
const ENCRYPTION: u8 = 1;
const END: u8 = 0xff;
const LOGIN_ONLY: u8 = 0;
const NOT_SUPPORTED: u8 = 2;

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    // VERSION, token 0, "must be the first".
    let request = match client {
        [PRE_LOGIN, 0 | 1, _, _, _, _, _, _, 0, ..] => Recognised::Yes,
        [PRE_LOGIN, 0 | 1, ..] | [PRE_LOGIN] | [] if client.len() < 9 => Recognised::Perhaps,
        _ => Recognised::No,
    };
    request.min(answers(server, &[RESPONSE]))
}

#[derive(Debug)]
struct Mssql {
    /// What the client said of encryption.
    asked: Option<u8>,
}

impl Talk for Mssql {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        if wire.is_refused() {
            return Step::NotThis;
        }
        let asked = match self.asked {
            Some(asked) => asked,
            None => {
                let (length, asked) = match pre_login(wire.client.bytes(), PRE_LOGIN) {
                    Ok(found) => found,
                    Err(step) => return step,
                };
                let Some((_, mark)) = wire.client.take(length) else {
                    return Step::More;
                };
                if asked == NOT_SUPPORTED {
                    return Step::NotThis;
                }
                wire.ask(PreludeProtocol::Mssql, mark, None);
                *self.asked.insert(asked)
            }
        };
        let (length, offered) = match pre_login(wire.server.bytes(), RESPONSE) {
            Ok(found) => found,
            Err(step) => return step,
        };
        let Some((_, mark)) = wire.server.take(length) else {
            return Step::More;
        };
        let answer = Answer {
            mark,
            status: Some(u32::from(offered)),
            text: text_of(words(offered).as_bytes()),
        };
        match (asked & 0x7f, offered) {
            (LOGIN_ONLY, NOT_SUPPORTED) => Step::NotThis,
            (_, NOT_SUPPORTED) => wire.refuse(answer),
            _ => wire.accept(answer),
        }
    }
}

/// What a server's answer means, since its bytes tell a reader little.
fn words(offered: u8) -> &'static str {
    match offered & 0x7f {
        LOGIN_ONLY => "ENCRYPT_OFF (the login only)",
        1 => "ENCRYPT_ON",
        NOT_SUPPORTED => "ENCRYPT_NOT_SUP",
        3 => "ENCRYPT_REQ",
        _ => "an unknown ENCRYPTION value",
    }
}

/// Length of a pre-login of packet type `kind`, and what it says of encryption. One without the option does not support it.
fn pre_login(bytes: &[u8], kind: u8) -> Result<(usize, u8), Step> {
    if bytes.first().is_some_and(|first| *first != kind) {
        return Err(Step::NotThis);
    }
    let &[_, _, high, low, ..] = bytes.first_chunk::<HEADER>().ok_or(Step::More)?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length <= HEADER {
        return Err(Step::NotThis);
    }
    let payload = bytes.get(HEADER..length).ok_or(Step::More)?;
    // A login's answer in the same type of packet begins with another token.
    if payload.first() != Some(&0) {
        return Err(Step::NotThis);
    }
    Ok((length, encryption(payload).unwrap_or(NOT_SUPPORTED)))
}

fn encryption(payload: &[u8]) -> Option<u8> {
    let mut options = payload.chunks_exact(5);
    let option = options
        .by_ref()
        .take_while(|option| option.first() != Some(&END))
        .find(|option| option.first() == Some(&ENCRYPTION))?;
    let &[_, high, low, ..] = option.first_chunk::<5>()?;
    payload
        .get(usize::from(u16::from_be_bytes([high, low])))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::PRE_LOGIN;
    use super::RESPONSE;
    use crate::facts::PreludeProtocol;
    use crate::prelude::Step;
    use crate::prelude::sample::Script;

    fn packet(kind: u8, encryption: u8) -> Vec<u8> {
        let options = b"\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x0f\0\x07\xd0\0\0";
        let mut bytes = vec![kind, 1, 0, 26, 0, 0, 0, 0];
        bytes.extend_from_slice(options);
        bytes.push(encryption);
        bytes
    }

    fn talk(asked: u8, offered: u8) -> Script {
        Script::new()
            .client(&packet(PRE_LOGIN, asked))
            .server(&packet(RESPONSE, offered))
    }

    #[test]
    fn accepted_whenever_both_can() {
        for (asked, offered) in [(0, 0), (1, 1), (3, 1), (0, 3), (1, 0), (0x81, 0x81)] {
            let facts = talk(asked, offered).tls_behind_all();
            assert_eq!(facts.protocol, PreludeProtocol::Mssql);
            assert_eq!(facts.status, Some(u32::from(offered)));
        }
    }

    #[test]
    fn refused_where_the_client_wants_all_encrypted_and_the_server_cannot() {
        for asked in [1, 3, 0x81] {
            let facts = talk(asked, 2).refused();
            assert_eq!(facts.text.bytes(), b"ENCRYPT_NOT_SUP");
            talk(asked, 2).client(b"\x16\x03\x01\x00\x05").refused();
        }
    }

    #[test]
    fn silent_where_one_cannot_and_the_other_can_do_without() {
        talk(0, 2).not_this();
        Script::new().client(&packet(PRE_LOGIN, 2)).not_this();
    }

    #[test]
    fn a_pre_login_without_the_option_supports_none() {
        let bytes = b"\x12\x01\0\x14\0\0\0\0\0\0\x06\0\x06\xff\x0f\0\x07\xd0\0\0";
        Script::new().client(bytes).not_this();
    }

    #[test]
    fn silent_for_a_login_without_pre_login_and_another_answer() {
        Script::new().client(b"\x10\x01\0\x90\0\0\x01\0").not_this();
        Script::new()
            .client(&packet(PRE_LOGIN, 1))
            .server(b"\x04\x01\0\x10\0\x33\x01\0\xaa\0\0\0\0\0\0\0")
            .not_this();
    }

    #[test]
    fn undecided_until_the_server_answered() {
        let script = Script::new().client(&packet(PRE_LOGIN, 0));
        assert!(script.undecided().is_some());
        assert_eq!(script.agrees_however_cut(), Step::More);
    }
}
