//! The first and the last line: what was read.

use super::parts::FramesRecord;
use crate::facts::Directions;
use crate::facts::RunFacts;
use crate::facts::SourceFacts;
use crate::facts::WireText;
use crate::incident::Report;
use crate::pattern::Outcome;
use crate::report::escape::clean;
use crate::report::time::rfc3339;
use crate::report::value;
use crate::tables;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the record: raised when a field changes its meaning, never when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// The first line of a run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RunRecord {
    /// Version of the record.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: ToolRecord,
    /// Language of sentences: `en` or `zh`.
    pub lang: String,
    /// The inputs in order.
    pub sources: Vec<SourceRecord>,
}

/// The program that wrote the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ToolRecord {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceRecord {
    /// Its index, as `source` beside every frame number.
    pub index: usize,
    /// File name as given, `-` for standard input, or the interface.
    pub name: String,
    /// `pcap`, `pcapng` or `live`.
    pub format: String,
    /// Link types known when the line was written, without `LINKTYPE_`.
    pub link_types: Vec<String>,
    /// Largest snap length announced, in bytes. `null`: not known when the line was written.
    pub snap_length: Option<u32>,
    /// `gzip`, `zstd`, or `null`.
    pub compression: Option<&'static str>,
    /// Size of the file in bytes. `null`: unknown.
    pub size: Option<u64>,
}

impl RunRecord {
    /// The record of a run whose sentences are in `lang`.
    #[must_use]
    pub fn new(run: &RunFacts, lang: &str) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: ToolRecord {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            lang: lang.to_owned(),
            sources: run
                .sources
                .iter()
                .enumerate()
                .map(|(index, source)| SourceRecord::new(index, source))
                .collect(),
        }
    }
}

impl SourceRecord {
    fn new(index: usize, source: &SourceFacts) -> Self {
        let link_type =
            |code: &u16| tables::link_type(*code).map_or_else(|| code.to_string(), str::to_owned);
        Self {
            index,
            // A file name is not from the wire, but may have been chosen by others all the same.
            name: WireText::from(source.name.as_str()).to_string(),
            format: source.format.clone(),
            link_types: source.link_types.iter().map(link_type).collect(),
            snap_length: Some(source.snap_length).filter(|length| *length > 0),
            compression: source.compression,
            size: source.size,
        }
    }
}

/// The last line of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SummaryRecord {
    /// Packets read.
    pub packets: u64,
    /// Bytes on the wire of these packets.
    pub bytes: u64,
    /// Time of the first packet. `null`: there was none.
    pub first: Option<String>,
    /// Latest packet time. `null`: there was none.
    pub last: Option<String>,
    /// Handshake records by outcome; every outcome is there.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Failed ones by pattern.
    pub patterns: BTreeMap<&'static str, u64>,
    /// Flows of other protocols than TLS.
    pub not_tls: NotTlsRecord,
    /// Flows that tlscap does not read.
    pub not_read: NotReadRecord,
    /// Packets that were not understood.
    pub skipped: Vec<SkippedRecord>,
    /// Packets that the capture lost.
    pub dropped: DroppedRecord,
    /// Flows let go because a bound was reached.
    pub evicted: u64,
    /// How far the capture can be trusted.
    pub capture: CaptureRecord,
    /// Completed handshakes whose client left without sending data.
    pub unused: u64,
    /// What is no failure but may look like one.
    pub noise: NoiseRecord,
    /// Unknown ones by reason.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Packets captured more than once.
    pub copies: u64,
}

/// Flows of other protocols.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotTlsRecord {
    /// How many.
    pub flows: u64,
}

/// Flows not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotReadRecord {
    /// QUIC flows.
    pub quic: u64,
    /// DTLS flows.
    pub dtls: u64,
}

/// Packets not understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SkippedRecord {
    /// Why, a kebab-case word.
    pub reason: String,
    /// How many.
    pub packets: u64,
}

/// Packets lost while capturing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DroppedRecord {
    /// By the kernel.
    pub kernel: u64,
    /// By the interface.
    pub interface: u64,
}

/// The capture itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaptureRecord {
    /// `good`, `fair` or `poor`.
    pub quality: &'static str,
    /// Whose packets are in it: `both`, `client`, `server`.
    pub directions: &'static str,
    /// TCP payload bytes that were acknowledged but are not in it.
    pub missing_bytes: u64,
    /// Whatever is wrong with it.
    pub problems: Vec<ProblemRecord>,
}

/// Something wrong with the capture itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProblemRecord {
    /// Kebab-case word.
    pub code: &'static str,
    /// Packets concerned. `null`: cannot be counted.
    pub packets: Option<u64>,
    /// Examples.
    #[serde(flatten)]
    pub seen: FramesRecord,
    /// What it is.
    pub text: String,
    /// How to capture better. `null`: nothing can be done.
    pub advice: Option<String>,
}

impl From<&Report> for SummaryRecord {
    fn from(report: &Report) -> Self {
        let run = &report.run;
        let mut outcomes: BTreeMap<_, _> = Outcome::ALL.map(|outcome| (outcome.name(), 0)).into();
        outcomes.extend(&report.outcomes);
        Self {
            packets: run.packets,
            bytes: run.bytes,
            first: run.first.map(rfc3339),
            last: run.last.map(rfc3339),
            outcomes,
            patterns: report.patterns.clone(),
            not_tls: NotTlsRecord { flows: run.not_tls },
            not_read: NotReadRecord {
                quic: run.quic,
                dtls: run.dtls,
            },
            skipped: run
                .skipped
                .iter()
                .map(|(reason, packets)| SkippedRecord {
                    reason: clean(reason),
                    packets: *packets,
                })
                .collect(),
            dropped: DroppedRecord {
                kernel: run.dropped_kernel,
                interface: run.dropped_interface,
            },
            evicted: run.evicted,
            capture: CaptureRecord::from(report),
            unused: report.unused,
            noise: NoiseRecord {
                health_checks: report.noise.health_checks,
                half_open: report.noise.half_open,
                retried: report.noise.retried,
            },
            reasons: report.reasons.clone(),
            copies: run.copies,
        }
    }
}

impl From<&Report> for CaptureRecord {
    fn from(report: &Report) -> Self {
        let run = &report.run;
        let problem = |problem: &crate::facts::CaptureProblem| ProblemRecord {
            code: problem.code,
            packets: Some(problem.packets).filter(|packets| *packets > 0),
            seen: FramesRecord::from(&problem.frames[..]),
            text: clean(&problem.text),
            advice: Some(clean(&problem.advice)).filter(|advice| !advice.is_empty()),
        };
        Self {
            quality: value::quality(report).name(),
            directions: match run.directions {
                Directions::Both => "both",
                Directions::ClientOnly => "client",
                Directions::ServerOnly => "server",
            },
            missing_bytes: run.missing_bytes,
            problems: run.problems.iter().map(problem).collect(),
        }
    }
}
/// Counts of what is no failure but may look like one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoiseRecord {
    /// Connections opened and closed by the client without a byte, in a rhythm.
    pub health_checks: u64,
    /// Connections that the client never completed although the server answered.
    pub half_open: u64,
    /// Completed handshakes of a client that had failed with the same server and name within a minute before.
    pub retried: u64,
}
