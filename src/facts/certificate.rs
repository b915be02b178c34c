//! Certificates as sent, visible up to TLS 1.2.

use super::WireText;
use crate::base::Timestamp;

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
