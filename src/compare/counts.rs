//! A small bounded table of values with counts: linear while there are few values, indexed when there are more, and never
//! an allocation for a value that is known.

use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::hash::Hash;

/// Tables up to this many values are searched in line.
const LINEAR: usize = 8;

/// How many more values all tables together may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Values left.
    pub(crate) left: usize,
    /// Values one table may hold.
    pub(crate) per_table: usize,
}

/// Values with counts, in order of first sight.
#[derive(Debug)]
pub(crate) struct Counts<K, C> {
    entries: Vec<(K, C)>,
    /// Absent up to [`LINEAR`] entries: most tables never need it.
    index: Option<Box<HashTable<u32>>>,
    /// Flows whose value found no place.
    pub(crate) other: C,
}

impl<K, C: Default> Default for Counts<K, C> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            index: None,
            other: C::default(),
        }
    }
}

impl<K, C: Default> Counts<K, C> {
    /// The counts of `query`, made by `make` if it is new and there is room, else the common `other`.
    pub(crate) fn slot<Q>(
        &mut self,
        query: &Q,
        hasher: &foldhash::fast::RandomState,
        budget: &mut Budget,
        make: impl FnOnce() -> K,
    ) -> &mut C
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        match self.place(query, hasher, budget, make) {
            Some(position) => self.at_mut(position),
            None => &mut self.other,
        }
    }

    /// Where `query` is counted, for [`Self::at_mut`]; it is made by `make` if it is new and there is room. `None`: no room.
    pub(crate) fn place<Q>(
        &mut self,
        query: &Q,
        hasher: &foldhash::fast::RandomState,
        budget: &mut Budget,
        make: impl FnOnce() -> K,
    ) -> Option<usize>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let known = self.position(query, hasher);
        if known.is_some() || self.entries.len() >= budget.per_table || budget.left == 0 {
            return known;
        }
        budget.left -= 1;
        let position = self.entries.len();
        if position == self.entries.capacity() {
            // Most servers see one value: a table of four would waste three. And of the thousands of larger ones, doubling would leave
            // a quarter of their memory empty.
            self.entries.reserve_exact(position / 4 + 1);
        }
        self.entries.push((make(), C::default()));
        if position == LINEAR {
            for at in 0..position {
                self.note(at, None::<&Q>, hasher);
            }
        }
        if position >= LINEAR {
            self.note(position, Some(query), hasher);
        }
        Some(position)
    }

    /// The counts at a place, the common `other` where there is none.
    pub(crate) fn at_mut(&mut self, position: usize) -> &mut C {
        match self.entries.get_mut(position) {
            Some((_, counts)) => counts,
            None => &mut self.other,
        }
    }

    fn position<Q>(&self, query: &Q, hasher: &foldhash::fast::RandomState) -> Option<usize>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if self.entries.len() <= LINEAR {
            return self
                .entries
                .iter()
                .position(|(key, _)| key.borrow() == query);
        }
        let same = |at: &u32| self.at(*at).is_some_and(|key| key.borrow() == query);
        let index = self.index.as_ref()?;
        let at = index.find(hasher.hash_one(query), same)?;
        usize::try_from(*at).ok()
    }

    fn note<Q>(&mut self, position: usize, query: Option<&Q>, hasher: &foldhash::fast::RandomState)
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let entries = &self.entries;
        let hash_at = |at: usize| {
            entries
                .get(at)
                .map_or(0, |(key, _)| hasher.hash_one(key.borrow()))
        };
        let hash = query.map_or_else(|| hash_at(position), |query| hasher.hash_one(query));
        let Ok(at) = u32::try_from(position) else {
            return;
        };
        let rehash = |at: &u32| usize::try_from(*at).map_or(0, hash_at);
        self.index
            .get_or_insert_default()
            .insert_unique(hash, at, rehash);
    }

    fn at(&self, at: u32) -> Option<&K> {
        self.entries
            .get(usize::try_from(at).ok()?)
            .map(|(key, _)| key)
    }

    /// The counts of `query`, if it has its own.
    pub(crate) fn get<Q>(&self, query: &Q, hasher: &foldhash::fast::RandomState) -> Option<&C>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries
            .get(self.position(query, hasher)?)
            .map(|(_, counts)| counts)
    }

    /// All values with their counts, in order of first sight.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &C)> {
        self.entries.iter().map(|(key, counts)| (key, counts))
    }

    /// Whether there is no value.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many values have their own counts.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;
    use super::Counts;

    #[test]
    fn counts_a_thousand_values_and_folds_the_rest() {
        let hasher = foldhash::fast::RandomState::default();
        let mut budget = Budget {
            left: 5_000,
            per_table: 1_000,
        };
        let mut counts: Counts<Box<[u8]>, u32> = Counts::default();
        for round in 0..3 {
            for n in 0..1_500_u32 {
                let name = format!("host{n}.example");
                *counts.slot(name.as_bytes(), &hasher, &mut budget, || {
                    name.as_bytes().into()
                }) += 1;
            }
            assert_eq!(counts.len(), 1_000, "round {round}");
        }
        assert_eq!(counts.other, 1_500);
        assert!(counts.iter().all(|(_, n)| *n == 3));
        assert_eq!(counts.get(b"host999.example".as_slice(), &hasher), Some(&3));
        assert_eq!(counts.get(b"host1000.example".as_slice(), &hasher), None);
        assert_eq!(budget.left, 4_000);
    }

    #[test]
    fn the_budget_over_all_tables_holds() {
        let hasher = foldhash::fast::RandomState::default();
        let mut budget = Budget {
            left: 10,
            per_table: 8,
        };
        let mut total = 0;
        for _ in 0..4 {
            let mut counts: Counts<u16, u32> = Counts::default();
            for value in 0..9_u16 {
                *counts.slot(&value, &hasher, &mut budget, || value) += 1;
            }
            total += counts.len();
        }
        assert_eq!(total, 10);
    }
}
