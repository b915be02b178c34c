//! The flows of one incident that are named as examples.

use super::Context;
use super::lines::Line;
use crate::incident::Incident;
use comfy_table::CellAlignment;
use comfy_table::ContentArrangement;
use comfy_table::Table;
use comfy_table::presets;

/// A list of flows, below a blank line.
pub(super) fn flows(context: &Context<'_>, incident: &Incident) -> Vec<Line> {
    if incident.examples.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["stream", "deciding frame", "record"]);
    for example in &incident.examples {
        let stream = example
            .stream
            .map_or_else(|| "-".to_owned(), |stream| stream.to_string());
        table.add_row([stream, example.frame.to_string(), example.id.clone()]);
    }
    for column in 0..2 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut page = vec![Line::empty()];
    let shown = u64::try_from(incident.examples.len()).unwrap_or(u64::MAX);
    if shown < incident.failed {
        let text = format!("The first {shown} of its flows; all of them: --show failed");
        page.extend(Line::wrapped(&text, context.width, "    ", "    "));
    }
    page.extend(
        table
            .lines()
            .map(|line| Line::plain(format!("   {}", line.trim_end()))),
    );
    page
}
