//! Writes large captures with their truth, and holds what tlscap says of one against it.
//!
//! ```text
//! cargo bench --bench generate -- handshakes 1000000 /tmp/handshakes.pcap   # and /tmp/handshakes.pcap.truth.json
//! cargo bench --bench generate -- bulk 3000 /tmp/bulk.pcap
//! cargo bench --bench generate -- mixed 250000 /tmp/mixed.pcap
//! cargo bench --bench generate -- check /tmp/mixed.pcap
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool that writes to its terminal and may stop on a broken input"
)]

mod check;
mod generator;

use generator::Kind;
use std::fs;
use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "generate handshakes|bulk|mixed COUNT FILE   writes FILE and FILE.truth.json\n\
                     generate check FILE                        holds tlscap's counts against FILE.truth.json";

fn main() -> ExitCode {
    // Cargo adds --bench.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => println!("{USAGE}"),
        ["check", file] => return check(file),
        [kind, count, file] => match (Kind::named(kind), count.parse()) {
            (Some(kind), Ok(count)) => generate(kind, count, file),
            _ => return usage(),
        },
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    println!("{USAGE}");
    ExitCode::from(2)
}

fn generate(kind: Kind, count: u64, file: &str) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file).unwrap());
    let truth = generator::generate(kind, count, &cases, &mut out).unwrap();
    out.flush().unwrap();
    let json = serde_json::to_string_pretty(&truth.json()).unwrap();
    fs::write(format!("{file}.truth.json"), json + "\n").unwrap();
    println!(
        "{file}: {count} flows, {} packets, {} bytes, at most {} at one time",
        truth.packets, truth.bytes, truth.concurrent
    );
}

fn check(file: &str) -> ExitCode {
    let truth = fs::read(format!("{file}.truth.json")).unwrap();
    let capture = Box::new(File::open(file).unwrap());
    let differences = check::differences(capture, &serde_json::from_slice(&truth).unwrap());
    if differences.is_empty() {
        println!("{file}: every count is as the truth says");
        return ExitCode::SUCCESS;
    }
    println!("{file}:\n{}", differences.join("\n"));
    ExitCode::FAILURE
}
