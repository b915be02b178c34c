//! Names by address, in two generations: where the young one is full, the old one is let go and the young one grows old.

use super::Limits;
use super::known::Known;
use super::known::Sight;
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
    addresses: HashMap<IpAddr, Vec<Known>, foldhash::fast::RandomState>,
    bytes: usize,
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
        known.map_or(&[], Vec::as_slice)
    }

    /// A name of this address was seen.
    pub(super) fn add(&mut self, ip: IpAddr, sight: &Sight<'_>) {
        let known = match self.young.addresses.get_mut(&ip) {
            Some(known) => known,
            None => {
                let known = self.old.take(ip);
                self.make_room();
                self.young.bytes += weight(&known);
                self.young.addresses.entry(ip).or_insert(known)
            }
        };
        let (before, after) = note(known, sight, &self.limits);
        self.young.bytes = (self.young.bytes + after).saturating_sub(before);
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
    fn take(&mut self, ip: IpAddr) -> Vec<Known> {
        let Some(known) = self.addresses.remove(&ip) else {
            return Vec::new();
        };
        self.bytes = self.bytes.saturating_sub(weight(&known));
        known
    }
}

fn weight(known: &[Known]) -> usize {
    ADDRESS + known.iter().map(Known::weight).sum::<usize>()
}

/// Adds a sight to the names of one address; gives the bytes of the name concerned before and after.
fn note(all: &mut Vec<Known>, sight: &Sight<'_>, limits: &Limits) -> (usize, usize) {
    if let Some(known) = Known::find(all, sight).and_then(|place| all.get_mut(place)) {
        let before = known.weight();
        known.again(sight, limits.clients);
        return (before, known.weight());
    }
    let count = all.iter().filter(|known| known.shares_room(sight)).count();
    if count < limits.names {
        let known = Known::new(sight);
        let after = known.weight();
        all.push(known);
        return (0, after);
    }
    let rivals = all.iter_mut().filter(|known| known.shares_room(sight));
    let loser = match sight.from {
        NameSource::Dns => rivals.min_by_key(|known| known.last()),
        NameSource::Sni if sight.completed => rivals.into_iter().find(|known| !known.completed),
        NameSource::Sni | NameSource::Certificate | NameSource::Nrb => None,
    };
    let Some(loser) = loser else { return (0, 0) };
    let before = loser.weight();
    *loser = Known::new(sight);
    (before, loser.weight())
}
