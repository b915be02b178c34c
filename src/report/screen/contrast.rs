//! The contrast table of an incident: failed beside completed.

use super::Context;
use super::lines::Line;
use crate::compare::values;
use crate::incident::ContrastRow;
use crate::incident::Incident;
use crate::report::layout;

/// Columns of a value where all are short, and behind it: failed, completed, percent.
const LABEL: usize = 27;
const FAILED: usize = 8;
const COMPLETED: usize = 11;
const PERCENT: usize = 8;

/// The table, or why there is none.
pub(super) fn table(context: &Context<'_>, incident: &Incident) -> Vec<Line> {
    let Some(first) = incident.contrast.first() else {
        return Vec::new();
    };
    let rows: Vec<&ContrastRow> = incident
        .contrast
        .iter()
        .filter(|row| row.attribute == first.attribute)
        .collect();
    let absent = rows.iter().any(|row| is_absent(row));
    if rows.iter().all(|row| row.completed == 0) && !(absent && rows.len() == 1) {
        let text = "Nothing completed on that server in this capture: no contrast.";
        return Line::wrapped(text, context.width, "    ", "    ");
    }
    let labels: Vec<String> = rows.iter().map(|row| label(row, absent)).collect();
    let head = match first.attribute {
        "sni" if absent => "ClientHello",
        "sni" => "name in the ClientHello",
        "version" => "highest version offered",
        "hello size" => "the ClientHello came in",
        values::AUTHENTICATION => "suites for certificates",
        values::TTL => "TTL of the server",
        values::JA4 => "JA4 (? is name, ALPN)",
        other => other,
    };
    let room = context
        .width
        .saturating_sub(4 + FAILED + COMPLETED + PERCENT);
    let widest = labels
        .iter()
        .map(|label| layout::width(label))
        .max()
        .unwrap_or(0);
    let column = widest.clamp(LABEL, room.max(LABEL));
    let line = |label: &str, failed: &str, completed: &str, percent: &str| {
        let text = format!(
            "    {}{}{}{}",
            layout::pad_right(&layout::shorten(label, column), column),
            layout::pad_left(failed, FAILED),
            layout::pad_left(completed, COMPLETED),
            layout::pad_left(percent, PERCENT)
        );
        Line::plain(text.trim_end().to_owned())
    };
    let mut lines = vec![line(head, "failed", "completed", "")];
    for (row, label) in rows.iter().zip(&labels) {
        let percent = layout::percent(row.failed, row.failed.saturating_add(row.completed));
        lines.push(line(
            label,
            &layout::count(row.failed),
            &layout::count(row.completed),
            &percent,
        ));
    }
    if absent && rows.len() == 1 {
        lines.push(line("with SNI", "0", "0", ""));
        if let Some(last) = lines.last_mut() {
            last.text.push_str("    none seen: no contrast");
        }
    }
    lines
}

fn is_absent(row: &ContrastRow) -> bool {
    row.attribute == "sni" && row.value.is_none() && row.others == 1
}

fn label(row: &ContrastRow, absent: bool) -> String {
    let noun = match row.attribute {
        "sni" => "name",
        values::CERTIFICATE => "certificate",
        values::AUTHENTICATION => "kind",
        values::TTL => "TTL",
        other => other,
    };
    match &row.value {
        Some(value) if value.is_empty() => "(empty name)".to_owned(),
        Some(value) if row.attribute == "sni" && absent => format!("SNI {value}"),
        Some(value) => value.to_string(),
        None if is_absent(row) => "no SNI".to_owned(),
        None if row.failed > 0 => format!("{} more {noun}s", layout::count(row.others)),
        None => format!("{} other {noun}s", layout::count(row.others)),
    }
}
