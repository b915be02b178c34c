//! Chains to start a unit test from.

use super::Case;
use super::Finding;
use super::Roots;
use super::findings;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::facts::CertificateFacts;
use crate::facts::KeyFacts;
use crate::facts::WireText;

/// 2023-11-14 22:13:20 UTC.
pub(super) const NOW: Timestamp = Timestamp(1_700_000_000_000_000_000);

/// `NOW` and so many days.
pub(super) fn days(count: i64) -> Timestamp {
    Timestamp(NOW.0 + count * 86_400 * i64::try_from(SECOND).unwrap())
}

/// A sound certificate, 30 days old and valid for 60 more.
pub(super) fn certificate(subject: &str, issuer: &str) -> CertificateFacts {
    CertificateFacts {
        length: 1000,
        subject: WireText::from(format!("O=Acme, CN={subject}").as_str()),
        issuer: WireText::from(format!("O=Acme, CN={issuer}").as_str()),
        not_before: Some(days(-30)),
        not_after: Some(days(60)),
        key: KeyFacts {
            kind: "RSA".to_owned(),
            bits: 2048,
        },
        signature: "sha256WithRSAEncryption".to_owned(),
        self_issued: subject == issuer,
        sha256: format!("{subject} by {issuer}"),
        ..CertificateFacts::default()
    }
}

pub(super) fn leaf() -> CertificateFacts {
    CertificateFacts {
        san_dns: vec![WireText::from("shop.example")],
        extended_key_usage: vec!["serverAuth".to_owned(), "clientAuth".to_owned()],
        ..certificate("shop.example", "Issuing CA")
    }
}

pub(super) fn intermediate() -> CertificateFacts {
    CertificateFacts {
        ca: true,
        ..certificate("Issuing CA", "Root CA")
    }
}

pub(super) fn root() -> CertificateFacts {
    CertificateFacts {
        ca: true,
        ..certificate("Root CA", "Root CA")
    }
}

/// What is found in a chain that was sent at `NOW` for `shop.example` to a client that knows no root.
pub(super) fn found(chain: &[CertificateFacts]) -> Vec<Finding> {
    found_for("shop.example", chain)
}

/// What is found in a chain that was sent at `NOW` for another name.
pub(super) fn found_for(asked: &str, chain: &[CertificateFacts]) -> Vec<Finding> {
    findings(&Case {
        chain,
        cut: false,
        asked: Some(&WireText::from(asked)),
        at: NOW,
        roots: &Roots::default(),
    })
}

/// Codes of findings with the places of their certificates; notes begin with `note:`.
pub(super) fn codes(found: &[Finding]) -> Vec<String> {
    found
        .iter()
        .map(|finding| {
            let note = match finding.weight {
                super::Weight::Fault => "",
                super::Weight::Note => "note:",
            };
            format!("{note}{} {}", finding.kind.code(), finding.certificate)
        })
        .collect()
}
