//! Nothing on the wire tells why. What to capture or try next is what the pattern itself knows.

use super::Claim;
use super::Confidence;
use super::Scene;
use crate::pattern;

/// The code that says so.
pub(super) const CODE: &str = "undetermined";

/// The claim that nothing can be claimed, with what would settle it.
pub(super) fn claim(scene: &Scene<'_>) -> Claim {
    let known = pattern::pattern(scene.pattern());
    let settle = known
        .and_then(|pattern| pattern.help.settle.first())
        .copied();
    let mut evidence = scene.end();
    if evidence.is_empty() {
        evidence.push(scene.about_hello("the hello as sent"));
    }
    Claim::new(CODE, Confidence::Low, evidence).settled_by(
        settle.unwrap_or("The logs of both sides at that time, and a capture at the other end."),
    )
}
