//! One value of an attribute: how many flows of the incident have it, how many completed ones.

use crate::base::FrameRef;
use crate::compare::attributes::EQUAL;
use crate::compare::counts::Counts;
use crate::compare::tally::Pair;
use crate::compare::tally::Server;
use crate::facts::WireText;
use crate::incident::group::Group;
use std::hash::Hash;

/// Values of one attribute that get a row of their own.
const ROWS: usize = 4;

/// Counts of one value.
#[derive(Clone, Debug)]
pub(in crate::incident) struct Level {
    /// `None`: absent.
    pub(in crate::incident) value: Option<WireText>,
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

/// How many segments the hello came in (RFC 9293 section 3.7.1: what does not fit one segment is cut).
pub(super) fn sizes(
    group: &Group,
    server: &Server,
    hasher: &foldhash::fast::RandomState,
) -> Vec<Level> {
    let place = EQUAL.iter().position(|name| *name == "hello size");
    let tables = place.and_then(|place| Some((group.equal.get(place)?, server.equal.get(place)?)));
    let name = |several: &u64| {
        Some(WireText::from(match several {
            0 => "one segment",
            _ => "several segments",
        }))
    };
    tables.map_or_else(Vec::new, |(failed, completed)| {
        levels(failed, completed, hasher, name)
    })
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
        values: sum.values + level.values,
        failed: sum.failed + level.failed,
        completed: sum.completed + level.completed,
        own: (sum.own.0 + level.own.0, sum.own.1 + level.own.1),
        example: sum.example.or(level.example),
        failed_elsewhere: sum.failed_elsewhere + level.failed_elsewhere,
    })
}
