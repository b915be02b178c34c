//! Every capture of `testdata/cases` gives what its truth says.
//!
//! The truth was written from the configuration of the recording, before any output was seen (`testdata/README.md`). Keys of
//! `detail` that it does not name, and names that it leaves out, are not judged. TLSCAP_CASES names another folder: that is how
//! a fresh recording is judged.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod kit;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use kit::cases::Recorded;
use kit::cases::folder;
use kit::cases::recorded;
use kit::causes::wrong_causes;
use kit::run::analyse;
use tlscap::base::FrameRef;
use tlscap::incident::Report;
use tlscap::pattern::Diagnosis;
use tlscap::pattern::Outcome;
use tlscap::pattern::Value;

#[test]
fn each_case_is_judged_as_its_truth_says() {
    let mut wrong = Vec::new();
    let (mut listed, mut crowd) = (0, 0);
    let cases = recorded(&folder());
    for case in &cases {
        let (diagnoses, _) = analyze(&case.capture);
        listed += case.truth["flows"].as_array().unwrap().len();
        crowd += if case.truth.get("crowd").is_some() {
            diagnoses.len()
        } else {
            0
        };
        let found = wrong_in(case, &diagnoses);
        wrong.extend(
            found
                .into_iter()
                .map(|what| format!("{}: {what}", case.name)),
        );
    }
    println!(
        "{} captures replayed: {listed} flows each with its own truth, {crowd} in crowds",
        cases.len()
    );
    assert!(!cases.is_empty(), "no case was found");
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What contradicts the truth of one capture.
fn wrong_in(case: &Recorded, diagnoses: &[Diagnosis]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut by_ends: BTreeMap<String, Vec<&Diagnosis>> = BTreeMap::new();
    for diagnosis in diagnoses {
        by_ends.entry(ends(diagnosis)).or_default().push(diagnosis);
    }
    for flow in case.truth["flows"].as_array().unwrap() {
        let key = format!("{} > {}", text(flow, "client"), text(flow, "server"));
        match by_ends.get_mut(&key).and_then(take_first) {
            Some(found) => wrong.extend(
                differences(flow, found)
                    .into_iter()
                    .chain(wrong_causes(case, flow, found))
                    .map(|difference| format!("{key}: {difference}")),
            ),
            None => wrong.push(format!("{key}: no record")),
        }
    }
    if case.truth["complete"] == true {
        for left in by_ends.values().flatten() {
            if left.verdict.outcome == Outcome::Failed {
                wrong.push(format!(
                    "{}: failed, but the truth lists no such flow",
                    ends(left)
                ));
            }
        }
    }
    if let Some(crowd) = case.truth.get("crowd") {
        wrong.extend(wrong_in_crowd(crowd, diagnoses));
    }
    wrong
}

/// What contradicts a truth that holds for very many connections together.
fn wrong_in_crowd(crowd: &Json, diagnoses: &[Diagnosis]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (key, wanted) in crowd.as_object().unwrap() {
        let wanted = wanted.as_u64().unwrap();
        let (outcome, at_least) = match key.strip_suffix("_at_least") {
            Some(outcome) => (outcome, true),
            None => (key.as_str(), false),
        };
        let of_it: Vec<&Diagnosis> = diagnoses
            .iter()
            .filter(|one| one.verdict.outcome.name() == outcome)
            .collect();
        let found = of_it.len() as u64;
        if found < wanted || (found > wanted && !at_least) {
            let first = of_it.first().map(|one| ends(one));
            wrong.push(format!(
                "{found} {outcome}, the truth is {key} {wanted}; the first: {first:?}"
            ));
        }
    }
    wrong
}

#[test]
fn each_truth_says_all_that_it_must() {
    for case in recorded(&folder()) {
        let readme = fs::read_to_string(case.folder.join("README.md"))
            .unwrap_or_else(|error| panic!("{}: README.md: {error}", case.name));
        assert!(
            !readme.trim().is_empty(),
            "{}: README.md is empty",
            case.name
        );
        for key in ["title", "vantage", "configured"] {
            assert!(
                !text(&case.truth, key).is_empty(),
                "{}: no {key}",
                case.name
            );
        }
        for key in ["programs", "clients_said"] {
            let lines = case.truth[key].as_array().unwrap();
            assert!(!lines.is_empty(), "{}: no {key}", case.name);
        }
        let flows = case.truth["flows"].as_array().unwrap();
        assert!(
            !flows.is_empty() || case.truth.get("crowd").is_some(),
            "{}: no flow",
            case.name
        );
        for flow in flows {
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
                    case.name
                );
            }
            let failed = flow["outcome"] == "failed";
            for code in flow["causes"].as_array().into_iter().flatten() {
                let code = code.as_str().unwrap();
                assert!(
                    tlscap::tables::cause(code).is_some(),
                    "{}: cause {code}",
                    case.name
                );
            }
            assert_eq!(
                failed,
                flow["pattern"].is_string(),
                "{}: pattern of a flow",
                case.name
            );
            assert!(
                !failed || !flow["deciding_frames"].as_array().unwrap().is_empty(),
                "{}: a failed flow without a deciding frame",
                case.name
            );
        }
    }
}

#[test]
fn each_pattern_stands_in_captures_of_different_programs() {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in recorded(&folder()) {
        for flow in case.truth["flows"].as_array().unwrap() {
            if let Some(pattern) = flow["pattern"].as_str() {
                let scenario = case.folder.file_name().unwrap().to_string_lossy();
                seen.entry(pattern.to_owned())
                    .or_default()
                    .insert(format!("{scenario}: {}", programs(&case)));
            }
        }
    }
    if std::env::var_os("TLSCAP_CASES").is_some() {
        return; // a few fresh recordings, not the collection
    }
    for name in tlscap::pattern::PATTERNS.iter().map(|pattern| pattern.id) {
        let of_it = seen.get(name).cloned().unwrap_or_default();
        let programs: BTreeSet<&str> = of_it
            .iter()
            .filter_map(|one| one.split(": ").nth(1))
            .collect();
        assert!(programs.len() >= 2, "{name}: only {of_it:?}");
    }
}

/// The programs of a case without tcpdump and the kernel, which are in all.
fn programs(case: &Recorded) -> String {
    let names: Vec<String> = case.truth["programs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|line| line.as_str()?.split(' ').next().map(str::to_lowercase))
        .filter(|name| !["tcpdump", "linux"].contains(&name.as_str()))
        .collect();
    names.join(" ")
}

#[test]
fn the_page_of_the_lab_lists_each_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/lab.md")).unwrap();
    let cases = recorded(&root.join("testdata/cases"));
    for case in &cases {
        let folder = case.folder.file_name().unwrap().to_string_lossy();
        let rows = page
            .matches(&format!("(../testdata/cases/{folder}/README.md)"))
            .count();
        let wanted = cases
            .iter()
            .filter(|other| other.folder == case.folder)
            .count();
        assert_eq!(
            rows, wanted,
            "{folder}: rows in docs/lab.md (testdata/lab/run --table writes it)"
        );
    }
    for case in &cases {
        let folder = case.folder.file_name().unwrap().to_string_lossy();
        let wanted = format!(
            "(../testdata/cases/{folder}/README.md) | {} | {} | ",
            text(&case.truth, "title"),
            text(&case.truth, "vantage")
        );
        let row = page
            .lines()
            .find(|line| line.contains(&wanted))
            .unwrap_or_else(|| panic!("{}: no row {wanted:?} in docs/lab.md", case.name));
        for (pattern, count) in patterns_of(case) {
            assert!(
                row.contains(&format!("{pattern} {count}")),
                "{}: {row}",
                case.name
            );
        }
    }
    let flows: usize = cases
        .iter()
        .map(|case| case.truth["flows"].as_array().unwrap().len())
        .sum();
    let last = format!(
        "{} captures with {flows} connections listed one by one.",
        cases.len()
    );
    assert!(
        page.contains(&last),
        "docs/lab.md does not say {last:?} (testdata/lab/run --table writes it)"
    );
}

/// Failed flows of a case by pattern.
fn patterns_of(case: &Recorded) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for flow in case.truth["flows"].as_array().unwrap() {
        if let Some(pattern) = flow["pattern"].as_str() {
            *counts.entry(pattern.to_owned()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn each_scenario_has_its_case_and_each_case_its_scenario() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let names = |folder: &str, ending: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        entries
            .filter_map(|entry| {
                let name = entry.unwrap().file_name().to_string_lossy().into_owned();
                name.strip_suffix(ending).map(str::to_owned)
            })
            .collect()
    };
    assert_eq!(names("lab/scenarios", ".toml"), names("cases", ""));
}

#[test]
fn the_counts_of_the_report_sum_up_to_its_records() {
    for case in recorded(&folder()) {
        let (diagnoses, report) = analyze(&case.capture);
        let sum: u64 = report.outcomes.values().sum();
        assert_eq!(sum, diagnoses.len() as u64, "{}", case.name);
        let failed = diagnoses
            .iter()
            .filter(|diagnosis| diagnosis.verdict.outcome == Outcome::Failed)
            .count() as u64;
        let patterns: u64 = report.patterns.values().sum();
        assert_eq!(patterns, failed, "{}: patterns", case.name);
        let grouped: u64 = report
            .incidents
            .iter()
            .map(|incident| incident.failed)
            .sum();
        assert_eq!(grouped + report.alone, failed, "{}: incidents", case.name);
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
    evidence.chain(end).map(|frame| frame.number()).collect()
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
    let (mut all, report) = analyse(&[&fs::read(capture).unwrap()]).unwrap();
    // Records are given as they end; the truth is in order of first packet.
    all.sort_by_key(|diagnosis| diagnosis.facts.stream);
    (all, report)
}

fn text<'a>(flow: &'a Json, key: &str) -> &'a str {
    flow[key].as_str().unwrap()
}
