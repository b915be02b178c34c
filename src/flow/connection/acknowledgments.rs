//! What a side acknowledges of the bytes of its peer, and the bytes that are missing in view of it.

use super::Connection;
use super::Witness;
use crate::base::MILLISECOND;
use crate::base::Mark;
use crate::base::Side;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::Event;
use crate::facts::GapReason;
use crate::facts::Unacknowledged;
use crate::facts::What;
use crate::flow::limits::Limits;

/// An acknowledgment of bytes that were never seen may have overtaken them in the capture: so long they are waited for.
const OVERTAKEN: u64 = 100 * MILLISECOND;

impl Connection {
    pub(super) fn take_acknowledgment(
        &mut self,
        segment: &Segment<'_>,
        side: Side,
        mark: Mark,
        witness: &mut impl Witness,
    ) {
        let peer = side.peer();
        *self.tcp.acknowledges.of_mut(side) = true;
        if side == Side::Client
            && self.directions.server.next() == 0
            && self.other_isns.contains(&segment.ack)
        {
            self.directions.server.reset();
            self.directions.server.anchor(segment.ack);
            self.other_isns.clear();
        }
        let direction = self.directions.of_mut(peer);
        if !direction.is_anchored() {
            direction.anchor(segment.ack);
        }
        let offset = direction.offset_of(segment.ack);
        if let Some(acknowledged) = direction.acknowledge(segment.ack) {
            *self.tcp.acknowledged.of_mut(peer) = acknowledged;
            // An acknowledgment of a FIN says nothing new of the bytes before it.
            if acknowledged <= self.directions.of(peer).highest() {
                *self.tcp.acknowledged_at.of_mut(peer) = Some(mark);
            }
            self.acknowledged_until(peer, acknowledged, mark);
            // What the peer acknowledged was no padding.
            let behind = i64::try_from(acknowledged).unwrap_or(0);
            self.take_doubtful(peer, (behind, i64::MAX), false, &Limits::default(), witness);
        }
        if segment.flags & flags::SYN != 0 {
            self.take_syn_data(witness);
        } else if side == Side::Client
            && self.tcp.established.is_none()
            && self.tcp.syn_ack.is_some()
            && offset.is_some_and(|o| o >= 0)
        {
            self.tcp.established = Some(mark);
            // From the last SYN to its first answer, and from the last SYN-ACK to here: no time-out in between counts.
            let answered = self
                .tcp
                .last_packet
                .server
                .map_or(0, |last| mark.at.since(last.at));
            self.tcp.rtt = self
                .tcp
                .syn_to_syn_ack
                .map(|there| there.saturating_add(answered));
            witness.happened(Event {
                mark,
                from: side,
                what: What::Established,
            });
        }
        self.watch_acknowledgment(side, offset);
        self.settle_gap(peer, mark, witness);
    }

    /// Moves the record of what was sent and not acknowledged.
    pub(super) fn acknowledged_until(&mut self, peer: Side, acknowledged: u64, mark: Mark) {
        let highest = self.directions.of(peer).highest();
        let slot = self.tcp.unacknowledged.of_mut(peer);
        if let Some(old) = *slot
            && acknowledged > old.offset
        {
            let last = self.tcp.last_payload.of(peer).unwrap_or(mark);
            *slot = (acknowledged < highest).then_some(Unacknowledged {
                offset: acknowledged,
                transmissions: 1,
                first: last,
                last,
            });
        }
    }

    pub(super) fn settle_gap(&mut self, side: Side, mark: Mark, witness: &mut impl Witness) {
        let direction = self.directions.of_mut(side);
        // The number of a FIN is no byte.
        let fin = self.pending_fin.of(side).as_ref();
        let end = fin.map_or(u64::MAX, |fin| fin.offset);
        let missing = direction
            .missing()
            .min(end.saturating_sub(direction.next()));
        let noticed = self.gap_noticed.of_mut(side);
        if missing == 0 {
            *noticed = None;
            return;
        }
        let since = *noticed.get_or_insert(mark.at);
        if mark.at.since(since) >= OVERTAKEN {
            *noticed = None;
            let total = self.tcp.missing_bytes.of_mut(side);
            *total = total.saturating_add(missing);
            direction.give_up(missing, GapReason::NotCaptured, mark, &mut |delivery| {
                witness.data(side, delivery)
            });
            self.settle_fin(side, witness);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::flags::RST;
    use crate::flow::sample::ACK;
    use crate::flow::sample::FIN;
    use crate::flow::sample::Played;
    use crate::flow::sample::client;
    use crate::flow::sample::server;
    use crate::flow::sample::time;

    #[test]
    fn bytes_acknowledged_and_not_seen_are_a_hole_after_100_ms() {
        let mut played = Played::opened();
        played
            .take(client(50, ACK, 1, 11, b""))
            .take(client(149, ACK, 1, 11, b"a"));
        assert!(played.heard.holes.is_empty());
        played.take(client(150, ACK, 2, 11, b"b"));
        let hole = (Side::Server, 0, 10, GapReason::NotCaptured);
        assert_eq!(played.heard.holes, [hole]);
        played.take(server(160, ACK, 11, 3, b"rest"));
        assert_eq!(played.heard.server, b"rest");
        let tcp = played.finish();
        assert_eq!((tcp.missing_bytes.server, tcp.bytes.server), (10, 14));
        assert_eq!(tcp.hole.server, None);
    }

    #[test]
    fn bytes_that_their_acknowledgment_overtook_are_no_hole() {
        let mut played = Played::opened();
        played
            .take(client(50, ACK, 1, 6, b""))
            .take(server(90, ACK, 1, 1, b"hello"))
            .take(client(500, ACK, 1, 6, b"a"));
        assert_eq!(played.heard.server, b"hello");
        assert!(played.heard.holes.is_empty());
        assert_eq!(played.finish().missing_bytes.server, 0);
    }

    #[test]
    fn bytes_acknowledged_and_not_seen_until_the_end_are_a_hole() {
        let mut played = Played::opened();
        played
            .take(server(30, ACK, 4, 1, b"far"))
            .take(client(50, ACK, 1, 7, b""));
        let tcp = played.finish();
        let hole = (Side::Server, 0, 3, GapReason::NotCaptured);
        assert_eq!(played.heard.holes, [hole]);
        assert_eq!(played.heard.server, b"far");
        assert_eq!((tcp.missing_bytes.server, tcp.in_order.server), (3, 0));
    }

    #[test]
    fn a_hole_that_was_never_acknowledged_is_a_loss_on_the_way() {
        let mut played = Played::opened();
        played
            .take(server(30, ACK, 4, 1, b"far"))
            .take(client(50, ACK, 1, 1, b""))
            .take(client(500, ACK, 1, 1, b"a"));
        let tcp = played.finish();
        assert!(played.heard.holes.is_empty() && played.heard.server.is_empty());
        assert_eq!(tcp.hole.server, Some((0, 3)));
        assert_eq!(tcp.beyond_hole.server.unwrap().at, time(30));
        assert_eq!(tcp.missing_bytes.server, 0);
    }

    #[test]
    fn the_acknowledgment_of_a_fin_counts_no_byte_and_misses_none() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK, 1, 1, b"hello"))
            .take(server(40, ACK, 1, 6, b""))
            .take(client(50, FIN, 6, 1, b""))
            .take(server(60, ACK, 1, 7, b""))
            .take(server(600, ACK, 1, 7, b""));
        let tcp = played.finish();
        assert_eq!((tcp.acknowledged.client, tcp.missing_bytes.client), (5, 0));
        assert_eq!(tcp.acknowledged_at.client.unwrap().at, time(40));
        assert!(played.heard.holes.is_empty());
    }

    #[test]
    fn an_acknowledgment_far_beyond_all_that_was_seen_is_not_believed() {
        let mut played = Played::opened();
        played
            .take(client(50, ACK, 1, 1 << 30, b""))
            .take(client(500, ACK, 1, 1 << 30, b""));
        let tcp = played.finish();
        assert!(played.heard.holes.is_empty());
        assert_eq!((tcp.acknowledged.server, tcp.bytes.server), (0, 0));
    }

    #[test]
    fn a_side_that_only_resets_does_not_acknowledge() {
        let mut played = Played::opened();
        assert!(played.tcp().acknowledges.server);
        played.connection.reset();
        played.take(server(30, ACK | RST, 1, 1, b""));
        assert!(!played.tcp().acknowledges.server);
    }
}
