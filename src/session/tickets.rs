//! What a monitor remembers of incidents over its whole run: their numbers, and how many flows failed lately and in all.

use crate::base::Endpoint;
use crate::base::Timestamp;
use crate::facts::WireText;
use crate::incident::Ticket;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::report::monitor::Place;
use hashbrown::HashMap;

/// Tickets remembered; beyond it the one that was quiet longest is forgotten, and gets a new number if it comes again.
const TICKETS: usize = 4096;
/// Servers whose flows are counted in one interval.
const SERVERS: usize = 65_536;
/// Names of one server counted apart in one interval.
const NAMES: usize = 256;

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Failed and completed flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) failed: u64,
    pub(super) completed: u64,
}

impl Pair {
    fn add(&mut self, failed: bool) {
        if failed {
            self.failed += 1;
        } else {
            self.completed += 1;
        }
    }
}

/// One incident over the run.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) number: u32,
    /// Start of its first failed flow.
    pub(super) first: Timestamp,
    /// Start of its latest failed flow.
    pub(super) last: Timestamp,
    /// Failed flows so far.
    pub(super) failed: u64,
    /// Failed and completed flows of the same server, and name if it is about one.
    pub(super) attempts: u64,
    /// Failed flows of this interval.
    pub(super) lately: u64,
    /// The same as `attempts`, of this interval.
    pub(super) lately_attempts: u64,
    /// It failed in the interval before.
    pub(super) was_failing: bool,
    name: Asked,
}

/// What the failed flows of a ticket asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    One(Option<WireText>),
    Several,
}

impl Known {
    /// The one name that all its flows asked for.
    pub(super) fn name(&self) -> Option<&WireText> {
        match &self.name {
            Asked::One(name) => name.as_ref(),
            Asked::Several => None,
        }
    }
}

#[derive(Debug, Default)]
struct Server {
    all: Pair,
    nameless: Pair,
    names: Map<Box<[u8]>, Pair>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    known: Map<Ticket, Known>,
    servers: Map<Endpoint, Server>,
    numbered: u32,
}

impl Tickets {
    /// Counts a flow. Of a failed one, its incident's number and the how manieth it is.
    pub(super) fn add(&mut self, diagnosis: &Diagnosis) -> Option<Place> {
        let failed = match diagnosis.verdict.outcome {
            Outcome::Failed => true,
            Outcome::Completed => false,
            _ => return None,
        };
        self.count(diagnosis, failed);
        let ticket = Ticket::of(diagnosis)?;
        let (name, at) = (sni(diagnosis), diagnosis.facts.first.at);
        if !self.known.contains_key(&ticket) {
            self.make_room();
            self.numbered = self.numbered.saturating_add(1);
            let known = Known {
                number: self.numbered,
                first: at,
                last: at,
                failed: 0,
                attempts: 0,
                lately: 0,
                lately_attempts: 0,
                was_failing: false,
                name: Asked::One(name.clone()),
            };
            self.known.insert(ticket.clone(), known);
        }
        let known = self.known.get_mut(&ticket)?;
        known.failed += 1;
        known.lately += 1;
        known.first = known.first.min(at);
        known.last = known.last.max(at);
        if known.name != Asked::Several && known.name != Asked::One(name) {
            known.name = Asked::Several;
        }
        Some(Place {
            number: known.number,
            nth: known.failed,
        })
    }

    fn count(&mut self, diagnosis: &Diagnosis, failed: bool) {
        let end = diagnosis.facts.server;
        if self.servers.len() >= SERVERS && !self.servers.contains_key(&end) {
            return;
        }
        let server = self.servers.entry(end).or_default();
        server.all.add(failed);
        let hello = diagnosis.facts.client_hello.as_ref();
        match hello.and_then(|hello| hello.sni.as_ref()) {
            None => server.nameless.add(failed),
            Some(name) => {
                let bytes = name.bytes();
                if let Some(pair) = server.names.get_mut(bytes) {
                    pair.add(failed);
                } else if server.names.len() < NAMES {
                    let mut pair = Pair::default();
                    pair.add(failed);
                    server.names.insert(bytes.into(), pair);
                }
            }
        }
    }

    /// Forgets the ticket that was quiet longest, if there are too many.
    fn make_room(&mut self) {
        if self.known.len() < TICKETS {
            return;
        }
        let oldest = self.known.iter().min_by_key(|(_, known)| known.last);
        if let Some(ticket) = oldest.map(|(ticket, _)| ticket.clone()) {
            self.known.remove(&ticket);
        }
    }

    /// An interval is over: the tickets with news, in order of their numbers. The next one begins.
    pub(super) fn turn(&mut self) -> Vec<(Ticket, Known)> {
        let mut news = Vec::new();
        for (ticket, known) in &mut self.known {
            let lately = lately(&self.servers, ticket, known);
            let other_name = lately.failed < known.lately;
            // Failures of other names than the first: all of the server's flows count then.
            known.lately_attempts = if other_name {
                known.lately
            } else {
                lately.failed.max(known.lately) + lately.completed
            };
            known.attempts += known.lately_attempts;
            if known.lately > 0 || (known.was_failing && lately.completed > 0) {
                news.push((ticket.clone(), known.clone()));
            }
            known.was_failing = known.lately > 0 || (known.was_failing && lately.completed == 0);
            known.lately = 0;
        }
        self.servers.clear();
        news.sort_unstable_by_key(|(_, known)| known.number);
        news
    }

    /// Incidents numbered so far that failed in this interval or the one before.
    pub(super) fn failing(&self) -> u64 {
        let failing = self
            .known
            .values()
            .filter(|known| known.lately > 0 || known.was_failing);
        u64::try_from(failing.count()).unwrap_or(u64::MAX)
    }
}

/// Flows of this interval that are like those of the ticket: to its server, and with its name, if it is about one.
fn lately(servers: &Map<Endpoint, Server>, ticket: &Ticket, known: &Known) -> Pair {
    let Some(server) = servers.get(&ticket.server()) else {
        return Pair::default();
    };
    match &known.name {
        Asked::Several => server.all,
        Asked::One(None) => server.nameless,
        Asked::One(Some(name)) => server.names.get(name.bytes()).copied().unwrap_or_default(),
    }
}

fn sni(diagnosis: &Diagnosis) -> Option<WireText> {
    let hello = diagnosis.facts.client_hello.as_ref()?;
    hello.sni.clone()
}
