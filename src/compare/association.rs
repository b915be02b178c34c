//! How well one attribute tells failed handshakes from completed ones, by counts.

use super::kin;
use super::statistics;
use crate::base::FrameRef;

/// Failed and completed handshakes that a clear separation needs at least, retries left out.
const FEW: u64 = 3;
/// Chance below which a contrast is taken for real.
const SIGNIFICANT: f64 = 0.05;

/// What the counts of one attribute say (definitions section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// No exception, but too few to exclude chance.
    Consistent,
    /// Not by chance, with exceptions.
    Associated,
    /// Not by chance, without exception.
    Separates,
}

impl Strength {
    /// Its name in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::Associated => "associated",
            Self::Separates => "separates",
        }
    }
}

/// One attribute of the failed flows of an incident, against the completed ones of the same server.
#[derive(Clone, Debug, PartialEq)]
pub struct Association {
    /// `sni`, `version`, `client`, `suites`, ...
    pub attribute: &'static str,
    /// Distinct values among the failed flows.
    pub values: u64,
    /// Failed flows with these values.
    pub failed: u64,
    /// Completed flows with these values.
    pub completed: u64,
    /// Completed flows with any other value.
    pub completed_otherwise: u64,
    /// Chance of a contrast as strong (Fisher's exact test, two-sided; Holm over all questions of the incident). Retries left out.
    pub p_value: f64,
    /// What follows. `None`: nothing.
    pub strength: Option<Strength>,
    /// ServerHello of a completed flow with such a value.
    pub like: Option<FrameRef>,
    /// ServerHello of a completed flow with another value.
    pub unlike: Option<FrameRef>,
}

/// Counts of one attribute, retries left out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Own {
    pub(crate) failed: u64,
    pub(crate) completed: u64,
    pub(crate) completed_otherwise: u64,
}

/// Judges all attributes of one incident together. `own`: the independent counts of each; `trivial`: whether its values
/// differ from flow to flow by themselves, so that they can separate nothing.
pub(crate) fn judge(associations: &mut [Association], own: &[Own], trivial: &[bool]) {
    let tested: Vec<bool> = associations
        .iter()
        .zip(trivial)
        .map(|(one, trivial)| !trivial && one.failed > 0 && one.completed_otherwise > 0)
        .collect();
    let raw: Vec<(&str, f64)> = associations
        .iter()
        .zip(own)
        .zip(&tested)
        .filter(|(_, tested)| **tested)
        .map(|((one, own), _)| {
            let (failed, completed) = (own.failed, own.completed);
            let p = statistics::fisher_two_sided(failed, completed, 0, own.completed_otherwise);
            (one.attribute, p)
        })
        .collect();
    for ((one, own), tested) in associations.iter_mut().zip(own).zip(tested) {
        one.p_value = if tested {
            corrected(one.attribute, &raw)
        } else {
            1.0
        };
        one.strength = tested.then(|| strength(one, *own)).flatten();
    }
}

/// Holm's correction of one attribute's chance. Attributes that follow from each other answer one question: each is held against
/// the best of every other question, so that what is only another view of the same costs nothing.
fn corrected(attribute: &str, raw: &[(&str, f64)]) -> f64 {
    let own = kin::question(attribute);
    let mut questions: Vec<(&str, f64)> = Vec::new();
    for (other, p) in raw {
        let question = kin::question(other);
        if question == own && *other != attribute {
            continue;
        }
        match questions.iter_mut().find(|(known, _)| *known == question) {
            Some((_, best)) => *best = best.min(*p),
            None => questions.push((question, *p)),
        }
    }
    let values: Vec<f64> = questions.iter().map(|(_, p)| *p).collect();
    let at = questions.iter().position(|(question, _)| *question == own);
    at.and_then(|at| statistics::holm(&values).get(at).copied())
        .unwrap_or(1.0)
}

fn strength(one: &Association, own: Own) -> Option<Strength> {
    let significant = one.p_value < SIGNIFICANT;
    match one.completed {
        0 if significant && own.failed >= FEW && own.completed_otherwise >= FEW => {
            Some(Strength::Separates)
        }
        0 => Some(Strength::Consistent),
        _ => significant.then_some(Strength::Associated),
    }
}

#[cfg(test)]
mod tests {
    use super::Association;
    use super::Own;
    use super::Strength;
    use super::judge;

    fn judged(failed: u64, completed: u64, otherwise: u64) -> Association {
        let one = Association {
            attribute: "sni",
            values: 1,
            failed,
            completed,
            completed_otherwise: otherwise,
            p_value: 1.0,
            strength: None,
            like: None,
            unlike: None,
        };
        let mut all = [one];
        judge(
            &mut all,
            &[Own {
                failed,
                completed,
                completed_otherwise: otherwise,
            }],
            &[false],
        );
        let [one] = all;
        one
    }

    #[test]
    fn no_exception_among_many_separates() {
        assert_eq!(judged(6, 0, 6).strength, Some(Strength::Separates));
    }

    #[test]
    fn a_minority_that_gets_through_is_associated() {
        assert_eq!(judged(176, 4, 512).strength, Some(Strength::Associated));
    }

    #[test]
    fn too_few_are_consistent_and_no_more() {
        assert_eq!(judged(2, 0, 3).strength, Some(Strength::Consistent));
        assert_eq!(judged(3, 0, 0).strength, None);
    }

    #[test]
    fn another_view_of_the_same_question_costs_nothing() {
        let raw = [("client", 0.02), ("client network", 0.01), ("sni", 0.03)];
        let of = |attribute| super::corrected(attribute, &raw);
        assert_eq!((of("client"), of("client network")), (0.04, 0.02));
        // Against the best view of the other question.
        assert_eq!(of("sni"), 0.03);
        let alone = super::corrected("client", &raw[..1]);
        assert_eq!(alone, 0.02);
    }

    #[test]
    fn alike_shares_say_nothing() {
        assert_eq!(judged(5, 5, 5).strength, None);
    }
}
