//! The causes of an incident: what most of its specimens show.

use crate::cause;
use crate::cause::Context;
use crate::cause::Scene;
use crate::certificate::Roots;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::pattern::Diagnosis;

/// Causes named for one incident.
const MOST: usize = 3;

/// Claims that at least half of the specimens share, surest first, each as the first specimen with it states it. An incident is no surer than the
/// least sure of those.
pub(super) fn of(specimens: &[Diagnosis], context: &Context, roots: &Roots) -> Vec<Claim> {
    let mut sums: Vec<(Claim, usize)> = Vec::new();
    for specimen in specimens {
        let Some(scene) = Scene::new(specimen, context, roots) else {
            continue;
        };
        for claim in cause::judge(&scene) {
            match sums.iter_mut().find(|(known, _)| known.code == claim.code) {
                Some((known, flows)) => {
                    known.confidence = known.confidence.min(claim.confidence);
                    *flows += 1;
                }
                None => sums.push((claim, 1)),
            }
        }
    }
    sums.retain(|(_, flows)| 2 * flows >= specimens.len());
    for (claim, flows) in &mut sums {
        // Not of all: the incident has more than one reason.
        if *flows < specimens.len() {
            claim.confidence = claim.confidence.min(Confidence::Medium);
        }
    }
    sums.sort_by_key(|(claim, flows)| std::cmp::Reverse((claim.confidence, *flows)));
    sums.into_iter()
        .take(MOST)
        .map(|(claim, _)| claim)
        .collect()
}
