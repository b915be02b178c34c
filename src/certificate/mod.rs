//! What is wrong with a chain of certificates that was sent in clear (TLS 1.2 and below), as of the time of its packet.
//!
//! Does: say what anyone can see who reads the chain: dates, names, order, what is missing, what is weak. Does not: check a
//! signature, ask anyone about revocation, or say that a handshake failed for it: a client may not care, and a completed
//! handshake with an expired certificate has the finding too. What could not be seen is no finding.
//!
//! Read first: [`Detail`], then [`findings`].

mod dates;
mod kind;
mod name;
mod path;
mod purpose;
mod roots;
mod strength;
mod words;

pub use kind::{Detail, Intermediate, Kind, NearMiss, Weight};
pub use roots::Roots;
pub(crate) use words::utc;

use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::facts::CertificateFacts;
use crate::facts::Ech;
use crate::facts::HandshakeFacts;
use crate::facts::WireText;
use path::Path;

/// A chain and what it is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The chain as sent, the server's own certificate first.
    pub chain: &'a [CertificateFacts],
    /// More certificates may have been sent than `chain` holds.
    pub cut: bool,
    /// The name that the client asked for. `None`: it asked for none, or hid it.
    pub asked: Option<&'a WireText>,
    /// When the chain was sent.
    pub at: Timestamp,
    /// Roots that clients may know.
    pub roots: &'a Roots,
}

impl<'a> Case<'a> {
    /// The chain of a handshake, if one was seen. Findings of equal chains, names and days are equal but for the time in them,
    /// so that a caller may keep them by the SHA-256 of the certificates, the name and the day.
    #[must_use]
    pub fn of(facts: &'a HandshakeFacts, roots: &'a Roots) -> Option<Self> {
        if facts.certificates.is_empty() {
            return None;
        }
        let hello = facts.current_hello();
        // Of a hello with a known outer name the inner one cannot be seen.
        let named = hello.filter(|hello| hello.ech != Ech::PublicName);
        let answer = facts.server_hello.as_ref();
        Some(Self {
            chain: &facts.certificates,
            cut: facts.certificates_cut,
            asked: named.and_then(|hello| hello.sni.as_ref()),
            at: answer.map_or(facts.last.at, |hello| hello.mark.at),
            roots,
        })
    }
}

/// Something that is wrong with a certificate, or worth a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// What, with its values.
    pub detail: Detail,
    /// Whether it is a fault or a note.
    pub weight: Weight,
    /// Which certificate, counted from 0 in the order sent.
    pub certificate: usize,
    /// The subject of that certificate, as one line.
    pub subject: WireText,
    /// One to three sentences with the values. Text from the wire in them is escaped.
    pub text: String,
    /// Frames that hold the chain. Empty where only the chain was given.
    pub frames: Vec<FrameRef>,
}

/// All that is found in a handshake whose chain was seen in clear; the server's own certificate first, then in the order sent.
#[must_use]
pub fn judge(facts: &HandshakeFacts, roots: &Roots) -> Vec<Finding> {
    let Some(case) = Case::of(facts, roots) else {
        return Vec::new();
    };
    let mut all = findings(&case);
    all.extend(status_missing(facts));
    all.sort_by_key(|finding| finding.certificate);
    for finding in &mut all {
        finding.frames.clone_from(&facts.certificate_frames);
    }
    all
}

/// What is found in the chain itself.
#[must_use]
pub fn findings(case: &Case<'_>) -> Vec<Finding> {
    let path = Path::new(case.chain);
    let mut all = name::check(case);
    all.extend(dates::check(case, &path));
    all.extend(path::check(case, &path));
    all.extend(strength::check(case, &path));
    all.extend(purpose::check(case, &path));
    all.sort_by_key(|finding| finding.certificate);
    all
}

/// A certificate that demands a stapled OCSP answer without one: of the handshake, not of the chain.
#[must_use]
pub fn status_missing(facts: &HandshakeFacts) -> Option<Finding> {
    purpose::status_missing(facts)
}

impl Finding {
    fn new(detail: Detail, weight: Weight, certificate: usize, of: &CertificateFacts) -> Self {
        Self {
            kind: detail.kind(),
            text: words::text(&detail, certificate, &of.subject),
            detail,
            weight,
            certificate,
            subject: of.subject.clone(),
            frames: Vec::new(),
        }
    }
}

/// Whether more is known of a certificate than its bytes; every one that parsed has an issuer.
fn is_readable(certificate: &CertificateFacts) -> bool {
    !certificate.issuer.is_empty()
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
