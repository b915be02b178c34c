//! From frames to a report: the analysis, the comparison over all flows, and what is shown of it.

use crate::analyze::Analyzer;
use crate::analyze::Options;
use crate::base::MILLISECOND;
use crate::capture;
use crate::capture::Filter;
use crate::capture::Merged;
use crate::capture::Source;
use crate::facts::CaptureProblem;
use crate::facts::RunFacts;
use crate::facts::SourceFacts;
use crate::incident;
use crate::incident::Incidents;
use crate::incident::Report;
use crate::incident::Tally;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::report::Sink;
use crate::report::id;
use crate::select::Selection;
use std::io;

/// Bytes of failed handshakes held until the comparison is done; beyond it they are given uncompared.
const HELD: usize = 24 << 20;
/// Frames between two calls of the watcher.
const WATCH: u64 = 4096;

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
    /// BPF expression.
    pub filter: Option<String>,
    /// Stop after so many packets (that passed the filter).
    pub packets: Option<u64>,
    /// Which flows and records.
    pub selection: Selection,
    /// Which handshakes are given to the sink.
    pub show: Show,
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

/// Is told how far a run is, now and then: bytes of input taken. Returns whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(u64) -> bool;

/// Reads `source` to its end, gives the handshakes that are to be shown to `sink`, and returns the report.
///
/// # Errors
/// [`Error::Capture`] for a bad filter, [`Error::Output`] when the sink cannot write.
pub fn run(
    source: &mut Merged,
    settings: &Settings,
    sink: &mut dyn Sink,
    watch: Watch<'_>,
) -> Result<Report, Error> {
    let start = RunFacts {
        sources: sources(source),
        ..RunFacts::default()
    };
    sink.begin(&start)?;
    let mut analyzer = Analyzer::new(settings.options.clone());
    let mut collector = Collector::new(settings, sink);
    let mut taken = 0_u64;
    let mut seen = 0_u64;
    let mut filter: Option<Filter> = None;
    loop {
        seen += 1;
        if seen.is_multiple_of(WATCH)
            && (collector.error.is_some() || !watch(source.bytes_consumed()))
        {
            break;
        }
        let Some(frame) = source.next()? else { break };
        if let Some(expression) = &settings.filter {
            // Which link types a pcapng has is known only once its packets are read.
            if filter.is_none() {
                filter = Some(Filter::compile(expression, frame.link_type)?);
            }
            let Some(filter) = &mut filter else { continue };
            if !filter.matches(frame.link_type, frame.data, frame.wire_length) {
                continue;
            }
        }
        analyzer.frame(&frame, &mut |diagnosis| collector.take(diagnosis));
        taken += 1;
        if settings.packets.is_some_and(|limit| taken >= limit) {
            break;
        }
    }
    let mut facts = analyzer.finish(&mut |diagnosis| collector.take(diagnosis));
    facts.sources = sources(source);
    let problems = source.problems().map(|problem| CaptureProblem {
        code: problem.code,
        packets: 0,
        frames: vec![crate::base::FrameRef {
            source: problem.source,
            number: problem.frame,
        }],
        text: problem.text.clone(),
        advice: String::new(),
    });
    facts.problems.splice(0..0, problems.collect::<Vec<_>>());
    for (link_type, message) in filter.iter().flat_map(Filter::unusable) {
        facts.problems.push(CaptureProblem {
            code: "filter-unusable",
            packets: 0,
            frames: Vec::new(),
            text: format!("the filter cannot be used on packets of link type {link_type}, which were left out: {message}"),
            advice: String::new(),
        });
    }
    collector.finish(
        facts,
        settings.filter.is_some() || source.sources().len() > 1,
    )
}

fn sources(source: &Merged) -> Vec<SourceFacts> {
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

/// Sums up diagnoses, passes on those to be shown, and holds the failed ones until the comparison is done.
struct Collector<'a> {
    settings: &'a Settings,
    sink: &'a mut dyn Sink,
    tally: Tally,
    incidents: Incidents,
    report: Report,
    held: Vec<Diagnosis>,
    held_bytes: usize,
    error: Option<io::Error>,
    /// Stream numbers are not Wireshark's: several inputs, or a filter.
    renumbered: bool,
}

impl<'a> Collector<'a> {
    fn new(settings: &'a Settings, sink: &'a mut dyn Sink) -> Self {
        let limits = incident::Limits::default();
        Self {
            settings,
            sink,
            tally: Tally::new(&limits),
            incidents: Incidents::new(&limits),
            report: Report::default(),
            held: Vec::new(),
            held_bytes: 0,
            error: None,
            renumbered: settings.filter.is_some(),
        }
    }

    fn take(&mut self, mut diagnosis: Diagnosis) {
        if !self.settings.selection.wants_flow(&diagnosis) {
            return;
        }
        if self.renumbered {
            diagnosis.facts.stream_exact = false;
        }
        self.count(&diagnosis);
        self.tally.add(&diagnosis);
        self.incidents.add(&diagnosis, &self.tally, || {
            id::handshake_id(&diagnosis.facts)
        });
        let failed = diagnosis.verdict.outcome == Outcome::Failed;
        let wanted = match self.settings.show {
            Show::All => true,
            Show::Failed => failed,
            Show::None => false,
        };
        if !wanted || !self.settings.selection.wants_record(&diagnosis) {
            return;
        }
        let size = if failed { weight(&diagnosis) } else { 0 };
        let room = self.held.len() < self.settings.options.limits.failures
            && self.held_bytes.saturating_add(size) <= HELD;
        if failed && room {
            self.held_bytes = self.held_bytes.saturating_add(size);
            diagnosis.facts.timeline.shrink_to_fit();
            self.held.push(diagnosis);
        } else {
            self.give(&diagnosis);
        }
    }

    fn give(&mut self, diagnosis: &Diagnosis) {
        if self.error.is_none() {
            self.error = self.sink.handshake(diagnosis).err();
        }
    }

    fn count(&mut self, diagnosis: &Diagnosis) {
        let verdict = &diagnosis.verdict;
        *self
            .report
            .outcomes
            .entry(verdict.outcome.name())
            .or_default() += 1;
        self.report.unused += u64::from(verdict.unused);
        if let Some(finding) = &verdict.finding {
            *self.report.patterns.entry(finding.pattern).or_default() += 1;
        }
        if let Some(reason) = verdict.reason {
            *self.report.reasons.entry(reason).or_default() += 1;
        }
    }

    fn finish(mut self, mut facts: RunFacts, renumbered: bool) -> Result<Report, Error> {
        let built = std::mem::replace(
            &mut self.incidents,
            Incidents::new(&incident::Limits::default()),
        )
        .finish(&self.tally);
        let mut held = std::mem::take(&mut self.held);
        built.assign(&mut held);
        for mut diagnosis in held {
            diagnosis.facts.stream_exact &= !renumbered;
            self.give(&diagnosis);
        }
        if let Some(error) = self.error {
            return Err(Error::Output(error));
        }
        facts.problems.extend(built.problems);
        self.report.run = facts;
        self.report.incidents = built.incidents;
        self.report.alone = built.alone;
        self.sink.finish(&self.report)?;
        Ok(self.report)
    }
}

/// About how many bytes a diagnosis takes.
fn weight(diagnosis: &Diagnosis) -> usize {
    let facts = &diagnosis.facts;
    let hello = facts.client_hello.as_ref().map_or(0, |hello| {
        512 + 2
            * (hello.cipher_suites.len()
                + hello.extensions.len()
                + hello.groups.len()
                + hello.signature_algorithms.len())
    });
    2048 + 56 * facts.timeline.len() + hello + 1024 * facts.certificates.len()
}

/// The answer timeout in ns from a number of milliseconds.
#[must_use]
pub fn milliseconds(value: u64) -> u64 {
    value.saturating_mul(MILLISECOND)
}
