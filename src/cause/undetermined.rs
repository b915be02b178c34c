//! Nothing on the wire tells why. What to capture or try next is what the pattern itself knows.

use super::Claim;
use super::Confidence;
use super::Scene;
use crate::texts::text;

/// The code that says so.
pub(super) const CODE: &str = "undetermined";

/// The claim that nothing can be claimed.
pub(super) fn claim(scene: &Scene<'_>) -> Claim {
    let mut evidence = scene.end();
    if evidence.is_empty() {
        evidence.push(scene.about_hello(text!("cause.hello-as-sent")));
    }
    Claim::new(CODE, Confidence::Low, evidence)
}
