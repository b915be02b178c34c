//! From frames to a report: the analysis, the comparison over all flows, and what is shown of it.

mod beside;
mod collector;
mod memory;
mod monitor;
mod reading;
mod tickets;

pub use memory::Memory;
pub use monitor::Pace;
pub use monitor::monitor;

use crate::analyze::Options;
use crate::base::MILLISECOND;
use crate::capture;
use crate::capture::Input;
use crate::certificate::Roots;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::RunFacts;
use crate::facts::SourceFacts;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use crate::policy::Policy;
use crate::report::Sink;
use crate::select::Selection;
use collector::Collector;
use reading::Receive;
use std::io;
use std::sync::Arc;

/// Which handshakes are given to the sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Failed ones.
    #[default]
    Failed,
    /// Every one.
    All,
    /// None.
    None,
}

/// What can be chosen.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Of the analysis.
    pub options: Options,
    /// BPF expression, for what the source itself does not filter.
    pub filter: Option<String>,
    /// The source leaves out what somebody did not want.
    pub filtered: bool,
    /// Stop after so many packets (that passed the filter).
    pub packets: Option<u64>,
    /// Which flows and records.
    pub selection: Selection,
    /// Which handshakes are given to the sink.
    pub show: Show,
    /// Certificates that clients are taken to trust.
    pub roots: Arc<Roots>,
    /// Server policies that clients are judged by; empty unless asked for.
    pub policies: Vec<Policy>,
    /// Threads to work on: with 2 and more, one follows flows, one reads and compares. The output is the same.
    pub threads: usize,
    /// How much memory is held, where that can be told.
    pub memory: Option<Arc<Memory>>,
    /// Bytes of memory beyond which flows are let go, the longest idle first; needs `memory`.
    pub max_memory: Option<u64>,
}

impl Settings {
    /// Memory held now.
    fn resident(&self) -> Option<u64> {
        self.memory.as_ref()?.resident()
    }
}

/// Why a run could not be brought to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input side failed.
    #[error(transparent)]
    Capture(#[from] capture::Error),
    /// The output side failed; a closed pipe has the kind `BrokenPipe`.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of input taken, as stored.
    pub consumed: u64,
    /// Packets taken.
    pub packets: u64,
    /// Packets that kernel and interface dropped.
    pub dropped: u64,
    /// Flows followed now.
    pub flows: usize,
}

/// Is told how far a run is, now and then. Returns whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(&Progress) -> bool;

/// Reads `source` to its end, gives the handshakes that are to be shown to `sink`, and returns the report.
///
/// # Errors
/// [`Error::Capture`] for a bad filter, [`Error::Output`] when the sink cannot write.
pub fn run<I: Input + Send>(
    source: &mut I,
    settings: &Settings,
    sink: &mut dyn Sink,
    watch: Watch<'_>,
) -> Result<Report, Error> {
    let start = RunFacts {
        sources: sources(source),
        ..RunFacts::default()
    };
    sink.begin(&start)?;
    let mut collector = Collector::new(settings, &start.sources, sink);
    let facts = if settings.threads > 1 {
        beside::read(source, settings, &mut collector, watch)?
    } else {
        reading::read(
            source,
            settings,
            &mut Here {
                collector: &mut collector,
                watch,
            },
        )?
    };
    collector.finish(facts)
}

/// Takes what is read on the thread that reads it.
struct Here<'a, 'b> {
    collector: &'a mut Collector<'b>,
    watch: Watch<'a>,
}

impl Receive for Here<'_, '_> {
    fn diagnosis(&mut self, diagnosis: Diagnosis) -> Option<Box<HandshakeFacts>> {
        self.collector.diagnosis(diagnosis)
    }

    fn answer(&mut self, answer: Box<DnsFacts>) {
        self.collector.answer(answer);
    }

    fn go_on(&mut self, progress: &Progress) -> bool {
        self.collector.error.is_none() && (self.watch)(progress)
    }
}

fn sources(source: &impl Input) -> Vec<SourceFacts> {
    let infos = source.sources();
    infos
        .into_iter()
        .map(|info| SourceFacts {
            name: info.name,
            format: info.format.to_owned(),
            compression: info.compression,
            link_types: info.link_types,
            snap_length: info.snap_length,
            size: info.size,
        })
        .collect()
}

/// The answer timeout in ns from a number of milliseconds.
#[must_use]
pub fn milliseconds(value: u64) -> u64 {
    value.saturating_mul(MILLISECOND)
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use super::Show;
    use super::run;
    use crate::analyze::sample::RAW;
    use crate::analyze::sample::Talk;
    use crate::base::Side;
    use crate::base::millis;
    use crate::capture::FileReader;
    use crate::capture::Merged;
    use crate::facts::RunFacts;
    use crate::incident::Report;
    use crate::pattern::Diagnosis;
    use crate::report::Sink;
    use std::io;
    use std::io::Cursor;

    /// Counts what it is given; fails from the first handshake on if told so.
    #[derive(Default)]
    struct Counting {
        handshakes: usize,
        broken: bool,
    }

    impl Sink for Counting {
        fn begin(&mut self, run: &RunFacts) -> io::Result<()> {
            assert_eq!(run.sources.len(), 1);
            Ok(())
        }

        fn handshake(&mut self, _: &Diagnosis) -> io::Result<()> {
            self.handshakes += 1;
            if self.broken {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            Ok(())
        }

        fn finish(&mut self, _: &Report) -> io::Result<()> {
            Ok(())
        }
    }

    /// A classic pcap file with nanoseconds.
    fn pcap(talk: &Talk) -> Merged {
        let mut bytes = Vec::new();
        let head = [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 65_535, u32::from(RAW)];
        bytes.extend(head.iter().flat_map(|value| value.to_le_bytes()));
        for packet in &talk.packets {
            let data = packet.bytes();
            let length = u32::try_from(data.len()).unwrap();
            let seconds = u32::try_from(packet.at.0 / 1_000_000_000).unwrap();
            let rest = u32::try_from(packet.at.0 % 1_000_000_000).unwrap();
            let head = [seconds, rest, length, length];
            bytes.extend(head.iter().flat_map(|value| value.to_le_bytes()));
            bytes.extend(data);
        }
        let reader = FileReader::from_reader("a".to_owned(), Box::new(Cursor::new(bytes)), None);
        Merged::new(vec![reader.unwrap()])
    }

    fn all() -> Settings {
        Settings {
            show: Show::All,
            ..Settings::default()
        }
    }

    fn two() -> Talk {
        Talk::completed(1).then(Talk::completed(2))
    }

    #[test]
    fn a_run_gives_each_handshake_and_the_report() {
        let mut sink = Counting::default();
        let report = run(&mut pcap(&two()), &all(), &mut sink, &mut |_| true).unwrap();
        assert_eq!((sink.handshakes, report.outcomes["completed"]), (2, 2));
        assert_eq!(report.run.sources[0].name, "a");
    }

    #[test]
    fn a_run_stops_after_so_many_packets() {
        let mut sink = Counting::default();
        let settings = Settings {
            packets: Some(5),
            ..all()
        };
        let report = run(&mut pcap(&two()), &settings, &mut sink, &mut |_| true).unwrap();
        assert_eq!((report.run.packets, sink.handshakes), (5, 1));
    }

    #[test]
    fn a_run_stops_when_its_watcher_says_so() {
        let mut talk = Talk::connected(1);
        for _ in 0..3000 {
            talk = talk.send(Side::Client, b"x");
        }
        let mut sink = Counting::default();
        let report = run(&mut pcap(&talk), &all(), &mut sink, &mut |_| false).unwrap();
        assert!(report.run.packets < 6000);
    }

    #[test]
    fn an_output_that_breaks_ends_the_run_with_its_error() {
        let mut sink = Counting {
            broken: true,
            ..Counting::default()
        };
        let result = run(&mut pcap(&two()), &all(), &mut sink, &mut |_| true);
        assert!(matches!(result, Err(super::Error::Output(_))));
        assert_eq!(sink.handshakes, 1);
    }

    /// What became of two handshakes whose packets are captured at these times.
    fn judged(at: impl Fn(i64) -> i64) -> (u64, Vec<f64>) {
        let mut talk = two();
        let first = talk.packets[0].at.0;
        for packet in &mut talk.packets {
            packet.at.0 = at(packet.at.0 - first);
        }
        let mut sink = Durations::default();
        let report = run(&mut pcap(&talk), &all(), &mut sink, &mut |_| true).unwrap();
        (report.outcomes["completed"], sink.0)
    }

    /// Keeps how long each handshake took, ms.
    #[derive(Default)]
    struct Durations(Vec<f64>);

    impl Sink for Durations {
        fn begin(&mut self, _: &RunFacts) -> io::Result<()> {
            Ok(())
        }

        fn handshake(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
            let facts = &diagnosis.facts;
            self.0.push(millis(facts.last.at.since(facts.first.at)));
            Ok(())
        }

        fn finish(&mut self, _: &Report) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn times_of_any_century_that_a_file_can_hold_change_nothing() {
        let seconds = [0, 1, 0x7fff_fffe, 0x8000_0000, u32::MAX - 60];
        let usual = judged(|since| 1_600_000_000_000_000_000 + since);
        for start in seconds {
            let start = i64::from(start) * 1_000_000_000;
            assert_eq!(judged(|since| start + since), usual);
        }
        // A clock that stands still, at any time.
        for at in [0, i64::from(u32::MAX) * 1_000_000_000] {
            let (completed, took) = judged(|_| at);
            assert_eq!((completed, took.iter().sum::<f64>()), (2, 0.0));
        }
    }

    #[test]
    fn a_clock_that_steps_back_makes_no_failure_and_no_absurd_duration() {
        let hour = 3_600_000_000_000;
        for back in [1_000_000, hour, 24 * 365 * hour] {
            for after in 0..20 {
                let start = 1_600_000_000_000_000_000;
                let at = |since| match since > after * 1_000_000 {
                    true => start + since - back,
                    false => start + since,
                };
                let (completed, took) = judged(at);
                assert_eq!(completed, 2, "{back} {after}");
                let day = 24.0 * 3_600_000.0;
                assert!(took.iter().all(|took| (0.0..day).contains(took)));
            }
        }
    }

    #[cfg(feature = "live")]
    #[test]
    fn a_filter_takes_only_what_fits_it_and_a_wrong_one_is_an_error() {
        let filtered = |filter: &str| {
            let settings = Settings {
                filter: Some(filter.to_owned()),
                ..all()
            };
            let mut sink = Counting::default();
            let report = run(&mut pcap(&two()), &settings, &mut sink, &mut |_| true);
            report.map(|report| (report.outcomes.values().sum::<u64>(), sink.handshakes))
        };
        assert_eq!(filtered("tcp port 2").unwrap(), (1, 1));
        assert!(filtered("no such filter").is_err());
    }
}
