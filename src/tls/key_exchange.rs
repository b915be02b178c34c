//! ServerKeyExchange (RFC 5246 section 7.4.3, RFC 8422 section 5.4): which group, or how long a prime.
//!
//! ```text
//! DHE    2+n dh_p | 2+n dh_g | 2+n dh_Ys | signature
//! ECDHE  1 curve_type = 3 | 2 named_curve | 1+n public | signature
//! PSK    2+n psk_identity_hint before either (RFC 4279 section 3, RFC 5489 section 2)
//! ```
//!
//! The message does not say which of these it is; the suite does.

use super::cursor::Cursor;
use crate::tables;

/// What a ServerKeyExchange tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyExchange {
    /// Named curve of ECDHE.
    pub group: Option<u16>,
    /// Bits of the prime of finite-field DHE.
    pub dh_bits: Option<u32>,
}

/// `curve_type` of a named curve; curves written out were never used on the Internet.
const NAMED_CURVE: u8 = 3;

/// The group or prime of a ServerKeyExchange's body, whole or cut. Nothing where the suite is unknown or has no such parameters.
#[must_use]
pub fn server_key_exchange(body: &[u8], cipher_suite: u16) -> KeyExchange {
    let Some(suite) = tables::cipher_suite(cipher_suite) else {
        return KeyExchange::default();
    };
    let mut params = Cursor::new(body);
    if suite.auth == "PSK" && params.vector16().is_none() {
        return KeyExchange::default();
    }
    match (suite.kx, suite.auth) {
        ("DHE", _) | ("DH", "anon") => KeyExchange {
            group: None,
            dh_bits: prime_bits(&mut params),
        },
        ("ECDHE", _) | ("ECDH", "anon") => KeyExchange {
            group: named_curve(&mut params),
            dh_bits: None,
        },
        _ => KeyExchange::default(),
    }
}

/// Size of `dh_p`. Its first non-zero byte is enough, so that a cut message still tells.
fn prime_bits(params: &mut Cursor<'_>) -> Option<u32> {
    let length = u32::from(params.u16()?);
    let (prime, _) = params.take_up_to(usize::try_from(length).unwrap_or(usize::MAX));
    let zeros = u32::try_from(prime.iter().take_while(|byte| **byte == 0).count()).ok()?;
    let first = prime.iter().find(|byte| **byte != 0)?;
    let bits = length.checked_sub(zeros)?.checked_mul(8)?;
    bits.checked_sub(first.leading_zeros())
}

fn named_curve(params: &mut Cursor<'_>) -> Option<u16> {
    (params.u8()? == NAMED_CURVE).then(|| params.u16())?
}

#[cfg(test)]
mod tests {
    use super::KeyExchange;
    use super::server_key_exchange;
    use crate::tls::body;
    use crate::tls::hello::samples;

    const ECDHE_RSA: u16 = 0xc02f;
    const DHE_RSA: u16 = 0x009e;
    const NOTHING: KeyExchange = KeyExchange {
        group: None,
        dh_bits: None,
    };

    #[test]
    fn the_curve_is_named_in_the_first_three_bytes() {
        let body = samples::bytes(samples::ECDHE_KEY_EXCHANGE);
        assert_eq!(
            server_key_exchange(&body, ECDHE_RSA),
            KeyExchange {
                group: Some(29),
                dh_bits: None
            }
        );
        assert_eq!(body::key_exchange(&body).1, Some(29));
        for length in 0..body.len() {
            let expected = (length >= 3).then_some(29);
            assert_eq!(
                server_key_exchange(&body[..length], ECDHE_RSA).group,
                expected,
                "{length}"
            );
        }
    }

    #[test]
    fn a_prime_is_counted_in_bits_without_leading_zeros() {
        let mut body = vec![1, 1, 0, 0x7f];
        body.resize(2 + 257, 0xff);
        body.extend([0, 1, 2, 0, 1, 9]);
        assert_eq!(
            server_key_exchange(&body, DHE_RSA),
            KeyExchange {
                group: None,
                dh_bits: Some(2047)
            }
        );
        assert_eq!(body::key_exchange(&body).0, Some(257));
        assert_eq!(server_key_exchange(&body[..4], DHE_RSA).dh_bits, Some(2047));
        assert_eq!(server_key_exchange(&body[..3], DHE_RSA), NOTHING);
        assert_eq!(server_key_exchange(&[0, 0, 0, 0], DHE_RSA), NOTHING);
    }

    #[test]
    fn a_hint_comes_first_with_a_pre_shared_key() {
        let ecdhe_psk = 0xc037;
        assert_eq!(
            server_key_exchange(&[0, 2, b'h', b'i', 3, 0, 23, 1, 4], ecdhe_psk).group,
            Some(23)
        );
        assert_eq!(server_key_exchange(&[0, 9, b'h'], ecdhe_psk), NOTHING);
    }

    #[test]
    fn silent_for_a_suite_without_ephemeral_keys_and_for_an_unknown_one() {
        let body = [3, 0, 23, 1, 4];
        assert_eq!(server_key_exchange(&body, 0x002f), NOTHING);
        assert_eq!(server_key_exchange(&body, 0xfafa), NOTHING);
        assert_eq!(server_key_exchange(&[1, 0, 23, 1, 4], ECDHE_RSA), NOTHING);
    }
}
