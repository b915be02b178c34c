//! The ClientHello of SSL 2.0, which old clients also sent to offer later versions (RFC 5246 appendix E.2).
//!
//! ```text
//! 2 record length | 0x8000 | 1 msg_type = 1 | 2 version | 2 cipher_spec_length | 2 session_id_length | 2 challenge_length
//! 3n cipher_specs | session_id | challenge
//! ```

use super::client::FALLBACK_SCSV;
use super::client::RENEGOTIATION_SCSV;
use crate::facts::ClientHelloFacts;
use crate::facts::ClientOffer;
use crate::tls::cursor::Cursor;
use std::sync::Arc;

/// `record` from its two bytes of length on, cut or not. `None` where it is no such hello.
///
/// Unlike [`super::client_hello`] this fills `length`, `have` (both without the record's length field), `complete` and `readable`,
/// since there is no other header. Cipher kinds of SSL 2.0 itself, whose first byte is not 0, are left out. No fingerprints:
/// JA3 and JA4 are not defined for it.
#[must_use]
pub fn sslv2_client_hello(record: &[u8]) -> Option<ClientHelloFacts> {
    let mut cursor = Cursor::new(record);
    let length = cursor.u16()?.checked_sub(0x8000)?;
    let (message, whole) = cursor.take_up_to(usize::from(length));
    let mut cursor = Cursor::new(message);
    let kind = cursor.u8()?;
    let version = cursor.u16()?;
    let is_version = version == 0x0002 || matches!(version, 0x0300..=0x0304);
    let (specs_length, id_length, challenge_length) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
    let fits = 9 + u32::from(specs_length) + u32::from(id_length) + u32::from(challenge_length)
        == u32::from(length);
    if kind != 1 || !is_version || specs_length == 0 || specs_length % 3 != 0 || !fits {
        return None;
    }
    let (specs, _) = cursor.take_up_to(usize::from(specs_length));
    let suites: Vec<u16> = specs.chunks_exact(3).filter_map(suite).collect();
    Some(ClientHelloFacts {
        length: u32::from(length),
        have: u32::try_from(message.len()).unwrap_or(u32::MAX),
        complete: whole,
        readable: whole,
        offer: Arc::new(ClientOffer {
            legacy_version: version,
            versions: vec![version],
            renegotiation_info: suites.contains(&RENEGOTIATION_SCSV),
            fallback_scsv: suites.contains(&FALLBACK_SCSV),
            cipher_suites: suites,
            session_id_length: u8::try_from(id_length).unwrap_or(u8::MAX),
            malformed: (id_length > 32).then_some("session id longer than 32 bytes"),
            ..ClientOffer::default()
        }),
        ..ClientHelloFacts::default()
    })
}

/// A kind that names a suite of SSL 3.0 and later: RFC 5246 appendix E.2, "V2CipherSpec TLS_RSA_WITH... = { 0x00, ... }".
fn suite(kind: &[u8]) -> Option<u16> {
    match kind {
        [0, high, low] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::sslv2_client_hello;

    /// SSL 2.0 hello that offers TLS 1.0: one kind of SSL 2.0 (RC4), RC4_128_SHA, and the renegotiation SCSV.
    const HELLO: [u8; 36] = [
        0x80, 34, 1, 3, 1, 0, 9, 0, 0, 0, 16, 1, 0, 0x80, 0, 0, 5, 0, 0, 0xff, 1, 2, 3, 4, 5, 6, 7,
        8, 9, 10, 11, 12, 13, 14, 15, 16,
    ];

    #[test]
    fn names_the_suites_of_later_versions_only() {
        let hello = sslv2_client_hello(&HELLO).expect("a hello");
        assert_eq!(hello.cipher_suites, [0x0005, 0x00ff]);
        assert_eq!(
            (hello.versions.as_slice(), hello.length, hello.readable),
            (&[0x0301][..], 34, true)
        );
        assert!(hello.renegotiation_info && !hello.fallback_scsv);
    }

    #[test]
    fn a_cut_hello_is_still_one_once_its_lengths_are_there() {
        for length in 0..HELLO.len() {
            let hello = sslv2_client_hello(&HELLO[..length]);
            assert_eq!(hello.is_some(), length >= 11, "{length}");
            assert!(hello.is_none_or(|hello| !hello.readable && !hello.complete));
        }
    }

    #[test]
    fn silent_on_other_protocols() {
        for text in [
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"\x80\x22\x01\x03\x01\x00\x08\x00\x00\x00\x10",
        ] {
            assert_eq!(sslv2_client_hello(text), None);
        }
    }
}
