//! Certificates and alerts as records.

use super::hello;
use super::parts::FrameRecord;
use super::parts::FramesRecord;
use super::parts::Hidden;
use super::parts::SideRecord;
use crate::base::FrameRef;
use crate::base::Side;
use crate::facts::AlertFacts;
use crate::facts::CertificateFacts;
use crate::facts::HandshakeFacts;
use crate::report::time::rfc3339;
use crate::report::value;
use crate::tables;
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

/// A certificate as sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CertificateRecord {
    /// Frames that hold the Certificate message.
    #[serde(flatten)]
    pub seen: FramesRecord,
    /// Subject as one line.
    pub subject: String,
    /// Issuer as one line.
    pub issuer: String,
    /// DNS names of subjectAltName.
    pub san_dns: Vec<String>,
    /// IP addresses of subjectAltName.
    pub san_ip: Vec<String>,
    /// Start of validity. `null`: not readable.
    pub not_before: Option<String>,
    /// End of validity. `null`: not readable.
    pub not_after: Option<String>,
    /// Serial number in hex.
    pub serial: String,
    /// Public key.
    pub key: KeyRecord,
    /// Signature algorithm.
    pub signature: String,
    /// basicConstraints CA.
    pub ca: bool,
    /// Whether issuer equals subject; the signature is not checked.
    pub self_signed: bool,
    /// SHA-256 of the DER in hex.
    pub sha256: String,
    /// SHA-256 of the SubjectPublicKeyInfo in hex. `null`: not readable.
    pub spki_sha256: Option<String>,
    /// Length of the DER in bytes.
    pub length: u32,
    /// Whether it asks for a stapled OCSP answer (RFC 7633).
    pub must_staple: bool,
    /// Whether its subject is the issuer of the certificate before it. `null`: it is the first.
    pub issued_previous: Option<bool>,
    /// What could not be parsed.
    pub malformed: Option<&'static str>,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyRecord {
    /// `RSA`, `ECDSA`, `Ed25519`, or the OID.
    #[serde(rename = "type")]
    pub kind: String,
    /// Size in bits. `null`: unknown.
    pub bits: Option<u32>,
}

impl CertificateRecord {
    fn new(facts: &CertificateFacts, frames: &[FrameRef]) -> Self {
        let texts =
            |texts: &[crate::facts::WireText]| texts.iter().map(ToString::to_string).collect();
        Self {
            seen: FramesRecord::from(frames),
            subject: facts.subject.to_string(),
            issuer: facts.issuer.to_string(),
            san_dns: texts(&facts.san_dns),
            san_ip: texts(&facts.san_ip),
            not_before: facts.not_before.map(rfc3339),
            not_after: facts.not_after.map(rfc3339),
            serial: facts.serial.clone(),
            key: KeyRecord {
                kind: facts.key.kind.clone(),
                bits: Some(facts.key.bits).filter(|bits| *bits > 0),
            },
            signature: facts.signature.clone(),
            ca: facts.ca,
            self_signed: facts.self_issued,
            sha256: facts.sha256.clone(),
            spki_sha256: Some(facts.spki_sha256.clone()).filter(|hash| !hash.is_empty()),
            length: facts.length,
            must_staple: facts.must_staple,
            issued_previous: facts.issued_previous,
            malformed: facts.malformed,
        }
    }
}

/// The server's chain; left out where it was sent and could not be read.
pub(super) fn chain(facts: &HandshakeFacts, hidden: &mut Hidden) -> Option<Vec<CertificateRecord>> {
    let records = facts
        .certificates
        .iter()
        .map(|certificate| CertificateRecord::new(certificate, &facts.certificate_frames))
        .collect();
    if facts.certificates.is_empty() {
        if let Some(length) = facts.compressed_certificate {
            hidden.put(
                "certificates",
                format!("compressed (RFC 8879), {length} bytes"),
            );
            return None;
        }
        if let Some(reason) = after_server_hello(facts, Side::Server) {
            hidden.put("certificates", reason);
            return None;
        }
    }
    Some(records)
}

/// Why messages of `side` behind the ServerHello could not be seen, if they could not.
fn after_server_hello(facts: &HandshakeFacts, side: Side) -> Option<&'static str> {
    match &facts.server_hello {
        Some(hello) if hello::is_tls13(hello.version) => Some("encrypted in TLS 1.3"),
        Some(hello) if hello.resumed => None,
        Some(_) => hello::missing(facts, side),
        None => None,
    }
}

/// Client authentication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClientCertificateRecord {
    /// Whether the server sent a CertificateRequest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<bool>,
    /// Certificates in the client's Certificate message, 0 for an empty one. `null`: no such message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Option<usize>>,
}

impl ClientCertificateRecord {
    pub(super) fn new(facts: &HandshakeFacts, hidden: &mut Hidden) -> Self {
        let requested = facts.certificate_request.is_some();
        let sent = facts.client_certificate.map(|(_, count)| count);
        let server = after_server_hello(facts, Side::Server).filter(|_| !requested);
        let client = after_server_hello(facts, Side::Client).filter(|_| sent.is_none());
        Self {
            requested: hidden.unless(
                server.is_none(),
                requested,
                "client_certificate.requested",
                server.unwrap_or_default(),
            ),
            sent: hidden.unless(
                client.is_none(),
                sent,
                "client_certificate.sent",
                client.unwrap_or_default(),
            ),
        }
    }
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AlertRecord {
    /// The frame that shows it.
    #[serde(flatten)]
    pub seen: FrameRecord,
    /// Who sent it.
    pub from: SideRecord,
    /// `warning` or `fatal`; left out where it is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Cow<'static, str>>,
    /// Its number; left out where it is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u8>,
    /// Its name by IANA; left out where it is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Cow<'static, str>>,
    /// Whether it is known by record type, length and position only.
    pub encrypted: bool,
}

impl AlertRecord {
    pub(super) fn new(index: usize, alert: &AlertFacts, hidden: &mut Hidden) -> Self {
        if alert.level.is_none() || alert.code.is_none() {
            for field in ["level", "code", "description"] {
                hidden.put(format!("alerts[{index}].{field}"), "encrypted");
            }
        }
        Self {
            seen: alert.mark.frame.into(),
            from: alert.from.into(),
            level: alert.level.map(value::alert_level),
            code: alert.code,
            description: alert.code.map(tables::alert_name),
            encrypted: alert.encrypted,
        }
    }
}
