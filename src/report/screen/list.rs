//! Several incidents: a list of all that fit, and the first of them in full.

use super::Context;
use super::block;
use super::lines::Line;
use super::more;
use crate::incident::Incident;
use crate::report::layout;
use crate::texts::counted;
use crate::texts::grouped;
use crate::texts::text;

/// Lines that the list may take where a block is to follow.
const LIST: usize = 16;
/// Least lines worth beginning a block in: title, pattern, ends, and two sentences.
const LEAST: usize = 7;
/// Columns before `what`, and of `since` behind it.
const BEFORE: usize = 19;
const SINCE: usize = 13;

/// The list, blocks, and where to read on, in `room` lines.
pub(super) fn list(context: &Context<'_>, incidents: &[Incident], room: usize) -> Vec<Line> {
    let mut page = vec![row(
        context,
        "#",
        text!("screen.column-failed"),
        text!("screen.column-of"),
        text!("screen.column-what"),
        text!("screen.column-since"),
    )];
    let mut listed = 0;
    for incident in incidents {
        let lines = entry(context, incident);
        if page.len() + lines.len() > LIST.min(room.saturating_sub(3)) {
            break;
        }
        page.extend(lines);
        listed += 1;
    }
    if listed < incidents.len() {
        let left = u64::try_from(incidents.len() - listed).unwrap_or(u64::MAX);
        let failed: u64 = incidents
            .iter()
            .skip(listed)
            .map(|incident| incident.failed)
            .sum();
        let failures = counted!("noun.failure", failed);
        let text = counted!("screen.more-incidents", left, failures);
        page.push(Line::plain(format!("{}{text}", " ".repeat(BEFORE))));
    }
    // What follows is followed by a blank line and the command for more.
    let room = room.saturating_sub(2);
    let mut next = 1;
    for incident in incidents {
        let left = room.saturating_sub(page.len() + 1);
        let block = block::block(context, incident);
        let whole = block.lines() <= left;
        if left < LEAST || (!whole && incident.id > 1) {
            break;
        }
        page.push(Line::empty());
        page.extend(block.fitted(left));
        if !whole {
            break;
        }
        next = incident.id.saturating_add(1);
    }
    let last = incidents.last().map_or(1, |incident| incident.id);
    if next <= last {
        page.extend(more(context, next));
    }
    page
}

/// One incident of the list: its title, and the cause where it is certain, else the pattern.
fn entry(context: &Context<'_>, incident: &Incident) -> Vec<Line> {
    let columns = context.width.saturating_sub(BEFORE + SINCE + 2);
    let mut texts = layout::wrap(&incident.title, columns, "", "");
    let causes = incident.shown_causes();
    texts.push(match causes.split_once(", ") {
        _ if causes.is_empty() => incident.pattern.to_owned(),
        Some((first, _)) => first.to_owned(),
        None => causes,
    });
    let since = block::time(context, incident.first);
    // Eleven columns of a date and time: month, day, hour, minute.
    let since = if since.len() > 10 {
        since.get(5..16).unwrap_or_default().to_owned()
    } else {
        since
    };
    let failed = if incident.failed == 0 {
        "-".to_owned()
    } else {
        grouped(incident.failed)
    };
    let mut lines = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        lines.push(if index == 0 {
            row(
                context,
                &incident.id.to_string(),
                &failed,
                &grouped(incident.attempts),
                text,
                &since,
            )
        } else {
            Line::plain(format!("{}{text}", " ".repeat(BEFORE)))
        });
    }
    lines
}

fn row(context: &Context<'_>, id: &str, failed: &str, of: &str, what: &str, since: &str) -> Line {
    let columns = context.width.saturating_sub(BEFORE + SINCE);
    let numbers = format!(
        "{}{}{}  ",
        layout::pad_left(id, 2),
        layout::pad_left(failed, 8),
        layout::pad_left(of, 7)
    );
    let what = layout::pad_right(
        what,
        columns.saturating_sub(layout::width(&numbers).saturating_sub(BEFORE)),
    );
    Line::plain(format!("{numbers}{what}{since}"))
}
