//! Hellos and certificates that were read before, recognised by their bytes: a capture holds few different ones, and each is
//! sent a hundred thousand times.
//!
//! A hello is recognised by what is left of it without the parts that differ each time: random, session id, names, keys,
//! tickets ([`shape`]). What makes a hello odd is never left out: such a hello is read anew.

mod shape;
#[cfg(test)]
mod tests;

use super::certificate;
use super::certificate::Certificate;
use super::hello;
use crate::facts::CertificateFacts;
use crate::facts::ClientHelloFacts;
use crate::facts::ClientOffer;
use crate::facts::Ech;
use crate::facts::WireText;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Bytes of hellos kept. A browser that shuffles its extensions never sends one twice, so more would not help.
const OFFERS: usize = 256 << 10;
/// Bytes of certificates that are not the first of a chain kept.
const ISSUERS: usize = 512 << 10;
/// Bytes of Certificate messages kept.
const CHAINS: usize = 2 << 20;

/// Places for what came once: a power of two.
const PLACES: usize = 1 << 12;

/// What was read before.
#[derive(Debug, Default)]
pub struct Known {
    offers: Memory<ClientOffer>,
    chains: Memory<[CertificateFacts]>,
    /// Certificates behind the first of a chain.
    issuers: Memory<Certificate>,
    /// Used again, lest each hello allocate.
    shape: Vec<u8>,
}

/// Values by the bytes they were read from, kept once they come a second time: many come only once. Full, it forgets all: what
/// is still in use comes again at once.
#[derive(Debug)]
struct Memory<T: ?Sized> {
    table: HashTable<(Box<[u8]>, Arc<T>)>,
    /// Hashes of what came once; of fixed size, forgetful.
    once: Vec<u64>,
    bytes: usize,
    hasher: foldhash::quality::RandomState,
}

impl<T: ?Sized> Default for Memory<T> {
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
        let Some(offer) = self.offers.get(hash, bytes) else {
            let facts = hello::client_hello(body, body.len());
            self.offers.keep(hash, bytes, &facts.offer, OFFERS);
            return facts;
        };
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

    /// As [`certificate::certificate_chain`].
    #[must_use]
    pub fn certificates(&mut self, body: &[u8], declared_length: usize) -> Arc<[CertificateFacts]> {
        if body.len() != declared_length {
            return certificate::certificate_chain(body, declared_length).into();
        }
        let hash = self.chains.hash(body);
        if let Some(chain) = self.chains.get(hash, body) {
            return chain;
        }
        let issuers = &mut self.issuers;
        let chain = certificate::chain(body, declared_length, |der| {
            let hash = issuers.hash(der);
            issuers.get(hash, der).unwrap_or_else(|| {
                let issuer = Arc::new(Certificate::read(der));
                issuers.keep(hash, der, &issuer, ISSUERS);
                issuer
            })
        });
        let chain = chain.into();
        self.chains.keep(hash, body, &chain, CHAINS);
        chain
    }
}

impl<T: ?Sized> Memory<T> {
    fn hash(&self, bytes: &[u8]) -> u64 {
        self.hasher.hash_one(bytes)
    }

    fn came_before(&mut self, hash: u64) -> bool {
        self.once.resize(PLACES, 0);
        let place = usize::try_from(hash).unwrap_or(usize::MAX) & (PLACES - 1);
        let known = self.once.get_mut(place);
        known.is_none_or(|known| std::mem::replace(known, hash) == hash)
    }

    fn get(&self, hash: u64, bytes: &[u8]) -> Option<Arc<T>> {
        let found = self.table.find(hash, |(known, _)| **known == *bytes)?;
        Some(Arc::clone(&found.1))
    }

    /// Keeps a value that is not known and came before, within so many bytes.
    fn keep(&mut self, hash: u64, bytes: &[u8], value: &Arc<T>, limit: usize) {
        if !self.came_before(hash) {
            return;
        }
        if self.bytes.saturating_add(bytes.len()) > limit {
            self.table.clear();
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        let hasher = &self.hasher;
        self.table
            .insert_unique(hash, (bytes.into(), Arc::clone(value)), |(known, _)| {
                hasher.hash_one(&**known)
            });
    }
}
