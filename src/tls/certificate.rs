//! Certificate messages up to TLS 1.2 (RFC 5246 section 7.4.2): from the list to one [`CertificateFacts`] each.
//!
//! ```text
//! 3 certificate_list length | 3 length | DER      repeated, leaf first
//! ```
//!
//! TLS 1.3 encrypts its chain; what this file reads is what any box on the way can read. Nothing is verified here, neither a
//! signature nor a date. A certificate that does not parse is kept with its hash and the reason.

mod key;
mod name;
mod roots;
mod usage;

pub use roots::{BadRoots, certificates_of_pem, mozilla_roots};

use super::cursor::Cursor;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::facts::CertificateFacts;
use crate::facts::Chain;
use crate::facts::NAMES_MAX;
use crate::facts::WireText;
use crate::facts::fingerprint;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::extensions::ParsedExtension;
use x509_parser::time::ASN1Time;

/// Certificates kept of one chain; real chains hold at most ten, and each costs two hashes.
const CHAIN_MAX: usize = 32;
/// Messages up to this many bytes are kept to be read later; real ones have 2 to 20 thousand. Of a larger one its facts are less.
const KEPT_AS_SENT: usize = 32 * 1024;
/// id-pe-tlsfeature (RFC 7633 section 4).
const TLS_FEATURE: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 24];
/// Signed certificate timestamps (RFC 6962 section 3.3).
const SCT_LIST: &[u64] = &[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];

/// The certificates of a Certificate message's body that are whole, leaf first, at most 32; not read yet.
#[must_use]
pub fn sent(body: &[u8], declared_length: usize) -> Chain {
    let body = body.get(..declared_length).unwrap_or(body);
    let Some(leaf) = ders(body).next() else {
        return Chain::default();
    };
    if body.len() > KEPT_AS_SENT {
        return read(body).into();
    }
    let count = ders(body).take(CHAIN_MAX).count();
    Chain::sent(body, count, &fingerprint::sha256_bytes(leaf), read)
}

/// The same, read.
#[must_use]
pub fn certificate_chain(body: &[u8], declared_length: usize) -> Vec<CertificateFacts> {
    read(body.get(..declared_length).unwrap_or(body))
}

fn read(body: &[u8]) -> Vec<CertificateFacts> {
    let mut previous: Option<Place> = None;
    let mut chain = Vec::new();
    for der in ders(body).take(CHAIN_MAX) {
        let Certificate { mut facts, place } = Certificate::read(der);
        if !chain.is_empty() {
            let pair = place.as_ref().zip(previous.as_ref());
            facts.issued_previous = pair.map(|(issuer, subject)| issuer.issued(subject));
        }
        chain.push(facts);
        previous = place;
    }
    chain
}

/// A certificate that was read.
#[derive(Debug)]
struct Certificate {
    facts: CertificateFacts,
    /// `None` where it does not parse.
    place: Option<Place>,
}

/// What tells who issued whom (RFC 5280 section 6.1): names as they are encoded, and key identifiers.
#[derive(Debug)]
struct Place {
    subject: Box<[u8]>,
    issuer: Box<[u8]>,
    own_key: Option<Box<[u8]>>,
    issuers_key: Option<Box<[u8]>>,
}

impl Place {
    fn of(certificate: &X509Certificate<'_>) -> Self {
        let mut place = Self {
            subject: certificate.subject().as_raw().into(),
            issuer: certificate.issuer().as_raw().into(),
            own_key: None,
            issuers_key: None,
        };
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(authority) => {
                    let id = authority.key_identifier.as_ref();
                    place.issuers_key = place.issuers_key.or(id.map(|id| id.0.into()));
                }
                ParsedExtension::SubjectKeyIdentifier(id) => {
                    place.own_key.get_or_insert_with(|| id.0.into());
                }
                _ => {}
            }
        }
        place
    }

    /// Whether this is by its name, and by its key identifier where both tell one, who issued `subject`.
    fn issued(&self, subject: &Self) -> bool {
        let keys = subject.issuers_key.as_ref().zip(self.own_key.as_ref());
        self.subject == subject.issuer && keys.is_none_or(|(wanted, has)| wanted == has)
    }
}

/// How many whole certificates the body of a Certificate message holds; 0 is a client's "I have none" (RFC 5246 section 7.4.6).
#[must_use]
pub fn certificate_count(body: &[u8]) -> usize {
    ders(body).count()
}

/// The whole certificates of the list.
fn ders(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut list = Cursor::new(body);
    let length = list.u24().unwrap_or(0);
    let (list, _) = list.take_up_to(length);
    let mut list = Cursor::new(list);
    std::iter::from_fn(move || {
        let length = list.u24()?;
        list.take(length)
    })
}

impl Certificate {
    fn read(der: &[u8]) -> Self {
        let mut facts = CertificateFacts {
            length: u32::try_from(der.len()).unwrap_or(u32::MAX),
            sha256: fingerprint::sha256(der),
            ..CertificateFacts::default()
        };
        let Ok((rest, certificate)) = x509_parser::parse_x509_certificate(der) else {
            facts.malformed = Some("not a certificate that can be read");
            return Self { facts, place: None };
        };
        if !rest.is_empty() {
            facts.malformed = Some("bytes behind the certificate");
        }
        fill(&mut facts, &certificate);
        let place = Some(Place::of(&certificate));
        Self { facts, place }
    }
}

fn fill(facts: &mut CertificateFacts, certificate: &X509Certificate<'_>) {
    facts.subject = name::line(certificate.subject());
    facts.issuer = name::line(certificate.issuer());
    facts.not_before = Some(timestamp(certificate.validity().not_before));
    facts.not_after = Some(timestamp(certificate.validity().not_after));
    facts.serial = serial(certificate.raw_serial());
    facts.key = key::facts(certificate.public_key());
    facts.signature = key::signature_name(&certificate.signature_algorithm.algorithm);
    facts.self_issued = certificate.subject().as_raw() == certificate.issuer().as_raw();
    facts.spki_sha256 = fingerprint::sha256(certificate.public_key().raw);
    for extension in certificate.extensions() {
        // Whatever is in it: no other certificates have it.
        facts.logged |= key::oid_is(&extension.oid, SCT_LIST);
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(constraints) => facts.ca = constraints.ca,
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in names.general_names.iter().take(NAMES_MAX) {
                    add_name(facts, name);
                }
            }
            ParsedExtension::SubjectKeyIdentifier(id) => {
                facts.subject_key_id = fingerprint::hex(id.0);
            }
            ParsedExtension::AuthorityKeyIdentifier(authority) => {
                let id = authority.key_identifier.as_ref().map(|id| id.0);
                facts.authority_key_id = id.map(fingerprint::hex).unwrap_or_default();
                facts.issuer_issuer = usage::issuer_issuer(authority);
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                facts.ca_issuers = usage::ca_issuers(access);
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                facts.extended_key_usage = usage::names(usage);
            }
            ParsedExtension::ParseError { .. } => {
                facts.malformed = facts.malformed.or(Some("extension that cannot be read"));
            }
            _ if key::oid_is(&extension.oid, TLS_FEATURE) => {
                facts.must_staple |= asks_for_status(extension.value)
            }
            _ => {}
        }
    }
}

fn add_name(facts: &mut CertificateFacts, name: &GeneralName<'_>) {
    match name {
        GeneralName::DNSName(name) => facts.san_dns.push(WireText::from(*name)),
        // A name that is not ASCII against RFC 5280 section 4.2.1.6 is still what the server showed.
        GeneralName::Invalid(tag, bytes) if tag.0 == 2 => facts.san_dns.push(WireText::new(bytes)),
        GeneralName::IPAddress(bytes) => facts.san_ip.push(ip_text(bytes)),
        _ => {}
    }
}

/// An address of 4 or 16 bytes as usual, one of another length in hex.
fn ip_text(bytes: &[u8]) -> WireText {
    let text = if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        std::net::Ipv4Addr::from(v4).to_string()
    } else if let Ok(v6) = <[u8; 16]>::try_from(bytes) {
        std::net::Ipv6Addr::from(v6).to_string()
    } else {
        fingerprint::hex(bytes)
    };
    WireText::from(text.as_str())
}

/// Saturates in 2262, so that "no expiry" (99991231235959Z, RFC 5280 section 4.1.2.5) stays far away.
fn timestamp(time: ASN1Time) -> Timestamp {
    Timestamp(
        time.timestamp()
            .saturating_mul(i64::try_from(SECOND).unwrap_or(i64::MAX)),
    )
}

/// The serial in hex without the zero byte that only keeps the number positive.
fn serial(raw: &[u8]) -> String {
    match raw {
        [0, number @ ..] if !number.is_empty() => fingerprint::hex(number),
        number => fingerprint::hex(number),
    }
}

/// `Features ::= SEQUENCE OF INTEGER` holds 5, status_request, or 17, status_request_v2.
fn asks_for_status(features: &[u8]) -> bool {
    features
        .windows(3)
        .any(|integer| matches!(integer, [2, 1, 5 | 17]))
}

#[cfg(test)]
mod tests;
