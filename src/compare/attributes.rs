//! What of a ClientHello is compared between failed and completed handshakes.

use crate::facts::ClientHelloFacts;
use crate::pattern::Diagnosis;
use crate::tables;
use std::hash::Hash;
use std::hash::Hasher;
use std::net::IpAddr;

/// The name asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sni<'a> {
    /// This one.
    Name(&'a [u8]),
    /// The hello was read and has none.
    Absent,
    /// No hello was read that far.
    Unseen,
}

/// One handshake, reduced to what is compared. The same values on both sides of the contrast: what was offered, never
/// what was negotiated, since a failed handshake has negotiated nothing.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Attributes<'a> {
    /// Name in the ClientHello.
    pub(crate) sni: Sni<'a>,
    /// Highest version offered.
    pub(crate) version: Option<u16>,
    /// The client's address.
    pub(crate) client: IpAddr,
    /// Values that are compared for equality only, by [`EQUAL`].
    pub(crate) equal: Option<[u64; EQUAL.len()]>,
}

/// Attributes that are compared for equality only, as named on the screen.
pub(crate) const EQUAL: [&str; 6] = [
    "suites",
    "groups",
    "signature algorithms",
    "ALPN",
    "hello size",
    "session",
];

/// Hello lengths above this do not fit one segment of the usual size.
const ONE_SEGMENT: u32 = 1_400;

impl<'a> Attributes<'a> {
    pub(crate) fn of(diagnosis: &'a Diagnosis) -> Self {
        let hello = diagnosis.facts.client_hello.as_ref();
        Self {
            sni: hello.map_or(Sni::Unseen, sni),
            version: hello.and_then(highest_version),
            client: diagnosis.facts.client.ip,
            equal: hello.filter(|hello| hello.readable).map(equal),
        }
    }
}

fn sni(hello: &ClientHelloFacts) -> Sni<'_> {
    match &hello.sni {
        Some(name) => Sni::Name(name.bytes()),
        None if hello.readable => Sni::Absent,
        None => Sni::Unseen,
    }
}

fn equal(hello: &ClientHelloFacts) -> [u64; EQUAL.len()] {
    let size = u64::from(hello.segments > 1 || hello.length > ONE_SEGMENT);
    let alpn = hash(hello.alpn.iter().map(|name| name.bytes()));
    [
        codes(&hello.cipher_suites),
        codes(&hello.groups),
        codes(&hello.signature_algorithms),
        alpn,
        size,
        // Whether an earlier session is offered: by ticket or by PSK.
        u64::from(hello.session_ticket || hello.psk),
    ]
}

fn codes(codes: &[u16]) -> u64 {
    hash(codes.iter().filter(|code| !tables::is_grease(**code)))
}

/// A hash that is equal in each run, so that nothing shown can depend on it.
fn hash<T: Hash>(values: impl Iterator<Item = T>) -> u64 {
    let mut hasher =
        std::hash::BuildHasher::build_hasher(&foldhash::fast::FixedState::with_seed(7));
    for value in values {
        value.hash(&mut hasher);
    }
    hasher.finish()
}

/// The lowest version offered where the hello lists its versions (RFC 8446 section 4.2.1); without the list every version
/// below the one named may be meant.
pub(crate) fn lowest_version(hello: &ClientHelloFacts) -> Option<u16> {
    let listed = hello.extensions.contains(&43) || hello.versions.len() > 1;
    let versions = hello.versions.iter().filter_map(known).min();
    versions.filter(|_| listed)
}

/// The highest version offered, GREASE and unknown numbers left out; a draft counts as TLS 1.3.
pub(crate) fn highest_version(hello: &ClientHelloFacts) -> Option<u16> {
    hello.versions.iter().filter_map(known).max()
}

fn known(version: &u16) -> Option<u16> {
    match version {
        0x0002 | 0x0300..=0x0304 => Some(*version),
        0x7f00..=0x7fff => Some(0x0304),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::highest_version;
    use crate::facts::ClientHelloFacts;
    use crate::facts::ClientOffer;
    use std::sync::Arc;

    #[test]
    fn the_highest_version_ignores_grease_and_reads_drafts_as_tls13() {
        let hello = |versions: &[u16]| ClientHelloFacts {
            offer: Arc::new(ClientOffer {
                versions: versions.to_vec(),
                ..ClientOffer::default()
            }),
            ..ClientHelloFacts::default()
        };
        assert_eq!(
            highest_version(&hello(&[0xfafa, 0x0303, 0x0304, 0x0302])),
            Some(0x0304)
        );
        assert_eq!(highest_version(&hello(&[0x7f12, 0x0303])), Some(0x0304));
        assert_eq!(highest_version(&hello(&[0x0301])), Some(0x0301));
        assert_eq!(highest_version(&hello(&[0x9999])), None);
    }
}
