//! Policies as JSON: our own form, and what `aws elbv2 describe-ssl-policies` prints.
//!
//! ```text
//! {"name": "edge", "min_version": "TLSv1.2", "max_version": "TLSv1.3",
//!  "ciphers": ["TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],   IANA's names or OpenSSL's, preferred first
//!  "groups": ["x25519"], "signature_schemes": ["rsa_pss_rsae_sha256"], "certificate_types": ["rsa"],   may be left out
//!  "also": [], "family": "", "source": "", "date": "", "note": ""}                                     may be left out
//! ```
//!
//! One such object, a list of them, or `{"policies": [...]}`. The other form is told by its key `SslPolicies`; of it the names,
//! versions and suites are taken, the rest is left. A name that no table has is an error: left out silently, it would make
//! judgements wrong. Numbers (`"0xc02f"`) are names too.

use super::KeyKind;
use super::Policy;
use crate::tables;
use serde::Deserialize;
use serde_json::Value;
use std::fmt;

/// TLS and SSL versions that a policy can name, the highest first.
const VERSIONS: [u16; 5] = [0x0304, 0x0303, 0x0302, 0x0301, 0x0300];
const TLS_1_3: u16 = 0x0304;
/// Longest name, in characters: names stand in lines of 72 columns.
const NAME: usize = 64;
/// Characters of other people's text that are repeated in an error.
const QUOTED: usize = 60;

/// Why a text holds no policies. Shown as one line without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// The policies in a text, at least one; `family` is that of policies that name none.
///
/// # Errors
/// The text is no JSON or of another form, a policy has no usable name, or names a version, suite, group, scheme or kind of
/// certificate that is not known, or versions without suites for any of them, or TLS 1.3 without one of its suites.
pub fn read(text: &str, family: &str) -> Result<Vec<Policy>, Error> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| Error(format!("no JSON: {error}")))?;
    let rows = match value {
        Value::Object(mut object) => {
            match (object.remove("SslPolicies"), object.remove("policies")) {
                (Some(rows), _) => return each(rows, |row| elb(row, family)),
                (None, Some(rows)) => rows,
                (None, None) => Value::Array(vec![Value::Object(object)]),
            }
        }
        other => other,
    };
    each(rows, |row| own(row, family))
}

fn each(rows: Value, read: impl Fn(Value) -> Result<Policy, Error>) -> Result<Vec<Policy>, Error> {
    let Value::Array(rows) = rows else {
        return Err(Error("no list of policies".to_owned()));
    };
    if rows.is_empty() {
        return Err(Error("no policy in it".to_owned()));
    }
    rows.into_iter()
        .map(|row| {
            let name = row.get("name").or(row.get("Name")).and_then(Value::as_str);
            let name = name.map_or_else(|| "a policy without a name".to_owned(), quoted);
            read(row).map_err(|error| Error(format!("{name}: {error}")))
        })
        .collect()
}

/// One policy in our own form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    name: String,
    #[serde(default)]
    also: Vec<String>,
    family: Option<String>,
    min_version: String,
    max_version: String,
    ciphers: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    signature_schemes: Vec<String>,
    #[serde(default)]
    certificate_types: Vec<String>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    note: String,
}

fn own(row: Value, family: &str) -> Result<Policy, Error> {
    let row: Own =
        serde_json::from_value(row).map_err(|error| Error(printable(&error.to_string())))?;
    let lowest = version(&row.min_version)?;
    let highest = version(&row.max_version)?;
    let versions = VERSIONS
        .into_iter()
        .filter(|version| (lowest..=highest).contains(version));
    checked(Policy {
        name: row.name,
        also: row.also,
        family: row.family.unwrap_or_else(|| family.to_owned()),
        versions: versions.collect(),
        suites: suites(&row.ciphers)?,
        groups: codes(&row.groups, "group", tables::group_by_name)?,
        signature_schemes: codes(
            &row.signature_schemes,
            "signature scheme",
            tables::signature_scheme_by_name,
        )?,
        certificates: row
            .certificate_types
            .iter()
            .map(|name| key_kind(name))
            .collect::<Result<_, _>>()?,
        source: row.source,
        date: row.date,
        note: row.note,
    })
}

/// One policy as Elastic Load Balancing prints it; further keys are of no use here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Elb {
    name: String,
    ssl_protocols: Vec<String>,
    ciphers: Vec<ElbCipher>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ElbCipher {
    name: String,
    #[serde(default)]
    priority: u64,
}

fn elb(row: Value, family: &str) -> Result<Policy, Error> {
    let mut row: Elb =
        serde_json::from_value(row).map_err(|error| Error(printable(&error.to_string())))?;
    row.ciphers.sort_by_key(|cipher| cipher.priority);
    let names: Vec<String> = row.ciphers.into_iter().map(|cipher| cipher.name).collect();
    let mut versions = row
        .ssl_protocols
        .iter()
        .map(|name| version(name))
        .collect::<Result<Vec<u16>, _>>()?;
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.dedup();
    checked(Policy {
        name: row.name,
        family: family.to_owned(),
        versions,
        suites: suites(&names)?,
        ..Policy::default()
    })
}

/// The policy, if its name can be shown and something can be negotiated by it.
fn checked(policy: Policy) -> Result<Policy, Error> {
    let texts = [&policy.family, &policy.source, &policy.date, &policy.note];
    let is_clean = |text: &str| text.chars().all(|c| !c.is_control());
    if policy.name.is_empty() || policy.name.chars().count() > NAME {
        return Err(Error(format!("a name has 1 to {NAME} characters")));
    }
    if !is_clean(&policy.name)
        || !policy.also.iter().all(|text| is_clean(text))
        || !texts.into_iter().all(|text| is_clean(text))
    {
        return Err(Error("a text in it has control characters".to_owned()));
    }
    if policy.versions.is_empty() {
        return Err(Error("it allows no version".to_owned()));
    }
    let mut known = policy
        .suites
        .iter()
        .filter_map(|code| tables::cipher_suite(*code));
    let has_new = known.any(tables::CipherSuite::is_tls13);
    if policy.suites.is_empty() {
        return Err(Error("it allows no cipher suite".to_owned()));
    }
    if policy.versions.contains(&TLS_1_3) && !has_new {
        return Err(Error(
            "it allows TLS 1.3 but none of its suites; add those that the server has, such as TLS_AES_128_GCM_SHA256"
                .to_owned(),
        ));
    }
    Ok(policy)
}

fn version(name: &str) -> Result<u16, Error> {
    tables::version_by_name(name)
        .filter(|code| VERSIONS.contains(code))
        .ok_or_else(|| unknown("version", name))
}

fn suites(names: &[String]) -> Result<Vec<u16>, Error> {
    codes(names, "cipher suite", |name| {
        tables::cipher_suite_by_name(name).map(|suite| suite.code)
    })
}

/// The numbers of names, each once, in order.
fn codes(
    names: &[String],
    what: &str,
    find: impl Fn(&str) -> Option<u16>,
) -> Result<Vec<u16>, Error> {
    let mut codes = Vec::with_capacity(names.len());
    for name in names {
        let number = name
            .strip_prefix("0x")
            .and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let Some(code) = number.or_else(|| find(name)) else {
            return Err(unknown(what, name));
        };
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

fn key_kind(name: &str) -> Result<KeyKind, Error> {
    let kinds = [KeyKind::Rsa, KeyKind::Ecdsa, KeyKind::EdDsa, KeyKind::MlDsa];
    let mut kinds = kinds.into_iter();
    kinds
        .find(|kind| kind.name().eq_ignore_ascii_case(name))
        .ok_or_else(|| unknown("kind of certificate (RSA, ECDSA, EdDSA, ML-DSA)", name))
}

fn unknown(what: &str, name: &str) -> Error {
    Error(format!("unknown {what} {}", quoted(name)))
}

/// Somebody's text for a message: in quotes, escaped, not too long.
fn quoted(text: &str) -> String {
    let beginning: String = text.chars().take(QUOTED).collect();
    format!("{beginning:?}")
}

fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(4 * QUOTED)
        .collect()
}

#[cfg(test)]
mod tests;
