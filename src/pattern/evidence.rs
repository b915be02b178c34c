//! Sentences and values that several patterns share.

use super::Decisive;
use super::Evidence;
use super::Value;
use super::View;
use super::view::duration;
use crate::base::Mark;
use crate::base::Side;
use crate::facts::AlertFacts;
use crate::facts::Payload;
use crate::facts::ResetFacts;
use crate::facts::What;
use crate::tables;
use crate::texts;
use crate::texts::text;

/// `code` and `level` of an alert, and `encrypted` where the pattern has it.
pub(super) fn alert_detail(alert: &AlertFacts, with_encrypted: bool) -> Vec<(&'static str, Value)> {
    let code = alert
        .code
        .map_or(Value::Null, |code| Value::Number(i64::from(code)));
    let mut detail = vec![
        ("code", code),
        (
            "level",
            alert
                .level
                .map_or(Value::Null, |level| Value::Word(level_name(level))),
        ),
    ];
    if with_encrypted {
        detail.push(("encrypted", Value::Bool(alert.encrypted)));
    }
    detail
}

/// `warning` or `fatal` (RFC 8446 section 6).
fn level_name(level: u8) -> &'static str {
    match level {
        1 => "warning",
        2 => "fatal",
        _ => "unknown",
    }
}

/// The sentence that shows an alert.
pub(super) fn alert_evidence(alert: &AlertFacts) -> Evidence {
    let from = texts::side(alert.from.name());
    let text = match (alert.code, alert.level) {
        (Some(code), Some(level)) => text!(
            "pattern.alert",
            from,
            alert = tables::alert_name(code),
            code,
            level = level_name(level)
        ),
        _ => text!("pattern.encrypted-alert", from, bytes = alert.record_length),
    };
    Evidence {
        frames: vec![alert.mark.frame],
        text,
    }
}

/// The sentence that shows the ServerHello.
pub(super) fn server_hello_evidence(view: &View<'_>) -> Option<Evidence> {
    let hello = view.facts.server_hello.as_ref()?;
    let text = text!(
        "pattern.server-hello",
        version = tables::version_name(hello.version),
        suite = tables::cipher_suite_name(hello.cipher_suite)
    );
    Some(Evidence {
        frames: hello.frames.clone(),
        text,
    })
}

/// The sentence that shows a RST: header values against those of its side's other packets.
pub(super) fn reset_evidence(view: &View<'_>, reset: &ResetFacts) -> Evidence {
    let others = view.facts.tcp.ttl.of(reset.from);
    let others = if others.is_empty() {
        String::new()
    } else {
        text!("pattern.reset-others", ttls = texts::joined(others))
    };
    let side = texts::side(reset.from.name());
    let ttl = reset.ttl;
    let text = match reset.delay.map(duration) {
        Some(delay) => {
            let peer = texts::side(reset.from.peer().name());
            text!("pattern.reset-after", side, delay, peer, ttl, others)
        }
        None => text!("pattern.reset", side, ttl, others),
    };
    Evidence {
        frames: vec![reset.mark.frame],
        text,
    }
}

/// The sentence that shows how the server answered, if it did.
pub(super) fn answer_evidence(view: &View<'_>) -> Option<Evidence> {
    if let Some(first) = &view.facts.first_payload.server {
        let text = match &first.payload {
            Payload::Other { text, .. } => text!("pattern.answer", text),
            _ => {
                return view
                    .alerts()
                    .find(|alert| alert.from == Side::Server)
                    .map(alert_evidence);
            }
        };
        return Some(Evidence {
            frames: vec![first.mark.frame],
            text,
        });
    }
    let close = view.decisive()?;
    let what = match close {
        Decisive::Fin(_) => text!("pattern.closes"),
        Decisive::Reset(_) => text!("pattern.resets"),
        Decisive::Alert(_) => text!("pattern.sends-alert"),
    };
    Some(Evidence {
        frames: vec![close.mark().frame],
        text: text!("pattern.end", side = texts::side(close.from().name()), what),
    })
}

/// The first FIN, RST or record of alert length of `side` after completion, and its kind.
pub(super) fn first_end(view: &View<'_>, side: Side) -> Option<(Mark, &'static str)> {
    let after = view.facts.completed?.client_finished.order;
    let alert = view
        .facts
        .after
        .alert_length
        .of(side)
        .map(|mark| (mark, "alert"));
    let plain = view
        .facts
        .alerts
        .iter()
        .find(|alert| alert.from == side && alert.mark.order > after)
        .map(|alert| (alert.mark, "alert"));
    let fin = view.facts.tcp.fin(side).map(|fin| (fin.mark, "fin"));
    let reset = view
        .resets()
        .find(|reset| reset.from == side)
        .map(|reset| (reset.mark, "rst"));
    let ends = [alert, plain, fin, reset].into_iter().flatten();
    ends.min_by_key(|(mark, _)| mark.order)
}

/// TLS 1.3: a record of the length of a Finished was seen of the server, or its whole flight in one record.
fn server_flight_is_whole(view: &View<'_>) -> bool {
    let lengths = || {
        view.facts
            .timeline
            .iter()
            .filter_map(|event| match event.what {
                What::Encrypted { kind: 23, length } => {
                    (event.from == Side::Server).then_some(length)
                }
                _ => None,
            })
    };
    lengths().any(|length| matches!(length, 45 | 53 | 61 | 69 | 85))
        || (lengths().count() == 1 && lengths().all(|length| length >= 59))
}

/// Which side is owed data behind the ServerHello.
pub(super) fn waiting(view: &View<'_>) -> Side {
    let facts = view.facts;
    if facts.tcp.hole.server.is_some()
        || facts
            .tcp
            .unacknowledged
            .server
            .is_some_and(|sent| sent.transmissions >= 2)
    {
        return Side::Client;
    }
    // The client's flight is sent again and again: it does not arrive.
    let again = facts
        .tcp
        .unacknowledged
        .client
        .is_some_and(|sent| sent.transmissions >= 2);
    if again && facts.server_hello.is_some() {
        return Side::Server;
    }
    let Some(hello) = &facts.server_hello else {
        return Side::Client;
    };
    let server = |wanted: fn(&What) -> bool| {
        facts
            .timeline
            .iter()
            .any(|event| event.from == Side::Server && wanted(&event.what))
    };
    let client_flight = facts.change_cipher_spec.client.is_some();
    let server_done = if hello.version >= 0x0304 {
        return if server_flight_is_whole(view) {
            Side::Server
        } else {
            Side::Client
        };
    } else {
        // server_hello_done, or the ChangeCipherSpec of an abbreviated handshake.
        server(|what| matches!(what, What::Handshake { kind: 14, .. }))
            || facts.change_cipher_spec.server.is_some()
    };
    if server_done && !client_flight {
        Side::Server
    } else {
        Side::Client
    }
}
