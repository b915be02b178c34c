//! The flows of one incident that are named as examples.

use super::Context;
use super::lines::Line;
use crate::incident::Incident;
use crate::report::table::ListColumn;
use crate::report::table::list;
use crate::texts::text;

/// A list of flows, below a blank line.
pub(super) fn flows(context: &Context<'_>, incident: &Incident) -> Vec<Line> {
    if incident.examples.is_empty() {
        return Vec::new();
    }
    let columns = [
        (text!("flows.stream"), true),
        (text!("flows.deciding-frame"), true),
        (text!("flows.record"), false),
    ]
    .map(|(title, right)| ListColumn {
        title,
        right,
        wraps: false,
    });
    let rows = incident.examples.iter().map(|example| {
        let stream = example
            .stream
            .map_or_else(|| "-".to_owned(), |stream| stream.to_string());
        vec![stream, example.frame.to_string(), example.id.clone()]
    });
    let mut page = vec![Line::empty()];
    let shown = u64::try_from(incident.examples.len()).unwrap_or(u64::MAX);
    if shown < incident.failed {
        let text = text!("flows.first", shown);
        page.extend(Line::wrapped(&text, context.width, "    ", "    "));
    }
    let lines = list(&columns, rows.collect(), context.width.saturating_sub(4));
    page.extend(
        lines
            .into_iter()
            .map(|line| Line::plain(format!("    {}", line.trim_end()))),
    );
    page
}
