//! A report in another language: a second language can be loaded, and no English sentence is left on a screen.
//!
//! The other language is made from the first: each Latin letter becomes a Cyrillic one, placeholders aside. So a screen keeps its
//! layout, what is still Latin did not come from the file of texts, and turned back it must be the English screen. One test
//! alone, as a program speaks one language for its whole life.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod kit;

use assert_cmd::Command;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tlscap::capture::FileReader;
use tlscap::capture::Merged;
use tlscap::certificate::Roots;
use tlscap::facts::RunFacts;
use tlscap::incident::Report;
use tlscap::pattern::Diagnosis;
use tlscap::report::Sink;
use tlscap::report::screen::ScreenOptions;
use tlscap::report::screen::render;
use tlscap::session;
use tlscap::session::Settings;
use tlscap::texts;
use tlscap::texts::Language;
use tlscap::texts::Plural;
use tlscap::tls::certificate::mozilla_roots;

/// English in the disguise of Cyrillic letters.
fn disguised(file: &str) -> String {
    let mut out = String::new();
    for line in file.lines() {
        match line.split_once('\t').filter(|_| !line.starts_with('#')) {
            Some((key, text)) => {
                let mut inside = false;
                out.push_str(key);
                out.push('\t');
                for c in text.chars() {
                    inside = c == '{' || (inside && c != '}');
                    out.push(if inside { c } else { cyrillic(c) });
                }
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// `а` for `a`, `А` for `A`, and so on.
fn cyrillic(c: char) -> char {
    let shifted = |from: u8, to: u32| char::from_u32(to + u32::from(c) - u32::from(from)).unwrap();
    match c {
        'a'..='z' => shifted(b'a', 0x430),
        'A'..='Z' => shifted(b'A', 0x410),
        other => other,
    }
}

fn undisguised(screen: &str) -> String {
    let latin = |c: char| {
        ('a'..='z')
            .chain('A'..='Z')
            .find(|latin| cyrillic(*latin) == c)
    };
    screen.chars().map(|c| latin(c).unwrap_or(c)).collect()
}

struct Nowhere;

impl Sink for Nowhere {
    fn begin(&mut self, _: &RunFacts) -> std::io::Result<()> {
        Ok(())
    }

    fn handshake(&mut self, _: &Diagnosis) -> std::io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &Report) -> std::io::Result<()> {
        Ok(())
    }
}

fn report(capture: &Path) -> Report {
    let mut source = Merged::new(vec![FileReader::open(capture).unwrap()]);
    let settings = Settings {
        roots: Arc::new(Roots::default().with_names(&mozilla_roots())),
        ..Settings::default()
    };
    session::run(&mut source, &settings, &mut Nowhere, &mut |_| true).unwrap()
}

fn screen(report: &Report, capture: &Path, incident: Option<u32>) -> String {
    let options = ScreenOptions {
        width: 80,
        color: false,
        tz: jiff::tz::TimeZone::UTC,
        incident,
        command_line_files: vec![capture.to_string_lossy().into_owned()],
    };
    render(report, &options)
}

/// What the program itself, which speaks English, prints.
fn in_english(capture: &Path, incident: Option<u32>) -> String {
    let mut command = Command::cargo_bin("tlscap").unwrap();
    command.env("TZ", "UTC").arg("analyze").arg("--quiet");
    command.args(incident.map(|id| format!("--incident={id}")));
    let output = command.arg(capture).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Three words in a row that are nothing but small Latin letters: the mark of an English sentence.
fn sentences(text: &str) -> BTreeSet<String> {
    let bare = |word: &'_ str| word.trim_end_matches([',', '.', ';', ':']).to_owned();
    let words: Vec<String> = text.split_whitespace().map(bare).collect();
    let plain =
        |word: &String| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words
        .windows(3)
        .filter(|three| three.iter().all(plain))
        .map(|three| three.join(" "))
        .collect()
}

/// What may be English: the tables of remedies and alerts, and what is wrong with a file.
fn allowed(report: &Report) -> BTreeSet<String> {
    let tables = [
        include_str!("../src/tables/remedies.tsv"),
        include_str!("../src/tables/alerts.tsv"),
    ];
    let mut allowed: BTreeSet<String> = tables
        .iter()
        .flat_map(|table| sentences(&table.replace("\\n", " ").to_lowercase()))
        .collect();
    // What is wrong with a file is said where it is read, and on standard error too.
    let of_files = [
        "cut-short",
        "damaged-file",
        "unreadable",
        "unknown-interface",
    ];
    for problem in &report.run.problems {
        if of_files.contains(&problem.code) {
            allowed.extend(sentences(&problem.text));
        }
    }
    allowed
}

/// A screen without commands and without what is quoted from the wire.
fn spoken(screen: &str) -> String {
    let is_command = |line: &&str| {
        let line = line.trim_start();
        !["tlscap ", "openssl ", "tcpdump "]
            .iter()
            .any(|name| line.starts_with(name))
    };
    let lines: Vec<&str> = screen.lines().filter(is_command).collect();
    let text = lines.join("\n");
    text.split('"').step_by(2).collect::<Vec<_>>().join(" \" ")
}

#[test]
fn a_second_language_leaves_no_english_sentence_on_a_screen() {
    let other = Language::read("xx", &disguised(texts::english()), Plural::OneAndOther).unwrap();
    texts::choose(other.clone()).unwrap();
    assert!(texts::choose(other).is_err(), "one language for one report");
    assert_eq!(texts::language().code(), "xx");
    let mut incidents = 0;
    let cases = kit::cases::recorded(&kit::cases::folder()).into_iter();
    // An hour in which all is well takes long and says next to nothing.
    for case in cases.filter(|case| !case.name.starts_with("healthy_hour")) {
        let report = report(&case.capture);
        let allowed = allowed(&report);
        // What only records show is held as well.
        let claims = report
            .incidents
            .iter()
            .flat_map(|incident| &incident.causes);
        for evidence in claims.flat_map(|claim| claim.evidence.iter().chain(&claim.against)) {
            let left = sentences(&spoken(&evidence.text));
            assert!(left.is_subset(&allowed), "{}: English: {left:?}", case.name);
        }
        let ids = report.incidents.iter().map(|incident| Some(incident.id));
        for id in [None].into_iter().chain(ids.take(4)) {
            let shown = screen(&report, &case.capture, id);
            let left: Vec<String> = sentences(&spoken(&shown))
                .into_iter()
                .filter(|three| !allowed.contains(three))
                .collect();
            assert!(left.is_empty(), "{}: English: {left:?}\n{shown}", case.name);
            // Thousands of connections are read once only: that takes seconds.
            if case.truth.get("crowd").is_none() {
                let english = in_english(&case.capture, id);
                assert_eq!(undisguised(&shown), english, "{}", case.name);
            }
            incidents += usize::from(id.is_some());
        }
    }
    assert!(incidents > 100, "too few incidents to say anything");
    assert!(!sentences("the hello never came").is_empty());
}
