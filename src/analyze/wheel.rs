//! Which flows are due to be looked at, second by second; costs nothing per packet.

use crate::base::SECOND;

/// Seconds the wheel covers; a later deadline is looked at early and put in again.
const SLOTS: u64 = 1024;

/// A timer wheel of flow numbers.
#[derive(Debug)]
pub(super) struct Wheel {
    slots: Vec<Vec<u32>>,
    /// The second up to which all was given out.
    now: u64,
}

impl Default for Wheel {
    fn default() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Vec::new()).collect(),
            now: 0,
        }
    }
}

impl Wheel {
    /// Looks at `flow` once `deadline` (ns) has passed.
    pub(super) fn add(&mut self, flow: u32, deadline: u64) {
        let second = (deadline / SECOND).saturating_add(1).clamp(
            self.now.saturating_add(1),
            self.now.saturating_add(SLOTS - 1),
        );
        if let Some(slot) = usize::try_from(second % SLOTS)
            .ok()
            .and_then(|slot| self.slots.get_mut(slot))
        {
            slot.push(flow);
        }
    }

    /// Whether `due` would give anything at `time` (ns).
    pub(super) fn is_due(&self, time: u64) -> bool {
        time / SECOND > self.now
    }

    /// The flows of the next second that has passed at `time` (ns).
    pub(super) fn due(&mut self, time: u64) -> Option<Vec<u32>> {
        if !self.is_due(time) {
            return None;
        }
        // After a long quiet time one turn of the wheel gives everything out.
        self.now = self
            .now
            .max((time / SECOND).saturating_sub(SLOTS))
            .saturating_add(1);
        let slot = usize::try_from(self.now % SLOTS).ok()?;
        self.slots.get_mut(slot).map(std::mem::take)
    }
}

#[cfg(test)]
mod tests {
    use super::SLOTS;
    use super::Wheel;
    use crate::base::SECOND;

    /// All that is due at this second.
    fn due(wheel: &mut Wheel, second: u64) -> Vec<u32> {
        let mut flows = Vec::new();
        while let Some(some) = wheel.due(second * SECOND) {
            flows.extend(some);
        }
        flows
    }

    #[test]
    fn a_flow_is_given_once_and_not_before_its_deadline() {
        let mut wheel = Wheel::default();
        wheel.add(7, 3 * SECOND + 1);
        assert!(due(&mut wheel, 3).is_empty());
        assert_eq!(due(&mut wheel, 4), [7]);
        assert!(due(&mut wheel, 2 * SLOTS).is_empty());
    }

    #[test]
    fn a_deadline_that_passed_is_given_at_the_next_second() {
        let mut wheel = Wheel::default();
        assert!(due(&mut wheel, 100).is_empty());
        wheel.add(7, 5 * SECOND);
        assert_eq!(due(&mut wheel, 101), [7]);
    }

    #[test]
    fn one_turn_after_a_long_quiet_time_gives_everything() {
        let mut wheel = Wheel::default();
        for flow in 0..100_u32 {
            wheel.add(flow, u64::from(flow) * 9 * SECOND);
        }
        let mut flows = due(&mut wheel, 1_000_000);
        flows.sort_unstable();
        assert_eq!(flows, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_deadline_beyond_the_wheel_is_looked_at_early() {
        let mut wheel = Wheel::default();
        wheel.add(7, 10 * SLOTS * SECOND);
        assert_eq!(due(&mut wheel, SLOTS), [7]);
    }
}
