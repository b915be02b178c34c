//! A block of text that can be made shorter, the least important first.

use super::lines::Line;
use crate::report::layout;

/// Column where the text behind a label begins.
pub(super) const INDENT: usize = 11;

/// Parts in order, each with what it is worth.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    /// Stands before the first part that has it.
    label: &'static str,
    /// Parts with the highest rank go first; 0 stays as long as there is room at all.
    rank: u8,
    lines: Vec<Line>,
}

impl Block {
    /// Adds lines without a label.
    pub(super) fn push(&mut self, rank: u8, lines: Vec<Line>) {
        self.parts.push(Part {
            label: "",
            rank,
            lines,
        });
    }

    /// Adds lines whose text begins in column [`INDENT`]; the label is put before the first of them that stays.
    pub(super) fn labelled(&mut self, label: &'static str, rank: u8, lines: Vec<Line>) {
        self.parts.push(Part { label, rank, lines });
    }

    /// Lines of the whole.
    pub(super) fn lines(&self) -> usize {
        self.parts.iter().map(|part| part.lines.len()).sum()
    }

    /// All of it.
    pub(super) fn into_lines(self) -> Vec<Line> {
        let mut page = Vec::new();
        let mut last = "";
        for part in self.parts {
            let shown = part.label != last && !part.label.is_empty();
            for (index, mut line) in part.lines.into_iter().enumerate() {
                if index == 0 && shown {
                    let text = line.text.get(INDENT..).unwrap_or_default();
                    line.text = format!("    {}{text}", layout::pad_right(part.label, INDENT - 4));
                }
                page.push(line);
            }
            last = part.label;
        }
        // A blank line stands between two things, never at the end.
        while page.last().is_some_and(|line| line.text.is_empty()) {
            page.pop();
        }
        page
    }

    /// As much of it as `room` lines hold.
    pub(super) fn fitted(mut self, room: usize) -> Vec<Line> {
        while self.lines() > room {
            let Some(rank) = self
                .parts
                .iter()
                .map(|part| part.rank)
                .max()
                .filter(|rank| *rank > 0)
            else {
                break;
            };
            let Some(at) = self.parts.iter().rposition(|part| part.rank == rank) else {
                break;
            };
            self.parts.remove(at);
        }
        // A whole sentence less rather than half of one; only the very first part is ever cut.
        while self.lines() > room && self.parts.len() > 1 {
            self.parts.pop();
        }
        let mut lines = self.into_lines();
        lines.truncate(room);
        lines
    }
}
