//! Attributes whose values are spread over failed flows as over completed ones: they explain nothing.

use super::float;
use super::level::Level;
use super::level::levels;
use super::ratio;
use super::table::Table;
use crate::compare::attributes::EQUAL;
use crate::compare::tally::Server;
use crate::incident::group::Group;

/// Shares closer than this are alike, however many flows there are.
const ALIKE: f64 = 0.1;

/// Attributes whose values are spread over failed flows as over completed ones.
pub(super) fn alike(
    group: &Group,
    server: &Server,
    hasher: &foldhash::fast::RandomState,
    tables: &[Table],
) -> Vec<&'static str> {
    let mut alike = Vec::new();
    for (attribute, shown) in [
        ("client", "clients"),
        ("version", "version"),
        ("sni", "name"),
    ] {
        let table = tables.iter().find(|table| table.attribute == attribute);
        if let Some(table) = table.filter(|table| is_alike(&table.levels)) {
            let one = attribute == "client" && table.levels.len() == 1;
            alike.push(if one { "client" } else { shown });
        }
    }
    for ((name, failed), completed) in EQUAL.iter().zip(&group.equal).zip(&server.equal) {
        if is_alike(&levels(failed, completed, hasher, |_| None)) {
            alike.push(name);
        }
    }
    if let Some((first, last)) = server.completed_span
        && first <= group.last
        && group.first <= last
    {
        let both = group.last.min(last).since(group.first.max(first));
        let shorter = group.last.since(group.first).min(last.since(first));
        if both >= shorter / 2 {
            alike.push("time");
        }
    }
    alike
}

/// Whether no value's share among the failed flows differs from that among the completed ones by more than a tenth, or
/// by more than such small numbers differ by chance.
pub(super) fn is_alike(levels: &[Level]) -> bool {
    let failed: u64 = levels.iter().map(|level| level.failed).sum();
    let completed: u64 = levels.iter().map(|level| level.completed).sum();
    if failed == 0 || completed == 0 {
        return false;
    }
    levels.iter().all(|level| {
        let (a, b) = (
            ratio(level.failed, failed),
            ratio(level.completed, completed),
        );
        let pooled = ratio(level.failed + level.completed, failed + completed);
        let chance =
            2.0 * (pooled * (1.0 - pooled) * (1.0 / float(failed) + 1.0 / float(completed))).sqrt();
        (a - b).abs() <= ALIKE.max(chance.min(0.25))
    })
}
