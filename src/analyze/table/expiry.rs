//! When a flow is over, when it is forgotten, and which one goes where a bound is met.

use super::Gone;
use super::NONE;
use super::State;
use super::Table;
use crate::base::SECOND;
use crate::base::Side;
use std::hash::BuildHasher;

/// A closed flow is remembered so long, so that stray packets find it.
const REMEMBER: u64 = 10 * SECOND;
/// Flows are looked at again at least so often.
const LOOK_AGAIN: u64 = 8 * SECOND;
/// However short memory is, so many flows are followed.
const FEWEST: usize = 1024;

impl Table {
    /// Whether flows are due to be looked at.
    pub(in crate::analyze) fn is_due(&self, time: u64) -> bool {
        self.wheel.is_due(time)
    }

    /// Ends flows that were quiet long enough.
    pub(in crate::analyze) fn sweep(
        &mut self,
        time: u64,
        gone: &mut impl FnMut(Gone) -> Option<Gone>,
    ) {
        while let Some(numbers) = self.wheel.due(time) {
            for number in numbers {
                let Some(deadline) = self.deadline(number) else {
                    continue;
                };
                if deadline > time {
                    self.shrink(number, time);
                    // Its next packet may bring the deadline nearer (a FIN), so it is not waited for in one go.
                    self.wheel
                        .add(number, deadline.min(time.saturating_add(LOOK_AGAIN)));
                    continue;
                }
                match self.entry(number).map(|entry| &entry.state) {
                    Some(State::Live(_) | State::Opening(_)) => {
                        self.end(number, time, gone);
                        let again = self.deadline(number).unwrap_or(time);
                        self.wheel.add(number, again);
                    }
                    Some(State::Over { .. }) => self.forget(number),
                    _ => {}
                }
            }
        }
    }

    /// A flow that is quiet gives back the room it does not fill, once: it may be long until its next packet, and there may be many like it.
    fn shrink(&mut self, number: u32, time: u64) {
        // Looked at every eight seconds or a little later.
        let once = LOOK_AGAIN..2 * LOOK_AGAIN + SECOND;
        if let Some(entry) = self.entry_mut(number)
            && once.contains(&time.saturating_sub(entry.last))
            && let State::Live(live) = &mut entry.state
        {
            live.shrink();
        }
    }

    fn deadline(&self, number: u32) -> Option<u64> {
        let entry = self.entry(number)?;
        let patience = match &entry.state {
            State::Live(live) if live.is_closed_in_order() => self.limits.linger,
            State::Live(live) if live.is_closed() => {
                self.limits.linger.max(self.limits.reset_linger)
            }
            State::Opening(_) => self.limits.half_open,
            State::Live(live) if live.is_half_open() => self.limits.half_open,
            State::Live(live) => live.patience(&self.limits),
            State::Over { closed: false, .. } => self.limits.idle,
            State::Over { closed: true, .. } => REMEMBER,
            State::Free => return None,
        };
        Some(entry.last.saturating_add(patience))
    }

    /// A flow is over.
    pub(super) fn end(
        &mut self,
        number: u32,
        time: u64,
        gone: &mut impl FnMut(Gone) -> Option<Gone>,
    ) {
        if self.live_mut(number).is_none() {
            return;
        }
        let Some(entry) = self.entry_mut(number) else {
            return;
        };
        let State::Live(live) = &entry.state else {
            return;
        };
        let over = State::Over {
            closed: live.is_closed(),
            isn: live.connection.isn(Side::Client),
        };
        let (quiet, network) = (time.saturating_sub(entry.last), entry.network);
        let State::Live(live) = std::mem::replace(&mut entry.state, over) else {
            return;
        };
        self.live = self.live.saturating_sub(1);
        self.copies = self
            .copies
            .saturating_add(u64::from(live.connection.tcp.copies));
        let facts = self.spare.finish(live, quiet, network);
        if let Some(facts) = gone(facts) {
            self.spare.take_facts(facts);
        }
    }

    /// Forgets a flow, and remembers that it was.
    pub(super) fn forget(&mut self, number: u32) {
        if let Some(key) = self.entry(number).map(|entry| entry.key) {
            let hash = self.hasher.hash_one(key);
            self.forgotten.add(hash);
        }
        self.unremember(number);
    }

    /// Forgets a flow whose ends are in use again.
    pub(super) fn unremember(&mut self, number: u32) {
        self.unlink(number);
        self.twins.forget(number);
        if let Some(entry) = self.entry_mut(number) {
            entry.state = State::Free;
            entry.next = NONE;
            self.free.push(number);
        }
    }

    /// A bound is met: lets the longest idle of a sample go, of the followed flows or of those that are over. No failure is made
    /// of it.
    pub(super) fn evict(&mut self, followed: bool) {
        let count = self.entries.len().max(1);
        self.cursor = self.cursor.wrapping_add(7919);
        let start = self.cursor % count;
        let sample = (0..64_usize).map(|i| start.wrapping_add(i.wrapping_mul(31)) % count);
        let fits = sample.filter(|i| {
            self.entries.get(*i).is_some_and(|entry| match entry.state {
                State::Live(_) | State::Opening(_) => followed,
                State::Over { .. } => !followed,
                State::Free => false,
            })
        });
        // One that only began tells least.
        let oldest = fits.min_by_key(|i| {
            self.entries.get(*i).map_or((true, u64::MAX), |entry| {
                (matches!(entry.state, State::Live(_)), entry.last)
            })
        });
        let Some(number) = oldest.and_then(|i| u32::try_from(i).ok()) else {
            return;
        };
        if followed {
            self.evicted += 1;
            self.live = self.live.saturating_sub(1);
        }
        self.forget(number);
    }

    /// Follows a quarter fewer flows from now on, and lets as many go.
    pub(in crate::analyze) fn shed(&mut self) {
        let fewer = (self.live / 4 * 3).max(FEWEST);
        self.limits.flows = self.limits.flows.min(fewer);
        while self.live > self.limits.flows {
            let before = self.live;
            self.evict(true);
            if self.live == before {
                break;
            }
        }
    }

    /// The capture is over at `time`: gives all that is left, in order of streams.
    pub(in crate::analyze) fn finish(
        &mut self,
        time: u64,
        gone: &mut impl FnMut(Gone) -> Option<Gone>,
    ) {
        let mut numbers: Vec<(u32, u32)> = (0_u32..)
            .zip(&self.entries)
            .filter(|(_, entry)| matches!(entry.state, State::Live(_) | State::Opening(_)))
            .map(|(n, entry)| (entry.stream, n))
            .collect();
        numbers.sort_unstable();
        for (_, number) in numbers {
            self.end(number, time, gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::sample::START;
    use crate::analyze::sample::Talk;
    use crate::analyze::table::Table;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::flow::Limits;
    use crate::track::sample::client_hello;

    /// The second at which a flow of these packets is given, looking every second.
    fn given_at(talk: &Talk) -> Option<u64> {
        let mut table = Table::new(&Limits::default());
        for (number, packet) in (1..).zip(&talk.packets) {
            table.take(&packet.segment(number), packet.at.since(START), &mut |_| {
                panic!("before its end")
            });
        }
        (1..2000).find(|second| {
            let mut given = 0;
            table.sweep(second * SECOND, &mut |facts| {
                given += 1;
                Some(facts)
            });
            given > 0
        })
    }

    #[test]
    fn a_closed_flow_lingers_and_a_reset_one_longer() {
        let limits = Limits::default();
        let hello = || Talk::connected(1).send(Side::Client, &client_hello());
        let closed = given_at(&hello().close(Side::Server)).unwrap();
        assert_eq!(closed, limits.linger / SECOND + 1);
        let reset = given_at(&hello().reset(Side::Server)).unwrap();
        assert!((10..=12).contains(&reset), "{reset}");
    }

    #[test]
    fn a_quiet_flow_is_given_after_the_idle_time_and_a_half_open_one_sooner() {
        let limits = Limits::default();
        let near = |second: Option<u64>, limit: u64| {
            let second = second.unwrap();
            assert!(
                second >= limit / SECOND && second <= limit / SECOND + 9,
                "{second}"
            );
        };
        near(given_at(&Talk::connected(1)), limits.idle);
        near(given_at(&Talk::new(1).syn()), limits.half_open);
        near(given_at(&Talk::new(1).syn().syn_ack()), limits.half_open);
    }

    #[test]
    fn how_long_it_was_quiet_is_said() {
        let talk = Talk::connected(1);
        let mut table = Table::new(&Limits::default());
        for (number, packet) in (1..).zip(&talk.packets) {
            table.take(&packet.segment(number), 5 * SECOND, &mut Some);
        }
        let mut quiet = Vec::new();
        table.finish(12 * SECOND, &mut |facts| {
            quiet.push(facts.quiet_to_end);
            None
        });
        assert_eq!(quiet, [7 * SECOND]);
    }

    #[test]
    fn a_flow_that_gave_room_back_goes_on_where_it_was() {
        let hello = client_hello();
        let (first, second) = hello.split_at(hello.len() / 2);
        let halves = |pause: u64| {
            // What another flow sends shows that time passes.
            let mut talk = Talk::connected(1).send(Side::Client, first).wait(pause);
            let other = Talk::connected(2).packets;
            let at = talk.packets[3].at.plus(pause / 2);
            talk.packets.extend(other.into_iter().map(|mut packet| {
                packet.at = at;
                packet
            }));
            talk = talk.send(Side::Client, second).reset(Side::Server);
            let mut flows = talk.flows();
            flows.sort_by_key(|facts| facts.stream);
            let facts = flows.remove(0);
            (facts.client_hello.unwrap().offer, facts.tcp.resets.len())
        };
        assert_eq!(halves(60 * SECOND), halves(0));
    }

    #[test]
    fn what_is_over_is_given_once_only() {
        let talk = Talk::completed(1).wait(20 * SECOND).fin(Side::Server);
        assert_eq!(talk.flows().len(), 1);
    }
}
