//! Least, middle and largest of many durations, from a bounded sample.

/// Values kept for the median.
const SAMPLE: usize = 256;

/// Durations in nanoseconds.
#[derive(Debug, Default)]
pub(super) struct Spread {
    count: u64,
    least: u64,
    largest: u64,
    sample: Vec<u64>,
}

impl Spread {
    pub(super) fn add(&mut self, value: u64) {
        self.least = if self.count == 0 {
            value
        } else {
            self.least.min(value)
        };
        self.largest = self.largest.max(value);
        self.count += 1;
        if self.sample.len() < SAMPLE {
            self.sample.push(value);
        }
    }

    /// Least, median of the first 256, and largest. `None` without values.
    pub(super) fn summary(&self) -> Option<(u64, u64, u64)> {
        let mut sorted = self.sample.clone();
        sorted.sort_unstable();
        let median = sorted.get(sorted.len() / 2)?;
        Some((self.least, *median, self.largest))
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn keeps_the_extremes_beyond_the_sample() {
        let mut spread = Spread::default();
        assert_eq!(spread.summary(), None);
        for value in (10..2_000).chain([3, 9_999]) {
            spread.add(value);
        }
        assert_eq!(spread.summary(), Some((3, 138, 9_999)));
    }
}
