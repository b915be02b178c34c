//! Causes and remedies as records.

use super::parts::SentenceRecord;
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
    /// A cause that the pattern alone makes certain: its evidence is what explains the incident.
    pub(super) fn certain(
        code: &str,
        evidence: &[SentenceRecord],
        remedy: &[RemedyRecord],
    ) -> Self {
        Self {
            code: code.to_owned(),
            confidence: "certain".to_owned(),
            evidence: evidence.to_vec(),
            against: Vec::new(),
            settle: None,
            remedy: remedy.to_vec(),
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

impl RemedyRecord {
    /// The record of a sentence that begins with who acts: `Server: ...`, or `Client, if it is nginx: ...`.
    pub(super) fn from_sentence(sentence: &str) -> Self {
        let sentence = clean(sentence);
        let end = sentence
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(sentence.len());
        let (who, rest) = sentence.split_at_checked(end).unwrap_or((&sentence, ""));
        let text = rest.strip_prefix(": ").unwrap_or(&sentence).to_owned();
        Self {
            who: who.to_lowercase(),
            product: None,
            text,
            config: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RemedyRecord;

    #[test]
    fn the_first_word_of_a_remedy_says_who_acts() {
        let remedy = RemedyRecord::from_sentence("Server: send the intermediate certificate.");
        assert_eq!(
            (remedy.who.as_str(), remedy.text.as_str()),
            ("server", "send the intermediate certificate.")
        );
        let remedy = RemedyRecord::from_sentence("Client, if it is nginx: set it.");
        assert_eq!(
            (remedy.who.as_str(), remedy.text.as_str()),
            ("client", "Client, if it is nginx: set it.")
        );
    }
}
