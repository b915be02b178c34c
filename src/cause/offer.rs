//! What a ClientHello offers, as causes ask about it. GREASE and signalling values are no offers.

use crate::facts::ClientHelloFacts;
use crate::tables;

/// Highest version offered; a draft counts as TLS 1.3.
pub(super) fn highest_version(hello: &ClientHelloFacts) -> Option<u16> {
    crate::compare::attributes::highest_version(hello)
}

/// Suites of TLS 1.2 and below that are offered.
pub(super) fn old_suites(
    hello: &ClientHelloFacts,
) -> impl Iterator<Item = &'static tables::CipherSuite> + '_ {
    let known = hello
        .cipher_suites
        .iter()
        .filter_map(|code| tables::cipher_suite(*code));
    known.filter(|suite| suite.kx != "none" && !suite.is_tls13())
}

/// Whether some offered suite of TLS 1.2 and below authenticates so (`RSA`, `ECDSA`).
pub(super) fn authenticates(hello: &ClientHelloFacts, kind: &str) -> bool {
    old_suites(hello).any(|suite| suite.authentication() == Some(kind))
}

/// Whether `signature_algorithms` has a scheme for this kind of key. A hello without the extension means the defaults of RFC 5246.
pub(super) fn signs(hello: &ClientHelloFacts, kind: &str) -> bool {
    if hello.signature_algorithms.is_empty() {
        return true;
    }
    let wanted = if kind == "ECDSA" { "ecdsa" } else { "rsa" };
    let names = hello
        .signature_algorithms
        .iter()
        .filter_map(|code| tables::signature_scheme(*code));
    names.into_iter().any(|name| name.starts_with(wanted))
}

/// Whether the groups lack both that nearly every server has: x25519 and secp256r1.
pub(super) fn lacks_usual_groups(hello: &ClientHelloFacts) -> bool {
    const SECP256R1: u16 = 23;
    const X25519: u16 = 29;
    !hello.groups.is_empty()
        && !hello.groups.contains(&SECP256R1)
        && !hello.groups.contains(&X25519)
}

/// Whether only one group is offered.
pub(super) fn has_one_group(hello: &ClientHelloFacts) -> bool {
    let known = hello
        .groups
        .iter()
        .filter(|code| !tables::is_grease(**code));
    known.count() == 1
}

/// Names of groups for a sentence.
pub(super) fn groups(hello: &ClientHelloFacts) -> String {
    let known = hello
        .groups
        .iter()
        .filter(|code| !tables::is_grease(**code));
    let names: Vec<_> = known
        .take(4)
        .map(|code| tables::group_name(*code))
        .collect();
    names.join(", ")
}

/// ALPN protocols for a sentence, escaped.
pub(super) fn alpn(hello: &ClientHelloFacts) -> String {
    let names: Vec<String> = hello.alpn.iter().take(4).map(ToString::to_string).collect();
    names.join(", ")
}

/// Whether ALPN offers nothing that web servers speak.
pub(super) fn has_unusual_alpn(hello: &ClientHelloFacts) -> bool {
    let usual = [b"h2".as_slice(), b"http/1.1", b"http/1.0"];
    let grease = |name: &[u8]| matches!(name, [a, b] if a == b && a & 0x0f == 0x0a);
    let mut names = hello
        .alpn
        .iter()
        .map(|name| name.bytes())
        .filter(|name| !grease(name))
        .peekable();
    names.peek().is_some() && !names.any(|name| usual.contains(&name))
}
