//! The list of several incidents: its columns.

use super::gateway::gateway;
use super::sample::options;
use crate::report::layout::width;
use crate::report::screen::render;

/// The words of a line, and in which columns they end.
fn ends(line: &str) -> Vec<usize> {
    let blanks = line.match_indices(' ').map(|(at, _)| line.split_at(at).0);
    let words = blanks.filter(|before| !before.is_empty() && !before.ends_with(' '));
    words.map(width).collect()
}

#[test]
fn columns_keep_a_blank_between_them_however_large_the_numbers() {
    let large = [7, 99_999, 100_000, 123_456_789, 9_876_543_210];
    for (failed, attempts) in large
        .iter()
        .flat_map(|failed| large.map(|attempts| (*failed, attempts)))
    {
        for columns in [20, 60, 80, 81, 100, 200] {
            let mut report = gateway();
            let first = &mut report.incidents[0];
            (first.failed, first.attempts) = (failed, attempts);
            let options = crate::report::screen::ScreenOptions {
                width: columns,
                ..options(&report)
            };
            let page = render(&report, &options);
            let head = page.lines().find(|line| line.starts_with(" #")).unwrap();
            let row = page.lines().find(|line| line.starts_with(" 1")).unwrap();
            let words: Vec<&str> = row.split_whitespace().collect();
            let shown = [failed, attempts].map(crate::texts::grouped);
            assert_eq!(words[1..3], shown, "{page}");
            let (head, row) = (ends(head), ends(row));
            assert_eq!(head[..3], row[..3], "numbers end below their head\n{page}");
            let since = words.last().unwrap();
            assert!(since.len() == 8 || since.len() == 5, "{page}");
        }
    }
}
