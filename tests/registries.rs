//! The registries hold what lies in their folders, and each entry is fit to be read.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use tlscap::pattern::PATTERNS;
use tlscap::report::record;

#[test]
fn each_pattern_file_is_registered_and_named_after_its_id() {
    let registered: BTreeSet<String> = PATTERNS
        .iter()
        .map(|pattern| pattern.id.to_owned())
        .collect();
    let files: BTreeSet<String> = pattern_files()
        .iter()
        .map(|(path, _)| {
            path.file_stem()
                .unwrap()
                .to_string_lossy()
                .replace('_', "-")
        })
        .collect();
    assert!(!files.is_empty());
    assert_eq!(
        files, registered,
        "files of src/pattern and PATTERNS differ"
    );
    for (path, source) in pattern_files() {
        let id = path
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .replace('_', "-");
        assert!(
            source.contains(&format!("id: \"{id}\"")),
            "{}: the id is not {id}",
            path.display()
        );
    }
}

#[test]
fn pattern_ids_are_unique_kebab_case_words() {
    let mut seen = BTreeSet::new();
    for pattern in PATTERNS {
        assert!(seen.insert(pattern.id), "{} is there twice", pattern.id);
        assert!(
            pattern
                .id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '-'),
            "{}",
            pattern.id
        );
    }
}

#[test]
fn each_pattern_has_tests_that_it_fires_and_that_it_is_silent() {
    for (path, source) in pattern_files() {
        for kind in ["fires_", "silent_"] {
            let is_one = |line: &str| line.trim_start().starts_with(&format!("fn {kind}"));
            assert!(
                source.lines().any(is_one),
                "{}: no test named {kind}...",
                path.display()
            );
        }
    }
}

#[test]
fn each_pattern_has_help_with_sources() {
    for pattern in PATTERNS {
        let help = &pattern.help;
        let id = pattern.id;
        assert!(!help.title.trim().is_empty(), "{id}: no title");
        assert!(
            help.title.lines().count() == 1,
            "{id}: the title is one line"
        );
        assert!(!help.explain.trim().is_empty(), "{id}: no explanation");
        assert!(!help.sources.is_empty(), "{id}: no source");
        let lists = [help.logs, help.settle, help.sources];
        for text in lists.iter().flat_map(|list| list.iter()) {
            assert!(!text.trim().is_empty(), "{id}: an empty text");
        }
    }
}

#[test]
fn each_pattern_occurs_in_a_case() {
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("testdata/cases")).unwrap() {
        let truth = std::fs::read_to_string(entry.unwrap().path().join("truth.json")).unwrap();
        let truth: serde_json::Value = serde_json::from_str(&truth).unwrap();
        for flow in truth["flows"].as_array().unwrap() {
            seen.extend(flow["pattern"].as_str().map(str::to_owned));
        }
    }
    let missing: Vec<&str> = PATTERNS
        .iter()
        .map(|pattern| pattern.id)
        .filter(|id| !seen.contains(*id))
        .collect();
    assert!(missing.is_empty(), "no capture shows {missing:?}");
    for id in &seen {
        assert!(
            tlscap::pattern::pattern(id).is_some(),
            "a truth.json names {id}, which is no pattern"
        );
    }
}

#[test]
fn the_schema_in_docs_is_that_of_the_code() {
    let text = std::fs::read_to_string(root().join("docs/record.schema.json")).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(
        written == record::schema(),
        "docs/record.schema.json is stale: TLSCAP_BLESS=1 cargo test --lib record:: writes it"
    );
}

/// The files of `src/pattern` that define a pattern, with their text.
fn pattern_files() -> Vec<(PathBuf, String)> {
    let mut files: Vec<(PathBuf, String)> = std::fs::read_dir(root().join("src/pattern"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let source = std::fs::read_to_string(&path).unwrap();
            (path, source)
        })
        .filter(|(_, source)| source.contains("const PATTERN: Pattern"))
        .collect();
    files.sort();
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
