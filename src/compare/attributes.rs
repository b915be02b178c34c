//! What of a handshake is compared between failed and completed ones.

use super::values;
use crate::facts::ClientHelloFacts;
use crate::facts::ClientOffer;
use crate::facts::HandshakeFacts;
use crate::pattern::Diagnosis;
use crate::tables;
use hashbrown::HashMap;
use std::hash::Hash;
use std::hash::Hasher;
use std::net::IpAddr;
use std::sync::Arc;

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
/// what was negotiated, since a failed handshake has negotiated nothing; and which server answered, where it showed that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes<'a> {
    /// Name in the ClientHello.
    pub(crate) sni: Sni<'a>,
    /// Highest version offered.
    pub(crate) version: Option<u16>,
    /// The client's address.
    pub(crate) client: IpAddr,
    /// Values as numbers, by [`CODED`]. `None`: this handshake did not show it, which is no value.
    pub(crate) coded: [Option<u128>; CODED.len()],
    /// A hash of the version and all values but those of [`PER_FLOW`]: handshakes with an equal one are taken to be alike in them.
    pub(crate) mark: u64,
    /// A hash of the version and the values of [`OFFER`].
    like: u64,
}

/// Attributes whose values are numbers, as named on the screen: first those of [`OFFER`]. What each number means, and how it is
/// shown, stands in [`values`].
pub(crate) const CODED: [&str; 12] = [
    "suites",
    "groups",
    "signature algorithms",
    "ALPN",
    "hello size",
    "session",
    values::AUTHENTICATION,
    values::POST_QUANTUM,
    values::JA4,
    values::NETWORK,
    values::CERTIFICATE,
    values::TTL,
];

/// What makes two hellos alike, beside name and version: the first of [`CODED`], from which its other values of the hello follow.
pub(crate) const OFFER: [&str; 6] = *CODED.first_chunk().unwrap();

/// Which of [`CODED`] differ from flow to flow of like clients: the network and the certificate.
pub(crate) const PER_FLOW: [usize; 2] = [9, 10];

/// Hello lengths above this do not fit one segment of the usual size.
const ONE_SEGMENT: u32 = 1_400;

impl<'a> Attributes<'a> {
    /// `offers`: what was worked out of other hellos.
    pub(crate) fn of(diagnosis: &'a Diagnosis, offers: &mut Offers) -> Self {
        let facts = &diagnosis.facts;
        let hello = facts.client_hello.as_ref();
        let readable = hello.filter(|hello| hello.readable);
        let offer = readable.map(|hello| offers.of(hello));
        let size = readable.map(|hello| hello.segments > 1 || hello.length > ONE_SEGMENT);
        // The first packet is the SYN-ACK, where it was captured: what comes later may be another's, in the server's name.
        let ttl = facts.tcp.ttl.server.first().copied();
        let version = match &offer {
            Some(offer) => offer.version,
            None => hello.and_then(highest_version),
        };
        let alike = offer.map(|offer| (offer.like, offer.mark));
        let like = hash_one((alike.map(|alike| alike.0), version, size));
        Self {
            sni: hello.map_or(Sni::Unseen, sni),
            version,
            client: facts.client.ip,
            coded: coded(facts, offer.as_ref(), size, ttl),
            mark: hash_one((alike.map(|alike| alike.1), like, ttl)),
            like,
        }
    }

    /// What a retry has in common with what it repeats. The server is left out: who tries again may meet another one.
    pub(crate) fn like(&self) -> impl Hash + use<'a> {
        (self.sni, self.client, self.like)
    }
}

fn sni(hello: &ClientHelloFacts) -> Sni<'_> {
    match &hello.sni {
        Some(name) => Sni::Name(name.bytes()),
        None if hello.readable => Sni::Absent,
        None => Sni::Unseen,
    }
}

fn coded(
    facts: &HandshakeFacts,
    offer: Option<&Offer>,
    size: Option<bool>,
    ttl: Option<u8>,
) -> [Option<u128>; CODED.len()] {
    let of = |value: fn(&Offer) -> u128| offer.map(value);
    [
        of(|offer| offer.suites),
        of(|offer| offer.groups),
        of(|offer| offer.signature_algorithms),
        of(|offer| offer.alpn),
        size.map(u128::from),
        of(|offer| offer.session),
        of(|offer| offer.authentication),
        of(|offer| offer.post_quantum),
        offer.and_then(|offer| offer.ja4),
        Some(values::network(facts.client.ip)),
        facts.certificates.leaf_id(),
        ttl.map(u128::from),
    ]
}

/// What is compared of an offer.
#[derive(Clone, Copy, Debug)]
struct Offer {
    version: Option<u16>,
    suites: u128,
    groups: u128,
    signature_algorithms: u128,
    alpn: u128,
    session: u128,
    authentication: u128,
    post_quantum: u128,
    ja4: Option<u128>,
    /// Of its values that are among [`OFFER`].
    like: u64,
    /// Of all its values.
    mark: u64,
}

impl Offer {
    fn of(hello: &ClientHelloFacts) -> Self {
        let mut offer = Self {
            version: highest_version(hello),
            suites: codes(&hello.cipher_suites),
            groups: codes(&hello.groups),
            signature_algorithms: codes(&hello.signature_algorithms),
            alpn: hash(hello.alpn.iter().map(|name| name.bytes())),
            // Whether an earlier session is offered: by ticket or by PSK.
            session: u128::from(hello.session_ticket || hello.psk),
            authentication: values::authentication(&hello.cipher_suites),
            post_quantum: values::post_quantum(&hello.groups),
            ja4: values::ja4(&hello.ja4()),
            like: 0,
            mark: 0,
        };
        offer.like = hash_one((
            offer.suites,
            offer.groups,
            offer.signature_algorithms,
            offer.alpn,
            offer.session,
        ));
        offer.mark = hash_one((
            offer.like,
            offer.authentication,
            offer.post_quantum,
            offer.ja4,
        ));
        offer
    }
}

/// Offers kept; beyond it all are forgotten, and those still in use come again at once.
const OFFERS: usize = 1024;

/// Offers that many hellos share, by where they are kept: each is worked out once.
#[derive(Debug, Default)]
pub(crate) struct Offers(HashMap<usize, (Arc<ClientOffer>, Offer), foldhash::fast::RandomState>);

impl Offers {
    fn of(&mut self, hello: &ClientHelloFacts) -> Offer {
        // Nobody else has it: it will not come again.
        if Arc::strong_count(&hello.offer) < 2 || hello.record_version == 0 {
            return Offer::of(hello);
        }
        let place = Arc::as_ptr(&hello.offer).addr();
        if let Some((_, offer)) = self.0.get(&place) {
            return *offer;
        }
        if self.0.len() >= OFFERS {
            self.0.clear();
        }
        let offer = Offer::of(hello);
        // Kept with it, so that no other offer can come to lie there.
        self.0.insert(place, (Arc::clone(&hello.offer), offer));
        offer
    }
}

fn codes(codes: &[u16]) -> u128 {
    hash(codes.iter().filter(|code| !tables::is_grease(**code)))
}

/// A hash that is equal in each run.
fn hash_one(value: impl Hash) -> u64 {
    std::hash::BuildHasher::hash_one(&foldhash::fast::FixedState::with_seed(7), value)
}

/// A hash of a list that is equal in each run, so that nothing shown can depend on it.
fn hash<T: Hash>(values: impl Iterator<Item = T>) -> u128 {
    let mut hasher =
        std::hash::BuildHasher::build_hasher(&foldhash::fast::FixedState::with_seed(7));
    for value in values {
        value.hash(&mut hasher);
    }
    u128::from(hasher.finish())
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
