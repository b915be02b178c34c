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
