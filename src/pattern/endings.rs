//! What patterns of one shape share: an alert on either side of the ServerHello, and a close behind it.

use super::Decisive;
use super::Evidence;
use super::Finding;
use super::Value;
use super::View;
use super::evidence::alert_detail;
use super::evidence::alert_evidence;
use super::evidence::server_hello_evidence;
use crate::base::Side;

/// The finding `pattern`, if an alert A of `from` ended the handshake, behind the ServerHello (`after`) or before any.
pub(super) fn ended_by_alert(
    view: &View<'_>,
    pattern: &'static str,
    from: Side,
    after: bool,
) -> Option<Finding> {
    let Decisive::Alert(alert) = view.decisive()? else {
        return None;
    };
    let behind = view
        .server_hello()
        .is_some_and(|hello| hello.order < alert.mark.order);
    if alert.from != from || behind != after {
        return None;
    }
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    evidence.extend(server_hello_evidence(view).filter(|_| after));
    evidence.push(alert_evidence(alert));
    Some(Finding {
        pattern,
        detail: alert_detail(alert, after),
        evidence,
    })
}

/// The finding `pattern` of a FIN or RST behind the ServerHello (or behind server bytes beyond a hole), which `shown` shows.
pub(super) fn ended_by_close(
    view: &View<'_>,
    pattern: &'static str,
    close: Decisive<'_>,
    shown: Evidence,
) -> Option<Finding> {
    let reached = match view.server_hello() {
        Some(hello) => hello.order <= close.mark().order,
        None => view.server_bytes_beyond_hole().is_some(),
    };
    if !reached {
        return None;
    }
    let mut evidence: Vec<Evidence> = view.hello_evidence().into_iter().collect();
    evidence.extend(server_hello_evidence(view));
    evidence.push(shown);
    Some(Finding {
        pattern,
        detail: vec![
            ("from", Value::Word(close.from().name())),
            ("delay_ms", Value::Duration(view.silence_at(&close))),
        ],
        evidence,
    })
}
