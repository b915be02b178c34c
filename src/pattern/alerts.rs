//! What the four alert patterns share: the alert that ended the handshake, whose it is, and on which side of the ServerHello.

use super::Decisive;
use super::Evidence;
use super::Finding;
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
