//! Whether the certificate is for the name that was asked for (RFC 9525 section 6).

use super::Case;
use super::Detail;
use super::Finding;
use super::NearMiss;
use super::Weight;
use super::is_readable;
use crate::facts::CertificateFacts;
use crate::facts::NAMES_MAX;
use crate::facts::WireText;
use std::net::IpAddr;

/// Names shown of a certificate.
const NAMES_SHOWN: usize = 5;

/// At most one finding, for the first certificate.
pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let found = case
        .asked
        .zip(case.chain.first())
        .filter(|(_, leaf)| is_readable(leaf))
        .and_then(|(asked, leaf)| mismatch(asked, leaf));
    found.into_iter().collect()
}

fn mismatch(asked: &WireText, leaf: &CertificateFacts) -> Option<Finding> {
    let name = Name::of(asked)?;
    let count = leaf.san_dns.len().saturating_add(leaf.san_ip.len());
    // The name may be among those that could not be read, or were not kept.
    let may_be_there = leaf.malformed.is_some() || count >= NAMES_MAX;
    if may_be_there || name.is_in(leaf) {
        return None;
    }
    let names: Vec<WireText> = leaf
        .san_dns
        .iter()
        .chain(&leaf.san_ip)
        .take(NAMES_SHOWN)
        .cloned()
        .collect();
    let kind = Detail::NameMismatch {
        asked: asked.clone(),
        more: count.saturating_sub(names.len()),
        names,
        near: name.near(leaf),
    };
    Some(Finding::new(kind, Weight::Fault, 0, leaf))
}

/// What was asked for, ready to be compared.
enum Name {
    /// A DNS name in lower case, without a dot at its end. Names of other scripts as A-labels, as they travel.
    Dns(String),
    /// An address, which RFC 6066 section 3 forbids in SNI and some clients send.
    Address(IpAddr),
}

impl Name {
    /// `None` where it is empty or no ASCII: such a name would have to be mapped first (RFC 5891), and is no SNI.
    fn of(asked: &WireText) -> Option<Self> {
        let name = plain(asked)?;
        match name.parse() {
            Ok(address) => Some(Self::Address(address)),
            Err(_) => Some(Self::Dns(name)),
        }
    }

    fn is_in(&self, leaf: &CertificateFacts) -> bool {
        match self {
            Self::Dns(name) => leaf
                .san_dns
                .iter()
                .filter_map(plain)
                .any(|pattern| matches(&pattern, name)),
            Self::Address(address) => leaf
                .san_ip
                .iter()
                .filter_map(plain)
                .any(|text| text.parse() == Ok(*address)),
        }
    }

    fn near(&self, leaf: &CertificateFacts) -> NearMiss {
        let Self::Dns(name) = self else {
            return NearMiss::None;
        };
        for pattern in &leaf.san_dns {
            let text = plain(pattern);
            let Some(base) = text.as_deref().and_then(|text| text.strip_prefix("*.")) else {
                continue;
            };
            if name == base {
                return NearMiss::Base(pattern.clone());
            }
            if name
                .strip_suffix(base)
                .is_some_and(|front| front.ends_with('.'))
            {
                return NearMiss::Deeper(pattern.clone());
            }
        }
        if leaf.san_dns.is_empty() && common_name_is(&leaf.subject, name) {
            return NearMiss::CommonName;
        }
        NearMiss::None
    }
}

/// ASCII text in lower case without a dot at its end; `None` for any other, and for the empty one.
fn plain(text: &WireText) -> Option<String> {
    let text = std::str::from_utf8(text.bytes()).ok()?;
    let text = text.strip_suffix('.').unwrap_or(text);
    (text.is_ascii() && !text.is_empty()).then(|| text.to_ascii_lowercase())
}

/// Whether a name of a certificate is, or as a wildcard stands for, `name`. A wildcard is one whole label, the first
/// (RFC 9525 section 6.3).
fn matches(pattern: &str, name: &str) -> bool {
    let Some(base) = pattern.strip_prefix("*.") else {
        return pattern == name && !pattern.contains('*');
    };
    let Some((label, rest)) = name.split_once('.') else {
        return false;
    };
    !label.is_empty() && !base.is_empty() && !base.contains('*') && base == rest
}

/// Whether the subject, as one line, has this common name.
fn common_name_is(subject: &WireText, name: &str) -> bool {
    let line = subject.to_string().to_ascii_lowercase();
    let mut attributes = line.split([',', '+']).map(str::trim);
    attributes.any(|attribute| attribute.strip_prefix("cn=") == Some(name))
}

#[cfg(test)]
mod tests {
    use super::matches;
    use super::plain;
    use crate::facts::WireText;

    #[test]
    fn a_wildcard_is_the_whole_first_label_and_nothing_else() {
        for (pattern, name) in [
            ("a.example", "a.example"),
            ("*.a.example", "b.a.example"),
            ("*.a.example", "xn--mnchen-3ya.a.example"),
            ("*.a.example", "_srv.a.example"),
            ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("a.example", "b.a.example"),
            ("*.a.example", "a.example"),
            ("*.a.example", "c.b.a.example"),
            ("*.a.example", ".a.example"),
            ("b*.a.example", "bc.a.example"),
            ("*b.a.example", "cb.a.example"),
            ("a.*.example", "a.b.example"),
            ("*.*.example", "a.b.example"),
            ("*", "localhost"),
            ("*.", "localhost."),
            ("*.", "a."),
            ("xn--*.example", "xn--mnchen-3ya.example"),
            ("a*", "a*"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn names_are_compared_in_lower_case_without_their_last_dot() {
        let plain = |text: &str| plain(&WireText::from(text));
        assert_eq!(plain("Shop.Example."), Some("shop.example".to_owned()));
        assert_eq!(
            (plain(""), plain("."), plain("münchen.example")),
            (None, None, None)
        );
        assert_eq!(super::plain(&WireText::new(b"\xff.example")), None);
    }
}
