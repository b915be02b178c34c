//! An error message of a program, found in a pasted log line.
//!
//! The row with the longest part in the text wins: `wrong version number` stands in many messages, and the one that says more
//! knows more. Where no row is in the text, the text may itself be a part of a row.

use super::Explanation;
use super::Kind;
use super::words;
use super::words::Token;
use crate::tables;
use crate::tables::ErrorText;

/// Words that may stand where a message has `...` or `::`.
const GAP: usize = 12;
/// Forms from this length on are also found where a line break cuts a word: shorter ones would be found inside other words.
const LONG: usize = 16;
/// A part of a message shorter than this says too little.
const SHORT: usize = 4;
/// How many other messages are named.
const OTHERS: usize = 4;

/// The page of the message in the text.
pub(super) fn find(text: &str) -> Option<Explanation> {
    let tokens = words::tokens(text);
    let found = inside(&tokens);
    if let Some((first, others)) = found.split_first() {
        let others = others.iter().filter(|other| !first.covers(other));
        return Some(page(first.row, others.map(|other| other.row)));
    }
    let rows = around(&tokens);
    let (first, others) = rows.split_first()?;
    Some(page(first, others.iter().copied()))
}

/// A message that stands in the text.
struct Hit {
    row: &'static ErrorText,
    /// Where, in the text without anything between its words.
    from: usize,
    to: usize,
    /// Letters and digits of the form that was found.
    length: usize,
    /// Whether the text names the product.
    named: bool,
}

impl Hit {
    /// Whether the other one is only a part of what was found here.
    fn covers(&self, other: &Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

/// Messages in the text, the longest first.
fn inside(tokens: &[Token]) -> Vec<Hit> {
    let squeezed = words::squeezed(tokens);
    let mut hits: Vec<Hit> = tables::error_texts()
        .iter()
        .filter_map(|row| {
            let best = row
                .forms()
                .filter_map(|form| find_form(form, tokens, &squeezed))
                .max_by_key(|(_, _, length)| *length)?;
            let (from, to, length) = best;
            let product = words::tokens(row.product);
            let named = product
                .first()
                .is_some_and(|name| tokens.iter().any(|token| token.text == name.text));
            Some(Hit {
                row,
                from,
                to,
                length,
                named,
            })
        })
        .collect();
    // Stable: the order of the table decides among equals.
    hits.sort_by_key(|hit| {
        (
            std::cmp::Reverse(hit.length),
            !hit.named,
            !hit.row.reproduced,
        )
    });
    hits
}

/// Where a form stands in the text, and its length.
fn find_form(form: &str, tokens: &[Token], squeezed: &str) -> Option<(usize, usize, usize)> {
    let parts = parts(form);
    let length = parts.iter().flatten().map(|word| word.len()).sum();
    let starts = 0..tokens.len();
    let by_words = starts
        .filter_map(|start| follow(&parts, tokens, start))
        .next();
    let (from, to) = by_words.or_else(|| {
        let whole: String = parts.iter().flatten().map(String::as_str).collect();
        let is_whole = parts.len() == 1 && whole.len() >= LONG;
        let at = is_whole.then(|| squeezed.find(&whole)).flatten()?;
        Some((at, at + whole.len()))
    })?;
    Some((from, to, length))
}

/// The words of a form, in parts between which others may stand.
fn parts(form: &str) -> Vec<Vec<String>> {
    form.replace("::", "...")
        .split("...")
        .map(|part| {
            words::tokens(part)
                .into_iter()
                .map(|token| token.text)
                .collect()
        })
        .filter(|part: &Vec<String>| !part.is_empty())
        .collect()
}

/// Where the parts stand from `start` on, with no more than a gap between them.
fn follow(parts: &[Vec<String>], tokens: &[Token], start: usize) -> Option<(usize, usize)> {
    let mut at = start;
    for (index, part) in parts.iter().enumerate() {
        let gap = if index == 0 { 0 } else { GAP };
        let found = (at..=at + gap).find(|place| is_at(part, tokens, *place))?;
        at = found + part.len();
    }
    let first = tokens.get(start)?;
    let last = tokens.get(at.checked_sub(1)?)?;
    Some((first.at, last.end()))
}

fn is_at(part: &[String], tokens: &[Token], place: usize) -> bool {
    let there = tokens.get(place..place + part.len());
    there.is_some_and(|there| {
        there
            .iter()
            .zip(part)
            .all(|(token, word)| token.text == *word)
    })
}

/// Messages of which the text is a part, the shortest first.
fn around(tokens: &[Token]) -> Vec<&'static ErrorText> {
    let wanted: Vec<String> = tokens.iter().map(|token| token.text.clone()).collect();
    if words::squeezed(tokens).len() < SHORT {
        return Vec::new();
    }
    let mut found: Vec<(usize, &'static ErrorText)> = tables::error_texts()
        .iter()
        .filter_map(|row| {
            let shortest = row
                .forms()
                .filter(|form| {
                    let words = words::tokens(form);
                    (0..words.len()).any(|place| is_at(&wanted, &words, place))
                })
                .map(str::len)
                .min()?;
            Some((shortest, row))
        })
        .collect();
    found.sort_by_key(|(length, row)| (*length, !row.reproduced));
    found.into_iter().map(|(_, row)| row).collect()
}

fn page(row: &'static ErrorText, others: impl Iterator<Item = &'static ErrorText>) -> Explanation {
    let mut page = Explanation::new(Kind::Message, row.message, row.message);
    page.what.push(origin(row));
    page.what.extend(row.note.map(str::to_owned));
    let pattern = row.pattern.and_then(crate::pattern::pattern);
    if let Some(pattern) = pattern {
        page.patterns.extend(super::pattern::mention(pattern.id));
        page.wire.push(pattern.help.explain.to_owned());
        page.settle
            .extend(pattern.help.settle.iter().map(|text| (*text).to_owned()));
        page.sources
            .extend(pattern.help.sources.iter().map(|text| (*text).to_owned()));
    }
    let likely = row.cause.and_then(tables::cause);
    if let Some(cause) = likely {
        page.causes.push(super::cause::mention(cause));
        page.apart
            .push(format!("Looks like {}. {}", cause.code, cause.apart));
        page.settle.push(cause.settle.to_owned());
        page.remedies = tables::remedies(cause.code).collect();
        for source in super::cause::sources(cause.source) {
            if !page.sources.contains(&source) {
                page.sources.push(source);
            }
        }
    }
    let fitting = pattern.map(super::pattern::causes).unwrap_or_default();
    page.causes.extend(
        fitting
            .into_iter()
            .filter(|cause| Some(*cause) != likely)
            .map(super::cause::mention),
    );
    for other in others {
        let message = super::cause::printed(other);
        if page.messages.len() < OTHERS && !page.messages.contains(&message) {
            page.messages.push(message);
        }
    }
    page
}

fn origin(row: &ErrorText) -> String {
    let by = match row.product {
        "any" => "Many programs print this.".to_owned(),
        product => format!("A message of {product}."),
    };
    if row.reproduced {
        format!("{by} It was obtained from the program itself.")
    } else {
        format!("{by} Not reproduced by us: from its source, its documentation or experience.")
    }
}
