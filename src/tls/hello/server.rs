//! ServerHello and HelloRetryRequest (RFC 8446 sections 4.1.3 and 4.1.4, RFC 5246 section 7.4.1.3).
//!
//! ```text
//! 2 legacy_version | 32 random | 1+n legacy_session_id_echo | 2 cipher_suite | 1 compression_method | 2+n extensions
//! 2 version 7f00..7f15 | 32 random | 2 cipher_suite | 2+n extensions        TLS 1.3 up to draft 21
//! ```

use super::BEFORE_SESSION_ID;
use super::Fields;
use super::bounded;
use crate::facts::HelloRetryFacts;
use crate::facts::ServerHelloFacts;
use crate::facts::WireText;
use crate::tls::body;
use crate::tls::body::ServerHelloFields;
use crate::tls::extension;
use crate::tls::extension::Extension;
use crate::tls::extension::Extensions;
use crate::tls::extension::Fault;

/// What a message of type server_hello is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerHelloKind {
    /// A ServerHello.
    Hello(ServerHelloFacts),
    /// A HelloRetryRequest: a ServerHello with one certain `random`.
    Retry(HelloRetryFacts),
}

/// SHA-256 of "HelloRetryRequest", the `random` that makes a ServerHello one (RFC 8446 section 4.1.3).
const RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// Versions in `legacy_version` whose hello has neither session id nor compression method: drafts of TLS 1.3 up to 21.
const EARLY_DRAFTS: std::ops::RangeInclusive<u16> = 0x7f00..=0x7f15;

const TLS12: u16 = 0x0303;
const TLS13: u16 = 0x0304;

/// The facts that a ServerHello's body tells; frames and mark are the caller's.
///
/// `client_session_id` is what the client sent, `None` where that is not known. `resumed` is set for a PSK of TLS 1.3; for TLS 1.2
/// what follows must tell. Where `supported_versions` is cut off, a suite of TLS 1.3 shows the version. JA3S stays empty
/// where anything is cut.
#[must_use]
pub fn server_hello(
    body: &[u8],
    declared_length: usize,
    client_session_id: Option<&[u8]>,
) -> ServerHelloKind {
    let (body, cut) = bounded(body, declared_length);
    let whole = if cut { None } else { body::server_hello(body) };
    let (fields, session_id_length, fault) = match whole {
        Some(fields) => {
            let length = fields.session_id.len();
            (fields, length, None)
        }
        None => read_fields(body, cut),
    };
    let mut answer = Answer::default();
    let mut extensions = Extensions::new(fields.extensions.unwrap_or_default(), cut);
    let mut extension_fault = None;
    for found in extensions.by_ref() {
        extension_fault = extension_fault.or(answer.read(&found));
    }
    let (codes, list_fault) = extensions.finish();
    if fields.random == RETRY_RANDOM {
        return ServerHelloKind::Retry(HelloRetryFacts {
            group: answer.group,
            cipher_suite: fields.cipher_suite,
            cookie: answer.cookie,
            ..HelloRetryFacts::default()
        });
    }
    ServerHelloKind::Hello(ServerHelloFacts {
        version: answer.version.unwrap_or_else(|| version_of(&fields, cut)),
        cipher_suite: fields.cipher_suite,
        group: answer.group,
        alpn: answer.alpn,
        extensions: codes,
        resumed: answer.pre_shared_key,
        session_id_echoed: !fields.session_id.is_empty()
            && client_session_id == Some(fields.session_id),
        session_id_length: u8::try_from(session_id_length).unwrap_or(u8::MAX),
        legacy_version: fields.legacy_version,
        readable: !cut,
        malformed: fault.or(list_fault).or(extension_fault),
        ..ServerHelloFacts::default()
    })
}

/// The version without `supported_versions`.
fn version_of(fields: &ServerHelloFields<'_>, cut: bool) -> u16 {
    let [high, _] = fields.cipher_suite.to_be_bytes();
    if cut && fields.legacy_version == TLS12 && high == 0x13 {
        TLS13
    } else {
        fields.legacy_version
    }
}

/// What the extensions say.
#[derive(Default)]
struct Answer {
    version: Option<u16>,
    group: Option<u16>,
    alpn: Option<WireText>,
    pre_shared_key: bool,
    cookie: bool,
}

impl Answer {
    fn read(&mut self, found: &Extension<'_>) -> Fault {
        let mut fault = None;
        match found.code {
            extension::SUPPORTED_VERSIONS => (self.version, fault) = extension::code(found),
            extension::KEY_SHARE | extension::KEY_SHARE_DRAFT => {
                (self.group, fault) = extension::code(found)
            }
            extension::ALPN => {
                let names;
                (names, fault) = extension::protocol_names(found);
                self.alpn = names.first().copied().map(WireText::new);
            }
            extension::PRE_SHARED_KEY => self.pre_shared_key = true,
            extension::COOKIE => self.cookie = true,
            _ => {}
        }
        fault
    }
}

/// The fixed fields as far as they go, the declared length of the session id, and the first fault.
fn read_fields(body: &[u8], cut: bool) -> (ServerHelloFields<'_>, usize, Fault) {
    let mut fields = Fields::new(body, cut);
    let mut hello = ServerHelloFields::default();
    let mut session_id_length = 0;
    read_in_order(&mut fields, &mut hello, &mut session_id_length);
    (hello, session_id_length, fields.fault)
}

/// `None` where the message ends early; what was read until then is in `hello`.
fn read_in_order<'a>(
    fields: &mut Fields<'a>,
    hello: &mut ServerHelloFields<'a>,
    session_id_length: &mut usize,
) -> Option<()> {
    let version = fields.cursor.u16();
    hello.legacy_version = fields.need(version)?;
    let random = fields.cursor.take(BEFORE_SESSION_ID.saturating_sub(2));
    hello.random = fields.need(random)?;
    let early_draft = EARLY_DRAFTS.contains(&hello.legacy_version);
    if !early_draft {
        *session_id_length = fields.cursor.rest().first().copied().map_or(0, usize::from);
        let (session_id, whole) = fields.session_id()?;
        hello.session_id = session_id;
        whole.then_some(())?;
    }
    let suite = fields.cursor.u16();
    hello.cipher_suite = fields.need(suite)?;
    if !early_draft {
        let compression = fields.cursor.u8();
        fields.need(compression)?;
    }
    hello.extensions = fields.extensions();
    Some(())
}

#[cfg(test)]
mod tests;
