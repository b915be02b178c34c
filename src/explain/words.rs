//! Text as words that can be compared, whatever stands around and between them.
//!
//! Pasted lines differ from the message of a program in case, quotes, line breaks, and in what a log puts before and between:
//! times, addresses, ports, process numbers. So only runs of letters and digits count, in lower case, and what looks like a
//! time or an address is left out.

use std::net::IpAddr;
use std::net::SocketAddr;

/// A run of letters and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// In lower case.
    pub(super) text: String,
    /// Where it begins when all tokens are written without anything between, in bytes.
    pub(super) at: usize,
}

impl Token {
    /// Where it ends, counted as `at`.
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// The words of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for chunk in text.split_whitespace().flat_map(|chunk| chunk.split("->")) {
        if is_noise(chunk) {
            continue;
        }
        let words = chunk.split(|c: char| !c.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            let at = tokens.last().map_or(0, Token::end);
            let text = word.to_lowercase();
            tokens.push(Token { text, at });
        }
    }
    tokens
}

/// All tokens without anything between them.
pub(super) fn squeezed(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect()
}

/// Whether it is a time, a date, an address with or without a port, or nginx's `process#thread`.
fn is_noise(chunk: &str) -> bool {
    let chunk = chunk.trim_matches(|c: char| !c.is_alphanumeric());
    if chunk.parse::<IpAddr>().is_ok() || chunk.parse::<SocketAddr>().is_ok() {
        return true;
    }
    if let Some((address, port)) = chunk.rsplit_once("]:") {
        return port.parse::<u16>().is_ok() && address.parse::<IpAddr>().is_ok();
    }
    let count = |wanted: &[char]| chunk.matches(wanted).count();
    let is_numeric = chunk
        .chars()
        .all(|c| c.is_ascii_digit() || "-/:.,TZ+#".contains(c));
    is_numeric && (count(&[':']) > 0 || count(&['-', '/']) > 1 || count(&['#']) == 1)
}

/// `handshake failure` and `Handshake_Failure` as ids are written: `handshake-failure`.
pub(super) fn kebab(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == '_' || c == '-')
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-").to_ascii_lowercase()
}

/// The first `longest` bytes of a text, or less where that would cut a character.
pub(super) fn beginning(text: &str, longest: usize) -> &str {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn case_quotes_and_line_breaks_do_not_count() {
        assert_eq!(
            texts("\"Wrong\nversion\" 'NUMBER'."),
            ["wrong", "version", "number"]
        );
        assert_eq!(
            texts("ssl3_get_record:wrong"),
            ["ssl3", "get", "record", "wrong"]
        );
    }

    #[test]
    fn times_addresses_and_process_numbers_are_left_out() {
        let line = "2026/11/21 12:00:01 [error] 12#12: *7 read tcp 10.0.0.1:2345->192.0.2.1:443: at 2026-11-21T12:00:01.123Z, [2001:db8::1]:443 fe80::1";
        assert_eq!(texts(line), ["error", "7", "read", "tcp", "at"]);
    }

    #[test]
    fn codes_are_kept() {
        assert_eq!(
            texts("curl: (35) error:0A000410 -12286 0x80090326"),
            ["curl", "35", "error", "0a000410", "12286", "0x80090326"]
        );
    }

    #[test]
    fn ids_are_written_in_one_way() {
        assert_eq!(kebab(" Handshake  Failure"), "handshake-failure");
        assert_eq!(kebab("sni_missing"), "sni-missing");
    }

    #[test]
    fn a_beginning_never_cuts_a_character() {
        assert_eq!(beginning("aé", 2), "a");
        assert_eq!(beginning("aé", 9), "aé");
        assert_eq!(beginning("é", 0), "");
    }
}
