//! The outcome of one handshake, first that holds (definitions section 2).

use super::Decisive;
use super::Ended;
use super::Outcome;
use super::PATTERNS;
use super::Verdict;
use super::View;
use super::evidence::first_end;
use super::failed_after_handshake;
use super::unseen::closes_behind_unseen_bytes;
use super::unseen::missing_hello;
use super::unseen::missing_syn_ack;
use super::unseen::reason_word;
use super::unseen::unknown_reason;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Timestamp;
use crate::facts::GapReason;
use crate::facts::HandshakeFacts;
use crate::facts::PreludeState;

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
