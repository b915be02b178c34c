//! One JSON object a line, of the same types as the record's, as things happen.

use super::News;
use super::Place;
use super::Show;
use super::Status;
use super::Watcher;
use crate::facts::RunFacts;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use crate::report::record::HandshakeRecord;
use crate::report::record::IncidentRecord;
use crate::report::record::IntervalRecord;
use crate::report::record::Line;
use crate::report::record::NewsRecord;
use crate::report::record::RunRecord;
use crate::report::record::SummaryRecord;
use std::io;
use std::io::Write;

/// Writes NDJSON: `run`, then `handshake` lines as they come (`"compared":false`), at each interval `incident` lines of those with
/// news and an `interval` line, last the `summary`.
pub struct Events<W> {
    out: W,
    lang: &'static str,
    show: Show,
    buffer: Vec<u8>,
}

impl<W: Write> Events<W> {
    /// Writes to `out`; `lang` is the language of sentences. `show`: which handshakes are told.
    pub fn new(out: W, lang: &'static str, show: Show) -> Self {
        Self {
            out,
            lang,
            show,
            buffer: Vec::new(),
        }
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, line)?;
        self.buffer.push(b'\n');
        self.out.write_all(&self.buffer)?;
        self.out.flush()
    }
}

impl<W: Write> Watcher for Events<W> {
    fn begin(&mut self, run: &RunFacts) -> io::Result<()> {
        self.line(&Line::Run(RunRecord::new(run, self.lang)))
    }

    fn handshake(&mut self, diagnosis: &Diagnosis, _: Option<Place>) -> io::Result<()> {
        if !self.show.wants(diagnosis.verdict.outcome) {
            return Ok(());
        }
        self.line(&Line::Handshake(Box::new(HandshakeRecord::from(diagnosis))))
    }

    fn incident(&mut self, news: &News<'_>) -> io::Result<()> {
        // A single flow among many incidents has its own line already.
        let Some(incident) = news.incident else {
            return Ok(());
        };
        let record = IncidentRecord {
            news: Some(NewsRecord::from(news)),
            ..IncidentRecord::from(incident)
        };
        self.line(&Line::Incident(Box::new(record)))
    }

    fn interval(&mut self, status: &Status) -> io::Result<()> {
        self.line(&Line::Interval(Box::new(IntervalRecord::from(status))))
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        self.line(&Line::Summary(Box::new(SummaryRecord::from(report))))
    }
}
