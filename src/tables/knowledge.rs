//! What is known about causes, remedies, alerts and error messages, for people: sentences, not numbers.
//!
//! Does: read the tables once and find rows. Does not: infer anything from a handshake. README.md in this folder says what each
//! column holds. Read [`Cause`] first.

use super::rows;
use std::sync::LazyLock;

/// A reason why a handshake fails, explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// Its code, kebab-case, never renamed: `sni-missing`.
    pub code: &'static str,
    /// One line, in plain words, without a full stop.
    pub title: &'static str,
    /// What it is.
    pub what: &'static str,
    /// How it looks in a capture.
    pub wire: &'static str,
    /// Its look-alikes, and how it is told from them.
    pub apart: &'static str,
    /// What to capture, try or read to decide it.
    pub settle: &'static str,
    /// Ids of the patterns it is seen as, the most usual first, separated by one blank.
    patterns: &'static str,
    /// RFC and section, or where else it comes from, separated by `; `.
    pub source: &'static str,
}

impl Cause {
    /// Ids of the patterns it is seen as, the most usual first.
    pub fn patterns(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.patterns.split(' ')
    }
}

/// What one side can do about a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// Code of the cause.
    pub cause: &'static str,
    /// Place among the remedies of that cause, from 1.
    pub order: u16,
    /// Who acts: `client`, `server` or `network`.
    pub who: &'static str,
    /// The program or service it is for; `any` for all.
    pub product: &'static str,
    /// What to do, one sentence.
    pub text: &'static str,
    /// The directive or command, with `\n` for a new line and placeholders such as `{name}`; empty where there is none.
    pub config: &'static str,
    /// What it rests on: a page of documentation, an RFC, or the program that accepted the directive.
    pub source: &'static str,
    /// The day on which that was looked at, `2026-11-21`; `None` where the source was not opened for this row.
    pub date: Option<&'static str>,
}

impl Remedy {
    /// The lines of the directive or command; none where there is none.
    pub fn config_lines(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.config.split("\\n").filter(|line| !line.is_empty())
    }
}

/// What an alert stands for when a certain side sends it at a certain time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertUse {
    /// The number of the alert.
    pub code: u8,
    /// Who sends it: `client`, `server` or `either`.
    pub from: &'static str,
    /// `before` or `after` the ServerHello, or `any`.
    pub when: &'static str,
    causes: &'static str,
    /// Which programs were seen to send it so; `None` where nothing was noted.
    pub seen: Option<&'static str>,
    /// RFC and section, or where else it comes from.
    pub source: &'static str,
}

impl AlertUse {
    /// Codes of the causes that fit, the likeliest first.
    pub fn causes(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.causes.split(' ')
    }
}

/// A message that a program prints, and what it means on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorText {
    /// The program or library; `any` where many print it.
    pub product: &'static str,
    /// The message; `...` and `::` stand for a few words that vary.
    pub message: &'static str,
    also: &'static str,
    /// Id of the pattern most likely behind it; `None` where it fits none or too many.
    pub pattern: Option<&'static str>,
    /// Code of the likeliest cause; `None` where it is no TLS failure.
    pub cause: Option<&'static str>,
    /// Whether the message was obtained from the program itself in the lab.
    pub reproduced: bool,
    /// What else is known about it.
    pub note: Option<&'static str>,
}

impl ErrorText {
    /// The message, then its other forms.
    pub fn forms(&self) -> impl Iterator<Item = &'static str> + use<> {
        let also = present(self.also).into_iter();
        std::iter::once(self.message).chain(also.flat_map(|also| also.split(" | ")))
    }
}

/// Every cause, in the order of the definitions.
#[must_use]
pub fn causes() -> &'static [Cause] {
    &CAUSES
}

/// The cause of that code. `None` if there is none.
#[must_use]
pub fn cause(code: &str) -> Option<&'static Cause> {
    CAUSES.iter().find(|cause| cause.code == code)
}

/// What can be done about the cause of that code, in the order of the table; empty if there is no such cause.
pub fn remedies(cause: &str) -> impl Iterator<Item = &'static Remedy> {
    REMEDIES.iter().filter(move |remedy| remedy.cause == cause)
}

/// What the alert of that number stands for; empty where nothing was noted.
pub fn alert_uses(code: u8) -> impl Iterator<Item = &'static AlertUse> {
    ALERT_USES.iter().filter(move |row| row.code == code)
}

/// Every error message that is known, in the order of the table.
#[must_use]
pub fn error_texts() -> &'static [ErrorText] {
    &ERROR_TEXTS
}

static CAUSES: LazyLock<Vec<Cause>> = LazyLock::new(|| read(CAUSES_FILE, cause_row));
static REMEDIES: LazyLock<Vec<Remedy>> = LazyLock::new(|| read(REMEDIES_FILE, remedy_row));
static ALERT_USES: LazyLock<Vec<AlertUse>> = LazyLock::new(|| read(ALERT_USES_FILE, alert_use_row));
static ERROR_TEXTS: LazyLock<Vec<ErrorText>> =
    LazyLock::new(|| read(ERROR_TEXTS_FILE, error_text_row));

const CAUSES_FILE: &str = include_str!("causes.tsv");
const REMEDIES_FILE: &str = include_str!("remedies.tsv");
const ALERT_USES_FILE: &str = include_str!("alert_causes.tsv");
const ERROR_TEXTS_FILE: &str = include_str!("errors.tsv");

/// Reads a table; a line that `row` cannot read is left out, and a test makes sure that there is none.
fn read<T>(text: &'static str, row: impl Fn(&[&'static str]) -> Option<T>) -> Vec<T> {
    rows(text).filter_map(|columns| row(&columns)).collect()
}

fn cause_row(columns: &[&'static str]) -> Option<Cause> {
    let &[code, title, what, wire, apart, settle, patterns, source] = columns else {
        return None;
    };
    Some(Cause {
        code,
        title,
        what,
        wire,
        apart,
        settle,
        patterns,
        source,
    })
}

fn remedy_row(columns: &[&'static str]) -> Option<Remedy> {
    let &[cause, order, who, product, text, config, source, date] = columns else {
        return None;
    };
    Some(Remedy {
        cause,
        order: order.parse().ok()?,
        who,
        product,
        text,
        config,
        source,
        date: present(date),
    })
}

fn alert_use_row(columns: &[&'static str]) -> Option<AlertUse> {
    let &[code, from, when, causes, seen, source] = columns else {
        return None;
    };
    Some(AlertUse {
        code: code.parse().ok()?,
        from,
        when,
        causes,
        seen: present(seen),
        source,
    })
}

fn error_text_row(columns: &[&'static str]) -> Option<ErrorText> {
    let &[product, message, also, pattern, cause, reproduced, note] = columns else {
        return None;
    };
    let reproduced = match reproduced {
        "yes" => true,
        "no" => false,
        _ => return None,
    };
    Some(ErrorText {
        product,
        message,
        also,
        pattern: present(pattern),
        cause: present(cause),
        reproduced,
        note: present(note),
    })
}

/// `-` is how the tables write that there is none.
fn present(column: &'static str) -> Option<&'static str> {
    (column != "-").then_some(column)
}

#[cfg(test)]
mod tests;
