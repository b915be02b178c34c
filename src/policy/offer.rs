//! What a ClientHello offers, as a policy asks about it.

use super::KeyKind;
use crate::facts::ClientHelloFacts;
use crate::tables;

pub(super) const TLS_1_3: u16 = 0x0304;
pub(super) const TLS_1_2: u16 = 0x0303;
const SSL_3_0: u16 = 0x0300;
/// Extension `supported_versions`.
const SUPPORTED_VERSIONS: u16 = 43;
/// What a TLS 1.2 client without `signature_algorithms` is taken to offer (RFC 5246 section 7.4.1.4.1): SHA-1 with RSA, ECDSA.
const DEFAULT_SCHEMES: [u16; 2] = [0x0201, 0x0203];

/// `signature_algorithms`, or what stands for it where there is none.
pub(super) fn schemes(hello: &ClientHelloFacts) -> &[u16] {
    if hello.signature_algorithms.is_empty() {
        &DEFAULT_SCHEMES
    } else {
        &hello.signature_algorithms
    }
}

/// Which key signs with this scheme, and in which versions (RFC 8446 section 4.2.3). RSASSA-PSS keys of their own (`rsa_pss_pss`)
/// are in no certificate that public authorities issue, and are left out.
pub(super) fn signer(scheme: u16) -> Option<(KeyKind, &'static [u16])> {
    const OLD: &[u16] = &[TLS_1_2];
    const NEW: &[u16] = &[TLS_1_3];
    const BOTH: &[u16] = &[TLS_1_2, TLS_1_3];
    match scheme {
        0x0804..=0x0806 => Some((KeyKind::Rsa, BOTH)),
        0x0101 | 0x0201 | 0x0301 | 0x0401 | 0x0501 | 0x0601 => Some((KeyKind::Rsa, OLD)),
        0x0103 | 0x0203 | 0x0303 => Some((KeyKind::Ecdsa, OLD)),
        0x0403 | 0x0503 | 0x0603 => Some((KeyKind::Ecdsa, BOTH)),
        0x081a..=0x081c => Some((KeyKind::Ecdsa, NEW)),
        0x0807 | 0x0808 => Some((KeyKind::EdDsa, BOTH)),
        0x0904..=0x0906 => Some((KeyKind::MlDsa, NEW)),
        _ => None,
    }
}

/// Whether the hello allows this version. Without `supported_versions` `legacy_version` is the highest of all that it allows, and
/// never means TLS 1.3 (RFC 8446 section 4.2.1).
pub(super) fn offers_version(hello: &ClientHelloFacts, version: u16) -> bool {
    if lists_versions(hello) {
        hello.versions.contains(&version)
    } else {
        (SSL_3_0..=hello.legacy_version.min(TLS_1_2)).contains(&version)
    }
}

fn lists_versions(hello: &ClientHelloFacts) -> bool {
    hello.extensions.contains(&SUPPORTED_VERSIONS)
        || (!hello.versions.is_empty() && hello.versions != [hello.legacy_version])
}

/// What the hello says of versions, the highest first; `legacy_version` alone where it does not list them.
pub(super) fn offered_versions(hello: &ClientHelloFacts) -> Vec<u16> {
    if !lists_versions(hello) {
        return vec![hello.legacy_version];
    }
    let mut versions = known(&hello.versions, |code| tables::version(code).is_some());
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.dedup();
    versions
}

pub(super) fn offered_suites(hello: &ClientHelloFacts) -> Vec<u16> {
    known(&hello.cipher_suites, |code| {
        tables::cipher_suite(code).is_none_or(|suite| suite.kx != "none")
    })
}

/// The codes that `keep` keeps, GREASE left out.
pub(super) fn known(codes: &[u16], keep: impl Fn(u16) -> bool) -> Vec<u16> {
    codes
        .iter()
        .copied()
        .filter(|code| !tables::is_grease(*code) && keep(*code))
        .collect()
}
