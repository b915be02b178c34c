//! The plaintext before TLS: held until the prelude readers decided, one prelude behind the other.

use super::Tracker;
use super::streams::Phase;
use super::streams::begins_client_hello;
use super::streams::len64;
use crate::base::Mark;
use crate::base::Side;
use crate::facts::PreludeFacts;
use crate::facts::What;
use crate::flow::Delivery;
use crate::flow::Piece;
use crate::prelude::Step;
use crate::prelude::Watcher;
use crate::prelude::envelope::Envelope;
use crate::prelude::payload;

/// Preludes in a row behind each of which another one is looked for.
const WAYS: usize = 4;

/// A piece held until the prelude is decided.
#[derive(Debug)]
pub(super) struct Held {
    side: Side,
    offset: u64,
    bytes: Vec<u8>,
    mark: Mark,
    acknowledges: u64,
}

impl Tracker {
    pub(super) fn prelude_bytes(&mut self, side: Side, bytes: &[u8], delivery: Delivery<'_>) {
        if self.phase == Phase::Refused && side == Side::Client && self.is_stubborn(bytes, delivery)
        {
            return;
        }
        self.watch(side, bytes, delivery, true);
    }

    /// Shows the next plaintext to the prelude readers; notes it in the timeline where it is `new` there.
    fn watch(&mut self, side: Side, bytes: &[u8], delivery: Delivery<'_>, new: bool) {
        let step = self.watcher.push(side, bytes, delivery.mark);
        self.tell_prelude();
        if new && (step != Step::NotThis || self.phase == Phase::Refused) {
            self.note_plain(side, bytes, delivery.mark);
        }
        match step {
            Step::More => {
                self.hold(side, bytes, delivery);
                if self.held_bytes > self.prelude_room {
                    if self.phase == Phase::Refused {
                        // The rest of a refusal: TLS can only begin behind another request and its answer.
                        self.held.clear();
                        self.held_bytes = 0;
                    } else {
                        self.not_a_prelude();
                    }
                }
            }
            Step::NotThis if self.phase == Phase::Refused => {}
            Step::NotThis => {
                self.not_a_prelude();
                self.stream_bytes(side, bytes, delivery);
            }
            Step::TlsAt { client, server } => {
                self.hold(side, bytes, delivery);
                let from = &mut self.progress.tls_from;
                from.client = from.client.saturating_add(client);
                from.server = from.server.saturating_add(server);
                if !self.look_behind() {
                    self.phase = Phase::Direct;
                    self.open_envelope();
                    self.replay();
                }
            }
            Step::Refused => {
                self.phase = Phase::Refused;
                self.held.clear();
                self.held_bytes = 0;
            }
        }
    }

    /// From here on TLS comes in packets of the prelude's protocol.
    fn open_envelope(&mut self) {
        let prelude = self.facts.prelude.as_ref();
        if prelude.is_some_and(|prelude| prelude.protocol.wraps_tls()) {
            for side in [Side::Client, Side::Server] {
                self.streams.of_mut(side).envelope = Some(Envelope::default());
            }
        }
    }

    /// The prelude being read, with those before it; or the last one before it, while none is.
    fn tell_prelude(&mut self) {
        self.facts.prelude = match (self.watcher.facts(), self.ways.split_last()) {
            (Some(facts), _) => Some(PreludeFacts {
                before: self.ways.clone(),
                ..facts.clone()
            }),
            (None, Some((way, before))) => Some(PreludeFacts {
                before: before.to_vec(),
                ..way.clone()
            }),
            (None, None) => None,
        };
    }

    /// Behind a way to somewhere else a prelude of its own may be spoken: STARTTLS behind a PROXY header, CONNECT behind SOCKS.
    /// `false`: only TLS can follow here.
    fn look_behind(&mut self) -> bool {
        let way = self.watcher.facts();
        let Some(way) = way.filter(|way| way.protocol.opens_a_way() && self.ways.len() < WAYS)
        else {
            return false;
        };
        self.ways.push(way.clone());
        self.way_events = self.facts.timeline.len();
        self.phase = Phase::Prelude;
        self.watcher = Watcher::default();
        self.again(|tracker, side, bytes, delivery| match tracker.phase {
            Phase::Direct => tracker.stream_bytes(side, bytes, delivery),
            _ => tracker.watch(side, bytes, delivery, false),
        });
        true
    }

    /// Whether the client sends a ClientHello after the refusal; its first bytes may come one by one.
    fn is_stubborn(&mut self, bytes: &[u8], delivery: Delivery<'_>) -> bool {
        let stream = &mut self.streams.client;
        stream
            .pieces
            .push((bytes.len(), delivery.mark, delivery.acknowledges));
        let start = &mut stream.start;
        start.extend_from_slice(bytes);
        if may_begin_client_hello(start) {
            return false;
        }
        let start = std::mem::take(start);
        if !begins_client_hello(&start) {
            self.streams.client.pieces.clear();
            return false;
        }
        let offset = delivery
            .offset
            .saturating_add(len64(bytes))
            .saturating_sub(len64(&start));
        self.phase = Phase::Stubborn;
        self.progress.tls_from.client = offset;
        let payload = payload::classify(&start, Side::Client);
        self.begin(
            Side::Client,
            payload,
            &start,
            Delivery { offset, ..delivery },
        );
        true
    }

    /// What came so far is no prelude: it is read as what was spoken directly.
    pub(super) fn not_a_prelude(&mut self) {
        if self.phase != Phase::Prelude {
            return;
        }
        self.phase = Phase::Direct;
        self.watcher = Watcher::default();
        self.tell_prelude();
        let mut kept = self.way_events;
        self.facts.timeline.retain(|event| {
            let before = kept > 0;
            kept = kept.saturating_sub(1);
            before || !matches!(event.what, What::Prelude { .. })
        });
        self.replay();
    }

    fn note_plain(&mut self, side: Side, bytes: &[u8], mark: Mark) {
        let bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.event(mark, side, What::Prelude { bytes });
    }

    fn hold(&mut self, side: Side, bytes: &[u8], delivery: Delivery<'_>) {
        self.held_bytes = self
            .held_bytes
            .saturating_add(bytes.len())
            .saturating_add(64);
        self.held.push(Held {
            side,
            offset: delivery.offset,
            bytes: bytes.to_vec(),
            mark: delivery.mark,
            acknowledges: delivery.acknowledges,
        });
    }

    /// Reads what was held behind the preludes.
    fn replay(&mut self) {
        let from = self.progress.tls_from;
        self.streams.client.reader().reset(from.client);
        self.streams.server.reader().reset(from.server);
        self.again(Self::stream_bytes);
    }

    /// Gives what is held and stands behind the preludes to `take`; nothing is held after that but what it holds.
    fn again(&mut self, mut take: impl FnMut(&mut Self, Side, &[u8], Delivery<'_>)) {
        self.held_bytes = 0;
        let from = self.progress.tls_from;
        for held in std::mem::take(&mut self.held) {
            let from = *from.of(held.side);
            let skip = usize::try_from(from.saturating_sub(held.offset)).unwrap_or(usize::MAX);
            let Some(bytes) = held.bytes.get(skip..).filter(|bytes| !bytes.is_empty()) else {
                continue;
            };
            let delivery = Delivery {
                offset: held.offset.max(from),
                piece: Piece::Bytes(bytes),
                mark: held.mark,
                acknowledges: held.acknowledges,
            };
            take(self, held.side, bytes, delivery);
        }
    }
}

/// Fewer bytes than tell, and they could be the first of a ClientHello's record.
fn may_begin_client_hello(bytes: &[u8]) -> bool {
    let fits = match bytes {
        [] => true,
        [kind] => *kind == 0x16,
        [kind, major, ..] => (*kind, *major) == (0x16, 3),
    };
    fits && bytes.len() < 11
}
