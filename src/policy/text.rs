//! Judgements and policies in sentences. Lines are 72 columns wide at most, a name longer than that excepted.

mod suites;

use super::Acceptance;
use super::Best;
use super::Judgement;
use super::KeyKind;
use super::Policy;
use super::Refusal;
use super::builtin;
use super::judge;
use super::many::families;
use crate::facts::ClientHelloFacts;
use crate::tables;
use std::borrow::Cow;
use suites::suites_reason;
use unicode_width::UnicodeWidthStr;

const WIDTH: usize = 72;
/// Columns before all lines but the first.
const INDENT: &str = "  ";
/// Names of a list that are given before the rest is counted.
const NAMES: usize = 3;

/// What the policy would do with the hello and why, as lines.
#[must_use]
pub fn verdict_lines(policy: &Policy, judgement: &Judgement) -> Vec<String> {
    let name = &policy.name;
    wrap(&match judgement {
        Judgement::Accepted(acceptance) => {
            format!("{name} would take it: {}", accepted(acceptance))
        }
        Judgement::Refused(refusals) => {
            let reasons: Vec<String> = refusals.iter().map(reason).collect();
            format!("{name} would not take it: {}", reasons.join("; "))
        }
        Judgement::Unknown => format!("{name}: unknown, the hello was not captured to its end"),
    })
}

/// What the policies of one family would do with the hello: who would take it, who not, and what is missing, as lines. Empty for a
/// hello that was not captured to its end, and without policies.
#[must_use]
pub fn family_lines(family: &str, policies: &[&Policy], hello: &ClientHelloFacts) -> Vec<String> {
    let mut taking: Vec<&str> = Vec::new();
    let mut refusing: Vec<(String, Vec<&str>)> = Vec::new();
    for policy in policies {
        match judge(hello, policy) {
            Judgement::Accepted(_) => taking.push(&policy.name),
            Judgement::Unknown => return Vec::new(),
            Judgement::Refused(refusals) => {
                let needs = needs(&refusals);
                match refusing.iter_mut().find(|(known, _)| *known == needs) {
                    Some((_, names)) => names.push(&policy.name),
                    None => refusing.push((needs, vec![&policy.name])),
                }
            }
        }
    }
    let count = policies.len();
    let text = match (taking.as_slice(), refusing.as_slice()) {
        ([], []) => return Vec::new(),
        ([one], []) => format!("{one} would take it"),
        (_, []) => format!("all {count} would take it"),
        ([], [(needs, names)]) if names.len() > 1 => {
            format!("none of {count} would take it: {needs}")
        }
        _ => {
            let mut parts = Vec::new();
            if !taking.is_empty() {
                parts.push(format!("{} would take it", and_more(&taking)));
            }
            parts.extend(
                refusing
                    .iter()
                    .map(|(needs, names)| format!("{} not: {needs}", and_more(names))),
            );
            parts.join("; ")
        }
    };
    wrap(&format!("{family}: {text}"))
}

/// The policy that takes most of several clients, as lines.
#[must_use]
pub fn best_lines(best: &Best<'_>) -> Vec<String> {
    let name = &best.policy.name;
    let (taken, total) = (best.taken, best.total);
    let others = match best.ties {
        0 | 1 => String::new(),
        2 => " (one other takes as many and is less strict)".to_owned(),
        ties => format!(" ({} others take as many and are less strict)", ties - 1),
    };
    wrap(&if taken == total {
        format!("{name} would take all {total}{others}")
    } else if taken == 0 {
        format!("none would take any of the {total}")
    } else {
        format!("{name} would take most: {taken} of {total}{others}")
    })
}

/// A policy in one line: versions and how much of each kind.
#[must_use]
pub fn outline(policy: &Policy) -> String {
    let mut parts = vec![
        versions(&policy.versions),
        counted(policy.suites.len(), "suite"),
    ];
    let lists = [
        (policy.groups.len(), "group"),
        (policy.signature_schemes.len(), "signature scheme"),
    ];
    for (count, what) in lists {
        parts.extend((count > 0).then(|| counted(count, what)));
    }
    let wanted = &policy.certificates;
    parts.extend((!wanted.is_empty()).then(|| format!("{} certificate", keys(wanted))));
    parts.join(", ")
}

/// All of a policy, a paragraph each.
#[must_use]
pub fn describe(policy: &Policy) -> Vec<String> {
    let all = |codes: &[u16], name: fn(u16) -> Cow<'static, str>| {
        let names: Vec<_> = codes.iter().map(|code| name(*code)).collect();
        names.join(", ")
    };
    let mut paragraphs = vec![format!("Versions: {}.", versions(&policy.versions))];
    let suites = all(&policy.suites, tables::cipher_suite_name);
    paragraphs.push(format!("Suites: {suites}."));
    if !policy.groups.is_empty() {
        let groups = all(&policy.groups, tables::group_name);
        paragraphs.push(format!("Groups: {groups}."));
    }
    if !policy.signature_schemes.is_empty() {
        let schemes = all(&policy.signature_schemes, tables::signature_scheme_name);
        paragraphs.push(format!("Signature schemes: {schemes}."));
    }
    if !policy.certificates.is_empty() {
        paragraphs.push(format!("Certificate: {}.", keys(&policy.certificates)));
    }
    if !policy.also.is_empty() {
        paragraphs.push(format!("Also called {}.", policy.also.join(", ")));
    }
    if !policy.note.is_empty() {
        paragraphs.push(policy.note.clone());
    }
    paragraphs
}

/// The policies that are built in, a line each, families together; not wrapped.
#[must_use]
pub fn list() -> Vec<String> {
    let mut lines = Vec::new();
    for (family, policies) in families(builtin::all()) {
        for policy in policies {
            let also = match policy.also.as_slice() {
                [] => String::new(),
                also => format!(" ({})", also.join(", ")),
            };
            lines.push(format!(
                "{}{also}, {family}: {}",
                policy.name,
                outline(policy)
            ));
        }
    }
    lines
}

fn accepted(acceptance: &Acceptance) -> String {
    let mut suites: Vec<(u16, Vec<KeyKind>)> = Vec::new();
    for choice in &acceptance.choices {
        match suites.iter_mut().find(|(suite, _)| *suite == choice.suite) {
            Some((_, keys)) => keys.extend(choice.certificate),
            None => suites.push((choice.suite, choice.certificate.into_iter().collect())),
        }
    }
    let mut parts = vec![tables::version_name(acceptance.version).into_owned()];
    for (suite, kinds) in suites {
        let suite = tables::cipher_suite_name(suite);
        parts.push(match kinds.as_slice() {
            [] => suite.into_owned(),
            kinds => format!("{suite} with {} certificate", with_article(kinds)),
        });
    }
    let mut text = parts.join(", ");
    if acceptance.highest != acceptance.version {
        let highest = tables::version_name(acceptance.highest);
        text.push_str(&format!(
            "; not by {highest}, and a server that settles on the version first, as OpenSSL does, refuses"
        ));
    }
    text
}

/// A reason in full, without a full stop.
fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Versions { offered, allowed } => format!(
            "it offers {}, the policy allows {}",
            versions(offered),
            versions(allowed)
        ),
        Refusal::Suites { offered, allowed } => suites_reason(offered, allowed),
        Refusal::Certificates { offered, allowed } => format!(
            "its suites are for {} certificate, the policy wants {}",
            with_article(offered),
            with_article(allowed)
        ),
        Refusal::Groups { offered, allowed } => format!(
            "no group in common: it offers {}, the policy allows {}",
            some(offered, tables::group_name),
            some(allowed, tables::group_name)
        ),
        Refusal::Signatures { offered, allowed } => {
            let limit = match allowed.as_slice() {
                [] => "none of them for a certificate that fits".to_owned(),
                allowed => format!(
                    "the policy allows {}",
                    some(allowed, tables::signature_scheme_name)
                ),
            };
            format!(
                "no signature scheme in common: it offers {}, {limit}",
                some(offered, tables::signature_scheme_name)
            )
        }
    }
}

/// What is missing, in a few words. Who lacks the version lacks its suites too: the version says enough.
fn needs(refusals: &[Refusal]) -> String {
    let version = refusals
        .iter()
        .find(|refusal| matches!(refusal, Refusal::Versions { .. }));
    match version {
        Some(version) => need(version),
        None => Vec::from_iter(refusals.iter().map(need)).join(", "),
    }
}

fn need(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Versions { offered, allowed } => {
            let lowest = allowed.iter().min();
            let is_older = offered.iter().max() < lowest;
            let bound = if is_older {
                lowest
            } else {
                allowed.iter().max()
            };
            bound.map_or_else(
                || "no version in common".to_owned(),
                |version| format!("needs {}", tables::version_name(*version)),
            )
        }
        Refusal::Suites { .. } => "no suite in common".to_owned(),
        Refusal::Certificates { allowed, .. } => {
            format!("no suite for {} certificate", with_article(allowed))
        }
        Refusal::Groups { .. } => "no group in common".to_owned(),
        Refusal::Signatures { .. } => "no signature scheme in common".to_owned(),
    }
}

/// `TLS 1.0 to TLS 1.2`, `TLS 1.3`; versions the highest first.
fn versions(codes: &[u16]) -> String {
    match codes {
        [] => "no version".to_owned(),
        [one] => tables::version_name(*one).into_owned(),
        [highest, .., lowest] => format!(
            "{} to {}",
            tables::version_name(*lowest),
            tables::version_name(*highest)
        ),
    }
}

/// The first few names, the rest counted.
fn some(codes: &[u16], name: fn(u16) -> Cow<'static, str>) -> String {
    if codes.is_empty() {
        return "none".to_owned();
    }
    let mut names: Vec<String> = codes
        .iter()
        .take(NAMES)
        .map(|code| name(*code).into_owned())
        .collect();
    if codes.len() > NAMES {
        names.push(format!("{} more", codes.len() - NAMES));
    }
    names.join(", ")
}

/// `RSA or ECDSA`.
fn keys(kinds: &[KeyKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(" or ")
}

/// `an RSA or ECDSA`; every name begins with a sound that asks for `an`.
fn with_article(kinds: &[KeyKind]) -> String {
    format!("an {}", keys(kinds))
}

fn and_more(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// Lines of a sentence.
fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let is_empty = line.trim_start().is_empty();
        if !is_empty && line.width() + 1 + word.width() > WIDTH {
            lines.push(std::mem::replace(&mut line, INDENT.to_owned()));
        } else if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}
