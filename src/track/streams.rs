//! Where the bytes of a flow go: the prelude (`plaintext.rs`), the TLS reader, or nowhere since they are something else.

use super::Tracker;
use crate::base::Mark;
use crate::base::Side;
use crate::facts::FirstPayload;
use crate::facts::GapFacts;
use crate::facts::GapReason;
use crate::facts::Payload;
use crate::facts::PreludeFacts;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::facts::What;
use crate::flow::Delivery;
use crate::flow::Piece;
use crate::prelude::envelope::Envelope;
use crate::prelude::envelope::Part;
use crate::prelude::payload;
use crate::tls::record::Reader;

/// Plaintext of both sides after which a flow that never turned to TLS is let go.
pub(super) const PLAIN_ENOUGH: u64 = 64 * 1024;
/// Gaps kept for one flow.
const GAPS: usize = 64;

/// How the bytes of the flow are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// The prelude readers are asked.
    #[default]
    Prelude,
    /// A prelude was refused; a second attempt may follow.
    Refused,
    /// A prelude was refused and the client sends its hello all the same: that is read, nothing else.
    Stubborn,
    /// TLS, or whatever the first bytes say.
    Direct,
}

/// One direction behind the prelude.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) mode: Mode,
    /// First bytes while they do not tell yet, or an SSLv2 hello.
    pub(super) start: Vec<u8>,
    pub(super) start_mark: Option<Mark>,
    /// The segments that brought `start`: how many bytes each, where, and what it acknowledged.
    pub(super) pieces: Vec<(usize, Mark, u64)>,
    /// Made when TLS begins.
    pub(super) reader: Option<Box<Reader>>,
    /// What the TLS travels in.
    pub(super) envelope: Option<Envelope>,
}

/// What a direction speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// Not told yet.
    #[default]
    Undecided,
    /// TLS records.
    Tls,
    /// An SSLv2 hello that is not whole yet.
    Sslv2,
    /// Anything else; its bytes are not read.
    Other,
}

impl Stream {
    /// Forgets all for another flow, keeping allocations.
    pub(super) fn restart(&mut self) {
        self.mode = Mode::default();
        self.start.clear();
        self.start_mark = None;
        self.pieces.clear();
        self.envelope = None;
        if let Some(reader) = &mut self.reader {
            reader.restart();
        }
    }

    /// Gives back room that is not filled.
    pub(super) fn shrink(&mut self) {
        self.start.shrink_to_fit();
        self.pieces.shrink_to_fit();
        if let Some(reader) = &mut self.reader {
            reader.shrink();
        }
    }

    pub(super) fn reader(&mut self) -> &mut Reader {
        self.reader.get_or_insert_default()
    }
}

impl Tracker {
    /// Takes the next piece of `side`.
    pub(super) fn take(&mut self, side: Side, delivery: Delivery<'_>) {
        let Piece::Bytes(bytes) = delivery.piece else {
            self.take_hole(side, delivery);
            return;
        };
        match self.phase {
            Phase::Direct => self.stream_bytes(side, bytes, delivery),
            Phase::Prelude | Phase::Refused => self.prelude_bytes(side, bytes, delivery),
            Phase::Stubborn if side == Side::Client => self.stream_bytes(side, bytes, delivery),
            Phase::Stubborn => {}
        }
    }

    fn take_hole(&mut self, side: Side, delivery: Delivery<'_>) {
        let Piece::Hole(length, reason) = delivery.piece else {
            return;
        };
        if self.facts.gaps.len() < GAPS {
            self.facts.gaps.push(GapFacts {
                from: side,
                offset: delivery.offset,
                length,
                reason,
                mark: delivery.mark,
            });
        }
        self.event(delivery.mark, side, What::Gap { bytes: length });
        if matches!(self.phase, Phase::Refused | Phase::Stubborn) {
            return;
        }
        self.not_a_prelude();
        if let Some(envelope) = &mut self.streams.of_mut(side).envelope {
            envelope.hole(length);
        }
        if payload::cannot_be_tls(&self.streams.of(side).start) {
            // What it is was not told yet; that it is no TLS is.
            self.decide_start(side);
        }
        if self.streams.of(side).mode == Mode::Undecided {
            // The first bytes are not here: later records may still tell.
            let stream = self.streams.of_mut(side);
            stream.mode = Mode::Tls;
            stream.reader().reset(delivery.offset);
        }
        self.with_reader(side, |tracker, reader| {
            reader.hole(length, delivery.mark, reason == GapReason::Cut, |unit| {
                tracker.unit(side, unit)
            });
        });
    }

    /// Takes bytes behind the prelude, out of the packets they travel in where they do.
    pub(super) fn stream_bytes(&mut self, side: Side, bytes: &[u8], delivery: Delivery<'_>) {
        let Some(mut envelope) = self.streams.of(side).envelope else {
            self.content_bytes(side, bytes, delivery);
            return;
        };
        let (mut rest, mut offset) = (bytes, delivery.offset);
        while let Some(part) = envelope.next(rest) {
            let (Part::Framing(count) | Part::Content(count)) = part;
            let (now, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            let piece = Piece::Bytes(now);
            let delivery = Delivery {
                offset,
                piece,
                ..delivery
            };
            match part {
                Part::Framing(_) => self.streams.of_mut(side).reader().skip(len64(now)),
                Part::Content(_) => self.content_bytes(side, now, delivery),
            }
            offset = offset.saturating_add(len64(now));
            rest = after;
        }
        self.streams.of_mut(side).envelope = Some(envelope);
    }

    pub(super) fn content_bytes(&mut self, side: Side, bytes: &[u8], delivery: Delivery<'_>) {
        match self.streams.of(side).mode {
            Mode::Tls => self.with_reader(side, |tracker, reader| {
                reader.push(bytes, delivery.mark, delivery.acknowledges, |unit| {
                    tracker.unit(side, unit)
                });
            }),
            Mode::Undecided => self.first_bytes(side, bytes, delivery),
            Mode::Sslv2 => self.sslv2_bytes(side, bytes, delivery),
            Mode::Other => self.other_bytes(side, bytes, delivery),
        }
    }

    /// The reader is lent out, since what it finds changes the tracker.
    fn with_reader(&mut self, side: Side, work: impl FnOnce(&mut Self, &mut Reader)) {
        let reader = self.streams.of_mut(side).reader.take();
        let mut reader = reader.unwrap_or_default();
        work(self, &mut reader);
        self.streams.of_mut(side).reader = Some(reader);
    }

    /// Decides by the first bytes what a direction speaks.
    fn first_bytes(&mut self, side: Side, bytes: &[u8], delivery: Delivery<'_>) {
        let stream = self.streams.of_mut(side);
        if stream.start.is_empty() {
            stream.start_mark = Some(delivery.mark);
            if let Some(found) = payload::classify_partial(bytes, side) {
                self.begin(side, found, bytes, delivery);
                return;
            }
        }
        if side == Side::Client
            && begins_client_hello(bytes)
            && !self.streams.client.start.is_empty()
        {
            self.decide_start(side);
            self.content_bytes(side, bytes, delivery);
            return;
        }
        let stream = self.streams.of_mut(side);
        stream.start.extend_from_slice(bytes);
        stream
            .pieces
            .push((bytes.len(), delivery.mark, delivery.acknowledges));
        let Some(found) = payload::classify_partial(&stream.start, side) else {
            return;
        };
        let start = std::mem::take(&mut stream.start);
        let begin = delivery
            .offset
            .saturating_add(len64(bytes))
            .saturating_sub(len64(&start));
        self.begin(
            side,
            found,
            &start,
            Delivery {
                offset: begin,
                ..delivery
            },
        );
    }

    /// The flow is over while the first bytes of `side` did not tell: they are what they are.
    pub(super) fn decide_start(&mut self, side: Side) {
        let stream = self.streams.of_mut(side);
        if stream.mode != Mode::Undecided || stream.start.is_empty() {
            return;
        }
        let start = std::mem::take(&mut stream.start);
        let mark = stream.start_mark.unwrap_or_default();
        let found = payload::classify(&start, side);
        self.begin(
            side,
            found,
            &start,
            Delivery {
                offset: 0,
                piece: Piece::Bytes(&[]),
                mark,
                acknowledges: 0,
            },
        );
    }

    pub(super) fn begin(
        &mut self,
        side: Side,
        found: Payload,
        bytes: &[u8],
        delivery: Delivery<'_>,
    ) {
        let mark = self.streams.of(side).start_mark.unwrap_or(delivery.mark);
        let mode = match found {
            Payload::Tls => Mode::Tls,
            Payload::Sslv2 => Mode::Sslv2,
            Payload::Tlcp | Payload::Other { .. } => Mode::Other,
        };
        *self.facts.first_payload.of_mut(side) = Some(FirstPayload {
            mark,
            payload: found,
        });
        let stream = self.streams.of_mut(side);
        stream.mode = mode;
        stream.reader().reset(delivery.offset);
        let mut rest = bytes;
        let mut offset = delivery.offset;
        // Each segment keeps its own frame, however small it was.
        for (length, mark, acknowledges) in std::mem::take(&mut stream.pieces) {
            let (now, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let delivery = Delivery {
                offset,
                piece: Piece::Bytes(now),
                mark,
                acknowledges,
            };
            self.content_bytes(side, now, delivery);
            offset = offset.saturating_add(len64(now));
            rest = after;
        }
        if !rest.is_empty() {
            self.content_bytes(side, rest, Delivery { offset, ..delivery });
        }
    }

    /// Bytes of a direction that speaks something else. If a ClientHello begins in them, an unknown prelude came to its end.
    fn other_bytes(&mut self, side: Side, bytes: &[u8], delivery: Delivery<'_>) {
        if side == Side::Client && begins_client_hello(bytes) {
            // What the server said before the hello is whole.
            self.decide_start(Side::Server);
        }
        let talked = self.facts.first_payload_is_other(Side::Client)
            && self.facts.first_payload_is_other(Side::Server);
        if side == Side::Client
            && talked
            && self.progress.upgrades == 0
            && begins_client_hello(bytes)
        {
            self.upgrade(bytes, delivery);
            return;
        }
        if side == Side::Client && self.facts.client_hello.is_none() && begins_client_hello(bytes) {
            // Its first bytes were something else, and stay so; what it offers is a fact all the same.
            let stream = self.streams.of_mut(side);
            stream.mode = Mode::Tls;
            stream.reader().reset(delivery.offset);
            self.content_bytes(side, bytes, delivery);
            return;
        }
        self.plain_bytes = self.plain_bytes.saturating_add(len64(bytes));
        let bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.event(delivery.mark, side, What::NotTls { bytes });
    }

    fn upgrade(&mut self, bytes: &[u8], delivery: Delivery<'_>) {
        self.progress.upgrades += 1;
        let asked = self
            .facts
            .first_payload
            .client
            .take()
            .map_or(delivery.mark, |first| first.mark);
        let answered = self
            .facts
            .first_payload
            .server
            .take()
            .map(|first| first.mark);
        self.facts.prelude = Some(PreludeFacts {
            state: PreludeState::Accepted,
            answered,
            before: self.ways.clone(),
            ..PreludeFacts::asked(PreludeProtocol::Unknown, asked)
        });
        self.progress.tls_from.client = delivery.offset;
        for side in [Side::Client, Side::Server] {
            let stream = self.streams.of_mut(side);
            stream.mode = Mode::Undecided;
            stream.start.clear();
            stream.start_mark = None;
        }
        self.first_bytes(Side::Client, bytes, delivery);
    }
}

/// A record header followed by the header of a ClientHello.
pub(super) fn begins_client_hello(bytes: &[u8]) -> bool {
    matches!(bytes, [0x16, 3, 0..=4, _, _, 1, 0, _, _, 3, 0..=4, ..])
}

pub(super) fn len64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
