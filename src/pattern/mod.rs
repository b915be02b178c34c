//! WHAT went wrong: outcome and pattern of one handshake, decided mechanically from its facts (contract 2.2 and 2.3).

use crate::base::FrameRef;
use crate::base::Mark;
use crate::base::Side;
use crate::facts::HandshakeFacts;
use crate::facts::WireText;

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

/// Facts plus the derived times the definitions speak of.
#[derive(Debug)]
pub struct View<'a> {
    /// The facts.
    pub facts: &'a HandshakeFacts,
    /// T: the answer timeout, at least three times the largest retransmission time-out seen, ns.
    pub answer_timeout: u64,
    /// t: max(1 s, 3 RTT), ns.
    pub patience: u64,
}

/// What a pattern found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The pattern's id.
    pub pattern: &'static str,
    /// The keys of `detail` in the contract's order.
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
    /// One sentence with the values seen, English, already escaped.
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
    pub facts: HandshakeFacts,
    /// What it means.
    pub verdict: Verdict,
    /// The incident it belongs to, from 1.
    pub incident: Option<u32>,
    /// Whether it was held until the comparison over all flows was done.
    pub compared: bool,
}
