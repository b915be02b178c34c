//! How fast captures are analysed: bytes and packets a second over testdata, repeated in memory, or over a file of your own.
//!
//! `cargo bench` reports and judges nothing: `TLSCAP_BENCH_FILE=big.pcap cargo bench` reads that file instead.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal and may stop on a broken input"
)]

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::Instant;
use tlscap::capture::FileReader;
use tlscap::capture::Merged;
use tlscap::facts::RunFacts;
use tlscap::incident::Report;
use tlscap::pattern::Diagnosis;
use tlscap::report::Sink;
use tlscap::session;
use tlscap::session::Settings;
use tlscap::session::Show;

/// Times that the captures are read; the quickest counts.
const ROUNDS: usize = 5;
/// Times that the captures of testdata are read in one round.
const REPEAT: usize = 40;

/// Takes everything and keeps nothing.
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

fn main() {
    let (inputs, repeat) = match std::env::var_os("TLSCAP_BENCH_FILE") {
        Some(file) => (vec![fs::read(file).unwrap()], 1),
        None => (testdata(), REPEAT),
    };
    let bytes: usize = inputs.iter().map(Vec::len).sum::<usize>() * repeat;
    let mut best = f64::INFINITY;
    let mut packets = 0;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        packets = (0..repeat)
            .flat_map(|_| &inputs)
            .map(|input| analyse(input))
            .sum();
        best = best.min(begun.elapsed().as_secs_f64());
    }
    println!(
        "{packets} packets, {:.1} MB: {:.3} s, {:.0} MB/s, {:.0} ns a packet",
        bytes as f64 / 1e6,
        best,
        bytes as f64 / 1e6 / best,
        best * 1e9 / packets as f64
    );
}

fn testdata() -> Vec<Vec<u8>> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut folders: Vec<_> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let names = ["capture.pcap", "capture.pcapng"];
    folders
        .iter()
        .filter_map(|folder| {
            names
                .iter()
                .find_map(|name| fs::read(folder.join(name)).ok())
        })
        .collect()
}

fn analyse(input: &[u8]) -> u64 {
    let reader = FileReader::from_reader(
        "bench".to_owned(),
        Box::new(Cursor::new(input.to_vec())),
        None,
    )
    .unwrap();
    let settings = Settings {
        show: Show::None,
        ..Settings::default()
    };
    session::run(
        &mut Merged::new(vec![reader]),
        &settings,
        &mut Nowhere,
        &mut |_| true,
    )
    .unwrap()
    .run
    .packets
}
