//! Failed against completed: what sets the failed flows of one incident apart from the completed ones of the same server.

use super::ContrastRow;
use super::group::Group;
use crate::base::FrameRef;
use crate::compare::Association;
use crate::compare::association;
use crate::compare::association::Own;
use crate::compare::attributes::EQUAL;
use crate::compare::counts::Counts;
use crate::compare::tally::NameCount;
use crate::compare::tally::Pair;
use crate::compare::tally::Server;
use crate::facts::WireText;
use crate::tables;
use std::hash::Hash;

/// Values of one attribute that get a row of their own.
const ROWS: usize = 4;
/// Share of completed flows that must lie elsewhere for an attribute to set the failed ones apart.
const SEPARATES: f64 = 0.8;
/// Flows that each failing client or version must have, and that must complete elsewhere: where each client comes once,
/// clients differ between failed and completed flows by themselves.
const REPEATED: u64 = 3;
/// Shares closer than this are alike, however many flows there are.
const ALIKE: f64 = 0.1;

/// What the failed flows of one incident differ in.
#[derive(Clone, Debug)]
pub(super) struct Contrast {
    pub(super) tables: Vec<Table>,
    /// Attributes that do not differ.
    pub(super) alike: Vec<&'static str>,
    /// Completed flows on that server.
    pub(super) completed: u64,
    /// Completed flows with a name that also failed, and the ServerHello of one.
    pub(super) like: (u64, Option<FrameRef>),
    /// The ServerHello of one completed flow with another name.
    pub(super) unlike: Option<FrameRef>,
    /// How well each attribute tells the failed from the completed.
    pub(super) associations: Vec<Association>,
}

/// Counts of one attribute.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// `sni`, `version` or `client`.
    pub(super) attribute: &'static str,
    pub(super) levels: Vec<Level>,
    /// How well it tells failed from completed: 0 not at all, 1 without exception.
    pub(super) separation: f64,
}

/// Counts of one value.
#[derive(Clone, Debug)]
pub(super) struct Level {
    /// `None`: absent.
    pub(super) value: Option<WireText>,
    /// Values it stands for.
    pub(super) values: u64,
    pub(super) failed: u64,
    pub(super) completed: u64,
    /// The same without retries.
    pub(super) own: (u64, u64),
    /// ServerHello of a completed flow with it.
    pub(super) example: Option<FrameRef>,
    /// Flows with it that failed in other ways.
    pub(super) failed_elsewhere: u64,
}

impl Contrast {
    pub(super) fn of(
        group: &Group,
        server: Option<&Server>,
        hasher: &foldhash::fast::RandomState,
    ) -> Self {
        let empty = Server::default();
        let server = server.unwrap_or(&empty);
        let versions =
            |version: &u16| Some(WireText::from(tables::version_name(*version).as_ref()));
        let clients = |ip: &std::net::IpAddr| Some(WireText::from(ip.to_string().as_str()));
        let tables = vec![
            Table::new("sni", sni_levels(group, server, hasher)),
            Table::new(
                "version",
                levels(&group.versions, &server.versions, hasher, versions),
            ),
            Table::new(
                "client",
                levels(&group.clients, &server.clients, hasher, clients),
            ),
            Table::new("hello size", sizes(group, server, hasher)),
        ];
        let mut like = (0, None);
        let mut unlike = None;
        for (name, count) in named(server) {
            let failed = match name {
                Some(name) => group.sni.get(name, hasher).is_some(),
                None => group.no_sni.flows > 0,
            };
            if failed {
                like = (
                    like.0 + u64::from(count.pair.completed),
                    like.1.or(count.example()),
                );
            } else {
                unlike = unlike.or(count.example());
            }
        }
        let completed = u64::from(server.pair.completed);
        let associations = associations(group, server, hasher, &tables);
        let alike = if completed == 0 {
            Vec::new()
        } else {
            alike(group, server, hasher, &tables)
        };
        Self {
            tables,
            alike,
            completed,
            like,
            unlike,
            associations,
        }
    }

    /// A name with which handshakes complete there.
    pub(super) fn other_name(&self) -> Option<WireText> {
        let table = self.tables.iter().find(|table| table.attribute == "sni")?;
        table
            .elsewhere()
            .find_map(|level| level.value.clone().filter(|_| level.values == 1))
    }

    /// The attribute that sets the failed flows apart best, if one does.
    pub(super) fn separating(&self) -> Option<&Table> {
        self.tables
            .iter()
            .find(|table| table.separation >= SEPARATES && table.separation >= self.best())
    }

    fn best(&self) -> f64 {
        self.tables
            .iter()
            .map(|table| table.separation)
            .fold(0.0, f64::max)
    }

    /// Whether something else of the hello would explain it as well as `table` does: then the title names neither.
    pub(super) fn is_tied(&self, table: &Table) -> bool {
        let strength = |attribute: &str| {
            let one = self
                .associations
                .iter()
                .find(|one| one.attribute == attribute);
            one.and_then(|one| one.strength)
        };
        let own = strength(table.attribute);
        EQUAL
            .iter()
            .any(|other| own.is_some() && strength(other) >= own)
    }

    /// The other attributes that would explain it as well as `table` does.
    pub(super) fn rivals(&self, table: &Table) -> Vec<&'static str> {
        let rival =
            |other: &&Table| other.attribute != table.attribute && other.separation >= SEPARATES;
        self.tables
            .iter()
            .filter(rival)
            .map(|table| table.attribute)
            .collect()
    }

    /// Rows for the record, all attributes; the attribute to show first stands first.
    pub(super) fn rows(&self, by_version: bool) -> Vec<ContrastRow> {
        let separating = self.separating().map_or("sni", |table| table.attribute);
        let first = if by_version { "version" } else { separating };
        let mut tables: Vec<&Table> = self
            .tables
            .iter()
            .filter(|table| table.levels.iter().any(|level| level.failed > 0))
            .collect();
        tables.sort_by_key(|table| table.attribute != first);
        tables
            .iter()
            .flat_map(|table| {
                let judged = self
                    .associations
                    .iter()
                    .find(|one| one.attribute == table.attribute);
                table.rows(judged)
            })
            .collect()
    }
}

impl Table {
    fn new(attribute: &'static str, mut levels: Vec<Level>) -> Self {
        levels.sort_by(|a, b| {
            (b.failed, b.completed, &a.value).cmp(&(a.failed, a.completed, &b.value))
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
            ratio(elsewhere, completed) * ratio(failed, failed + inside)
        };
        Self {
            attribute,
            levels,
            separation,
        }
    }

    /// Values of completed flows none of which failed.
    pub(super) fn elsewhere(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().filter(|level| level.failed == 0)
    }

    /// Values of failed flows.
    pub(super) fn failing(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().filter(|level| level.failed > 0)
    }

    fn rows(&self, judged: Option<&Association>) -> Vec<ContrastRow> {
        let failed: u64 = self.levels.iter().map(|level| level.failed).sum();
        let completed: u64 = self.levels.iter().map(|level| level.completed).sum();
        let row = |level: Level| ContrastRow {
            attribute: self.attribute,
            value: level.value,
            others: level.values,
            failed: level.failed,
            completed: level.completed,
            failed_otherwise: failed - level.failed.min(failed),
            completed_otherwise: completed - level.completed.min(completed),
            p_value: judged
                .filter(|one| one.strength.is_some())
                .map(|one| one.p_value),
            strength: judged.and_then(|one| one.strength),
        };
        let mut rows: Vec<ContrastRow> = shortened(self.failing().cloned().collect())
            .into_iter()
            .map(row)
            .collect();
        rows.extend(fold(self.elsewhere().cloned().collect()).map(row));
        rows
    }
}

/// Whether values differ from flow to flow by themselves, so that they can set nothing apart.
fn is_trivial(attribute: &str, values: u64, failed: u64, elsewhere: u64) -> bool {
    if attribute == "sni" {
        values > 3 && failed < 2 * values
    } else {
        failed < REPEATED * values || elsewhere < REPEATED
    }
}

/// How many segments the hello came in (RFC 9293 section 3.7.1: what does not fit one segment is cut).
fn sizes(group: &Group, server: &Server, hasher: &foldhash::fast::RandomState) -> Vec<Level> {
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

/// All attributes judged together.
fn associations(
    group: &Group,
    server: &Server,
    hasher: &foldhash::fast::RandomState,
    tables: &[Table],
) -> Vec<Association> {
    let mut all: Vec<(Association, Own, bool)> = tables
        .iter()
        .filter(|table| !EQUAL.contains(&table.attribute))
        .map(|table| associated(table.attribute, &table.levels))
        .collect();
    for ((name, failed), completed) in EQUAL.iter().zip(&group.equal).zip(&server.equal) {
        all.push(associated(
            name,
            &levels(failed, completed, hasher, |_| None),
        ));
    }
    let (own, trivial): (Vec<Own>, Vec<bool>) =
        all.iter().map(|(_, own, trivial)| (*own, *trivial)).unzip();
    let mut judged: Vec<Association> = all.into_iter().map(|(one, ..)| one).collect();
    association::judge(&mut judged, &own, &trivial);
    judged
}

fn associated(attribute: &'static str, levels: &[Level]) -> (Association, Own, bool) {
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
    let trivial = attribute == "sni"
        && is_trivial(attribute, one.values, one.failed, one.completed_otherwise)
        || attribute != "sni" && one.failed < REPEATED * one.values;
    (one, own, trivial)
}

/// The first rows as they are, and one for the rest.
fn shortened(mut levels: Vec<Level>) -> Vec<Level> {
    if levels.len() > ROWS {
        let rest = levels.split_off(ROWS - 1);
        levels.extend(fold(rest));
    }
    levels
}

/// One level that stands for all of them.
fn fold(levels: Vec<Level>) -> Option<Level> {
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

fn named(server: &Server) -> impl Iterator<Item = (Option<&[u8]>, &NameCount)> {
    let names = server
        .sni
        .iter()
        .map(|(name, count)| (Some(name.as_ref()), count));
    names.chain([(None, &server.no_sni)])
}

fn sni_levels(group: &Group, server: &Server, hasher: &foldhash::fast::RandomState) -> Vec<Level> {
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

fn levels<K: Hash + Eq>(
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
fn overflow(failed: u64, pair: &Pair) -> Option<Level> {
    let level = Level {
        values: 2,
        ..Level::of(None, failed, pair, None)
    };
    (failed + level.completed > 0).then_some(level)
}

/// Attributes whose values are spread over failed flows as over completed ones.
fn alike(
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
fn is_alike(levels: &[Level]) -> bool {
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

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        float(part) / float(whole)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of flows, used as shares"
)]
fn float(count: u64) -> f64 {
    count as f64
}

/// Whether it was over when the capture ended: flows with a failed name completed after its last failure, more of them than
/// would by chance if the failure had gone on as before (one in twenty).
pub(super) fn is_over(
    contrast: &Contrast,
    group: &Group,
    server: Option<&Server>,
    hasher: &foldhash::fast::RandomState,
) -> bool {
    let Some(server) = server else { return false };
    // Another hello that completes says nothing of this one; what decides behind the ServerHello is in no hello.
    let by_hello = !matches!(
        group.key.pattern,
        "server-alert-after-server-hello" | "failed-after-handshake"
    );
    let like = EQUAL.iter().chain(&["version"]);
    if !by_hello || !like.copied().all(|name| contrast.alike.contains(&name)) {
        return false;
    }
    let over = |count: &NameCount| {
        if count.last_completed <= group.last {
            return false;
        }
        let after = u32::from(count.last_completed > count.last_failed);
        let since = count.since_failure.max(after);
        let before = count.pair.completed.saturating_sub(since);
        let all = u64::from(count.pair.failed) + u64::from(before);
        let failing = ratio(u64::from(count.pair.failed), all);
        // Where some got through all along, one more at the end says little.
        let chance = if before > 0 { 0.001 } else { 0.05 };
        since > 0 && (1.0 - failing).powf(f64::from(since)) < chance
    };
    let names = group
        .sni
        .iter()
        .filter_map(|(name, _)| server.sni.get(name.as_ref(), hasher));
    let absent = (group.no_sni.flows > 0).then_some(&server.no_sni);
    names.chain(absent).any(over)
}
