//! The names of cipher suites that are not IANA's, and suites by any of their names.

use super::CIPHER_SUITES;
use super::CipherSuite;
use super::Table;
use super::cipher_suite;
use super::name_row;
use std::sync::LazyLock;

/// The suite of that name: IANA's or OpenSSL's, whatever the case. `None` if no table names it.
#[must_use]
pub fn cipher_suite_by_name(name: &str) -> Option<&'static CipherSuite> {
    let by_iana = CIPHER_SUITES
        .rows
        .iter()
        .find(|(_, suite)| suite.name.eq_ignore_ascii_case(name));
    if let Some((_, suite)) = by_iana {
        return Some(suite);
    }
    let by_openssl = OPENSSL_NAMES
        .rows
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(name));
    by_openssl.and_then(|(code, _)| cipher_suite(*code))
}

/// OpenSSL's name of the suite with this number, where it differs from IANA's and is known.
#[must_use]
pub fn openssl_name(code: u16) -> Option<&'static str> {
    OPENSSL_NAMES.find(code).copied()
}

/// Every suite that a table names, sorted by number.
pub fn cipher_suites() -> impl Iterator<Item = &'static CipherSuite> {
    CIPHER_SUITES.rows.iter().map(|(_, suite)| suite)
}

static OPENSSL_NAMES: LazyLock<Table<&'static str>> = LazyLock::new(|| Table::read(FILE, name_row));

const FILE: &str = include_str!("openssl_names.tsv");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::number;
    use crate::tables::rows;

    #[test]
    fn openssl_s_names_are_of_suites_that_exist_and_each_is_there_once() {
        let codes: Vec<u16> = rows(FILE)
            .map(|columns| number(columns[0]).unwrap())
            .collect();
        assert!(codes.is_sorted_by(|a, b| a < b));
        assert_eq!(codes.len(), OPENSSL_NAMES.rows.len());
        for (code, name) in &OPENSSL_NAMES.rows {
            assert!(cipher_suite(*code).is_some(), "{code:#06x} {name}");
            assert_eq!(
                cipher_suite_by_name(name).map(|suite| suite.code),
                Some(*code)
            );
        }
    }

    #[test]
    fn a_suite_is_found_by_either_name_whatever_the_case() {
        for name in [
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            "ecdhe-ecdsa-aes128-gcm-sha256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ] {
            assert_eq!(
                cipher_suite_by_name(name).map(|suite| suite.code),
                Some(0xc02b)
            );
        }
        assert_eq!(openssl_name(0xc02b), Some("ECDHE-ECDSA-AES128-GCM-SHA256"));
        assert_eq!(openssl_name(0x1301), None);
        assert_eq!(cipher_suite_by_name("none such"), None);
    }
}
