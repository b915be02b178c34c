//! Hellos and certificates that were read before, recognised by their bytes: a capture holds few different ones, and each is
//! sent a hundred thousand times.
//!
//! A hello is recognised by what is left of it without the parts that differ each time: random, session id, names, keys,
//! tickets ([`shape`]). What makes a hello odd is never left out: such a hello is read anew.

mod shape;
#[cfg(test)]
mod tests;

use super::certificate;
use super::hello;
use crate::facts::Chain;
use crate::facts::ClientHelloFacts;
use crate::facts::ClientOffer;
use crate::facts::Ech;
use crate::facts::WireText;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Bytes of hellos kept. A browser that shuffles its extensions never sends one twice, so more would not help.
const OFFERS: usize = 256 << 10;
/// Bytes of Certificate messages kept.
const CHAINS: usize = 2 << 20;

/// Places for what came once: a power of two.
const PLACES: usize = 1 << 12;

/// What was read before.
#[derive(Debug, Default)]
pub struct Known {
    offers: Memory<Seen>,
    chains: Memory<Chain>,
    /// Used again, lest each hello allocate.
    shape: Vec<u8>,
}

/// A hello without what differs each time, and what it offers.
#[derive(Debug)]
struct Seen(Box<[u8]>, Arc<ClientOffer>);

/// What is known by the bytes it was read from.
trait Entry {
    fn bytes(&self) -> &[u8];
}

impl Entry for Seen {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Entry for Chain {
    fn bytes(&self) -> &[u8] {
        self.body()
    }
}

/// Values by the bytes they were read from, kept once they come a second time: many come only once. Full, it forgets all: what
/// is still in use comes again at once.
#[derive(Debug)]
struct Memory<T> {
    table: HashTable<T>,
    /// Hashes of what came once; of fixed size, forgetful.
    once: Vec<u64>,
    bytes: usize,
    hasher: foldhash::quality::RandomState,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self {
            table: HashTable::new(),
            once: Vec::new(),
            bytes: 0,
            hasher: foldhash::quality::RandomState::default(),
        }
    }
}

impl Known {
    /// As [`hello::client_hello`].
    #[must_use]
    pub fn client_hello(&mut self, body: &[u8], declared_length: usize) -> ClientHelloFacts {
        let mut bytes = std::mem::take(&mut self.shape);
        bytes.clear();
        let facts = if body.len() == declared_length
            && let Some(shape) = shape::of(body, &mut bytes)
        {
            self.recognised(&shape, &bytes, body)
        } else {
            hello::client_hello(body, declared_length)
        };
        self.shape = bytes;
        facts
    }

    fn recognised(
        &mut self,
        shape: &shape::Shape<'_>,
        bytes: &[u8],
        body: &[u8],
    ) -> ClientHelloFacts {
        let hash = self.offers.hash(bytes);
        let Some(Seen(_, offer)) = self.offers.get(hash, bytes) else {
            let facts = hello::client_hello(body, body.len());
            if self.offers.came_before(hash) {
                let seen = Seen(bytes.into(), Arc::clone(&facts.offer));
                self.offers.keep(hash, seen, OFFERS);
            }
            return facts;
        };
        let offer = Arc::clone(offer);
        let sni = shape.name.map(WireText::new);
        let ech = match &sni {
            _ if !shape.ech => Ech::Absent,
            Some(name) if hello::is_public_name(name) => Ech::PublicName,
            _ => Ech::Offered,
        };
        ClientHelloFacts {
            readable: true,
            sni,
            ech,
            offer,
            ..ClientHelloFacts::default()
        }
    }

    /// The certificates in the body of a Certificate message, as [`certificate::sent`] gives them.
    #[must_use]
    pub fn certificates(&mut self, body: &[u8], declared_length: usize) -> Chain {
        if body.len() != declared_length {
            return certificate::sent(body, declared_length);
        }
        let hash = self.chains.hash(body);
        if let Some(known) = self.chains.get(hash, body) {
            return known.clone();
        }
        let chain = certificate::sent(body, declared_length);
        if !chain.body().is_empty() && self.chains.came_before(hash) {
            self.chains.keep(hash, chain.clone(), CHAINS);
        }
        chain
    }
}

impl<T: Entry> Memory<T> {
    fn hash(&self, bytes: &[u8]) -> u64 {
        self.hasher.hash_one(bytes)
    }

    /// Whether bytes of this hash came before; from now on they did.
    fn came_before(&mut self, hash: u64) -> bool {
        self.once.resize(PLACES, 0);
        let place = usize::try_from(hash).unwrap_or(usize::MAX) & (PLACES - 1);
        let known = self.once.get_mut(place);
        known.is_none_or(|known| std::mem::replace(known, hash) == hash)
    }

    fn get(&self, hash: u64, bytes: &[u8]) -> Option<&T> {
        self.table.find(hash, |known| known.bytes() == bytes)
    }

    /// Keeps a value that is not known, within so many bytes.
    fn keep(&mut self, hash: u64, value: T, limit: usize) {
        let size = value.bytes().len();
        if self.bytes.saturating_add(size) > limit {
            self.table.clear();
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(size);
        let hasher = &self.hasher;
        self.table
            .insert_unique(hash, value, |known| hasher.hash_one(known.bytes()));
    }
}
