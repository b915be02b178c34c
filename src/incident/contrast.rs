//! Failed against completed: what sets the failed flows of one incident apart from the completed ones of the same server.

mod alike;
mod level;
mod over;
mod table;

pub(super) use over::is_over;
pub(super) use table::Table;

use super::ContrastRow;
use super::group::Group;
use crate::base::FrameRef;
use crate::compare::Association;
use crate::compare::association;
use crate::compare::association::Own;
use crate::compare::attributes::EQUAL;
use crate::compare::tally::NameCount;
use crate::compare::tally::Server;
use crate::facts::WireText;
use crate::tables;
use alike::alike;
use level::levels;
use level::sizes;
use level::sni_levels;
use table::associated;

/// Share of completed flows that must lie elsewhere for an attribute to set the failed ones apart.
const SEPARATES: f64 = 0.8;

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
        let strength = |attribute: &str| self.judged(attribute).and_then(|one| one.strength);
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
            .flat_map(|table| table.rows(self.judged(table.attribute)))
            .collect()
    }

    fn judged(&self, attribute: &str) -> Option<&Association> {
        self.associations
            .iter()
            .find(|one| one.attribute == attribute)
    }
}

fn named(server: &Server) -> impl Iterator<Item = (Option<&[u8]>, &NameCount)> {
    let names = server
        .sni
        .iter()
        .map(|(name, count)| (Some(name.as_ref()), count));
    names.chain([(None, &server.no_sni)])
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
