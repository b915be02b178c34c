//! Words of a command that came from the wire.

use std::fmt::Write;

/// `word` as one word of a shell, however hostile: plain as it is, printable in single quotes, all else in `$'...'` of
/// bash, zsh and ksh, so that a command is never changed and never holds a raw control character. In there no quote and no
/// backslash stands for itself: a shell that does not know `$'...'` (dash) reads another word, but still one.
#[must_use]
pub fn shell_word(word: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-:/@%+,=[]".contains(byte);
    // `=ls` is a path to zsh.
    let front = |byte: &u8| *byte != b'=';
    if word.first().is_some_and(front) && word.iter().all(plain) && !word.contains(&b'[') {
        return String::from_utf8_lossy(word).into_owned();
    }
    let printable = |text: &str| text.chars().all(|c| c == '\\' || !escaped(c));
    match std::str::from_utf8(word) {
        Ok(text) if printable(text) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => dollar_quoted(word),
    }
}

/// Whether the character is shown escaped.
fn escaped(c: char) -> bool {
    let mut buffer = [0; 4];
    let text: &str = c.encode_utf8(&mut buffer);
    crate::facts::WireText::from(text).to_string() != text
}

fn dollar_quoted(word: &[u8]) -> String {
    let mut text = String::from("$'");
    for byte in word {
        match byte {
            b' '..=b'~' if !br"'\!".contains(byte) => text.push(char::from(*byte)),
            // Three octal digits: all of these shells stop there, whatever follows.
            _ => drop(write!(text, "\\{byte:03o}")),
        }
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn hostile_names_stay_one_word() {
        assert_eq!(shell_word(b"api.shop.example"), "api.shop.example");
        assert_eq!(shell_word(b"a b"), "'a b'");
        assert_eq!(shell_word(b"a'$(id)"), r"'a'\''$(id)'");
        assert_eq!(shell_word(b"\x1b[31m'\\"), r"$'\033[31m\047\134'");
        assert_eq!(shell_word("a\u{202e}b".as_bytes()), r"$'a\342\200\256b'");
        assert_eq!(shell_word("例え.test".as_bytes()), "'例え.test'");
        assert_eq!(shell_word(b""), "''");
        assert_eq!(shell_word(b"*"), "'*'");
    }
}
