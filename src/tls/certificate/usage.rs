//! What a certificate is for, and what it says of its issuer.

use super::key;
use super::name;
use crate::facts::WireText;
use x509_parser::extensions::AuthorityInfoAccess;
use x509_parser::extensions::AuthorityKeyIdentifier;
use x509_parser::extensions::ExtendedKeyUsage;
use x509_parser::extensions::GeneralName;

/// Purposes kept beside the seven of RFC 5280; real certificates have two or three in all.
const OTHERS_MAX: usize = 32;
/// id-ad-caIssuers (RFC 5280 section 4.2.2.1).
const CA_ISSUERS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 2];

/// Purposes by the names of RFC 5280 section 4.2.1.12, others as OID in dots.
pub(super) fn names(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usage.any, "anyExtendedKeyUsage"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let known = known.iter().filter(|(is_set, _)| *is_set);
    let others = usage.other.iter().take(OTHERS_MAX).map(key::oid_text);
    known
        .map(|(_, name)| (*name).to_owned())
        .chain(others)
        .collect()
}

/// The first address of the issuer's certificate.
pub(super) fn ca_issuers(access: &AuthorityInfoAccess<'_>) -> Option<WireText> {
    access
        .iter()
        .filter(|entry| key::oid_is(&entry.access_method, CA_ISSUERS))
        .find_map(|entry| match &entry.access_location {
            GeneralName::URI(address) => Some(WireText::from(*address)),
            _ => None,
        })
}

/// The name of who issued the issuer.
pub(super) fn issuer_issuer(authority: &AuthorityKeyIdentifier<'_>) -> Option<WireText> {
    let names = authority.authority_cert_issuer.as_deref()?;
    names.iter().find_map(|name| match name {
        GeneralName::DirectoryName(name) => Some(name::line(name)),
        _ => None,
    })
}
