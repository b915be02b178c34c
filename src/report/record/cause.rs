//! Causes and remedies as records.

use super::parts::FramesRecord;
use super::parts::SentenceRecord;
use crate::incident::Act;
use crate::incident::Place;
use crate::incident::acts;
use crate::incident::settle;
use crate::pattern::Claim;
use crate::pattern::Evidence;
use crate::report::escape::clean;
use schemars::JsonSchema;
use serde::Serialize;

/// An inferred cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CauseRecord {
    /// Its code.
    pub code: String,
    /// `certain`, `high`, `medium` or `low`.
    pub confidence: String,
    /// What speaks for it.
    pub evidence: Vec<SentenceRecord>,
    /// What speaks against it.
    pub against: Vec<SentenceRecord>,
    /// What would decide it. `null`: nothing is open.
    pub settle: Option<String>,
    /// What to do.
    pub remedy: Vec<RemedyRecord>,
}

impl CauseRecord {
    /// A claim with what to do about it, and what would decide it, at that place.
    pub(super) fn new(claim: &Claim, place: &Place<'_>) -> Self {
        let sentence = |evidence: &Evidence| SentenceRecord {
            seen: FramesRecord::from(&evidence.frames[..]),
            text: clean(&evidence.text),
        };
        Self {
            code: claim.code.to_owned(),
            confidence: claim.confidence.name().to_owned(),
            evidence: claim.evidence.iter().map(sentence).collect(),
            against: claim.against.iter().map(sentence).collect(),
            settle: settle(claim, place).map(|text| clean(&text)),
            remedy: acts(claim.code, place)
                .iter()
                .map(RemedyRecord::from)
                .collect(),
        }
    }
}

/// What somebody can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RemedyRecord {
    /// Who acts: `client`, `server`, `network`, ...
    pub who: String,
    /// The product it is for. `null`: any.
    pub product: Option<String>,
    /// What to do.
    pub text: String,
    /// The line to configure. `null`: none.
    pub config: Option<String>,
}

impl From<&Act> for RemedyRecord {
    fn from(act: &Act) -> Self {
        Self {
            who: act.who.to_owned(),
            product: act.product.map(str::to_owned),
            text: clean(&act.text),
            config: (!act.config.is_empty()).then(|| clean(&act.config.join("\n"))),
        }
    }
}
