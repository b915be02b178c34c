//! The first lines: what was read, how good it is, and how many handshakes there are.

use super::Context;
use super::capture;
use super::lines::Line;
use super::lines::Mark;
use crate::facts::WireText;
use crate::report::layout;

/// Column where the text of these lines begins.
const INDENT: usize = 12;

/// The lines above the first blank one.
pub(super) fn head(context: &Context<'_>) -> Vec<Line> {
    let rest = " ".repeat(INDENT);
    let mut page = input(context);
    let capture = capture::capture(context.report);
    // Problems of the capture must not push what failed off the screen: the record has them all.
    page.extend(
        Line::wrapped(&capture, context.width, "Capture     ", &rest)
            .into_iter()
            .take(8),
    );
    let handshakes = Line::wrapped(&handshakes(context), context.width, "Handshakes  ", &rest);
    page.extend(
        handshakes
            .into_iter()
            .map(|line| line.marked("FAILED", Mark::Failed)),
    );
    if let Some(others) = not_failures(context) {
        page.extend(Line::wrapped(&others, context.width, &rest, &rest));
    }
    page
}

fn input(context: &Context<'_>) -> Vec<Line> {
    let run = &context.report.run;
    let mut about = Vec::new();
    let sizes: Option<Vec<u64>> = run.sources.iter().map(|source| source.size).collect();
    if let Some(size) = sizes.filter(|sizes| !sizes.is_empty()) {
        about.push(layout::size(
            size.iter()
                .fold(0, |sum: u64, size| sum.saturating_add(*size)),
        ));
    }
    let packets = if run.packets == 0 {
        "no packets".to_owned()
    } else {
        layout::counted(run.packets, "packet")
    };
    about.push(packets);
    if let (Some(first), Some(last)) = (run.first, run.last) {
        let span = layout::duration(last.since(first));
        about.push(format!(
            "{span} from {}",
            layout::local(first, &context.options.tz)
        ));
    }
    let name = name(context);
    let about = about.join(", ");
    let one = format!("{}  {about}", layout::pad_right(&name, INDENT - 2));
    if layout::width(&one) <= context.width {
        return vec![Line::plain(one)];
    }
    let rest = " ".repeat(INDENT);
    let mut lines = vec![Line::plain(layout::shorten(&name, context.width))];
    lines.extend(Line::wrapped(&about, context.width, &rest, &rest));
    lines
}

fn name(context: &Context<'_>) -> String {
    let sources = &context.report.run.sources;
    let name = sources
        .first()
        .map_or("(no input)", |source| source.name.as_str());
    let name = if name == "-" {
        "(stdin)".to_owned()
    } else {
        WireText::from(name).to_string()
    };
    match sources.len() {
        0 | 1 => name,
        many => format!("{name} and {} more", many - 1),
    }
}

/// Counts of all handshakes but those that are no attempt or were given up by the client.
fn handshakes(context: &Context<'_>) -> String {
    let [completed, failed, unknown, unfinished] =
        ["completed", "failed", "unknown", "unfinished"].map(|name| context.outcome(name));
    let total = completed + failed + unknown + unfinished;
    if total == 0 {
        return "none".to_owned();
    }
    let mut parts = Vec::new();
    if failed > 0 {
        parts.push(format!("{} FAILED", layout::count(failed)));
    } else if completed + unfinished > 0 {
        parts.push("none failed".to_owned());
    }
    if completed > 0 {
        parts.push(format!("{} completed", layout::count(completed)));
    }
    if unfinished > 0 {
        parts.push(format!(
            "{} unfinished (capture ended)",
            layout::count(unfinished)
        ));
    }
    if unknown > 0 {
        let reasons = capture::reasons(context.report)
            .map(|reasons| format!(" ({reasons})"))
            .unwrap_or_default();
        parts.push(format!("{} unknown{reasons}", layout::count(unknown)));
    }
    format!("{}: {}", layout::count(total), parts.join(", "))
}

/// Which kinds of connections without an attempt there are: ` (12 are health checks)`.
fn kinds(context: &Context<'_>, name: &str) -> String {
    let noise = &context.report.noise;
    if name != "no-attempt" {
        return String::new();
    }
    let mut parts = Vec::new();
    if noise.health_checks > 0 {
        let are = if noise.health_checks == 1 {
            "is a health check"
        } else {
            "are health checks"
        };
        parts.push(format!("{} {are}", layout::count(noise.health_checks)));
    }
    if noise.half_open > 0 {
        parts.push(format!("{} half-open", layout::count(noise.half_open)));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

fn not_failures(context: &Context<'_>) -> Option<String> {
    let named = |name: &str| {
        let count = context.outcome(name);
        (count > 0).then(|| format!("{} {name}{}", layout::count(count), kinds(context, name)))
    };
    let parts: Vec<String> = ["abandoned", "no-attempt"]
        .into_iter()
        .filter_map(named)
        .collect();
    let retried = match context.report.noise.retried {
        0 => String::new(),
        count => format!("; {} completed after a failed try", layout::count(count)),
    };
    match (parts.is_empty(), retried.is_empty()) {
        (true, true) => None,
        (true, false) => Some(retried.trim_start_matches("; ").to_owned()),
        (false, _) => Some(format!("not failures: {}{retried}", parts.join(", "))),
    }
}
