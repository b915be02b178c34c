//! A second look at text that should be escaped already.
//!
//! Sentences are built from parts, some of them from the wire and escaped where they were put in. If one was forgotten, the
//! output must still not move a cursor: this escapes what is unsafe and, unlike `WireText`, leaves backslashes alone, so that
//! it changes nothing in text that was escaped before.

use crate::facts::WireText;
use std::fmt::Write;

/// `text` with control, escape and bidirectional characters escaped; escaped text stays as it is.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for (index, part) in text.split('\\').enumerate() {
        if index > 0 {
            clean.push('\\');
        }
        // Writing to a String cannot fail.
        let _ = write!(clean, "{}", WireText::from(part));
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::clean;
    use crate::facts::WireText;

    #[test]
    fn escaped_text_is_left_as_it_is() {
        let escaped = WireText::new(b"a\x1b\\b\n\xff").to_string();
        assert_eq!(clean(&escaped), escaped);
    }

    #[test]
    fn what_was_forgotten_is_escaped() {
        assert_eq!(clean("a\x1b[31m\u{202e}\n"), r"a\x1b[31m\u{202e}\x0a");
    }
}
