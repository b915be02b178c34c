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

/// Flows whose value found no place in the tables: two values at least, else one of them would have had it.
pub(super) fn overflow(failed: u64, pair: &Pair) -> Option<Level> {
    let level = Level {
        values: 2,
        ..Level::of(None, failed, pair, None)
    };
    (failed + level.completed > 0).then_some(level)
}

pub(super) fn levels<K: Hash + Eq>(
    failed: &Counts<K, u64>,
    completed: &Counts<K, Pair>,
    hasher: &foldhash::fast::RandomState,
    name: impl Fn(&K) -> Option<WireText>,
) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for (value, failed) in failed.iter() {
        let pair = completed.get(value, hasher).copied().unwrap_or_default();
        levels.push(Level::of(name(value), *failed, &pair, None));
    }
    for (value, pair) in completed.iter().filter(|(_, pair)| pair.completed > 0) {
        if failed.get(value, hasher).is_none() {
            levels.push(Level::of(name(value), 0, pair, None));
        }
    }
    levels.extend(overflow(failed.other, &completed.other));
    levels
}

/// The same for values that are numbers; what they are called is worked out later, for those that are printed.
pub(super) fn coded_levels(
    failed: &Counts<u128, u64>,
    completed: &Counts<u128, Pair>,
    hasher: &foldhash::fast::RandomState,
) -> Vec<Level> {
    let mut levels = levels(failed, completed, hasher, |_| None);
    let codes = failed.iter().map(|(code, _)| *code);
    let others = completed
        .iter()
        .filter(|(code, pair)| pair.completed > 0 && failed.get(*code, hasher).is_none());
    let codes = codes.chain(others.map(|(code, _)| *code));
    for (level, code) in levels.iter_mut().zip(codes) {
        level.code = Some(code);
    }
    levels
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
    let others = server.sni.iter().filter(|(name, count)| {
        count.pair.completed > 0 && group.sni.get(name.as_ref(), hasher).is_none()
    });
    levels.extend(others.map(|(name, count)| {
        Level::of(Some(WireText::new(name)), 0, &count.pair, count.example())
    }));
    levels.extend(overflow(group.sni.other, &server.sni.other.pair));
    let absent = Level::of(
        None,
        group.no_sni.flows,
        &server.no_sni.pair,
        server.no_sni.example(),
    );
    levels.extend((absent.failed + absent.completed > 0).then_some(absent));
    levels
}

/// The first rows as they are, and one for the rest.
pub(super) fn shortened(mut levels: Vec<Level>) -> Vec<Level> {
    if levels.len() > ROWS {
        let rest = levels.split_off(ROWS - 1);
        levels.extend(fold(rest));
    }
    levels
}

/// One level that stands for all of them.
pub(super) fn fold(levels: Vec<Level>) -> Option<Level> {
    levels.into_iter().reduce(|sum, level| Level {
        value: None,
        code: None,
        values: sum.values + level.values,
        failed: sum.failed + level.failed,
        completed: sum.completed + level.completed,
        own: (sum.own.0 + level.own.0, sum.own.1 + level.own.1),
        example: sum.example.or(level.example),
        failed_elsewhere: sum.failed_elsewhere + level.failed_elsewhere,
    })
}
