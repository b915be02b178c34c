//! What tlscap counts in a capture, held against the capture's truth.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::io::Read;
use tlscap::capture::FileReader;
use tlscap::capture::Merged;
use tlscap::facts::RunFacts;
use tlscap::incident::Report;
use tlscap::pattern::Diagnosis;
use tlscap::report::Sink;
use tlscap::session;
use tlscap::session::Settings;
use tlscap::session::Show;

/// Outcomes and patterns, and how many flows have them.
type Counts = BTreeMap<String, u64>;

struct Nowhere;

impl Sink for Nowhere {
    fn begin(&mut self, _: &RunFacts) -> io::Result<()> {
        Ok(())
    }
    fn handshake(&mut self, _: &Diagnosis) -> io::Result<()> {
        Ok(())
    }
    fn finish(&mut self, _: &Report) -> io::Result<()> {
        Ok(())
    }
}

/// One line for each count that is not as the truth says.
pub(crate) fn differences(capture: Box<dyn Read + Send>, truth: &Value) -> Vec<String> {
    let (expected, found) = (expected(truth), found(capture));
    let names: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    names
        .into_iter()
        .map(|name| {
            let count = |counts: &Counts| counts.get(name).copied().unwrap_or(0);
            (name, count(&expected), count(&found))
        })
        .filter(|(_, expected, found)| expected != found)
        .map(|(name, expected, found)| format!("{name}: {found}, the truth is {expected}"))
        .collect()
}

fn expected(truth: &Value) -> Counts {
    let mut counts = Counts::new();
    for (kind, count) in truth["flows_by_kind"].as_object().unwrap() {
        let expected = &truth["expected"][kind];
        for key in ["outcome", "pattern"] {
            match expected[key].as_str() {
                None | Some("none") => {}
                Some(name) => {
                    *counts.entry(name.to_owned()).or_default() += count.as_u64().unwrap()
                }
            }
        }
    }
    counts
}

fn found(capture: Box<dyn Read + Send>) -> Counts {
    let reader = FileReader::from_reader("generated".to_owned(), capture, None).unwrap();
    let settings = Settings {
        show: Show::None,
        ..Settings::default()
    };
    let mut merged = Merged::new(vec![reader]);
    let report = session::run(&mut merged, &settings, &mut Nowhere, &mut |_| true).unwrap();
    let outcomes = report.outcomes.iter().chain(&report.patterns);
    let mut counts: Counts = outcomes
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect();
    counts.insert("not-tls".to_owned(), report.run.not_tls);
    counts
}
