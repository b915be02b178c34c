//! Why two lists of suites have nothing in common, in a sentence: by what they differ in, if they do.

use super::some;
use crate::tables;
use crate::tables::CipherSuite;
use std::collections::BTreeSet;

/// Without a full stop.
pub(super) fn suites_reason(offered: &[u16], allowed: &[u16]) -> String {
    if offered.is_empty() {
        return "it offers no suite".to_owned();
    }
    if allowed.is_empty() {
        return "the policy has no suite for these versions".to_owned();
    }
    for sort in [by_version, by_exchange, by_certificate, by_mode] {
        let ours = sorts(offered, sort);
        let theirs = sorts(allowed, sort);
        if ours.is_disjoint(&theirs) {
            let list = |sorts: BTreeSet<&str>| Vec::from_iter(sorts).join(" and ");
            return format!(
                "no suite in common: it offers only {}, the policy has only {}",
                list(ours),
                list(theirs)
            );
        }
    }
    format!(
        "no suite in common: it offers {}, the policy has {}",
        some(offered, tables::cipher_suite_name),
        some(allowed, tables::cipher_suite_name)
    )
}

fn sorts(codes: &[u16], sort: fn(&CipherSuite) -> &'static str) -> BTreeSet<&'static str> {
    let known = codes.iter().filter_map(|code| tables::cipher_suite(*code));
    known.map(sort).collect()
}

fn by_version(suite: &CipherSuite) -> &'static str {
    if suite.is_tls13() {
        "suites of TLS 1.3"
    } else {
        "suites of TLS 1.2 and below"
    }
}

fn by_exchange(suite: &CipherSuite) -> &'static str {
    match suite.kx {
        "any" | "ECDHE" | "DHE" => "suites with forward secrecy",
        "RSA" => "RSA key exchange",
        other => other,
    }
}

fn by_certificate(suite: &CipherSuite) -> &'static str {
    match suite.auth {
        "any" => "suites of TLS 1.3",
        "RSA" => "suites for RSA certificates",
        "ECDSA" => "suites for ECDSA certificates",
        other => other,
    }
}

fn by_mode(suite: &CipherSuite) -> &'static str {
    match suite.mac {
        "AEAD" => "AEAD (GCM, CCM, ChaCha20)",
        _ if suite.enc.contains("CBC") => "CBC",
        _ => "other ciphers",
    }
}
