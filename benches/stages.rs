//! What each stage of the analysis costs: reading, decoding, following flows and TLS, comparing, reporting.
//!
//! ```text
//! cargo bench --bench stages                # 20,000 generated handshakes in memory
//! cargo bench --bench stages -- big.pcap    # a file of your own
//! ```
//!
//! Each line does all that the lines above it do; the stages take turns, and of each the quickest of five rounds counts.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench reports to its terminal and may stop on a broken input"
)]

#[expect(dead_code, reason = "the truth of what is generated is of no use here")]
#[path = "generate/generator/mod.rs"]
mod generator;

use generator::Kind;
use std::fs::File;
use std::hint::black_box;
use std::io;
use std::io::Cursor;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tlscap::analyze::Analyzer;
use tlscap::analyze::Options;
use tlscap::capture::FileReader;
use tlscap::capture::Merged;
use tlscap::capture::Source;
use tlscap::decode::Decoder;
use tlscap::decode::FragmentLimits;
use tlscap::facts::RunFacts;
use tlscap::incident::Report;
use tlscap::pattern::Diagnosis;
use tlscap::report::Sink;
use tlscap::report::ndjson::Ndjson;
use tlscap::report::screen;
use tlscap::report::screen::ScreenOptions;
use tlscap::session;
use tlscap::session::Settings;
use tlscap::session::Show;

const ROUNDS: usize = 5;
const GENERATED: u64 = 20_000;

/// Where the packets come from, again in every round.
enum Input {
    Memory(Arc<[u8]>),
    File(String),
}

impl Input {
    fn open(&self) -> Merged {
        let bytes: Box<dyn Read + Send> = match self {
            Self::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            Self::File(name) => Box::new(File::open(name).unwrap()),
        };
        let reader = FileReader::from_reader("bench".to_owned(), bytes, None);
        Merged::new(vec![reader.unwrap()])
    }
}

/// Takes everything, and renders the screen at the end if told so.
struct Quiet {
    screen: bool,
}

impl Sink for Quiet {
    fn begin(&mut self, _: &RunFacts) -> io::Result<()> {
        Ok(())
    }
    fn handshake(&mut self, _: &Diagnosis) -> io::Result<()> {
        Ok(())
    }
    fn finish(&mut self, report: &Report) -> io::Result<()> {
        if self.screen {
            let options = ScreenOptions {
                width: 80,
                color: false,
                tz: jiff::tz::TimeZone::UTC,
                incident: None,
                command_line_files: vec!["bench.pcap".to_owned()],
            };
            black_box(screen::render(report, &options));
        }
        Ok(())
    }
}

type Stage = (&'static str, fn(&Input) -> Option<Report>);

const STAGES: [Stage; 6] = [
    ("reading", read),
    ("+ decoding", decode),
    ("+ following flows and TLS", follow),
    ("+ comparison", compare),
    ("+ report on the screen", report),
    ("every handshake as NDJSON", ndjson),
];

fn main() {
    // Cargo adds --bench.
    let file = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let input = file.map_or_else(generated, Input::File);
    let mut best = [f64::INFINITY; STAGES.len()];
    let mut sums = Report::default();
    for _ in 0..ROUNDS {
        for (stage, best) in STAGES.iter().zip(&mut best) {
            let begun = Instant::now();
            let report = (stage.1)(&input);
            *best = best.min(begun.elapsed().as_secs_f64());
            sums = report.unwrap_or(sums);
        }
    }
    let packets = sums.run.packets as f64;
    let flows = sums.outcomes.values().sum::<u64>() + sums.run.not_tls;
    println!("{packets} packets, {flows} TCP connections\n");
    println!("| stage | ns a packet | of it this stage | us a connection |");
    println!("| --- | ---: | ---: | ---: |");
    let mut before = 0.0;
    for ((name, _), seconds) in STAGES.iter().zip(best) {
        println!(
            "| {name} | {:.0} | {:.0} | {:.2} |",
            seconds * 1e9 / packets,
            (seconds - before) * 1e9 / packets,
            seconds * 1e6 / flows.max(1) as f64
        );
        before = seconds;
    }
}

fn generated() -> Input {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut bytes = Vec::new();
    generator::generate(Kind::Handshakes, GENERATED, &cases, &mut bytes).unwrap();
    Input::Memory(bytes.into())
}

fn read(input: &Input) -> Option<Report> {
    let mut source = input.open();
    while let Some(frame) = source.next().unwrap() {
        black_box(frame.data);
    }
    None
}

fn decode(input: &Input) -> Option<Report> {
    let mut source = input.open();
    let mut decoder = Decoder::new(FragmentLimits::default());
    while let Some(frame) = source.next().unwrap() {
        black_box(decoder.decode(&frame));
    }
    None
}

fn follow(input: &Input) -> Option<Report> {
    let mut source = input.open();
    let mut analyzer = Analyzer::new(Options::default());
    // Facts are given back, as the session gives back those of flows that it does not hold.
    let mut take = |diagnosis: Diagnosis| Some(diagnosis.facts);
    while let Some(frame) = source.next().unwrap() {
        analyzer.frame(&frame, &mut take);
        black_box(analyzer.take_answer());
    }
    black_box(analyzer.finish(&mut take));
    None
}

fn compare(input: &Input) -> Option<Report> {
    run(input, Show::None, &mut Quiet { screen: false })
}

fn report(input: &Input) -> Option<Report> {
    run(input, Show::None, &mut Quiet { screen: true })
}

fn ndjson(input: &Input) -> Option<Report> {
    run(input, Show::All, &mut Ndjson::new(&mut io::sink(), "en"))
}

fn run(input: &Input, show: Show, sink: &mut dyn Sink) -> Option<Report> {
    let settings = Settings {
        show,
        ..Settings::default()
    };
    Some(session::run(&mut input.open(), &settings, sink, &mut |_| true).unwrap())
}
