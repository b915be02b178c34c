//! What a certificate may be used for, and what it demands of its server.

use super::Case;
use super::Detail;
use super::Finding;
use super::Weight;
use super::path::Path;
use super::path::Role;
use crate::base::Side;
use crate::facts::HandshakeFacts;
use crate::facts::What;

/// Uses that make a certificate one for TLS servers; the two OIDs are Netscape's and Microsoft's older ones.
const FOR_SERVERS: [&str; 4] = [
    "serverAuth",
    "anyExtendedKeyUsage",
    "2.16.840.1.113730.4.1",
    "1.3.6.1.4.1.311.10.3.3",
];
/// Extensions by which a client takes a stapled OCSP answer (RFC 6066 section 8, RFC 6961).
const STATUS_REQUEST: [u16; 2] = [5, 17];
/// ServerKeyExchange, CertificateRequest and ServerHelloDone: a CertificateStatus would have come before them.
const BEHIND_STATUS: [u8; 3] = [12, 13, 14];

pub(super) fn check(case: &Case<'_>, path: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    for (place, role, certificate) in path.members(case.chain) {
        let uses = &certificate.extended_key_usage;
        let fits = uses.iter().any(|name| FOR_SERVERS.contains(&name.as_str()));
        // Of a root only the name and key count (RFC 5280 section 6.1.1).
        if role != Role::Root && !uses.is_empty() && !fits {
            let kind = Detail::NotForServers { uses: uses.clone() };
            found.push(Finding::new(kind, Weight::Fault, place, certificate));
        }
        if role == Role::Leaf && certificate.ca {
            found.push(Finding::new(
                Detail::CaAsServer,
                Weight::Note,
                place,
                certificate,
            ));
        }
    }
    found
}

/// Only where the client offered to take an answer, and the messages behind its place were seen without a hole.
pub(super) fn status_missing(facts: &HandshakeFacts) -> Option<Finding> {
    let leaf = facts.certificates.first().filter(|leaf| leaf.must_staple)?;
    let hello = facts.current_hello()?;
    let offered = STATUS_REQUEST
        .iter()
        .any(|extension| hello.extensions.contains(extension));
    let passed = facts.timeline.iter().any(|event| {
        event.from == Side::Server
            && matches!(event.what, What::Handshake { kind, .. } if BEHIND_STATUS.contains(&kind))
    });
    let hole = facts.gaps.iter().any(|gap| gap.from == Side::Server);
    let is_missing = facts.certificate_status.is_none() && offered && passed && !hole;
    is_missing.then(|| Finding::new(Detail::StatusMissing, Weight::Fault, 0, leaf))
}
