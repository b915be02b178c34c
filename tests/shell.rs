//! Words from the wire in printed commands, held against real shells: they stay one word, and what they say stays what it was.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod kit;

use kit::random::Random;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use tlscap::incident::shell_word;

/// Pieces of which harm is made.
const PIECES: [&[u8]; 24] = [
    b"'",
    b"\\",
    b"\"",
    b"`id`",
    b"$(id)",
    b"; id",
    b"&& id",
    b"| id",
    b"\n",
    b"\r",
    b"\x1b[2J",
    b" ",
    b"\t",
    b"!!",
    b"*",
    b"~",
    b"#",
    b"=ls",
    b"--help",
    b"-x",
    b"{a,b}",
    b"\xff",
    "例\u{202e}".as_bytes(),
    b"a.example",
];

/// Bash gives back every byte; no other word appears beside it.
#[test]
fn bash_reads_the_very_bytes() {
    for word in words() {
        assert_eq!(
            read("bash", &word),
            std::slice::from_ref(&word),
            "{}",
            shell_word(&word)
        );
    }
}

/// A shell that does not know `$'...'` still reads one word and runs nothing; all but odd bytes are right there too.
#[test]
fn any_posix_shell_reads_one_word() {
    for word in words() {
        let shown = shell_word(&word);
        let read = read("sh", &word);
        assert_eq!(read.len(), 1, "{shown}");
        if !shown.starts_with('$') {
            assert_eq!(read, [word], "{shown}");
        }
    }
}

#[test]
fn a_word_is_shown_on_one_line_without_a_control_character() {
    for word in words() {
        assert!(!shell_word(&word).chars().any(char::is_control));
    }
}

/// What the shell passes on as the arguments behind `-servername`.
fn read(shell: &str, word: &[u8]) -> Vec<Vec<u8>> {
    let script = format!("printf '%s\\0' {}", shell_word(word));
    let output = Command::new(shell)
        .arg("-c")
        .arg(OsStr::from_bytes(script.as_bytes()))
        .output()
        .unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{script}"
    );
    let mut parts: Vec<Vec<u8>> = output
        .stdout
        .split(|byte| *byte == 0)
        .map(<[u8]>::to_vec)
        .collect();
    assert_eq!(
        parts.pop(),
        Some(Vec::new()),
        "printf ends each with a zero: {script}"
    );
    parts
}

/// Each piece alone, and seeded mixtures. No zero byte: no argument can hold one.
fn words() -> Vec<Vec<u8>> {
    let mut random = Random::new(7);
    let mut words: Vec<Vec<u8>> = PIECES.iter().map(|piece| piece.to_vec()).collect();
    words.push(Vec::new());
    for _ in 0..300 {
        let count = 1 + random.below(5);
        let mut word = Vec::new();
        for _ in 0..count {
            word.extend(PIECES.get(random.below(PIECES.len())).unwrap().iter());
            word.push(random.byte().max(1));
        }
        words.push(word);
    }
    words
}
