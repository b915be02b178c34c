//! Fisher's exact test for tables of two by two counts, and Holm's correction for many tests at once.
//!
//! A p-value says how often chance alone would part failed from completed flows at least so clearly, the margins being as
//! they are. It says nothing about what caused it. Read first: [`Counts`], then [`fisher_exact`].
//!
//! Sources: R. A. Fisher 1935 (JRSS 98, 39-54); S. Holm 1979 (Scand. J. Statist. 6, 65-70); C. Loader 2000, "Fast and
//! accurate computation of binomial probabilities", for a logarithm of the probability that stays exact for large counts.

use std::f64::consts::TAU;

/// Flows by outcome, with an attribute and without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// Failed flows that have the attribute.
    pub failed: u32,
    /// Completed flows that have the attribute.
    pub completed: u32,
    /// Failed flows without it.
    pub failed_otherwise: u32,
    /// Completed flows without it.
    pub completed_otherwise: u32,
}

/// What would count as "at least so clearly".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// Either way: all tables that are no more probable than this one. The only fair choice where the attribute was not named
    /// before the capture was looked at.
    TwoSided,
    /// The flows with the attribute fail more often.
    More,
    /// The flows with the attribute fail less often.
    Fewer,
}

/// The smallest p-value that is given; what is smaller is given as this, never as zero.
pub const P_MIN: f64 = 1e-300;

/// How much more probable than the observed table another one may come out and still count as equally probable, as a
/// logarithm: two tables that mirror each other differ by rounding only. R uses the same.
const TIE: f64 = 1e-7;

/// Fisher's exact test: a p-value from [`P_MIN`] to 1. A table with an empty row or column gives 1.
///
/// Relative error below 1e-9 up to counts of 4e9. Work grows with the square root of the counts: some 1e5 steps at most.
#[must_use]
pub fn fisher_exact(counts: Counts, alternative: Alternative) -> f64 {
    let law = Hypergeometric::new(counts);
    let observed = u64::from(counts.failed);
    let p = match alternative {
        Alternative::More => law.at_least(observed),
        Alternative::Fewer => law.at_most(observed),
        Alternative::TwoSided => law.no_more_probable(observed),
    };
    p.clamp(P_MIN, 1.0)
}

/// The two-sided test of a table by rows: with the attribute `a` failed and `b` completed, without it `c` and `d`. Counts above
/// 4e9 are taken as 2^32 - 1.
#[must_use]
pub fn fisher_two_sided(a: u64, b: u64, c: u64, d: u64) -> f64 {
    let [failed, completed, failed_otherwise, completed_otherwise] =
        [a, b, c, d].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    let counts = Counts {
        failed,
        completed,
        failed_otherwise,
        completed_otherwise,
    };
    fisher_exact(counts, Alternative::TwoSided)
}

/// Holm's step-down correction: adjusted p-values in the order given, each at least as large as it was and at most 1. The
/// chance that any of those below a limit is there by chance alone is at most that limit. NaN is taken as 1.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = p_values
        .iter()
        .map(|p| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) })
        .enumerate()
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut largest = 0.0_f64;
    for (rank, (_, p)) in order.iter_mut().enumerate() {
        let left = p_values.len().saturating_sub(rank);
        largest = largest.max(*p * float(u64::try_from(left).unwrap_or(u64::MAX)));
        *p = largest.min(1.0);
    }
    order.sort_by_key(|(index, _)| *index);
    order.into_iter().map(|(_, p)| p).collect()
}

/// How many of the failed flows have the attribute, if which ones failed were drawn blindly.
struct Hypergeometric {
    /// Flows with the attribute.
    with: u64,
    /// Flows without it.
    without: u64,
    /// Failed flows.
    failed: u64,
    /// The smallest possible value.
    low: u64,
    /// The largest possible value.
    high: u64,
    /// A most probable value.
    mode: u64,
}

impl Hypergeometric {
    fn new(counts: Counts) -> Self {
        let with = u64::from(counts.failed) + u64::from(counts.completed);
        let without = u64::from(counts.failed_otherwise) + u64::from(counts.completed_otherwise);
        let failed = u64::from(counts.failed) + u64::from(counts.failed_otherwise);
        let high = with.min(failed);
        let mode = (u128::from(failed) + 1) * (u128::from(with) + 1)
            / (u128::from(with) + u128::from(without) + 2);
        Self {
            with,
            without,
            failed,
            low: failed.saturating_sub(without),
            high,
            mode: u64::try_from(mode).unwrap_or(high).min(high),
        }
    }

    fn at_least(&self, x: u64) -> f64 {
        if x > self.mode {
            self.upward(x)
        } else if x == self.low {
            1.0
        } else {
            1.0 - self.downward(x.saturating_sub(1))
        }
    }

    fn at_most(&self, x: u64) -> f64 {
        if x < self.mode {
            self.downward(x)
        } else if x == self.high {
            1.0
        } else {
            1.0 - self.upward(x.saturating_add(1))
        }
    }

    /// The sum over all values that are no more probable than `x`: both tails, since the law has one hill.
    fn no_more_probable(&self, x: u64) -> f64 {
        let limit = self.log_probability(x) + TIE;
        let is_out = |y: u64| self.log_probability(y) <= limit;
        if is_out(self.mode) {
            return 1.0;
        }
        if x > self.mode {
            let other = is_out(self.low)
                .then(|| boundary(self.low, self.mode, is_out))
                .map_or(0.0, |end| self.downward(end));
            self.upward(x) + other
        } else {
            let other = is_out(self.high)
                .then(|| boundary(self.high, self.mode, is_out))
                .map_or(0.0, |end| self.upward(end));
            self.downward(x) + other
        }
    }

    /// The sum from `x`, at or above the mode, to the end.
    fn upward(&self, x: u64) -> f64 {
        let base = float(self.without) - float(self.failed);
        let mut relative = Relative::default();
        for y in x..self.high {
            let y = float(y);
            let ratio =
                (float(self.with) - y) * (float(self.failed) - y) / ((y + 1.0) * (base + y + 1.0));
            if !relative.add(ratio) {
                break;
            }
        }
        relative.times(self.log_probability(x))
    }

    /// The sum from `x`, at or below the mode, down to the end.
    fn downward(&self, x: u64) -> f64 {
        let base = float(self.without) - float(self.failed);
        let mut relative = Relative::default();
        for y in (self.low..x).rev() {
            // From y + 1 to y.
            let y = float(y) + 1.0;
            let ratio =
                y * (base + y) / ((float(self.with) - y + 1.0) * (float(self.failed) - y + 1.0));
            if !relative.add(ratio) {
                break;
            }
        }
        relative.times(self.log_probability(x))
    }

    /// Natural logarithm of the probability of `x`, as a product of three binomial probabilities, none of which is near 0 or
    /// infinite where the result matters; differences of log-factorials would lose six digits at 1e9.
    fn log_probability(&self, x: u64) -> f64 {
        let all = float(self.with) + float(self.without);
        let (hit, miss) = (float(self.failed), all - float(self.failed));
        if hit == 0.0 || miss == 0.0 {
            return 0.0;
        }
        let rate = Rate {
            hit: hit / all,
            miss: miss / all,
        };
        let others = self.failed.saturating_sub(x);
        rate.log_binomial(float(x), float(self.with))
            + rate.log_binomial(float(others), float(self.without))
            - rate.log_binomial(hit, all)
    }
}

/// The value nearest to `inside` for which `is_out` holds, where it holds at `outside` and not at `inside`.
fn boundary(mut outside: u64, mut inside: u64, is_out: impl Fn(u64) -> bool) -> u64 {
    while outside.abs_diff(inside) > 1 {
        let middle = u64::midpoint(outside, inside);
        if is_out(middle) {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    outside
}

/// A sum of falling terms, in units of its first.
struct Relative {
    term: f64,
    sum: f64,
}

impl Default for Relative {
    fn default() -> Self {
        Self {
            term: 1.0,
            sum: 1.0,
        }
    }
}

impl Relative {
    /// Adds the term that is `ratio` times the last one. `false` where all further ones together change no digit.
    fn add(&mut self, ratio: f64) -> bool {
        self.term *= ratio;
        self.sum += self.term;
        self.term > self.sum * 1e-19
    }

    fn times(&self, log_first: f64) -> f64 {
        (log_first + self.sum.ln()).exp()
    }
}

/// The chance of a single draw; both parts are kept, since neither is exact as one minus the other.
#[derive(Clone, Copy)]
struct Rate {
    hit: f64,
    miss: f64,
}

impl Rate {
    /// Natural logarithm of the probability of `x` hits in `n` draws (Loader 2000).
    fn log_binomial(self, x: f64, n: f64) -> f64 {
        if n == 0.0 {
            return 0.0;
        }
        if x == 0.0 {
            return n * log_of(self.miss, self.hit);
        }
        if x == n {
            return n * log_of(self.hit, self.miss);
        }
        let other = n - x;
        let exponent = stirling_error(n)
            - stirling_error(x)
            - stirling_error(other)
            - deviance(x, n * self.hit)
            - deviance(other, n * self.miss);
        exponent - 0.5 * (TAU.ln() + x.ln() + (-x / n).ln_1p())
    }
}

/// Logarithm of `part`, exact also where `rest` is what is small.
fn log_of(part: f64, rest: f64) -> f64 {
    if rest < 0.1 {
        (-rest).ln_1p()
    } else {
        part.ln()
    }
}

/// `ln n!` less Stirling's formula, for whole `n` above 0.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        let mut factorial = 1.0;
        let mut factor = 2.0;
        while factor <= n {
            factorial *= factor;
            factor += 1.0;
        }
        return f64::ln(factorial) - ((n + 0.5) * n.ln() - n + 0.5 * TAU.ln());
    }
    // The series of de Moivre; at 16 the first term left out is below 1e-16.
    const SERIES: [f64; 6] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
    ];
    let square = n * n;
    SERIES
        .iter()
        .rev()
        .fold(0.0, |sum, term| sum / square + term)
        / n
}

/// `x ln(x / mean) + mean - x`, without loss of digits where `x` is near `mean`.
fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() + mean - x;
    }
    let v = (x - mean) / (x + mean);
    let mut sum = (x - mean) * v;
    let mut term = 2.0 * x * v;
    let mut odd = 3.0;
    loop {
        term *= v * v;
        let next = sum + term / odd;
        // `v` is below 0.1, so this ends within ten rounds; NaN cannot come of finite counts, and would end it too.
        if next.to_bits() == sum.to_bits() || odd > 99.0 {
            return next;
        }
        sum = next;
        odd += 2.0;
    }
}

/// Counts and their sums stay below 2^53, where this is exact.
#[expect(
    clippy::cast_precision_loss,
    reason = "four counts of 32 bits sum to less than 2^53"
)]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
