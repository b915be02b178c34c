//! One TCP connection: its segments to ordered bytes, and the facts of its transport.

use super::copies::Recent;
use super::direction::Delivery;
use super::direction::Direction;
use super::limits::Limits;
use crate::base::FrameRef;
use crate::base::MILLISECOND;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::base::Timestamp;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::Event;
use crate::facts::FinFacts;
use crate::facts::GapReason;
use crate::facts::ResetFacts;
use crate::facts::TcpFacts;
use crate::facts::Unacknowledged;
use crate::facts::What;

/// Is told what a connection carries.
pub trait Witness {
    /// The next bytes of `side`, or a stretch that cannot be read.
    fn data(&mut self, side: Side, delivery: Delivery<'_>);
    /// Something of the transport happened.
    fn happened(&mut self, event: Event);
    /// Something breaks a standard.
    fn odd(&mut self, frame: FrameRef, from: Side, what: &'static str);
}

/// An acknowledgment of bytes that were never seen may have overtaken them in the capture: so long they are waited for.
const OVERTAKEN: u64 = 100 * MILLISECOND;
/// A RST beyond bytes not seen yet waits so long for them: the capture may have swapped the two.
const SWAPPED: u64 = 10 * MILLISECOND;
/// Between two packets there is room for the order of what one packet holds.
const STEP: u32 = 64;
/// Distinct TTLs kept for one side.
const TTLS: usize = 8;

/// Payload that may be padding: its offset, its bytes, where it was seen, and what its side had acknowledged by then.
type Doubtful = (i64, Vec<u8>, Mark, u64);

/// One TCP connection.
#[derive(Debug, Default)]
pub struct Connection {
    directions: Sides<Direction>,
    /// The facts so far.
    pub tcp: TcpFacts,
    order: u32,
    recent: Sides<Recent>,
    /// Initial sequence numbers of SYN-ACKs that differ from the first.
    other_isns: Vec<u32>,
    /// Payload on the SYN (RFC 7413), until a SYN-ACK says whether it was taken.
    syn_data: Option<(Vec<u8>, u64, Mark)>,
    /// A few zero bytes that may be padding.
    doubtful: Sides<Option<Doubtful>>,
    gap_noticed: Sides<Option<Timestamp>>,
    pending_fin: Sides<Option<FinFacts>>,
    pending_resets: Vec<ResetFacts>,
    watches: Vec<Watch>,
    /// Sequence number of the first RST of each side.
    first_reset: Sides<Option<u32>>,
}

/// What shows that the side which a RST was sent to carried on.
#[derive(Clone, Copy, Debug)]
struct Watch {
    reset: usize,
    to: Side,
    /// Offset of the RST in its own direction.
    offset: i64,
    /// Payload sent after the RST ends here.
    sent_until: Option<u64>,
}

impl Connection {
    /// Forgets everything, keeping allocations.
    pub fn reset(&mut self) {
        self.directions.client.reset();
        self.directions.server.reset();
        self.recent.client.reset();
        self.recent.server.reset();
        self.tcp = TcpFacts::default();
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
                note_ttl(self.tcp.ttl.of_mut(side), segment.ttl);
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
            note_ttl(self.tcp.ttl.of_mut(side), segment.ttl);
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
        self.settle_fin(side, witness);
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
                self.syn_data = Some((
                    segment.payload.to_vec(),
                    u64::from(segment.payload_length),
                    mark,
                ));
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
                witness.odd(
                    segment.frame,
                    side,
                    "a SYN-ACK with another initial sequence number",
                );
            }
            Some(_) => {}
        }
        witness.happened(Event {
            mark,
            from: side,
            what: What::SynAck { again },
        });
    }

    fn take_acknowledgment(
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
            self.take_doubtful(peer, behind, i64::MAX, &Limits::default(), witness);
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

    /// A SYN-ACK arrived: was the payload on the SYN taken?
    fn take_syn_data(&mut self, witness: &mut impl Witness) {
        let Some((bytes, length, mark)) = self.syn_data.take() else {
            return;
        };
        if self.directions.client.acknowledged() == 0 {
            return;
        }
        *self.tcp.last_payload.of_mut(Side::Client) = Some(mark);
        let limits = Limits::default();
        self.directions
            .client
            .accept(0, &bytes, length, mark, 0, &limits, |delivery| {
                witness.data(Side::Client, delivery)
            });
        self.tcp.bytes.client = self.directions.client.highest();
    }

    /// Moves the record of what was sent and not acknowledged.
    fn acknowledged_until(&mut self, peer: Side, acknowledged: u64, mark: Mark) {
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

    fn take_payload(
        &mut self,
        segment: &Segment<'_>,
        side: Side,
        mark: Mark,
        limits: &Limits,
        witness: &mut impl Witness,
    ) {
        let direction = self.directions.of_mut(side);
        if !direction.is_anchored() {
            direction.anchor(segment.seq);
        }
        let Some(offset) = direction.offset_of(segment.seq) else {
            return;
        };
        let highest = i64::try_from(direction.highest()).unwrap_or(i64::MAX);
        // RFC 9293 section 3.8.4: a keep-alive repeats the last byte, or one before the window.
        if segment.payload_length == 1
            && offset == highest.saturating_sub(1)
            && direction.acknowledged() >= direction.highest()
        {
            return;
        }
        let acknowledges = self.directions.of(side.peer()).acknowledged();
        let may_be_padding = (2..=6).contains(&segment.payload_length)
            && segment.flags & (flags::PSH | flags::FIN) == 0
            && segment.payload.iter().all(|byte| *byte == 0)
            && segment.payload.len() > 1;
        let end = offset.saturating_add(i64::from(segment.payload_length));
        self.take_doubtful(side, offset, end, limits, witness);
        if may_be_padding {
            *self.doubtful.of_mut(side) =
                Some((offset, segment.payload.to_vec(), mark, acknowledges));
            return;
        }
        self.accept(
            side,
            offset,
            segment.payload,
            u64::from(segment.payload_length),
            mark,
            acknowledges,
            limits,
            witness,
        );
    }

    /// Decides about held zero bytes by where the next payload of their side lies: behind them they count, over them they were
    /// padding, and before them nothing is told yet.
    fn take_doubtful(
        &mut self,
        side: Side,
        next: i64,
        next_end: i64,
        limits: &Limits,
        witness: &mut impl Witness,
    ) {
        let Some(held) = self.doubtful.of_mut(side).take() else {
            return;
        };
        let (offset, bytes, mark, acknowledges) = held;
        let length = u64::try_from(bytes.len()).unwrap_or(0);
        if next >= offset.saturating_add_unsigned(length) {
            self.accept(
                side,
                offset,
                &bytes,
                length,
                mark,
                acknowledges,
                limits,
                witness,
            );
        } else if next_end <= offset {
            *self.doubtful.of_mut(side) = Some((offset, bytes, mark, acknowledges));
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call per segment, each value of its own kind"
    )]
    fn accept(
        &mut self,
        side: Side,
        offset: i64,
        bytes: &[u8],
        length: u64,
        mark: Mark,
        acknowledges: u64,
        limits: &Limits,
        witness: &mut impl Witness,
    ) {
        let direction = self.directions.of_mut(side);
        let verdict = direction.accept(
            offset,
            bytes,
            length,
            mark,
            acknowledges,
            limits,
            |delivery| witness.data(side, delivery),
        );
        let highest = direction.highest();
        *self.tcp.bytes.of_mut(side) = highest;
        if verdict.differs {
            witness.odd(
                mark.frame,
                side,
                "repeated TCP bytes differ from the first ones",
            );
        }
        if verdict.repeated && !verdict.fresh {
            let count = self.tcp.retransmissions.of_mut(side);
            *count = count.saturating_add(1);
            let bytes = u32::try_from(length).unwrap_or(u32::MAX);
            witness.happened(Event {
                mark,
                from: side,
                what: What::Retransmission { bytes },
            });
        }
        self.note_transmission(side, offset, length, mark, verdict.fresh);
        if verdict.fresh {
            *self.tcp.last_payload.of_mut(side) = Some(mark);
            self.note_fresh(side, offset.saturating_add_unsigned(length), witness);
        }
    }

    /// Keeps the first segment that the peer did not acknowledge, and how often it was sent.
    fn note_transmission(&mut self, side: Side, offset: i64, length: u64, mark: Mark, fresh: bool) {
        let acknowledged = self.directions.of(side).acknowledged();
        let start = u64::try_from(offset).unwrap_or(0);
        let end = u64::try_from(offset.saturating_add_unsigned(length)).unwrap_or(0);
        let slot = self.tcp.unacknowledged.of_mut(side);
        match slot {
            None if fresh && end > acknowledged => {
                *slot = Some(Unacknowledged {
                    offset: start.max(acknowledged),
                    transmissions: 1,
                    first: mark,
                    last: mark,
                });
            }
            Some(old) if fresh && start < old.offset && acknowledged < old.offset => {
                old.offset = start.max(acknowledged);
                old.first = mark;
            }
            Some(old)
                if start <= old.offset && old.offset < end && mark.order != old.last.order =>
            {
                if !fresh {
                    old.transmissions = old.transmissions.saturating_add(1);
                    self.tcp.largest_rto = self.tcp.largest_rto.max(mark.at.since(old.last.at));
                }
                old.last = mark;
            }
            _ => {}
        }
    }

    /// New payload of `side`: RSTs of that side have data after them, and the side carried on if one was sent to it.
    fn note_fresh(&mut self, side: Side, end: i64, _witness: &mut impl Witness) {
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
    fn watch_acknowledgment(&mut self, side: Side, offset: Option<i64>) {
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

    fn settle_gap(&mut self, side: Side, mark: Mark, witness: &mut impl Witness) {
        let direction = self.directions.of_mut(side);
        let missing = direction.missing();
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

    fn take_fin(
        &mut self,
        segment: &Segment<'_>,
        side: Side,
        mark: Mark,
        witness: &mut impl Witness,
    ) {
        let direction = self.directions.of_mut(side);
        if !direction.is_anchored() {
            direction.anchor(segment.seq);
        }
        if self.tcp.fin(side).is_some() || self.pending_fin.of(side).is_some() {
            return;
        }
        let offset = direction
            .offset_of(segment.seq)
            .unwrap_or(0)
            .saturating_add(i64::from(segment.payload_length));
        let Ok(offset) = u64::try_from(offset) else {
            return;
        };
        let acknowledged = self.directions.of(side.peer()).acknowledged();
        let mark = Mark {
            order: self.next_order(),
            ..mark
        };
        *self.pending_fin.of_mut(side) = Some(FinFacts {
            mark,
            from: side,
            offset,
            acknowledged,
            payload_before: self.payload_times(),
        });
        self.settle_fin(side, witness);
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

    /// A FIN stands where its bytes stand: it happens once all before it was delivered.
    fn settle_fin(&mut self, side: Side, witness: &mut impl Witness) {
        let Some(fin) = *self.pending_fin.of(side) else {
            return;
        };
        if self.directions.of(side).next() < fin.offset {
            return;
        }
        *self.pending_fin.of_mut(side) = None;
        let late = fin.mark.order < self.order;
        let order = if late {
            self.next_order()
        } else {
            fin.mark.order
        };
        let fin = FinFacts {
            mark: Mark { order, ..fin.mark },
            ..fin
        };
        self.tcp.fins.push(fin);
        witness.happened(Event {
            mark: fin.mark,
            from: side,
            what: What::Fin,
        });
    }

    fn take_reset(
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
    fn release_resets(&mut self, now: Timestamp, witness: &mut impl Witness) {
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

    /// The flow is over: nothing that is waited for will come. Returns the facts.
    pub fn finish(&mut self, witness: &mut impl Witness) -> TcpFacts {
        let end = Timestamp(i64::MAX);
        for side in [Side::Client, Side::Server] {
            // What the peer acknowledged was no padding.
            let behind = i64::try_from(self.directions.of(side).acknowledged()).unwrap_or(0);
            self.take_doubtful(side, behind, i64::MAX, &Limits::default(), witness);
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
                *self.gap_noticed.of_mut(side) = Some(Timestamp(i64::MIN));
                self.settle_gap(
                    side,
                    Mark {
                        order: self.order,
                        ..mark
                    },
                    witness,
                );
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
                self.tcp.fins.push(fin);
                witness.happened(Event {
                    mark: fin.mark,
                    from: side,
                    what: What::Fin,
                });
            }
        }
        self.tcp.fins.sort_by_key(|fin| fin.mark.order);
        self.tcp.resets.sort_by_key(|reset| reset.mark.order);
        std::mem::take(&mut self.tcp)
    }
}

fn note_ttl(seen: &mut Vec<u8>, ttl: u8) {
    if seen.len() < TTLS && !seen.contains(&ttl) {
        seen.push(ttl);
    }
}
