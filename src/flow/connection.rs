//! One TCP connection: its segments to ordered bytes, and the facts of its transport.
//!
//! Here stand the handshake, the order of the steps and the end; each kind of thing on a segment has a file of its own.

mod acknowledgments;
mod fins;
mod payload;
mod resets;

use self::resets::Watch;
use super::copies::Recent;
use super::direction::Delivery;
use super::direction::Direction;
use super::limits::Limits;
use crate::base::FrameRef;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::base::Timestamp;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::Event;
use crate::facts::FinFacts;
use crate::facts::ResetFacts;
use crate::facts::TcpFacts;
use crate::facts::What;
use crate::facts::anomalies;

/// Is told what a connection carries.
pub trait Witness {
    /// The next bytes of `side`, or a stretch that cannot be read.
    fn data(&mut self, side: Side, delivery: Delivery<'_>);
    /// Something of the transport happened.
    fn happened(&mut self, event: Event);
    /// Something breaks a standard.
    fn odd(&mut self, frame: FrameRef, from: Side, what: &'static str);
}

/// Between two packets there is room for the order of what one packet holds.
const STEP: u32 = 64;

/// Payload that may be padding: its offset, its bytes, where it was seen, and what its side had acknowledged by then.
type Doubtful = (i64, Vec<u8>, Mark, u64);

/// Payload on a SYN: its bytes, its length on the wire, where it was seen.
type SynData = (Vec<u8>, u64, Mark);

/// One TCP connection. What each packet needs stands together, what few connections ever have is elsewhere.
#[derive(Debug, Default)]
pub struct Connection {
    order: u32,
    directions: Sides<Direction>,
    gap_noticed: Sides<Option<Timestamp>>,
    /// The facts so far.
    pub tcp: Box<TcpFacts>,
    pending_resets: Vec<ResetFacts>,
    watches: Vec<Watch>,
    pending_fin: Sides<Option<Box<FinFacts>>>,
    /// A few zero bytes that may be padding.
    doubtful: Sides<Option<Box<Doubtful>>>,
    recent: Sides<Recent>,
    /// Payload on the SYN (RFC 7413), until a SYN-ACK says whether it was taken.
    syn_data: Option<Box<SynData>>,
    /// Initial sequence numbers of SYN-ACKs that differ from the first.
    other_isns: Vec<u32>,
    /// Sequence number of the first RST of each side.
    first_reset: Sides<Option<u32>>,
}

impl Connection {
    /// Forgets everything, keeping allocations.
    pub fn reset(&mut self) {
        self.directions.client.reset();
        self.directions.server.reset();
        self.recent.client.reset();
        self.recent.server.reset();
        self.tcp.restart();
        self.order = 0;
        self.other_isns.clear();
        self.syn_data = None;
        self.doubtful = Sides::default();
        self.gap_noticed = Sides::default();
        self.pending_fin = Sides::default();
        self.pending_resets.clear();
        self.watches.clear();
        self.first_reset = Sides::default();
    }

    /// Gives back room that is not filled.
    pub fn shrink(&mut self) {
        self.directions.client.shrink();
        self.directions.server.shrink();
        self.tcp.shrink();
        self.pending_resets.shrink_to_fit();
        self.watches.shrink_to_fit();
        self.other_isns.shrink_to_fit();
    }

    /// What was taken for the client is the server, and the other way round. Only before any payload was taken.
    pub fn exchange_sides(&mut self) {
        let swap = |sides: &mut Sides<_>| std::mem::swap(&mut sides.client, &mut sides.server);
        std::mem::swap(&mut self.directions.client, &mut self.directions.server);
        std::mem::swap(&mut self.recent.client, &mut self.recent.server);
        let tcp = &mut self.tcp;
        std::mem::swap(&mut tcp.packets.client, &mut tcp.packets.server);
        std::mem::swap(&mut tcp.ttl.client, &mut tcp.ttl.server);
        std::mem::swap(&mut tcp.acknowledged.client, &mut tcp.acknowledged.server);
        std::mem::swap(&mut tcp.acknowledges.client, &mut tcp.acknowledges.server);
        swap(&mut tcp.last_packet);
        swap(&mut tcp.acknowledged_at);
        for fin in &mut tcp.fins {
            fin.from = fin.from.peer();
        }
        for reset in &mut tcp.resets {
            reset.from = reset.from.peer();
        }
    }

    /// The direction of `side`.
    #[must_use]
    pub fn direction(&self, side: Side) -> &Direction {
        self.directions.of(side)
    }

    /// Both sides sent a FIN, all bytes before them were there, and none sent a RST.
    #[must_use]
    pub fn ends_in_order(&self) -> bool {
        self.tcp.fins.len() == 2 && self.tcp.resets.is_empty()
    }

    /// The next mark.
    pub fn mark(&mut self, frame: FrameRef, at: Timestamp) -> Mark {
        self.order = self.order.saturating_add(STEP);
        Mark {
            frame,
            at,
            order: self.order,
        }
    }

    /// The client's initial sequence number, where its SYN (or the answer to it) was seen.
    #[must_use]
    pub fn isn(&self, side: Side) -> Option<u32> {
        self.directions
            .of(side)
            .base()
            .map(|base| base.wrapping_sub(1))
    }

    /// Whether `segment` was captured before; counts it.
    pub fn is_copy(&mut self, segment: &Segment<'_>, side: Side) -> bool {
        let copy = self
            .recent
            .of_mut(side)
            .is_copy(segment, self.tcp.copies > 0);
        if copy {
            self.tcp.copies = self.tcp.copies.saturating_add(1);
            if segment.flags & flags::RST == 0 {
                self.tcp.ttl.of_mut(side).note(segment.ttl);
            }
        }
        copy
    }

    /// Takes one segment of `side` that is no copy.
    pub fn segment(
        &mut self,
        segment: &Segment<'_>,
        side: Side,
        limits: &Limits,
        witness: &mut impl Witness,
    ) {
        let mark = self.mark(segment.frame, segment.at);
        self.release_resets(segment.at, witness);
        let packets = self.tcp.packets.of_mut(side);
        *packets = packets.saturating_add(1);
        *self.tcp.last_packet.of_mut(side) = Some(mark);
        let reset = segment.flags & flags::RST != 0;
        if !reset {
            self.tcp.ttl.of_mut(side).note(segment.ttl);
        }
        if segment.flags & flags::SYN != 0 {
            self.synchronise(segment, side, mark, witness);
        }
        if reset {
            self.take_reset(segment, side, mark, limits, witness);
            return;
        }
        if segment.flags & flags::ACK != 0 {
            self.take_acknowledgment(segment, side, mark, witness);
        }
        if segment.payload_length > 0 && segment.flags & flags::SYN == 0 {
            self.take_payload(segment, side, mark, limits, witness);
        }
        if segment.flags & flags::FIN != 0 {
            self.take_fin(segment, side, mark, witness);
        }
        if self.pending_fin.of(side).is_some() {
            self.settle_fin(side, witness);
        }
    }

    fn synchronise(
        &mut self,
        segment: &Segment<'_>,
        side: Side,
        mark: Mark,
        witness: &mut impl Witness,
    ) {
        *self.tcp.mss.of_mut(side) = segment.options.mss.or(*self.tcp.mss.of(side));
        let base = segment.seq.wrapping_add(1);
        if side == Side::Client && segment.flags & flags::ACK != 0 {
            // It answers the server's SYN: both opened at once, and its own was counted.
            self.directions.client.anchor(base);
            return;
        }
        if side == Side::Client {
            let again = self.tcp.syn.is_some();
            if let Some(last) = self.tcp.last_syn {
                self.tcp.largest_rto = self.tcp.largest_rto.max(mark.at.since(last.at));
            }
            self.tcp.syn.get_or_insert(mark);
            self.tcp.last_syn = Some(mark);
            self.tcp.syn_transmissions = self.tcp.syn_transmissions.saturating_add(1);
            self.directions.client.anchor(base);
            if segment.payload_length > 0 && self.syn_data.is_none() {
                let length = u64::from(segment.payload_length);
                self.syn_data = Some(Box::new((segment.payload.to_vec(), length, mark)));
            }
            witness.happened(Event {
                mark,
                from: side,
                what: What::Syn { again },
            });
            return;
        }
        let again = self.tcp.syn_ack.is_some();
        self.tcp.syn_ack.get_or_insert(mark);
        self.tcp.syn_ack_transmissions = self.tcp.syn_ack_transmissions.saturating_add(1);
        if self.tcp.syn_to_syn_ack.is_none() {
            self.tcp.syn_to_syn_ack = self.tcp.last_syn.map(|syn| mark.at.since(syn.at));
        }
        match self.directions.server.base() {
            None => self.directions.server.anchor(base),
            Some(first) if first != base && self.other_isns.len() < 8 => {
                self.other_isns.push(base);
                witness.odd(segment.frame, side, anomalies::OTHER_SYN_ACK);
            }
            Some(_) => {}
        }
        witness.happened(Event {
            mark,
            from: side,
            what: What::SynAck { again },
        });
    }

    /// When each side's last new payload was seen.
    fn payload_times(&self) -> Sides<Option<Timestamp>> {
        let last = &self.tcp.last_payload;
        Sides {
            client: last.client.map(|mark| mark.at),
            server: last.server.map(|mark| mark.at),
        }
    }

    fn next_order(&mut self) -> u32 {
        self.order = self.order.saturating_add(STEP);
        self.order
    }

    /// The flow is over: nothing that is waited for will come. The facts are whole then.
    pub fn finish(&mut self, witness: &mut impl Witness) {
        let end = Timestamp(i64::MAX);
        for side in [Side::Client, Side::Server] {
            // What the peer acknowledged was no padding.
            let behind = i64::try_from(self.directions.of(side).acknowledged()).unwrap_or(0);
            self.take_doubtful(side, (behind, i64::MAX), false, &Limits::default(), witness);
            *self.doubtful.of_mut(side) = None;
            *self.tcp.in_order.of_mut(side) = self.directions.of(side).next();
            let mark = self
                .tcp
                .last_packet
                .of(side.peer())
                .or(*self.tcp.last_packet.of(side))
                .unwrap_or_default();
            let mut guard = 0_u32;
            while self.directions.of(side).missing() > 0 && guard < 10_000 {
                guard += 1;
                let before = self.directions.of(side).next();
                *self.gap_noticed.of_mut(side) = Some(Timestamp(i64::MIN));
                self.settle_gap(
                    side,
                    Mark {
                        order: self.order,
                        ..mark
                    },
                    witness,
                );
                // What is left is the number of a FIN.
                if self.directions.of(side).next() == before {
                    break;
                }
            }
            *self.tcp.hole.of_mut(side) = self.directions.of(side).hole();
            *self.tcp.beyond_hole.of_mut(side) = self.directions.of(side).beyond_hole();
            let bytes = self.directions.of(side).highest();
            *self.tcp.bytes.of_mut(side) = bytes;
            // The FIN takes a number too, but is no byte.
            let acknowledged = self.tcp.acknowledged.of_mut(side);
            *acknowledged = bytes.min(*acknowledged);
        }
        self.release_resets(end, witness);
        for side in [Side::Client, Side::Server] {
            if let Some(fin) = self.pending_fin.of_mut(side).take() {
                self.ends(*fin, witness);
            }
        }
        self.tcp.fins.sort_by_key(|fin| fin.mark.order);
        self.tcp.resets.sort_by_key(|reset| reset.mark.order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MILLISECOND;
    use crate::flow::sample::ACK;
    use crate::flow::sample::CLIENT_ISN;
    use crate::flow::sample::FIN;
    use crate::flow::sample::Played;
    use crate::flow::sample::SERVER_ISN;
    use crate::flow::sample::SYN;
    use crate::flow::sample::SYN_ACK;
    use crate::flow::sample::client;
    use crate::flow::sample::server;
    use crate::flow::sample::time;

    #[test]
    fn syn_syn_ack_and_ack_open_it_and_give_the_round_trip() {
        let mut played = Played::default();
        let mut syn = client(0, SYN, 0, 0, b"");
        syn.options.mss = Some(1460);
        played
            .take(syn)
            .take(server(10, SYN_ACK, 0, 1, b""))
            .take(client(25, ACK, 1, 1, b""));
        let what = [
            What::Syn { again: false },
            What::SynAck { again: false },
            What::Established,
        ];
        assert_eq!(played.heard.what(), what);
        assert_eq!(played.connection.isn(Side::Client), Some(CLIENT_ISN));
        assert_eq!(played.connection.isn(Side::Server), Some(SERVER_ISN));
        let tcp = played.finish();
        assert_eq!(tcp.syn.unwrap().at, time(0));
        assert_eq!(tcp.syn_ack.unwrap().at, time(10));
        assert_eq!(tcp.established.unwrap().at, time(25));
        assert_eq!(tcp.syn_to_syn_ack, Some(10 * MILLISECOND));
        assert_eq!(tcp.rtt, Some(25 * MILLISECOND));
        assert_eq!((tcp.mss.client, tcp.mss.server), (Some(1460), None));
        assert_eq!((tcp.packets.client, tcp.packets.server), (2, 1));
        assert_eq!((tcp.ttl.client, tcp.ttl.server), ([64].into(), [50].into()));
        assert_eq!((tcp.largest_rto, tcp.copies), (0, 0));
    }

    #[test]
    fn time_outs_of_the_syn_are_counted_and_are_no_part_of_the_round_trip() {
        let mut played = Played::default();
        for at in [0, 1000, 3000] {
            played.take(client(at, SYN, 0, 0, b""));
        }
        played
            .take(server(3010, SYN_ACK, 0, 1, b""))
            .take(server(4010, SYN_ACK, 0, 1, b""))
            .take(client(4015, ACK, 1, 1, b""));
        let again = [What::Syn { again: true }, What::SynAck { again: true }];
        assert!(again.iter().all(|it| played.heard.what().contains(it)));
        let tcp = played.finish();
        assert_eq!((tcp.syn_transmissions, tcp.syn_ack_transmissions), (3, 2));
        assert_eq!(tcp.last_syn.unwrap().at, time(3000));
        assert_eq!(tcp.largest_rto, 2000 * MILLISECOND);
        assert_eq!(tcp.syn_to_syn_ack, Some(10 * MILLISECOND));
        assert_eq!(tcp.rtt, Some(15 * MILLISECOND));
    }

    #[test]
    fn of_several_syn_acks_the_acknowledged_one_counts() {
        let mut played = Played::default();
        played
            .take(client(0, SYN, 0, 0, b""))
            .take(server(10, SYN_ACK, 0, 1, b""))
            .take(server(11, SYN_ACK, 7_000, 1, b""))
            .take(client(20, ACK, 1, 7_001, b""))
            .take(server(30, ACK, 7_001, 1, b"real"));
        assert_eq!(played.heard.server, b"real");
        assert_eq!(played.heard.odd, [anomalies::OTHER_SYN_ACK]);
        assert_eq!(
            played.connection.isn(Side::Server),
            Some(SERVER_ISN + 7_000)
        );
        assert!(played.finish().established.is_some());
    }

    #[test]
    fn where_the_capture_starts_in_the_middle_the_first_number_seen_is_offset_0() {
        let mut played = Played::default();
        played
            .take(server(0, ACK, 300, 700, b"late"))
            .take(client(10, ACK, 700, 304, b"too"));
        assert_eq!(played.heard.server, b"late");
        assert_eq!(played.heard.client, b"too");
        let tcp = played.finish();
        assert_eq!((tcp.syn, tcp.established, tcp.rtt), (None, None, None));
        assert_eq!(tcp.acknowledged.server, 4);
        assert_eq!((tcp.bytes.client, tcp.bytes.server), (3, 4));
        assert_eq!(tcp.missing_bytes, Sides::default());
    }

    #[test]
    fn sides_that_were_taken_for_each_other_can_be_exchanged() {
        let mut played = Played::default();
        played.take(client(0, ACK, 1, 1, b""));
        played.take(client(5, FIN, 1, 1, b""));
        played.connection.exchange_sides();
        let tcp = played.tcp();
        assert_eq!((tcp.packets.client, tcp.packets.server), (0, 2));
        assert_eq!((tcp.ttl.client.len(), tcp.ttl.server.len()), (0, 1));
        assert_eq!(tcp.fins[0].from, Side::Server);
        assert!(tcp.acknowledges.server && !tcp.acknowledges.client);
        assert_eq!(tcp.last_packet.server.unwrap().at, time(5));
        assert!(played.connection.direction(Side::Server).is_anchored());
    }

    #[test]
    fn a_connection_that_was_reset_knows_nothing_of_the_one_before() {
        let mut played = Played::opened();
        played
            .take(client(30, ACK, 1, 1, b"one"))
            .take(client(31, ACK, 90, 1, b"far"))
            .take(server(40, FIN, 1, 4, b""));
        played.connection.reset();
        let fresh = format!("{:?}", Connection::default());
        assert_eq!(format!("{:?}", played.connection), fresh);
    }

    #[test]
    fn a_packet_captured_twice_is_counted_once_and_leaves_its_ttl() {
        let mut played = Played::opened();
        let hello = client(30, ACK, 1, 1, b"hello");
        played
            .take(hello.clone())
            .take(Segment { ttl: 63, ..hello });
        assert_eq!(played.heard.client, b"hello");
        let tcp = played.finish();
        assert_eq!((tcp.copies, tcp.packets.client), (1, 3));
        assert_eq!((tcp.retransmissions.client, tcp.largest_rto), (0, 0));
        assert_eq!(tcp.ttl.client[..], [64, 63]);
    }
}
