//! RDP's negotiation in the X.224 connection request ([MS-RDPBCGR] sections 2.2.1.1 and 2.2.1.2).
//!
//! ```text
//! C→S 03 00 length(2) | li e0 refs(4) class | cookie CRLF | 01 flags 0800 requestedProtocols(4, little-endian)
//! S→C 03 00 length(2) | li d0 refs(4) class |               02 flags 0800 selectedProtocol(4)   not 0: TLS follows
//!                                                           03 flags 0800 failureCode(4)        refused
//! ```
//!
//! A client that asks for no protocol wants RDP's own security and no TLS. A server that does not know the negotiation, or
//! selects protocol 0, refuses.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::answers;
use super::wire::Answer;
use super::wire::Wire;
use super::wire::text_of;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "rdp",
    recognise,
    begin: || Box::new(Rdp { asked: false }),
};

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const FAILURE: u8 = 3;
/// TPKT header and the fixed part of X.224.
const FIXED: usize = 11;

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    let request = match client {
        [3, 0, _, _, _, 0xe0, ..] => Recognised::Yes,
        [] | [3] | [3, 0] | [3, 0, _] | [3, 0, _, _] | [3, 0, _, _, _] => Recognised::Perhaps,
        _ => Recognised::No,
    };
    request.min(answers(server, &[3, 0]))
}

#[derive(Debug)]
struct Rdp {
    asked: bool,
}

impl Talk for Rdp {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        if wire.is_refused() {
            return Step::NotThis;
        }
        if !self.asked {
            let Some(length) = packet_length(wire.client.bytes()) else {
                return Step::More;
            };
            let Some((packet, mark)) = wire.client.take(length) else {
                return Step::More;
            };
            if !matches!(negotiation(packet), Some((REQUEST, 1.., _))) {
                return Step::NotThis;
            }
            wire.ask(PreludeProtocol::Rdp, mark, None);
            self.asked = true;
        }
        let sent = wire.server.bytes();
        if sent.first().is_some_and(|&version| version != 3)
            || sent.get(5).is_some_and(|&kind| kind != 0xd0)
        {
            return Step::NotThis;
        }
        let Some(length) = packet_length(sent) else {
            return Step::More;
        };
        let Some((packet, mark)) = wire.server.take(length) else {
            return Step::More;
        };
        match negotiation(packet) {
            Some((RESPONSE, protocol @ 1.., _)) => wire.accept(Answer {
                mark,
                status: Some(protocol),
                text: name_of(PROTOCOLS, protocol),
            }),
            Some((FAILURE, code, _)) => wire.refuse(Answer {
                mark,
                status: Some(code),
                text: name_of(FAILURES, code),
            }),
            Some((RESPONSE, none, _)) => wire.refuse(Answer {
                mark,
                status: Some(none),
                text: name_of(PROTOCOLS, none),
            }),
            _ => {
                let text = text_of(packet);
                wire.refuse(Answer {
                    mark,
                    status: None,
                    text,
                })
            }
        }
    }
}

/// Values of selectedProtocol ([MS-RDPBCGR] section 2.2.1.2.1).
const PROTOCOLS: &[(u32, &str)] = &[
    (0, "PROTOCOL_RDP (no TLS)"),
    (1, "PROTOCOL_SSL"),
    (2, "PROTOCOL_HYBRID"),
    (4, "PROTOCOL_RDSTLS"),
    (8, "PROTOCOL_HYBRID_EX"),
    (16, "PROTOCOL_RDSAAD"),
];
/// Values of failureCode (section 2.2.1.2.2).
const FAILURES: &[(u32, &str)] = &[
    (1, "SSL_REQUIRED_BY_SERVER"),
    (2, "SSL_NOT_ALLOWED_BY_SERVER"),
    (3, "SSL_CERT_NOT_ON_SERVER"),
    (4, "INCONSISTENT_FLAGS"),
    (5, "HYBRID_REQUIRED_BY_SERVER"),
    (6, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"),
];

fn name_of(names: &[(u32, &str)], value: u32) -> WireText {
    names
        .iter()
        .find(|(of, _)| *of == value)
        .map_or("an unknown value", |(_, name)| name)
        .into()
}

/// Length in the TPKT header (RFC 1006 section 6), where that is whole.
fn packet_length(bytes: &[u8]) -> Option<usize> {
    let &[_, _, high, low] = bytes.first_chunk::<4>()?;
    Some(usize::from(u16::from_be_bytes([high, low])).max(FIXED))
}

/// Type, value and bytes of the negotiation structure at the packet's end.
fn negotiation(packet: &[u8]) -> Option<(u8, u32, &[u8])> {
    let variable = packet.get(FIXED..)?;
    // A cookie or routing token, ended by CRLF, may stand before it.
    let start = match variable.first() {
        Some(&(REQUEST | RESPONSE | FAILURE)) => 0,
        _ => variable
            .windows(2)
            .position(|two| two == b"\r\n")?
            .saturating_add(2),
    };
    let bytes = variable.get(start..)?.first_chunk::<8>()?;
    let [kind, _, 8, 0, a, b, c, d] = *bytes else {
        return None;
    };
    Some((kind, u32::from_le_bytes([a, b, c, d]), bytes))
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    fn asked() -> Script {
        Script::new()
            .client(b"\x03\0\0\x27\x22\xe0\0\0\0\0\0Cookie: mstshash=A\r\n\x01\0\x08\0\x03\0\0\0")
    }

    #[test]
    fn accepted_when_a_protocol_is_selected() {
        let facts = asked()
            .server(b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\x1f\x08\0\x02\0\0\0")
            .tls_behind_all();
        assert_eq!(facts.status, Some(2));
        assert_eq!(facts.text.bytes(), b"PROTOCOL_HYBRID");
    }

    #[test]
    fn refusals_have_the_names_of_their_codes() {
        let refused = |code: u8| {
            let mut answer = *b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x03\0\x08\0\0\0\0\0";
            answer[15] = code;
            asked().server(&answer).refused()
        };
        for (code, name) in super::FAILURES {
            let facts = refused(u8::try_from(*code).unwrap());
            assert_eq!((facts.status, facts.text), (Some(*code), (*name).into()));
        }
        assert_eq!(refused(9).text.bytes(), b"an unknown value");
    }

    #[test]
    fn refused_with_a_failure_code_or_no_protocol_or_no_negotiation() {
        let facts = asked()
            .server(b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x03\0\x08\0\x02\0\0\0")
            .refused();
        assert_eq!(facts.status, Some(2));
        asked()
            .server(b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\0\x08\0\0\0\0\0")
            .refused();
        assert_eq!(
            asked()
                .server(b"\x03\0\0\x0b\x06\xd0\0\0\x12\x34\0")
                .refused()
                .status,
            None
        );
    }

    #[test]
    fn silent_when_no_protocol_is_asked_for() {
        Script::new()
            .client(b"\x03\0\0\x0b\x06\xe0\0\0\0\0\0")
            .not_this();
        Script::new()
            .client(b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\0\0\0\0")
            .not_this();
        asked().server(b"\x15\x03\x01\0\x02").not_this();
    }
}
