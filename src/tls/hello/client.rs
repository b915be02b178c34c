//! ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).
//!
//! ```text
//! 2 legacy_version | 32 random | 1+n legacy_session_id | 2+n cipher_suites | 1+n compression_methods | 2+n extensions
//! ```

use super::BEFORE_SESSION_ID;
use super::Fields;
use super::bounded;
use crate::facts::ClientHelloFacts;
use crate::facts::ClientOffer;
use crate::facts::Ech;
use crate::facts::WireText;
use crate::tables;
use crate::tls::body;
use crate::tls::body::ClientHelloFields;
use crate::tls::cursor::Cursor;
use crate::tls::extension;
use crate::tls::extension::Extension;
use crate::tls::extension::Extensions;
use crate::tls::extension::Fault;
use std::sync::Arc;

/// `TLS_EMPTY_RENEGOTIATION_INFO_SCSV` (RFC 5746 section 3.3).
pub(super) const RENEGOTIATION_SCSV: u16 = 0x00ff;
/// `TLS_FALLBACK_SCSV` (RFC 7507 section 2).
pub(super) const FALLBACK_SCSV: u16 = 0x5600;

/// The facts that a ClientHello's body tells: `readable`, and `legacy_version` to `malformed`. The rest is the caller's.
///
/// `versions` stays empty where the hello is cut before `supported_versions` or the end of the extensions: the client may offer
/// more than `legacy_version`.
#[must_use]
pub fn client_hello(body: &[u8], declared_length: usize) -> ClientHelloFacts {
    let (body, cut) = bounded(body, declared_length);
    let whole = if cut { None } else { body::client_hello(body) };
    let (fields, session_id_length, fault) = match whole {
        Some(fields) => {
            let length = fields.session_id.len();
            (fields, length, None)
        }
        None => read_fields(body, cut),
    };
    let mut facts = ClientHelloFacts {
        readable: !cut,
        ..ClientHelloFacts::default()
    };
    let mut offer = ClientOffer {
        legacy_version: fields.legacy_version,
        session_id_length: u8::try_from(session_id_length).unwrap_or(u8::MAX),
        renegotiation_info: fields.cipher_suites.contains(&RENEGOTIATION_SCSV),
        fallback_scsv: fields.cipher_suites.contains(&FALLBACK_SCSV),
        cipher_suites: fields.cipher_suites,
        malformed: fault,
        ..ClientOffer::default()
    };
    if let Some(list) = fields.extensions {
        read_extensions(&mut facts, &mut offer, list, cut);
    }
    if offer.versions.is_empty() && !cut {
        offer.versions.push(offer.legacy_version);
    }
    facts.offer = Arc::new(offer);
    facts
}

/// `legacy_session_id` of a ClientHello's body, which a server echoes (RFC 8446 section 4.1.3). `None` where it is cut.
#[must_use]
pub fn client_session_id(body: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(body);
    cursor.take(BEFORE_SESSION_ID)?;
    cursor.vector8()
}

/// The fixed fields as far as they go, the declared length of the session id, and the first fault.
pub(super) fn read_fields(body: &[u8], cut: bool) -> (ClientHelloFields<'_>, usize, Fault) {
    let mut fields = Fields::new(body, cut);
    let mut hello = ClientHelloFields::default();
    let session_id_length = body.get(BEFORE_SESSION_ID).copied().map_or(0, usize::from);
    read_in_order(&mut fields, &mut hello);
    (hello, session_id_length, fields.fault)
}

/// `None` where the message ends early; what was read until then is in `hello`.
fn read_in_order<'a>(fields: &mut Fields<'a>, hello: &mut ClientHelloFields<'a>) -> Option<()> {
    let version = fields.cursor.u16();
    hello.legacy_version = fields.need(version)?;
    let random = fields.cursor.take(BEFORE_SESSION_ID.saturating_sub(2));
    fields.need(random)?;
    let (session_id, whole) = fields.session_id()?;
    hello.session_id = session_id;
    whole.then_some(())?;

    let length = fields.cursor.u16();
    let length = usize::from(fields.need(length)?);
    let (list, whole) = fields.vector(length);
    let (suites, odd) = extension::codes(Cursor::new(list));
    hello.cipher_suites = suites;
    if whole && odd.is_some() {
        fields.note("cipher suite list with an odd length");
    }
    whole.then_some(())?;

    let length = fields.cursor.u8();
    let length = usize::from(fields.need(length)?);
    let (_, whole) = fields.vector(length);
    whole.then_some(())?;
    hello.extensions = fields.extensions();
    Some(())
}

fn read_extensions(facts: &mut ClientHelloFacts, offer: &mut ClientOffer, list: &[u8], cut: bool) {
    let mut extensions = Extensions::new(list, cut);
    let mut fault = None;
    for found in extensions.by_ref() {
        fault = fault.or(read_extension(facts, offer, &found));
    }
    let (codes, list_fault) = extensions.finish();
    offer.extensions = codes;
    offer.malformed = offer.malformed.or(list_fault).or(fault);
    if facts.ech == Ech::Offered && facts.sni.as_ref().is_some_and(is_public_name) {
        facts.ech = Ech::PublicName;
    }
}

fn read_extension(
    facts: &mut ClientHelloFacts,
    offer: &mut ClientOffer,
    found: &Extension<'_>,
) -> Fault {
    let mut fault = None;
    match found.code {
        extension::SERVER_NAME => {
            let name;
            (name, fault) = extension::host_name(found);
            facts.sni = name.map(WireText::new);
        }
        extension::SUPPORTED_GROUPS => (offer.groups, fault) = extension::codes16(found),
        extension::SIGNATURE_ALGORITHMS => {
            (offer.signature_algorithms, fault) = extension::codes16(found)
        }
        extension::SUPPORTED_VERSIONS => (offer.versions, fault) = extension::codes8(found),
        extension::KEY_SHARE | extension::KEY_SHARE_DRAFT => {
            (offer.key_shares, fault) = extension::key_share_groups(found)
        }
        extension::EC_POINT_FORMATS => {
            let formats;
            (formats, fault) = extension::point_formats(found);
            offer.point_formats = formats.to_vec();
        }
        extension::ALPN => {
            let names;
            (names, fault) = extension::protocol_names(found);
            offer.alpn = names.into_iter().map(WireText::new).collect();
        }
        extension::SESSION_TICKET => offer.session_ticket = !found.data.is_empty(),
        extension::PRE_SHARED_KEY => offer.psk = true,
        extension::EARLY_DATA => offer.early_data = true,
        extension::COOKIE => offer.cookie = true,
        extension::EXTENDED_MASTER_SECRET => offer.extended_master_secret = true,
        extension::RENEGOTIATION_INFO => offer.renegotiation_info = true,
        extension::ENCRYPTED_CLIENT_HELLO => facts.ech = Ech::Offered,
        _ => {}
    }
    fault
}

/// Whether this is a known outer name of Encrypted ClientHello; DNS names have no case (RFC 4343).
pub(in crate::tls) fn is_public_name(name: &WireText) -> bool {
    std::str::from_utf8(name.bytes())
        .is_ok_and(|name| tables::is_ech_public_name(&name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests;
