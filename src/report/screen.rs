//! The first screen: what was read, how good the capture is, how many handshakes failed, and why.
//!
//! At most 40 lines whatever the capture, 80 columns or as wide as the terminal is; commands stand alone and are never wrapped.

mod block;
mod capture;
mod contrast;
mod fit;
mod flows;
mod head;
mod lines;
mod list;
mod nothing;

use crate::incident::Report;
use crate::incident::shell_word;
use crate::texts::counted;
use crate::texts::grouped;
use crate::texts::text;
use lines::Line;

/// Lines of the first screen.
const LINES: usize = 40;
/// Narrower terminals get this layout all the same.
const NARROWEST: usize = 60;

/// How to show a report.
#[derive(Clone, Debug)]
pub struct ScreenOptions {
    /// Columns of the terminal; 80 where the output is none.
    pub width: usize,
    /// Whether colour may be used.
    pub color: bool,
    /// Where the reader is.
    pub tz: jiff::tz::TimeZone,
    /// Show this incident in full instead of the first screen.
    pub incident: Option<u32>,
    /// The inputs as they were given, for commands that show more; none where they cannot be read again.
    pub command_line_files: Vec<String>,
}

/// What every part of the screen needs.
struct Context<'a> {
    report: &'a Report,
    options: &'a ScreenOptions,
    width: usize,
}

impl Context<'_> {
    /// `tlscap analyze FILE...`, ready to be copied; nothing for what was captured live and is gone.
    fn command(&self) -> Option<String> {
        if self.options.command_line_files.is_empty() {
            return None;
        }
        let files = self.options.command_line_files.iter().map(|file| {
            // A name that begins with a dash would be read as an option.
            let file = if file.starts_with('-') && file.len() > 1 {
                format!("./{file}")
            } else {
                file.clone()
            };
            shell_word(file.as_bytes())
        });
        let files: Vec<String> = files.collect();
        Some(format!("tlscap analyze {}", files.join(" ")))
    }

    /// Handshakes with this outcome.
    fn outcome(&self, name: &str) -> u64 {
        self.report.outcomes.get(name).copied().unwrap_or(0)
    }
}

/// The first screen, or one incident in full, ending in a newline.
#[must_use]
pub fn render(report: &Report, options: &ScreenOptions) -> String {
    let context = Context {
        report,
        options,
        width: options.width.max(NARROWEST),
    };
    let mut page = head::head(&context);
    match options.incident {
        Some(id) => page.extend(one(&context, id)),
        None => page.extend(body(&context, LINES.saturating_sub(page.len()))),
    }
    let mut text = String::new();
    for line in page {
        text.push_str(&line.shown(options.color));
        text.push('\n');
    }
    text
}

/// What follows the head on the first screen.
fn body(context: &Context<'_>, room: usize) -> Vec<Line> {
    let incidents = &context.report.incidents;
    if incidents.is_empty() {
        return nothing::nothing(context).into_iter().take(room).collect();
    }
    let mut page = vec![Line::empty()];
    page.extend(Line::wrapped(&explained(context), context.width, "", ""));
    page.push(Line::empty());
    match incidents.as_slice() {
        [incident] => {
            let left = room.saturating_sub(page.len());
            let block = block::block(context, incident);
            if block.lines() <= left {
                page.extend(block.into_lines());
            } else {
                page.extend(block.fitted(left.saturating_sub(2)));
                page.extend(more(context, incident.id));
            }
        }
        many => page.extend(list::list(context, many, room.saturating_sub(page.len()))),
    }
    page
}

/// Where to read on.
fn more(context: &Context<'_>, id: u32) -> [Line; 2] {
    let line = match context.command() {
        Some(command) => Line::command(text!(
            "screen.more",
            command = format!("{command} --incident {id}")
        )),
        None => Line::plain(text!("screen.more-live").to_owned()),
    };
    [Line::empty(), line]
}

/// How many failures the incidents explain.
fn explained(context: &Context<'_>) -> String {
    let failed = context.outcome("failed");
    let incidents: Vec<u64> = context
        .report
        .incidents
        .iter()
        .map(|incident| incident.failed)
        .filter(|failed| *failed > 0)
        .collect();
    let sum: u64 = incidents.iter().sum();
    let number = u64::try_from(incidents.len()).unwrap_or(u64::MAX);
    let all = grouped(failed);
    match (number, failed) {
        (0, _) => text!("screen.abandoned-only").to_owned(),
        (_, 1) => counted!("screen.explains-the-only", number),
        _ if sum >= failed => counted!("screen.explains-all", number, failed = all),
        _ => {
            let alone = counted!("screen.stand-alone", failed.saturating_sub(sum));
            let sum = grouped(sum);
            counted!("screen.explains-some", number, sum, failed = all, alone)
        }
    }
}

/// One incident in full, with a list of its flows.
fn one(context: &Context<'_>, id: u32) -> Vec<Line> {
    let incidents = &context.report.incidents;
    let mut page = vec![Line::empty()];
    match incidents.iter().find(|incident| incident.id == id) {
        Some(incident) => {
            page.extend(block::block(context, incident).into_lines());
            page.extend(flows::flows(context, incident));
        }
        None => {
            let text = match incidents.len() {
                0 => text!("screen.no-incident-none", id),
                1 => text!("screen.no-incident-one", id),
                many => text!("screen.no-incident-many", id, many),
            };
            page.extend(Line::wrapped(&text, context.width, "", ""));
        }
    }
    page
}

#[cfg(test)]
mod tests;
