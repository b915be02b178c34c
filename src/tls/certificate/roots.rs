//! Roots that clients may know: Mozilla's by their names, and certificates of a PEM file.

use super::Certificate;
use super::name;
use crate::facts::CertificateFacts;
use crate::facts::WireText;
use std::error::Error;
use std::fmt;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

/// Labels of a certificate (RFC 7468 section 5.1); the second is OpenSSL's, with its trust settings behind the certificate.
const LABELS: [&str; 3] = ["CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE"];
/// SEQUENCE (X.690 section 8.9).
const SEQUENCE: u8 = 0x30;

/// A file of roots that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRoots {
    /// No PEM block in it is a certificate.
    None,
    /// The PEM block of this number, from 1, is damaged.
    Block(usize),
    /// The PEM block of this number, from 1, holds no certificate that can be read.
    Certificate(usize),
}

impl fmt::Display for BadRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str(
                "no certificate in it: PEM is needed, with \"-----BEGIN CERTIFICATE-----\"",
            ),
            Self::Block(number) => write!(f, "PEM block {number} is damaged"),
            Self::Certificate(number) => {
                write!(
                    f,
                    "PEM block {number} holds no certificate that can be read"
                )
            }
        }
    }
}

impl Error for BadRoots {}

/// The certificates of a PEM file, in order. Other blocks and the text between them are passed over.
///
/// # Errors
///
/// [`BadRoots::Block`] and [`BadRoots::Certificate`] for the first that cannot be read, [`BadRoots::None`] where there is none.
pub fn certificates_of_pem(file: &[u8]) -> Result<Vec<CertificateFacts>, BadRoots> {
    // Text between the blocks may be in any encoding.
    let text = String::from_utf8_lossy(file);
    let mut certificates = Vec::new();
    for (index, block) in Pem::iter_from_buffer(text.as_bytes()).enumerate() {
        let number = index.saturating_add(1);
        let block = block.map_err(|_| BadRoots::Block(number))?;
        if !LABELS.contains(&block.label.as_str()) {
            continue;
        }
        let Certificate {
            facts,
            place: Some(_),
        } = Certificate::read(&block.contents)
        else {
            return Err(BadRoots::Certificate(number));
        };
        certificates.push(facts);
    }
    if certificates.is_empty() {
        return Err(BadRoots::None);
    }
    Ok(certificates)
}

/// The subjects of the roots that Mozilla trusts for servers, as one line each, as in [`CertificateFacts::issuer`].
#[must_use]
pub fn mozilla_roots() -> Vec<WireText> {
    webpki_roots::TLS_SERVER_ROOTS
        .iter()
        .filter_map(|root| subject(&root.subject))
        .collect()
}

/// The name of which these are the parts, without the SEQUENCE around them.
fn subject(parts: &[u8]) -> Option<WireText> {
    let length = u16::try_from(parts.len()).ok()?;
    let [high, low] = length.to_be_bytes();
    // Two bytes of length whatever it is: BER rather than DER, and so no branch by size.
    let mut whole = vec![SEQUENCE, 0x82, high, low];
    whole.extend_from_slice(parts);
    let (_, parsed) = X509Name::from_der(&whole).ok()?;
    Some(name::line(&parsed)).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::BadRoots;
    use super::certificates_of_pem;
    use super::mozilla_roots;
    use super::subject;
    use crate::facts::WireText;

    /// A self-signed certificate of Ed25519 for `root.example.com`.
    const ROOT: &str = include_str!("root.pem");

    #[test]
    fn every_root_of_mozilla_has_a_name() {
        let roots = mozilla_roots();
        assert_eq!(roots.len(), webpki_roots::TLS_SERVER_ROOTS.len());
        assert!(roots.len() > 100);
        let wanted = WireText::from("C=US, O=Internet Security Research Group, CN=ISRG Root X1");
        assert!(roots.contains(&wanted));
    }

    #[test]
    fn what_is_no_name_is_none() {
        for parts in [&[][..], &[1, 2, 3], &[0; 70_000]] {
            assert_eq!(subject(parts), None);
        }
    }

    #[test]
    fn certificates_stand_between_other_blocks_and_text_of_any_kind() {
        let mut file = b"# Wurzel f\xfcr uns\n".to_vec();
        file.extend_from_slice(ROOT.as_bytes());
        file.extend_from_slice(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
        file.extend_from_slice(ROOT.replace("CERT", "TRUSTED CERT").as_bytes());
        let roots = certificates_of_pem(&file).expect("two certificates");
        let subjects: Vec<String> = roots.iter().map(|root| root.subject.to_string()).collect();
        assert_eq!(subjects, ["CN=root.example.com"; 2]);
    }

    #[test]
    fn a_file_that_is_no_use_says_why() {
        assert_eq!(certificates_of_pem(b""), Err(BadRoots::None));
        assert_eq!(certificates_of_pem(b"\x30\x82\xff"), Err(BadRoots::None));
        let cut = ROOT.split_at(ROOT.len() / 2).0;
        assert_eq!(certificates_of_pem(cut.as_bytes()), Err(BadRoots::Block(1)));
        let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(
            certificates_of_pem(empty.as_bytes()),
            Err(BadRoots::Certificate(1))
        );
        for length in 0..ROOT.len() {
            let (cut, _) = ROOT.split_at(length);
            // x509-parser does not look at what stands behind "-----END".
            let result = certificates_of_pem(cut.as_bytes());
            assert!(result.is_err() || cut.contains("-----END"));
        }
    }
}
