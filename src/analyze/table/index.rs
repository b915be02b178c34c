//! Where the flows are kept: slots that are used again, and an index by ends. Flows with the same ends, told apart by VLAN or
//! tunnel, form a chain.

use super::Entry;
use super::NONE;
use super::State;
use super::Table;
use crate::decode::Network;
use crate::flow::Key;
use std::hash::BuildHasher;

/// Places for flows found lately: a power of two. Their numbers stay in the cache, the index of all flows does not.
const LATELY: usize = 1 << 12;

/// The only flow of its ends, by the hash of them, for the ends that were looked for lately: the upper half of the hash, and its number.
#[derive(Debug)]
pub(super) struct Lately(Vec<(u32, u32)>);

impl Default for Lately {
    fn default() -> Self {
        Self(vec![(0, NONE); LATELY])
    }
}

impl Lately {
    /// The place of a hash, and what tells it from others of that place.
    fn place(hash: u64) -> (usize, u32) {
        let low = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0);
        let high = u32::try_from(hash >> 32).unwrap_or(0);
        (low & (LATELY - 1), high)
    }

    fn found(&self, hash: u64) -> u32 {
        let (at, high) = Self::place(hash);
        match self.0.get(at) {
            Some((known, number)) if *known == high => *number,
            _ => NONE,
        }
    }

    fn note(&mut self, hash: u64, number: u32) {
        let (at, high) = Self::place(hash);
        if let Some(place) = self.0.get_mut(at) {
            *place = (high, number);
        }
    }

    /// The flows of these ends are others now.
    fn forget(&mut self, hash: u64) {
        self.note(hash, NONE);
    }
}

impl Table {
    /// The flow of the segment before, if it is that of these ends too.
    #[inline]
    pub(super) fn last_found(&self, key: &Key, network: &Network) -> Option<u32> {
        let entry = self.entry(self.last)?;
        let same = entry.key == *key && entry.network.is_same(network);
        (same && !matches!(entry.state, State::Free)).then_some(self.last)
    }

    /// The flow of these ends, among several the one in the same VLAN or tunnel.
    pub(super) fn find(&mut self, key: &Key, hash: u64, network: &Network) -> u32 {
        let lately = self.lately.found(hash);
        if self.entry(lately).is_some_and(|entry| entry.key == *key) {
            return lately;
        }
        let found = self.index.find(hash, |number| {
            self.entry(*number).is_some_and(|entry| entry.key == *key)
        });
        let Some(head) = found.copied() else {
            return NONE;
        };
        let Some(entry) = self.entry(head) else {
            return NONE;
        };
        if entry.next == NONE {
            self.lately.note(hash, head);
            return head;
        }
        if entry.network.is_same(network) {
            return head;
        }
        let mut number = entry.next;
        while let Some(entry) = self.entry(number) {
            if entry.network.is_same(network) {
                return number;
            }
            number = entry.next;
        }
        head
    }

    pub(super) fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(number).ok()?)
    }

    pub(super) fn entry_mut(&mut self, number: u32) -> Option<&mut Entry> {
        super::at(&mut self.entries, number)
    }

    pub(super) fn store(&mut self, entry: Entry) -> u32 {
        if let Some(number) = self.free.pop()
            && let Some(slot) = self.entry_mut(number)
        {
            *slot = entry;
            return number;
        }
        self.entries.push(entry);
        u32::try_from(self.entries.len().saturating_sub(1)).unwrap_or(NONE)
    }

    /// Puts a flow before others with the same ends.
    pub(super) fn link(&mut self, key: Key, hash: u64, number: u32) {
        self.lately.forget(hash);
        let entries = &self.entries;
        let at = |number: u32| usize::try_from(number).ok().and_then(|i| entries.get(i));
        let found = self.index.find_mut(hash, |number| {
            at(*number).is_some_and(|entry| entry.key == key)
        });
        if let Some(head) = found {
            let next = std::mem::replace(head, number);
            if let Some(entry) = self.entry_mut(number) {
                entry.next = next;
            }
            return;
        }
        let hasher = &self.hasher;
        self.index.insert_unique(hash, number, |number| {
            at(*number).map_or(0, |entry| hasher.hash_one(entry.key))
        });
    }

    pub(super) fn unlink(&mut self, number: u32) {
        let Some(entry) = self.entry(number) else {
            return;
        };
        let (key, next) = (entry.key, entry.next);
        let hash = self.hasher.hash_one(key);
        self.lately.forget(hash);
        let entries = &self.entries;
        let at = |number: u32| usize::try_from(number).ok().and_then(|i| entries.get(i));
        let Ok(mut found) = self.index.find_entry(hash, |number| {
            at(*number).is_some_and(|entry| entry.key == key)
        }) else {
            return;
        };
        if *found.get() == number {
            if next == NONE {
                found.remove();
            } else {
                *found.get_mut() = next;
            }
            return;
        }
        let mut before = *found.get();
        while let Some(entry) = self.entry_mut(before) {
            if entry.next == number {
                entry.next = next;
                return;
            }
            before = entry.next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LATELY;
    use super::Lately;
    use super::NONE;

    #[test]
    fn what_was_found_lately_is_known_until_it_is_forgotten_or_another_takes_its_place() {
        let mut lately = Lately::default();
        let hash = 7 << 32 | 5;
        assert_eq!(lately.found(hash), NONE);
        lately.note(hash, 3);
        assert_eq!(lately.found(hash), 3);
        assert_eq!(lately.found(8 << 32 | 5), NONE);
        lately.forget(hash);
        assert_eq!(lately.found(hash), NONE);
        lately.note(hash, 4);
        lately.note(u64::try_from(LATELY).unwrap() | 9 << 32 | 5, 6);
        assert_eq!(lately.found(hash), NONE);
    }
}
