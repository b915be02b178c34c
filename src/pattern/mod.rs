//! WHAT went wrong: outcome and pattern of one handshake, decided mechanically from its facts (docs/definitions.md, sections 2 and 3).

mod endings;
mod evidence;
mod neighbours;
mod outcome;
mod relevance;
#[cfg(test)]
pub(crate) mod testing;
mod unseen;
mod view;

mod alert_without_server_hello;
mod claim;
mod client_alert_after_server_hello;
mod client_alert_before_server_hello;
mod client_hello_not_delivered;
mod close_after_client_hello;
mod close_after_server_hello;
mod closed_before_client_hello;
mod failed_after_handshake;
mod incomplete_client_hello;
mod no_answer_to_client_hello;
mod non_tls_answer;
mod non_tls_request;
mod reset_after_client_hello;
mod reset_after_server_hello;
mod server_alert_after_server_hello;
mod stalled_after_server_hello;
mod syn_refused;
mod syn_unanswered;
mod tunnel_refused;

pub use claim::Claim;
pub use claim::Confidence;

pub use neighbours::not_because;
pub use outcome::judge;
pub use relevance::Relevance;
pub use relevance::relevance;
pub use unseen::hangs_on_what_is_missing;
pub use unseen::is_told_by_silence;
pub use view::Decisive;
pub use view::View;

use crate::base::FrameRef;
use crate::base::Mark;
use crate::base::Side;
use crate::facts::HandshakeFacts;
use crate::facts::WireText;

/// Every pattern, in the order in which they are tried: the first that holds is the pattern of a failed flow.
pub const PATTERNS: &[&Pattern] = &[
    &tunnel_refused::PATTERN,
    &syn_refused::PATTERN,
    &syn_unanswered::PATTERN,
    &non_tls_request::PATTERN,
    &closed_before_client_hello::PATTERN,
    &non_tls_answer::PATTERN,
    &alert_without_server_hello::PATTERN,
    &client_alert_before_server_hello::PATTERN,
    &incomplete_client_hello::PATTERN,
    &client_hello_not_delivered::PATTERN,
    &reset_after_client_hello::PATTERN,
    &close_after_client_hello::PATTERN,
    &no_answer_to_client_hello::PATTERN,
    &client_alert_after_server_hello::PATTERN,
    &server_alert_after_server_hello::PATTERN,
    &stalled_after_server_hello::PATTERN,
    &reset_after_server_hello::PATTERN,
    &close_after_server_hello::PATTERN,
    &failed_after_handshake::PATTERN,
];

/// The pattern of that name.
#[must_use]
pub fn pattern(id: &str) -> Option<&'static Pattern> {
    PATTERNS.iter().copied().find(|pattern| pattern.id == id)
}

/// How a handshake ended, first that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The handshake completed and the server did not end it at once.
    Completed,
    /// It failed; there is a pattern.
    Failed,
    /// Nothing can be told, with a reason.
    Unknown,
    /// Nothing ended it before the capture did.
    Unfinished,
    /// The client left by itself before any ServerHello, quickly.
    Abandoned,
    /// No TLS was tried: half-open, health check, scanner, preconnect.
    NoAttempt,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] = [
        Self::Completed,
        Self::Failed,
        Self::Unknown,
        Self::Unfinished,
        Self::Abandoned,
        Self::NoAttempt,
    ];

    /// Its name in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Unfinished => "unfinished",
            Self::Abandoned => "abandoned",
            Self::NoAttempt => "no-attempt",
        }
    }
}

/// A pattern: an exact statement about one handshake that two people reading the frames agree on.
#[derive(Debug)]
pub struct Pattern {
    /// Its name: what is seen, kebab-case, equal to the file name with `-` for `_`.
    pub id: &'static str,
    /// For people: what is seen.
    pub help: Help,
    /// Whether it holds, and with which values. Called in order of `PATTERNS`, on failed handshakes only.
    pub check: fn(&View<'_>) -> Option<Finding>,
}

/// What a user reads about a pattern.
#[derive(Debug)]
pub struct Help {
    /// One line.
    pub title: &'static str,
    /// What it means and what it does not.
    pub explain: &'static str,
    /// What the usual programs print (nginx, OpenSSL, curl, browsers, Go, Java). Empty where unknown.
    pub logs: &'static [&'static str],
    /// What could decide the reason: what to capture or try. Empty where the pattern says all.
    pub settle: &'static [&'static str],
    /// RFC and section.
    pub sources: &'static [&'static str],
}

/// What a pattern found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The pattern's id.
    pub pattern: &'static str,
    /// The keys of `detail` in the order of the definitions.
    pub detail: Vec<(&'static str, Value)>,
    /// Frames that decide, with one sentence each.
    pub evidence: Vec<Evidence>,
}

/// One value of `detail`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Looked for and not there.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A count, a code or bytes.
    Number(i64),
    /// Nanoseconds, shown as milliseconds; its key ends in `_ms`.
    Duration(u64),
    /// One of a fixed set of words.
    Word(&'static str),
    /// Text from the wire.
    Text(WireText),
}

/// Frames that show something, and what they show.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Frames, in order.
    pub frames: Vec<FrameRef>,
    /// One sentence with the values seen, in the language of the run, already escaped.
    pub text: String,
}

/// The verdict on one handshake.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// Why nothing can be told, for `Unknown`: kebab-case word.
    pub reason: Option<&'static str>,
    /// The pattern, for `Failed`.
    pub finding: Option<Finding>,
    /// What was waited for when it ended: `SYN-ACK`, `ClientHello`, `ServerHello`, `Finished`, ... `None` when completed.
    pub awaiting: Option<&'static str>,
    /// What ended it: `alert`, `rst`, `fin`, `silence`, `icmp`, and where.
    pub ended: Option<Ended>,
    /// Completed, and the client left without sending data.
    pub unused: bool,
}

impl Verdict {
    /// Nobody ended it: nothing more came.
    fn is_silent(&self) -> bool {
        self.ended.is_none_or(|ended| ended.how == "silence")
    }
}

/// What ended a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// `alert`, `rst`, `fin`, `icmp`, `silence`, `refusal`.
    pub how: &'static str,
    /// Address in the packet, `None` for silence.
    pub from: Option<Side>,
    /// The frame, `None` for silence.
    pub mark: Option<Mark>,
}

/// One handshake, judged: what outputs receive.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// What was seen.
    pub facts: Box<HandshakeFacts>,
    /// What it means.
    pub verdict: Verdict,
    /// The incident it belongs to, from 1.
    pub incident: Option<u32>,
    /// Whether it was held until the comparison over all flows was done.
    pub compared: bool,
    /// Why it failed, surest first; empty until it is compared.
    pub causes: Vec<Claim>,
}

/// A Certificate message up to this many bytes is nothing unusual.
const USUAL_CHAIN: usize = 8 * 1024;

impl Diagnosis {
    /// A handshake that was judged; one that did not fail has nothing to be compared.
    #[must_use]
    pub fn new(facts: Box<HandshakeFacts>, verdict: Verdict) -> Self {
        Self {
            facts,
            compared: verdict.outcome != Outcome::Failed,
            verdict,
            incident: None,
            causes: Vec::new(),
        }
    }

    /// The capture lost packets then: nothing can be said.
    pub fn excuse(&mut self) {
        self.verdict.outcome = Outcome::Unknown;
        self.verdict.reason = Some("capture-lost-packets");
        self.verdict.finding = None;
        self.compared = true;
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let hello = self.facts.client_hello.as_ref().map_or(0, |hello| {
            512 + 2
                * (hello.cipher_suites.len()
                    + hello.extensions.len()
                    + hello.groups.len()
                    + hello.signature_algorithms.len())
        });
        let names = self.facts.server_names.iter();
        let names: usize = names.map(|name| 64 + name.name.bytes().len()).sum();
        // Flows that were sent the same share it; only what no usual server sends counts for each.
        let sent = self.facts.certificates.body().len();
        2048 + 56 * self.facts.timeline.len()
            + hello
            + names
            + 1024 * self.facts.certificates.len()
            + sent.saturating_sub(USUAL_CHAIN)
    }
}
