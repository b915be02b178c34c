//! For people: the first screen, one incident, single flows, lists.

use super::args::Analyze;
use std::io;
use std::io::Write;
use tlscap::facts::RunFacts;
use tlscap::incident::Report;
use tlscap::pattern;
use tlscap::pattern::Diagnosis;
use tlscap::pattern::PATTERNS;
use tlscap::report::Sink;
use tlscap::report::layout;
use tlscap::report::screen;
use tlscap::report::screen::ScreenOptions;
use tlscap::report::stream_view;
use tlscap::report::table;
use tlscap::report::table::ListColumn;

/// Rows of a list; the rest is counted.
const ROWS: usize = 100_000;

/// Writes what people read.
pub(super) struct Table<'a> {
    out: &'a mut dyn Write,
    options: ScreenOptions,
    streams: Vec<u32>,
    found: Vec<u32>,
    list: bool,
    rows: Vec<Vec<String>>,
    more: u64,
}

impl<'a> Table<'a> {
    pub(super) fn new(out: &'a mut dyn Write, options: ScreenOptions, args: &Analyze) -> Self {
        let list = args.show.is_some() || !args.outcome.is_empty() || !args.pattern.is_empty();
        Self {
            out,
            options,
            streams: args.stream.clone(),
            found: Vec::new(),
            list,
            rows: Vec::new(),
            more: 0,
        }
    }
}

impl Sink for Table<'_> {
    fn begin(&mut self, _run: &RunFacts) -> io::Result<()> {
        Ok(())
    }

    fn handshake(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        if !self.streams.is_empty() {
            self.found.push(diagnosis.facts.stream);
            let help = diagnosis
                .verdict
                .finding
                .as_ref()
                .and_then(|finding| pattern::pattern(finding.pattern))
                .map(|pattern| &pattern.help);
            let neighbours = neighbours(diagnosis);
            let text = stream_view::render(
                diagnosis,
                help,
                &neighbours,
                self.options.width,
                &self.options.tz,
            );
            return writeln!(self.out, "{}", text.trim_end());
        }
        if self.rows.len() < ROWS {
            self.rows.push(row(diagnosis, &self.options));
        } else {
            self.more += 1;
        }
        Ok(())
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        if !self.streams.is_empty() {
            for stream in self
                .streams
                .iter()
                .filter(|stream| !self.found.contains(stream))
            {
                writeln!(
                    self.out,
                    "stream {stream}: no TLS handshake there (not in the capture, or another protocol)"
                )?;
            }
            return Ok(());
        }
        let text = screen::render(report, &self.options);
        writeln!(self.out, "{}", text.trim_end())?;
        if self.list && !self.rows.is_empty() {
            writeln!(self.out)?;
            for line in table::list(
                &COLUMNS,
                std::mem::take(&mut self.rows),
                self.options.width.max(80),
            ) {
                writeln!(self.out, "{}", line.trim_end())?;
            }
            if self.more > 0 {
                writeln!(
                    self.out,
                    "and {} more: use --format ndjson",
                    layout::count(self.more)
                )?;
            }
        }
        Ok(())
    }
}

const COLUMNS: [ListColumn; 4] = [
    column("stream", true, false),
    column("time", false, false),
    column("outcome, frame; client > server", false, false),
    column("SNI", false, true),
];

const fn column(title: &'static str, right: bool, wraps: bool) -> ListColumn {
    ListColumn {
        title,
        right,
        wraps,
    }
}

fn row(diagnosis: &Diagnosis, options: &ScreenOptions) -> Vec<String> {
    let facts = &diagnosis.facts;
    let verdict = &diagnosis.verdict;
    let name = facts.client_hello.as_ref().map(|hello| {
        hello
            .sni
            .as_ref()
            .map_or_else(|| "(none)".to_owned(), ToString::to_string)
    });
    let what = match (&verdict.finding, verdict.reason) {
        (Some(finding), _) => finding.pattern.to_owned(),
        (None, Some(reason)) => format!("{} ({reason})", verdict.outcome.name()),
        (None, None) => verdict.outcome.name().to_owned(),
    };
    let frame = verdict
        .ended
        .and_then(|ended| ended.mark)
        .map(|mark| format!(", {}", mark.frame))
        .unwrap_or_default();
    vec![
        facts.stream.to_string(),
        layout::local_time(facts.first.at, &options.tz),
        format!("{what}{frame}\n{} > {}", facts.client, facts.server),
        name.unwrap_or_default(),
    ]
}

/// Why the patterns before the one found do not hold, for the nearest of them.
fn neighbours(diagnosis: &Diagnosis) -> Vec<(&'static str, String)> {
    let Some(finding) = &diagnosis.verdict.finding else {
        return Vec::new();
    };
    let Some(place) = PATTERNS
        .iter()
        .position(|pattern| pattern.id == finding.pattern)
    else {
        return Vec::new();
    };
    pattern::not_because(&diagnosis.facts, place)
}
