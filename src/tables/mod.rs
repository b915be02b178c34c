//! Names of the numbers that appear in TLS, and of pcap link types.
//!
//! Does: answer "what is `0xc02f` called" for cipher suites, groups, signature schemes, extensions, alerts,
//! versions, handshake types and link types, and say of a suite what it is made of. Does not: judge any of
//! them; that is for rules and policies.
//!
//! The tables are TSV files beside this one, read once. A lookup is a binary search and allocates nothing;
//! only the `*_name` functions allocate, and only for a code nobody named. README.md in this folder says
//! where each file comes from and how to renew it. Read `rows` first, then `Table`.

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

/// The alert with this number. `None` if no table names it.
#[must_use]
pub fn alert(code: u8) -> Option<&'static Alert> {
    ALERTS.find(u16::from(code))
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
mod tests {
    use super::*;

    /// Every table with a code column: file name, text, number of columns.
    const FILES: [(&str, &str, usize); 8] = [
        ("cipher_suites", include_str!("cipher_suites.tsv"), 9),
        ("groups", include_str!("groups.tsv"), 4),
        (
            "signature_schemes",
            include_str!("signature_schemes.tsv"),
            3,
        ),
        ("extensions", include_str!("extensions.tsv"), 3),
        ("versions", include_str!("versions.tsv"), 3),
        ("handshake_types", include_str!("handshake_types.tsv"), 3),
        ("link_types", include_str!("link_types.tsv"), 4),
        ("alerts", include_str!("alerts.tsv"), 5),
    ];

    #[test]
    fn every_row_has_a_code_all_columns_and_a_source() {
        for (file, text, column_count) in FILES {
            for columns in rows(text) {
                assert_eq!(columns.len(), column_count, "{file}: {columns:?}");
                assert!(number(columns[0]).is_some(), "{file}: {columns:?}");
                assert!(
                    columns.iter().all(|c| !c.is_empty() && *c == c.trim()),
                    "{file}: {columns:?}"
                );
            }
        }
        for columns in rows(include_str!("ech_public_names.tsv")) {
            assert_eq!(columns.len(), 2, "{columns:?}");
            assert!(!columns[1].is_empty());
        }
    }

    #[test]
    fn every_file_is_sorted_by_code_and_names_each_code_once() {
        for (file, text, _) in FILES {
            let codes: Vec<u16> = rows(text)
                .map(|columns| number(columns[0]).unwrap())
                .collect();
            assert!(codes.is_sorted_by(|a, b| a < b), "{file}");
        }
    }

    #[test]
    fn every_file_says_first_where_it_comes_from_and_names_its_columns() {
        for (file, text, _) in FILES {
            let mut lines = text.lines();
            assert!(lines.next().unwrap().starts_with("# "), "{file}");
            let header = lines.next().unwrap();
            assert!(
                header.starts_with("code\tname\t") && header.ends_with("\tsource"),
                "{file}: {header}"
            );
        }
    }

    #[test]
    fn no_row_is_lost_in_reading() {
        let read = [
            CIPHER_SUITES.rows.len(),
            GROUPS.rows.len(),
            SIGNATURE_SCHEMES.rows.len(),
            EXTENSIONS.rows.len(),
            VERSIONS.rows.len(),
            HANDSHAKE_TYPES.rows.len(),
            LINK_TYPES.rows.len(),
            ALERTS.rows.len(),
        ];
        assert_eq!(read, FILES.map(|(_, text, _)| rows(text).count()));
    }

    #[test]
    fn suites_use_only_versions_and_hashes_that_exist() {
        for (_, suite) in &CIPHER_SUITES.rows {
            assert!(
                VERSIONS
                    .rows
                    .iter()
                    .any(|(_, name)| *name == suite.min_version),
                "{suite:?}"
            );
            let hashes = [
                "SHA1",
                "SHA256",
                "SHA384",
                "SHA512",
                "SM3",
                "GOSTR3411",
                "STREEBOG256",
                "none",
            ];
            assert!(hashes.contains(&suite.hash), "{suite:?}");
            assert_eq!(
                suite.min_version == "TLS 1.3",
                suite.kx == "any",
                "{suite:?}"
            );
        }
    }

    #[test]
    fn no_table_names_a_grease_value() {
        for code in (0..=u16::MAX).filter(|code| is_grease(*code)) {
            assert_eq!(cipher_suite(code), None);
            assert_eq!(group(code), None);
            assert_eq!(
                extension(code).or(signature_scheme(code)).or(version(code)),
                None
            );
        }
    }

    #[test]
    fn grease_is_sixteen_values_with_equal_bytes() {
        let all: Vec<u16> = (0..=u16::MAX).filter(|code| is_grease(*code)).collect();
        assert_eq!(all.len(), 16);
        assert_eq!((all[0], all[1], all[15]), (0x0a0a, 0x1a1a, 0xfafa));
        assert!(!is_grease(0x0a1a));
        assert!(!is_grease(0x0b0b));
    }

    #[test]
    fn suites_are_taken_apart() {
        let parts = |code| {
            let s = cipher_suite(code).unwrap();
            [s.name, s.kx, s.auth, s.enc, s.mac, s.hash, s.min_version]
        };
        assert_eq!(
            parts(0xc02b),
            [
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                "ECDHE",
                "ECDSA",
                "AES_128_GCM",
                "AEAD",
                "SHA256",
                "TLS 1.2"
            ]
        );
        assert_eq!(
            parts(0x002f),
            [
                "TLS_RSA_WITH_AES_128_CBC_SHA",
                "RSA",
                "RSA",
                "AES_128_CBC",
                "SHA1",
                "SHA256",
                "TLS 1.0"
            ]
        );
        assert_eq!(
            parts(0x1302),
            [
                "TLS_AES_256_GCM_SHA384",
                "any",
                "any",
                "AES_256_GCM",
                "AEAD",
                "SHA384",
                "TLS 1.3"
            ]
        );
        assert_eq!(
            parts(0xe013),
            [
                "ECC_SM4_CBC_SM3",
                "ECC",
                "SM2",
                "SM4_CBC",
                "SM3",
                "SM3",
                "TLCP 1.1"
            ]
        );
        // RFC 6655 wrote these two with the words swapped.
        assert_eq!(
            parts(0xc0aa)[..3],
            ["TLS_PSK_DHE_WITH_AES_128_CCM_8", "DHE", "PSK"]
        );
    }

    #[test]
    fn suites_outside_the_registry_are_named() {
        let names = [
            (0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"),
            (0x5600, "TLS_FALLBACK_SCSV"),
            (0x0081, "TLS_GOSTR341001_WITH_28147_CNT_IMIT"),
            (0xc0ff, "TLS_ECJPAKE_WITH_AES_128_CCM_8"),
            (0xcc13, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            (0xfeff, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA"),
            (0x00c6, "TLS_SM4_GCM_SM3"),
            (0x1307, "TLS_AEGIS_128L_SHA256"),
            (0x2a2a, "GREASE"),
            (0x1a2b, "0x1a2b"),
        ];
        for (code, name) in names {
            assert_eq!(cipher_suite_name(code), name);
        }
    }

    #[test]
    fn groups_say_whether_they_are_post_quantum() {
        assert_eq!(
            group(29).map(|g| (g.name, g.post_quantum)),
            Some(("x25519", false))
        );
        assert_eq!(
            group(4588).map(|g| (g.name, g.post_quantum)),
            Some(("X25519MLKEM768", true))
        );
        assert_eq!(
            group(0x6399).map(|g| (g.name, g.post_quantum)),
            Some(("X25519Kyber768Draft00", true))
        );
        assert_eq!(group_name(0x8a8a), "GREASE");
        assert_eq!(group_name(0xff7f), "0xff7f");
    }

    #[test]
    fn schemes_extensions_versions_and_messages_are_named() {
        assert_eq!(signature_scheme_name(0x0403), "ecdsa_secp256r1_sha256");
        assert_eq!(signature_scheme_name(0x0202), "dsa_sha1");
        assert_eq!(signature_scheme_name(0x0905), "mldsa65");
        assert_eq!(extension_name(0xfe0d), "encrypted_client_hello");
        assert_eq!(extension_name(0x4469), "application_settings_old");
        assert_eq!(extension_name(0xcaca), "GREASE");
        assert_eq!(version_name(0x7f12), "TLS 1.3 draft 18");
        assert_eq!(
            [0x0304, 0x0303, 0x0302, 0x0301, 0x0300, 0x0002].map(version_name),
            [
                "TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0", "SSL 3.0", "SSL 2.0"
            ]
        );
        assert_eq!(version_name(0x7e01), "0x7e01");
        assert_eq!(handshake_type(25), Some("compressed_certificate"));
        assert_eq!(handshake_type(99), None);
        assert_eq!(link_type(1), Some("EN10MB"));
        assert_eq!(link_type(105), Some("IEEE802_11"));
        assert_eq!(link_type(65000), None);
    }

    #[test]
    fn alerts_are_found_by_number_and_name() {
        assert_eq!(alert(40).map(|a| a.name), Some("handshake_failure"));
        assert_eq!(alert_by_name("ech_required").map(|a| a.code), Some(121));
        assert_eq!(alert_by_name("Decryption_Failed").map(|a| a.code), Some(21));
        assert_eq!(
            alert_by_name("no_renegotiation_RESERVED").map(|a| a.code),
            Some(100)
        );
        assert_eq!(alert_by_name("none such"), None);
        assert_eq!(alert_name(0x79), "ech_required");
        assert_eq!(alert_name(9), "0x09");
        for (_, alert) in &ALERTS.rows {
            assert!(
                ["client", "server", "either"].contains(&alert.errs),
                "{alert:?}"
            );
            assert!(alert.meaning.ends_with('.'), "{alert:?}");
        }
    }

    #[test]
    fn public_names_match_whatever_the_case() {
        assert!(is_ech_public_name("cloudflare-ech.com"));
        assert!(is_ech_public_name("Cloudflare-ECH.com."));
        assert!(!is_ech_public_name("www.cloudflare-ech.com"));
        assert!(!is_ech_public_name(""));
    }
}
