//! Attributes whose values are spread over failed flows as over completed ones: they explain nothing.

use super::float;
use super::level::Level;
use super::ratio;
use super::table::Table;
use crate::compare::attributes::OFFER;
use crate::compare::kin;
use crate::compare::tally::Server;
use crate::compare::values;
use crate::incident::group::Group;

/// Shares closer than this are alike, however many flows there are.
const ALIKE: f64 = 0.1;

/// Attributes of so many values that small numbers look alike by themselves.
const SILENT: [&str; 2] = [values::NETWORK, values::JA4];

/// Attributes whose values are spread over failed flows as over completed ones; of those that follow from each other the ones
/// that tell most. What is no offer, such as which server answered, is worth a word only where there are several values.
pub(super) fn alike(
    group: &Group,
    server: &Server,
    tables: &[Table],
    coded: &[(&'static str, Vec<Level>)],
) -> Vec<&'static str> {
    let mut alike = Vec::new();
    for attribute in ["client", "version", "sni"] {
        let table = tables.iter().find(|table| table.attribute == attribute);
        alike.extend(
            table
                .filter(|table| is_alike(&table.levels))
                .map(|_| attribute),
        );
    }
    for (name, levels) in coded {
        let told = OFFER.contains(name) || levels.len() > 1 && !SILENT.contains(name);
        if told && is_alike(levels) {
            alike.push(name);
        }
    }
    kin::without_followers(&mut alike);
    let clients = tables.iter().find(|table| table.attribute == "client");
    let many = clients.is_some_and(|table| table.levels.len() != 1);
    for attribute in &mut alike {
        match *attribute {
            "client" if many => *attribute = "clients",
            "sni" => *attribute = "name",
            _ => {}
        }
    }
    if let Some((first, last)) = server.completed_span
        && first <= group.last
        && group.first <= last
    {
        let both = group.last.min(last).since(group.first.max(first));
        // Failures in the midst of those that completed fill only a part of their time.
        let longer = group.last.since(group.first).max(last.since(first));
        if both >= longer / 2 {
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
    let shared = levels
        .iter()
        .any(|level| level.failed > 0 && level.completed > 0);
    if !shared {
        return false;
    }
    // Each value of a level that stands for many has less than those with a level of their own.
    let single = |level: &&Level| level.failed > 0 || level.values == 1 || !level.known;
    levels.iter().filter(single).all(|level| {
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

#[cfg(test)]
mod tests {
    use super::is_alike;
    use crate::incident::contrast::level::Level;
    use crate::incident::contrast::level::text;

    fn levels(counts: &[(u64, u64)]) -> Vec<Level> {
        let level = |(failed, completed): &(u64, u64)| Level {
            failed: *failed,
            completed: *completed,
            ..text(None)
        };
        counts.iter().map(level).collect()
    }

    #[test]
    fn values_of_which_none_is_on_both_sides_are_not_alike() {
        let both = [(1, 1); 20];
        assert!(is_alike(&levels(&both)));
        let apart = [[(1, 0); 20], [(0, 1); 20]].concat();
        assert!(!is_alike(&levels(&apart)));
    }
}
