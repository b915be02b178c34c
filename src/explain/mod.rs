//! What tlscap knows without a capture: patterns, causes, alerts, cipher suites, and the error messages of programs.
//!
//! Does: find what words mean, the more exact meaning first, and gather what the tables and patterns say about it. Does not:
//! look at a capture, nor lay anything out; that is for `report::explanation`. Read first: [`lookup`], then `topics.rs`;
//! pasted log lines are matched in `message.rs`.

mod alert;
mod cause;
mod message;
mod near;
mod pattern;
mod policies;
mod suite;
mod words;

use crate::tables::Remedy;

/// What the words turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A pattern: what is seen.
    Pattern,
    /// A cause: why it happens.
    Cause,
    /// A TLS alert.
    Alert,
    /// A cipher suite.
    Suite,
    /// The policies that are built in.
    Policies,
    /// An error message of a program.
    Message,
}

impl Kind {
    /// Its name in the output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pattern => "pattern",
            Self::Cause => "cause",
            Self::Alert => "alert",
            Self::Suite => "suite",
            Self::Policies => "policies",
            Self::Message => "message",
        }
    }
}

/// A pattern or cause that is mentioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its id or code.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
}

/// All that is known about one thing. Sentences are English and our own; no list is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What it is a thing of.
    pub kind: Kind,
    /// Its name; `tlscap explain` with it leads here again.
    pub id: String,
    /// One line.
    pub title: String,
    /// What it is, one paragraph each.
    pub what: Vec<String>,
    /// How it looks in a capture.
    pub wire: Vec<String>,
    /// Patterns it is seen as.
    pub patterns: Vec<Mention>,
    /// Causes that fit, the likeliest first.
    pub causes: Vec<Mention>,
    /// How it, or what may be behind it, is told apart.
    pub apart: Vec<String>,
    /// What would decide it.
    pub settle: Vec<String>,
    /// What to do, in order.
    pub remedies: Vec<&'static Remedy>,
    /// Messages of programs that go with it.
    pub messages: Vec<String>,
    /// RFCs and pages.
    pub sources: Vec<String>,
    /// Words for `tlscap explain` that lead to things beside it.
    pub also: Vec<String>,
}

impl Explanation {
    fn new(kind: Kind, id: &str, title: &str) -> Self {
        Self {
            kind,
            id: id.to_owned(),
            title: title.to_owned(),
            what: Vec::new(),
            wire: Vec::new(),
            patterns: Vec::new(),
            causes: Vec::new(),
            apart: Vec::new(),
            settle: Vec::new(),
            remedies: Vec::new(),
            messages: Vec::new(),
            sources: Vec::new(),
            also: Vec::new(),
        }
    }
}

/// The words mean nothing that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Known names that are spelled alike or share words, the nearest first; may be empty.
    pub near: Vec<String>,
}

/// The longest text that is looked at, in bytes; what stands behind it is ignored.
pub const LONGEST: usize = 64 << 10;

/// What `words` mean. Names come before messages: a pattern, a cause, an alert (name or number), a cipher suite, `policies`,
/// then the error message with the longest part found in `words`, then messages of which `words` are a part.
///
/// # Errors
/// [`Unknown`] where none of these fits.
pub fn lookup(words: &str) -> Result<Explanation, Unknown> {
    let words = words::beginning(words.trim(), LONGEST);
    named(words)
        .or_else(|| named(&words::kebab(words)))
        .or_else(|| alert::in_words(words))
        .or_else(|| mentioned(words))
        .or_else(|| message::find(words))
        .or_else(|| alert::inside(words))
        .ok_or_else(|| Unknown {
            near: near::names(words),
        })
}

/// The thing of exactly that name.
fn named(name: &str) -> Option<Explanation> {
    pattern::page(name)
        .or_else(|| cause::page(name))
        .or_else(|| alert::page(name))
        .or_else(|| suite::page(name))
        .or_else(|| policies::page(name))
}

/// The first pattern or cause that is a word of a longer text, such as a line of a report.
fn mentioned(words: &str) -> Option<Explanation> {
    words
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| word.contains('-'))
        .find_map(|word| pattern::page(word).or_else(|| cause::page(word)))
}

#[cfg(test)]
mod tests;
