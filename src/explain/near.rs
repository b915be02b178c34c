//! Names that are spelled like an unknown one, or share words with it.

use super::words;
use crate::pattern::PATTERNS;
use crate::policy;
use crate::tables;
use std::collections::BTreeSet;

/// How many are given.
const NAMES: usize = 6;
/// Longer words are compared by their parts only: nobody mistypes a whole line.
const LONGEST: usize = 64;

/// The nearest names; messages only where they share two words or more.
pub(super) fn names(text: &str) -> Vec<String> {
    let wanted = words::kebab(words::beginning(text, LONGEST));
    let shared = parts(text);
    let mut ranked: Vec<(usize, usize, String)> = Vec::new();
    for name in known() {
        let written = words::kebab(name);
        let distance = distance(&wanted, &written);
        let common = parts(name).intersection(&shared).count();
        if distance <= (wanted.chars().count() / 3).clamp(1, 6) {
            ranked.push((0, distance, name.to_owned()));
        } else if common > 0 {
            ranked.push((2, usize::MAX - common, name.to_owned()));
        }
    }
    for row in tables::error_texts() {
        let common = parts(row.message).intersection(&shared).count();
        if common > 1 {
            ranked.push((1, usize::MAX - common, row.message.to_owned()));
        }
    }
    ranked.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    let mut names: Vec<String> = Vec::new();
    for (_, _, name) in ranked {
        if names.len() < NAMES && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Every name that leads to a page; of suites IANA's and OpenSSL's.
fn known() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = PATTERNS.iter().map(|pattern| pattern.id).collect();
    names.extend(tables::causes().iter().map(|cause| cause.code));
    names.extend(tables::alerts().map(|alert| alert.name));
    names.extend(policy::all().iter().map(|policy| policy.name.as_str()));
    for suite in tables::cipher_suites() {
        names.push(suite.name);
        names.extend(tables::openssl_name(suite.code));
    }
    names
}

/// The words of a text that say something: three letters or more.
fn parts(text: &str) -> BTreeSet<String> {
    let tokens = words::tokens(words::beginning(text, super::LONGEST));
    let texts = tokens.into_iter().map(|token| token.text);
    texts
        .filter(|word| {
            word.len() > 2 && !["the", "for", "tls", "ssl", "with"].contains(&word.as_str())
        })
        .collect()
}

/// Letters to insert, remove or change to make one out of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, x) in a.chars().enumerate() {
        let mut before = line;
        let mut left = line + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = before + usize::from(x != *y);
            before = *cell;
            left = changed.min(left + 1).min(before + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_book() {
        for (a, b, expected) in [
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("abc", "", 3),
            ("same", "same", 0),
            ("flaw", "lawn", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn a_slip_of_the_finger_finds_the_name() {
        assert_eq!(
            names("sni-mising").first().map(String::as_str),
            Some("sni-missing")
        );
        assert_eq!(
            names("hanshake_failure").first().map(String::as_str),
            Some("handshake_failure")
        );
    }

    #[test]
    fn nonsense_is_like_nothing() {
        assert!(names("qqqqqqqqqq").is_empty());
        assert!(names("").is_empty());
    }
}
