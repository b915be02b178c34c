//! Roots that clients may know.

use crate::facts::CertificateFacts;
use crate::facts::WireText;
use std::collections::HashSet;

/// Roots by their names, and certificates that were given as trusted, by their hash.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    names: HashSet<Vec<u8>>,
    given: HashSet<String>,
}

impl Roots {
    /// Adds the names of roots, as one line each.
    #[must_use]
    pub fn with_names(mut self, names: &[WireText]) -> Self {
        self.names.extend(names.iter().map(comparable));
        self
    }

    /// Adds certificates that a user named as trusted.
    #[must_use]
    pub fn with_certificates(mut self, certificates: &[CertificateFacts]) -> Self {
        for certificate in certificates {
            self.names.insert(comparable(&certificate.subject));
            self.given.insert(certificate.sha256.clone());
        }
        self
    }

    /// Whether a root has this name.
    pub(super) fn has_name(&self, name: &WireText) -> bool {
        self.names.contains(&comparable(name))
    }

    /// Whether this very certificate was given.
    pub(super) fn has(&self, certificate: &CertificateFacts) -> bool {
        self.given.contains(&certificate.sha256)
    }
}

/// Whether two distinguished names, as one line each, are the same by RFC 5280 section 7.1.
pub(super) fn same_name(a: &WireText, b: &WireText) -> bool {
    a == b || comparable(a) == comparable(b)
}

/// A name in lower case (ASCII), with single spaces: how it was encoded and spaced makes no difference (RFC 4518 section 2).
fn comparable(name: &WireText) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.bytes().len());
    for word in name.bytes().split(u8::is_ascii_whitespace) {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend(word.iter().map(u8::to_ascii_lowercase));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::same_name;
    use crate::facts::WireText;

    #[test]
    fn case_and_spaces_make_no_other_name() {
        let same = |a: &str, b: &str| same_name(&WireText::from(a), &WireText::from(b));
        assert!(same(
            "C=US, O=Acme  Inc, CN=Root",
            "c=us, o=ACME Inc, cn=root "
        ));
        assert!(!same("C=US, O=AcmeInc", "C=US, O=Acme Inc"));
        assert!(!same("CN=a", "CN=b"));
    }
}
