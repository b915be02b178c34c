//! Numbers by their names: versions, groups and signature schemes. Suites are in `suite_names.rs`.

use super::GROUPS;
use super::SIGNATURE_SCHEMES;
use super::VERSIONS;

/// The version of that name, in the form of the table (`TLS 1.2`) or that of configurations (`TLSv1.2`, `TLSv1`, `SSLv3`).
#[must_use]
pub fn version_by_name(name: &str) -> Option<u16> {
    let wanted = plain_version(name);
    let mut rows = VERSIONS.rows.iter();
    rows.find(|(_, known)| plain_version(known) == wanted)
        .map(|(code, _)| *code)
}

/// The group of that name, whatever the case.
#[must_use]
pub fn group_by_name(name: &str) -> Option<u16> {
    let mut rows = GROUPS.rows.iter();
    rows.find(|(_, group)| group.name.eq_ignore_ascii_case(name))
        .map(|(code, _)| *code)
}

/// The signature scheme of that name, whatever the case.
#[must_use]
pub fn signature_scheme_by_name(name: &str) -> Option<u16> {
    let mut rows = SIGNATURE_SCHEMES.rows.iter();
    rows.find(|(_, known)| known.eq_ignore_ascii_case(name))
        .map(|(code, _)| *code)
}

/// `TLSv1.2` and `TLS 1.2` as `tls1.2`; `TLSv1` as `tls1.0`.
fn plain_version(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, 'v' | 'V' | '_'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_short = plain
        .strip_prefix("tls")
        .or(plain.strip_prefix("ssl"))
        .is_some_and(|number| number.len() == 1);
    if is_short { plain + ".0" } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_as_configurations_write_them() {
        for (name, code) in [
            ("TLSv1.3", 0x0304),
            ("TLS 1.2", 0x0303),
            ("tlsv1.1", 0x0302),
            ("TLSv1.0", 0x0301),
            ("TLSv1", 0x0301),
            ("SSLv3", 0x0300),
        ] {
            assert_eq!(version_by_name(name), Some(code), "{name}");
        }
        for name in ["", "TLS", "TLSv1.4", "1.2"] {
            assert_eq!(version_by_name(name), None, "{name}");
        }
    }

    #[test]
    fn groups_and_schemes_are_found_whatever_the_case() {
        assert_eq!(group_by_name("X25519"), Some(0x001d));
        assert_eq!(group_by_name("SecP256r1MLKEM768"), Some(0x11eb));
        assert_eq!(signature_scheme_by_name("RSA_PKCS1_SHA256"), Some(0x0401));
        assert_eq!(group_by_name("none such"), None);
        assert_eq!(signature_scheme_by_name(""), None);
    }
}
