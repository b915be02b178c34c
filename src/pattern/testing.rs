//! What the unit tests of the patterns share.

use super::View;
use super::judge;
use crate::base::SECOND;
use crate::facts::sample::Flow;

/// The pattern of a flow; `None` where it did not fail.
pub(super) fn pattern_of(flow: Flow) -> Option<&'static str> {
    let facts = flow.facts();
    judge(&View::new(&facts, 10 * SECOND, &[]))
        .finding
        .map(|finding| finding.pattern)
}
