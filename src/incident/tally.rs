//! The plain contrast, kept from the first packet on: what completed and what failed on each server, by attribute.
//!
//! Completed handshakes are gone when the failed ones are judged, so they are counted here as they end, in tables whose
//! size is bounded: beyond a bound, counts go into a common `other`, and [`Tally::full`] says so.

use super::attributes::Attributes;
use super::attributes::EQUAL;
use super::attributes::Sni;
use super::counts::Budget;
use super::counts::Counts;
use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use hashbrown::HashMap;
use std::net::IpAddr;

/// Bounds of the tally and of the incidents.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Servers (address and port) with counts of their own; the others share one.
    pub servers: usize,
    /// Values of one attribute on one server; the others share one count.
    pub values: usize,
    /// Values of all attributes on all servers together.
    pub values_total: usize,
    /// Incidents told apart; failed flows beyond are folded by pattern and server port.
    pub incidents: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            servers: 16_384,
            values: 512,
            values_total: 49_152,
            incidents: 4_096,
        }
    }
}

/// Failed and completed handshakes with one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) failed: u32,
    pub(super) completed: u32,
}

/// The same for a name, with what tells whether a failure was over. Times before any other stand for "none yet": there
/// are many of these.
#[derive(Clone, Copy, Debug)]
pub(super) struct NameCount {
    pub(super) pair: Pair,
    /// Completed handshakes that began after the last failed one.
    pub(super) since_failure: u32,
    pub(super) last_failed: Timestamp,
    pub(super) first_completed: Timestamp,
    pub(super) last_completed: Timestamp,
    /// ServerHello of one completed handshake; number 0 where none was seen.
    example: FrameRef,
}

impl Default for NameCount {
    fn default() -> Self {
        Self {
            pair: Pair::default(),
            since_failure: 0,
            last_failed: Timestamp(i64::MIN),
            first_completed: Timestamp(i64::MAX),
            last_completed: Timestamp(i64::MIN),
            example: FrameRef::default(),
        }
    }
}

/// Counts of one server.
#[derive(Debug, Default)]
pub(super) struct Server {
    pub(super) pair: Pair,
    pub(super) sni: Counts<Box<[u8]>, NameCount>,
    pub(super) no_sni: NameCount,
    pub(super) versions: Counts<u16, Pair>,
    pub(super) clients: Counts<IpAddr, Pair>,
    pub(super) equal: [Counts<u64, Pair>; EQUAL.len()],
    /// Versions negotiated by completed handshakes, lowest and highest.
    pub(super) negotiated: Option<(u16, u16)>,
    /// Start of the first and last completed handshake.
    pub(super) completed_span: Option<(Timestamp, Timestamp)>,
}

/// Failed and completed handshakes by server and attribute.
#[derive(Debug)]
pub struct Tally {
    servers: HashMap<Endpoint, Box<Server>, foldhash::fast::RandomState>,
    max_servers: usize,
    budget: Budget,
    hasher: foldhash::fast::RandomState,
    /// Handshakes on servers beyond the bound.
    beyond: Pair,
}

impl Tally {
    /// An empty tally within `limits`.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            servers: HashMap::default(),
            max_servers: limits.servers,
            budget: Budget {
                left: limits.values_total,
                per_table: limits.values,
            },
            hasher: foldhash::fast::RandomState::default(),
            beyond: Pair::default(),
        }
    }

    /// Counts one handshake, if it completed or failed. Cheap: nothing is allocated for values that are known.
    pub fn add(&mut self, diagnosis: &Diagnosis) {
        let failed = match diagnosis.verdict.outcome {
            Outcome::Failed => true,
            Outcome::Completed => false,
            _ => return,
        };
        let key = diagnosis.facts.server;
        if !self.servers.contains_key(&key) && self.servers.len() >= self.max_servers {
            self.beyond.count(failed);
            return;
        }
        let Self {
            servers,
            budget,
            hasher,
            ..
        } = self;
        servers
            .entry(key)
            .or_default()
            .add(diagnosis, failed, hasher, budget);
    }

    /// What is counted for `server`.
    pub(super) fn server(&self, server: &Endpoint) -> Option<&Server> {
        self.servers.get(server).map(Box::as_ref)
    }

    /// The hasher of all its tables.
    pub(super) fn hasher(&self) -> &foldhash::fast::RandomState {
        &self.hasher
    }

    /// Handshakes (failed and completed) on servers that found no place in the tables, and whether values found none.
    #[must_use]
    pub fn full(&self) -> (u64, bool) {
        (
            u64::from(self.beyond.failed) + u64::from(self.beyond.completed),
            self.budget.left == 0,
        )
    }
}

impl Pair {
    pub(super) fn count(&mut self, failed: bool) {
        let side = if failed {
            &mut self.failed
        } else {
            &mut self.completed
        };
        *side = side.saturating_add(1);
    }
}

impl NameCount {
    fn count(&mut self, failed: bool, at: Timestamp, server_hello: Option<FrameRef>) {
        self.pair.count(failed);
        if failed && at > self.last_failed {
            self.last_failed = at;
            // Failed flows may be judged late: what completed after this one stays counted.
            if at >= self.first_completed {
                self.since_failure = 0;
            }
        } else if !failed {
            self.since_failure = self
                .since_failure
                .saturating_add(u32::from(at > self.last_failed));
            self.first_completed = self.first_completed.min(at);
            self.last_completed = self.last_completed.max(at);
            if self.example.number == 0 {
                self.example = server_hello.unwrap_or_default();
            }
        }
    }

    /// ServerHello of one completed handshake.
    pub(super) fn example(&self) -> Option<FrameRef> {
        (self.example.number > 0).then_some(self.example)
    }
}

impl Server {
    fn add(
        &mut self,
        diagnosis: &Diagnosis,
        failed: bool,
        hasher: &foldhash::fast::RandomState,
        budget: &mut Budget,
    ) {
        let facts = &diagnosis.facts;
        let at = facts.first.at;
        let attributes = Attributes::of(diagnosis);
        let server_hello = facts.server_hello.as_ref();
        let example = server_hello.map(|hello| hello.mark.frame);
        self.pair.count(failed);
        match attributes.sni {
            Sni::Name(name) => self
                .sni
                .slot(name, hasher, budget, || name.into())
                .count(failed, at, example),
            Sni::Absent => self.no_sni.count(failed, at, example),
            Sni::Unseen => {}
        }
        if let Some(version) = attributes.version {
            self.versions
                .slot(&version, hasher, budget, || version)
                .count(failed);
        }
        self.clients
            .slot(&attributes.client, hasher, budget, || attributes.client)
            .count(failed);
        for (table, value) in self
            .equal
            .iter_mut()
            .zip(attributes.equal.into_iter().flatten())
        {
            table.slot(&value, hasher, budget, || value).count(failed);
        }
        if !failed {
            let (first, last) = self.completed_span.unwrap_or((at, at));
            self.completed_span = Some((first.min(at), last.max(at)));
            if let Some(version) = server_hello.map(|hello| hello.version) {
                let (low, high) = self.negotiated.unwrap_or((version, version));
                self.negotiated = Some((low.min(version), high.max(version)));
            }
        }
    }
}
