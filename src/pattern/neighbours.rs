//! Why a flow is not what it could be mistaken for: one sentence for each look-alike.

use super::PATTERNS;
use crate::base::Side;
use crate::facts::HandshakeFacts;
use crate::texts::counted;
use crate::texts::text;

/// A fact that rules a pattern out, if it does.
type Rule = (&'static str, fn(&HandshakeFacts) -> Option<String>);

/// What rules the look-alikes out.
const RULES: &[Rule] = &[
    ("syn-unanswered", |facts| {
        facts
            .tcp
            .syn_ack
            .map(|mark| text!("not-because.syn-answered", frame = mark.frame))
    }),
    ("non-tls-request", |facts| {
        let first = facts
            .first_payload
            .client
            .as_ref()
            .filter(|first| first.payload.is_tls())?;
        Some(text!("not-because.client-tls", frame = first.mark.frame))
    }),
    ("closed-before-client-hello", |facts| {
        let hello = facts.client_hello.as_ref()?;
        let acknowledged = facts.tcp.acknowledged.client;
        (acknowledged > 0).then(|| {
            counted!(
                "not-because.acknowledged",
                acknowledged,
                frame = hello.last.frame
            )
        })
    }),
    ("non-tls-answer", |facts| {
        match facts.first_payload.server.as_ref() {
            Some(first) if first.payload.is_tls() => {
                Some(text!("not-because.server-tls", frame = first.mark.frame))
            }
            None => Some(text!("not-because.no-byte").to_owned()),
            Some(_) => None,
        }
    }),
    ("alert-without-server-hello", |facts| {
        let none = !facts.alerts.iter().any(|alert| alert.from == Side::Server);
        none.then(|| text!("not-because.no-alert").to_owned())
    }),
    ("client-hello-not-delivered", |facts| {
        let hello = facts.current_hello()?;
        let (_, end) = hello.offset;
        (facts.tcp.acknowledged.client >= end)
            .then(|| text!("not-because.all-acknowledged").to_owned())
    }),
    ("reset-after-client-hello", |facts| {
        let early = facts
            .tcp
            .resets
            .iter()
            .any(|reset| reset.from == Side::Server && !reset.ignored);
        if !early {
            return Some(text!("not-because.no-rst").to_owned());
        }
        let hello = facts.server_hello.as_ref()?;
        Some(text!(
            "not-because.server-hello-first",
            frame = hello.mark.frame
        ))
    }),
    ("close-after-client-hello", |facts| {
        match facts.tcp.fin(Side::Server) {
            None => Some(text!("not-because.no-fin").to_owned()),
            Some(_) => None,
        }
    }),
    ("no-answer-to-client-hello", |facts| {
        facts
            .server_hello
            .as_ref()
            .map(|hello| text!("not-because.server-hello", frame = hello.mark.frame))
    }),
    ("stalled-after-server-hello", |facts| {
        facts
            .server_hello
            .is_none()
            .then(|| text!("not-because.no-server-hello").to_owned())
    }),
    ("reset-after-server-hello", |facts| {
        facts
            .server_hello
            .is_none()
            .then(|| text!("not-because.no-server-hello").to_owned())
    }),
    ("failed-after-handshake", |facts| {
        facts
            .completed
            .is_none()
            .then(|| text!("not-because.not-complete").to_owned())
    }),
];

/// The sentences for the patterns around the one at `place` in [`PATTERNS`].
#[must_use]
pub fn not_because(facts: &HandshakeFacts, place: usize) -> Vec<(&'static str, String)> {
    let around = place.saturating_sub(4)..=place.saturating_add(4);
    PATTERNS
        .iter()
        .enumerate()
        .filter(|(index, _)| around.contains(index) && *index != place)
        .filter_map(|(_, pattern)| {
            let (_, rule) = RULES.iter().find(|(id, _)| *id == pattern.id)?;
            Some((pattern.id, rule(facts)?))
        })
        .collect()
}
