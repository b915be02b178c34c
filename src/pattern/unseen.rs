//! What the capture does not hold: why nothing can be told, and which verdicts a lost packet could have made.

use super::Decisive;
use super::Outcome;
use super::Verdict;
use super::View;
use super::client_hello_not_delivered;
use super::incomplete_client_hello;
use super::no_answer_to_client_hello;
use super::stalled_after_server_hello;
use super::syn_unanswered;
use crate::base::SECOND;
use crate::base::Side;
use crate::facts::ClientBy;
use crate::facts::FinFacts;
use crate::facts::GapReason;
use crate::facts::HandshakeFacts;
use crate::facts::Payload;
use crate::facts::ResetFacts;
use crate::facts::TcpFacts;
use crate::facts::Unacknowledged;

/// Why nothing can be told, if so.
pub(super) fn unknown_reason(view: &View<'_>) -> Option<&'static str> {
    let facts = view.facts;
    let is = |side: Side, wanted: fn(&Payload) -> bool| {
        facts
            .first_payload
            .of(side)
            .as_ref()
            .is_some_and(|first| wanted(&first.payload))
    };
    if is(Side::Server, |payload| matches!(payload, Payload::Sslv2)) {
        return Some("sslv2");
    }
    if is(Side::Client, |payload| matches!(payload, Payload::Tlcp))
        || is(Side::Server, |payload| matches!(payload, Payload::Tlcp))
    {
        return Some("tlcp");
    }
    let tcp = &facts.tcp;
    if tcp.mptcp_subflow {
        return Some("mptcp-subflow");
    }
    if tcp.syn.is_none() && facts.client_by != ClientBy::Syn && facts.client_hello.is_none() {
        return Some("began-before-capture");
    }
    if tcp.packets.server == 0 && tcp.acknowledges.client {
        return Some("server-not-captured");
    }
    if tcp.packets.client == 0 && tcp.acknowledges.server {
        return Some("client-not-captured");
    }
    if facts.completed.is_some() {
        None
    } else if answers_the_unseen(facts) {
        Some("began-before-capture")
    } else if first_request_missing(facts)
        && (facts.prelude.is_some()
            || is(Side::Server, |payload| {
                matches!(payload, Payload::Other { .. })
            }))
    {
        Some("missing-bytes")
    } else {
        missing_bytes(view).or_else(|| missing_retransmissions(view))
    }
}

/// Bytes that the client sent before its hello are not in the capture: what the server says may answer them (a proxy, STARTTLS).
fn first_request_missing(facts: &HandshakeFacts) -> bool {
    let hello = facts.client_hello.as_ref().map(|hello| hello.offset.0);
    facts.gaps.iter().any(|gap| {
        gap.from == Side::Client
            && gap.reason == GapReason::NotCaptured
            // Behind a prelude both count from its end.
            && hello.is_none_or(|hello| gap.offset <= hello)
    })
}

/// The capture began amid the connection, and the first that is seen of it is the server's and no TLS: it may answer a request to a
/// proxy, or STARTTLS, that came before.
fn answers_the_unseen(facts: &HandshakeFacts) -> bool {
    let tcp = &facts.tcp;
    if tcp.syn.is_some() || tcp.syn_ack.is_some() {
        return false;
    }
    let first = |side: Side| {
        facts
            .first_payload
            .of(side)
            .as_ref()
            .map(|first| first.mark.order)
    };
    let spoke_first = match (first(Side::Server), first(Side::Client)) {
        (Some(server), Some(client)) => server < client,
        (server, None) => server.is_some(),
        (None, Some(_)) => false,
    };
    spoke_first && facts.first_payload_is_other(Side::Server)
}

/// The numbers of a close prove that its side sent, or had got, bytes that are not in the capture: what they said may be why it
/// closed. Where a pattern holds only the client's own RST is believed, since a box that forges one guesses; `loosely`, where none
/// does, any sign will do.
pub(super) fn closes_behind_unseen_bytes(view: &View<'_>, loosely: bool) -> bool {
    let tcp = &view.facts.tcp;
    match view.decisive() {
        Some(Decisive::Fin(fin)) => Joint::of_fin(tcp, fin, !loosely).misses(),
        Some(Decisive::Reset(reset)) => {
            let joint = Joint::of_reset(tcp, reset, !loosely);
            // A box that forges one copies at least one of the two from what it saw.
            (joint.beyond && joint.behind)
                || ((loosely || reset.is_clients_own()) && joint.misses())
        }
        _ => false,
    }
}

/// How the numbers of a FIN or RST stand to the bytes that were seen.
struct Joint {
    /// It stands beyond the bytes of its side.
    beyond: bool,
    /// It acknowledges more than the other side sent.
    behind: bool,
}

impl Joint {
    /// `fins`: a FIN takes a number too, though it is no byte.
    fn of_fin(tcp: &TcpFacts, fin: &FinFacts, fins: bool) -> Self {
        Self {
            beyond: fin.offset > *tcp.bytes.of(fin.from),
            behind: fin.acknowledged > end_of(tcp, fin.from.peer(), fins),
        }
    }

    fn of_reset(tcp: &TcpFacts, reset: &ResetFacts, fins: bool) -> Self {
        let end = end_of(tcp, reset.from, fins);
        Self {
            beyond: u64::try_from(reset.offset).is_ok_and(|offset| offset > end),
            behind: reset.acknowledged > end_of(tcp, reset.from.peer(), fins),
        }
    }

    /// Something between it and what was seen is missing.
    fn misses(&self) -> bool {
        self.beyond || self.behind
    }
}

/// The number behind all that was seen of a side.
fn end_of(tcp: &TcpFacts, side: Side, fins: bool) -> u64 {
    tcp.bytes
        .of(side)
        .saturating_add(u64::from(fins && tcp.fin(side).is_some()))
}

/// Whether packets that the capture is known to have lost may have made another verdict of it: it seems not to have tried, something
/// did not come, or its packets do not join without a gap.
#[must_use]
pub fn hangs_on_what_is_missing(facts: &HandshakeFacts, verdict: &Verdict) -> bool {
    match verdict.outcome {
        Outcome::NoAttempt | Outcome::Abandoned => true,
        Outcome::Failed => concludes_from_absence(verdict) || !joins_without_gap(&facts.tcp),
        _ => false,
    }
}

/// Nobody ended it and nothing was sent again: it failed only because nothing more came.
#[must_use]
pub fn is_told_by_silence(facts: &HandshakeFacts, verdict: &Verdict) -> bool {
    let tcp = &facts.tcp;
    verdict.outcome == Outcome::Failed
        && verdict.is_silent()
        && tcp.established.is_some()
        && tcp.retransmissions.client == 0
        && tcp.retransmissions.server == 0
}

/// It failed since something did not come: a lost packet looks the same. What FINs, RSTs and alerts show, their numbers prove.
fn concludes_from_absence(verdict: &Verdict) -> bool {
    const ABSENCE: [&str; 5] = [
        syn_unanswered::PATTERN.id,
        incomplete_client_hello::PATTERN.id,
        client_hello_not_delivered::PATTERN.id,
        no_answer_to_client_hello::PATTERN.id,
        stalled_after_server_hello::PATTERN.id,
    ];
    let finding = verdict.finding.as_ref();
    verdict.is_silent() || finding.is_some_and(|finding| ABSENCE.contains(&finding.pattern))
}

/// Its packets prove that none is missing: both SYNs are there, every byte that was acknowledged, and every byte before a FIN or RST.
fn joins_without_gap(tcp: &TcpFacts) -> bool {
    let opened = tcp.syn.is_some() && tcp.syn_ack.is_some();
    let whole = tcp.missing_bytes.client == 0 && tcp.missing_bytes.server == 0;
    let mut fins = tcp.fins.iter().map(|fin| Joint::of_fin(tcp, fin, true));
    let mut resets = tcp
        .resets
        .iter()
        .map(|reset| Joint::of_reset(tcp, reset, true));
    opened && whole && !fins.any(|joint| joint.misses()) && !resets.any(|joint| joint.misses())
}

/// Bytes that decide are missing from the capture.
fn missing_bytes(view: &View<'_>) -> Option<&'static str> {
    let facts = view.facts;
    let has = |side: Side| {
        facts
            .gaps
            .iter()
            .find(|gap| gap.from == side)
            .map(|gap| reason_word(gap.reason))
    };
    let (client, server) = (has(Side::Client), has(Side::Server));
    if client.is_none() && server.is_none() {
        return None;
    }
    if let Some(Decisive::Alert(alert)) = view.decisive()
        && alert.code.is_some()
        && (view.has_server_hello() || server.is_none())
    {
        return None;
    }
    if server.is_some() {
        return server;
    }
    let server_decides = facts.first_payload_is_other(Side::Server)
        || view
            .decisive()
            .is_some_and(|event| !event.is_client_leaving());
    if view.has_server_hello() || !server_decides {
        client
    } else {
        None
    }
}

/// Payload that its receiver never acknowledged must be sent again while its sender lives (RFC 6298 section 5). Where nobody
/// ended the flow, the capture goes on for T, and not one retransmission came, packets of the sender are missing.
fn missing_retransmissions(view: &View<'_>) -> Option<&'static str> {
    let tcp = &view.facts.tcp;
    if view.decisive().is_some() {
        return None;
    }
    let lost = |sent: Option<Unacknowledged>, side: Side| {
        sent.is_some_and(|sent| {
            let last = tcp
                .last_packet
                .of(side)
                .is_none_or(|last| last.at <= sent.last.at.plus(SECOND));
            sent.transmissions == 1
                && tcp.hole.of(side).is_none()
                && last
                && view.to_end(sent.last.at) >= view.answer_timeout
        })
    };
    let missing = lost(tcp.unacknowledged.client, Side::Client)
        || lost(tcp.unacknowledged.server, Side::Server);
    missing.then_some("retransmissions-missing")
}

/// The server closed or spoke on a connection whose SYN-ACK is not in the capture, and no TLS was seen of the client.
pub(super) fn missing_syn_ack(view: &View<'_>) -> Option<&'static str> {
    let tcp = &view.facts.tcp;
    let reset = tcp.resets.iter().any(|reset| reset.from == Side::Server);
    let went_on = tcp.fin(Side::Server).is_some() || tcp.bytes.server > 0 || reset;
    if view
        .decisive()
        .is_some_and(|event| event.from() == Side::Client)
    {
        return None;
    }
    let missing = tcp.syn.is_some() && tcp.syn_ack.is_none() && went_on;
    (missing && !view.client_sent_tls() && !view.client_spoke()).then_some("syn-ack-not-captured")
}

/// What the client spoke was cut off or is not in the capture.
pub(super) fn missing_hello(facts: &HandshakeFacts) -> Option<&'static str> {
    let gap = facts.gaps.iter().find(|gap| gap.from == Side::Client)?;
    (facts.first_payload.client.is_none() && facts.client_hello.is_none())
        .then(|| reason_word(gap.reason))
}

pub(super) fn reason_word(reason: GapReason) -> &'static str {
    match reason {
        GapReason::NotCaptured => "missing-bytes",
        GapReason::Cut => "cut-by-snap-length",
        GapReason::Limit => "limit-reached",
    }
}
