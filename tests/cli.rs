//! The program itself: exit status, inputs, outputs, options, and text from the wire that means harm.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Output;
use std::process::Stdio;
use unicode_width::UnicodeWidthStr;

/// Three failed flows and a completed one.
const FAILED: &str = "alert_unrecognized_name";
/// No failed flow.
const HEALTHY: &str = "healthy_mix";

#[test]
fn help_and_version_are_results() {
    for arguments in [&["--help"][..], &["-h"], &["analyze", "--help"]] {
        let output = tlscap(arguments);
        assert_eq!(status(&output), 0, "{arguments:?}");
        assert!(
            text(&output.stdout).contains("Usage: tlscap"),
            "{arguments:?}"
        );
        assert!(output.stderr.is_empty(), "{arguments:?}");
    }
    let output = tlscap(&["--version"]);
    assert_eq!(status(&output), 0);
    assert_eq!(
        text(&output.stdout),
        concat!("tlscap ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn completions_are_printed() {
    let output = tlscap(&["completions", "bash"]);
    assert_eq!(status(&output), 0);
    assert!(text(&output.stdout).contains("_tlscap"));
}

#[test]
fn the_manual_page_is_printed() {
    let output = tlscap(&["man"]);
    assert_eq!(status(&output), 0);
    let page = text(&output.stdout);
    assert!(page.contains(".TH TLSCAP 1 "));
    assert!(page.contains(".SH \"TLSCAP ANALYZE\""));
}

#[cfg(feature = "live")]
#[test]
fn interfaces_are_listed_for_people_and_as_json() {
    let output = tlscap(&["interfaces"]);
    assert_eq!(status(&output), 0);
    let list = text(&output.stdout);
    assert!(list.starts_with("interface "), "{list}");
    let output = tlscap(&["interfaces", "--format", "json"]);
    assert_eq!(status(&output), 0);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    for interface in document["interfaces"].as_array().unwrap() {
        let name = interface["name"].as_str().unwrap();
        assert!(list.contains(name), "{name} is not in\n{list}");
        // Without the privilege to capture there is no link type, but a reason.
        let known = interface["link_type"].is_string();
        assert_ne!(known, interface["problem"].is_string(), "{interface}");
    }
}

#[cfg(not(feature = "live"))]
#[test]
fn without_libpcap_no_interfaces_are_listed_and_that_is_said() {
    let output = tlscap(&["interfaces"]);
    assert_eq!(status(&output), 2);
    assert!(text(&output.stderr).contains("without libpcap"));
}

#[test]
fn wrong_usage_has_status_2_and_prints_no_result() {
    let capture = case(FAILED);
    for arguments in [
        &[][..],
        &["analyze"],
        &["nonsense"],
        &["analyze", "--nonsense", &capture],
        &["analyze", "--format", "nonsense", &capture],
        &["analyze", "--pattern", "nonsense", &capture],
        &["analyze", "--outcome", "nonsense", &capture],
        &["analyze", "--server", "nonsense", &capture],
        &["analyze", "--answer-timeout", "soon", &capture],
        &["analyze", "--fail-on", "nonsense", &capture],
        &["analyze", "-c", "few", &capture],
    ] {
        let output = tlscap(arguments);
        assert_eq!(status(&output), 2, "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_input_that_is_no_capture_has_status_2_and_is_named() {
    let rubbish: Vec<u8> = (0..5000_u32).map(|n| ((n * 7919) >> 3) as u8).collect();
    let inputs = [
        PathBuf::from("/nonexistent/a.pcap"),
        scratch("empty.pcap", b""),
        scratch("short.pcap", &fs::read(case(FAILED)).unwrap()[..23]),
        scratch("rubbish.pcap", &rubbish),
        scratch("words.txt", b"this is no capture, whatever its name says\n"),
        // A directory.
        PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    ];
    for input in inputs {
        let name = input.to_str().unwrap();
        let output = tlscap(&["analyze", name]);
        assert_eq!(status(&output), 2, "{name}");
        assert!(text(&output.stderr).contains(name), "{name}");
        assert_eq!(text(&output.stderr).lines().count(), 1, "{name}");
        assert!(output.stdout.is_empty(), "{name}");
    }
}

#[test]
fn an_input_is_never_overwritten_by_the_report() {
    let folder = tempfile_folder("overwritten");
    let capture = folder.join("capture.pcap");
    fs::copy(case(FAILED), &capture).unwrap();
    let before = fs::read(&capture).unwrap();
    let name = capture.to_string_lossy().into_owned();
    let output = tlscap(&["analyze", &name, "-o", &name]);
    assert_eq!(status(&output), 2);
    assert!(text(&output.stderr).contains("would overwrite it"));
    assert_eq!(fs::read(&capture).unwrap(), before);
}

#[test]
fn a_header_without_packets_is_a_good_capture() {
    let header = &fs::read(case(FAILED)).unwrap()[..24];
    let input = scratch("header.pcap", header);
    let output = tlscap(&["analyze", "--exit-code", input.to_str().unwrap()]);
    assert_eq!(status(&output), 0);
    assert!(output.stderr.is_empty());
    assert!(text(&output.stdout).contains("no packets"));
}

#[test]
fn of_several_files_the_good_ones_are_analysed_and_a_bad_one_gives_status_2() {
    let bad = scratch("bad_one_of_several.pcap", b"");
    let output = tlscap(&[
        "analyze",
        "--exit-code",
        "--format",
        "ndjson",
        &case(FAILED),
        bad.to_str().unwrap(),
        &case(HEALTHY),
    ]);
    assert_eq!(status(&output), 2);
    assert!(text(&output.stderr).contains("bad_one_of_several.pcap"));
    let lines = ndjson(&output);
    assert_eq!(lines[0]["sources"].as_array().unwrap().len(), 2);
    assert_eq!(lines.last().unwrap()["outcomes"]["failed"], 3);
}

#[test]
fn a_capture_cut_short_is_analysed_up_to_the_cut_and_that_is_said() {
    let whole = fs::read(case(FAILED)).unwrap();
    let input = scratch("cut.pcap", &whole[..whole.len() - 10]);
    // Of one that was written to a moment ago nothing else is said than that: it may be under way.
    let fresh = tlscap(&["analyze", input.to_str().unwrap()]);
    assert!(
        text(&fresh.stdout).contains("good")
            && text(&fresh.stdout).contains("written to moments ago")
    );
    assert!(fresh.stderr.is_empty());
    let file = fs::File::options().write(true).open(&input).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    let input = input.to_str().unwrap();
    let output = tlscap(&["analyze", "--format", "ndjson", input]);
    assert_eq!(status(&output), 0);
    assert!(text(&output.stderr).contains("ends inside a packet"));
    let lines = ndjson(&output);
    let summary = lines.last().unwrap();
    assert_eq!(summary["outcomes"]["failed"], 3);
    assert!(
        summary["capture"]["problems"]
            .as_array()
            .unwrap()
            .iter()
            .any(|problem| problem["code"] == "cut-short")
    );
    assert!(tlscap(&["analyze", "-q", input]).stderr.is_empty());
}

#[test]
fn a_capture_cut_at_any_byte_never_ends_in_a_panic() {
    let whole = fs::read(case("vlan_tagged")).unwrap();
    for length in (0..whole.len()).step_by(331) {
        let output = from_stdin(&["analyze"], &whole[..length]);
        let expected = if length < 24 { 2 } else { 0 };
        assert_eq!(status(&output), expected, "cut at {length}");
    }
}

#[test]
fn standard_input_may_be_plain_or_gzip_or_zstd() {
    let plain = fs::read(case(FAILED)).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let zstd = zstd::encode_all(&plain[..], 1).unwrap();
    for input in [plain, gzip.finish().unwrap(), zstd] {
        let output = from_stdin(&["analyze", "--format", "ndjson"], &input);
        assert_eq!(status(&output), 0);
        let lines = ndjson(&output);
        assert_eq!(lines[0]["sources"][0]["name"], "-");
        assert_eq!(lines.last().unwrap()["outcomes"]["failed"], 3);
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let capture = case(FAILED);
    for arguments in [
        &["--help"][..],
        &["completions", "bash"],
        &["analyze", &capture],
        &["analyze", "--show", "all", &capture],
        &["analyze", "--stream", "0", &capture],
        &["analyze", "--format", "json", "--show", "all", &capture],
        &["analyze", "--format", "ndjson", "--show", "all", &capture],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_tlscap"))
            .args(arguments)
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert_eq!(status(&output), 0, "{arguments:?}");
    }
}

#[test]
fn ndjson_has_one_object_a_line_the_run_first_and_the_summary_last() {
    for capture in captures() {
        let output = tlscap(&["analyze", "--format", "ndjson", "--show", "all", &capture]);
        assert_eq!(status(&output), 0, "{capture}");
        let lines = ndjson(&output);
        let kinds: Vec<&str> = lines
            .iter()
            .map(|line| line["type"].as_str().unwrap())
            .collect();
        let rank = |kind: &&str| {
            ["run", "handshake", "incident", "summary"]
                .iter()
                .position(|k| k == kind)
        };
        assert!(kinds.is_sorted_by_key(rank), "{capture}: {kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| **kind == "run").count(), 1);
        assert_eq!(kinds.iter().filter(|kind| **kind == "summary").count(), 1);
        let summary = lines.last().unwrap();
        let outcomes = summary["outcomes"].as_object().unwrap();
        let sum: u64 = outcomes.values().filter_map(Value::as_u64).sum();
        let handshakes = kinds.iter().filter(|kind| **kind == "handshake").count();
        assert_eq!(sum, handshakes as u64, "{capture}");
    }
}

#[test]
fn json_is_one_document_of_the_same_objects() {
    for capture in captures() {
        let lines = ndjson(&tlscap(&["analyze", "--format", "ndjson", &capture]));
        let output = tlscap(&["analyze", "--format", "json", &capture]);
        assert_eq!(status(&output), 0, "{capture}");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let of = |kind: &str| -> Vec<&Value> {
            lines.iter().filter(|line| line["type"] == kind).collect()
        };
        let list =
            |key: &str| -> Vec<&Value> { document[key].as_array().unwrap().iter().collect() };
        assert_eq!(&document["run"], of("run")[0], "{capture}");
        assert_eq!(list("handshakes"), of("handshake"), "{capture}");
        assert_eq!(list("incidents"), of("incident"), "{capture}");
        assert_eq!(&document["summary"], of("summary")[0], "{capture}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in ["table", "json", "ndjson"] {
        let arguments = [
            "analyze",
            "--format",
            format,
            "--show",
            "all",
            &case("broken_off"),
        ];
        assert_eq!(
            tlscap(&arguments).stdout,
            tlscap(&arguments).stdout,
            "{format}"
        );
    }
}

#[test]
fn show_chooses_which_handshakes_are_listed() {
    let capture = case(FAILED);
    let handshakes = |arguments: &[&str]| {
        let all = [&["analyze", "--format", "ndjson", &capture][..], arguments].concat();
        let lines = ndjson(&tlscap(&all));
        lines
            .iter()
            .filter(|line| line["type"] == "handshake")
            .count()
    };
    assert_eq!(handshakes(&[]), 3);
    assert_eq!(handshakes(&["--show", "failed"]), 3);
    assert_eq!(handshakes(&["--show", "all"]), 4);
    assert_eq!(handshakes(&["--show", "none"]), 0);
    let listed = |which: &str| {
        let output = tlscap(&["analyze", "--show", which, &capture]);
        text(&output.stdout).matches(" > 198.51.100.10:443").count()
    };
    assert_eq!(listed("failed") - listed("none"), 3);
    assert_eq!(listed("all") - listed("none"), 4);
}

#[test]
fn selections_choose_flows_by_their_ends_and_name() {
    let capture = case(FAILED);
    let judged = |arguments: &[&str]| {
        let all = [&["analyze", "--format", "ndjson", &capture][..], arguments].concat();
        let lines = ndjson(&tlscap(&all));
        let outcomes = lines.last().unwrap()["outcomes"].clone();
        (
            outcomes["failed"].as_u64().unwrap(),
            outcomes["completed"].as_u64().unwrap(),
        )
    };
    assert_eq!(judged(&["--sni", "-"]), (2, 0));
    assert_eq!(judged(&["--sni", "www.*"]), (1, 0));
    assert_eq!(judged(&["--sni", "SHOP.example.com"]), (0, 1));
    assert_eq!(judged(&["--server", "198.51.100.0/24:443"]), (3, 1));
    assert_eq!(judged(&["--server", "198.51.100.10:444"]), (0, 0));
    assert_eq!(judged(&["--client", "192.0.2.11"]), (0, 0));
}

#[test]
fn selections_choose_records_by_outcome_pattern_and_stream() {
    let capture = case(FAILED);
    let records = |arguments: &[&str]| {
        let all = [&["analyze", "--format", "ndjson", &capture][..], arguments].concat();
        let lines = ndjson(&tlscap(&all));
        lines
            .iter()
            .filter(|line| line["type"] == "handshake")
            .map(|line| line["stream"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(records(&["--outcome", "completed"]), [3]);
    assert_eq!(
        records(&["--pattern", "alert-without-server-hello"]),
        [0, 1, 2]
    );
    assert!(records(&["--pattern", "syn-refused"]).is_empty());
    assert_eq!(records(&["--stream", "1,3"]).len(), 2);
}

#[test]
fn a_stream_is_shown_in_full_and_a_missing_one_is_said() {
    let output = tlscap(&["analyze", "--stream", "0,77", &case(FAILED)]);
    assert_eq!(status(&output), 0);
    let shown = text(&output.stdout);
    assert!(shown.contains("alert-without-server-hello"));
    assert!(shown.contains("tcp.stream eq 0"));
    assert!(shown.contains("stream 77: no TLS handshake there"));
}

#[test]
fn an_incident_is_shown_in_full_and_a_missing_one_is_said() {
    let shown = |number: &str| {
        let output = tlscap(&["analyze", "--incident", number, &case("broken_off")]);
        assert_eq!(status(&output), 0);
        text(&output.stdout).to_owned()
    };
    assert!(shown("2").contains("\n#2  "));
    assert!(!shown("2").contains("\n#1  "));
    assert!(shown("99").contains("No incident 99"));
}

#[test]
fn fail_on_and_exit_code_give_status_1_when_they_match() {
    let failed = case(FAILED);
    let healthy = case(HEALTHY);
    for (expected, arguments) in [
        (0, &["analyze", &failed][..]),
        (1, &["analyze", "--exit-code", &failed]),
        (1, &["analyze", "--fail-on", "failed", &failed]),
        (
            1,
            &[
                "analyze",
                "--fail-on",
                "alert-without-server-hello",
                &failed,
            ],
        ),
        (0, &["analyze", "--fail-on", "syn-refused", &failed]),
        (0, &["analyze", "--fail-on", "unknown", &failed]),
        (1, &["analyze", "--fail-on", "no-attempt", &healthy]),
        (0, &["analyze", "--exit-code", &healthy]),
    ] {
        assert_eq!(status(&tlscap(arguments)), expected, "{arguments:?}");
    }
}

#[test]
fn the_report_goes_to_a_file_if_asked() {
    let file = scratch("report.ndjson", b"old");
    let name = file.to_str().unwrap();
    let output = tlscap(&["analyze", "--format", "ndjson", "-o", name, &case(FAILED)]);
    assert_eq!(status(&output), 0);
    assert!(output.stdout.is_empty());
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("{\"type\":\"run\""));
    let output = tlscap(&["analyze", "-o", "/nonexistent/report", &case(FAILED)]);
    assert_eq!(status(&output), 2);
}

#[test]
fn colour_is_never_in_a_pipe_unless_asked_for() {
    let capture = case(FAILED);
    let coloured = |arguments: &[&str], no_color: &str| {
        let output = command()
            .env("NO_COLOR", no_color)
            .args([&["analyze", &capture][..], arguments].concat())
            .output()
            .unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[], ""));
    assert!(!coloured(&["--color", "never"], ""));
    assert!(!coloured(&["--color", "auto"], "1"));
    assert!(coloured(&["--color", "always"], ""));
    assert!(coloured(&["--color", "always"], "1"));
}

#[test]
fn the_first_screen_of_each_case_fits_80_columns_and_40_lines() {
    for capture in captures() {
        let folder = Path::new(&capture).parent().unwrap();
        let name = Path::new(&capture).file_name().unwrap();
        let output = command()
            .current_dir(folder)
            .arg("analyze")
            .arg(name)
            .output()
            .unwrap();
        let screen = text(&output.stdout);
        assert!(screen.lines().count() <= 40, "{capture}:\n{screen}");
        for line in screen.lines() {
            assert!(
                line.width() <= 80 || is_to_be_copied(line),
                "{capture}: {} columns: {line}",
                line.width()
            );
            assert_eq!(line, line.trim_end(), "{capture}: blanks at the end");
        }
    }
}

#[test]
fn the_screens_in_the_readme_are_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mut shown = 0;
    for block in readme.split("```text\n$ tlscap ").skip(1) {
        let block = block.split("\n```").next().unwrap();
        let (arguments, screen) = block.split_once('\n').unwrap();
        let output = command()
            .current_dir(root)
            .args(arguments.split(' '))
            .output()
            .unwrap();
        let printed = text(&output.stdout);
        assert_eq!(printed.trim_end(), screen.trim_end(), "{arguments}");
        shown += 1;
    }
    assert!(shown >= 5, "{shown} screens");
}

/// Commands, lines of a configuration and display filters stand whole on their line, however long.
fn is_to_be_copied(line: &str) -> bool {
    if line.starts_with("             ") && !line.starts_with("              ") {
        return true;
    }
    let line = line.trim_start();
    let line = ["See ", "More: ", "Wireshark: "]
        .iter()
        .find_map(|label| line.strip_prefix(label))
        .unwrap_or(line)
        .trim_start();
    [
        "tlscap ",
        "openssl ",
        "curl ",
        "tcpdump ",
        "Wireshark: ",
        "ip.addr==",
        "ipv6.addr==",
    ]
    .iter()
    .any(|word| line.starts_with(word))
}

#[test]
fn text_from_the_wire_is_never_printed_raw() {
    // Names of hellos and certificates, answers, and banners, each as long as what it stands for.
    let replacements: [(&[u8], &[u8]); 4] = [
        (b"www.example.com", b"\x1b[31mx\xe2\x80\xae\x07\xc2\x9b\n.a"),
        (
            b"shop.example.com",
            b"\x1b[31m\xe2\x81\xa6\xe2\x80\x8f\r\na.b",
        ),
        (b"Bad Request", b"\x1b]0;xy\x07\xe2\x80\xae\x7f"),
        (b"ESMTP", b"\x1b[31m"),
    ];
    for name in captures() {
        let mut capture = fs::read(&name).unwrap();
        for (old, new) in replacements {
            replace(&mut capture, old, new);
        }
        for arguments in [
            &["--format", "table", "--show", "all"][..],
            &["--format", "table", "--stream", "0,1,2,3"],
            &["--format", "table", "--incident", "1"],
            &["--format", "json", "--show", "all"],
            &["--format", "ndjson", "--show", "all"],
        ] {
            let output = from_stdin(&[&["analyze"], arguments].concat(), &capture);
            assert_eq!(status(&output), 0, "{name} {arguments:?}");
            let shown = text(&output.stdout);
            let raw: Vec<char> = shown.chars().filter(|c| is_raw(*c)).collect();
            assert!(raw.is_empty(), "{name} {arguments:?}: {raw:?}");
            // The first incident of that capture is of hellos without a name.
            if name == case(FAILED) && !arguments.contains(&"--incident") {
                assert!(shown.contains(r"x1b[31mx"), "{arguments:?}: not shown");
            }
        }
    }
}

#[test]
fn a_hostile_name_is_escaped_so_that_it_can_be_read_back() {
    let mut capture = fs::read(case(FAILED)).unwrap();
    replace(
        &mut capture,
        b"www.example.com",
        b"\x1b\\x1b\xe2\x80\xae\xff\n.a.bc",
    );
    let output = from_stdin(&["analyze", "--format", "ndjson"], &capture);
    let lines = ndjson(&output);
    let names: Vec<&Value> = lines
        .iter()
        .map(|line| &line["client_hello"]["sni"])
        .filter(|name| name.is_string())
        .collect();
    assert_eq!(names, [r"\x1b\\x1b\u{202e}\xff\x0a.a.bc"]);
}

/// Puts `new`, as long as `old`, wherever `old` stands.
fn replace(capture: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    for at in 0..capture.len() {
        if let Some(here) = capture.get_mut(at..at + old.len())
            && here == old
        {
            here.copy_from_slice(new);
        }
    }
}

/// A character that moves a cursor or turns text, line feeds of the output itself left out.
fn is_raw(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn a_number_of_packets_ends_the_reading() {
    let output = tlscap(&["analyze", "-c", "10", "--format", "ndjson", &case(FAILED)]);
    assert_eq!(status(&output), 0);
    assert_eq!(ndjson(&output).last().unwrap()["packets"], 10);
}

#[test]
#[cfg(feature = "live")]
fn a_filter_leaves_out_packets_and_a_wrong_one_has_status_2() {
    let capture = case(FAILED);
    let output = tlscap(&[
        "analyze",
        "-f",
        "tcp port 444",
        "--format",
        "ndjson",
        &capture,
    ]);
    assert_eq!(status(&output), 0);
    assert_eq!(ndjson(&output).last().unwrap()["packets"], 0);
    let output = tlscap(&[
        "analyze",
        "-f",
        "tcp port 443",
        "--format",
        "ndjson",
        &capture,
    ]);
    let lines = ndjson(&output);
    assert_eq!(lines.last().unwrap()["outcomes"]["failed"], 3);
    // Wireshark numbers the streams of the whole file.
    assert!(lines[1]["type"] == "handshake" && lines[1].get("wireshark").is_none());
    assert_eq!(status(&tlscap(&["analyze", "-f", "tcp port", &capture])), 2);
}

#[test]
#[cfg(not(feature = "live"))]
fn a_filter_cannot_be_used_without_libpcap_and_that_has_status_2() {
    let output = tlscap(&["analyze", "-f", "tcp port 443", &case(FAILED)]);
    assert_eq!(status(&output), 2);
    assert!(text(&output.stderr).contains("filter"));
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tlscap"));
    command
        .env("TZ", "UTC")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .timeout(std::time::Duration::from_secs(60));
    command
}

fn tlscap(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

fn from_stdin(arguments: &[&str], input: &[u8]) -> Output {
    command()
        .args(arguments)
        .arg("-")
        .write_stdin(input)
        .output()
        .unwrap()
}

/// The exit status; a program ended by a signal has none, and that is never right.
fn status(output: &Output) -> i32 {
    assert!(
        !text(&output.stderr).contains("panicked"),
        "{}",
        text(&output.stderr)
    );
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn ndjson(output: &Output) -> Vec<Value> {
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases")
}

fn case(name: &str) -> String {
    let path = cases().join(name).join("capture.pcap");
    path.into_os_string().into_string().unwrap()
}

fn captures() -> Vec<String> {
    let mut captures: Vec<String> = fs::read_dir(cases())
        .unwrap()
        .flat_map(|entry| {
            ["capture.pcap", "capture.pcapng"].map(|name| entry.as_ref().unwrap().path().join(name))
        })
        .filter(|path| path.is_file())
        .map(|path| path.into_os_string().into_string().unwrap())
        .collect();
    captures.sort();
    captures
}

/// A file for one test, in cargo's folder for that.
fn scratch(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

/// An empty folder of this name, for one test.
fn tempfile_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}
