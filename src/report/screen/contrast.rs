//! The contrast table of an incident: failed beside completed.

use super::Context;
use super::lines::Line;
use crate::compare::values;
use crate::incident::ContrastRow;
use crate::incident::Incident;
use crate::report::layout;
use crate::texts;
use crate::texts::grouped;
use crate::texts::text;

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
        let text = text!("contrast.nothing-completed");
        return Line::wrapped(text, context.width, "    ", "    ");
    }
    let labels: Vec<String> = rows.iter().map(|row| label(row, absent)).collect();
    let head = match first.attribute {
        "sni" if absent => text!("contrast.client-hello"),
        "sni" => text!("contrast.name"),
        "version" => text!("contrast.version"),
        "hello size" => text!("contrast.hello-size"),
        values::AUTHENTICATION => text!("contrast.authentication"),
        values::TTL => text!("contrast.ttl"),
        values::JA4 => text!("contrast.ja4"),
        other => texts::attribute(other),
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
    let mut lines = vec![line(
        head,
        text!("contrast.failed"),
        text!("contrast.completed"),
        "",
    )];
    for (row, label) in rows.iter().zip(&labels) {
        let percent = layout::percent(row.failed, row.failed.saturating_add(row.completed));
        lines.push(line(
            label,
            &grouped(row.failed),
            &grouped(row.completed),
            &percent,
        ));
    }
    if absent && rows.len() == 1 {
        lines.push(line(text!("contrast.with-sni"), "0", "0", ""));
        if let Some(last) = lines.last_mut() {
            last.text.push_str("    ");
            last.text.push_str(text!("contrast.none-seen"));
        }
    }
    lines
}

fn is_absent(row: &ContrastRow) -> bool {
    row.attribute == "sni" && row.value.is_none() && row.others == 1
}

fn label(row: &ContrastRow, absent: bool) -> String {
    let attribute = match row.attribute {
        values::CERTIFICATE => text!("contrast.certificate"),
        values::AUTHENTICATION => text!("contrast.kind"),
        // No word, but the field's name.
        values::TTL => "TTL",
        other => texts::attribute(other),
    };
    match &row.value {
        Some(value) if value.is_empty() => text!("contrast.empty-name").to_owned(),
        Some(value) if row.attribute == "sni" && absent => text!("contrast.sni", value),
        Some(value) => value.to_string(),
        None if is_absent(row) => text!("contrast.no-sni").to_owned(),
        None if row.failed > 0 => text!("contrast.more", count = grouped(row.others), attribute),
        None => text!("contrast.others", count = grouped(row.others), attribute),
    }
}
