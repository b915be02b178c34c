//! RSTs of a connection: their place among the bytes, and what later shows of them.

use super::Connection;
use super::Witness;
use crate::base::MILLISECOND;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Timestamp;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::Event;
use crate::facts::ResetFacts;
use crate::facts::What;
use crate::flow::limits::Limits;

/// A RST beyond bytes not seen yet waits so long for them: the capture may have swapped the two.
const SWAPPED: u64 = 10 * MILLISECOND;

/// What shows that the side which a RST was sent to carried on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    reset: usize,
    to: Side,
    /// Offset of the RST in its own direction.
    offset: i64,
    /// Payload sent after the RST ends here.
    sent_until: Option<u64>,
}

impl Connection {
    pub(super) fn take_reset(
        &mut self,
        segment: &Segment<'_>,
        side: Side,
        mark: Mark,
        limits: &Limits,
        witness: &mut impl Witness,
    ) {
        let ack_flag = segment.flags & flags::ACK != 0;
        let peer = self.directions.of_mut(side.peer());
        if ack_flag && peer.is_anchored() {
            let highest = i64::try_from(peer.highest()).unwrap_or(i64::MAX);
            // A FIN takes one number behind the last byte.
            if peer
                .offset_of(segment.ack)
                .is_some_and(|offset| offset <= highest.saturating_add(1))
                && let Some(acknowledged) = peer.acknowledge(segment.ack)
            {
                *self.tcp.acknowledged.of_mut(side.peer()) = acknowledged;
                self.acknowledged_until(side.peer(), acknowledged, mark);
            }
        }
        self.first_reset.of_mut(side).get_or_insert(segment.seq);
        let reset = self.reset_facts(segment, side, mark, ack_flag);
        let own = self.directions.of(side);
        let (next, highest) = (own.next(), own.highest());
        let waits = u64::try_from(reset.offset)
            .is_ok_and(|offset| offset > next && (offset <= highest || offset - next <= 65_536));
        if self
            .tcp
            .resets
            .len()
            .saturating_add(self.pending_resets.len())
            >= limits.resets
        {
            return;
        }
        if waits {
            self.pending_resets.push(reset)
        } else {
            self.settle_reset(reset, witness)
        }
    }

    fn reset_facts(
        &self,
        segment: &Segment<'_>,
        side: Side,
        mark: Mark,
        ack_flag: bool,
    ) -> ResetFacts {
        let own = self.directions.of(side);
        let peer = self.directions.of(side.peer());
        let ttls = self.tcp.ttl.of(side);
        // A side of which nothing else was seen begins with its first RST, as in Wireshark.
        let relative = |sequence: u32, base: Option<u32>| {
            base.map_or(1, |base| sequence.wrapping_sub(base).wrapping_add(1))
        };
        let own_base = own.base().or(*self.first_reset.of(side));
        ResetFacts {
            mark,
            from: side,
            ttl: segment.ttl,
            ip_id: segment.ip_id,
            window: segment.window,
            seq: relative(segment.seq, own_base),
            ack: if ack_flag {
                relative(segment.ack, peer.base())
            } else {
                segment.ack
            },
            ack_flag,
            timestamps: segment.options.timestamps.is_some(),
            tsval: segment.options.timestamps.map(|(value, _)| value),
            offset: own.offset_of(segment.seq).unwrap_or(0),
            acknowledged: peer.acknowledged(),
            payload_before: self.payload_times(),
            payload_length: segment.payload_length,
            delay: self
                .tcp
                .last_payload
                .of(side.peer())
                .map(|last| mark.at.since(last.at)),
            data_after: false,
            ignored: false,
            ttl_as_others: (!ttls.is_empty()).then(|| ttls.contains(&segment.ttl)),
            contradicted: false,
        }
    }

    fn settle_reset(&mut self, mut reset: ResetFacts, witness: &mut impl Witness) {
        for old in self
            .tcp
            .resets
            .iter_mut()
            .filter(|old| old.from == reset.from && old.seq == reset.seq)
        {
            let alike = old.ack_flag == reset.ack_flag && old.ack == reset.ack;
            if old.ttl != reset.ttl || (alike && old.window != reset.window) {
                old.contradicted = true;
                reset.contradicted = true;
            }
        }
        witness.happened(Event {
            mark: reset.mark,
            from: reset.from,
            what: What::Rst { ignored: false },
        });
        self.watches.push(Watch {
            reset: self.tcp.resets.len(),
            to: reset.from.peer(),
            offset: reset.offset,
            sent_until: None,
        });
        self.tcp.resets.push(reset);
    }

    /// RSTs that waited for bytes before them happen once these came, or when it is too late for them.
    pub(super) fn release_resets(&mut self, now: Timestamp, witness: &mut impl Witness) {
        if self.pending_resets.is_empty() {
            return;
        }
        for mut reset in std::mem::take(&mut self.pending_resets) {
            let arrived = u64::try_from(reset.offset)
                .is_ok_and(|offset| offset <= self.directions.of(reset.from).next());
            if arrived {
                reset.mark.order = self.next_order();
                self.settle_reset(reset, witness);
            } else if now.since(reset.mark.at) >= SWAPPED {
                self.settle_reset(reset, witness);
            } else {
                self.pending_resets.push(reset);
            }
        }
    }

    /// New payload of `side`: RSTs of that side have data after them, and the side carried on if one was sent to it.
    pub(super) fn note_fresh(&mut self, side: Side, end: i64) {
        if self.tcp.resets.is_empty() {
            return;
        }
        for reset in self
            .tcp
            .resets
            .iter_mut()
            .filter(|reset| reset.from == side)
        {
            reset.data_after = true;
        }
        for watch in self.watches.iter_mut().filter(|watch| watch.to == side) {
            watch.sent_until = watch.sent_until.or(u64::try_from(end).ok());
        }
    }

    /// `side` acknowledged up to `offset` of its peer: does that show that a RST was ignored?
    pub(super) fn watch_acknowledgment(&mut self, side: Side, offset: Option<i64>) {
        let Some(offset) = offset else { return };
        for watch in &self.watches {
            let beyond = watch.to == side && offset > watch.offset.saturating_add(1);
            let answered = watch.to == side.peer()
                && watch
                    .sent_until
                    .is_some_and(|until| i64::try_from(until).is_ok_and(|until| offset >= until));
            if (beyond || answered)
                && let Some(reset) = self.tcp.resets.get_mut(watch.reset)
                && !reset.is_clients_own()
            {
                reset.ignored = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::sample::ACK;
    use crate::flow::sample::FIN;
    use crate::flow::sample::Played;
    use crate::flow::sample::RST;
    use crate::flow::sample::SYN;
    use crate::flow::sample::client;
    use crate::flow::sample::server;
    use crate::flow::sample::time;

    /// A ClientHello of 5 bytes at 30 ms.
    fn hello_sent() -> Played {
        let mut played = Played::opened();
        played.take(client(30, ACK, 1, 1, b"hello"));
        played
    }

    #[test]
    fn the_header_of_a_reset_becomes_facts() {
        let mut played = hello_sent();
        let mut reset = server(40, RST, 1, 6, b"");
        reset.options.timestamps = Some((77, 88));
        played.take(Segment {
            ttl: 111,
            window: 9,
            ..reset
        });
        let tcp = played.finish();
        let [reset] = &tcp.resets[..] else { panic!() };
        assert_eq!((reset.from, reset.mark.at), (Side::Server, time(40)));
        assert_eq!((reset.ttl, reset.ip_id, reset.window), (111, Some(41), 9));
        assert_eq!((reset.seq, reset.ack, reset.ack_flag), (1, 6, true));
        assert_eq!((reset.timestamps, reset.tsval), (true, Some(77)));
        assert_eq!((reset.offset, reset.acknowledged), (0, 5));
        assert_eq!(reset.payload_before.client, Some(time(30)));
        assert_eq!(reset.delay, Some(10 * MILLISECOND));
        assert_eq!(reset.ttl_as_others, Some(false));
        assert!(!reset.ignored && !reset.data_after && !reset.contradicted);
        assert_eq!(tcp.ttl.server[..], [50]);
        assert_eq!(tcp.acknowledged.client, 5);
    }

    #[test]
    fn a_reset_without_ack_acknowledges_nothing_and_keeps_its_raw_number() {
        let mut played = hello_sent();
        let reset = server(40, flags::RST, 1, 6, b"");
        played.take(Segment { ack: 4711, ..reset });
        let tcp = played.finish();
        assert_eq!((tcp.resets[0].ack_flag, tcp.resets[0].ack), (false, 4711));
        assert_eq!(
            (tcp.resets[0].acknowledged, tcp.acknowledged.client),
            (0, 0)
        );
    }

    #[test]
    fn a_reset_that_acknowledges_more_than_was_sent_acknowledges_nothing() {
        let mut played = hello_sent();
        played.take(server(40, RST, 1, 8, b""));
        let tcp = played.finish();
        assert_eq!(
            (tcp.resets[0].acknowledged, tcp.acknowledged.client),
            (0, 0)
        );
        assert!(tcp.unacknowledged.client.is_some());
    }

    #[test]
    fn a_reset_that_acknowledges_a_fin_owes_nothing() {
        let mut played = hello_sent();
        played
            .take(client(35, FIN, 6, 1, b""))
            .take(server(40, RST, 1, 7, b""));
        let tcp = played.finish();
        assert_eq!((tcp.acknowledged.client, tcp.bytes.client), (5, 5));
        assert_eq!(tcp.unacknowledged.client, None);
    }

    #[test]
    fn a_side_of_which_nothing_else_was_seen_begins_with_its_reset() {
        let mut played = Played::default();
        played
            .take(client(0, SYN, 0, 0, b""))
            .take(server(10, RST, 0, 1, b""));
        let tcp = played.finish();
        assert_eq!((tcp.resets[0].seq, tcp.resets[0].ttl_as_others), (1, None));
    }

    #[test]
    fn a_reset_captured_before_its_data_happens_behind_it() {
        let mut played = hello_sent();
        played.take(server(40, RST, 4, 6, b""));
        assert!(played.heard.what().is_empty());
        played
            .take(server(45, ACK, 1, 6, b"abc"))
            .take(client(60, ACK, 6, 4, b""));
        assert_eq!(played.heard.what(), [What::Rst { ignored: false }]);
        let tcp = played.finish();
        assert!(!tcp.resets[0].data_after);
        assert_eq!(tcp.resets[0].mark.at, time(40));
        assert!(tcp.resets[0].mark.order > tcp.last_payload.server.unwrap().order);
    }

    #[test]
    fn a_reset_beyond_bytes_that_do_not_come_within_10_ms_happens_where_it_was_captured() {
        let mut played = hello_sent();
        played
            .take(server(40, RST, 4, 6, b""))
            .take(client(49, ACK, 6, 1, b""));
        assert!(played.heard.what().is_empty());
        played
            .take(client(50, ACK, 6, 1, b""))
            .take(server(55, ACK, 1, 6, b"abc"));
        assert_eq!(played.heard.what(), [What::Rst { ignored: false }]);
        let tcp = played.finish();
        assert!(tcp.resets[0].data_after);
        assert!(tcp.resets[0].mark.order < tcp.last_payload.server.unwrap().order);
    }

    #[test]
    fn a_reset_that_still_waits_is_told_at_the_end() {
        let mut played = hello_sent();
        played.take(server(40, RST, 4, 6, b""));
        assert_eq!(played.finish().resets.len(), 1);
        assert_eq!(played.heard.what(), [What::Rst { ignored: false }]);
    }

    #[test]
    fn a_reset_far_outside_the_window_does_not_wait() {
        let mut played = hello_sent();
        played.take(server(40, RST, 200_000, 6, b""));
        assert_eq!(played.heard.what(), [What::Rst { ignored: false }]);
    }

    #[test]
    fn ignored_when_the_side_it_was_sent_to_has_new_payload_acknowledged() {
        let mut played = hello_sent();
        played
            .take(server(40, RST, 1, 6, b""))
            .take(client(45, ACK, 6, 1, b"more"));
        assert!(!played.tcp().resets[0].ignored);
        played.take(server(50, ACK, 1, 9, b""));
        assert!(!played.tcp().resets[0].ignored, "not all of it");
        played.take(server(55, ACK, 1, 10, b""));
        assert!(played.finish().resets[0].ignored);
    }

    #[test]
    fn ignored_when_the_side_it_was_sent_to_acknowledges_bytes_beyond_it() {
        let mut played = hello_sent();
        played
            .take(server(40, RST, 1, 6, b""))
            .take(server(45, ACK, 1, 6, b"real"))
            .take(client(50, ACK, 6, 5, b""));
        let tcp = played.finish();
        assert!(tcp.resets[0].ignored && tcp.resets[0].data_after);
    }

    #[test]
    fn not_ignored_when_payload_of_its_own_side_merely_arrives_later() {
        let mut played = hello_sent();
        played
            .take(server(40, RST, 1, 6, b""))
            .take(server(45, ACK, 1, 6, b"real"))
            .take(client(46, flags::RST, 6, 0, b""));
        let tcp = played.finish();
        assert!(!tcp.resets[0].ignored && tcp.resets[0].data_after);
    }

    #[test]
    fn not_ignored_when_old_payload_is_acknowledged_or_the_reset_itself_is() {
        let mut played = hello_sent();
        played
            .take(server(40, RST, 1, 1, b""))
            .take(client(45, ACK, 6, 2, b""))
            .take(client(50, ACK, 1, 1, b"hello"))
            .take(server(55, ACK, 1, 6, b""));
        assert!(!played.finish().resets[0].ignored);
    }

    #[test]
    fn the_clients_own_reset_is_never_ignored_but_one_with_another_ttl_is() {
        for (ttl, own) in [(64, true), (63, false)] {
            let mut played = hello_sent();
            let reset = client(40, RST, 6, 1, b"");
            played
                .take(Segment { ttl, ..reset })
                .take(server(45, ACK, 1, 6, b"real"))
                .take(client(50, ACK, 6, 5, b""));
            let tcp = played.finish();
            assert_eq!(tcp.resets[0].is_clients_own(), own);
            assert_eq!(tcp.resets[0].ignored, !own);
            assert!(!tcp.resets[0].data_after);
        }
    }

    #[test]
    fn copies_of_a_reset_with_other_ttls_contradict_each_other() {
        let mut played = hello_sent();
        for (at, ttl) in [(40, 97), (41, 64), (42, 180)] {
            let reset = server(at, RST, 1, 6, b"");
            played.take(Segment { ttl, ..reset });
        }
        let tcp = played.finish();
        assert_eq!(tcp.resets.len(), 3);
        assert!(tcp.resets.iter().all(|reset| reset.contradicted));
    }

    #[test]
    fn a_client_reset_that_a_copy_contradicts_is_not_its_own() {
        let mut played = hello_sent();
        let reset = client(41, RST, 6, 1, b"");
        played
            .take(client(40, RST, 6, 1, b""))
            .take(Segment { window: 0, ..reset });
        let tcp = played.finish();
        assert!(tcp.resets.iter().all(|reset| reset.contradicted));
        assert!(!tcp.resets[0].is_clients_own());
    }

    #[test]
    fn resets_that_answer_different_packets_do_not_contradict_each_other() {
        let mut played = hello_sent();
        let other = client(41, flags::RST, 6, 0, b"");
        let elsewhere = client(42, RST, 9, 1, b"");
        played
            .take(client(40, RST, 6, 1, b""))
            .take(Segment { window: 0, ..other })
            .take(Segment {
                ttl: 9,
                ..elsewhere
            });
        let tcp = played.finish();
        assert_eq!(tcp.resets.len(), 3);
        assert!(!tcp.resets.iter().any(|reset| reset.contradicted));
    }

    #[test]
    fn no_more_resets_are_kept_than_the_limit_says() {
        let mut played = hello_sent();
        played.limits.resets = 3;
        for at in 40..60 {
            played.take(server(at, RST, 1, 6, b""));
        }
        assert_eq!(played.finish().resets.len(), 3);
        assert_eq!(played.heard.what().len(), 3);
    }
}
