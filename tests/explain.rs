//! `tlscap explain`: words in every form in, text and JSON out, exit status, and words that mean harm.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use assert_cmd::Command;
use serde_json::Value;
use std::process::Output;

#[test]
fn a_cause_is_explained_on_standard_output_with_status_0() {
    let output = explain(&["sni-missing"]);
    assert_eq!(status(&output), 0);
    assert!(output.stderr.is_empty());
    let text = text(&output.stdout);
    let headings = [
        "What it is",
        "On the wire",
        "Seen as",
        "How to tell them apart",
        "What would decide it",
        "What to do",
        "Sources",
    ];
    let mut rest = text.as_str();
    for heading in headings {
        let (_, after) = rest
            .split_once(&format!("\n{heading}\n"))
            .unwrap_or_else(|| panic!("no section {heading:?} after the one before it:\n{text}"));
        rest = after;
    }
    assert!(text.contains("      proxy_ssl_server_name on;\n"));
    assert!(text.lines().all(|line| line.len() <= 82), "{text}");
}

#[test]
fn words_need_no_quotes() {
    let quoted = explain(&["SSL alert number 40"]);
    let loose = explain(&["SSL", "alert", "number", "40"]);
    assert_eq!(status(&quoted), 0);
    assert_eq!(quoted.stdout, loose.stdout);
    assert!(text(&quoted.stdout).starts_with("handshake_failure (alert): number 40\n"));
}

#[test]
fn each_kind_of_thing_is_found() {
    for (words, kind, id) in [
        (&["non-tls-answer"][..], "pattern", "non-tls-answer"),
        (&["certificate-expired"], "cause", "certificate-expired"),
        (&["alert", "70"], "alert", "protocol_version"),
        (&["unrecognized_name"], "alert", "unrecognized_name"),
        (
            &["0xC02B"],
            "suite",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        (&["AES128-SHA"], "suite", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        (&["-12286"], "message", "SSL_ERROR_NO_CYPHER_OVERLAP"),
        (&["wrong version number"], "message", "wrong version number"),
    ] {
        let page = json(words);
        assert_eq!(
            (page["kind"].as_str(), page["id"].as_str()),
            (Some(kind), Some(id)),
            "{words:?}"
        );
    }
}

#[test]
fn json_has_the_remedies_with_their_sources_wherever_the_option_stands() {
    let page = json(&["sni-missing"]);
    let after = explain(&["sni-missing", "--format", "json"]);
    assert_eq!(
        serde_json::from_slice::<Value>(&after.stdout).unwrap(),
        page
    );
    assert_eq!(page["type"], "explanation");
    let nginx = page["remedy"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["product"] == "nginx")
        .unwrap();
    assert_eq!(nginx["who"], "client");
    assert_eq!(
        nginx["config"],
        "proxy_ssl_server_name on;\nproxy_ssl_name {name};"
    );
    assert!(
        nginx["source"]
            .as_str()
            .is_some_and(|source| !source.is_empty())
    );
}

#[test]
fn a_log_line_is_read_from_standard_input() {
    let line = "2026/11/21 12:00:01 [error] 77#77: *5 SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong\nversion number) while SSL handshaking to upstream, client: 192.0.2.1\n";
    let output = command(&["-"]).write_stdin(line).output().unwrap();
    assert_eq!(status(&output), 0);
    let text = text(&output.stdout);
    assert!(text.starts_with("SSL_do_handshake() failed"), "{text}");
    assert!(text.contains("tls-on-plaintext-port"), "{text}");
}

#[test]
fn what_is_unknown_has_status_2_near_names_and_no_result() {
    let output = explain(&["sni-mising"]);
    assert_eq!(status(&output), 2);
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("  sni-missing\n"));
    for words in [&["qqqqqqqqqq"][..], &[""], &["alert", "200"]] {
        let output = explain(words);
        assert_eq!(status(&output), 2, "{words:?}");
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{words:?}"
        );
    }
}

#[test]
fn wrong_usage_has_status_2() {
    for arguments in [&[][..], &["--nonsense"], &["--format", "nonsense", "70"]] {
        let output = explain(arguments);
        assert_eq!(status(&output), 2, "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn words_that_mean_harm_are_not_repeated_as_they_are() {
    let output = explain(&["nobody\x1b[31m knows \u{202e}this"]);
    assert_eq!(status(&output), 2);
    let text = text(&output.stderr);
    assert!(
        !text.contains('\x1b') && !text.contains('\u{202e}'),
        "{text}"
    );
    assert!(text.contains(r"\x1b[31m"), "{text}");
    let bytes = command(&["-"])
        .write_stdin([0xff, 0x00, 0x1b, b'x'])
        .output()
        .unwrap();
    assert_eq!(status(&bytes), 2);
    assert!(!bytes.stderr.contains(&0x1b));
}

#[test]
fn much_text_on_standard_input_is_bounded() {
    let output = command(&["-"])
        .write_stdin("handshake went wrong somewhere\n".repeat(100_000))
        .output()
        .unwrap();
    assert_eq!(status(&output), 2);
}

#[test]
fn completions_know_the_command() {
    let output = Command::cargo_bin("tlscap")
        .unwrap()
        .args(["completions", "bash"])
        .output()
        .unwrap();
    assert_eq!(status(&output), 0);
    assert!(text(&output.stdout).contains("explain"));
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("tlscap").unwrap();
    command.arg("explain").args(arguments);
    command
}

fn explain(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn json(words: &[&str]) -> Value {
    let arguments: Vec<&str> = ["--format", "json"].iter().chain(words).copied().collect();
    let output = explain(&arguments);
    assert_eq!(status(&output), 0, "{words:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
