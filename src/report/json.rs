//! One JSON document, `{run, handshakes, incidents, summary}`, of the objects that NDJSON has, one a line.
//!
//! Written as it comes: nothing but the record at hand is held.

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

/// Writes one JSON document.
pub struct Json<'a> {
    out: &'a mut dyn Write,
    lang: &'static str,
    /// Whether the array being written has no element yet.
    first: bool,
    /// The record at hand, written in one piece.
    buffer: Vec<u8>,
}

impl<'a> Json<'a> {
    /// Writes to `out`; `lang` is the language of sentences, `en` or `zh`.
    #[must_use]
    pub fn new(out: &'a mut dyn Write, lang: &'static str) -> Self {
        Self {
            out,
            lang,
            first: true,
            buffer: Vec::new(),
        }
    }

    fn element(&mut self, line: &Line) -> io::Result<()> {
        self.out
            .write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        self.value(line)
    }

    fn value(&mut self, line: &Line) -> io::Result<()> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, line)?;
        self.out.write_all(&self.buffer)
    }
}

impl Sink for Json<'_> {
    fn begin(&mut self, run: &RunFacts) -> io::Result<()> {
        self.out.write_all(b"{\"run\":")?;
        self.value(&Line::Run(RunRecord::new(run, self.lang)))?;
        self.out.write_all(b",\n\"handshakes\":[")
    }

    fn handshake(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        self.element(&Line::Handshake(Box::new(HandshakeRecord::from(diagnosis))))
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        self.out.write_all(b"],\n\"incidents\":[")?;
        self.first = true;
        for incident in &report.incidents {
            self.element(&Line::Incident(Box::new(IncidentRecord::from(incident))))?;
        }
        self.out.write_all(b"],\n\"summary\":")?;
        self.value(&Line::Summary(Box::new(SummaryRecord::from(report))))?;
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}
