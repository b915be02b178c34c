//! What the program says to people: one file of texts for each language, and the one place where the language is chosen.
//!
//! Does: give the text of a key with its values put in. Does not: decide what is worth saying. `en.tsv` is the first language and
//! says which keys there are; `check` holds each use against it while the program is compiled. Read `en.tsv`, then [`text!`].
//!
//! ```text
//! en.tsv                    no-shared-version.offers      the hello offers {version} at most
//! rule                      text!("no-shared-version.offers", version = tables::version_name(version))
//! ```

pub(crate) mod check;
mod language;
mod words;

pub use language::Language;
pub use language::Plural;
pub use words::attribute;
pub use words::side;

use check::Id;
use std::fmt::Display;
use std::sync::OnceLock;

/// The language that the compiler holds the uses against.
const ENGLISH: &str = include_str!("en.tsv");

static CHOSEN: OnceLock<Language> = OnceLock::new();

/// The language that texts are made in. English, unless [`choose`] came first.
pub fn language() -> &'static Language {
    CHOSEN.get_or_init(Language::english)
}

/// Chooses the language for the rest of the program's life.
///
/// # Errors
///
/// Gives the language back where one was chosen, or a text made, before: a report speaks one language.
pub fn choose(language: Language) -> Result<(), Box<Language>> {
    CHOSEN.set(language).map_err(Box::new)
}

/// The file of the first language: what a translation begins with.
#[must_use]
pub fn english() -> &'static str {
    ENGLISH
}

/// The text of a key in the chosen language: a `&'static str`, or a `String` where values are put in by name.
///
/// A key that `en.tsv` has not, a placeholder without a value and a value without a placeholder do not compile.
macro_rules! text {
    ($key:literal $(,)?) => {{
        const ID: $crate::texts::check::Id = $crate::texts::check::text($key, &[]);
        $crate::texts::plain(ID)
    }};
    ($key:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {{
        const ID: $crate::texts::check::Id =
            $crate::texts::check::text($key, &[$(stringify!($name)),+]);
        $crate::texts::filled(
            ID,
            &[$((stringify!($name), &$crate::texts::value!($name $(= $value)?))),+],
        )
    }};
}

/// The text of a key that has one form for each kind of number; the number is its `{n}`, shown with separators of thousands.
///
/// The compiler holds it against `en.tsv` as it does [`text!`].
macro_rules! counted {
    ($key:literal, $n:expr $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const ID: $crate::texts::check::Id =
            $crate::texts::check::counted($key, &[$(stringify!($name)),*]);
        $crate::texts::counted_text(
            ID,
            $n,
            &[$((stringify!($name), &$crate::texts::value!($name $(= $value)?))),*],
        )
    }};
}

/// Whether a sentence was made from the text of a key, whatever its values.
macro_rules! is_text {
    ($key:literal, $text:expr) => {{
        const ID: $crate::texts::check::Id = $crate::texts::check::any($key);
        $crate::texts::language().is_from(ID, $text)
    }};
}

/// `name = value`, or `name` alone for a variable that is called so.
macro_rules! value {
    ($name:ident) => {
        $name
    };
    ($name:ident = $value:expr) => {
        $value
    };
}

pub(crate) use counted;
pub(crate) use is_text;
pub(crate) use text;
pub(crate) use value;

/// A text without placeholders. Called by [`text!`].
pub(crate) fn plain(id: Id) -> &'static str {
    language().form(id, 0)
}

/// A text with its values. Called by [`text!`].
pub(crate) fn filled(id: Id, values: &[(&str, &dyn Display)]) -> String {
    language::fill(plain(id), values)
}

/// A text in the form that `n` asks for, with its values. Called by [`counted!`].
pub(crate) fn counted_text(id: Id, n: u64, values: &[(&str, &dyn Display)]) -> String {
    let language = language();
    let shown = grouped(n);
    let mut all: Vec<(&str, &dyn Display)> = vec![("n", &shown)];
    all.extend_from_slice(values);
    language::fill(language.form(id, language.plural().form(n)), &all)
}

/// A number with separators of thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed<T: Display>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [one] => one.to_string(),
        [first, last] => text!("list.two", first, last),
        [first, rest @ ..] => text!("list.more", first, rest = listed(rest)),
    }
}

/// `a, b, c`: items side by side, not the end of a sentence.
#[must_use]
pub fn joined<T: Display>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [one] => one.to_string(),
        [first, rest @ ..] => text!("list.more", first, rest = joined(rest)),
    }
}

#[cfg(test)]
mod tests;
