//! What belongs in one ticket: failed flows with the same server, pattern and detail, and how they differ from completed ones.

mod advice;

mod build;
mod causes;
mod contrast;

mod group;
mod key;
mod logs;
mod policies;
mod prove;
mod quote;
mod remedy;
mod resets;
mod spread;

#[cfg(test)]
mod tests;
mod title;
mod why;
mod words;

pub use build::Built;
pub use build::Incidents;
pub use build::Known;
pub use build::Ticket;
pub use quote::shell_word;
pub use remedy::Act;
pub use remedy::Place;
pub use remedy::acts;
pub use remedy::settle;

use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::compare::Noise;
use crate::compare::Strength;
use crate::facts::WireText;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::pattern::Value;
use crate::pattern::Verdict;
use std::collections::BTreeMap;

/// One incident.
#[derive(Clone, Debug)]
pub struct Incident {
    /// From 1, largest first.
    pub id: u32,
    /// One line for people.
    pub title: String,
    /// Pattern id.
    pub pattern: &'static str,
    /// Why, surest first; what most of its flows show.
    pub causes: Vec<Claim>,
    /// The server that all its flows went to; the unspecified address where it stands for several (too many incidents).
    pub server: Endpoint,
    /// A name of the server that remedies may print: the one that fails, or one that was seen to work.
    pub name: Option<WireText>,
    /// Whether TLS begins with the first byte of its flows: no proxy, no STARTTLS before it.
    pub direct: bool,
    /// The values of `detail` that all its flows share (durations and counts left out).
    pub detail: Vec<(&'static str, Value)>,
    /// Failed flows in it.
    pub failed: u64,
    /// All judged flows (failed and completed) to that server.
    pub attempts: u64,
    /// Clients by failed flows.
    pub clients: Top,
    /// Names asked for by failed flows (`None`: no SNI).
    pub snis: Top,
    /// First and last failed flow.
    pub first: Timestamp,
    /// Start of the last failed flow.
    pub last: Timestamp,
    /// Whether it was over at the end of the capture: like flows completed after its last failure.
    pub over: bool,
    /// Failed and completed counts by attribute value.
    pub contrast: Vec<ContrastRow>,
    /// Since when it fails, or until when it did.
    pub change: Option<Change>,
    /// Attributes that do not differ between failed and completed flows of that server.
    pub alike: Vec<&'static str>,
    /// A few of its flows.
    pub examples: Vec<Example>,
    /// Facts that explain it, each with frames.
    pub why: Vec<Sentence>,
    /// What usual programs print.
    pub logs: Vec<String>,
    /// What it is not.
    pub not: Vec<String>,
    /// What to do about the best cause, if that is known well enough: who acts first stands first.
    pub act: Vec<Act>,
    /// What would decide the reason.
    pub settle: Vec<String>,
    /// Commands that show it again, with what they will show.
    pub prove: Vec<Proof>,
    /// Which of the policies asked for would take its hellos: a hypothesis, one sentence each.
    pub policies: Vec<String>,
}

impl Incident {
    /// The cause that is known well enough to act on: high or certain.
    #[must_use]
    pub fn known_cause(&self) -> Option<&'static str> {
        self.causes
            .first()
            .filter(|claim| claim.confidence >= Confidence::High)
            .map(|claim| claim.code)
    }
}

impl Incident {
    /// Where its causes are, for remedies.
    #[must_use]
    pub fn place(&self) -> Place<'_> {
        Place {
            server: self.server,
            name: self.name.as_ref(),
            arrived: self.pattern != "client-hello-not-delivered",
            direct: self.direct,
        }
    }

    /// The causes worth a line for people: two at most, of which a `low` one only if there is none better.
    #[must_use]
    pub fn shown_causes(&self) -> String {
        let best = self.causes.first().map(|claim| claim.confidence);
        let named = self
            .causes
            .iter()
            .filter(|claim| claim.code != "undetermined");
        let worth = named.filter(|claim| {
            claim.confidence >= Confidence::Medium || best == Some(Confidence::Low)
        });
        let texts: Vec<String> = worth
            .take(2)
            .map(|claim| format!("{} ({})", claim.code, claim.confidence.name()))
            .collect();
        texts.join(", ")
    }
}

/// Most frequent values.
#[derive(Clone, Debug, Default)]
pub struct Top {
    /// Distinct values; a lower bound where the table was full.
    pub count: u64,
    /// The most frequent, with their failed flows.
    pub top: Vec<(Option<WireText>, u64)>,
}

/// One row of the contrast.
#[derive(Clone, Debug)]
pub struct ContrastRow {
    /// `sni`, `version`, `client`, `server certificate`, ...
    pub attribute: &'static str,
    /// The value; `None`: absent (no SNI). A row that stands for several values has `others` set.
    pub value: Option<WireText>,
    /// How many values this row stands for, 1 for a plain row.
    pub others: u64,
    /// Failed flows of this incident with it.
    pub failed: u64,
    /// Completed flows of the same server with it.
    pub completed: u64,
    /// Failed flows of this incident without it.
    pub failed_otherwise: u64,
    /// Completed flows of the same server without it.
    pub completed_otherwise: u64,
    /// Chance of a contrast as strong of the whole attribute, retries left out; `None`: not judged.
    pub p_value: Option<f64>,
    /// What the whole attribute says.
    pub strength: Option<Strength>,
}

/// When something changed: failed flows and like completed ones (the same server and name) do not overlap in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// They completed before and fail since then; else they failed until then and complete since.
    pub began: bool,
    /// Start of the first failed flow where it `began`, of the last one where it ended.
    pub at: Timestamp,
    /// Failed flows, all on one side of it.
    pub failed: u64,
    /// Like completed flows, all on the other.
    pub completed: u64,
    /// What makes them alike: `with this name`, `without a name`, or, where no name was seen, `there`.
    pub like: &'static str,
    /// Chance that they part so by themselves, retries left out; by the order alone, not corrected.
    pub p_value: f64,
    /// What follows.
    pub strength: Strength,
    /// ServerHello of a completed flow, and the frame that decides a failed one.
    pub frames: Vec<FrameRef>,
}

/// A flow to look at.
#[derive(Clone, Debug)]
pub struct Example {
    /// Record id.
    pub id: String,
    /// Wireshark's stream, where it is sure.
    pub stream: Option<u32>,
    /// The frame that decides.
    pub frame: FrameRef,
}

/// A sentence and the frames that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The sentence, escaped, in the language of the run.
    pub text: String,
    /// Frames.
    pub frames: Vec<FrameRef>,
}

/// A command and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What it shows.
    pub text: String,
    /// The command, every word from the wire shell-quoted.
    pub command: String,
}

/// Everything a report needs.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The run.
    pub run: crate::facts::RunFacts,
    /// Handshake records by outcome name.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Failed ones by pattern.
    pub patterns: BTreeMap<&'static str, u64>,
    /// Completed handshakes that were never used.
    pub unused: u64,
    /// What is no failure but may look like one.
    pub noise: Noise,
    /// Unknown ones by reason.
    pub reasons: BTreeMap<&'static str, u64>,
    /// The incidents, largest first.
    pub incidents: Vec<Incident>,
    /// Failed flows that belong to no incident of two or more, if they are kept apart. 0 when every flow has one.
    pub alone: u64,
}

impl Report {
    /// Counts one handshake.
    pub(crate) fn count(&mut self, verdict: &Verdict) {
        *self.outcomes.entry(verdict.outcome.name()).or_default() += 1;
        self.unused += u64::from(verdict.unused);
        if let Some(finding) = &verdict.finding {
            *self.patterns.entry(finding.pattern).or_default() += 1;
        }
        if let Some(reason) = verdict.reason {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }
}
