//! Whether the time of the packet lies within the validity (RFC 5280 section 4.1.2.5).

use super::Case;
use super::Detail;
use super::Finding;
use super::Weight;
use super::path::Path;
use super::path::Role;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::facts::CertificateFacts;

/// 1995-01-01, before there was TLS: a capture whose clock is older says nothing about dates.
const FIRST_PLAUSIBLE: Timestamp = Timestamp(788_918_400_000_000_000);

pub(super) fn check(case: &Case<'_>, path: &Path) -> Vec<Finding> {
    if case.at < FIRST_PLAUSIBLE {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (place, role, certificate) in path.members(case.chain) {
        // Clients look at their own copy of a root.
        let weight = match role {
            Role::Leaf | Role::Intermediate => Weight::Fault,
            Role::Root => Weight::Note,
        };
        found.extend(
            kind(certificate, case.at).map(|kind| Finding::new(kind, weight, place, certificate)),
        );
    }
    found
}

fn kind(certificate: &CertificateFacts, at: Timestamp) -> Option<Detail> {
    let early = certificate.not_before.filter(|not_before| at < *not_before);
    if let Some(not_before) = early {
        return Some(Detail::NotYetValid { not_before, at });
    }
    // The last second still belongs to it.
    let late = certificate.not_after.filter(|last| at >= last.plus(SECOND));
    late.map(|not_after| Detail::Expired { not_after, at })
}
