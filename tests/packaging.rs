//! What is packed around the program names what is there: options of `tlscap monitor`, metrics, files.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests; a check that cannot be made says why"
)]

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

const UNIT: &str = "packaging/tlscap.service";
const DEFAULTS: &str = "packaging/tlscap.default";
const DASHBOARD: &str = "packaging/grafana-dashboard.json";
const RULES: &str = "packaging/prometheus-rules.yml";
const RULES_TESTED: &str = "packaging/prometheus-rules.test.yml";
const PAGE: &str = "docs/live.md";
/// Labels that Prometheus itself adds.
const OF_PROMETHEUS: [&str; 4] = ["job", "instance", "le", "alertname"];

#[test]
fn the_service_starts_a_command_and_options_that_exist() {
    let unit = read(UNIT);
    let start = setting(&unit, "ExecStart").unwrap();
    let mut words = start.split_whitespace();
    assert_eq!(words.next(), Some("/usr/bin/tlscap"));
    assert_eq!(
        setting(&unit, "EnvironmentFile"),
        Some("/etc/default/tlscap")
    );
    let variables = assignments(&read(DEFAULTS));
    let mut arguments = Vec::new();
    let mut used = BTreeSet::new();
    for word in words {
        match word.strip_prefix('$') {
            Some(name) => {
                let value = variables.get(name).unwrap_or_else(|| panic!("${name}"));
                arguments.extend(value.split_whitespace().map(str::to_owned));
                used.insert(name.to_owned());
            }
            None => arguments.push(word.to_owned()),
        }
    }
    let assigned: BTreeSet<String> = variables.keys().cloned().collect();
    assert_eq!(assigned, used, "{DEFAULTS} and ExecStart differ");
    assert_eq!(arguments[0], "monitor");
    assert!(arguments.len() > 4, "{arguments:?}");
    assert!(is_accepted(&arguments), "{arguments:?}");
}

#[test]
fn an_option_that_does_not_exist_is_not_accepted() {
    for wrong in [
        &["monitor", "--nonsense"][..],
        &["monitor", "--interval", "soon"],
        &["monitor", "--format", "nonsense"],
        &["nonsense"],
    ] {
        let wrong: Vec<String> = wrong.iter().map(|&word| word.to_owned()).collect();
        assert!(!is_accepted(&wrong), "{wrong:?}");
    }
}

#[test]
fn options_that_packed_files_speak_of_are_those_of_monitor() {
    let known = options_of("monitor");
    assert!(
        known.contains("--iface") && known.contains("-f"),
        "{known:?}"
    );
    let mut seen = 0;
    for file in [UNIT, DEFAULTS, DASHBOARD, RULES] {
        for option in long_options(&read(file)) {
            assert!(known.contains(&option), "{file}: {option}");
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} options were looked at");
}

#[test]
fn the_page_lists_the_metrics_that_there_are() {
    let source = read("src/report/metrics.rs");
    let (source, _) = source.split_once("#[cfg(test)]").unwrap();
    let of_source: BTreeSet<String> = source
        .split('"')
        .filter(|text| text.starts_with("tlscap_"))
        .map(str::to_owned)
        .collect();
    let of_page: BTreeSet<String> = metrics().into_keys().collect();
    assert_eq!(
        of_page, of_source,
        "{PAGE} and src/report/metrics.rs differ"
    );
}

#[test]
fn dashboard_and_rules_use_metrics_of_the_page_with_their_labels() {
    let metrics = metrics();
    let histograms: BTreeSet<&str> = metrics
        .iter()
        .filter(|(_, row)| row.kind == "histogram")
        .map(|(name, _)| name.as_str())
        .collect();
    let labels: BTreeSet<&str> = metrics
        .values()
        .flat_map(|row| row.labels.iter().map(String::as_str))
        .chain(OF_PROMETHEUS)
        .collect();
    let recorded = recorded();
    for file in [DASHBOARD, RULES, RULES_TESTED] {
        let text = read(file);
        let names = words_with(&text, "tlscap_");
        assert!(names.len() > 5, "{file}: {names:?}");
        for name in names {
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .filter_map(|suffix| name.strip_suffix(suffix))
                .find(|base| histograms.contains(base));
            let base = base.unwrap_or(&name);
            assert!(metrics.contains_key(base), "{file}: {name}");
            assert!(
                base != name || !histograms.contains(base),
                "{file}: {name} is a histogram and has no value of its own"
            );
        }
        for name in words_with(&text, "tlscap:") {
            assert!(recorded.contains(&name), "{file}: {name} is not recorded");
        }
        for label in grouped_by(&text) {
            assert!(labels.contains(label.as_str()), "{file}: label {label}");
        }
    }
}

#[test]
fn every_metric_is_on_the_dashboard() {
    let shown = read(DASHBOARD);
    for name in metrics().keys() {
        assert!(shown.contains(name.as_str()), "{name}");
    }
}

#[test]
fn panels_have_numbers_of_their_own_and_do_not_overlap() {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{}", panel["id"]);
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "{}", panel["title"]);
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "{} overlaps", panel["title"]);
            }
        }
    }
}

#[test]
fn the_page_lists_the_alerts_that_there_are() {
    let rules = read(RULES);
    let of_rules: BTreeSet<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    let page = read(PAGE);
    let of_page: BTreeSet<&str> = rows(&page, "| alert |")
        .filter_map(|cells| cells.first().copied())
        .collect();
    assert!(!of_rules.is_empty());
    assert_eq!(of_page, of_rules);
    let tested = read(RULES_TESTED);
    for alert in of_rules {
        assert!(tested.contains(&format!("alertname: {alert}\n")), "{alert}");
    }
}

#[test]
fn alerts_fire_where_they_shall_and_are_silent_beside_it() {
    for arguments in [["check", "rules", RULES], ["test", "rules", RULES_TESTED]] {
        let run = std::process::Command::new("promtool")
            .args(arguments)
            .current_dir(root())
            .output();
        let Ok(output) = run else {
            println!("skipped: promtool is not installed");
            return;
        };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
    }
}

#[test]
fn what_the_package_takes_is_there_or_made() {
    let manifest = read("Cargo.toml");
    let script = read("packaging/build-deb");
    let assets = manifest.split_once("\nassets = [").unwrap().1;
    let assets = assets.split_once("\n]").unwrap().0;
    let sources: Vec<&str> = assets
        .lines()
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert!(sources.len() > 10, "{sources:?}");
    for source in sources {
        if source == "target/release/tlscap" {
            continue;
        }
        if source.starts_with("target/") {
            assert!(script.contains(&format!(">{source}\n")), "{source}");
        } else {
            assert!(root().join(source).is_file(), "{source}");
        }
    }
    assert!(root().join("packaging/debian/postrm").is_file());
}

/// One row of the table of metrics.
struct Metric {
    kind: String,
    labels: Vec<String>,
}

fn metrics() -> BTreeMap<String, Metric> {
    let page = read(PAGE);
    let rows = rows(&page, "| metric |").map(|cells| {
        let labels = cells[2].split(", ").filter(|label| !label.is_empty());
        let metric = Metric {
            kind: cells[1].to_owned(),
            labels: labels.map(str::to_owned).collect(),
        };
        (cells[0].to_owned(), metric)
    });
    let metrics: BTreeMap<String, Metric> = rows.collect();
    assert!(!metrics.is_empty());
    metrics
}

/// The cells of a table's rows, without backquotes.
fn rows<'a>(page: &'a str, head: &str) -> impl Iterator<Item = Vec<&'a str>> {
    let (_, table) = page.split_once(head).unwrap();
    table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().trim_matches('`')).collect()
        })
}

/// Names that the rules record.
fn recorded() -> BTreeSet<String> {
    read(RULES)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- record: "))
        .map(str::to_owned)
        .collect()
}

/// Words that begin so.
fn words_with(text: &str, start: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    text.split(|c| !is_part(c))
        .filter(|word| word.starts_with(start))
        // `tlscap: ...` in a title is a word of people.
        .filter(|word| word.len() > start.len())
        .map(str::to_owned)
        .collect()
}

/// What stands in `by (...)`.
fn grouped_by(text: &str) -> BTreeSet<String> {
    text.split(" by (")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .flat_map(|(labels, _)| labels.split(", "))
        .map(str::to_owned)
        .collect()
}

/// `--long` options, wherever they are named.
fn long_options(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_lowercase() && c != '-')
        .filter(|word| word.starts_with("--") && word.len() > 3)
        .map(str::to_owned)
        .collect()
}

/// The options that the help of a command lists.
fn options_of(command: &str) -> BTreeSet<String> {
    let output = tlscap(&[command.to_owned(), "--help".to_owned()]);
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter(|line| line.trim_start().starts_with('-'))
        .flat_map(|line| {
            line.split([' ', ','])
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|word| word.starts_with('-'))
        .collect()
}

/// Whether the command line is understood: what stands before `--help` is read first.
fn is_accepted(arguments: &[String]) -> bool {
    let mut arguments = arguments.to_vec();
    arguments.push("--help".to_owned());
    tlscap(&arguments).status.success()
}

fn tlscap(arguments: &[String]) -> std::process::Output {
    Command::cargo_bin("tlscap")
        .unwrap()
        .args(arguments)
        .output()
        .unwrap()
}

/// The value of a setting of a unit.
fn setting<'a>(unit: &'a str, name: &str) -> Option<&'a str> {
    unit.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

/// The variables of an environment file.
fn assignments(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
        .collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
