//! From the server's own certificate to the last issuer that was sent.

use super::Case;
use super::Detail;
use super::Finding;
use super::Intermediate;
use super::Weight;
use super::is_readable;
use super::roots::same_name;
use crate::facts::CertificateFacts;

/// The certificates of a chain that belong together, each followed by its issuer, as places in the chain as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    places: Vec<usize>,
}

/// What part a certificate has in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The first one: the server's own.
    Leaf,
    /// Issued the one before it, and was issued by another.
    Intermediate,
    /// Signed by itself, and not the first.
    Root,
}

impl Path {
    pub(super) fn new(chain: &[CertificateFacts]) -> Self {
        let mut places = Vec::new();
        let mut next = chain.first().filter(|leaf| is_readable(leaf)).map(|_| 0);
        while let Some(place) = next {
            places.push(place);
            next = issuer_of(chain, place, &places);
        }
        Self { places }
    }

    /// The certificates of the path with their places and roles.
    pub(super) fn members<'a>(
        &'a self,
        chain: &'a [CertificateFacts],
    ) -> impl Iterator<Item = (usize, Role, &'a CertificateFacts)> {
        self.places.iter().filter_map(|place| {
            let certificate = chain.get(*place)?;
            let role = match *place {
                0 => Role::Leaf,
                _ if is_self_signed(certificate) => Role::Root,
                _ => Role::Intermediate,
            };
            Some((*place, role, certificate))
        })
    }
}

/// The place of the issuer of the certificate at `place`, one that is not yet `taken`; the next one sent before any other.
fn issuer_of(chain: &[CertificateFacts], place: usize, taken: &[usize]) -> Option<usize> {
    let certificate = chain.get(place).filter(|one| !is_self_signed(one))?;
    let fits = |(at, issuer): &(usize, &CertificateFacts)| {
        !taken.contains(at) && issued(issuer, certificate)
    };
    let all = || chain.iter().enumerate();
    let behind = all().skip(place.saturating_add(1)).find(fits);
    behind.or_else(|| all().find(fits)).map(|(at, _)| at)
}

/// Whether `issuer` issued `certificate`, by its name, and by its key identifier where both tell one.
fn issued(issuer: &CertificateFacts, certificate: &CertificateFacts) -> bool {
    is_readable(issuer)
        && is_readable(certificate)
        && issuer.sha256 != certificate.sha256
        && same_name(&issuer.subject, &certificate.issuer)
        && !differ(&issuer.subject_key_id, &certificate.authority_key_id)
}

/// Whether it issued itself, and no key identifier speaks against it.
pub(super) fn is_self_signed(certificate: &CertificateFacts) -> bool {
    certificate.self_issued && !differ(&certificate.subject_key_id, &certificate.authority_key_id)
}

/// Whether two key identifiers are known and not the same.
fn differ(a: &str, b: &str) -> bool {
    !a.is_empty() && !b.is_empty() && a != b
}

/// What is missing from the chain, and what is too much in it.
pub(super) fn check(case: &Case<'_>, path: &Path) -> Vec<Finding> {
    let Some(leaf) = case.chain.first().filter(|leaf| is_readable(leaf)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // One that the user named as trusted needs no issuer.
    if !case.roots.has(leaf) {
        found.extend(unsupported(case, path, leaf));
    }
    found.extend(leaf_not_first(case, leaf).or_else(|| wrong_order(case, path)));
    for (place, certificate) in case.chain.iter().enumerate().skip(1) {
        if is_self_signed(certificate) && certificate.sha256 != leaf.sha256 {
            let root = Finding::new(Detail::SuperfluousRoot, Weight::Note, place, certificate);
            found.push(root);
        }
    }
    found
}

/// The server's own certificate stands alone. An issuer that is absent higher up cannot be told from a private root.
fn unsupported(case: &Case<'_>, path: &Path, leaf: &CertificateFacts) -> Option<Finding> {
    if is_self_signed(leaf) {
        return Some(Finding::new(Detail::SelfSigned, Weight::Fault, 0, leaf));
    }
    let may_be_there = case.cut || case.chain.iter().any(|one| !is_readable(one));
    if path.places.len() > 1 || may_be_there || issuer_is_root(case, leaf) {
        return None;
    }
    let sure = intermediate(leaf);
    let weight = match sure {
        Some(_) => Weight::Fault,
        None => Weight::Note,
    };
    let kind = Detail::ChainIncomplete {
        issuer: leaf.issuer.clone(),
        sure,
        ca_issuers: leaf.ca_issuers.clone(),
    };
    Some(Finding::new(kind, weight, 0, leaf))
}

/// Whether the issuer is a known root, or by the certificate's own words issued itself.
fn issuer_is_root(case: &Case<'_>, leaf: &CertificateFacts) -> bool {
    let above = leaf.issuer_issuer.as_ref();
    case.roots.has_name(&leaf.issuer) || above.is_some_and(|above| same_name(above, &leaf.issuer))
}

/// What shows that the issuer is no root.
fn intermediate(leaf: &CertificateFacts) -> Option<Intermediate> {
    match &leaf.issuer_issuer {
        Some(above) => Some(Intermediate::IssuedBy(above.clone())),
        None => leaf.logged.then_some(Intermediate::Logged),
    }
}

/// A CA's certificate first, and a server's certificate that it issued behind it.
fn leaf_not_first(case: &Case<'_>, first: &CertificateFacts) -> Option<Finding> {
    if !first.ca {
        return None;
    }
    let mut others = case.chain.iter().enumerate().skip(1);
    let (place, _) = others.find(|(_, other)| !other.ca && issued(first, other))?;
    let kind = Detail::LeafNotFirst { issued: place };
    Some(Finding::new(kind, Weight::Fault, 0, first))
}

/// Most clients sort the chain themselves; RFC 5246 section 7.4.2 demands the order all the same.
fn wrong_order(case: &Case<'_>, path: &Path) -> Option<Finding> {
    let mut places = path.places.iter().enumerate();
    let (_, place) = places.find(|(index, place)| index != *place)?;
    let kind = Detail::WrongOrder {
        order: path.places.clone(),
    };
    let certificate = case.chain.get(*place)?;
    Some(Finding::new(kind, Weight::Fault, *place, certificate))
}
