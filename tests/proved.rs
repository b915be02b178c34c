//! Every kind of command that tlscap prints is one that the lab has run: testdata/lab/proved.tsv says in which scenario.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use assert_cmd::Command;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Label, sentence, commands: without addresses, names and numbers.
type Kind = (String, String, String);

/// Programs whose lines under Do are run; the rest are configurations, or change a machine for good.
const RUN: [&str; 2] = ["curl ", "openssl "];
/// Outcomes that `testdata/lab/runner/prove.py` knows.
const OUTCOMES: [&str; 6] = ["works", "fails", "shows", "prints", "selects", "not run"];

#[test]
fn every_kind_that_a_case_prints_is_proved_and_every_proof_is_printed() {
    let table = table();
    let printed = printed();
    let known: BTreeSet<&Kind> = table.iter().map(|(kind, _)| kind).collect();
    let new: Vec<String> = printed
        .iter()
        .filter(|(kind, _)| !known.contains(kind))
        .map(|(kind, cases)| format!("{kind:?} by {cases:?}"))
        .collect();
    assert!(
        new.is_empty(),
        "kinds that no scenario proves:\n{}",
        new.join("\n")
    );
    for (kind, scenario) in &table {
        let cases = printed.get(kind);
        assert!(cases.is_some(), "no case prints {kind:?}: take the row out");
        if let Some(scenario) = scenario {
            let prints = cases.unwrap().contains(scenario);
            assert!(prints, "{scenario} does not print {kind:?}");
        }
    }
}

#[test]
fn the_table_is_whole() {
    let mut seen = BTreeSet::new();
    for (kind, scenario) in table() {
        if let Some(name) = &scenario {
            let recipe = root().join(format!("testdata/lab/scenarios/{name}.toml"));
            assert!(recipe.is_file(), "no scenario {name}");
        }
        assert!(
            seen.insert((kind.clone(), scenario)),
            "{kind:?} is there twice"
        );
    }
    assert!(seen.len() > 10, "the table is nearly empty");
}

#[test]
fn kinds_are_told_apart_by_what_stays() {
    assert_eq!(
        command_kind("openssl s_client -connect 192.0.2.1:443 -servername a.example -tls1_2"),
        "openssl s_client -connect ADDRESS -servername NAME -tls1_2"
    );
    assert_eq!(
        text_kind("since 8 of 1,408 got through"),
        "since N of N got through"
    );
    assert_eq!(
        see_kind("    See    tlscap analyze a.pcap --stream 7").unwrap(),
        "tlscap analyze FILE --stream N"
    );
    assert_eq!(
        see_kind("  Wireshark: tcp.stream in {0, 1}").unwrap(),
        "Wireshark: tcp.stream in N"
    );
    assert!(see_kind("    Why    nothing to see").is_none());
}

/// Kinds with the scenario that proves them; `None`: not run, and the row says why.
fn table() -> Vec<(Kind, Option<String>)> {
    let text = fs::read_to_string(root().join("testdata/lab/proved.tsv")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let row = |line: &str| {
        let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let [label, text, commands, outcomes, scenario, given] = &fields[..] else {
            panic!("not six fields: {line}");
        };
        let known = outcomes.split(", ").all(|one| OUTCOMES.contains(&one));
        assert!(known, "an outcome that nobody judges: {line}");
        let same = outcomes.split(", ").count() == commands.split(" ; ").count();
        assert!(same, "an outcome for each command: {line}");
        let run = outcomes != "not run";
        assert!(
            run || (scenario == "-" && given.len() > 20),
            "why not run? {line}"
        );
        let kind = (label.clone(), text.clone(), commands.clone());
        (kind, run.then(|| scenario.clone()))
    };
    lines.skip(1).map(row).collect()
}

/// What all cases print, and which.
fn printed() -> BTreeMap<Kind, BTreeSet<String>> {
    let mut all: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    for (case, capture) in captures() {
        for kind in kinds(&capture) {
            all.entry(kind).or_default().insert(case.clone());
        }
    }
    all
}

fn kinds(capture: &Path) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let report: Json =
        serde_json::from_str(&said(capture, &["--format", "json", "--show", "none"])).unwrap();
    for incident in report["incidents"].as_array().unwrap() {
        let proofs = incident["prove"].as_array().unwrap();
        let commands: Vec<String> = proofs
            .iter()
            .map(|proof| command_kind(proof["command"].as_str().unwrap()))
            .collect();
        if let Some(first) = proofs.first() {
            let text = text_kind(first["text"].as_str().unwrap());
            kinds.push(("Prove".to_owned(), text, commands.join(" ; ")));
        }
        for remedy in incident["remedy"].as_array().unwrap() {
            let text = text_kind(remedy["text"].as_str().unwrap());
            for command in commands_of(remedy["config"].as_str().unwrap_or_default()) {
                kinds.push(("Do".to_owned(), text.clone(), command_kind(&command)));
            }
        }
    }
    for line in said(capture, &[]).lines() {
        if let Some(kind) = see_kind(line) {
            let label = if line.starts_with("More: ") {
                "More"
            } else {
                "See"
            };
            kinds.push((label.to_owned(), "-".to_owned(), kind));
        }
    }
    kinds
}

/// The lines of a remedy that a shell runs here; a record shows the ends of lines escaped.
fn commands_of(config: &str) -> Vec<String> {
    let joined = config.replace(r"\\x0a", " ").replace(r"\x0a", "\n");
    let run = |line: &&str| RUN.iter().any(|program| line.starts_with(program));
    joined.lines().filter(run).map(str::to_owned).collect()
}

/// A sentence without its numbers.
fn text_kind(text: &str) -> String {
    let mut kind = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if !c.is_ascii_digit() {
            kind.push(c);
            continue;
        }
        kind.push('N');
        let mut ahead = rest.clone();
        while let Some(next) = ahead.next() {
            let digit_behind = ahead.peek().is_some_and(char::is_ascii_digit);
            if !(next.is_ascii_digit() || next == ',' && digit_behind) {
                break;
            }
            rest.next();
        }
    }
    kind
}

/// A command without its addresses and names.
fn command_kind(command: &str) -> String {
    let mut before = "";
    let mut words = Vec::new();
    for word in command.split_whitespace() {
        words.push(match before {
            "-connect" | "-proxy" => "ADDRESS",
            "-servername" => "NAME",
            "-alpn" => "LIST",
            _ if word.starts_with("https://") => "URL",
            _ => word,
        });
        before = word;
    }
    words.join(" ")
}

/// A line of the screen without its label, file and numbers; `None`: no command.
fn see_kind(line: &str) -> Option<String> {
    if let Some((_, filter)) = line.split_once("Wireshark: tcp.stream ") {
        return Some(format!(
            "Wireshark: tcp.stream {} N",
            filter.split(' ').next()?
        ));
    }
    let (_, command) = line.split_once("tlscap analyze ")?;
    let option = command.split(' ').find(|word| word.starts_with("--"))?;
    Some(format!("tlscap analyze FILE {option} N"))
}

fn said(capture: &Path, options: &[&str]) -> String {
    let output = Command::cargo_bin("tlscap")
        .unwrap()
        .env("COLUMNS", "80")
        .arg("analyze")
        .args(options)
        .arg(capture)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The main capture of each case; those of thousands of connections have their own test.
fn captures() -> Vec<(String, PathBuf)> {
    let mut all = Vec::new();
    for case in fs::read_dir(root().join("testdata/cases")).unwrap() {
        let case = case.unwrap().path();
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let endings = ["pcap", "pcapng", "pcap.zst"];
        let found = endings
            .iter()
            .map(|ending| case.join(format!("capture.{ending}")))
            .find(|file| file.is_file());
        all.extend(
            found
                .filter(|_| !name.starts_with("healthy_"))
                .map(|file| (name, file)),
        );
    }
    assert!(all.len() > 50, "the captures are missing");
    all.sort();
    all
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
