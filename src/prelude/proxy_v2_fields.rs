//! The TLVs behind the addresses of a PROXY header, version 2.
//!
//! | offset | size | |
//! |---|---|---|
//! | 0 | 1 | type |
//! | 1 | 2 | length of the value, big-endian |
//! | 3 | | value |
//!
//! The value of type 20 (TLS) is one byte of flags (1: over TLS, 2 and 4: with a client certificate on this connection or the
//! session), four bytes that are 0 if that was verified, and TLVs again. Source: "The PROXY protocol" (HAProxy,
//! doc/proxy-protocol.txt), section 2.2; types above e0 are those of AWS, Azure and Google Cloud.

use super::wire::text_of;
use crate::facts::WireText;

/// Fields kept of one header.
const FIELDS: usize = 16;
/// Type of what the balancer knows of the client's TLS.
const TLS: u8 = 0x20;
/// Names of the types whose value is told as it is.
const NAMES: &[(u8, &str)] = &[
    (0x01, "alpn"),
    (0x02, "authority"),
    (0x05, "unique_id"),
    (0x21, "tls_version"),
    (0x22, "tls_common_name"),
    (0x23, "tls_cipher"),
    (0x24, "tls_signature"),
    (0x25, "tls_key"),
    (0x30, "network_namespace"),
];
/// Clouds' own types: the first byte of the value is a subtype, 1 being the identifier of the private link.
const CLOUDS: &[(u8, &str)] = &[(0xea, "aws_vpc_endpoint"), (0xee, "azure_private_endpoint")];

/// What the TLVs tell, in the order sent. Reads as far as they are whole; types without a name are passed over.
pub(super) fn read(tlvs: &[u8]) -> Vec<(&'static str, WireText)> {
    let mut told = Vec::new();
    each(tlvs, |kind, value| match kind {
        TLS => tls(value, &mut told),
        _ => keep(kind, value, &mut told),
    });
    told.truncate(FIELDS);
    told
}

fn keep(kind: u8, value: &[u8], told: &mut Vec<(&'static str, WireText)>) {
    let plain = NAMES.iter().find(|(of, _)| *of == kind);
    let cloud = CLOUDS.iter().find(|(of, _)| *of == kind);
    match (plain, cloud, value) {
        (Some((_, name)), _, value) => told.push((name, text_of(value))),
        (_, Some((0xee, name)), [1, a, b, c, d]) => {
            let link = u32::from_le_bytes([*a, *b, *c, *d]).to_string();
            told.push((name, link.as_str().into()));
        }
        (_, Some((_, name)), [1, value @ ..]) => told.push((name, text_of(value))),
        _ => {}
    }
}

fn tls(value: &[u8], told: &mut Vec<(&'static str, WireText)>) {
    let Some((&[flags, a, b, c, d], tlvs)) = value.split_first_chunk::<5>() else {
        return;
    };
    let verified = u32::from_be_bytes([a, b, c, d]) == 0;
    let words = match (flags & 1 != 0, flags & 6 != 0, verified) {
        (false, ..) => "not over TLS",
        (true, true, true) => "certificate verified, over TLS",
        (true, true, false) => "certificate not verified, over TLS",
        (true, false, _) => "no certificate, over TLS",
    };
    told.push(("tls_client", words.into()));
    each(tlvs, |kind, value| keep(kind, value, told));
}

/// Gives type and value of each whole TLV.
fn each(mut tlvs: &[u8], mut take: impl FnMut(u8, &[u8])) {
    while let Some((&[kind, high, low], rest)) = tlvs.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some((value, rest)) = rest.split_at_checked(length) else {
            return;
        };
        take(kind, value);
        tlvs = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::FIELDS;
    use super::read;

    #[test]
    fn what_is_cut_anywhere_is_read_as_far_as_it_is_whole() {
        let tlvs = b"\x02\x00\x01a\x20\x00\x0c\x01\x00\x00\x00\x01\x21\x00\x04TLS1\x05\x00\x01u";
        let whole = read(tlvs);
        let names: Vec<_> = whole.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            ["authority", "tls_client", "tls_version", "unique_id"]
        );
        for length in 0..tlvs.len() {
            let cut = read(&tlvs[..length]);
            assert!(whole.starts_with(&cut), "{length}");
        }
    }

    #[test]
    fn no_more_is_kept_than_the_bound() {
        assert_eq!(read(&b"\x01\x00\x01a".repeat(1000)).len(), FIELDS);
    }

    #[test]
    fn a_private_link_of_azure_is_a_number() {
        let told = read(b"\xee\x00\x05\x01\x0d\x03\x00\x10\xee\x00\x01\x02");
        assert_eq!(told, [("azure_private_endpoint", "268436237".into())]);
    }
}
