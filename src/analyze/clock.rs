//! Time as the capture tells it: never backwards, and standing still in a pause of the capture.

use crate::base::SECOND;
use crate::base::Timestamp;

/// A step back of the capture's clock larger than this is a step; a smaller one is packets in the wrong order.
const STEP: i64 = 1_000_000_000;
/// A quiet time shorter than this is never a pause of the capture.
pub(super) const PAUSE: u64 = 3 * SECOND;

/// No packet at all for longer than this: files were joined, or the capture was stopped and started again. What was under way
/// before it cannot be told to have failed by silence.
pub(super) const SPLICE: u64 = 300 * SECOND;

/// The capture's time.
#[derive(Debug, Default)]
pub(super) struct Clock {
    latest: Option<Timestamp>,
    elapsed: u64,
    /// Steps back, and where the first was.
    pub(super) steps: u64,
    /// Pauses of the capture.
    pub(super) pauses: Vec<(Timestamp, Timestamp)>,
}

/// What the next packet's time means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tick {
    /// Time went on.
    On,
    /// The clock stepped back.
    Back,
    /// Nothing was captured from this time to the packet's.
    Quiet(Timestamp),
}

impl Clock {
    /// Nanoseconds of capture so far, pauses and steps left out.
    pub(super) fn elapsed(&self) -> u64 {
        self.elapsed
    }

    /// The capture's time, as its packets tell it.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.latest
    }

    /// Whether time goes on as it nearly always does: then it went on. Else [`Self::look`] says what the packet's time means.
    #[inline]
    pub(super) fn goes_on(&mut self, at: Timestamp) -> bool {
        let passed = self.latest.map(|latest| at - latest);
        match passed.and_then(|passed| u64::try_from(passed).ok()) {
            Some(passed) if passed < PAUSE => {
                self.elapsed = self.elapsed.saturating_add(passed);
                self.latest = Some(at);
                true
            }
            _ => false,
        }
    }

    /// What the time of the next packet means; call one of the other two afterwards.
    pub(super) fn look(&self, at: Timestamp) -> Tick {
        match self.latest {
            None => Tick::On,
            Some(latest) if latest - at > STEP => Tick::Back,
            Some(latest) if at.since(latest) >= PAUSE => Tick::Quiet(latest),
            Some(_) => Tick::On,
        }
    }

    /// The packet's time counts.
    pub(super) fn go_on(&mut self, at: Timestamp) {
        match self.latest {
            Some(latest) if latest - at > STEP => {
                self.steps += 1;
                self.latest = Some(at);
            }
            Some(latest) => {
                self.elapsed = self.elapsed.saturating_add(at.since(latest));
                self.latest = Some(latest.max(at));
            }
            None => self.latest = Some(at),
        }
    }

    /// No time passed up to the packet for what ended before; for a flow that goes on behind it, it did.
    pub(super) fn skip(&mut self, at: Timestamp) {
        self.latest = Some(at);
    }

    /// The time up to the packet was a pause of the capture.
    pub(super) fn pause(&mut self, from: Timestamp, at: Timestamp) {
        if self.pauses.len() < 1000 {
            self.pauses.push((from, at));
        }
        self.latest = Some(at);
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use super::Tick;
    use crate::base::SECOND;
    use crate::base::Timestamp;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000_000)
    }

    #[test]
    fn no_time_passes_in_a_pause_and_none_is_taken_back_by_a_step() {
        let mut clock = Clock::default();
        clock.go_on(at(100));
        clock.go_on(at(102));
        assert_eq!(clock.look(at(200)), Tick::Quiet(at(102)));
        clock.pause(at(102), at(200));
        clock.go_on(at(201));
        assert_eq!(clock.look(at(50)), Tick::Back);
        clock.go_on(at(50));
        clock.go_on(at(51));
        assert_eq!((clock.elapsed(), clock.steps), (4 * SECOND, 1));
    }

    #[test]
    fn the_usual_way_is_that_of_a_look() {
        for passed in [-2_000, -1, 0, 1, 2_999, 3_000, 500_000] {
            let next = Timestamp(at(100).0 + passed * 1_000_000);
            let (mut quick, mut slow) = (Clock::default(), Clock::default());
            assert!(!quick.goes_on(at(100)));
            quick.go_on(at(100));
            slow.go_on(at(100));
            let usual = quick.goes_on(next);
            assert_eq!(usual, (0..3_000).contains(&passed), "{passed}");
            if usual {
                assert_eq!(slow.look(next), Tick::On);
                slow.go_on(next);
                assert_eq!((quick.elapsed, quick.latest), (slow.elapsed, slow.latest));
            }
        }
    }
}
