//! One flow in full, for people: how it ended and why it is called so, then everything that was seen, in order.
//!
//! Shown from the record, so that both say the same. The verdict comes first; what nobody could see is said with its reason.

mod hello;
mod page;
mod transport;

use super::layout;
use super::record::HandshakeRecord;
use super::value;
use crate::pattern::Diagnosis;
use crate::pattern::Help;
use crate::pattern::Outcome;
use jiff::tz::TimeZone;
use page::Page;

/// The narrowest page: below it words are cut rather than wrapped.
const MIN_WIDTH: usize = 40;

/// One flow in full. `explain` is the help of its pattern; `neighbours` are the patterns it could be taken for, each with the
/// reason why it is not that one. Every line but the display filter is at most `width` columns wide (40 at least).
#[must_use]
pub fn render(
    diagnosis: &Diagnosis,
    explain: Option<&Help>,
    neighbours: &[(&str, String)],
    width: usize,
    zone: &TimeZone,
) -> String {
    let record = HandshakeRecord::from(diagnosis);
    let mut page = Page::new(width.max(MIN_WIDTH));
    head(&mut page, diagnosis, zone);
    verdict(&mut page, diagnosis, &record, explain);
    why(&mut page, &record, explain, neighbours);
    transport::timeline(&mut page, diagnosis);
    transport::prelude(&mut page, &record);
    hello::hellos(&mut page, &record);
    hello::certificates(&mut page, &record);
    transport::alerts(&mut page, &record);
    transport::tcp(&mut page, &record, diagnosis);
    see(&mut page, &record);
    page.finish()
}

/// Ends, stream, start.
fn head(page: &mut Page, diagnosis: &Diagnosis, zone: &TimeZone) {
    let facts = &diagnosis.facts;
    page.field(
        &format!("Stream {}", facts.stream),
        &format!("{} > {}", facts.client, facts.server),
    );
    let lasted = layout::duration(facts.last.at.since(facts.first.at));
    page.more(&format!(
        "from {}, lasted {lasted}",
        layout::local(facts.first.at, zone)
    ));
    for layer in &facts.encapsulation {
        page.more(&format!("in {}", super::escape::clean(layer)));
    }
    if let Some((client, server)) = facts.tcp.also_seen_as {
        page.more(&format!("also captured as {client} > {server}"));
    }
}

/// Outcome, pattern with its values, what was awaited and what ended it.
fn verdict(
    page: &mut Page,
    diagnosis: &Diagnosis,
    record: &HandshakeRecord,
    explain: Option<&Help>,
) {
    let verdict = &diagnosis.verdict;
    page.field("Outcome", &outcome(diagnosis));
    if let Some(help) = explain {
        page.more(help.title);
    }
    let detail = verdict.finding.iter().flat_map(|finding| &finding.detail);
    let detail: Vec<_> = detail
        .map(|(key, value)| format!("{} {}", words(key), value::in_words(value)))
        .collect();
    page.more(&detail.join(", "));
    if let Some(awaited) = verdict.awaiting {
        page.field("Awaited", awaited);
    }
    if let Some(ended) = &record.ended {
        let from = verdict
            .ended
            .and_then(|ended| ended.from)
            .map(|side| format!(" from the {}'s address", side.name()));
        let frame = verdict
            .ended
            .and_then(|ended| ended.mark)
            .map(|mark| format!(", frame {}", mark.frame));
        page.field(
            "Ended by",
            &format!(
                "{}{}{}",
                acronym(ended.how),
                from.unwrap_or_default(),
                frame.unwrap_or_default()
            ),
        );
    }
    if let Some(incident) = record.incident {
        page.field("Incident", &format!("#{incident}"));
    }
}

/// The outcome, with the pattern of a failed flow or the reason of an unknown one.
fn outcome(diagnosis: &Diagnosis) -> String {
    let verdict = &diagnosis.verdict;
    match (verdict.outcome, &verdict.finding, verdict.reason) {
        (Outcome::Failed, Some(finding), _) => format!("FAILED: {}", finding.pattern),
        (Outcome::Failed, None, _) => "FAILED".to_owned(),
        (Outcome::Completed, ..) if verdict.unused => {
            "completed, never used: the client left without sending data".to_owned()
        }
        (Outcome::Unfinished, ..) => "unfinished: the capture ended before it did".to_owned(),
        (Outcome::NoAttempt, ..) => "no-attempt: no TLS was tried; not a failure".to_owned(),
        (Outcome::Abandoned, ..) => {
            "abandoned: the client left by itself before an answer; not a failure".to_owned()
        }
        (outcome, _, Some(reason)) => format!("{}: {}", outcome.name(), words(reason)),
        (outcome, ..) => outcome.name().to_owned(),
    }
}

/// A key or code as words: `delay_ms` is `delay` (its value carries the unit).
fn words(key: &str) -> String {
    key.trim_end_matches("_ms").replace(['_', '-'], " ")
}

/// `RST`, `FIN`, `ICMP` in capitals, other words as they are.
fn acronym(how: &str) -> String {
    match how {
        "rst" | "fin" | "icmp" => how.to_uppercase(),
        how => how.to_owned(),
    }
}

/// Why this pattern and not its neighbours.
fn why(
    page: &mut Page,
    record: &HandshakeRecord,
    explain: Option<&Help>,
    neighbours: &[(&str, String)],
) {
    let evidence = record
        .evidence
        .iter()
        .map(|sentence| format!("{}{}", sentence.text, page::in_frames(&sentence.seen)));
    page.items("Why", evidence);
    page.items(
        "Not",
        neighbours
            .iter()
            .map(|(pattern, reason)| format!("{pattern}: {}", super::escape::clean(reason))),
    );
    let Some(help) = explain else { return };
    page.field("Meaning", help.explain);
    page.items("Logs", help.logs.iter().map(|line| (*line).to_owned()));
    page.items("Settle", help.settle.iter().map(|line| (*line).to_owned()));
}

/// How to find it in Wireshark; filters stand alone and whole.
fn see(page: &mut Page, record: &HandshakeRecord) {
    page.blank();
    page.field(
        "Wireshark",
        record
            .wireshark
            .as_deref()
            .unwrap_or("by addresses and ports:"),
    );
    page.alone(&record.display_filter);
}

#[cfg(test)]
mod tests;
