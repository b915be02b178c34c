//! Lists for people: columns without borders, through comfy-table.

use comfy_table::CellAlignment;
use comfy_table::ColumnConstraint;
use comfy_table::ContentArrangement;
use comfy_table::Table;
use comfy_table::presets::NOTHING;

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListColumn {
    /// What stands above it.
    pub title: &'static str,
    /// Numbers stand to the right.
    pub right: bool,
    /// Whether its text may be wrapped. Others are as wide as their longest cell.
    pub wraps: bool,
}

/// The lines of a list at most `width` wide, two blanks between columns. Cells hold escaped text.
///
/// Columns that do not wrap are never cut: where they alone need more than `width`, lines are longer.
#[must_use]
pub fn list(columns: &[ListColumn], rows: Vec<Vec<String>>, width: usize) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(columns.iter().map(|column| column.title));
    for row in rows {
        table.add_row(row);
    }
    for (index, column) in columns.iter().enumerate() {
        let Some(shown) = table.column_mut(index) else {
            continue;
        };
        shown.set_padding((0, if index + 1 < columns.len() { 2 } else { 0 }));
        if column.right {
            shown.set_cell_alignment(CellAlignment::Right);
        }
        if !column.wraps {
            shown.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::layout;

    const COLUMNS: [ListColumn; 2] = [
        ListColumn {
            title: "frame",
            right: true,
            wraps: false,
        },
        ListColumn {
            title: "what",
            right: false,
            wraps: true,
        },
    ];

    #[test]
    fn columns_stand_below_their_titles_without_borders() {
        let rows = vec![
            vec!["1".to_owned(), "SYN".to_owned()],
            vec!["1204".to_owned(), "RST, ignored".to_owned()],
        ];
        assert_eq!(
            list(&COLUMNS, rows, 80),
            ["frame  what", "    1  SYN", " 1204  RST, ignored"]
        );
    }

    #[test]
    fn only_the_column_that_may_is_wrapped_and_wide_characters_count_twice() {
        let rows = vec![vec![
            "123456789".to_owned(),
            "例え 例え one two three four".to_owned(),
        ]];
        let lines = list(&COLUMNS, rows, 24);
        assert!(
            lines.iter().all(|line| layout::width(line) <= 24),
            "{lines:?}"
        );
        assert!(lines[1].starts_with("123456789  "));
        assert!(lines.len() > 2);
    }
}
