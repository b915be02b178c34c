//! Failed against completed: what sets the failed flows of one incident apart from the completed ones of the same server.

mod alike;
mod level;
mod over;
mod table;
mod time;

pub(super) use over::is_over;
pub(super) use table::Table;

use super::Change;
use super::ContrastRow;
use super::group::Group;
use crate::base::FrameRef;
use crate::compare::Association;
use crate::compare::association;
use crate::compare::association::Own;
use crate::compare::attributes::CODED;
use crate::compare::kin;
use crate::compare::tally::NameCount;
use crate::compare::tally::Server;
use crate::compare::values;
use crate::facts::WireText;
use crate::tables;
use alike::alike;
use level::Level;
use level::levels;
use level::number;
use level::sni_levels;
use level::text;
use table::associated;

/// Share of completed flows that must lie elsewhere for an attribute to set the failed ones apart.
const SEPARATES: f64 = 0.8;

/// Attributes beside name, version and client whose values are shown, what the client does before what the server does.
const SHOWN: [&str; 7] = [
    "hello size",
    values::AUTHENTICATION,
    values::POST_QUANTUM,
    values::NETWORK,
    values::JA4,
    values::CERTIFICATE,
    values::TTL,
];
/// Attributes that have rows in the record whatever they tell.
const ALWAYS: [&str; 4] = ["sni", "version", "client", "hello size"];

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
    /// Since when, or until when, it failed.
    pub(super) change: Option<Change>,
}

impl Contrast {
    pub(super) fn of(
        group: &Group,
        server: Option<&Server>,
        hasher: &foldhash::fast::RandomState,
    ) -> Self {
        let empty = Server::default();
        let server = server.unwrap_or(&empty);
        let versions = |version: &u16| {
            text(Some(WireText::from(
                tables::version_name(*version).as_ref(),
            )))
        };
        let clients = |ip: &std::net::IpAddr| text(Some(WireText::from(ip.to_string().as_str())));
        let all = group.failed;
        let versions = levels(&group.versions, server.tables.versions(), hasher, versions);
        let clients = levels(&group.clients, &server.clients, hasher, clients);
        let mut tables = vec![
            Table::new("sni", sni_levels(group, server, hasher), all),
            Table::new("version", versions, all),
            Table::new("client", clients, all),
        ];
        let coded: Vec<(&'static str, Vec<Level>)> = CODED
            .into_iter()
            .zip(group.coded.iter().zip(server.tables.coded()))
            .map(|(name, (failed, completed))| {
                let levels = levels(failed, completed, hasher, |code| number(*code));
                (name, levels)
            })
            .collect();
        let named = |name: &'static str| {
            let (_, levels) = coded.iter().find(|(coded, _)| *coded == name)?;
            let show = |value| shown(name, value, server);
            Some(Table::new(name, levels.clone(), all).named(show))
        };
        tables.extend(SHOWN.into_iter().filter_map(named));
        let mut like = (0, None);
        let mut unlike = None;
        for (name, count) in names(server) {
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
        let associations = associations(all, &tables, &coded);
        let alike = if completed == 0 {
            Vec::new()
        } else {
            alike(group, server, &tables, &coded)
        };
        Self {
            tables,
            alike,
            completed,
            like,
            unlike,
            associations,
            change: time::change(group, server, hasher),
        }
    }

    /// A name with which handshakes complete there.
    pub(super) fn other_name(&self) -> Option<WireText> {
        let table = self.tables.iter().find(|table| table.attribute == "sni")?;
        table
            .elsewhere()
            .find_map(|level| level.value.clone().filter(|_| level.values == 1))
    }

    /// The attribute that sets the failed flows apart best, if one does; of several equal ones the first of the tables.
    pub(super) fn separating(&self) -> Option<&Table> {
        let best = self.best();
        let table = self
            .tables
            .iter()
            .find(|table| table.separation >= SEPARATES && table.separation >= best)?;
        // Several clients of one network: it is shorter to say, and more telling.
        let values = |table: &Table| table.failing().map(|level| level.values).sum::<u64>();
        let network = self.tables.iter().find(|other| {
            table.attribute == "client"
                && other.attribute == values::NETWORK
                && other.separation >= table.separation
                && values(other) < values(table)
        });
        network.or(Some(table))
    }

    fn best(&self) -> f64 {
        self.tables
            .iter()
            .map(|table| table.separation)
            .fold(0.0, f64::max)
    }

    /// Whether something else would explain it as well as `table` does: then the title names neither.
    pub(super) fn is_tied(&self, table: &Table) -> bool {
        let strength = |attribute: &str| self.judged(attribute).and_then(|one| one.strength);
        let own = strength(table.attribute);
        CODED
            .into_iter()
            .filter(|other| kin::is_rival(other, table.attribute))
            .any(|other| own.is_some() && strength(other) >= own)
    }

    /// The other attributes that would explain it as well as `table` does.
    pub(super) fn rivals(&self, table: &Table) -> Vec<&'static str> {
        let rival = |other: &&Table| {
            kin::is_rival(other.attribute, table.attribute) && other.separation >= SEPARATES
        };
        let mut rivals: Vec<&'static str> = self
            .tables
            .iter()
            .filter(rival)
            .map(|table| table.attribute)
            .collect();
        kin::without_followers(&mut rivals);
        rivals
    }

    /// Rows for the record; the attribute to show first stands first. What follows from another attribute has rows only where it
    /// tells something.
    pub(super) fn rows(&self, by_version: bool) -> Vec<ContrastRow> {
        let separating = self.separating().map_or("sni", |table| table.attribute);
        let first = if by_version { "version" } else { separating };
        let mut tables: Vec<&Table> = self
            .tables
            .iter()
            .filter(|table| table.levels.iter().any(|level| level.failed > 0))
            .filter(|table| {
                let tells = self
                    .judged(table.attribute)
                    .is_some_and(|one| one.strength.is_some());
                tells || ALWAYS.contains(&table.attribute) || table.attribute == first
            })
            .collect();
        tables.sort_by_key(|table| table.attribute != first);
        tables
            .iter()
            .flat_map(|table| table.rows(self.judged(table.attribute)))
            .collect()
    }

    fn judged(&self, attribute: &str) -> Option<&Association> {
        self.associations
            .iter()
            .find(|one| one.attribute == attribute)
    }
}

/// What a value of an attribute is called on the screen: a certificate also by its subject.
fn shown(attribute: &str, value: u128, server: &Server) -> Option<WireText> {
    let text = values::show(attribute, value)?;
    let subject = server
        .subjects
        .iter()
        .find(|(known, _)| attribute == values::CERTIFICATE && *known == value);
    Some(match subject {
        Some((_, subject)) => WireText::new(&[text.bytes(), b" ", subject.bytes()].concat()),
        None => text,
    })
}

fn names(server: &Server) -> impl Iterator<Item = (Option<&[u8]>, &NameCount)> {
    let names = server
        .sni
        .iter()
        .map(|(name, count)| (Some(name.as_ref()), count));
    names.chain([(None, &server.no_sni)])
}

/// All attributes judged together.
fn associations(
    all: u64,
    tables: &[Table],
    coded: &[(&'static str, Vec<Level>)],
) -> Vec<Association> {
    let mut found: Vec<(Association, Own, bool)> = tables
        .iter()
        .filter(|table| !CODED.contains(&table.attribute))
        .map(|table| associated(table.attribute, &table.levels, all))
        .collect();
    found.extend(
        coded
            .iter()
            .map(|(name, levels)| associated(name, levels, all)),
    );
    let own: Vec<Own> = found.iter().map(|(_, own, _)| *own).collect();
    let trivial: Vec<bool> = found.iter().map(|(.., trivial)| *trivial).collect();
    let mut judged: Vec<Association> = found.into_iter().map(|(one, ..)| one).collect();
    association::judge(&mut judged, &own, &trivial);
    judged
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
