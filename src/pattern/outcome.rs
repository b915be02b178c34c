//! The outcome of one handshake, first that holds (definitions section 2), and whether a flow is reported at all (2.1).

use super::Decisive;
use super::Ended;
use super::Outcome;
use super::PATTERNS;
use super::Verdict;
use super::View;
use super::evidence::first_end;
use super::failed_after_handshake;
use crate::base::Mark;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Timestamp;
use crate::facts::ClientBy;
use crate::facts::GapReason;
use crate::facts::HandshakeFacts;
use crate::facts::Payload;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::facts::TlsMeant;
use crate::facts::Unacknowledged;

/// Whether a flow gets a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relevance {
    /// TLS was meant, by this sign.
    Report(TlsMeant),
    /// Only if its server is known to speak TLS.
    IfKnownServer,
    /// Another protocol, at ease; or nothing shows that TLS was meant.
    NotTls,
}

/// Whether TLS was meant on a flow. `named_port`: the port was given with `--port`.
#[must_use]
pub fn relevance(facts: &HandshakeFacts, named_port: bool) -> Relevance {
    if facts.tcp.mptcp_subflow && facts.meant != TlsMeant::Bytes {
        return Relevance::NotTls;
    }
    match facts.meant {
        TlsMeant::Prelude if talks_plainly_in_tunnel(facts) || leads_elsewhere(facts) => {
            return Relevance::NotTls;
        }
        TlsMeant::Bytes | TlsMeant::Prelude => return Relevance::Report(facts.meant),
        _ if named_port => return Relevance::Report(TlsMeant::PortOption),
        _ => {}
    }
    if !ended_without_exchange(facts) {
        return Relevance::NotTls;
    }
    if matches!(facts.server.port, 443 | 8443) {
        Relevance::Report(TlsMeant::WellKnownPort)
    } else {
        Relevance::IfKnownServer
    }
}

/// A tunnel may carry anything: that it was asked for says nothing where both sides then speak another protocol.
fn talks_plainly_in_tunnel(facts: &HandshakeFacts) -> bool {
    facts.first_payload_is_other(Side::Client) && facts.first_payload_is_other(Side::Server)
}

/// A tunnel was opened to a port that is not known for TLS, and no byte of TLS went through it.
fn leads_elsewhere(facts: &HandshakeFacts) -> bool {
    const FOR_TLS: [u16; 12] = [
        443, 465, 563, 636, 853, 989, 990, 993, 995, 5061, 6697, 8443,
    ];
    let Some(prelude) = &facts.prelude else {
        return false;
    };
    let tunnel = matches!(
        prelude.protocol,
        PreludeProtocol::HttpConnect | PreludeProtocol::Socks4 | PreludeProtocol::Socks5
    );
    let is_tls = |side: Side| {
        let first = facts.first_payload.of(side).as_ref();
        first.is_some_and(|first| first.payload.is_tls())
    };
    let target = prelude.target.as_ref().map(ToString::to_string);
    let port = target
        .as_deref()
        .and_then(|target| target.rsplit_once(':'))
        .and_then(|(_, port)| port.parse::<u16>().ok());
    tunnel
        && prelude.state == PreludeState::Accepted
        && !is_tls(Side::Client)
        && !is_tls(Side::Server)
        && port.is_some_and(|port| !FOR_TLS.contains(&port))
}

/// A port is a sign only for flows that end without a real exchange (definitions section 1).
fn ended_without_exchange(facts: &HandshakeFacts) -> bool {
    let tcp = &facts.tcp;
    if tcp.syn.is_none() || (facts.prelude.is_some() && facts.first_payload.client.is_none()) {
        return false;
    }
    if tcp.syn_ack.is_none() || (tcp.bytes.client == 0 && tcp.bytes.server == 0) {
        return true;
    }
    let client_other = facts.first_payload_is_other(Side::Client);
    match facts
        .first_payload
        .server
        .as_ref()
        .map(|first| &first.payload)
    {
        None => {
            tcp.bytes.server == 0
                && (facts.first_client_bytes_lost()
                    || tcp.fin(Side::Server).is_some()
                    || tcp.resets.iter().any(|reset| !reset.is_clients_own()))
        }
        Some(Payload::Other {
            protocol: "http",
            status: Some(400..=499),
            ..
        }) => !client_went_on(facts),
        // A banner: the server speaks another protocol first, and the client says nothing to it. What it says may be missing.
        Some(Payload::Other { .. }) => !client_other && !client_went_on(facts),
        Some(_) => true,
    }
}

/// Whether the client sent more after the server's first answer: two sides at ease (a 401 that the next request satisfies).
fn client_went_on(facts: &HandshakeFacts) -> bool {
    let answered = facts
        .first_payload
        .server
        .as_ref()
        .map(|first| first.mark.order);
    let last = facts.tcp.last_payload.client.map(|mark| mark.order);
    answered
        .zip(last)
        .is_some_and(|(answered, last)| last > answered)
}

/// The verdict on one handshake.
#[must_use]
pub fn judge(view: &View<'_>) -> Verdict {
    let facts = view.facts;
    if let Some(reason) = unknown_reason(view) {
        return verdict(view, Outcome::Unknown, Some(reason));
    }
    if facts.completed.is_some() {
        let mut verdict = verdict(view, Outcome::Completed, None);
        if let Some(finding) = failed_after_handshake::check(view) {
            verdict.outcome = Outcome::Failed;
            verdict.finding = Some(finding);
            verdict.ended = first_end(view, Side::Server).map(|(mark, how)| Ended {
                how,
                from: Some(Side::Server),
                mark: Some(mark),
            });
        }
        verdict.unused = verdict.outcome == Outcome::Completed
            && facts.after.client_data.is_none()
            && !facts.tcp.fins.is_empty();
        return verdict;
    }
    if facts
        .prelude
        .as_ref()
        .is_none_or(|prelude| prelude.state != PreludeState::Refused)
    {
        if is_no_attempt(view) {
            return verdict(view, Outcome::NoAttempt, None);
        }
        if is_abandoned(view) {
            return verdict(view, Outcome::Abandoned, None);
        }
        if is_unfinished(view) {
            return verdict(view, Outcome::Unfinished, None);
        }
    }
    let mut verdict = verdict(view, Outcome::Failed, None);
    verdict.finding = PATTERNS.iter().find_map(|pattern| (pattern.check)(view));
    let told = verdict.finding.is_some();
    let unseen =
        closes_behind_unseen_bytes(view, !told).then(|| reason_word(GapReason::NotCaptured));
    if !told || unseen.is_some() {
        // The table is total (a test proves it); should it ever not be, this is the honest word.
        verdict.outcome = Outcome::Unknown;
        verdict.finding = None;
        verdict.reason = unseen
            .or_else(|| missing_syn_ack(view))
            .or_else(|| missing_hello(facts))
            .or(Some("no-pattern"));
    }
    verdict
}

fn verdict(view: &View<'_>, outcome: Outcome, reason: Option<&'static str>) -> Verdict {
    let done = outcome == Outcome::Completed;
    Verdict {
        outcome,
        reason,
        finding: None,
        awaiting: if done { None } else { Some(awaiting(view)) },
        ended: ended(view),
        unused: false,
    }
}

/// Why nothing can be told, if so.
fn unknown_reason(view: &View<'_>) -> Option<&'static str> {
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
fn closes_behind_unseen_bytes(view: &View<'_>, loosely: bool) -> bool {
    let tcp = &view.facts.tcp;
    // A FIN takes a number too, but is no byte.
    let fin = |side: Side| u64::from(!loosely && tcp.fin(side).is_some());
    let seen = |side: Side| *tcp.bytes.of(side) + fin(side);
    match view.decisive() {
        Some(Decisive::Fin(fin)) => {
            fin.offset > *tcp.bytes.of(fin.from) || fin.acknowledged > seen(fin.from.peer())
        }
        Some(Decisive::Reset(reset)) => {
            let beyond = u64::try_from(reset.offset).is_ok_and(|offset| offset > seen(reset.from));
            let behind = reset.acknowledged > seen(reset.from.peer());
            // A box that forges one copies at least one of the two from what it saw.
            (beyond && behind) || ((loosely || reset.is_clients_own()) && (beyond || behind))
        }
        _ => false,
    }
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
fn missing_syn_ack(view: &View<'_>) -> Option<&'static str> {
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
fn missing_hello(facts: &HandshakeFacts) -> Option<&'static str> {
    let gap = facts.gaps.iter().find(|gap| gap.from == Side::Client)?;
    (facts.first_payload.client.is_none() && facts.client_hello.is_none())
        .then(|| reason_word(gap.reason))
}

fn reason_word(reason: GapReason) -> &'static str {
    match reason {
        GapReason::NotCaptured => "missing-bytes",
        GapReason::Cut => "cut-by-snap-length",
        GapReason::Limit => "limit-reached",
    }
}

fn is_no_attempt(view: &View<'_>) -> bool {
    let facts = view.facts;
    let tcp = &facts.tcp;
    if view.client_spoke() {
        return false;
    }
    if tcp.syn_ack.is_some() && tcp.established.is_none() {
        return true;
    }
    let decisive = view.decisive();
    if let Some(event) = decisive.filter(|event| event.from() == Side::Client) {
        // Who asked for a tunnel and waited in vain did try.
        return !view.before_tls() || view.client_silence_at(&event) < view.patience;
    }
    let server_tls = facts
        .first_payload
        .server
        .as_ref()
        .is_some_and(|first| first.payload.is_tls());
    if (view.server_spoke() && !(server_tls && decisive.is_none())) || view.before_tls() {
        return false;
    }
    let Some(since) = silent_since(facts, decisive.map(|close| close.mark())) else {
        return false;
    };
    match decisive {
        Some(close) => view.between(since, close.mark().at) >= view.answer_timeout,
        None => view.to_end(since) >= view.answer_timeout,
    }
}

/// From when on the client could have spoken.
fn silent_since(facts: &HandshakeFacts, close: Option<Mark>) -> Option<Timestamp> {
    let accepted = facts.prelude.as_ref().and_then(|prelude| prelude.answered);
    // The packet that ends the TCP handshake may be missing, and a later one stand for it.
    let established = facts.tcp.established.map(|mark| match facts.tcp.syn_ack {
        Some(syn_ack) if close.is_some_and(|close| close.order < mark.order) => syn_ack,
        _ => mark,
    });
    accepted.or(established).map(|mark| mark.at)
}

fn is_abandoned(view: &View<'_>) -> bool {
    let facts = view.facts;
    if !view.client_sent_tls() || view.has_server_hello() {
        return false;
    }
    let Some(close) = view.decisive().filter(Decisive::is_client_leaving) else {
        return false;
    };
    let order = close.mark().order;
    let server_before = facts
        .first_payload
        .server
        .as_ref()
        .is_some_and(|first| first.mark.order < order)
        || facts.tcp.hole.server.is_some();
    !server_before && view.client_silence_at(&close) < view.patience
}

fn is_unfinished(view: &View<'_>) -> bool {
    let facts = view.facts;
    let tcp = &facts.tcp;
    if view.decisive().is_some()
        || tcp
            .icmp
            .iter()
            .any(|icmp| icmp.is_unreachable() && tcp.syn_ack.is_none())
    {
        return false;
    }
    let syn_ignored = tcp.syn_transmissions >= 3 && tcp.packets.server == 0;
    let hello_ignored = !view.server_spoke()
        && view.client_sent_tls()
        && tcp
            .unacknowledged
            .client
            .is_some_and(|sent| sent.transmissions >= 3);
    facts.quiet_to_end < view.answer_timeout && !facts.replaced && !syn_ignored && !hello_ignored
}

/// What was waited for.
fn awaiting(view: &View<'_>) -> &'static str {
    let facts = view.facts;
    if facts.tcp.syn.is_some() && facts.tcp.syn_ack.is_none() && facts.tcp.packets.server == 0 {
        return "SYN-ACK";
    }
    if facts.prelude.as_ref().is_some_and(|prelude| {
        prelude.state != PreludeState::Accepted && !prelude.protocol.is_proxy_header()
    }) {
        return "prelude answer";
    }
    if facts.server_hello.is_some() {
        return if facts.change_cipher_spec.server.is_some()
            && facts.change_cipher_spec.client.is_some()
        {
            "Finished"
        } else {
            "server flight or client Finished"
        };
    }
    match &facts.hello_retry {
        Some(retry) if retry.client_hello.is_none() => "second ClientHello",
        _ if facts
            .client_hello
            .as_ref()
            .is_some_and(|hello| hello.complete) =>
        {
            "ServerHello"
        }
        _ => "ClientHello",
    }
}

/// What ended the flow.
fn ended(view: &View<'_>) -> Option<Ended> {
    if let Some(prelude) = view
        .facts
        .prelude
        .as_ref()
        .filter(|prelude| prelude.state == PreludeState::Refused)
    {
        return Some(Ended {
            how: "refusal",
            from: Some(Side::Server),
            mark: prelude.answered,
        });
    }
    if let Some(event) = view.decisive() {
        let how = match event {
            Decisive::Alert(_) => "alert",
            Decisive::Fin(_) => "fin",
            Decisive::Reset(_) => "rst",
        };
        return Some(Ended {
            how,
            from: Some(event.from()),
            mark: Some(event.mark()),
        });
    }
    let tcp = &view.facts.tcp;
    if let Some(icmp) = tcp
        .icmp
        .iter()
        .find(|icmp| icmp.is_unreachable() && tcp.syn_ack.is_none())
    {
        return Some(Ended {
            how: "icmp",
            from: Some(icmp.about.peer()),
            mark: Some(icmp.mark),
        });
    }
    (view.facts.quiet_to_end >= view.answer_timeout).then_some(Ended {
        how: "silence",
        from: None,
        mark: None,
    })
}
