//! How many threads work changes no byte of the output.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// The captures of testdata, all vantages.
fn captures() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut captures: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .flat_map(|case| fs::read_dir(case.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.contains(".pcap")
        })
        .collect();
    captures.sort();
    captures
}

fn output(capture: &Path, threads: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_tlscap"))
        .arg("analyze")
        .arg(capture)
        .args(["--threads", threads])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", capture.display());
    output.stdout
}

#[test]
fn two_threads_write_what_one_writes_byte_by_byte() {
    let captures = captures();
    assert!(captures.len() > 150, "{}", captures.len());
    for capture in captures {
        for arguments in [&["--format", "ndjson", "--show", "all"][..], &[]] {
            let (one, two) = (
                output(&capture, "1", arguments),
                output(&capture, "2", arguments),
            );
            assert!(!one.is_empty());
            assert!(one == two, "{} {arguments:?}", capture.display());
        }
    }
}

#[test]
fn two_threads_end_with_a_closed_pipe_and_stop_where_they_are_told_to() {
    let capture = captures()
        .into_iter()
        .find(|path| path.to_string_lossy().contains("incident_gateway_mix"))
        .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tlscap"))
        .arg("analyze")
        .arg(&capture)
        .args(["--threads", "2", "--format", "ndjson", "--show", "all"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    let limited = |threads| output(&capture, threads, &["-c", "1000"]);
    assert!(limited("1") == limited("2"));
}
