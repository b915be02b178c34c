//! One language: its texts, in the order of the first one's, and how it counts.

use super::ENGLISH;
use super::check;
use super::check::Id;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::fmt::Write;

/// Which forms a text with a number has, in the order in which a file writes them, separated by ` | `.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plural {
    /// One form for 1, one for all else: English.
    OneAndOther,
    /// The same for all: Chinese.
    Same,
}

impl Plural {
    /// Forms of a text with a number.
    const fn forms(self) -> usize {
        match self {
            Self::OneAndOther => 2,
            Self::Same => 1,
        }
    }

    /// The place of the form for `n`.
    pub(super) const fn form(self, n: u64) -> usize {
        match self {
            Self::OneAndOther if n == 1 => 0,
            Self::OneAndOther => 1,
            Self::Same => 0,
        }
    }
}

/// All texts of one language.
#[derive(Clone, Debug)]
pub struct Language {
    /// What it is called in records: `en`, `zh`.
    code: &'static str,
    /// The forms of each text, in the order of the first language's file.
    texts: Vec<Vec<String>>,
    plural: Plural,
}

impl Language {
    pub(super) fn english() -> Self {
        let plural = Plural::OneAndOther;
        // The compiler has read this very file: there is nothing to find fault with.
        Self::read("en", ENGLISH, plural).unwrap_or(Self {
            code: "en",
            texts: Vec::new(),
            plural,
        })
    }

    /// Reads the file of the language `code`.
    ///
    /// # Errors
    ///
    /// One line for each key that is missing, unknown or doubled, and for each text with other placeholders than the first language's or another
    /// number of forms than `plural` has.
    pub fn read(code: &'static str, file: &str, plural: Plural) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let mut texts: Vec<Vec<String>> = vec![Vec::new(); check::ROWS.len()];
        let rows = file
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for row in rows {
            let (key, text) = row.split_once('\t').unwrap_or((row, ""));
            let place = check::ROWS.iter().position(|(known, _)| *known == key);
            let Some((slot, (_, first))) =
                place.and_then(|place| texts.get_mut(place).zip(check::ROWS.get(place)))
            else {
                faults.push(format!("{key}: no such key"));
                continue;
            };
            if !slot.is_empty() {
                faults.push(format!("{key}: stands there twice"));
                continue;
            }
            *slot = text.split(" | ").map(str::to_owned).collect();
            let wanted = if first.contains('|') {
                plural.forms()
            } else {
                1
            };
            if slot.len() != wanted {
                faults.push(format!("{key}: {} forms instead of {wanted}", slot.len()));
            }
            if placeholders(text) != placeholders(first) {
                faults.push(format!("{key}: other placeholders than `{first}`"));
            }
            if text.is_empty() || text.ends_with(char::is_whitespace) {
                faults.push(format!("{key}: empty, or ends in a blank"));
            }
        }
        let missing = texts
            .iter()
            .zip(&check::ROWS)
            .filter(|(text, _)| text.is_empty());
        faults.extend(missing.map(|(_, (key, _))| format!("{key}: missing")));
        if faults.is_empty() {
            Ok(Self {
                code,
                texts,
                plural,
            })
        } else {
            Err(faults)
        }
    }

    /// What it is called in records: `en`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// How it counts.
    #[must_use]
    pub fn plural(&self) -> Plural {
        self.plural
    }

    /// Whether a sentence was made from this text, in any form: the parts between its placeholders stand in it in order.
    pub(crate) fn is_from(&self, id: Id, sentence: &str) -> bool {
        let forms = self.texts.get(id.place());
        forms.is_some_and(|forms| forms.iter().any(|form| matches_form(form, sentence)))
    }

    /// One form of a text.
    pub(super) fn form(&self, id: Id, form: usize) -> &str {
        let forms = self.texts.get(id.place());
        forms
            .and_then(|forms| forms.get(form))
            .map_or("", String::as_str)
    }
}

/// The names that stand in braces in any of the forms.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let behind = text.split('{').skip(1);
    behind
        .map(|rest| rest.split_once('}').map_or(rest, |(name, _)| name))
        .collect()
}

fn matches_form(form: &str, sentence: &str) -> bool {
    let Some((first, mut behind)) = form.split_once('{') else {
        return form == sentence;
    };
    let Some(mut rest) = sentence.strip_prefix(first) else {
        return false;
    };
    while let Some((literal, next)) = behind
        .split_once('}')
        .and_then(|(_, literal)| literal.split_once('{'))
    {
        let Some((_, after)) = rest.split_once(literal) else {
            return false;
        };
        (rest, behind) = (after, next);
    }
    let last = behind.split_once('}').map_or("", |(_, last)| last);
    rest.ends_with(last)
}

/// `text` with its values put in, once: a value that looks like a placeholder stays as it is.
pub(super) fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, (name, behind))) = rest
        .split_once('{')
        .and_then(|(before, from)| Some((before, from.split_once('}')?)))
    {
        out.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            // Writing to a text cannot fail.
            let _ = write!(out, "{value}");
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
