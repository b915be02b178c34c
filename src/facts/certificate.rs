//! Certificates as sent, visible up to TLS 1.2.

use super::WireText;
use crate::base::Timestamp;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::OnceLock;

/// Names of subjectAltName kept of one certificate; public CAs allow 100 to 2,000. A certificate with so many may have more.
pub const NAMES_MAX: usize = 2000;

/// One certificate of a chain (RFC 5280), parsed as far as it could be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Length of the DER in bytes.
    pub length: u32,
    /// Subject as one line.
    pub subject: WireText,
    /// Issuer as one line.
    pub issuer: WireText,
    /// DNS names of subjectAltName.
    pub san_dns: Vec<WireText>,
    /// IP addresses of subjectAltName, as text.
    pub san_ip: Vec<WireText>,
    /// Start of validity. `None` where it could not be parsed.
    pub not_before: Option<Timestamp>,
    /// End of validity.
    pub not_after: Option<Timestamp>,
    /// Serial number in hex, no separators.
    pub serial: String,
    /// subjectKeyIdentifier in hex. Empty: none.
    pub subject_key_id: String,
    /// keyIdentifier of authorityKeyIdentifier in hex. Empty: none.
    pub authority_key_id: String,
    /// Who issued the issuer, as one line: authorityCertIssuer of authorityKeyIdentifier, which few certificates have.
    pub issuer_issuer: Option<WireText>,
    /// Signed certificate timestamps are in it (RFC 6962 section 3.3), as public CAs do.
    pub logged: bool,
    /// Where the issuer's certificate can be had: the first caIssuers address of authorityInfoAccess.
    pub ca_issuers: Option<WireText>,
    /// extKeyUsage: `serverAuth`, `clientAuth`, ... as RFC 5280 writes them, or the OID in dots. Empty: no such extension, for
    /// any use.
    pub extended_key_usage: Vec<String>,
    /// Public key.
    pub key: KeyFacts,
    /// Signature algorithm: `sha256WithRSAEncryption`, or the OID in dots.
    pub signature: String,
    /// basicConstraints CA.
    pub ca: bool,
    /// Issuer equals subject.
    pub self_issued: bool,
    /// TLS feature extension asks for a stapled OCSP answer (RFC 7633).
    pub must_staple: bool,
    /// SHA-256 of the DER in hex.
    pub sha256: String,
    /// SHA-256 of the SubjectPublicKeyInfo in hex. Empty where it could not be parsed.
    pub spki_sha256: String,
    /// Whether this certificate's subject issued the one before it in the chain (`None` for the leaf).
    pub issued_previous: Option<bool>,
    /// What could not be parsed.
    pub malformed: Option<&'static str>,
}

/// A public key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFacts {
    /// `RSA`, `ECDSA`, `Ed25519`, ... or the OID in dots.
    pub kind: String,
    /// Size in bits, 0 where unknown.
    pub bits: u32,
}

/// The certificates of one message, leaf first, as a list; flows that were sent the same share it. They are read from their bytes when one
/// is first looked at: of most handshakes none ever is.
#[derive(Clone, Default)]
pub struct Chain(Option<Arc<Sent>>);

/// A Certificate message (RFC 5246 section 7.4.2) with at least one whole certificate.
struct Sent {
    body: Box<[u8]>,
    count: usize,
    leaf: Option<u128>,
    read: Read,
    certificates: OnceLock<Vec<CertificateFacts>>,
}

/// Reads the certificates of a message's body: as many as were counted.
type Read = fn(&[u8]) -> Vec<CertificateFacts>;

impl Chain {
    /// The `count` certificates in `body`, of whose leaf this is the SHA-256.
    #[must_use]
    pub fn sent(
        body: &[u8],
        count: usize,
        leaf: &[u8; 32],
        read: fn(&[u8]) -> Vec<CertificateFacts>,
    ) -> Self {
        let start = leaf.first_chunk().copied().map(u128::from_be_bytes);
        Self((count > 0).then(|| {
            Arc::new(Sent {
                body: body.into(),
                count,
                leaf: start,
                read,
                certificates: OnceLock::new(),
            })
        }))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |sent| sent.count)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message they came in, whole or as far as it was captured.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |sent| &sent.body)
    }

    /// The first 16 bytes of the leaf's SHA-256, as a number.
    #[must_use]
    pub fn leaf_id(&self) -> Option<u128> {
        self.0.as_ref()?.leaf
    }
}

impl Deref for Chain {
    type Target = [CertificateFacts];

    fn deref(&self) -> &[CertificateFacts] {
        let read = |sent: &Arc<Sent>| (sent.read)(&sent.body);
        self.0
            .as_ref()
            .map_or(&[], |sent| sent.certificates.get_or_init(|| read(sent)))
    }
}

impl From<Vec<CertificateFacts>> for Chain {
    fn from(certificates: Vec<CertificateFacts>) -> Self {
        let leaf = certificates.first().and_then(|leaf| leaf.sha256.get(..32));
        let leaf = leaf.and_then(|start| u128::from_str_radix(start, 16).ok());
        let count = certificates.len();
        Self((count > 0).then(|| {
            Arc::new(Sent {
                body: Box::default(),
                count,
                leaf,
                read: |_| Vec::new(),
                certificates: certificates.into(),
            })
        }))
    }
}

impl<const N: usize> From<[CertificateFacts; N]> for Chain {
    fn from(certificates: [CertificateFacts; N]) -> Self {
        Vec::from(certificates).into()
    }
}

impl PartialEq for Chain {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self[..].fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::CertificateFacts;
    use super::Chain;

    fn named(subject: &str) -> CertificateFacts {
        CertificateFacts {
            subject: subject.into(),
            sha256: "00112233445566778899aabbccddeeff".repeat(2),
            ..CertificateFacts::default()
        }
    }

    #[test]
    fn certificates_are_read_when_one_is_looked_at_and_once() {
        let read = |body: &[u8]| vec![named(std::str::from_utf8(body).unwrap())];
        let chain = Chain::sent(b"leaf", 1, &[0xab; 32], read);
        let shared = chain.clone();
        assert_eq!((chain.len(), chain.is_empty()), (1, false));
        assert_eq!(chain.leaf_id(), Some(u128::from_be_bytes([0xab; 16])));
        assert_eq!(chain[0].subject, "leaf".into());
        assert!(std::ptr::eq(&chain[0], &shared[0]));
    }

    #[test]
    fn a_list_is_as_good_as_bytes() {
        let list = Chain::from([named("leaf"), named("root")]);
        assert_eq!(list.len(), 2);
        assert_eq!(
            list.leaf_id(),
            Some(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)
        );
        let read = |_: &[u8]| vec![named("leaf"), named("root")];
        assert_eq!(Chain::sent(b"bytes", 2, &[0; 32], read), list);
        assert!(list != Chain::default() && Chain::default() == Chain::from([]));
    }
}
