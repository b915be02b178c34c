//! Header arithmetic of the RSTs of one incident, added up over its flows: no opinion on who sent them.

use super::spread::Spread;
use crate::base::FrameRef;
use crate::base::Side;
use crate::facts::HandshakeFacts;
use crate::facts::ResetFacts;

/// Distinct TTLs kept.
const TTLS: usize = 8;

/// What the decisive RSTs of one incident looked like.
#[derive(Debug, Default)]
pub(super) struct Resets {
    /// The side named in them.
    pub(super) from: Option<Side>,
    /// Flows with a decisive RST.
    pub(super) flows: u64,
    /// TTLs of the first decisive RST of each flow, with flows.
    pub(super) ttl: Vec<(u8, u64)>,
    /// TTLs of the other packets of the side named in the RST, with flows that have them.
    pub(super) other_ttl: Vec<(u8, u64)>,
    /// Those other packets.
    pub(super) others: u64,
    /// Flows whose RST has a TTL that none of them has.
    pub(super) ttl_differs: u64,
    /// From the last byte of the other side to the RST.
    pub(super) delay: Spread,
    /// From SYN to SYN-ACK: what the server needs for the quickest of answers, as this capture saw it.
    pub(super) answer: Spread,
    /// Flows in which payload of the same side came after the RST, and frames of one.
    pub(super) data_after: (u64, Vec<FrameRef>),
    /// Flows in which several RSTs differ in TTL, window or sequence number, and frames of one.
    pub(super) unlike: (u64, Vec<FrameRef>),
    /// Flows whose RST carries payload, and one frame.
    pub(super) payload: (u64, Vec<FrameRef>),
    /// Frames of one flow: the RST, and a packet of that side with another TTL.
    pub(super) frames: Vec<FrameRef>,
    /// Frames of one flow: the hello's end, and the RST.
    pub(super) delay_frames: Vec<FrameRef>,
}

impl Resets {
    /// Adds the RSTs of one flow.
    pub(super) fn add(&mut self, facts: &HandshakeFacts) {
        let decisive = |reset: &&ResetFacts| !reset.ignored && !reset.is_clients_own();
        let Some(reset) = facts.tcp.resets.iter().find(decisive) else {
            return;
        };
        let from = reset.from;
        self.from = self.from.or(Some(from));
        self.flows += 1;
        let others = facts.tcp.ttl.of(from);
        add_ttl(&mut self.ttl, reset.ttl);
        others
            .iter()
            .for_each(|ttl| add_ttl(&mut self.other_ttl, *ttl));
        let resets = facts
            .tcp
            .resets
            .iter()
            .filter(|reset| reset.from == from)
            .count();
        let packets = u64::from(*facts.tcp.packets.of(from));
        self.others += packets.saturating_sub(u64::try_from(resets).unwrap_or(u64::MAX));
        let differs = !others.is_empty() && !others.contains(&reset.ttl);
        self.ttl_differs += u64::from(differs);
        if self.frames.is_empty() || (differs && self.ttl_differs == 1) {
            let other = if from == Side::Server {
                facts.tcp.syn_ack
            } else {
                facts.tcp.syn
            };
            self.frames = std::iter::once(reset.mark.frame)
                .chain(other.map(|mark| mark.frame))
                .collect();
        }
        if let Some(delay) = reset.delay {
            self.delay.add(delay);
            if self.delay_frames.is_empty() {
                let hello = facts.current_hello().map(|hello| hello.last.frame);
                self.delay_frames = hello.into_iter().chain([reset.mark.frame]).collect();
            }
        }
        if let Some(answer) = facts.tcp.syn_to_syn_ack {
            self.answer.add(answer);
        }
        self.add_contradictions(facts, reset);
    }

    fn add_contradictions(&mut self, facts: &HandshakeFacts, reset: &ResetFacts) {
        let same_side = facts
            .tcp
            .resets
            .iter()
            .filter(|other| other.from == reset.from);
        let frames: Vec<FrameRef> = same_side
            .clone()
            .map(|reset| reset.mark.frame)
            .take(4)
            .collect();
        if same_side.clone().any(|reset| reset.data_after) {
            let data = facts.server_hello.as_ref().map(|hello| hello.mark.frame);
            let data =
                data.or_else(|| facts.tcp.last_payload.of(reset.from).map(|mark| mark.frame));
            note(&mut self.data_after, || {
                [reset.mark.frame].into_iter().chain(data).collect()
            });
        }
        // A closed socket answers each further segment with a bare RST that takes its number from that segment: only RSTs
        // with the ACK flag have numbers of their own.
        let unlike = |other: &ResetFacts| {
            let own_number = other.ack_flag && reset.ack_flag;
            other.ttl != reset.ttl
                || other.window != reset.window
                || (own_number && other.seq != reset.seq)
        };
        if reset.contradicted || same_side.clone().any(unlike) {
            note(&mut self.unlike, || frames);
        }
        if reset.payload_length > 0 {
            note(&mut self.payload, || vec![reset.mark.frame]);
        }
    }
}

fn note(counted: &mut (u64, Vec<FrameRef>), frames: impl FnOnce() -> Vec<FrameRef>) {
    counted.0 += 1;
    if counted.1.is_empty() {
        counted.1 = frames();
    }
}

fn add_ttl(ttls: &mut Vec<(u8, u64)>, ttl: u8) {
    if let Some((_, flows)) = ttls.iter_mut().find(|(known, _)| *known == ttl) {
        *flows += 1;
    } else if ttls.len() < TTLS {
        ttls.push((ttl, 1));
    }
}

#[cfg(test)]
mod tests {
    use super::Resets;
    use crate::base::Endpoint;
    use crate::base::Mark;
    use crate::base::Side;
    use crate::base::Sides;
    use crate::facts::HandshakeFacts;
    use crate::facts::ResetFacts;

    fn reset(seq: u32, ack_flag: bool, ttl: u8) -> ResetFacts {
        ResetFacts {
            mark: Mark::default(),
            from: Side::Server,
            ttl,
            ip_id: None,
            window: 0,
            seq,
            ack: 1,
            ack_flag,
            timestamps: false,
            tsval: None,
            offset: 0,
            acknowledged: 0,
            payload_before: Sides::default(),
            payload_length: 0,
            delay: Some(1_000),
            data_after: false,
            ignored: false,
            ttl_as_others: Some(ttl == 52),
            contradicted: false,
        }
    }

    fn sums(resets: Vec<ResetFacts>) -> Resets {
        let end = |port| Endpoint {
            ip: [192, 0, 2, 1].into(),
            port,
        };
        let mut facts = HandshakeFacts::new(end(50_000), end(443), Mark::default());
        facts.tcp.ttl = Sides {
            client: [64].into(),
            server: [52].into(),
        };
        facts.tcp.packets = Sides {
            client: 3,
            server: 5,
        };
        facts.tcp.resets = resets;
        let mut sums = Resets::default();
        sums.add(&facts);
        sums
    }

    #[test]
    fn rsts_with_numbers_of_their_own_that_differ_are_told() {
        let sums = sums(vec![
            reset(1, true, 61),
            reset(1_461, true, 61),
            reset(4_381, true, 61),
        ]);
        assert_eq!((sums.unlike.0, sums.ttl_differs, sums.others), (1, 1, 2));
    }

    #[test]
    fn bare_rsts_of_a_closed_socket_may_differ_in_their_number() {
        let sums = sums(vec![reset(1, false, 52), reset(518, false, 52)]);
        assert_eq!((sums.unlike.0, sums.ttl_differs), (0, 0));
    }

    #[test]
    fn an_ignored_rst_decides_nothing() {
        let ignored = ResetFacts {
            ignored: true,
            ..reset(1, true, 61)
        };
        assert_eq!(sums(vec![ignored]).flows, 0);
    }
}
