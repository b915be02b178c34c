//! The plain contrast, kept from the first packet on: what completed and what failed on each server, by attribute.
//!
//! Completed handshakes are gone when the failed ones are judged, so they are counted here as they end, in tables whose
//! size is bounded: beyond a bound, counts go into a common `other`, and [`Tally::full`] says so.

use super::accepted::Accepted;
use super::attributes::Attributes;
use super::attributes::Sni;
use super::batch::Tables;
use super::counts::Budget;
use super::counts::Counts;
use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::facts::HandshakeFacts;
use crate::facts::WireText;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use std::hash::BuildHasher;
use std::hash::Hash;
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
    /// Bytes of failed flows kept as specimens of their incidents.
    pub specimens: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            servers: 16_384,
            values: 512,
            values_total: 81_920,
            incidents: 4_096,
            specimens: 6 << 20,
        }
    }
}

/// Like hellos of one client with the same outcome within this time (ns) are retries, not independent of each other.
const RETRY: u64 = 60 * SECOND;
/// Places of the table that knows retries: a power of two. A place taken by another client makes a retry count as a flow of its own.
const PLACES: usize = 1 << 13;

/// Distinct TTLs kept of one server.
const TTLS: usize = 16;
/// Certificates of one server whose subjects are kept.
const SUBJECTS: usize = 8;

/// Failed and completed handshakes with one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) failed: u32,
    pub(crate) completed: u32,
    /// Of these, retries left out: one client's like hellos with the same outcome within [`RETRY`] count once.
    pub(crate) own_failed: u32,
    pub(crate) own_completed: u32,
}

/// The same for a name, with what tells whether a failure was over. Times before any other stand for "none yet": there
/// are many of these.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameCount {
    pub(crate) pair: Pair,
    /// Completed handshakes that began after the last failed one.
    pub(crate) since_failure: u32,
    pub(crate) last_failed: Timestamp,
    pub(crate) first_completed: Timestamp,
    pub(crate) last_completed: Timestamp,
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
pub(crate) struct Server {
    pub(crate) pair: Pair,
    pub(crate) sni: Counts<Box<[u8]>, NameCount>,
    pub(crate) no_sni: NameCount,
    pub(crate) clients: Counts<IpAddr, Pair>,
    /// All other attributes.
    pub(crate) tables: Tables,
    /// Subjects of its certificates; [`SUBJECTS`] at most.
    pub(crate) subjects: Vec<(u128, WireText)>,
    /// What its completed handshakes negotiated.
    pub(crate) accepted: Accepted,
    /// Distinct TTLs of its packets other than RSTs, over all flows; [`TTLS`] at most.
    pub(crate) ttl: Vec<u8>,
    /// Quickest SYN-ACK in ns.
    pub(crate) quickest: Option<u64>,
    /// Start of the first and last completed handshake.
    pub(crate) completed_span: Option<(Timestamp, Timestamp)>,
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
    retries: Retries,
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
            retries: Retries(Vec::new()),
        }
    }

    /// Counts one handshake, if it completed or failed. Cheap: nothing is allocated for values that are known.
    pub(crate) fn add(&mut self, diagnosis: &Diagnosis, attributes: &Attributes<'_>) {
        let failed = match diagnosis.verdict.outcome {
            Outcome::Failed => true,
            Outcome::Completed => false,
            _ => return,
        };
        let facts = &diagnosis.facts;
        let room = self.servers.len() < self.max_servers;
        let server = match self.servers.entry(facts.server) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) if room => new.insert(Box::default()),
            Entry::Vacant(_) => {
                self.beyond.count(Counted { failed, own: true });
                return;
            }
        };
        let hash = Retries::hash((facts.server, attributes.like(), failed));
        let own = self.retries.is_own(hash, facts.first.at);
        let counted = Counted { failed, own };
        server.add(facts, attributes, counted, &self.hasher, &mut self.budget);
    }

    /// Makes the counts of all servers whole, to be read.
    pub(crate) fn settle(&mut self) {
        for server in self.servers.values_mut() {
            server.tables.settle();
        }
    }

    /// What is counted for `server`; of what was added since [`Self::settle`] some may not be.
    pub(crate) fn server(&self, server: &Endpoint) -> Option<&Server> {
        self.servers.get(server).map(Box::as_ref)
    }

    /// The hasher of all its tables.
    pub(crate) fn hasher(&self) -> &foldhash::fast::RandomState {
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
    pub(crate) fn count(&mut self, counted: Counted) {
        let (side, own) = if counted.failed {
            (&mut self.failed, &mut self.own_failed)
        } else {
            (&mut self.completed, &mut self.own_completed)
        };
        *side = side.saturating_add(1);
        *own = own.saturating_add(u32::from(counted.own));
    }

    pub(crate) fn add(&mut self, more: Self) {
        self.failed = self.failed.saturating_add(more.failed);
        self.completed = self.completed.saturating_add(more.completed);
        self.own_failed = self.own_failed.saturating_add(more.own_failed);
        self.own_completed = self.own_completed.saturating_add(more.own_completed);
    }
}

/// What a handshake counts as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) failed: bool,
    /// Not a retry.
    pub(crate) own: bool,
}

/// When a client last did the same, by a hash of client, hello, server and outcome. Of fixed size, forgetful.
#[derive(Debug)]
struct Retries(Vec<(u64, Timestamp)>);

impl Retries {
    /// The same in each run: which of two share a place, and so what is counted, must not be a matter of chance.
    fn hash(value: impl Hash) -> u64 {
        FixedState::with_seed(11).hash_one(value)
    }

    /// Whether this is the first of its like within [`RETRY`].
    fn is_own(&mut self, hash: u64, at: Timestamp) -> bool {
        if self.0.is_empty() {
            self.0 = vec![(0, Timestamp(i64::MIN)); PLACES];
        }
        let place = usize::try_from(hash).unwrap_or(usize::MAX) & (PLACES - 1);
        let Some(known) = self.0.get_mut(place) else {
            return true;
        };
        let own = known.0 != hash || at.since(known.1) >= RETRY;
        if own {
            *known = (hash, at);
        }
        own
    }
}

impl NameCount {
    fn count(&mut self, counted: Counted, at: Timestamp, server_hello: Option<FrameRef>) {
        let failed = counted.failed;
        self.pair.count(counted);
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
            if self.example.number() == 0 {
                self.example = server_hello.unwrap_or_default();
            }
        }
    }

    /// ServerHello of one completed handshake.
    pub(crate) fn example(&self) -> Option<FrameRef> {
        (self.example.number() > 0).then_some(self.example)
    }
}

impl Server {
    /// Keeps the subject of a certificate that is new.
    fn note_subject(&mut self, facts: &HandshakeFacts) {
        if self.subjects.len() < SUBJECTS
            && let Some(id) = facts.certificates.leaf_id()
            && !self.subjects.iter().any(|(known, _)| *known == id)
            && let Some(leaf) = facts.certificates.first()
        {
            self.subjects.push((id, leaf.subject.clone()));
        }
    }

    fn add(
        &mut self,
        facts: &HandshakeFacts,
        attributes: &Attributes<'_>,
        counted: Counted,
        hasher: &foldhash::fast::RandomState,
        budget: &mut Budget,
    ) {
        let at = facts.first.at;
        let server_hello = facts.server_hello.as_ref();
        let example = server_hello.map(|hello| hello.mark.frame);
        self.pair.count(counted);
        match attributes.sni {
            Sni::Name(name) => self
                .sni
                .slot(name, hasher, budget, || name.into())
                .count(counted, at, example),
            Sni::Absent => self.no_sni.count(counted, at, example),
            Sni::Unseen => {}
        }
        self.clients
            .slot(&attributes.client, hasher, budget, || attributes.client)
            .count(counted);
        self.tables.add(attributes, counted, hasher, budget);
        self.note_subject(facts);
        for ttl in facts.tcp.ttl.server.iter() {
            if self.ttl.len() < TTLS && !self.ttl.contains(ttl) {
                self.ttl.push(*ttl);
            }
        }
        self.quickest = self
            .quickest
            .into_iter()
            .chain(facts.tcp.syn_to_syn_ack)
            .min();
        if !counted.failed {
            self.accepted.add(facts);
            let (first, last) = self.completed_span.unwrap_or((at, at));
            self.completed_span = Some((first.min(at), last.max(at)));
        }
    }
}
