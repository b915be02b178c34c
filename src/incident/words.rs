//! Words and numbers in sentences for people, in one place.

use crate::base::Endpoint;
use crate::base::MILLISECOND;
use crate::base::SECOND;
use crate::tables;
use crate::texts::grouped;
use crate::texts::text;

/// A duration: `0.4 ms`, `28 ms`, `1.2 s`, `60 s`.
pub(super) fn duration(nanoseconds: u64) -> String {
    if nanoseconds < 999 * MILLISECOND + MILLISECOND / 2 {
        format!("{} ms", scaled(nanoseconds, MILLISECOND))
    } else {
        format!("{} s", scaled(nanoseconds, SECOND))
    }
}

/// ` (2.6 ms to 4.1 ms)` behind a middle value; nothing where both look the same.
pub(super) fn spread(least: u64, largest: u64) -> String {
    let (least, largest) = (duration(least), duration(largest));
    if least == largest {
        String::new()
    } else {
        text!("words.spread", least, largest)
    }
}

/// Two figures below ten (`2.6`, `0.04`), whole numbers above.
fn scaled(nanoseconds: u64, unit: u64) -> String {
    let hundredths = nanoseconds.saturating_add(unit / 200) / (unit / 100);
    let tenths = nanoseconds.saturating_add(unit / 20) / (unit / 10);
    match hundredths {
        ..10 => format!("0.{hundredths:02}"),
        10..1_000 if tenths.is_multiple_of(10) => (tenths / 10).to_string(),
        10..995 => format!("{}.{}", tenths / 10, tenths % 10),
        _ => grouped(nanoseconds.saturating_add(unit / 2) / unit),
    }
}

/// `certificate_expired (45)`, or `number 200` for an unknown one.
pub(super) fn alert(code: u8) -> String {
    match tables::alert(code) {
        Some(alert) => format!("{} ({code})", alert.name),
        None => text!("words.alert-number", code),
    }
}

/// A server as people read it; several of them are shown by their port.
pub(super) fn server(server: &Endpoint) -> String {
    match (server.ip.is_unspecified(), server.port) {
        (false, _) => server.to_string(),
        (true, 0) => text!("words.several-servers").to_owned(),
        (true, port) => text!("words.several-servers-port", port),
    }
}

/// Its address alone.
pub(super) fn server_address(server: &Endpoint) -> String {
    if server.ip.is_unspecified() {
        text!("words.these-servers").to_owned()
    } else {
        server.ip.to_string()
    }
}

/// A protocol that is not TLS, as people call it. `None` where the bytes are none that are known.
pub(super) fn protocol(word: &str) -> Option<String> {
    match word {
        "other" => None,
        "http" => Some(text!("words.plain-http").to_owned()),
        "proxy-v1" => Some(text!("words.proxy-v1").to_owned()),
        "proxy-v2" => Some(text!("words.proxy-v2").to_owned()),
        word => Some(word.to_uppercase()),
    }
}

/// What tunnels and STARTTLS protocols are called, and what was asked of them.
pub(super) fn tunnel(protocol: &str) -> (String, &'static str) {
    let of = |protocol: &str| text!("words.server-of", protocol);
    match protocol {
        "http-connect" => (text!("words.proxy").to_owned(), "CONNECT"),
        "socks4" | "socks5" => (
            text!("words.socks-proxy").to_owned(),
            text!("words.connection"),
        ),
        "postgresql" => (of("PostgreSQL"), "TLS (SSLRequest)"),
        "mysql" => (of("MySQL"), "TLS (SSLRequest)"),
        "mssql" => (
            text!("words.sql-server").to_owned(),
            text!("words.encryption"),
        ),
        "rdp" => (of("RDP"), "TLS"),
        word => (of(&word.to_uppercase()), "STARTTLS"),
    }
}

/// The first letter in lower case, where it is no abbreviation.
pub(super) fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if first.is_uppercase() && !second.is_uppercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use super::spread;

    #[test]
    fn durations_have_two_figures_below_ten() {
        for (nanoseconds, text) in [
            (0, "0.00 ms"),
            (40_000, "0.04 ms"),
            (400_000, "0.4 ms"),
            (2_960_000, "3 ms"),
            (2_600_000, "2.6 ms"),
            (9_960_000, "10 ms"),
            (28_100_000, "28 ms"),
            (999_400_000, "999 ms"),
            (999_600_000, "1 s"),
            (1_240_000_000, "1.2 s"),
            (60_000_000_000, "60 s"),
        ] {
            assert_eq!(duration(nanoseconds), text);
        }
        assert_eq!(spread(2_600_000, 4_100_000), " (2.6 ms to 4.1 ms)");
        assert_eq!(spread(2_600_000, 2_610_000), "");
        assert!(!duration(u64::MAX).is_empty());
    }
}
