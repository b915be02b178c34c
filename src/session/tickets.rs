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
    failed_before: bool,
    /// It failed, and nothing like it completed since.
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
                failed_before: false,
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
            known.failed_before = known.lately > 0;
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
            .filter(|known| known.lately > 0 || known.failed_before);
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

#[cfg(test)]
mod tests {
    use super::TICKETS;
    use super::Tickets;
    use crate::base::Side;
    use crate::base::Timestamp;
    use crate::facts::WireText;
    use crate::facts::sample::Flow;
    use crate::pattern::Diagnosis;
    use crate::pattern::testing::judged;

    fn flow(flow: Flow, port: u16, name: &str) -> Diagnosis {
        let mut facts = flow.facts();
        facts.server.port = port;
        facts.client_hello.as_mut().unwrap().sni = Some(WireText::from(name));
        judged(facts)
    }

    fn failed(port: u16, name: &str) -> Diagnosis {
        flow(Flow::hello_sent().alert(Side::Server, 2, 40), port, name)
    }

    fn completed(port: u16, name: &str) -> Diagnosis {
        flow(Flow::answered().finished(), port, name)
    }

    /// Number, failed and attempts of the interval, failed and attempts since the first.
    fn news(tickets: &mut Tickets) -> Vec<(u32, [u64; 4])> {
        let all = tickets.turn();
        all.iter()
            .map(|(_, known)| {
                let counts = [
                    known.lately,
                    known.lately_attempts,
                    known.failed,
                    known.attempts,
                ];
                (known.number, counts)
            })
            .collect()
    }

    #[test]
    fn an_incident_keeps_its_number_and_counts_what_is_like_it() {
        let mut tickets = Tickets::default();
        assert_eq!(tickets.add(&completed(443, "a")), None);
        let places: Vec<_> = [failed(443, "a"), failed(8443, "a"), failed(443, "a")]
            .iter()
            .map(|one| tickets.add(one).map(|place| (place.number, place.nth)))
            .collect();
        assert_eq!(places, [Some((1, 1)), Some((2, 1)), Some((1, 2))]);
        tickets.add(&completed(443, "b"));
        assert_eq!(news(&mut tickets), [(1, [2, 3, 2, 3]), (2, [1, 1, 1, 1])]);
        tickets.add(&failed(443, "a"));
        assert_eq!(news(&mut tickets), [(1, [1, 1, 3, 4])]);
    }

    #[test]
    fn failures_for_several_names_count_all_flows_of_the_server() {
        let mut tickets = Tickets::default();
        for one in [failed(443, "a"), failed(443, "b"), completed(443, "c")] {
            tickets.add(&one);
        }
        assert_eq!(news(&mut tickets), [(1, [2, 3, 2, 3])]);
    }

    #[test]
    fn an_end_is_told_once_and_only_where_something_completes() {
        let mut tickets = Tickets::default();
        tickets.add(&failed(443, "a"));
        assert_eq!(news(&mut tickets).len(), 1);
        assert!(news(&mut tickets).is_empty());
        tickets.add(&completed(443, "a"));
        assert_eq!(news(&mut tickets), [(1, [0, 1, 1, 2])]);
        tickets.add(&completed(443, "a"));
        assert!(news(&mut tickets).is_empty());
        assert_eq!(tickets.failing(), 0);
    }

    #[test]
    fn of_too_many_the_one_that_was_quiet_longest_is_forgotten() {
        let mut tickets = Tickets::default();
        let at = |n: usize| {
            let mut one = failed(u16::try_from(n).unwrap(), "a");
            one.facts.first.at = Timestamp(i64::try_from(n).unwrap());
            one
        };
        for n in 1..=TICKETS + 1 {
            tickets.add(&at(n));
        }
        assert_eq!(tickets.known.len(), TICKETS);
        let last = u32::try_from(TICKETS).unwrap() + 1;
        assert_eq!(tickets.add(&at(2)).unwrap().number, 2);
        assert_eq!(tickets.add(&at(1)).unwrap().number, last + 1);
    }
}
