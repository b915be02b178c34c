//! Tells QUIC and DTLS by the first bytes of a UDP datagram: both carry TLS handshakes that are not read, which must be said.

/// A QUIC long header (RFC 9000 section 17.2) of a version there is, or a public header of Google QUIC up to Q043. Short headers cannot be told.
#[must_use]
pub fn is_quic(datagram: &[u8]) -> bool {
    match *datagram {
        // Form bit, version, then the connection identifiers, of which each has at most 20 bytes.
        [first, a, b, c, d, dcid_length, ..] if first & 0x80 != 0 => {
            let version = [a, b, c, d];
            let negotiation = version == [0; 4] && carries_identifiers(datagram);
            negotiation || google(version) || (ietf(version) && dcid_length <= 20)
        }
        // Public flags with version (1) and an identifier of eight bytes (8), then the version as text.
        [first, _, _, _, _, _, _, _, _, a, b, c, d, ..] if first & 0x89 == 9 => {
            google([a, b, c, d])
        }
        _ => false,
    }
}

/// A DTLS record (RFC 6347 section 4.1): type at 0, version at 1, epoch at 3, sequence number at 5, length at 11. The header
/// that DTLS 1.3 has after the handshake (RFC 9147 section 4) cannot be told.
#[must_use]
pub fn is_dtls(datagram: &[u8]) -> bool {
    let &[
        20..=25,
        0xfe,
        0xff | 0xfd | 0xfc,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        high,
        low,
        ..,
    ] = datagram
    else {
        return false;
    };
    // 2^14 and what encryption may add (RFC 6347 section 4.1, RFC 5246 section 6.2.3).
    (1..=(1 << 14) + 2048).contains(&u16::from_be_bytes([high, low]))
}

/// Version 1, version 2 (RFC 9369), drafts, Facebook's, and those reserved to provoke version negotiation (RFC 9000 section 15).
fn ietf(version: [u8; 4]) -> bool {
    match version {
        [0, 0, 0, 1] | [0x6b, 0x33, 0x43, 0xcf] | [0xff, 0, 0, _] | [0xfa, 0xce, 0xb0, _] => true,
        reserved => reserved.iter().all(|byte| byte & 0x0f == 0x0a),
    }
}

/// `Q043`, `T051`.
fn google(version: [u8; 4]) -> bool {
    matches!(version, [b'Q' | b'T', b'0', b'0'..=b'9', b'0'..=b'9'])
}

/// Version negotiation has version 0, which much else has: both identifiers must fit, and whole versions follow.
fn carries_identifiers(datagram: &[u8]) -> bool {
    let rest = identifier(datagram.get(5..).unwrap_or_default()).and_then(identifier);
    rest.is_some_and(|versions| {
        let mut all = versions.chunks_exact(4);
        let known = all.any(|version| {
            version
                .first_chunk()
                .is_some_and(|v| ietf(*v) || google(*v))
        });
        known && versions.len() % 4 == 0
    })
}

fn identifier(bytes: &[u8]) -> Option<&[u8]> {
    let (&length, rest) = bytes.split_first()?;
    rest.get(usize::from(length)..)
}

#[cfg(test)]
mod tests {
    use super::is_dtls;
    use super::is_quic;

    #[test]
    fn initials_of_each_version_are_quic() {
        for version in [
            [0, 0, 0, 1],
            [0x6b, 0x33, 0x43, 0xcf],
            [0xff, 0, 0, 29],
            *b"Q050",
            [0x1a, 0x2a, 0x3a, 0xfa],
        ] {
            let datagram = [&[0xc3][..], &version, &[8], &[7; 30]].concat();
            assert!(is_quic(&datagram), "{version:02x?}");
        }
    }

    #[test]
    fn old_google_quic_is_quic() {
        assert!(is_quic(b"\x0d\x01\x02\x03\x04\x05\x06\x07\x08Q043\x01"));
    }

    #[test]
    fn version_negotiation_is_quic_only_with_versions_in_it() {
        assert!(is_quic(&[
            0x80, 0, 0, 0, 0, 1, 9, 1, 8, 0, 0, 0, 1, 0x1a, 0x2a, 0x3a, 0x4a
        ]));
        assert!(!is_quic(&[0x80, 0, 0, 0, 0, 1, 9, 1, 8, 0, 0, 0, 9]));
        assert!(!is_quic(&[0x80; 40]));
        assert!(!is_quic(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn dns_and_short_headers_are_not_quic() {
        assert!(!is_quic(
            b"\x9a\xbc\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example"
        ));
        assert!(!is_quic(&[0x43, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]));
    }

    #[test]
    fn hellos_of_each_version_are_dtls() {
        for version in [0xff, 0xfd, 0xfc] {
            assert!(is_dtls(&[
                22, 0xfe, version, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 1
            ]));
        }
        assert!(!is_dtls(&[22, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 1]));
        assert!(!is_dtls(&[
            22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
        ]));
        assert!(!is_dtls(&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn every_cut_is_answered() {
        let quic = [0x80, 0, 0, 0, 0, 1, 9, 1, 8, 0, 0, 0, 1];
        let dtls = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 1];
        for bytes in [&quic[..], &dtls[..]] {
            for end in 0..bytes.len() {
                let _ = (is_quic(&bytes[..end]), is_dtls(&bytes[..end]));
            }
        }
    }
}
