//! Names by address, in two generations: where the young one is full, the old one is let go and the young one grows old.

use super::Limits;
use super::known::Known;
use super::known::Sight;
use super::known::Tag;
use crate::facts::NameSource;
use hashbrown::HashMap;
use std::mem;
use std::net::IpAddr;

/// Bytes that an address takes beside its names, about.
const ADDRESS: usize = 64;

/// All names.
#[derive(Debug, Default)]
pub(super) struct Store {
    limits: Limits,
    young: Generation,
    old: Generation,
    let_go: u64,
}

#[derive(Debug, Default)]
struct Generation {
    addresses: HashMap<IpAddr, Names, foldhash::fast::RandomState>,
    bytes: usize,
}

/// The names of one address, in the order in which they were first seen, and their tags.
#[derive(Debug, Default)]
struct Names {
    tags: Vec<Tag>,
    known: Vec<Known>,
    /// Certificates whose names were looked at.
    certificates: Vec<u128>,
}

impl Store {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// The names of an address, in the order in which they were first seen.
    pub(super) fn of(&self, ip: IpAddr) -> &[Known] {
        let young = self.young.addresses.get(&ip);
        let known = young.or_else(|| self.old.addresses.get(&ip));
        known.map_or(&[], |names| names.known.as_slice())
    }

    /// A name of this address was seen.
    pub(super) fn add(&mut self, ip: IpAddr, sight: &Sight<'_>) {
        let limits = self.limits;
        let names = match self.young.addresses.get_mut(&ip) {
            Some(names) => names,
            None => self.address(ip),
        };
        let (before, after) = names.note(sight, &limits);
        self.young.bytes = (self.young.bytes + after).saturating_sub(before);
    }

    /// Whether to look at the names in a certificate of this address: the first ones that have any are those that count.
    pub(super) fn looks_at(&self, ip: IpAddr, certificate: u128) -> bool {
        let young = self.young.addresses.get(&ip);
        let names = young.or_else(|| self.old.addresses.get(&ip));
        names.is_none_or(|names| {
            names.certificates.len() < self.limits.names
                || names.certificates.contains(&certificate)
        })
    }

    /// Names of this certificate were added.
    pub(super) fn looked_at(&mut self, ip: IpAddr, certificate: u128) {
        let seen = &mut self.address(ip).certificates;
        if !seen.contains(&certificate) {
            seen.push(certificate);
        }
    }

    /// What is known of an address, which counts as learnt of just now.
    fn address(&mut self, ip: IpAddr) -> &mut Names {
        if !self.young.addresses.contains_key(&ip) {
            let known = self.old.take(ip);
            self.make_room();
            self.young.bytes += known.weight();
            self.young.addresses.insert(ip, known);
        }
        self.young.addresses.entry(ip).or_default()
    }

    /// Addresses let go.
    pub(super) fn let_go(&self) -> u64 {
        self.let_go
    }

    fn make_room(&mut self) {
        let full = self.young.addresses.len() >= (self.limits.addresses / 2).max(1)
            || self.young.bytes >= self.limits.bytes / 2;
        if full {
            let young = mem::take(&mut self.young);
            let old = mem::replace(&mut self.old, young);
            let count = u64::try_from(old.addresses.len()).unwrap_or(u64::MAX);
            self.let_go = self.let_go.saturating_add(count);
        }
    }
}

impl Generation {
    /// The names of an address that leaves this generation.
    fn take(&mut self, ip: IpAddr) -> Names {
        let Some(known) = self.addresses.remove(&ip) else {
            return Names::default();
        };
        self.bytes = self.bytes.saturating_sub(known.weight());
        known
    }
}

impl Names {
    fn weight(&self) -> usize {
        ADDRESS + self.known.iter().map(Known::weight).sum::<usize>()
    }

    /// Adds a sight; gives the bytes of the name concerned before and after.
    fn note(&mut self, sight: &Sight<'_>, limits: &Limits) -> (usize, usize) {
        let tag = Tag::of(sight);
        let mut alike = self.tags.iter_mut().zip(&mut self.known);
        if let Some((old, known)) = alike.find(|(old, known)| old.fits(tag) && known.is(sight)) {
            let before = known.weight();
            known.again(sight, limits.clients);
            old.completed = known.completed;
            return (before, known.weight());
        }
        let rivals = self.tags.iter().filter(|old| old.shares_room(tag));
        if rivals.count() < limits.names {
            let known = Known::new(sight);
            let after = known.weight();
            self.tags.push(tag);
            self.known.push(known);
            return (0, after);
        }
        let Some((old, loser)) = self.loser(tag) else {
            return (0, 0);
        };
        let before = loser.weight();
        (*old, *loser) = (tag, Known::new(sight));
        (before, loser.weight())
    }

    /// The name that makes room for one of this tag: of the DNS the oldest, of SNI one that no completed handshake asked for.
    fn loser(&mut self, tag: Tag) -> Option<(&mut Tag, &mut Known)> {
        let mut rivals = self
            .tags
            .iter_mut()
            .zip(&mut self.known)
            .filter(|(old, _)| old.shares_room(tag));
        match tag.from {
            NameSource::Dns => rivals.min_by_key(|(_, known)| known.last()),
            NameSource::Sni if tag.completed => rivals.find(|(old, _)| !old.completed),
            NameSource::Sni | NameSource::Certificate | NameSource::Nrb => None,
        }
    }
}
