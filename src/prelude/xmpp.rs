//! STARTTLS of XMPP (RFC 6120 section 5): `<starttls/>`, answered `<proceed/>` or `<failure/>`.

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::answers;
use super::begins;
use super::wire::Answer;
use super::wire::Wire;
use super::wire::text_of;
use crate::facts::PreludeProtocol;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "xmpp",
    recognise,
    begin: || Box::new(Xmpp { asked: false }),
};

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    begins(client, b"<stream:stream")
        .max(begins(client, b"<?xml"))
        .min(answers(server, b"<"))
}

#[derive(Debug)]
struct Xmpp {
    asked: bool,
}

impl Talk for Xmpp {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        loop {
            let step = if self.asked {
                self.response(wire)
            } else {
                self.request(wire)
            };
            if let Some(step) = step {
                return step;
            }
        }
    }
}

/// Each reads one tag; `None`: go on.
impl Xmpp {
    fn request(&mut self, wire: &mut Wire) -> Option<Step> {
        // A ClientHello in place of a tag.
        if wire
            .client
            .bytes()
            .first()
            .is_some_and(|&byte| byte < b' ' && !byte.is_ascii_whitespace())
        {
            return Some(Step::NotThis);
        }
        let Some((tag, mark)) = wire.client.through(b'>') else {
            return Some(Step::More);
        };
        match name(tag) {
            b"starttls" | b"/starttls" if is_closed(tag) => {
                wire.ask(PreludeProtocol::Xmpp, mark, None);
                self.asked = true;
            }
            b"?xml" | b"stream:stream" | b"starttls" => {}
            _ => return Some(Step::NotThis),
        }
        None
    }

    fn response(&mut self, wire: &mut Wire) -> Option<Step> {
        let Some((tag, mark)) = wire.server.through(b'>') else {
            return Some(Step::More);
        };
        let closed = is_closed(tag);
        let agreed = match name(tag) {
            b"proceed" | b"/proceed" if closed => true,
            b"failure" | b"stream:error" => false,
            _ => return None,
        };
        self.asked = false;
        let answer = Answer {
            mark,
            status: None,
            text: text_of(tag.trim_ascii()),
        };
        Some(if agreed {
            wire.accept(answer)
        } else {
            wire.refuse(answer)
        })
    }
}

/// The name in `<name attribute='...'/>`, of a closing tag with its slash; text before the tag is passed over.
fn name(tag: &[u8]) -> &[u8] {
    let start = tag
        .iter()
        .position(|&byte| byte == b'<')
        .map_or(0, |at| at.saturating_add(1));
    let inner = tag.get(start..).unwrap_or(&[]);
    let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'>';
    let end = inner
        .iter()
        .skip(1)
        .position(|byte| ends(byte) || *byte == b'/')
        .map_or(inner.len(), |at| at.saturating_add(1));
    inner.get(..end).unwrap_or(inner)
}

/// Whether the element ends with this tag.
fn is_closed(tag: &[u8]) -> bool {
    tag.ends_with(b"/>") || name(tag).starts_with(b"/")
}

#[cfg(test)]
mod tests {
    use crate::prelude::sample::Script;

    fn asked() -> Script {
        Script::new()
            .client(b"<?xml version='1.0'?><stream:stream to='a.example' version='1.0'>")
            .server(b"<?xml version='1.0'?><stream:stream id='1'>\n<stream:features><starttls xmlns='x'/></stream:features>")
            .client(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    }

    #[test]
    fn accepted_with_proceed() {
        asked()
            .server(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            .tls_behind_all();
        asked()
            .server(b"<proceed xmlns='x'></proceed>")
            .tls_behind_all();
    }

    #[test]
    fn refused_with_failure() {
        let facts = asked()
            .server(b"<failure xmlns='x'/></stream:stream>")
            .refused();
        assert_eq!(facts.text.bytes(), b"<failure xmlns='x'/>");
    }

    #[test]
    fn silent_when_the_client_logs_in() {
        Script::new()
            .client(b"<stream:stream to='a'><auth mechanism='PLAIN'>AA==</auth>")
            .not_this();
        Script::new()
            .client(b"<?xml version='1.0'?><soap:Envelope>")
            .not_this();
    }
}
