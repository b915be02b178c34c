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
/// Least columns of the numbers, their blanks included, and columns of `since`.
const NUMBERS: [usize; 3] = [2, 8, 7];
const SINCE: usize = 13;
/// Blanks before and behind `what`.
const GAP: usize = 2;

/// The list, blocks, and where to read on, in `room` lines.
pub(super) fn list(context: &Context<'_>, incidents: &[Incident], room: usize) -> Vec<Line> {
    let head = [
        "#",
        text!("screen.column-failed"),
        text!("screen.column-of"),
    ];
    let columns = Columns::of(context, head, incidents);
    let mut page = vec![columns.row(
        head,
        text!("screen.column-what"),
        text!("screen.column-since"),
    )];
    let mut listed = 0;
    for incident in incidents {
        let lines = entry(context, &columns, incident);
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
        page.push(columns.below(&text));
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

/// Where the columns of a list lie.
struct Columns {
    /// Widths of number, failed flows and attempts: as wide as their widest value asks for, and a blank before it.
    numbers: [usize; 3],
    /// Width of `what`, the blanks behind it included.
    what: usize,
}

impl Columns {
    fn of(context: &Context<'_>, head: [&str; 3], incidents: &[Incident]) -> Self {
        let mut numbers = NUMBERS;
        let mut hold = |texts: [&str; 3]| {
            for (index, (column, text)) in numbers.iter_mut().zip(texts).enumerate() {
                *column = (*column).max(layout::width(text) + usize::from(index > 0));
            }
        };
        hold(head);
        for incident in incidents.iter().take(LIST) {
            let texts = self::numbers(incident);
            hold(texts.each_ref().map(String::as_str));
        }
        let before = numbers.iter().sum::<usize>() + GAP;
        Self {
            numbers,
            what: context.width.saturating_sub(before + SINCE),
        }
    }

    /// Columns of `what` that text may take.
    fn room(&self) -> usize {
        self.what.saturating_sub(GAP)
    }

    fn row(&self, numbers: [&str; 3], what: &str, since: &str) -> Line {
        let mut text = String::new();
        for (number, column) in numbers.into_iter().zip(self.numbers) {
            text.push_str(&layout::pad_left(number, column));
        }
        let gap = " ".repeat(GAP);
        let what = layout::pad_right(what, self.room());
        Line::plain(format!("{text}{gap}{what}{gap}{since}"))
    }

    /// A line below `what`.
    fn below(&self, text: &str) -> Line {
        let before = self.numbers.iter().sum::<usize>() + GAP;
        Line::plain(format!("{}{text}", " ".repeat(before)))
    }
}

/// Number, failed flows and attempts.
fn numbers(incident: &Incident) -> [String; 3] {
    let failed = match incident.failed {
        0 => "-".to_owned(),
        failed => grouped(failed),
    };
    [incident.id.to_string(), failed, grouped(incident.attempts)]
}

/// One incident of the list: its title, and the cause where it is certain, else the pattern.
fn entry(context: &Context<'_>, columns: &Columns, incident: &Incident) -> Vec<Line> {
    let mut texts = layout::wrap(&incident.title, columns.room(), "", "");
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
    let numbers = numbers(incident);
    let numbers = numbers.each_ref().map(String::as_str);
    let mut lines = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        lines.push(if index == 0 {
            columns.row(numbers, text, &since)
        } else {
            columns.below(text)
        });
    }
    lines
}
