//! A cipher suite: what it is made of, and whether it should still be used.

use super::Explanation;
use super::Kind;
use crate::tables;
use crate::tables::CipherSuite;

/// The page of the suite of that name (IANA's or OpenSSL's) or number (`0xC02B`, `0xC0,0x2B`).
pub(super) fn page(name: &str) -> Option<Explanation> {
    if let Some(suite) = tables::cipher_suite_by_name(name) {
        return Some(describe(suite));
    }
    let code = number(name)?;
    tables::cipher_suite(code)
        .map(describe)
        .or_else(|| tables::is_grease(code).then(|| grease(code)))
}

/// `0xC02B`; `0xC0,0x2B`, with blanks or braces as registries print it.
fn number(text: &str) -> Option<u16> {
    let text = text.trim_matches(['{', '}', '(', ')']);
    let hex = |part: &str| {
        let part = part.trim().to_ascii_lowercase();
        part.strip_prefix("0x").map(str::to_owned)
    };
    if let Some((high, low)) = text.split_once(',') {
        let high = u8::from_str_radix(&hex(high)?, 16).ok()?;
        let low = u8::from_str_radix(&hex(low)?, 16).ok()?;
        return Some(u16::from_be_bytes([high, low]));
    }
    // Two digits alone are the number of an alert.
    hex(text)
        .filter(|digits| digits.len() > 2)
        .and_then(|digits| u16::from_str_radix(&digits, 16).ok())
}

fn describe(suite: &CipherSuite) -> Explanation {
    let mut page = Explanation::new(Kind::Suite, suite.name, suite.name);
    page.wire.push(wire(suite.code));
    if suite.kx == "none" {
        page.what.push(signal(suite.code).to_owned());
        page.sources.push("RFC 5746; RFC 7507".to_owned());
        page.also
            .extend((suite.code == 0x5600).then(|| "fallback-scsv".to_owned()));
        return page;
    }
    let openssl = tables::openssl_name(suite.code);
    page.what
        .extend(openssl.map(|name| format!("OpenSSL calls it {name}.")));
    page.what.extend(parts(suite));
    page.what.push(versions(suite));
    let faults = faults(suite);
    if faults.is_empty() {
        page.what
            .push("Nothing speaks against it (RFC 9325 section 4).".to_owned());
    }
    for (fault, source) in faults {
        page.what.push(fault.to_owned());
        page.sources.push(source.to_owned());
    }
    page.sources.push("IANA TLS Cipher Suites".to_owned());
    page.also.push("no-shared-cipher".to_owned());
    page.also.extend(
        matches!(suite.auth, "RSA" | "ECDSA").then(|| "certificate-type-mismatch".to_owned()),
    );
    page
}

fn wire(code: u16) -> String {
    let [high, low] = code.to_be_bytes();
    format!(
        "Bytes {high:02x} {low:02x}. Wireshark: tls.handshake.ciphersuite == {code:#06x} finds hellos that offer or choose it."
    )
}

fn signal(code: u16) -> &'static str {
    match code {
        0x5600 => {
            "No suite but a signal: this is a retry of the client with a lower version. A server that supports a higher one refuses it with alert 86."
        }
        0x00ff => {
            "No suite but a signal: the client supports secure renegotiation, as the extension renegotiation_info says too."
        }
        _ => "No suite but a signal.",
    }
}

fn parts(suite: &CipherSuite) -> Vec<String> {
    if suite.kx == "any" {
        return vec![
            format!("Encryption {}, hash {}.", suite.enc, suite.hash),
            "It says nothing about key exchange and authentication: in TLS 1.3 groups and signature algorithms are negotiated by themselves, so that it goes with every certificate.".to_owned(),
        ];
    }
    let exchange = match suite.kx {
        "ECDHE" => "ECDHE (needs a group that both sides have; forward secrecy)".to_owned(),
        "DHE" => "DHE (the server chooses the prime; forward secrecy)".to_owned(),
        "RSA" => "RSA (the secret is encrypted to the server's key; no forward secrecy)".to_owned(),
        other => other.to_owned(),
    };
    let authentication = match suite.auth {
        "RSA" => "RSA; the server needs a certificate with an RSA key".to_owned(),
        "ECDSA" => "ECDSA; the server needs a certificate with an ECDSA (or EdDSA) key".to_owned(),
        "anon" => "none".to_owned(),
        "PSK" => "a pre-shared key, no certificate".to_owned(),
        other => other.to_owned(),
    };
    let integrity = match suite.mac {
        "AEAD" => "part of the encryption (AEAD)".to_owned(),
        mac => format!("HMAC with {mac}"),
    };
    vec![
        format!("Key exchange: {exchange}."),
        format!("Authentication: {authentication}."),
        format!("Encryption: {}; integrity: {integrity}.", suite.enc),
    ]
}

fn versions(suite: &CipherSuite) -> String {
    match suite.min_version {
        "TLS 1.3" => "Versions: TLS 1.3 only.".to_owned(),
        "TLS 1.2" => "Versions: TLS 1.2 only.".to_owned(),
        other if other.starts_with("TLCP") => format!("Versions: {other}."),
        other => format!("Versions: {other} to TLS 1.2."),
    }
}

/// What speaks against a suite, and where that is written; the gravest first.
fn faults(suite: &CipherSuite) -> Vec<(&'static str, &'static str)> {
    let holds = |fault: bool, text, source| fault.then_some((text, source));
    let enc = suite.enc;
    [
        holds(
            enc == "NULL",
            "Insecure: it encrypts nothing.",
            "RFC 9325 section 4.1",
        ),
        holds(
            suite.auth == "anon",
            "Insecure: the server proves nothing about itself.",
            "RFC 9325 section 4.1",
        ),
        holds(
            suite.name.contains("EXPORT"),
            "Insecure: made weak on purpose for export rules of the 1990s.",
            "RFC 9325 section 4.1",
        ),
        holds(
            enc.starts_with("RC4"),
            "Insecure: RC4 is forbidden.",
            "RFC 7465",
        ),
        holds(
            enc.starts_with("DES") || enc.starts_with("RC2"),
            "Insecure: the key is too short.",
            "RFC 5469",
        ),
        holds(
            enc.starts_with("3DES") || enc.starts_with("IDEA"),
            "Weak: blocks of 64 bits (SWEET32). Current libraries leave it out by default.",
            "RFC 9325 section 4.1",
        ),
        holds(
            matches!(suite.kx, "RSA" | "RSA_PSK")
                || (matches!(suite.kx, "DH" | "ECDH") && suite.auth != "anon"),
            "Weak: without forward secrecy. Strict policies leave it out.",
            "RFC 9325 section 4.1",
        ),
        holds(
            enc.contains("CBC"),
            "Old: CBC with an HMAC has a history of attacks. Strict policies leave it out.",
            "RFC 9325 section 4.2",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn grease(code: u16) -> Explanation {
    let id = format!("{code:#06x}");
    let mut page = Explanation::new(Kind::Suite, &id, "A GREASE value");
    page.what.push(
        "No suite: browsers send such values so that servers keep ignoring what they do not know."
            .to_owned(),
    );
    page.wire.push(wire(code));
    page.sources.push("RFC 8701".to_owned());
    page
}
