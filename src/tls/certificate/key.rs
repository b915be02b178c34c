//! Names of the algorithms in certificates, and sizes of keys.

use crate::facts::KeyFacts;
use crate::facts::fingerprint;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::str::FromStr;
use std::sync::LazyLock;
use x509_parser::asn1_rs::Oid;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Object identifiers of this many bytes are shown in hex: turning a number of a hundred thousand digits into decimal takes seconds.
const OID_TEXT_MAX: usize = 64;

/// Signature algorithms as OpenSSL prints them, sorted by OID.
const SIGNATURES: &[(&str, &str)] = &[
    ("1.2.156.10197.1.501", "SM2-with-SM3"),
    ("1.2.643.2.2.3", "GOST R 34.11-94 with GOST R 34.10-2001"),
    (
        "1.2.643.7.1.1.3.2",
        "GOST R 34.10-2012 with GOST R 34.11-2012 (256 bit)",
    ),
    (
        "1.2.643.7.1.1.3.3",
        "GOST R 34.10-2012 with GOST R 34.11-2012 (512 bit)",
    ),
    ("1.2.840.10040.4.3", "dsaWithSHA1"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.2.840.113549.1.1.10", "rsassaPss"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption"),
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.3", "md4WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.3.101.112", "ED25519"),
    ("1.3.101.113", "ED448"),
    ("1.3.14.3.2.29", "sha1WithRSA"),
    ("2.16.840.1.101.3.4.3.1", "dsa_with_SHA224"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    ("2.16.840.1.101.3.4.3.2", "dsa_with_SHA256"),
];

/// Kinds of public keys, and their size in bits where the kind fixes it, sorted by OID.
const KEYS: &[(&str, &str, u32)] = &[
    ("1.2.643.2.2.19", "GOST R 34.10-2001", 256),
    ("1.2.643.7.1.1.1.1", "GOST R 34.10-2012", 256),
    ("1.2.643.7.1.1.1.2", "GOST R 34.10-2012", 512),
    ("1.2.840.10040.4.1", "DSA", 0),
    ("1.2.840.10045.2.1", "ECDSA", 0),
    ("1.2.840.113549.1.1.1", "RSA", 0),
    ("1.2.840.113549.1.1.10", "RSA-PSS", 0),
    ("1.2.840.113549.1.3.1", "DH", 0),
    ("1.3.101.110", "X25519", 256),
    ("1.3.101.111", "X448", 448),
    ("1.3.101.112", "Ed25519", 256),
    ("1.3.101.113", "Ed448", 456),
    // FIPS 204 table 2: sizes of the public keys in bytes times 8, as OpenSSL counts them.
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44", 10_496),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65", 15_616),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87", 20_736),
];

/// Curves (RFC 5480 section 2.1.1.1, RFC 5639) and their sizes in bits, sorted by OID.
const CURVES: &[(&str, u32)] = &[
    ("1.2.156.10197.1.301", 256),
    ("1.2.840.10045.3.1.1", 192),
    ("1.2.840.10045.3.1.7", 256),
    ("1.3.132.0.10", 256),
    ("1.3.132.0.33", 224),
    ("1.3.132.0.34", 384),
    ("1.3.132.0.35", 521),
    ("1.3.36.3.3.2.8.1.1.11", 384),
    ("1.3.36.3.3.2.8.1.1.13", 512),
    ("1.3.36.3.3.2.8.1.1.7", 256),
];
const SM2_CURVE: &str = "1.2.156.10197.1.301";

/// The known identifiers by their bytes: writing one in dots costs as much as reading a whole name.
static KNOWN: LazyLock<HashMap<Vec<u8>, &'static str>> = LazyLock::new(|| {
    let signatures = SIGNATURES.iter().map(|(oid, _)| *oid);
    let keys = KEYS.iter().map(|(oid, ..)| *oid);
    let curves = CURVES.iter().map(|(oid, _)| *oid);
    let all = signatures.chain(keys).chain(curves);
    all.filter_map(|text| Some((Oid::from_str(text).ok()?.as_bytes().to_vec(), text)))
        .collect()
});

/// What a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) holds.
pub(super) fn facts(info: &SubjectPublicKeyInfo<'_>) -> KeyFacts {
    let oid = text_of(&info.algorithm.algorithm);
    let Some((_, kind, bits)) = KEYS.iter().find(|(known, ..)| *known == oid) else {
        let kind = oid.into_owned();
        return KeyFacts { kind, bits: 0 };
    };
    match *kind {
        "RSA" | "RSA-PSS" => KeyFacts {
            kind: (*kind).to_owned(),
            bits: rsa_bits(info),
        },
        "ECDSA" => elliptic(info),
        "DSA" => KeyFacts {
            kind: (*kind).to_owned(),
            bits: dsa_bits(info),
        },
        _ => KeyFacts {
            kind: (*kind).to_owned(),
            bits: *bits,
        },
    }
}

/// The name of a signature algorithm as OpenSSL prints it, else its OID in dots.
pub(super) fn signature_name(oid: &Oid<'_>) -> String {
    let oid = text_of(oid);
    match SIGNATURES.iter().find(|(known, _)| *known == oid) {
        Some((_, name)) => (*name).to_owned(),
        None => oid.into_owned(),
    }
}

/// An object identifier in dots.
fn text_of(oid: &Oid<'_>) -> Cow<'static, str> {
    match KNOWN.get(oid.as_bytes()) {
        Some(known) => Cow::Borrowed(*known),
        None => Cow::Owned(oid_text(oid)),
    }
}

/// An object identifier in dots; of a very long one its first bytes in hex.
pub(super) fn oid_text(oid: &Oid<'_>) -> String {
    match oid.as_bytes().get(..OID_TEXT_MAX) {
        Some(start) => format!("{}...", fingerprint::hex(start)),
        None => oid.to_id_string(),
    }
}

/// Whether `oid` is the one of these numbers.
pub(super) fn oid_is(oid: &Oid<'_>, numbers: &[u64]) -> bool {
    oid.iter()
        .is_some_and(|arcs| arcs.eq(numbers.iter().copied()))
}

/// Bits of the modulus. RSASSA-PSS keys have the same form (RFC 4055 section 1.2), which `x509_parser` does not read.
fn rsa_bits(info: &SubjectPublicKeyInfo<'_>) -> u32 {
    use x509_parser::prelude::FromDer;
    use x509_parser::public_key::RSAPublicKey;
    RSAPublicKey::from_der(&info.subject_public_key.data).map_or(0, |(_, key)| bits_of(key.modulus))
}

/// By the curve, else by the length of the point.
fn elliptic(info: &SubjectPublicKeyInfo<'_>) -> KeyFacts {
    let curve = info
        .algorithm
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.as_oid().ok())
        .map(|oid| text_of(&oid));
    let known = curve
        .as_ref()
        .and_then(|curve| CURVES.iter().find(|(known, _)| known == curve));
    let from_point = || match info.parsed() {
        Ok(PublicKey::EC(point)) => u32::try_from(point.key_size()).unwrap_or(0),
        _ => 0,
    };
    let kind = if curve.as_deref() == Some(SM2_CURVE) {
        "SM2"
    } else {
        "ECDSA"
    };
    KeyFacts {
        kind: kind.to_owned(),
        bits: known.map_or_else(from_point, |(_, bits)| *bits),
    }
}

/// Bits of the prime p, first of the parameters (RFC 3279 section 2.3.2); 0 where they are inherited.
fn dsa_bits(info: &SubjectPublicKeyInfo<'_>) -> u32 {
    use x509_parser::asn1_rs::Integer;
    use x509_parser::prelude::FromDer;
    let parameters = info
        .algorithm
        .parameters
        .as_ref()
        .map_or(&[][..], |parameters| parameters.data);
    Integer::from_der(parameters).map_or(0, |(_, prime)| bits_of(prime.as_ref()))
}

/// Bits of a big-endian number.
fn bits_of(number: &[u8]) -> u32 {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros());
    let bytes = u32::try_from(number.len().saturating_sub(zeros)).unwrap_or(0);
    bytes.saturating_mul(8).saturating_sub(first)
}

#[cfg(test)]
mod tests {
    use super::CURVES;
    use super::KEYS;
    use super::KNOWN;
    use super::SIGNATURES;
    use super::bits_of;
    use super::oid_is;
    use super::oid_text;
    use super::signature_name;
    use super::text_of;
    use x509_parser::asn1_rs::Oid;

    #[test]
    fn names_are_those_of_openssl_and_unknown_ones_stay_numbers() {
        let name = |arcs: &[u64]| signature_name(&Oid::from(arcs).expect("an OID"));
        assert_eq!(name(&[1, 2, 840, 10045, 4, 3, 3]), "ecdsa-with-SHA384");
        assert_eq!(name(&[1, 3, 101, 112]), "ED25519");
        assert_eq!(name(&[1, 2, 3, 4]), "1.2.3.4");
        assert!(oid_is(
            &Oid::from(&[1, 2, 3, 4]).expect("an OID"),
            &[1, 2, 3, 4]
        ));
    }

    #[test]
    fn every_known_identifier_is_recognised_by_its_bytes() {
        let listed = SIGNATURES.iter().map(|(oid, _)| *oid);
        let listed = listed.chain(KEYS.iter().map(|(oid, ..)| *oid));
        for text in listed.chain(CURVES.iter().map(|(oid, _)| *oid)) {
            let oid: Oid<'_> = text.parse().expect("an OID");
            assert!(KNOWN.contains_key(oid.as_bytes()));
            assert_eq!(
                (text_of(&oid).as_ref(), oid_text(&oid).as_str()),
                (text, text)
            );
        }
    }

    #[test]
    fn a_number_of_absurd_length_is_not_turned_into_decimal() {
        let mut bytes = vec![0xff; 100_000];
        bytes.push(1);
        assert_eq!(oid_text(&Oid::new(bytes.into())).len(), 131);
    }

    #[test]
    fn each_algorithm_is_listed_once_and_in_order() {
        assert!(SIGNATURES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(KEYS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(CURVES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn bits_are_counted_without_leading_zeros() {
        assert_eq!(
            (
                bits_of(&[]),
                bits_of(&[0]),
                bits_of(&[0, 0x80, 0]),
                bits_of(&[1, 0])
            ),
            (0, 0, 16, 9)
        );
    }
}
