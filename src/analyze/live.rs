//! A flow that is being followed.

use crate::base::Endpoint;
use crate::base::MILLISECOND;
use crate::base::Mark;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Timestamp;
use crate::decode::Network;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::ClientBy;
use crate::facts::Event;
use crate::facts::HandshakeFacts;
use crate::facts::IcmpFacts;
use crate::facts::Payload;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::facts::What;
use crate::facts::anomalies;
use crate::flow::Connection;
use crate::flow::Limits;
use crate::flow::Witness;
use crate::track::Settled;
use crate::track::Tracker;

/// Subtypes of the MPTCP option (RFC 8684 section 8.1).
const MP_CAPABLE: u8 = 0;
const MP_JOIN: u8 = 1;
/// ICMP errors kept for one flow.
const ICMP: usize = 16;
/// Bytes after which a flow that began before the capture cannot be told more about.
const MIDSTREAM_ENOUGH: u64 = 128 * 1024;
/// The port on which Wireshark reads SOCKS.
const SOCKS: u16 = 1080;

/// Whether a segment is worth a closer look. Few are beside SYNs.
#[inline]
fn is_odd(segment: &Segment<'_>) -> bool {
    segment.flags & (flags::SYN | flags::URG) != 0
        || segment.window == 0
        || segment.options.mptcp.is_some()
}

/// A SYN of a client.
fn is_syn(segment: &Segment<'_>) -> bool {
    segment.flags & (flags::SYN | flags::ACK) == flags::SYN
}

/// A flow that is being followed.
#[derive(Debug)]
pub(super) struct Live {
    last: Mark,
    /// Who is the client was told by ports only.
    pub(super) guessed: bool,
    /// It began with anything but a SYN.
    midstream: bool,
    pub(super) connection: Connection,
    pub(super) tracker: Tracker,
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
            last: first,
            guessed: true,
            midstream: !is_syn(segment),
            connection,
            tracker: Tracker::new(client, server, first, limits),
        }
    }

    /// Follows another flow, whose first packet this is, as if it were new.
    pub(super) fn restart(&mut self, client: Endpoint, server: Endpoint, segment: &Segment<'_>) {
        self.connection.reset();
        let first = self.connection.mark(segment.frame, segment.at);
        self.tracker.restart(client, server, first);
        self.last = first;
        self.guessed = true;
        self.midstream = !is_syn(segment);
    }

    /// Gives back room that is not filled.
    pub(super) fn shrink(&mut self) {
        self.connection.shrink();
        self.tracker.shrink();
    }

    /// Gives the flow its number.
    pub(super) fn number(&mut self, stream: u32, exact: bool, by: ClientBy) {
        let facts = self.tracker.facts_mut();
        facts.stream = stream;
        facts.stream_exact = exact;
        self.told(by);
    }

    /// Notes how the client was told from the server.
    pub(super) fn told(&mut self, by: ClientBy) {
        self.tracker.facts_mut().client_by = by;
        self.guessed = by == ClientBy::Ports;
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
        if is_odd(segment) {
            self.note(segment, side);
        }
        self.connection
            .segment(segment, side, limits, &mut self.tracker);
    }

    /// What is odd about a segment, once for each side.
    #[cold]
    fn note(&mut self, segment: &Segment<'_>, side: Side) {
        let has = |flag: u8| segment.flags & flag != 0;
        let opens = has(flags::SYN) && !has(flags::ACK);
        let simultaneous = opens && side == Side::Server;
        let joins = has(flags::SYN) && segment.options.mptcp == Some(MP_JOIN);
        if simultaneous {
            // Who is the client in TLS, its ClientHello tells.
            self.told(ClientBy::Ports);
        }
        self.connection.tcp.mptcp_subflow |= joins;
        for (holds, what) in [
            (
                has(flags::SYN) && segment.payload_length > 0,
                anomalies::SYN_DATA,
            ),
            (simultaneous, anomalies::SIMULTANEOUS_OPEN),
            (has(flags::URG), anomalies::URGENT),
            // The window of a SYN is of no use yet, and that of a RST of none at all.
            (
                segment.window == 0 && !has(flags::SYN | flags::RST),
                anomalies::ZERO_WINDOW,
            ),
            (
                has(flags::SYN) && segment.options.mptcp == Some(MP_CAPABLE),
                anomalies::MPTCP,
            ),
            (joins, anomalies::MPTCP_SUBFLOW),
        ] {
            let facts = self.tracker.facts();
            let told = facts
                .anomalies
                .iter()
                .any(|known| known.what == what && known.from == side);
            if holds && !told {
                self.tracker.odd(segment.frame, side, what);
            }
        }
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
            let what = What::Icmp {
                kind: facts.kind,
                code: facts.code,
            };
            let event = Event {
                mark: facts.mark,
                from: facts.about.peer(),
                what,
            };
            self.tracker.happened(event);
            self.connection.tcp.icmp.push(facts);
        }
    }

    /// The end that is the client's.
    pub(super) fn client(&self) -> Endpoint {
        self.tracker.facts().client
    }

    /// Both sides closed, or one reset and was not ignored.
    pub(super) fn is_closed(&self) -> bool {
        let tcp = &self.connection.tcp;
        tcp.fins.len() == 2 || tcp.resets.iter().any(|reset| !reset.ignored)
    }

    /// Both sides closed by FIN. (A RST may still prove to be ignored: contract 2.1.)
    pub(super) fn is_closed_in_order(&self) -> bool {
        self.connection.ends_in_order()
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

    /// How long it may be quiet before it is judged.
    pub(super) fn patience(&self, limits: &Limits) -> u64 {
        let facts = self.tracker.facts();
        let waits = facts.client_hello.is_some() && facts.completed.is_none();
        if !waits || limits.unanswered >= limits.idle {
            return limits.idle;
        }
        let tcp = &self.connection.tcp;
        if facts.alerts.iter().any(|alert| alert.level == Some(2)) {
            return limits.reset_linger;
        }
        limits
            .unanswered
            .max(tcp.largest_rto.saturating_mul(3))
            .saturating_add(SECOND)
    }

    /// Whether more packets could change the verdict, as of now.
    pub(super) fn settled(&self, now: Timestamp) -> Settled {
        // Of a flow under way, as nearly all are, no more is looked at.
        if !self.tracker.may_be_settled() && !self.midstream && !self.connection.ends_in_order() {
            return Settled::No;
        }
        let settled = self.tracker.settled();
        if settled != Settled::No && !self.misses_bytes() {
            return settled;
        }
        let facts = self.tracker.facts();
        if self.is_closed_in_order() && !self.misses_bytes() {
            if facts.completed.is_some() {
                return Settled::Completed;
            }
            if talks_otherwise(facts) {
                return Settled::NotTls;
            }
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

    /// Wireshark's SOCKS dissector gives the connection inside a number of its own: later ones are shifted.
    pub(super) fn shifts_streams(&self) -> bool {
        let facts = self.tracker.facts();
        facts.server.port == SOCKS
            && facts.prelude.as_ref().is_some_and(|prelude| {
                prelude.chain().any(|prelude| {
                    matches!(
                        prelude.protocol,
                        PreludeProtocol::Socks4 | PreludeProtocol::Socks5
                    ) && prelude.state != PreludeState::Refused
                })
            })
    }

    /// The flow is over: gives its facts in exchange for others that are of no use any more.
    pub(super) fn finish(
        &mut self,
        quiet_to_end: u64,
        network: Network,
        spare: Box<HandshakeFacts>,
    ) -> Box<HandshakeFacts> {
        self.connection.finish(&mut self.tracker);
        let tcp = &mut self.connection.tcp;
        let mut facts = self.tracker.finish(tcp, self.last, spare);
        facts.quiet_to_end = quiet_to_end;
        facts.encapsulation = network.words();
        facts
    }
}

/// Both sides spoke something else, and the server did not complain of what it got (as web servers do of TLS, by a 4xx).
fn talks_otherwise(facts: &HandshakeFacts) -> bool {
    let complains = |payload: &Payload| {
        matches!(
            payload,
            Payload::Other {
                status: Some(400..=499),
                ..
            }
        )
    };
    let answer = facts.first_payload.server.as_ref();
    facts.prelude.is_none()
        && facts.first_payload_is_other(Side::Client)
        && facts.first_payload_is_other(Side::Server)
        && !answer.is_some_and(|first| complains(&first.payload))
}

#[cfg(test)]
mod tests {
    use super::Live;
    use crate::analyze::sample::Talk;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::base::Timestamp;
    use crate::flow::Limits;
    use crate::track::Settled;
    use crate::track::sample::client_hello;
    use crate::track::sample::sealed;
    use crate::track::sample::server_hello;

    /// The flow as it is after these packets, and the time of the last.
    fn live(talk: &Talk) -> (Live, Timestamp) {
        let limits = Limits::default();
        let first = &talk.packets[0];
        let mut live = Live::new(first.src, first.dst, &first.segment(1), &limits);
        for (number, packet) in (1..).zip(&talk.packets) {
            let side = if packet.src == first.src {
                Side::Client
            } else {
                Side::Server
            };
            live.segment(&packet.segment(number), side, &limits);
        }
        (live, talk.packets.last().unwrap().at)
    }

    fn finished() -> Talk {
        Talk::connected(1)
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0304, 0x1301))
            .send(Side::Server, &sealed(23, 900))
            .send(Side::Client, &sealed(23, 53))
    }

    fn settled(talk: &Talk) -> Settled {
        let (live, at) = live(talk);
        live.settled(at)
    }

    #[test]
    fn a_flow_is_half_open_until_the_client_acknowledges() {
        assert!(live(&Talk::new(1).syn().syn_ack()).0.is_half_open());
        assert!(!live(&Talk::connected(1)).0.is_half_open());
    }

    #[test]
    fn a_reset_closes_but_not_in_order() {
        let (reset, _) = live(&Talk::connected(1).reset(Side::Server));
        assert!(reset.is_closed() && !reset.is_closed_in_order());
        let (closed, _) = live(&Talk::connected(1).close(Side::Client));
        assert!(closed.is_closed() && closed.is_closed_in_order());
        let (half, _) = live(&Talk::connected(1).fin(Side::Client));
        assert!(!half.is_closed());
    }

    #[test]
    fn a_completed_flow_is_settled_once_both_sides_used_it() {
        assert_eq!(settled(&finished()), Settled::No);
        let asked = finished().send(Side::Client, &sealed(23, 300));
        assert_eq!(settled(&asked), Settled::No);
        let answered = asked.clone().send(Side::Server, &sealed(23, 300));
        assert_eq!(settled(&answered), Settled::Completed);
        let later = asked.wait(2 * SECOND).bare(Side::Server);
        assert_eq!(settled(&later), Settled::Completed);
    }

    #[test]
    fn much_of_a_flow_that_began_before_the_capture_is_enough() {
        let mut talk = Talk::new(1);
        for _ in 0..140 {
            talk = talk.send(Side::Client, &[0x5a; 1000]);
        }
        assert_eq!(settled(&talk), Settled::NotTls);
    }

    #[test]
    fn retransmissions_are_missed_after_three_times_the_last_gap() {
        let (waiting, at) = live(&Talk::connected(1).push(Side::Client, 16, &client_hello()));
        assert_eq!(waiting.missed_retransmissions(at, SECOND), Some(false));
        assert_eq!(waiting.missed_retransmissions(at, 3 * SECOND), Some(true));
        let (idle, at) = live(&Talk::connected(1).send(Side::Client, &client_hello()));
        assert_eq!(idle.missed_retransmissions(at, 3 * SECOND), None);
    }

    #[test]
    fn a_talk_of_something_else_is_settled_once_both_closed() {
        let talk = |answer: &[u8]| {
            Talk::connected(1)
                .send(Side::Client, b"GET / HTTP/1.1\r\n\r\n")
                .send(Side::Server, answer)
        };
        let open = talk(b"HTTP/1.1 200 OK\r\n\r\n");
        assert_eq!(settled(&open), Settled::No);
        assert_eq!(settled(&open.close(Side::Server)), Settled::NotTls);
        let complaint = talk(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        assert_eq!(settled(&complaint.close(Side::Server)), Settled::No);
    }
}
