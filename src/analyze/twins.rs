//! One connection seen on both sides of an address translation: same sequence numbers, one end rewritten.

use crate::base::MILLISECOND;
use crate::base::Timestamp;
use crate::decode::Segment;
use crate::flow::Key;
use hashbrown::HashMap;
use std::mem;

/// The second sight of a SYN comes within this time of the first.
const APART: u64 = 100 * MILLISECOND;
/// SYNs of one generation, as many as a hash table of 2^12 places holds; two are remembered.
const REMEMBERED: usize = 7 << 9;

/// A SYN that was seen.
#[derive(Clone, Copy, Debug)]
struct Opened {
    flow: u32,
    at: Timestamp,
    key: Key,
    ip_id: Option<u16>,
    tsval: Option<u32>,
}

/// Pairs of flows that may be one.
#[derive(Debug, Default)]
pub(super) struct Twins {
    /// By sequence number, the latest ones.
    young: HashMap<u32, Opened, foldhash::fast::RandomState>,
    /// Those before them.
    old: HashMap<u32, Opened, foldhash::fast::RandomState>,
    /// The earlier flow of each later one, and the other way round.
    pairs: HashMap<u32, Pair, foldhash::fast::RandomState>,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    other: u32,
    first: bool,
    /// Sequence number of the SYN-ACK, once seen.
    answer: Option<u32>,
}

impl Twins {
    /// A flow began with this SYN. Two SYNs are one packet when sequence number, IP identification and TSval agree, and one
    /// of the two ends does: chance alone does that once in 2^32 times and more.
    pub(super) fn opened(&mut self, flow: u32, key: Key, segment: &Segment<'_>) {
        let tsval = segment.options.timestamps.map(|(value, _)| value);
        let new = Opened {
            flow,
            at: segment.at,
            key,
            ip_id: segment.ip_id,
            tsval,
        };
        if let Some(old) = self.seen(segment.seq)
            && new.at.since(old.at) <= APART
            && old.key != key
            && old.ip_id == new.ip_id
            && old.tsval == new.tsval
            && (new.ip_id.is_some_and(|id| id != 0) || new.tsval.is_some())
            && share_an_end(&old.key, &key)
        {
            self.pairs.insert(
                flow,
                Pair {
                    other: old.flow,
                    first: false,
                    answer: None,
                },
            );
            self.pairs.insert(
                old.flow,
                Pair {
                    other: flow,
                    first: true,
                    answer: None,
                },
            );
        }
        if self.young.len() >= REMEMBERED {
            self.old.clear();
            mem::swap(&mut self.young, &mut self.old);
        }
        self.young.insert(segment.seq, new);
    }

    /// The last SYN with this sequence number.
    fn seen(&self, sequence: u32) -> Option<Opened> {
        let young = self.young.get(&sequence);
        young.or_else(|| self.old.get(&sequence)).copied()
    }

    /// A flow got a SYN-ACK. Returns (earlier flow, later flow) when both got the same one.
    pub(super) fn answered(&mut self, flow: u32, sequence: u32) -> Option<(u32, u32)> {
        let pair = self.pairs.get_mut(&flow)?;
        pair.answer = Some(sequence);
        let (other, first) = (pair.other, pair.first);
        if self.pairs.get(&other)?.answer != Some(sequence) {
            return None;
        }
        self.pairs.remove(&flow);
        self.pairs.remove(&other);
        Some(if first { (flow, other) } else { (other, flow) })
    }

    /// A flow is gone.
    pub(super) fn forget(&mut self, flow: u32) {
        if self.pairs.is_empty() {
            return;
        }
        if let Some(pair) = self.pairs.remove(&flow) {
            self.pairs.remove(&pair.other);
        }
    }
}

fn share_an_end(a: &Key, b: &Key) -> bool {
    [true, false].iter().any(|low| {
        [true, false]
            .iter()
            .any(|other| a.end(*low) == b.end(*other))
    })
}

#[cfg(test)]
mod tests {
    use super::REMEMBERED;
    use super::Twins;
    use crate::analyze::sample::Packet;
    use crate::analyze::sample::Talk;
    use crate::base::MILLISECOND;
    use crate::base::SECOND;
    use crate::flow::Key;

    fn syn() -> Packet {
        Talk::new(1).syn().packets.remove(0)
    }

    /// The same SYN behind an address translation, with what `change` makes of it.
    fn translated(change: impl FnOnce(&mut Packet)) -> Packet {
        let mut packet = syn();
        packet.at = packet.at.plus(MILLISECOND);
        (packet.src.ip, packet.src.port) = ([203, 0, 113, 9].into(), 61_000);
        change(&mut packet);
        packet
    }

    fn opened(twins: &mut Twins, flow: u32, packet: &Packet) {
        let segment = packet.segment(1);
        twins.opened(flow, Key::of(&segment).0, &segment);
    }

    /// Whether the two are one once both got the same SYN-ACK.
    fn are_one(second: &Packet) -> bool {
        let mut twins = Twins::default();
        opened(&mut twins, 0, &syn());
        opened(&mut twins, 1, second);
        twins.answered(1, 9000);
        twins.answered(0, 9000) == Some((0, 1))
    }

    #[test]
    fn the_same_syn_with_one_end_rewritten_is_one() {
        assert!(are_one(&translated(|_| {})));
    }

    #[test]
    fn a_syn_that_differs_comes_late_or_shares_no_end_is_another() {
        assert!(!are_one(&translated(|packet| packet.ip_id += 1)));
        assert!(!are_one(&translated(|packet| packet.seq += 1)));
        assert!(!are_one(&translated(
            |packet| packet.at = packet.at.plus(SECOND)
        )));
        assert!(!are_one(&translated(|packet| packet.dst.port = 9)));
        assert!(!are_one(&syn()));
    }

    #[test]
    fn another_answer_says_that_they_are_two() {
        let mut twins = Twins::default();
        opened(&mut twins, 0, &syn());
        opened(&mut twins, 1, &translated(|_| {}));
        assert_eq!(twins.answered(1, 9000), None);
        assert_eq!(twins.answered(0, 9001), None);
    }

    #[test]
    fn a_forgotten_flow_is_nobodys_twin() {
        let mut twins = Twins::default();
        opened(&mut twins, 0, &syn());
        opened(&mut twins, 1, &translated(|_| {}));
        twins.forget(0);
        assert_eq!(twins.answered(1, 9000), None);
        assert!(twins.pairs.is_empty());
    }

    #[test]
    fn no_more_syns_are_remembered_than_the_bound() {
        let mut twins = Twins::default();
        for flow in 0..10_000 {
            let mut packet = syn();
            packet.seq = flow;
            opened(&mut twins, flow, &packet);
            assert!(twins.young.len() <= REMEMBERED && twins.old.len() <= REMEMBERED);
            let latest = flow.saturating_sub(u32::try_from(REMEMBERED).unwrap());
            assert!(twins.seen(latest).is_some_and(|seen| seen.flow == latest));
        }
    }
}
