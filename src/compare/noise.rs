//! What is no failure but looks like one to somebody who counts connections: health checks, half-open connections, retries.

use crate::base::Endpoint;
use crate::base::MILLISECOND;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Timestamp;
use crate::facts::HandshakeFacts;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use foldhash::fast::FixedState;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::hash::BuildHasher;
use std::net::IpAddr;

/// Pairs of client and server watched; checks by further pairs are not told from other unused connections.
const PAIRS: usize = 4_096;
/// Connections of one pair from which a rhythm is told.
const CHECKS: u32 = 3;
/// The longest pause of a rhythm is at most so many times its shortest.
const STEADY: u64 = 3;
/// Connections that follow each other faster are no checks but a burst.
const FASTEST: u64 = 100 * MILLISECOND;
/// A handshake that completes within this time (ns) after a like one failed is its retry.
const RETRY: u64 = 60 * SECOND;
/// Failed ones remembered for that: a power of two. Of fixed size, forgetful.
const PLACES: usize = 1 << 13;

/// Counts of what is no failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noise {
    /// Connections opened and closed by the client without a byte, in a rhythm.
    pub health_checks: u64,
    /// Connections that the client never completed although the server answered.
    pub half_open: u64,
    /// Completed handshakes of a client that had failed with the same server and name within a minute before.
    pub retried: u64,
}

/// Finds them among the handshakes of a run.
#[derive(Debug, Default)]
pub struct Noises {
    pairs: HashMap<(IpAddr, Endpoint), Rhythm, RandomState>,
    failed: Vec<(u64, Timestamp)>,
    half_open: u64,
    retried: u64,
}

/// When a client came back.
#[derive(Clone, Copy, Debug)]
struct Rhythm {
    count: u32,
    half_open: u32,
    last: Timestamp,
    shortest: u64,
    longest: u64,
}

impl Noises {
    /// Counts one handshake.
    pub fn add(&mut self, diagnosis: &Diagnosis) {
        let facts = &diagnosis.facts;
        match diagnosis.verdict.outcome {
            Outcome::NoAttempt => {
                self.half_open += u64::from(facts.tcp.established.is_none());
                if is_check(facts) {
                    self.check(facts);
                }
            }
            Outcome::Failed => self.remember(facts),
            Outcome::Completed => self.recall(facts),
            _ => {}
        }
    }

    /// The counts.
    #[must_use]
    pub fn counts(&self) -> Noise {
        let mut noise = Noise {
            health_checks: 0,
            half_open: self.half_open,
            retried: self.retried,
        };
        // Load balancers check with a RST that answers the SYN-ACK: those are counted once, as checks.
        for rhythm in self.pairs.values().filter(|rhythm| rhythm.is_steady()) {
            noise.health_checks += u64::from(rhythm.count);
            noise.half_open = noise.half_open.saturating_sub(u64::from(rhythm.half_open));
        }
        noise
    }

    fn check(&mut self, facts: &HandshakeFacts) {
        let at = facts.first.at;
        let half_open = facts.tcp.established.is_none();
        let key = (facts.client.ip, facts.server);
        if let Some(rhythm) = self.pairs.get_mut(&key) {
            rhythm.add(at, half_open);
        } else if self.pairs.len() < PAIRS {
            self.pairs.insert(
                key,
                Rhythm {
                    count: 1,
                    half_open: u32::from(half_open),
                    last: at,
                    shortest: u64::MAX,
                    longest: 0,
                },
            );
        }
    }

    /// What is retried: the same client, server and name.
    fn hash(facts: &HandshakeFacts) -> u64 {
        let name = facts
            .client_hello
            .as_ref()
            .and_then(|hello| hello.sni.as_ref())
            .map(|name| name.bytes());
        // The same in each run, as what is counted must be.
        FixedState::with_seed(13).hash_one((facts.client.ip, facts.server, name))
    }

    fn place(hash: u64) -> usize {
        usize::try_from(hash).unwrap_or(usize::MAX) & (PLACES - 1)
    }

    fn remember(&mut self, facts: &HandshakeFacts) {
        let hash = Self::hash(facts);
        if self.failed.is_empty() {
            self.failed = vec![(0, Timestamp(i64::MIN)); PLACES];
        }
        if let Some(place) = self.failed.get_mut(Self::place(hash)) {
            *place = (hash, facts.first.at);
        }
    }

    fn recall(&mut self, facts: &HandshakeFacts) {
        if self.failed.is_empty() {
            return;
        }
        let hash = Self::hash(facts);
        let Some(place) = self.failed.get_mut(Self::place(hash)) else {
            return;
        };
        let (known, at) = *place;
        if known == hash && at < facts.first.at && facts.first.at.since(at) <= RETRY {
            self.retried += 1;
            *place = (0, Timestamp(i64::MIN));
        }
    }
}

/// Connected, not a byte of the client, and the client closed.
fn is_check(facts: &HandshakeFacts) -> bool {
    let tcp = &facts.tcp;
    let closed = tcp.fins.iter().any(|fin| fin.from == Side::Client)
        || tcp.resets.iter().any(|reset| reset.from == Side::Client);
    closed && tcp.bytes.client == 0
}

impl Rhythm {
    fn add(&mut self, at: Timestamp, half_open: bool) {
        self.half_open = self.half_open.saturating_add(u32::from(half_open));
        let pause = at.since(self.last);
        self.count = self.count.saturating_add(1);
        self.shortest = self.shortest.min(pause);
        self.longest = self.longest.max(pause);
        self.last = self.last.max(at);
    }

    fn is_steady(&self) -> bool {
        self.count >= CHECKS
            && self.shortest >= FASTEST
            && self.longest <= self.shortest.saturating_mul(STEADY)
    }
}

#[cfg(test)]
mod tests {
    use super::Noise;
    use super::Noises;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::base::Timestamp;
    use crate::facts::sample::Flow;
    use crate::pattern::testing::judged;

    /// What these flows count as, each with its start in seconds.
    fn counted(flows: Vec<(u64, Flow)>) -> Noise {
        let mut noises = Noises::default();
        for (second, flow) in flows {
            let mut facts = flow.facts();
            facts.first.at = Timestamp(0).plus(second * SECOND);
            noises.add(&judged(facts));
        }
        noises.counts()
    }

    fn check() -> Flow {
        Flow::connected().fin(Side::Client)
    }

    #[test]
    fn connections_in_a_rhythm_are_health_checks() {
        let counts = counted((0..5).map(|n| (n * 2, check())).collect());
        assert_eq!(counts.health_checks, 5);
    }

    #[test]
    fn a_few_unused_connections_without_a_rhythm_are_not() {
        let counts = counted(vec![(0, check()), (1, check()), (40, check())]);
        assert_eq!(counts.health_checks, 0);
    }

    #[test]
    fn a_retry_that_completes_is_counted_once() {
        let refused = || Flow::hello_sent().alert(Side::Server, 2, 40);
        let counts = counted(vec![
            (0, refused()),
            (1, Flow::answered().finished()),
            (2, Flow::answered().finished()),
        ]);
        assert_eq!(counts.retried, 1);
    }

    #[test]
    fn what_completes_much_later_is_no_retry() {
        let refused = Flow::hello_sent().alert(Side::Server, 2, 40);
        assert_eq!(
            counted(vec![(0, refused), (100, Flow::answered().finished())]).retried,
            0
        );
    }
}
