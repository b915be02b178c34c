//! The file of the first language, read by the compiler: a wrong key or placeholder is an error of the build, at the use.

use super::ENGLISH;

/// The place of a text in the file of the first language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(usize);

impl Id {
    pub(super) const fn place(self) -> usize {
        self.0
    }
}

/// Texts in the file.
const COUNT: usize = count(ENGLISH);
/// Key and text, in the order of the file.
pub(super) static ROWS: [(&str, &str); COUNT] = read(ENGLISH);

/// The id of a text of one form whose placeholders are `names`. Called by [`text!`](super::text) while compiling.
pub(crate) const fn text(key: &str, names: &[&str]) -> Id {
    let id = any(key);
    let text = row(id.place()).1;
    assert!(
        !has_forms(text),
        "this text has several forms: use counted!"
    );
    hold(text, names, false);
    id
}

/// The id of a text of several forms, which may show the number as `{n}`. Called by [`counted!`](super::counted) while compiling.
pub(crate) const fn counted(key: &str, names: &[&str]) -> Id {
    let id = any(key);
    let text = row(id.place()).1;
    assert!(has_forms(text), "this text has one form: use text!");
    hold(text, names, true);
    id
}

/// Holds the values of a use against the placeholders of its text.
const fn hold(text: &str, names: &[&str], counted: bool) {
    assert!(
        all_known(text, names, counted),
        "a placeholder has no value here"
    );
    assert!(all_used(text, names), "a value has no placeholder in it");
}

/// The id of a text, whatever its forms. Called by [`is_text!`](super::is_text) while compiling.
pub(crate) const fn any(key: &str) -> Id {
    let mut place = 0;
    while place < COUNT && !is_equal(row(place).0, key) {
        place += 1;
    }
    assert!(place < COUNT, "src/texts/en.tsv has no such key");
    Id(place)
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, below COUNT"
)]
const fn row(place: usize) -> (&'static str, &'static str) {
    ROWS[place]
}

/// Lines that hold a text: neither empty nor a comment.
const fn count(file: &'static str) -> usize {
    let mut rest = file;
    let mut count = 0;
    while !rest.is_empty() {
        let (line, behind) = cut(rest, b'\n');
        count += is_row(line) as usize;
        rest = behind;
    }
    count
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler: a slip would be an error of the build"
)]
const fn read(file: &'static str) -> [(&'static str, &'static str); COUNT] {
    let mut rows = [("", ""); COUNT];
    let mut rest = file;
    let mut at = 0;
    while !rest.is_empty() {
        let (line, behind) = cut(rest, b'\n');
        if is_row(line) {
            rows[at] = cut(line, b'\t');
            assert!(
                !rows[at].1.is_empty(),
                "a line of src/texts/en.tsv has no text"
            );
            at += 1;
        }
        rest = behind;
    }
    rows
}

const fn is_row(line: &str) -> bool {
    match line.as_bytes() {
        [] | [b'#', ..] => false,
        [..] => true,
    }
}

/// What stands before the first `at`, and what behind it.
const fn cut(text: &'static str, at: u8) -> (&'static str, &'static str) {
    let end = position(text.as_bytes(), 0, at);
    let (before, from) = text.split_at(end);
    if from.is_empty() {
        return (before, "");
    }
    (before, from.split_at(1).1)
}

/// Where `wanted` stands first, from `start` on; the length where it does not.
#[expect(clippy::indexing_slicing, reason = "bounded by the condition")]
const fn position(bytes: &[u8], start: usize, wanted: u8) -> usize {
    let mut at = start;
    while at < bytes.len() && bytes[at] != wanted {
        at += 1;
    }
    at
}

const fn has_forms(text: &str) -> bool {
    position(text.as_bytes(), 0, b'|') < text.len()
}

/// Whether each `{name}` in the text is one of `names`; `{n}` is where it is `counted`.
#[expect(clippy::indexing_slicing, reason = "bounded by the condition")]
const fn all_known(text: &str, names: &[&str], counted: bool) -> bool {
    let bytes = text.as_bytes();
    let mut at = position(bytes, 0, b'{');
    while at < bytes.len() {
        let mut known = counted && stands_at(bytes, at, b"n");
        let mut one = 0;
        while one < names.len() {
            known |= stands_at(bytes, at, names[one].as_bytes());
            one += 1;
        }
        if !known {
            return false;
        }
        at = position(bytes, at + 1, b'{');
    }
    true
}

/// Whether each of `names` stands in the text as `{name}`.
#[expect(clippy::indexing_slicing, reason = "bounded by the condition")]
const fn all_used(text: &str, names: &[&str]) -> bool {
    let bytes = text.as_bytes();
    let mut one = 0;
    while one < names.len() {
        let mut at = position(bytes, 0, b'{');
        while at < bytes.len() && !stands_at(bytes, at, names[one].as_bytes()) {
            at = position(bytes, at + 1, b'{');
        }
        if at >= bytes.len() {
            return false;
        }
        one += 1;
    }
    true
}

/// Whether `{name}` stands at `at`.
#[expect(clippy::indexing_slicing, reason = "bounded by the conditions")]
const fn stands_at(bytes: &[u8], at: usize, name: &[u8]) -> bool {
    if at + name.len() + 1 >= bytes.len() || bytes[at + name.len() + 1] != b'}' {
        return false;
    }
    let mut index = 0;
    while index < name.len() {
        if bytes[at + 1 + index] != name[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[expect(clippy::indexing_slicing, reason = "bounded by the condition")]
const fn is_equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}
