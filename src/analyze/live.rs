//! A flow that is being followed.

use crate::base::Endpoint;
use crate::base::MILLISECOND;
use crate::base::Mark;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Timestamp;
use crate::decode::Path;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::ClientBy;
use crate::facts::HandshakeFacts;
use crate::facts::IcmpFacts;
use crate::flow::Connection;
use crate::flow::Limits;
use crate::track::Settled;
use crate::track::Tracker;

/// ICMP errors kept for one flow.
const ICMP: usize = 16;
/// Bytes after which a flow that began before the capture cannot be told more about.
const MIDSTREAM_ENOUGH: u64 = 128 * 1024;

/// A flow that is being followed.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) connection: Connection,
    pub(super) tracker: Tracker,
    last: Mark,
}

impl Live {
    pub(super) fn new(
        client: Endpoint,
        server: Endpoint,
        segment: &Segment<'_>,
        limits: &Limits,
    ) -> Self {
        let mut connection = Connection::default();
        let first = connection.mark(segment.frame, segment.at);
        Self {
            connection,
            tracker: Tracker::new(client, server, first, limits),
            last: first,
        }
    }

    /// Gives the flow its number.
    pub(super) fn number(&mut self, stream: u32, exact: bool, by: ClientBy) {
        let facts = self.tracker.facts_mut();
        facts.stream = stream;
        facts.stream_exact = exact;
        facts.client_by = by;
    }

    pub(super) fn segment(&mut self, segment: &Segment<'_>, side: Side, limits: &Limits) {
        if self.last.at <= segment.at {
            self.last = Mark {
                frame: segment.frame,
                at: segment.at,
                order: self.last.order,
            };
        }
        if self.connection.is_copy(segment, side) {
            return;
        }
        self.connection
            .segment(segment, side, limits, &mut self.tracker);
    }

    pub(super) fn icmp(&mut self, mut facts: IcmpFacts, at: Timestamp) {
        // Captured twice, as its flow's packets are.
        let again = self.connection.tcp.icmp.last().is_some_and(|last| {
            (last.kind, last.code, last.v6, last.mtu, last.about)
                == (facts.kind, facts.code, facts.v6, facts.mtu, facts.about)
                && at.since(last.mark.at) < MILLISECOND
        });
        if again {
            return;
        }
        if self.connection.tcp.icmp.len() < ICMP {
            facts.mark = self.connection.mark(facts.mark.frame, at);
            let what = crate::facts::What::Icmp {
                kind: facts.kind,
                code: facts.code,
            };
            let event = crate::facts::Event {
                mark: facts.mark,
                from: facts.about.peer(),
                what,
            };
            crate::flow::Witness::happened(&mut self.tracker, event);
            self.connection.tcp.icmp.push(facts);
        }
    }

    /// Both sides closed, or one reset and was not ignored.
    pub(super) fn is_closed(&self) -> bool {
        let tcp = &self.connection.tcp;
        tcp.fins.len() == 2 || tcp.resets.iter().any(|reset| !reset.ignored)
    }

    /// Both sides closed by FIN. (A RST may still prove to be ignored: contract 2.1.)
    pub(super) fn is_closed_in_order(&self) -> bool {
        let tcp = &self.connection.tcp;
        tcp.fins.len() == 2 && tcp.resets.is_empty()
    }

    /// Bytes were acknowledged that may still come late.
    fn misses_bytes(&self) -> bool {
        [Side::Client, Side::Server]
            .iter()
            .any(|side| self.connection.direction(*side).missing() > 0)
    }

    /// Only SYNs so far.
    pub(super) fn is_half_open(&self) -> bool {
        self.connection.tcp.established.is_none() && self.connection.tcp.syn.is_some()
    }

    /// Whether more packets could change the verdict, as of now.
    pub(super) fn settled(&self, now: Timestamp) -> Settled {
        let settled = self.tracker.settled();
        if settled != Settled::No && !self.misses_bytes() {
            return settled;
        }
        let facts = self.tracker.facts();
        if facts.completed.is_some() && self.is_closed_in_order() && !self.misses_bytes() {
            return Settled::Completed;
        }
        if let (Some(completed), Some(_)) = (facts.completed, facts.after.client_data) {
            let window = SECOND.max(self.connection.tcp.rtt.unwrap_or(0).saturating_mul(2));
            if now.since(completed.client_finished.at) > window && !self.is_closed() {
                return Settled::Completed;
            }
        }
        let bytes = self
            .connection
            .tcp
            .bytes
            .client
            .max(self.connection.tcp.bytes.server);
        let midstream = self.connection.tcp.syn.is_none() && facts.client_hello.is_none();
        if midstream && bytes > MIDSTREAM_ENOUGH {
            Settled::NotTls
        } else {
            Settled::No
        }
    }

    /// Data was sent and not acknowledged, and two retransmissions of it fell into `quiet` ns.
    pub(super) fn missed_retransmissions(&self, until: Timestamp, quiet: u64) -> Option<bool> {
        let tcp = &self.connection.tcp;
        let sent = tcp.unacknowledged.client.or(tcp.unacknowledged.server)?;
        if self.is_closed() || until.since(sent.last.at) > 5 * SECOND {
            return None;
        }
        let last_gap = sent.last.at.since(sent.first.at).max(SECOND);
        Some(quiet >= last_gap.saturating_mul(3))
    }

    /// The flow is over.
    pub(super) fn finish(mut self, quiet_to_end: u64, path: Path) -> HandshakeFacts {
        let tcp = self.connection.finish(&mut self.tracker);
        let mut facts = self.tracker.finish(tcp, self.last);
        facts.quiet_to_end = quiet_to_end;
        facts.encapsulation = path.words();
        facts
    }
}

/// Which end of a first packet is the client, and how that is known: by SYN, by a ClientHello or ServerHello, by ports.
pub(super) fn sender_side(segment: &Segment<'_>) -> (Side, ClientBy) {
    match (
        segment.flags & flags::SYN != 0,
        segment.flags & flags::ACK != 0,
    ) {
        (true, false) => return (Side::Client, ClientBy::Syn),
        (true, true) => return (Side::Server, ClientBy::Syn),
        _ => {}
    }
    match segment.payload {
        [0x16, 3, _, _, _, 1, ..] => return (Side::Client, ClientBy::ClientHello),
        [0x16, 3, _, _, _, 2, ..] => return (Side::Server, ClientBy::ClientHello),
        _ => {}
    }
    (
        side_by_ports(segment.src_port, segment.dst_port),
        ClientBy::Ports,
    )
}

/// The server's port is a well-known one, or the lower one.
fn side_by_ports(source: u16, destination: u16) -> Side {
    let known = |port: u16| matches!(port, 443 | 8443 | 465 | 636 | 853 | 993 | 995 | 5061);
    match (known(source), known(destination)) {
        (true, false) => Side::Server,
        (false, true) => Side::Client,
        _ if source < destination => Side::Server,
        _ => Side::Client,
    }
}
