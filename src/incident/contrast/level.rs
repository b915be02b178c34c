//! One value of an attribute: how many flows of the incident have it, how many completed ones.

use crate::base::FrameRef;
use crate::compare::counts::Counts;
use crate::compare::tally::Pair;
use crate::compare::tally::Server;
use crate::facts::WireText;
use crate::incident::group::Group;
use std::hash::Hash;

/// Values of one attribute that get a row of their own.
pub(super) const ROWS: usize = 4;

/// Counts of one value.
#[derive(Clone, Debug)]
pub(in crate::incident) struct Level {
    /// `None`: absent, or not worked out.
    pub(in crate::incident) value: Option<WireText>,
    /// The value of an attribute whose values are numbers.
    pub(in crate::incident) code: Option<u128>,
    /// Values it stands for.
    pub(in crate::incident) values: u64,
    /// They were seen: neither absent nor beyond the bound of the tables.
    pub(in crate::incident) known: bool,
    pub(in crate::incident) failed: u64,
    pub(in crate::incident) completed: u64,
    /// The same without retries.
    pub(in crate::incident) own: (u64, u64),
    /// ServerHello of a completed flow with it.
    pub(in crate::incident) example: Option<FrameRef>,
    /// Flows with it that failed in other ways.
    pub(in crate::incident) failed_elsewhere: u64,
}

impl Level {
    /// One value: `failed` flows of the incident, and what the server's tables say of it.
    fn of(value: Option<WireText>, failed: u64, pair: &Pair, example: Option<FrameRef>) -> Self {
        Self {
            value,
            code: None,
            values: 1,
            known: true,
            failed,
            completed: u64::from(pair.completed),
            own: (
                u64::from(pair.own_failed).min(failed),
                u64::from(pair.own_completed),
            ),
            example,
            failed_elsewhere: u64::from(pair.failed).saturating_sub(failed),
        }
    }
}

impl Level {
    /// The same, called as `name` is.
    fn called(self, name: Self) -> Self {
        Self {
            value: name.value,
            code: name.code,
            ..self
        }
    }

    /// One level for both.
    fn and(self, other: &Self) -> Self {
        Self {
            value: None,
            code: None,
            values: self.values + other.values,
            known: self.known && other.known,
            failed: self.failed + other.failed,
            completed: self.completed + other.completed,
            own: (self.own.0 + other.own.0, self.own.1 + other.own.1),
            example: self.example.or(other.example),
            failed_elsewhere: self.failed_elsewhere + other.failed_elsewhere,
        }
    }
}

/// Flows whose value found no place in the tables: two values at least, else one of them would have had it.
pub(super) fn overflow(failed: u64, pair: &Pair) -> Option<Level> {
    let level = Level {
        values: 2,
        known: false,
        ..Level::of(None, failed, pair, None)
    };
    (failed + level.completed > 0).then_some(level)
}

pub(super) fn levels<K: Hash + Eq + Ord>(
    failed: &Counts<K, u64>,
    completed: &Counts<K, Pair>,
    hasher: &foldhash::fast::RandomState,
    name: impl Fn(&K) -> Level,
) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for (value, failed) in failed.iter() {
        let pair = completed.get(value, hasher).copied().unwrap_or_default();
        levels.push(Level::of(None, *failed, &pair, None).called(name(value)));
    }
    let others = completed
        .iter()
        .filter(|(value, pair)| pair.completed > 0 && failed.get(*value, hasher).is_none())
        .map(|(value, pair)| (value, *pair, None));
    levels.extend(most(others, name));
    levels.extend(overflow(failed.other, &completed.other));
    levels
}

/// The values of completed flows that have most of them, and one level for all the rest: nobody reads more, and a server may have
/// hundreds.
fn most<K: Ord>(
    others: impl Iterator<Item = (K, Pair, Option<FrameRef>)>,
    name: impl Fn(K) -> Level,
) -> impl Iterator<Item = Level> {
    let mut best: Vec<(K, Pair, Option<FrameRef>)> = Vec::with_capacity(ROWS + 1);
    let mut rest: Option<Level> = None;
    for other in others {
        let before = |one: &(K, Pair, _)| (other.1.completed, &one.0) < (one.1.completed, &other.0);
        let place = best.partition_point(before);
        best.insert(place, other);
        if let Some((_, pair, example)) = (best.len() > ROWS).then(|| best.pop()).flatten() {
            let level = Level::of(None, 0, &pair, example);
            rest = Some(match rest {
                Some(sum) => sum.and(&level),
                None => level,
            });
        }
    }
    let level =
        move |(value, pair, example)| Level::of(None, 0, &pair, example).called(name(value));
    best.into_iter().map(level).chain(rest)
}

/// What a value is called.
pub(super) fn text(value: Option<WireText>) -> Level {
    Level::of(value, 0, &Pair::default(), None)
}

/// A value that is a number; what it is called is worked out later, if it is printed.
pub(super) fn number(code: u128) -> Level {
    Level {
        code: Some(code),
        ..text(None)
    }
}

pub(super) fn sni_levels(
    group: &Group,
    server: &Server,
    hasher: &foldhash::fast::RandomState,
) -> Vec<Level> {
    let mut levels: Vec<Level> = group
        .sni
        .iter()
        .map(|(name, failed)| {
            let count = server.sni.get(name, hasher).copied().unwrap_or_default();
            Level::of(
                Some(WireText::new(name)),
                *failed,
                &count.pair,
                count.example(),
            )
        })
        .collect();
    let others = server
        .sni
        .iter()
        .filter(|(name, count)| {
            count.pair.completed > 0 && group.sni.get(name.as_ref(), hasher).is_none()
        })
        .map(|(name, count)| (name.as_ref(), count.pair, count.example()));
    levels.extend(most(others, |name: &[u8]| text(Some(WireText::new(name)))));
    levels.extend(overflow(group.sni.other, &server.sni.other.pair));
    let absent = Level {
        known: false,
        ..Level::of(
            None,
            group.no_sni.flows,
            &server.no_sni.pair,
            server.no_sni.example(),
        )
    };
    levels.extend((absent.failed + absent.completed > 0).then_some(absent));
    levels
}

/// The first rows as they are, and one for the rest.
pub(super) fn shortened(mut levels: Vec<Level>) -> Vec<Level> {
    if levels.len() > ROWS {
        let rest = levels.split_off(ROWS - 1);
        levels.extend(fold(&rest));
    }
    levels
}

/// One level that stands for all of them.
pub(super) fn fold<'a>(levels: impl IntoIterator<Item = &'a Level>) -> Option<Level> {
    let mut levels = levels.into_iter();
    let first = levels.next()?.clone();
    Some(levels.fold(first, |sum, level| sum.and(level)))
}

#[cfg(test)]
mod tests {
    use super::Pair;
    use super::ROWS;
    use super::most;
    use super::number;

    #[test]
    fn the_values_with_most_have_levels_of_their_own_and_the_rest_has_one() {
        let completed = |n: u32| Pair {
            completed: n % 7,
            ..Pair::default()
        };
        let others = (0..50_u32).map(|n| (u128::from(n), completed(n), None));
        let levels: Vec<_> = most(others, number).collect();
        assert_eq!(levels.len(), ROWS + 1);
        let told: Vec<_> = levels
            .iter()
            .map(|level| (level.code, level.values, level.completed))
            .collect();
        let own = [6, 13, 20, 27].map(|code| (Some(code), 1, 6));
        assert_eq!(told[..ROWS], own);
        let all: u64 = (0..50).map(|n| n % 7).sum();
        assert_eq!(told[ROWS], (None, 46, all - 24));
    }
}
