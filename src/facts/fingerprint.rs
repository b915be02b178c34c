//! JA3, JA3S and JA4: short names for the way a peer writes its hello, and the hashes they are made of.
//!
//! JA3 and JA3S follow Salesforce's description, JA4 that of FoxIO (`technical_details/JA4.md`); both are under BSD-3-Clause. Of
//! the JA4+ family nothing else is implemented: its other members have another licence. GREASE (RFC 8701) is left out everywhere.

use super::ClientHelloFacts;
use super::ServerHelloFacts;
use crate::tables;
use md5::Digest;
use md5::Md5;

/// Extension types that JA4 leaves out of its hash (RFC 6066 section 3, RFC 7301 section 3.1).
const SERVER_NAME: u16 = 0;
const ALPN: u16 = 16;

impl ClientHelloFacts {
    /// JA3: MD5 of `version,suites,extensions,groups,point formats`, all in decimal and in the order sent. Empty where the hello was
    /// not readable, or is one of SSL 2.0.
    #[must_use]
    pub fn ja3(&self) -> String {
        if self.has_fingerprint() {
            ja3(self)
        } else {
            String::new()
        }
    }

    /// JA4 over TCP, such as `t13d1516h2_8daaf6152771_e5627efa2ab1`. Empty as JA3 is.
    #[must_use]
    pub fn ja4(&self) -> String {
        if self.has_fingerprint() {
            ja4(self)
        } else {
            String::new()
        }
    }

    /// Extensions and random bytes came with SSL 3.0; a record of it has a version, one of SSL 2.0 has none.
    fn has_fingerprint(&self) -> bool {
        self.readable && self.record_version != 0
    }
}

impl ServerHelloFacts {
    /// JA3S: MD5 of `version,suite,extensions`; the version is `legacy_version`. Empty where anything was cut.
    #[must_use]
    pub fn ja3s(&self) -> String {
        if !self.readable {
            return String::new();
        }
        md5_of(
            self.legacy_version,
            &[self.cipher_suite.to_string(), decimal(&self.extensions)],
        )
    }
}

fn ja3(hello: &ClientHelloFacts) -> String {
    let formats: Vec<u16> = hello.point_formats.iter().copied().map(u16::from).collect();
    let lists = [
        &hello.cipher_suites,
        &hello.extensions,
        &hello.groups,
        &formats,
    ];
    md5_of(hello.legacy_version, &lists.map(|list| decimal(list)))
}

/// JA4 of a ClientHello over TCP, such as `t13d1516h2_8daaf6152771_e5627efa2ab1`.
///
/// ```text
/// t  version  d|i with|without SNI  count of suites  count of extensions  ends of the first ALPN name
/// _  SHA-256 of the sorted suites
/// _  SHA-256 of the sorted extensions without SNI and ALPN, and of the signature algorithms in the order sent
/// ```
fn ja4(hello: &ClientHelloFacts) -> String {
    let mut suites = without_grease(&hello.cipher_suites);
    let mut extensions = without_grease(&hello.extensions);
    let counts = [suites.len().min(99), extensions.len().min(99)];
    suites.sort_unstable();
    extensions.retain(|code| !matches!(*code, SERVER_NAME | ALPN));
    extensions.sort_unstable();
    let mut last = hexadecimal(&extensions);
    let signatures = hexadecimal(&without_grease(&hello.signature_algorithms));
    if !signatures.is_empty() && !last.is_empty() {
        last = format!("{last}_{signatures}");
    }
    let sni = if hello.extensions.contains(&SERVER_NAME) {
        'd'
    } else {
        'i'
    };
    let [suite_count, extension_count] = counts;
    let alpn = ja4_alpn(hello.alpn.first().map_or(&[], |name| name.bytes()));
    format!(
        "t{}{sni}{suite_count:02}{extension_count:02}{alpn}_{}_{}",
        ja4_version(hello),
        sha256_start(&hexadecimal(&suites)),
        sha256_start(&last)
    )
}

/// The highest version offered, in two characters.
fn ja4_version(hello: &ClientHelloFacts) -> &'static str {
    match without_grease(&hello.versions)
        .into_iter()
        .max()
        .unwrap_or(hello.legacy_version)
    {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// First and last character of a protocol name, or, where one of them is not alphanumeric, of the name in hex.
fn ja4_alpn(name: &[u8]) -> String {
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return "00".to_owned();
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [*first, *last].map(char::from).iter().collect();
    }
    format!("{:x}{:x}", first >> 4, last & 0xf)
}

fn without_grease(codes: &[u16]) -> Vec<u16> {
    codes
        .iter()
        .copied()
        .filter(|code| !tables::is_grease(*code))
        .collect()
}

/// `771-772`
fn decimal(codes: &[u16]) -> String {
    let mut text = String::with_capacity(6 * codes.len());
    for code in codes.iter().filter(|code| !tables::is_grease(**code)) {
        if !text.is_empty() {
            text.push('-');
        }
        let place = |unit: u16| digit((code / unit % 10).to_be_bytes());
        let units = [10_000, 1000, 100, 10, 1];
        let needed = |unit: &u16| *unit == 1 || *code >= *unit;
        text.extend(units.into_iter().filter(needed).map(place));
    }
    text
}

/// `002f,c02b`
fn hexadecimal(codes: &[u16]) -> String {
    let mut text = String::with_capacity(5 * codes.len());
    for code in codes {
        if !text.is_empty() {
            text.push(',');
        }
        let [high, low] = code.to_be_bytes();
        let nibbles = [high >> 4, high & 15, low >> 4, low & 15];
        text.extend(nibbles.map(|nibble| digit([0, nibble])));
    }
    text
}

/// One digit, of a number below 16.
fn digit([_, number]: [u8; 2]) -> char {
    char::from_digit(u32::from(number), 16).unwrap_or('0')
}

fn md5_of(version: u16, lists: &[String]) -> String {
    hex(&Md5::digest(format!("{version},{}", lists.join(","))))
}

/// The first twelve hex digits of the SHA-256 of `text`, zeros where there is none.
fn sha256_start(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(12);
    }
    let mut hash = sha256(text.as_bytes());
    hash.truncate(12);
    hash
}

/// SHA-256 in hex.
#[must_use]
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&sha256_bytes(bytes))
}

/// SHA-256.
#[must_use]
pub(crate) fn sha256_bytes(bytes: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().try_into().unwrap_or([0; 32])
}

/// Bytes as lower-case hex without separators.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    let mut text = Vec::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::decimal;
    use super::hex;
    use super::hexadecimal;
    use super::ja3;
    use super::ja4;
    use super::ja4_alpn;
    use crate::facts::ClientHelloFacts;
    use crate::facts::ClientOffer;
    use crate::facts::WireText;
    use std::sync::Arc;

    /// The example of FoxIO's description.
    fn chrome() -> ClientHelloFacts {
        ClientHelloFacts {
            offer: Arc::new(ClientOffer {
                legacy_version: 0x0303,
                versions: vec![0x4a4a, 0x0304, 0x0303],
                cipher_suites: vec![
                    0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                    0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
                ],
                extensions: vec![
                    0x0a0a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                    0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x1a1a, 0x0015,
                ],
                signature_algorithms: vec![
                    0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
                ],
                alpn: vec![WireText::from("h2")],
                ..ClientOffer::default()
            }),
            ..ClientHelloFacts::default()
        }
    }

    #[test]
    fn ja4_of_the_published_example() {
        assert_eq!(ja4(&chrome()), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    }

    #[test]
    fn ja4_without_name_signature_algorithms_or_anything() {
        let mut hello = chrome();
        hello.signature_algorithms.clear();
        assert_eq!(ja4(&hello), "t13d1516h2_8daaf6152771_6d807ffa2a79");
        let hello = ClientHelloFacts {
            offer: Arc::new(ClientOffer {
                legacy_version: 0x0302,
                ..ClientOffer::default()
            }),
            ..ClientHelloFacts::default()
        };
        assert_eq!(ja4(&hello), "t11i000000_000000000000_000000000000");
    }

    #[test]
    fn ja4_counts_stop_at_99() {
        let mut hello = chrome();
        hello.cipher_suites = (0..200).collect();
        assert!(ja4(&hello).starts_with("t13d9916h2_"));
    }

    #[test]
    fn ja4_shows_the_ends_of_a_protocol_name_in_hex_unless_both_are_alphanumeric() {
        let cases: [(&[u8], &str); 8] = [
            (b"", "00"),
            (b"h", "hh"),
            (b"http/1.1", "h1"),
            (&[0xab], "ab"),
            (&[0xab, 0xcd], "ad"),
            (&[0x30, 0xab], "3b"),
            (&[0x30, 0x31, 0xab, 0xcd], "3d"),
            (&[0x30, 0xab, 0xcd, 0x31], "01"),
        ];
        for (name, expected) in cases {
            assert_eq!(ja4_alpn(name), expected);
        }
    }

    #[test]
    fn ja3_of_nothing_is_the_hash_of_commas() {
        let hello = ClientHelloFacts {
            offer: Arc::new(ClientOffer {
                legacy_version: 769,
                cipher_suites: vec![4, 5],
                ..ClientOffer::default()
            }),
            ..ClientHelloFacts::default()
        };
        // MD5 of "769,4-5,,,".
        assert_eq!(ja3(&hello), "1d70598d8ccdfcb836bfeb091ab8e469");
    }

    #[test]
    fn numbers_are_written_without_leading_zeros_in_decimal_and_with_them_in_hex() {
        let codes = [0, 7, 10, 99, 100, 4865, 10_000, 65_535];
        assert_eq!(decimal(&codes), "0-7-10-99-100-4865-10000-65535");
        assert_eq!(
            hexadecimal(&codes),
            "0000,0007,000a,0063,0064,1301,2710,ffff"
        );
    }

    #[test]
    fn hex_is_lower_case_and_keeps_zeros() {
        assert_eq!(hex(&[0, 0x0a, 0xff]), "000aff");
    }
}
