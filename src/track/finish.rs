//! The flow is over: what only its end can tell.

use super::Tracker;
use super::streams::Mode;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::facts::AlertFacts;
use crate::facts::Event;
use crate::facts::FirstPayload;
use crate::facts::HandshakeFacts;
use crate::facts::Payload;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::facts::TcpFacts;
use crate::facts::TlsMeant;
use crate::facts::What;
use crate::tls::record::content;

/// Alerts that an HTTPS server sends to a PROXY header it does not expect: unexpected_message, record_overflow,
/// illegal_parameter, decode_error, protocol_version.
const NOT_TAKEN: [u8; 5] = [10, 22, 47, 50, 70];

impl Tracker {
    /// Gives the facts, in exchange for others that are of no use any more. `tcp` are those of the transport, which must be over;
    /// they are exchanged too.
    #[must_use]
    pub fn finish(
        &mut self,
        tcp: &mut Box<TcpFacts>,
        last: Mark,
        mut spare: Box<HandshakeFacts>,
    ) -> Box<HandshakeFacts> {
        if self.watcher.facts().is_none() {
            self.not_a_prelude();
        }
        for side in [Side::Client, Side::Server] {
            self.decide_start(side);
        }
        let reader = self.streams.client.reader.take();
        if let Some(pending) = reader.as_ref().and_then(|reader| reader.pending()) {
            self.partial_client_hello(&pending);
        }
        self.streams.client.reader = reader;
        for side in [Side::Client, Side::Server] {
            self.last_record_as_alert(side);
        }
        self.facts.alerts.sort_by_key(|alert| alert.mark.order);
        self.settle_proxy_header();
        self.settle_resets(tcp);
        self.facts.meant = self.meant();
        self.behind_prelude(tcp);
        let room = spare.tcp.take().unwrap_or_default();
        self.facts.tcp = std::mem::replace(tcp, room).into();
        self.facts.last = last;
        self.facts.timeline.sort_by_key(|event| event.mark.order);
        std::mem::replace(&mut self.facts, spare)
    }

    /// TLS 1.3: the last record of a side, if it has the length of an alert.
    fn last_record_as_alert(&mut self, side: Side) {
        let Some(record) = *self.progress.last_record.of(side) else {
            return;
        };
        let alone = record.kind == content::APPLICATION_DATA
            && self.progress.tls13 == Some(true)
            && self.progress.is_alert_length(side, record.length)
            && (side == Side::Server || record.acknowledges >= self.progress.server_hello_end);
        if alone {
            self.facts.alerts.push(AlertFacts {
                mark: record.last,
                from: side,
                level: None,
                code: None,
                encrypted: true,
                record_length: record.length,
                end: self.behind_prelude_of(side, record.end),
                followed: false,
            });
        }
    }

    /// A PROXY header counts as taken when the server answers the TLS behind it (definitions section 1).
    fn settle_proxy_header(&mut self) {
        let Some(prelude) = &mut self.facts.prelude else {
            return;
        };
        let answered = prelude.answered.is_some();
        let headers = prelude
            .before
            .iter_mut()
            .filter(|way| way.protocol.is_proxy_header());
        if !prelude.protocol.is_proxy_header() {
            // What was spoken behind it is answered, so it was taken.
            headers
                .filter(|_| answered)
                .for_each(|header| header.state = PreludeState::Accepted);
            return;
        }
        let alert = self
            .facts
            .alerts
            .iter()
            .find(|alert| alert.from == Side::Server)
            .and_then(|alert| alert.code)
            .is_some_and(|code| !NOT_TAKEN.contains(&code));
        if self.facts.server_hello.is_some() || self.facts.hello_retry.is_some() || alert {
            prelude.state = PreludeState::Accepted;
            return;
        }
        let protocol = if prelude.protocol == PreludeProtocol::ProxyV1 {
            "proxy-v1"
        } else {
            "proxy-v2"
        };
        let text = prelude.text.clone();
        let mark = prelude.asked;
        self.facts.first_payload.client = Some(FirstPayload {
            mark,
            payload: Payload::Other {
                protocol,
                status: None,
                text,
            },
        });
    }

    fn settle_resets(&mut self, tcp: &mut TcpFacts) {
        for event in &mut self.facts.timeline {
            if let What::Rst { ignored } = &mut event.what {
                let order = event.mark.order;
                *ignored = tcp
                    .resets
                    .iter()
                    .any(|reset| reset.mark.order == order && reset.ignored);
            }
        }
        for side in [Side::Client, Side::Server] {
            if let (Some((_, length)), Some(mark)) =
                (*tcp.hole.of(side), *tcp.last_payload.of(side))
            {
                self.facts.timeline.push(Event {
                    mark,
                    from: side,
                    what: What::BeyondHole { hole: length },
                });
            }
        }
    }

    fn meant(&self) -> TlsMeant {
        let tls = |side| {
            self.facts
                .first_payload
                .of(side)
                .as_ref()
                .is_some_and(|first| first.payload.is_tls())
        };
        let read = |side: Side| {
            self.streams.of(side).mode == Mode::Tls && self.progress.last_record.of(side).is_some()
        };
        if tls(Side::Client)
            || tls(Side::Server)
            || read(Side::Client)
            || read(Side::Server)
            || self.facts.client_hello.is_some()
        {
            TlsMeant::Bytes
        } else if self
            .facts
            .prelude
            .as_ref()
            .is_some_and(|prelude| !prelude.protocol.is_proxy_header())
        {
            TlsMeant::Prelude
        } else {
            TlsMeant::Nothing
        }
    }

    /// Offsets of the transport count from behind the prelude from here on.
    fn behind_prelude(&mut self, tcp: &mut TcpFacts) {
        let from: Sides<u64> = self.progress.tls_from;
        for gap in &mut self.facts.gaps {
            gap.offset = gap.offset.saturating_sub(*from.of(gap.from));
        }
        for side in [Side::Client, Side::Server] {
            let base = *from.of(side);
            for value in [&mut tcp.bytes, &mut tcp.in_order, &mut tcp.acknowledged] {
                let slot = value.of_mut(side);
                *slot = slot.saturating_sub(base);
            }
            if let Some(unacknowledged) = tcp.unacknowledged.of_mut(side) {
                unacknowledged.offset = unacknowledged.offset.saturating_sub(base);
            }
            if let Some((offset, _)) = tcp.hole.of_mut(side) {
                *offset = offset.saturating_sub(base);
            }
            for fin in tcp.fins.iter_mut().filter(|fin| fin.from == side) {
                fin.offset = fin.offset.saturating_sub(base);
            }
            for reset in tcp.resets.iter_mut().filter(|reset| reset.from == side) {
                reset.offset = reset.offset.saturating_sub_unsigned(base);
            }
            let peer = side.peer();
            for fin in tcp.fins.iter_mut().filter(|fin| fin.from == peer) {
                fin.acknowledged = fin.acknowledged.saturating_sub(base);
            }
            for reset in tcp.resets.iter_mut().filter(|reset| reset.from == peer) {
                reset.acknowledged = reset.acknowledged.saturating_sub(base);
            }
        }
    }
}

impl HandshakeFacts {
    /// Whether the client's first bytes never arrived where this was captured, though later ones did.
    #[must_use]
    pub fn first_client_bytes_lost(&self) -> bool {
        self.tcp.hole.client.is_some_and(|(offset, _)| offset == 0)
    }

    /// Whether the first payload of `side` was seen and is not TLS.
    #[must_use]
    pub fn first_payload_is_other(&self, side: Side) -> bool {
        self.first_payload
            .of(side)
            .as_ref()
            .is_some_and(|first| !first.payload.is_tls())
    }
}
