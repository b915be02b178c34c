//! Values of attributes as numbers, and back: a number costs nothing to count, its text is made only where it is printed.

use crate::facts::WireText;
use crate::tables;
use crate::tables::CipherSuite;
use crate::texts;
use crate::texts::text;
use std::net::IpAddr;
use std::net::Ipv6Addr;
use std::sync::LazyLock;

/// Which certificates the suites ask for.
pub(crate) const AUTHENTICATION: &str = "suites by authentication";
/// Whether a group that withstands quantum computers is offered.
pub(crate) const POST_QUANTUM: &str = "post-quantum groups";
/// JA4 without what name and ALPN put into it.
pub(crate) const JA4: &str = "JA4";
/// The network of the client.
pub(crate) const NETWORK: &str = "client network";
/// The server's own certificate, in clear up to TLS 1.2: which of several servers behind one address it was.
pub(crate) const CERTIFICATE: &str = "server certificate";
/// TTL of the server's first packet: the same, where the servers are not equally far.
pub(crate) const TTL: &str = "server TTL";

/// How a value is shown; `None` where the number is a hash.
pub(crate) fn show(attribute: &str, value: u128) -> Option<WireText> {
    let text = match attribute {
        "hello size" => either(
            value,
            text!("value.several-segments"),
            text!("value.one-segment"),
        ),
        AUTHENTICATION => authentication_text(value),
        POST_QUANTUM => either(value, text!("value.offered"), text!("value.none-offered")),
        JA4 => ja4_text(value),
        NETWORK => network_text(value),
        CERTIFICATE => format!("{:08x}", value >> 96),
        TTL => text!("value.ttl", value),
        _ => return None,
    };
    Some(WireText::from(text.as_str()))
}

fn either(value: u128, yes: &str, no: &str) -> String {
    if value > 0 { yes } else { no }.to_owned()
}

/// Bits of [`authentication`], in the order in which they are named.
const KINDS: [fn() -> &'static str; 4] = [
    || "ECDSA",
    || "RSA",
    || text!("value.other-kinds"),
    || "TLS 1.3",
];

/// The bit of each suite, by its number: a hello lists dozens of them.
static KIND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut kinds = vec![0; 1 << 16];
    for suite in tables::cipher_suites() {
        if let Some(slot) = kinds.get_mut(usize::from(suite.code)) {
            *slot = kind(suite);
        }
    }
    kinds
});

fn kind(suite: &CipherSuite) -> u8 {
    match suite.auth {
        _ if suite.is_tls13() => 8,
        "ECDSA" => 1,
        "RSA" => 2,
        "none" => 0,
        _ => 4,
    }
}

/// What the suites of a hello let the server prove itself with, a bit for each of [`KINDS`]. In TLS 1.3 a suite does not say.
pub(super) fn authentication(suites: &[u16]) -> u128 {
    let kinds = suites
        .iter()
        .filter_map(|code| KIND.get(usize::from(*code)));
    u128::from(kinds.fold(0, |sum, kind| sum | kind))
}

fn authentication_text(value: u128) -> String {
    let kinds: Vec<&str> = KINDS
        .iter()
        .enumerate()
        .filter(|(bit, _)| value >> bit & 1 == 1)
        .map(|(_, kind)| kind())
        .collect();
    match kinds.as_slice() {
        [] => text!("value.none-known").to_owned(),
        [one] => text!("value.only", one),
        many => texts::listed(many),
    }
}

/// 1 where a group of the list withstands quantum computers, alone or as part of a hybrid.
pub(super) fn post_quantum(groups: &[u16]) -> u128 {
    let is_one = |code: &u16| tables::group(*code).is_some_and(|group| group.post_quantum);
    u128::from(groups.iter().any(is_one))
}

/// A JA4 without the letter for the SNI, the count of extensions (to which SNI and ALPN add) and the two characters of the ALPN:
/// what is left fits a number.
///
/// ```text
/// t13d1516h2_8daaf6152771_e5627efa2ab1
///  16   8     48           48           bits
/// ```
pub(super) fn ja4(text: &str) -> Option<u128> {
    let [first, second] = *text.get(1..3)?.as_bytes() else {
        return None;
    };
    let count: u8 = text.get(4..6)?.parse().ok()?;
    let suites = u64::from_str_radix(text.get(11..23)?, 16).ok()?;
    let extensions = u64::from_str_radix(text.get(24..36)?, 16).ok()?;
    let start = u32::from_be_bytes([0, first, second, count]);
    Some(u128::from(start) << 96 | u128::from(suites) << 48 | u128::from(extensions))
}

/// A pattern of the shell (`?`: any character) that matches each JA4 with this value.
fn ja4_text(value: u128) -> String {
    let [_, first, second, count, ..] = value.to_be_bytes();
    let (first, second) = (char::from(first), char::from(second));
    let half = |value: u128| value & 0xffff_ffff_ffff;
    format!(
        "t{first}{second}?{count:02}????_{:012x}_{:012x}",
        half(value >> 48),
        half(value)
    )
}

/// The network of an address: /24 of IPv4, /48 of IPv6 (RFC 6177: what a site may get). IPv4 is written as mapped into IPv6.
pub(super) fn network(ip: IpAddr) -> u128 {
    match ip.to_canonical() {
        IpAddr::V4(ip) => u128::from(ip.to_ipv6_mapped()) & !0xff,
        IpAddr::V6(ip) => u128::from(ip) & !(u128::MAX >> 48),
    }
}

fn network_text(value: u128) -> String {
    match IpAddr::V6(Ipv6Addr::from(value)).to_canonical() {
        IpAddr::V4(ip) => format!("{ip}/24"),
        IpAddr::V6(ip) => format!("{ip}/48"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(attribute: &str, value: u128) -> String {
        show(attribute, value).map_or_else(String::new, |text| text.to_string())
    }

    #[test]
    fn a_ja4_is_masked_where_name_and_alpn_enter_and_nowhere_else() {
        let of = |text: &str| ja4(text).unwrap();
        let one = of("t13d1516h2_8daaf6152771_e5627efa2ab1");
        assert_eq!(shown(JA4, one), "t13?15????_8daaf6152771_e5627efa2ab1");
        assert_eq!(one, of("t13i151400_8daaf6152771_e5627efa2ab1"));
        for other in [
            "t12d1516h2_8daaf6152771_e5627efa2ab1",
            "t13d1416h2_8daaf6152771_e5627efa2ab1",
            "t13d1516h2_8daaf6152772_e5627efa2ab1",
            "t13d1516h2_8daaf6152771_f5627efa2ab1",
        ] {
            assert_ne!(one, of(other));
        }
        assert_eq!(ja4(""), None);
    }

    #[test]
    fn networks_are_24_and_48_bits_long() {
        let text = |ip: &str| shown(NETWORK, network(ip.parse().unwrap()));
        assert_eq!(text("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(text("0.0.0.1"), "0.0.0.0/24");
        assert_eq!(text("::ffff:192.0.2.77"), "192.0.2.0/24");
        assert_eq!(text("2001:db8:7:1::5"), "2001:db8:7::/48");
        assert_eq!(text("::1"), "::/48");
    }

    #[test]
    fn suites_are_told_by_what_the_server_must_prove_itself_with() {
        let text = |suites: &[u16]| shown(AUTHENTICATION, authentication(suites));
        assert_eq!(text(&[0xc02f, 0x002f, 0x00ff]), "RSA only");
        assert_eq!(text(&[0xc02b, 0xc02f]), "ECDSA and RSA");
        assert_eq!(text(&[0x1301, 0xc02b]), "ECDSA and TLS 1.3");
        assert_eq!(text(&[0x1301, 0x1a1a]), "TLS 1.3 only");
        assert_eq!(text(&[0x1a1a]), "none known");
        assert_eq!(text(&[0x0034]), "other kinds only");
    }

    #[test]
    fn hybrids_and_their_drafts_are_post_quantum() {
        for group in [4587, 4588, 4589, 25497] {
            assert_eq!(post_quantum(&[0x1a1a, 29, group]), 1);
        }
        assert_eq!(post_quantum(&[0x1a1a, 29, 23]), 0);
    }

    #[test]
    fn a_certificate_is_shown_by_the_start_of_its_hash() {
        let value = 0x00ab_12cd << 96;
        assert_eq!(shown(CERTIFICATE, value), "00ab12cd");
    }
}
