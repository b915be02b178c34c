//! Ends of flows that are over and forgotten, so that a stray packet is not taken for the first of another.

use hashbrown::HashSet;

/// Ends of one generation, as many as a hash table of 2^16 places holds; three are held, 10 bytes an end.
const GENERATION: usize = 7 << 13;

/// Hashes of ends, the latest ones.
#[derive(Debug, Default)]
pub(super) struct Forgotten {
    /// The youngest first.
    generations: [HashSet<u64, foldhash::fast::RandomState>; 3],
    /// More were forgotten than are held.
    full: bool,
}

impl Forgotten {
    /// A flow with ends of this hash is forgotten.
    pub(super) fn add(&mut self, hash: u64) {
        if self.generations[0].len() >= GENERATION {
            self.generations.rotate_right(1);
            self.full |= !self.generations[0].is_empty();
            self.generations[0].clear();
        }
        self.generations[0].insert(hash);
    }

    /// Whether such a flow was forgotten lately.
    pub(super) fn holds(&self, hash: u64) -> bool {
        self.generations.iter().any(|ends| ends.contains(&hash))
    }

    /// Whether some that were forgotten are no longer known.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }
}

#[cfg(test)]
mod tests {
    use super::Forgotten;
    use super::GENERATION;

    #[test]
    fn the_latest_are_held_and_the_bound_is_said() {
        let mut forgotten = Forgotten::default();
        let count = u64::try_from(GENERATION).unwrap();
        (0..3 * count).for_each(|hash| forgotten.add(hash));
        assert!(forgotten.holds(0) && !forgotten.is_full());
        forgotten.add(3 * count);
        assert!(forgotten.holds(3 * count) && forgotten.holds(count));
        assert!(!forgotten.holds(0) && forgotten.is_full());
    }
}
