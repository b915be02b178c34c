//! Text for people: widths, wrapping, numbers, sizes, durations, local times, shell words.
//!
//! Everything here takes text that is already escaped (`WireText`'s `Display`); nothing here looks at a handshake.

use crate::base::MILLISECOND;
use crate::base::SECOND;
use crate::base::Timestamp;
pub use crate::texts::grouped as count;
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

/// Columns a terminal gives to `text`: two for a wide (CJK) character.
#[must_use]
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` with blanks behind it up to `columns`; unchanged where it is as wide or wider.
#[must_use]
pub fn pad_right(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` with blanks before it up to `columns`; unchanged where it is as wide or wider.
#[must_use]
pub fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` if it fits into `columns`, else its beginning and `..`.
#[must_use]
pub fn shorten(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (head, _) = split_at_width(text, columns.saturating_sub(2));
    format!("{head}..")
}

/// The lines of `text` at most `columns` wide: the first begins with `first`, the others with `rest`.
///
/// Breaks at blanks and between wide characters, and inside a word only where the word alone is wider than a line. A run of
/// blanks counts as one. There is always at least one line.
#[must_use]
pub fn wrap(text: &str, columns: usize, first: &str, rest: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = Line {
        text: first.to_owned(),
        empty: true,
    };
    for word in text.split_whitespace() {
        let mut space = true;
        for piece in pieces(word) {
            place(piece, space, columns, rest, &mut line, &mut lines);
            space = false;
        }
    }
    lines.push(line.text.trim_end().to_owned());
    lines
}

/// A line being filled.
struct Line {
    text: String,
    /// Nothing but its indent.
    empty: bool,
}

/// Puts one unbreakable piece on the line, or on the next one.
fn place(
    piece: &str,
    space: bool,
    columns: usize,
    rest: &str,
    line: &mut Line,
    lines: &mut Vec<String>,
) {
    let blank = if space && !line.empty { " " } else { "" };
    let fits = |line: &Line, blank: &str, piece: &str| {
        width(&line.text) + blank.len() + width(piece) <= columns
    };
    if fits(line, blank, piece) {
        line.text.push_str(blank);
        line.text.push_str(piece);
        line.empty = false;
        return;
    }
    if !line.empty {
        let full = std::mem::replace(
            line,
            Line {
                text: rest.to_owned(),
                empty: true,
            },
        );
        lines.push(full.text.trim_end().to_owned());
    }
    let mut left = piece;
    // Wider than a whole line: cut, at least one character a line, so that this ends at any width.
    while !fits(line, "", left) {
        let (head, tail) = split_at_width(left, columns.saturating_sub(width(&line.text)).max(1));
        if tail.is_empty() {
            break;
        }
        lines.push(format!("{}{head}", line.text));
        rest.clone_into(&mut line.text);
        left = tail;
    }
    line.text.push_str(left);
    line.empty = false;
}

/// The parts of a word between which a line may end: each wide character stands alone.
fn pieces(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, c) in word.char_indices() {
        if UnicodeWidthChar::width(c) != Some(2) {
            continue;
        }
        let end = at.saturating_add(c.len_utf8());
        pieces.extend(word.get(start..at).filter(|part| !part.is_empty()));
        pieces.extend(word.get(at..end));
        start = end;
    }
    pieces.extend(word.get(start..).filter(|part| !part.is_empty()));
    pieces
}

/// The longest beginning of `text` that fits into `columns` (one character at least), and what is left.
fn split_at_width(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += UnicodeWidthChar::width(c).unwrap_or(0);
        if used > columns && at > 0 {
            return text.split_at_checked(at).unwrap_or((text, ""));
        }
    }
    (text, "")
}

/// A count and its noun: `1 flow`, `1,204 flows`. The plural is the noun and `s`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{} {noun}s", count(number))
    }
}

/// A size in bytes, decimal units, two figures at least: `212 kB`, `9.1 MB`, `88 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return counted(bytes, "byte");
    }
    let mut unit = 1000;
    for name in ["kB", "MB", "GB"] {
        let tenths = rounded(bytes, unit / 10);
        if tenths < 100 {
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
        if rounded(bytes, unit) < 1000 {
            return format!("{} {name}", rounded(bytes, unit));
        }
        unit *= 1000;
    }
    let tenths = rounded(bytes, unit / 10);
    if tenths < 100 {
        format!("{}.{} TB", tenths / 10, tenths % 10)
    } else {
        format!("{} TB", count(rounded(bytes, unit)))
    }
}

/// `number / unit`, rounded half up.
fn rounded(number: u64, unit: u64) -> u64 {
    number.saturating_add(unit / 2) / unit.max(1)
}

/// A duration in nanoseconds: `0.4 ms`, `28 ms`, `1.2 s`, `58 s`, `9 min 58 s`, `61 min`, `5 h 2 min`, `3 d 4 h`.
#[must_use]
pub fn duration(nanoseconds: u64) -> String {
    let milliseconds = rounded(nanoseconds, MILLISECOND);
    let seconds = rounded(nanoseconds, SECOND);
    let minutes = rounded(nanoseconds, 60 * SECOND);
    if nanoseconds == 0 {
        return "0 s".to_owned();
    }
    if nanoseconds < 50_000 {
        return format!("{} \u{b5}s", rounded(nanoseconds, 1000).max(1));
    }
    if milliseconds < 10 {
        return format!("{} ms", tenths(rounded(nanoseconds, MILLISECOND / 10)));
    }
    if milliseconds < 1000 {
        return format!("{milliseconds} ms");
    }
    if seconds < 10 {
        return format!("{} s", tenths(rounded(nanoseconds, SECOND / 10)));
    }
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..7200 => format!("{minutes} min"),
        7200..172_800 => two(minutes / 60, "h", minutes % 60, "min"),
        _ => two(minutes / 1440, "d", minutes % 1440 / 60, "h"),
    }
}

/// `12` tenths as `1.2`, `30` as `3`.
fn tenths(number: u64) -> String {
    if number.is_multiple_of(10) {
        (number / 10).to_string()
    } else {
        format!("{}.{}", number / 10, number % 10)
    }
}

/// Two units, the lesser left out where it is zero.
fn two(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// `part` of `whole` in percent, rounded; never `0` for something nor `100` for less than all. Empty where `whole` is 0.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return String::new();
    }
    let value = rounded(part.saturating_mul(100), whole);
    match value {
        0 if part > 0 => "<1 %".to_owned(),
        100.. if part < whole => ">99 %".to_owned(),
        _ => format!("{value} %"),
    }
}

/// A time where the reader is, with its offset: `2026-11-21 11:02:07 +08:00`.
#[must_use]
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    format_local(at, zone, "%Y-%m-%d %H:%M:%S %:z")
}

/// A time of day where the reader is: `11:02:07`.
#[must_use]
pub fn local_time(at: Timestamp, zone: &TimeZone) -> String {
    format_local(at, zone, "%H:%M:%S")
}

/// A time of day with milliseconds where the reader is: `03:10:51.123`.
#[must_use]
pub fn local_time_millis(at: Timestamp, zone: &TimeZone) -> String {
    format_local(at, zone, "%H:%M:%S%.3f")
}

/// Formats a time. Every `i64` of nanoseconds lies within what jiff can hold; were it not so, the number itself is shown.
fn format_local(at: Timestamp, zone: &TimeZone, format: &str) -> String {
    match jiff::Timestamp::from_nanosecond(i128::from(at.0)) {
        Ok(time) => time.to_zoned(zone.clone()).strftime(format).to_string(),
        Err(_) => format!("{} ns", at.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_the_first_screen_asks() {
        assert_eq!(count(41_207), "41,207");
        assert_eq!(count(999), "999");
        assert_eq!(count(8_204_117), "8,204,117");
        assert_eq!(counted(1, "flow"), "1 flow");
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (212_400, "212 kB"),
            (9_100_000, "9.1 MB"),
            (88_000_000, "88 MB"),
            (2_100_000_000, "2.1 GB"),
            (999_950, "1.0 MB"),
            (9_960, "10 kB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(size(u64::MAX), "18,446,744 TB");
    }

    #[test]
    fn durations_read_as_the_first_screen_asks() {
        for (ns, text) in [
            (0, "0 s"),
            (12_000, "12 \u{b5}s"),
            (400_000, "0.4 ms"),
            (2_960_000, "3 ms"),
            (2_600_000, "2.6 ms"),
            (28_100_000, "28 ms"),
            (999_600_000, "1 s"),
            (1_240_000_000, "1.2 s"),
            (58 * SECOND, "58 s"),
            (59_700_000_000, "1 min"),
            (598 * SECOND, "9 min 58 s"),
            (122 * SECOND, "2 min 2 s"),
            (3600 * SECOND, "60 min"),
            (3660 * SECOND, "61 min"),
            (18_120 * SECOND, "5 h 2 min"),
            (273_600 * SECOND, "3 d 4 h"),
        ] {
            assert_eq!(duration(ns), text);
        }
        assert!(duration(u64::MAX).ends_with('h'));
    }

    #[test]
    fn a_percentage_is_never_rounded_to_none_or_all() {
        assert_eq!(percent(176, 180), "98 %");
        assert_eq!(percent(1, 1000), "<1 %");
        assert_eq!(percent(999, 1000), ">99 %");
        assert_eq!(percent(0, 9), "0 %");
        assert_eq!(percent(0, 0), "");
    }

    #[test]
    fn local_times_carry_their_offset() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let at = Timestamp(1_795_230_127_123_456_789);
        assert_eq!(local(at, &zone), "2026-11-21 11:02:07 +08:00");
        assert_eq!(local_time(at, &TimeZone::UTC), "03:02:07");
        assert_eq!(local_time_millis(at, &TimeZone::UTC), "03:02:07.123");
        for at in [i64::MIN, -1, 0, i64::MAX] {
            assert!(!local(Timestamp(at), &zone).is_empty());
        }
    }

    #[test]
    fn wrapping_keeps_the_width_and_the_words() {
        let lines = wrap("one two  three four", 12, "Why  ", "     ");
        assert_eq!(lines, ["Why  one two", "     three", "     four"]);
        assert_eq!(wrap("", 10, "Why", " "), ["Why"]);
    }

    #[test]
    fn wide_characters_count_twice_and_may_stand_at_a_line_s_end() {
        assert_eq!(width("例え"), 4);
        assert_eq!(wrap("例え例え", 5, "", " "), ["例え", " 例え"]);
        assert_eq!(shorten("例え例え", 6), "例え..");
        assert_eq!(pad_right("例", 4), "例  ");
        assert_eq!(pad_left("12", 4), "  12");
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut_and_nothing_is_lost() {
        for columns in 0..12 {
            let lines = wrap("abcdefghij 例え", columns, "", "");
            assert_eq!(
                lines.concat().replace(' ', ""),
                "abcdefghij例え",
                "{columns}"
            );
            assert!(
                columns < 2 || lines.iter().all(|line| width(line) <= columns),
                "{lines:?}"
            );
        }
    }
}
