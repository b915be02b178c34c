//! `--policy`: names and files, what is wrong with them, and `tlscap explain policies`.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use assert_cmd::Command;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

const CAPTURE: &str = "testdata/cases/story4_load_balancer_policy/capture.pcap";
const OWN: &str = r#"{"name": "edge", "min_version": "TLSv1.2", "max_version": "TLSv1.2", "ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]}"#;

#[test]
fn a_built_in_name_and_a_family_are_taken() {
    for name in [
        "ELBSecurityPolicy-2016-08",
        "elbsecuritypolicy-2016-08",
        "TLSv1.2_2021",
        "mozilla",
    ] {
        assert_eq!(status(&analyze(&["--policy", name])), 0, "{name}");
    }
    let twice = ["--policy", "mozilla", "--policy", "Alibaba ALB"];
    assert_eq!(status(&analyze(&twice)), 0);
}

#[test]
fn a_file_of_our_own_and_one_of_aws_are_taken() {
    let aws = r#"{"SslPolicies": [{"Name": "a", "SslProtocols": ["TLSv1.2"], "Ciphers": [{"Name": "AES128-SHA", "Priority": 1}]}]}"#;
    for text in [OWN, aws, &format!("\u{feff}{OWN}")] {
        let file = file("taken.json", text.as_bytes());
        let output = analyze(&["--policy", file.to_str().unwrap()]);
        assert_eq!(status(&output), 0, "{}", errors(&output));
    }
}

#[test]
fn an_unknown_name_ends_with_status_2_and_near_names_before_anything_is_read() {
    let output = tlscap(&[
        "analyze",
        "--policy",
        "ELBSecurityPolicy-2016-80",
        "no-such.pcap",
    ]);
    assert_eq!(status(&output), 2);
    assert!(output.stdout.is_empty());
    let errors = errors(&output);
    assert!(
        errors.contains("\n  ELBSecurityPolicy-2016-08\n"),
        "{errors}"
    );
    assert!(errors.contains("describe-ssl-policies --names ELBSecurityPolicy-2016-80"));
    assert!(!errors.contains("no-such.pcap"), "{errors}");
}

#[test]
fn what_is_wrong_with_a_file_is_said_in_one_line() {
    for (name, bytes, expected) in [
        ("empty.json", &b""[..], "no JSON"),
        ("binary.json", b"\xff\xfe", "no UTF-8"),
        (
            "word.json",
            br#"{"name": "x\u001b[2J", "min_version": "TLSv1.2", "max_version": "TLSv1.2", "ciphers": ["A\u001b[2J"]}"#,
            "unknown cipher suite",
        ),
    ] {
        let file = file(name, bytes);
        let output = analyze(&["--policy", file.to_str().unwrap()]);
        assert_eq!(status(&output), 2, "{name}");
        let errors = errors(&output);
        assert!(errors.contains(expected), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(!errors.contains('\u{1b}'), "{errors}");
    }
}

#[test]
fn text_from_the_command_line_is_escaped() {
    let output = analyze(&["--policy", "\u{1b}[2J"]);
    assert_eq!(status(&output), 2);
    assert!(!errors(&output).contains('\u{1b}'));
}

#[test]
fn explain_lists_the_policies_and_shows_one() {
    let output = tlscap(&["explain", "policies"]);
    assert_eq!(status(&output), 0);
    let text = String::from_utf8(output.stdout).unwrap();
    for policy in tlscap::policy::all() {
        assert!(text.contains(&policy.name), "{}", policy.name);
        let page = tlscap(&["explain", &policy.name]);
        assert_eq!(status(&page), 0, "{}", policy.name);
        let page = String::from_utf8(page.stdout).unwrap();
        assert!(page.starts_with(&format!("{} (policies): ", policy.name)));
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80));
}

fn analyze(options: &[&str]) -> Output {
    let mut words = vec!["analyze", CAPTURE];
    words.extend(options);
    tlscap(&words)
}

fn tlscap(words: &[&str]) -> Output {
    Command::cargo_bin("tlscap")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(words)
        .output()
        .unwrap()
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("policy-{name}"));
    fs::write(&path, bytes).unwrap();
    path
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
