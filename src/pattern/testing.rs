//! What the unit tests of the patterns share.

use super::Diagnosis;
use super::View;
use super::judge;
use crate::base::SECOND;
use crate::facts::HandshakeFacts;
use crate::facts::sample::Flow;

/// A flow, judged with the usual time-out, without any of the capture around it.
pub(crate) fn judged(facts: HandshakeFacts) -> Diagnosis {
    let verdict = judge(&View::new(&facts, 10 * SECOND, &[]));
    Diagnosis::new(Box::new(facts), verdict)
}

/// The pattern of a flow; `None` where it did not fail.
pub(super) fn pattern_of(flow: Flow) -> Option<&'static str> {
    judged(flow.facts())
        .verdict
        .finding
        .map(|finding| finding.pattern)
}
