//! Every capture of `testdata/cases` gives what its `truth.json` says.
//!
//! The truth was written from the configuration of the recording, before any output was seen (`testdata/README.md`). Keys of
//! `detail` that it does not name, and names that it leaves out, are not judged.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "helpers of tests"
)]

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use tlscap::base::FrameRef;
use tlscap::capture::FileReader;
use tlscap::capture::Merged;
use tlscap::facts::RunFacts;
use tlscap::incident::Report;
use tlscap::pattern::Diagnosis;
use tlscap::pattern::Outcome;
use tlscap::pattern::Value;
use tlscap::report::Sink;
use tlscap::session;
use tlscap::session::Settings;
use tlscap::session::Show;

#[test]
fn each_case_is_judged_as_its_truth_says() {
    let mut wrong = Vec::new();
    let mut flows = 0;
    let cases = cases();
    for case in &cases {
        let truth = truth(case);
        let listed = truth["flows"].as_array().unwrap();
        flows += listed.len();
        let (diagnoses, _) = analyze(&capture(case));
        let mut say = |what: String| wrong.push(format!("{}: {what}", name(case)));
        let mut by_client: BTreeMap<String, Vec<&Diagnosis>> = BTreeMap::new();
        for diagnosis in &diagnoses {
            by_client
                .entry(ends(diagnosis))
                .or_default()
                .push(diagnosis);
        }
        for flow in listed {
            let key = format!("{} > {}", text(flow, "client"), text(flow, "server"));
            let Some(found) = by_client.get_mut(&key).and_then(|found| take_first(found)) else {
                say(format!("{key}: no record"));
                continue;
            };
            for difference in differences(flow, found) {
                say(format!("{key}: {difference}"));
            }
        }
        if truth["complete"] == true {
            for left in by_client.values().flatten() {
                if left.verdict.outcome == Outcome::Failed {
                    say(format!(
                        "{}: failed, but the truth lists no such flow",
                        ends(left)
                    ));
                }
            }
        }
    }
    println!("{} captures with {flows} flows replayed", cases.len());
    assert!(flows > 0, "no case was found");
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn each_case_folder_has_a_capture_its_truth_and_a_readme() {
    for case in cases() {
        assert!(capture(&case).is_file(), "{}: no capture", name(&case));
        let readme = std::fs::read_to_string(case.join("README.md"))
            .unwrap_or_else(|error| panic!("{}: README.md: {error}", name(&case)));
        assert!(
            !readme.trim().is_empty(),
            "{}: README.md is empty",
            name(&case)
        );
        let truth = truth(&case);
        for flow in truth["flows"].as_array().unwrap() {
            for key in [
                "client",
                "server",
                "outcome",
                "pattern",
                "detail",
                "deciding_frames",
            ] {
                assert!(
                    flow.get(key).is_some(),
                    "{}: a flow has no {key}",
                    name(&case)
                );
            }
        }
    }
}

#[test]
fn the_counts_of_the_report_sum_up_to_its_records() {
    for case in cases() {
        let (diagnoses, report) = analyze(&capture(&case));
        let sum: u64 = report.outcomes.values().sum();
        assert_eq!(sum, diagnoses.len() as u64, "{}", name(&case));
        let failed = diagnoses
            .iter()
            .filter(|diagnosis| diagnosis.verdict.outcome == Outcome::Failed)
            .count() as u64;
        let patterns: u64 = report.patterns.values().sum();
        assert_eq!(patterns, failed, "{}: patterns", name(&case));
        let grouped: u64 = report
            .incidents
            .iter()
            .map(|incident| incident.failed)
            .sum();
        assert_eq!(grouped + report.alone, failed, "{}: incidents", name(&case));
    }
}

/// What of `flow`, one line of the truth, the diagnosis contradicts.
fn differences(flow: &Json, found: &Diagnosis) -> Vec<String> {
    let verdict = &found.verdict;
    let mut wrong = Vec::new();
    if verdict.outcome.name() != text(flow, "outcome") {
        wrong.push(format!(
            "outcome {:?}, the truth is {}",
            verdict.outcome.name(),
            flow["outcome"]
        ));
    }
    let pattern = verdict.finding.as_ref().map(|finding| finding.pattern);
    if pattern != flow["pattern"].as_str() {
        wrong.push(format!(
            "pattern {pattern:?}, the truth is {}",
            flow["pattern"]
        ));
    }
    for (key, expected) in flow["detail"].as_object().unwrap() {
        let value = verdict
            .finding
            .iter()
            .flat_map(|finding| &finding.detail)
            .find(|(name, _)| name == key)
            .map(|(_, value)| json(value));
        if value.as_ref() != Some(expected) {
            wrong.push(format!("detail {key} {value:?}, the truth is {expected}"));
        }
    }
    let sni = found
        .facts
        .client_hello
        .as_ref()
        .and_then(|hello| hello.sni.as_ref())
        .map(ToString::to_string);
    if let Some(expected) = flow.get("sni")
        && sni.as_deref() != expected.as_str()
    {
        wrong.push(format!("SNI {sni:?}, the truth is {expected}"));
    }
    let deciding: Vec<u64> = flow["deciding_frames"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Json::as_u64)
        .collect();
    let shown = frames(found);
    if verdict.outcome == Outcome::Failed && !deciding.iter().any(|frame| shown.contains(frame)) {
        wrong.push(format!("frames {shown:?} are shown, none of {deciding:?}"));
    }
    wrong
}

/// The frames that the verdict names.
fn frames(diagnosis: &Diagnosis) -> Vec<u64> {
    let verdict = &diagnosis.verdict;
    let evidence = verdict
        .finding
        .iter()
        .flat_map(|finding| &finding.evidence)
        .flat_map(|evidence| evidence.frames.iter().copied());
    let end: Option<FrameRef> = verdict
        .ended
        .and_then(|ended| ended.mark)
        .map(|mark| mark.frame);
    evidence.chain(end).map(|frame| frame.number).collect()
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Number(value) => Json::from(*value),
        Value::Duration(nanoseconds) => Json::from(*nanoseconds),
        Value::Word(word) => Json::from(*word),
        Value::Text(text) => Json::from(text.to_string()),
    }
}

fn take_first<'a>(found: &mut Vec<&'a Diagnosis>) -> Option<&'a Diagnosis> {
    (!found.is_empty()).then(|| found.remove(0))
}

fn ends(diagnosis: &Diagnosis) -> String {
    format!("{} > {}", diagnosis.facts.client, diagnosis.facts.server)
}

fn analyze(capture: &Path) -> (Vec<Diagnosis>, Report) {
    let reader = FileReader::open(capture).unwrap();
    let settings = Settings {
        show: Show::All,
        ..Settings::default()
    };
    let mut all = Collect::default();
    let report = session::run(
        &mut Merged::new(vec![reader]),
        &settings,
        &mut all,
        &mut |_| true,
    )
    .unwrap();
    // Records are given as they end; the truth is in order of first packet.
    all.0.sort_by_key(|diagnosis| diagnosis.facts.stream);
    (all.0, report)
}

#[derive(Default)]
struct Collect(Vec<Diagnosis>);

impl Sink for Collect {
    fn begin(&mut self, _run: &RunFacts) -> io::Result<()> {
        Ok(())
    }

    fn handshake(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        self.0.push(diagnosis.clone());
        Ok(())
    }

    fn finish(&mut self, _report: &Report) -> io::Result<()> {
        Ok(())
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

fn capture(case: &Path) -> PathBuf {
    let ng = case.join("capture.pcapng");
    if ng.is_file() {
        ng
    } else {
        case.join("capture.pcap")
    }
}

fn truth(case: &Path) -> Json {
    let text = std::fs::read_to_string(case.join("truth.json"))
        .unwrap_or_else(|error| panic!("{}: truth.json: {error}", name(case)));
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{}: truth.json: {error}", name(case)))
}

fn name(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
}

fn text<'a>(flow: &'a Json, key: &str) -> &'a str {
    flow[key].as_str().unwrap()
}
