//! Keys and signatures that clients no longer take (CA/Browser Forum baseline requirements section 6.1.5; RFC 9155).

use super::Case;
use super::Detail;
use super::Finding;
use super::Weight;
use super::path::Path;
use super::path::Role;
use super::path::is_self_signed;
use crate::facts::CertificateFacts;

/// Bits of an RSA key that all usual clients take.
const RSA_BITS: u32 = 2048;
/// Below this keys have been factored: 829 bits in 2020.
const RSA_BITS_SAFE: u32 = 1024;
/// Hashes, as they begin or end the names of signature algorithms.
const WEAK_HASHES: [&str; 4] = ["md2", "md4", "md5", "sha1"];

pub(super) fn check(case: &Case<'_>, path: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    for (place, role, certificate) in path.members(case.chain) {
        let trusted = role != Role::Leaf && case.roots.has_name(&certificate.subject);
        // A client that knows a root of this name looks neither at a root that was sent nor at one cross-signed by another.
        let weight = if role == Role::Root || trusted {
            Weight::Note
        } else {
            Weight::Fault
        };
        let kinds = [weak_key(certificate), weak_signature(certificate)];
        for kind in kinds.into_iter().flatten() {
            found.push(Finding::new(kind, weight, place, certificate));
        }
    }
    found
}

fn weak_key(certificate: &CertificateFacts) -> Option<Detail> {
    let key = &certificate.key;
    match (key.kind.as_str(), key.bits) {
        ("RSA" | "RSA-PSS", bits @ 1..RSA_BITS_SAFE) => Some(Detail::BreakableKey { bits }),
        ("RSA" | "RSA-PSS", bits @ RSA_BITS_SAFE..RSA_BITS) => Some(Detail::WeakKey { bits }),
        _ => None,
    }
}

/// What signed itself proves nothing by its signature, however strong.
fn weak_signature(certificate: &CertificateFacts) -> Option<Detail> {
    let name = certificate.signature.to_ascii_lowercase();
    let is_weak = WEAK_HASHES
        .iter()
        .any(|hash| name.starts_with(hash) || name.ends_with(hash));
    (is_weak && !is_self_signed(certificate)).then(|| Detail::WeakSignature {
        algorithm: certificate.signature.clone(),
    })
}
