//! Text from the network, which can be shown only escaped.

use std::fmt;

/// Bytes from the network. Shown only escaped: control, escape and bidirectional characters as `\x1b` or `\u{202e}`, bytes
/// that are not UTF-8 as `\xff`, and the backslash doubled, so that the escaping can be undone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WireText(Vec<u8>);

impl WireText {
    /// Keeps `bytes` as they are.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The bytes as they were on the wire. Never to be printed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for WireText {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl fmt::Display for WireText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\\' => f.write_str("\\\\")?,
                    c if u32::from(c) < 0x100 && is_unsafe(c) => {
                        write!(f, "\\x{:02x}", u32::from(c))?
                    }
                    c if is_unsafe(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                    c => write!(f, "{c}")?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Characters that can move the cursor, hide text or turn its direction.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad                                   // soft hyphen
            | 0x61c                                // Arabic letter mark
            | 0x115f..=0x1160 | 0x3164 | 0xffa0    // Hangul fillers: shown as blanks
            | 0x180e
            | 0x200b..=0x200f                      // zero width, direction marks
            | 0x2028..=0x202e                      // separators, embeddings, overrides
            | 0x2060..=0x206f                      // invisible operators, isolates
            | 0xfe00..=0xfe0f                      // variation selectors
            | 0xfeff
            | 0xfff9..=0xfffb
            | 0xe0000..=0xe0fff) // tags
}

#[cfg(test)]
mod tests {
    use super::WireText;

    #[test]
    fn escapes_what_could_move_a_cursor_or_turn_text() {
        let text = WireText::new(b"a\x1b[31m\\b\n\xff\xe2\x80\xae");
        assert_eq!(text.to_string(), r"a\x1b[31m\\b\x0a\xff\u{202e}");
    }

    #[test]
    fn leaves_readable_text_of_any_script_alone() {
        assert_eq!(
            WireText::from("münchen.例え.test").to_string(),
            "münchen.例え.test"
        );
    }

    #[test]
    fn c1_control_in_utf8_and_a_raw_byte_are_escaped() {
        assert_eq!(WireText::new("\u{9b}".as_bytes()).to_string(), r"\x9b");
    }
}
