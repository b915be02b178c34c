//! The values of one attribute, and how well they tell failed flows from completed ones.

use super::SEPARATES;
use super::level::Level;
use super::level::ROWS;
use super::level::fold;
use super::level::shortened;
use super::ratio;
use crate::compare::Association;
use crate::compare::association::Own;
use crate::facts::WireText;
use crate::incident::ContrastRow;

/// Flows that each failing value must have, and that must complete elsewhere: where each client comes once, clients differ
/// between failed and completed flows by themselves. Their network may tell all the same.
const REPEATED: u64 = 3;

/// Counts of one attribute.
#[derive(Clone, Debug)]
pub(in crate::incident) struct Table {
    /// `sni`, `version`, `client`, `hello size`, ...
    pub(in crate::incident) attribute: &'static str,
    pub(in crate::incident) levels: Vec<Level>,
    /// How well it tells failed from completed: 0 not at all, 1 without exception.
    pub(in crate::incident) separation: f64,
}

impl Table {
    /// The table of an incident of `all` failed flows: those that did not show the attribute count against it.
    pub(super) fn new(attribute: &'static str, mut levels: Vec<Level>, all: u64) -> Self {
        levels.sort_by(|a, b| {
            let key = |level: &Level| (level.failed, level.completed);
            key(b)
                .cmp(&key(a))
                .then_with(|| (&a.value, a.code).cmp(&(&b.value, b.code)))
        });
        let failed: u64 = levels.iter().map(|level| level.failed).sum();
        let completed: u64 = levels.iter().map(|level| level.completed).sum();
        let inside: u64 = levels
            .iter()
            .filter(|level| level.failed > 0)
            .map(|level| level.completed)
            .sum();
        let elsewhere = completed.saturating_sub(inside);
        let values: u64 = levels
            .iter()
            .filter(|level| level.failed > 0)
            .map(|level| level.values)
            .sum();
        let trivial = is_trivial(attribute, values, failed, elsewhere);
        let separation = if trivial {
            0.0
        } else {
            ratio(elsewhere, completed) * ratio(failed, failed + inside) * ratio(failed, all)
        };
        Self {
            attribute,
            levels,
            separation,
        }
    }

    /// Works out what the values are called that get a row or a place in a title.
    pub(super) fn named(mut self, name: impl Fn(u128) -> Option<WireText>) -> Self {
        let (mut failing, mut elsewhere) = (0, 0);
        for level in &mut self.levels {
            let place = if level.failed > 0 {
                &mut failing
            } else {
                &mut elsewhere
            };
            *place += 1;
            if *place <= ROWS {
                level.value = level.code.and_then(&name);
            }
        }
        self
    }

    /// Values of completed flows none of which failed.
    pub(in crate::incident) fn elsewhere(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().filter(|level| level.failed == 0)
    }

    /// Values of failed flows.
    pub(in crate::incident) fn failing(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().filter(|level| level.failed > 0)
    }

    pub(super) fn rows(&self, judged: Option<&Association>) -> Vec<ContrastRow> {
        let failed: u64 = self.levels.iter().map(|level| level.failed).sum();
        let completed: u64 = self.levels.iter().map(|level| level.completed).sum();
        let row = |level: Level| ContrastRow {
            attribute: self.attribute,
            value: level.value,
            others: level.values,
            failed: level.failed,
            completed: level.completed,
            failed_otherwise: failed - level.failed,
            completed_otherwise: completed - level.completed,
            p_value: judged
                .filter(|one| one.strength.is_some())
                .map(|one| one.p_value),
            strength: judged.and_then(|one| one.strength),
        };
        let mut rows: Vec<ContrastRow> = shortened(self.failing().cloned().collect())
            .into_iter()
            .map(row)
            .collect();
        rows.extend(fold(self.elsewhere()).map(row));
        rows
    }
}

/// Whether values differ from flow to flow by themselves, so that they can set nothing apart.
pub(super) fn is_trivial(attribute: &str, values: u64, failed: u64, elsewhere: u64) -> bool {
    if attribute == "sni" {
        values > 3 && failed < 2 * values
    } else {
        failed < REPEATED * values || elsewhere < REPEATED
    }
}

/// What the levels of one attribute say, of an incident of `all` failed flows: the counts, those without retries, and whether
/// nothing follows from them.
pub(super) fn associated(
    attribute: &'static str,
    levels: &[Level],
    all: u64,
) -> (Association, Own, bool) {
    let mut one = Association {
        attribute,
        values: 0,
        failed: 0,
        completed: 0,
        completed_otherwise: 0,
        p_value: 1.0,
        strength: None,
        like: None,
        unlike: None,
    };
    let mut own = Own::default();
    for level in levels {
        if level.failed > 0 {
            one.values += level.values;
            one.failed += level.failed;
            one.completed += level.completed;
            one.like = one.like.or(level.example);
            own.failed += level.own.0;
            own.completed += level.own.1;
        } else {
            one.completed_otherwise += level.completed;
            one.unlike = one.unlike.or(level.example);
            own.completed_otherwise += level.own.1;
        }
    }
    let by_itself = if attribute == "sni" {
        is_trivial(attribute, one.values, one.failed, one.completed_otherwise)
    } else {
        one.failed < REPEATED * one.values
    };
    // What most of its flows did not show explains none of the others.
    let trivial = by_itself || ratio(one.failed, all) < SEPARATES;
    (one, own, trivial)
}
