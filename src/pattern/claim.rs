//! What may be inferred beyond a pattern: made by causes, carried by a diagnosis.

use super::Evidence;

/// How sure a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Possible, not more; below one in two.
    Low,
    /// More likely than not: one in two or more.
    Medium,
    /// Four in five or more: by a fact, or by two independent kinds of evidence.
    High,
    /// Nineteen in twenty or more: the wire says so.
    Certain,
}

impl Confidence {
    /// Its name in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Certain => "certain",
        }
    }
}

/// One cause, claimed for one handshake.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its code.
    pub code: &'static str,
    /// How sure it is.
    pub confidence: Confidence,
    /// What speaks for it, each with frames. Never empty.
    pub evidence: Vec<Evidence>,
    /// What speaks against it.
    pub against: Vec<Evidence>,
}

impl Claim {
    /// A claim with what speaks for it.
    #[must_use]
    pub fn new(code: &'static str, confidence: Confidence, evidence: Vec<Evidence>) -> Self {
        Self {
            code,
            confidence,
            evidence,
            against: Vec::new(),
        }
    }

    /// With what speaks against it.
    #[must_use]
    pub fn but(mut self, against: impl IntoIterator<Item = Evidence>) -> Self {
        self.against.extend(against);
        self
    }
}
