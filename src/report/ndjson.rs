//! One JSON object a line: `run`, then handshakes as they come, incidents, `summary`.

use super::Sink;
use super::record::HandshakeRecord;
use super::record::IncidentRecord;
use super::record::Line;
use super::record::RunRecord;
use super::record::SummaryRecord;
use crate::facts::RunFacts;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use std::io;
use std::io::Write;

/// Writes NDJSON.
pub struct Ndjson<'a> {
    out: &'a mut dyn Write,
    lang: &'static str,
    /// The line at hand: written in one piece, so that a reader of a pipe never meets half of one.
    buffer: Vec<u8>,
}

impl<'a> Ndjson<'a> {
    /// Writes to `out`; `lang` is the language of sentences, `en` or `zh`.
    #[must_use]
    pub fn new(out: &'a mut dyn Write, lang: &'static str) -> Self {
        Self {
            out,
            lang,
            buffer: Vec::new(),
        }
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, line)?;
        self.buffer.push(b'\n');
        self.out.write_all(&self.buffer)
    }
}

impl Sink for Ndjson<'_> {
    fn begin(&mut self, run: &RunFacts) -> io::Result<()> {
        self.line(&Line::Run(RunRecord::new(run, self.lang)))
    }

    fn handshake(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        self.line(&Line::Handshake(Box::new(HandshakeRecord::from(diagnosis))))
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        for incident in &report.incidents {
            self.line(&Line::Incident(Box::new(IncidentRecord::from(incident))))?;
        }
        self.line(&Line::Summary(Box::new(SummaryRecord::from(report))))?;
        self.out.flush()
    }
}
