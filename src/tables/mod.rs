//! Names of the numbers that appear in TLS, and of pcap link types.
//!
//! Does: answer "what is `0xc02f` called" for cipher suites, groups, signature schemes, extensions, alerts,
//! versions, handshake types and link types, and say of a suite what it is made of. Does not: judge any of
//! them; that is for rules and policies. `knowledge.rs` holds what people read of causes, remedies, alerts and messages.
//!
//! The tables are TSV files beside this one, read once. A lookup is a binary search and allocates nothing;
//! only the `*_name` functions allocate, and only for a code nobody named. README.md in this folder says
//! where each file comes from and how to renew it. Read `rows` first, then `Table`.

mod by_name;
mod knowledge;
mod suite_names;

pub use by_name::group_by_name;
pub use by_name::signature_scheme_by_name;
pub use by_name::version_by_name;
pub use knowledge::AlertUse;
pub use knowledge::Cause;
pub use knowledge::ErrorText;
pub use knowledge::Remedy;
pub use knowledge::alert_uses;
pub use knowledge::cause;
pub use knowledge::causes;
pub use knowledge::error_texts;
pub use knowledge::remedies;
pub use suite_names::cipher_suite_by_name;
pub use suite_names::cipher_suites;
pub use suite_names::openssl_name;

use std::borrow::Cow;
use std::sync::LazyLock;

/// What a cipher suite is made of.
///
/// In TLS 1.3 a suite says nothing about key agreement and authentication: `kx` and `auth` are `"any"`.
/// In a signalling value (SCSV) all parts are `"none"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CipherSuite {
    /// The number on the wire.
    pub code: u16,
    /// IANA's name, or that of the specification which defined an unregistered suite.
    pub name: &'static str,
    /// How the secret is agreed: `RSA`, `DHE`, `ECDHE`, `DH` and `ECDH` (static, unless `auth` is `anon`), `PSK`,
    /// `RSA_PSK`, `SRP`, `KRB5`, `ECC` (TLCP: SM2 encryption), ...
    pub kx: &'static str,
    /// What the server proves itself with: `RSA`, `ECDSA`, `DSS`, `PSK`, `anon`, `SM2`, `GOST`, ...
    pub auth: &'static str,
    /// The cipher with its mode, such as `AES_128_GCM` or `3DES_EDE_CBC`; `NULL` when nothing is encrypted.
    pub enc: &'static str,
    /// What protects a record from change: `AEAD`, or the hash of the HMAC (`MD5`, `SHA1`, `SHA256`, ...).
    pub mac: &'static str,
    /// The hash of key derivation and transcript from TLS 1.2 on: `SHA256`, `SHA384`, `SM3`, ... Older versions
    /// use MD5 and SHA-1 together whatever the suite. Two TLS 1.3 suites can share a PSK only if this is equal.
    pub hash: &'static str,
    /// The first protocol version the suite may be used in, as [`version`] names it.
    pub min_version: &'static str,
}

impl CipherSuite {
    /// How the server proves itself with it: `RSA` or `ECDSA`; `None` for all else, and in TLS 1.3, where the suite does not say.
    #[must_use]
    pub fn authentication(&self) -> Option<&'static str> {
        matches!(self.auth, "RSA" | "ECDSA").then_some(self.auth)
    }

    /// Whether it belongs to TLS 1.3, which shares no suite with older versions.
    #[must_use]
    pub fn is_tls13(&self) -> bool {
        self.kx == "any"
    }
}

/// A named group of key agreement (formerly named curve).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The number on the wire.
    pub code: u16,
    /// IANA's name, or that of the draft or product for an unregistered group.
    pub name: &'static str,
    /// Whether the group is meant to withstand quantum computers, alone or as part of a hybrid.
    pub post_quantum: bool,
}

/// What a TLS alert means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// The number on the wire.
    pub code: u8,
    /// IANA's name, for example `handshake_failure`.
    pub name: &'static str,
    /// What the sender says with it, in one sentence.
    pub meaning: &'static str,
    /// Who is usually at fault: `client`, `server` or `either`. Not who sends it.
    pub errs: &'static str,
}

/// The cipher suite with this number. `None` if no table names it; GREASE values are not suites.
#[must_use]
pub fn cipher_suite(code: u16) -> Option<&'static CipherSuite> {
    CIPHER_SUITES.find(code)
}

/// The named group with this number. `None` if no table names it.
#[must_use]
pub fn group(code: u16) -> Option<&'static Group> {
    GROUPS.find(code)
}

/// The name of a signature scheme, or of a hash and signature pair of TLS 1.2. `None` if no table names it.
#[must_use]
pub fn signature_scheme(code: u16) -> Option<&'static str> {
    SIGNATURE_SCHEMES.find(code).copied()
}

/// The name of an extension type. `None` if no table names it.
#[must_use]
pub fn extension(code: u16) -> Option<&'static str> {
    EXTENSIONS.find(code).copied()
}

/// The name of a protocol version: `TLS 1.3`, `TLS 1.3 draft 18`, `SSL 3.0`, ... `None` if no table names it.
#[must_use]
pub fn version(code: u16) -> Option<&'static str> {
    VERSIONS.find(code).copied()
}

/// The name of a handshake message type, for example `client_hello`. `None` if no table names it.
#[must_use]
pub fn handshake_type(code: u8) -> Option<&'static str> {
    HANDSHAKE_TYPES.find(u16::from(code)).copied()
}

/// The name of a link type of pcap and pcapng files, without `LINKTYPE_`. `None` if no table names it.
#[must_use]
pub fn link_type(code: u16) -> Option<&'static str> {
    LINK_TYPES.find(code).copied()
}

/// What a link type is, in words: `USB with padded Linux header`. `None` if no table names it.
#[must_use]
pub fn link_type_title(code: u16) -> Option<&'static str> {
    LINK_TYPE_TITLES.find(code).copied()
}

/// The name of an EtherType that is not read. `None` if no table names it.
#[must_use]
pub fn ether_type(code: u16) -> Option<&'static str> {
    ETHER_TYPES.find(code).copied()
}

/// The name of a protocol of PPP that is not read. `None` if no table names it.
#[must_use]
pub fn ppp_protocol(code: u16) -> Option<&'static str> {
    PPP_PROTOCOLS.find(code).copied()
}

/// The alert with this number. `None` if no table names it.
#[must_use]
pub fn alert(code: u8) -> Option<&'static Alert> {
    ALERTS.find(u16::from(code))
}

/// Every alert that the table names, sorted by number.
pub fn alerts() -> impl Iterator<Item = &'static Alert> {
    ALERTS.rows.iter().map(|(_, alert)| alert)
}

/// The alert of this name. Case does not matter, nor whether IANA's `_RESERVED` is written.
#[must_use]
pub fn alert_by_name(name: &str) -> Option<&'static Alert> {
    let wanted = without_reserved(name);
    let mut alerts = ALERTS.rows.iter().map(|(_, alert)| alert);
    alerts.find(|alert| without_reserved(alert.name).eq_ignore_ascii_case(wanted))
}

/// What to show for a cipher suite: its name, `GREASE`, or the number as `0x1a2b`.
#[must_use]
pub fn cipher_suite_name(code: u16) -> Cow<'static, str> {
    shown(code, cipher_suite(code).map(|suite| suite.name))
}

/// What to show for a named group: its name, `GREASE`, or the number as `0x1a2b`.
#[must_use]
pub fn group_name(code: u16) -> Cow<'static, str> {
    shown(code, group(code).map(|group| group.name))
}

/// What to show for a signature scheme: its name, `GREASE`, or the number as `0x1a2b`.
#[must_use]
pub fn signature_scheme_name(code: u16) -> Cow<'static, str> {
    shown(code, signature_scheme(code))
}

/// What to show for an extension type: its name, `GREASE`, or the number as `0x1a2b`.
#[must_use]
pub fn extension_name(code: u16) -> Cow<'static, str> {
    shown(code, extension(code))
}

/// What to show for a protocol version: its name, `GREASE`, or the number as `0x1a2b`.
#[must_use]
pub fn version_name(code: u16) -> Cow<'static, str> {
    shown(code, version(code))
}

/// What to show for an alert: its name, or the number as `0x79`. Alerts have no GREASE.
#[must_use]
pub fn alert_name(code: u8) -> Cow<'static, str> {
    match alert(code) {
        Some(alert) => Cow::Borrowed(alert.name),
        None => Cow::Owned(format!("{code:#04x}")),
    }
}

/// Whether a server name is the public name of a known Encrypted ClientHello service, and so hides the real one.
///
/// Case and one trailing dot do not matter. `false` says only that the name is not known as such: any site
/// may run its own service.
#[must_use]
pub fn is_ech_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    ECH_PUBLIC_NAMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a number is one of the sixteen reserved so that peers learn to ignore the unknown: `0x0a0a`, `0x1a1a`,
/// ..., `0xfafa` (RFC 8701 section 2). They hold for suites, groups, extensions, signature schemes and versions.
#[must_use]
pub const fn is_grease(code: u16) -> bool {
    let [high, low] = code.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// The rows of a table, each as its columns: without comment lines (`#`), the header line and empty lines.
///
/// ```text
/// # where the table comes from, and of which day
/// code    name                   source
/// 0x1301  TLS_AES_128_GCM_SHA256 RFC 8446
/// ```
pub(crate) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .skip(1)
        .map(|line| line.split('\t').collect())
}

/// Rows found by their number.
struct Table<T> {
    /// Sorted by number, each number once.
    rows: Vec<(u16, T)>,
}

impl<T> Table<T> {
    /// Reads a table. `row` makes the value from number and columns; a line it cannot read is left out, and a
    /// test makes sure that there is none.
    fn read(text: &'static str, row: impl Fn(u16, &[&'static str]) -> Option<T>) -> Self {
        let mut read: Vec<(u16, T)> = rows(text)
            .filter_map(|columns| {
                let code = number(columns.first()?)?;
                Some((code, row(code, &columns)?))
            })
            .collect();
        // The files are sorted. Searching relies on it, so a slip in a file must cost no more than one name.
        read.sort_by_key(|(code, _)| *code);
        read.dedup_by_key(|(code, _)| *code);
        Self { rows: read }
    }

    fn find(&self, code: u16) -> Option<&T> {
        let at = self
            .rows
            .binary_search_by_key(&code, |(code, _)| *code)
            .ok()?;
        self.rows.get(at).map(|(_, value)| value)
    }
}

static CIPHER_SUITES: LazyLock<Table<CipherSuite>> =
    LazyLock::new(|| Table::read(include_str!("cipher_suites.tsv"), cipher_suite_row));
static GROUPS: LazyLock<Table<Group>> =
    LazyLock::new(|| Table::read(include_str!("groups.tsv"), group_row));
static ALERTS: LazyLock<Table<Alert>> =
    LazyLock::new(|| Table::read(include_str!("alerts.tsv"), alert_row));
static SIGNATURE_SCHEMES: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::read(include_str!("signature_schemes.tsv"), name_row));
static EXTENSIONS: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::read(include_str!("extensions.tsv"), name_row));
static VERSIONS: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::read(include_str!("versions.tsv"), name_row));
static HANDSHAKE_TYPES: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::read(include_str!("handshake_types.tsv"), name_row));
static LINK_TYPES: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::read(include_str!("link_types.tsv"), name_row));
static LINK_TYPE_TITLES: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::read(include_str!("link_types.tsv"), title_row));
static ETHER_TYPES: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::read(include_str!("ethertypes.tsv"), name_row));
static PPP_PROTOCOLS: LazyLock<Table<&'static str>> =
    LazyLock::new(|| Table::read(include_str!("ppp_protocols.tsv"), name_row));
static ECH_PUBLIC_NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    rows(include_str!("ech_public_names.tsv"))
        .filter_map(|row| row.first().copied())
        .collect()
});

fn cipher_suite_row(code: u16, columns: &[&'static str]) -> Option<CipherSuite> {
    let &[_, name, kx, auth, enc, mac, hash, min_version, _] = columns else {
        return None;
    };
    Some(CipherSuite {
        code,
        name,
        kx,
        auth,
        enc,
        mac,
        hash,
        min_version,
    })
}

fn group_row(code: u16, columns: &[&'static str]) -> Option<Group> {
    let &[_, name, post_quantum, _] = columns else {
        return None;
    };
    let post_quantum = match post_quantum {
        "yes" => true,
        "no" => false,
        _ => return None,
    };
    Some(Group {
        code,
        name,
        post_quantum,
    })
}

fn alert_row(code: u16, columns: &[&'static str]) -> Option<Alert> {
    let &[_, name, meaning, errs, _] = columns else {
        return None;
    };
    Some(Alert {
        code: u8::try_from(code).ok()?,
        name,
        meaning,
        errs,
    })
}

/// Any table of which only the name is wanted: code, name, further columns, source.
fn name_row(_: u16, columns: &[&'static str]) -> Option<&'static str> {
    match columns {
        [_, name, .., _] => Some(name),
        _ => None,
    }
}

/// The column behind the name.
fn title_row(_: u16, columns: &[&'static str]) -> Option<&'static str> {
    match columns {
        [_, _, title, .., _] => Some(title),
        _ => None,
    }
}

/// A code as the files write it: `0x1301`, or decimal as IANA does for alerts and message types.
fn number(text: &str) -> Option<u16> {
    match text.strip_prefix("0x") {
        Some(hex) => u16::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn shown(code: u16, name: Option<&'static str>) -> Cow<'static, str> {
    match name {
        Some(name) => Cow::Borrowed(name),
        None if is_grease(code) => Cow::Borrowed("GREASE"),
        None => Cow::Owned(format!("{code:#06x}")),
    }
}

fn without_reserved(name: &str) -> &str {
    name.strip_suffix("_RESERVED").unwrap_or(name)
}

#[cfg(test)]
mod tests;
