//! The first lines: what was read, how good it is, and how many handshakes there are.

use super::Context;
use super::capture;
use super::lines::Line;
use super::lines::Mark;
use crate::facts::WireText;
use crate::report::layout;
use crate::texts;
use crate::texts::counted;
use crate::texts::grouped;
use crate::texts::text;

/// Column where the text of these lines begins.
const INDENT: usize = 12;

/// The lines above the first blank one.
pub(super) fn head(context: &Context<'_>) -> Vec<Line> {
    let rest = " ".repeat(INDENT);
    let mut page = input(context);
    let capture = capture::capture(context.report);
    // Problems of the capture must not push what failed off the screen: the record has them all.
    page.extend(
        Line::wrapped(
            &capture,
            context.width,
            &label(text!("screen.capture")),
            &rest,
        )
        .into_iter()
        .take(8),
    );
    let handshakes = Line::wrapped(
        &handshakes(context),
        context.width,
        &label(text!("screen.handshakes")),
        &rest,
    );
    page.extend(
        handshakes
            .into_iter()
            .map(|line| line.marked(text!("screen.failed"), Mark::Failed)),
    );
    if let Some(others) = not_failures(context) {
        page.extend(Line::wrapped(&others, context.width, &rest, &rest));
    }
    page
}

/// The label of a line, as wide as the column before the text.
fn label(text: &str) -> String {
    layout::pad_right(text, INDENT)
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
        text!("screen.no-packets").to_owned()
    } else {
        counted!("noun.packet", run.packets)
    };
    about.push(packets);
    if let (Some(first), Some(last)) = (run.first, run.last) {
        let span = layout::duration(last.since(first));
        let first = layout::local(first, &context.options.tz);
        about.push(text!("screen.span", span, first));
    }
    let name = name(context);
    let about = texts::joined(&about);
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
        .map_or(text!("screen.no-input"), |source| source.name.as_str());
    let name = if name == "-" {
        "(stdin)".to_owned()
    } else {
        WireText::from(name).to_string()
    };
    match sources.len() {
        0 | 1 => name,
        many => text!("screen.and-more", name, count = many - 1),
    }
}

/// Counts of all handshakes but those that are no attempt or were given up by the client.
fn handshakes(context: &Context<'_>) -> String {
    let [completed, failed, unknown, unfinished] =
        ["completed", "failed", "unknown", "unfinished"].map(|name| context.outcome(name));
    let total = completed + failed + unknown + unfinished;
    if total == 0 {
        return text!("screen.none").to_owned();
    }
    let mut parts = Vec::new();
    if failed > 0 {
        parts.push(text!(
            "screen.count-failed",
            count = grouped(failed),
            failed = text!("screen.failed")
        ));
    } else if completed + unfinished > 0 {
        parts.push(text!("screen.none-failed").to_owned());
    }
    if completed > 0 {
        parts.push(text!("screen.count-completed", count = grouped(completed)));
    }
    if unfinished > 0 {
        parts.push(text!(
            "screen.count-unfinished",
            count = grouped(unfinished)
        ));
    }
    if unknown > 0 {
        let count = grouped(unknown);
        parts.push(match capture::reasons(context.report) {
            Some(reasons) => text!("screen.count-unknown-for", count, reasons),
            None => text!("screen.count-unknown", count),
        });
    }
    text!(
        "screen.total",
        total = grouped(total),
        parts = texts::joined(&parts)
    )
}

/// Which kinds of connections without an attempt there are: ` (12 are health checks)`.
fn kinds(context: &Context<'_>, name: &str) -> String {
    let noise = &context.report.noise;
    if name != "no-attempt" {
        return String::new();
    }
    let mut parts = Vec::new();
    if noise.health_checks > 0 {
        parts.push(counted!("screen.health-checks", noise.health_checks));
    }
    if noise.half_open > 0 {
        parts.push(text!("screen.half-open", count = grouped(noise.half_open)));
    }
    if parts.is_empty() {
        String::new()
    } else {
        text!("screen.kinds", kinds = texts::joined(&parts))
    }
}

fn not_failures(context: &Context<'_>) -> Option<String> {
    let named = |name: &str| {
        let (number, kinds) = (context.outcome(name), kinds(context, name));
        let count = grouped(number);
        (number > 0).then(|| match name {
            "abandoned" => text!("screen.count-abandoned", count),
            _ => text!("screen.count-no-attempt", count, kinds),
        })
    };
    let parts: Vec<String> = ["abandoned", "no-attempt"]
        .into_iter()
        .filter_map(named)
        .collect();
    let retried = Some(context.report.noise.retried)
        .filter(|count| *count > 0)
        .map(|count| text!("screen.retried", count = grouped(count)));
    let parts = (!parts.is_empty()).then(|| texts::joined(&parts));
    match (parts, retried) {
        (None, retried) => retried,
        (Some(parts), None) => Some(text!("screen.no-failures", parts)),
        (Some(parts), Some(retried)) => Some(text!("screen.no-failures-retried", parts, retried)),
    }
}
