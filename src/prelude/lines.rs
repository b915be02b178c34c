//! Protocols of lines that change to TLS in their middle: a command, its answer, the next command.
//!
//! One reader for all of them; each protocol's file says what its lines mean. Commands sent ahead (pipelining) are read in
//! turn, each after the answer to the one before. RFC 3207 (SMTP), RFC 2595 (POP3, IMAP), RFC 4217 (FTP).

use super::Recognised;
use super::Step;
use super::Talk;
use super::wire::Answer;
use super::wire::Wire;
use super::wire::text_of;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;

/// Longest part of a command that is remembered while its answer is awaited, in bytes: enough for any tag.
const COMMAND_MAX: usize = 512;

/// What the lines of a protocol mean.
#[derive(Debug)]
pub(super) struct Dialect {
    /// What a line of the client is.
    pub(super) command: fn(line: &[u8]) -> Command,
    /// What a line of the server is, while the answer to `command` is awaited (the greeting where it is `None`).
    /// `first` is the first line of this answer where `line` is a later one.
    pub(super) reply: Judge,
}

/// `fn(command, first, line)`.
type Judge = fn(Option<&[u8]>, Option<&[u8]>, &[u8]) -> Reply;

/// What a line of the client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// One that may precede the question for TLS.
    Plain,
    /// One that may precede it and need not be answered.
    Silent,
    /// The question for TLS.
    Ask(PreludeProtocol),
    /// One after which nobody asks for TLS any more.
    Other,
}

/// What a line of the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Not part of the answer.
    Aside,
    /// Part of the answer, which goes on.
    Part,
    /// The answer's last line: agreed or not, with its code.
    Last(bool, Option<u32>),
    /// Not a line of this protocol.
    Alien,
}

/// Reads one dialect.
#[derive(Debug)]
pub(super) struct Lines {
    dialect: &'static Dialect,
    awaiting: Awaiting,
}

#[derive(Debug)]
enum Awaiting {
    Greeting(Option<Vec<u8>>),
    Command,
    Reply {
        command: Vec<u8>,
        asks: bool,
        first: Option<Vec<u8>>,
    },
}

impl Lines {
    /// At the first byte of a flow in which the server speaks first.
    pub(super) fn begin(dialect: &'static Dialect) -> Box<dyn Talk> {
        Box::new(Self {
            dialect,
            awaiting: Awaiting::Greeting(None),
        })
    }

    /// At the first byte of a flow in which the client speaks first.
    pub(super) fn begin_with_client(dialect: &'static Dialect) -> Box<dyn Talk> {
        Box::new(Self {
            dialect,
            awaiting: Awaiting::Command,
        })
    }

    /// Reads one command. `None`: done.
    fn command(&mut self, wire: &mut Wire) -> Option<Step> {
        // A ClientHello in place of a command.
        if wire
            .client
            .bytes()
            .first()
            .is_some_and(|&byte| !is_text(byte))
        {
            return Some(Step::NotThis);
        }
        let Some((line, mark)) = wire.client.line() else {
            return Some(Step::More);
        };
        let what = (self.dialect.command)(line);
        let command = line.get(..COMMAND_MAX).unwrap_or(line).to_vec();
        let asks = match what {
            Command::Plain => false,
            Command::Silent => return None,
            Command::Ask(protocol) => {
                wire.ask(protocol, mark, None);
                true
            }
            Command::Other => return Some(Step::NotThis),
        };
        self.awaiting = Awaiting::Reply {
            command,
            asks,
            first: None,
        };
        None
    }

    /// Reads one line of an answer. `None`: go on.
    fn reply(&mut self, wire: &mut Wire) -> Option<Step> {
        if wire
            .server
            .bytes()
            .first()
            .is_some_and(|&byte| !is_text(byte))
        {
            return Some(Step::NotThis);
        }
        let Some((line, mark)) = wire.server.line() else {
            return Some(Step::More);
        };
        let (command, asks, first) = match &mut self.awaiting {
            Awaiting::Greeting(first) => (None, false, first),
            Awaiting::Reply {
                command,
                asks,
                first,
            } => (Some(command.as_slice()), *asks, first),
            Awaiting::Command => return None,
        };
        let (agreed, status) = match (self.dialect.reply)(command, first.as_deref(), line) {
            Reply::Aside => return None,
            Reply::Part => {
                first.get_or_insert_with(|| line.to_vec());
                return None;
            }
            Reply::Last(agreed, status) => (agreed, status),
            Reply::Alien => return Some(Step::NotThis),
        };
        let greeting = command.is_none();
        let text = text_of(first.as_deref().unwrap_or(line));
        self.awaiting = Awaiting::Command;
        if asks {
            let answer = Answer { mark, status, text };
            return Some(if agreed {
                wire.accept(answer)
            } else {
                wire.refuse(answer)
            });
        }
        // A server that greets with a refusal is asked nothing.
        (greeting && !agreed).then_some(Step::NotThis)
    }
}

impl Talk for Lines {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        loop {
            let step = match self.awaiting {
                Awaiting::Command => self.command(wire),
                _ => self.reply(wire),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }
}

/// What a line of a reply with a three-digit code is (RFC 5321 section 4.2.1, RFC 959 section 4.2): `250-` goes on until
/// `250 `; in FTP the lines between may be anything.
pub(super) fn coded(first: Option<&[u8]>, line: &[u8], agrees: fn(u32) -> bool) -> Reply {
    let code = code(line);
    let goes_on = line.get(3) == Some(&b'-');
    match (first, code) {
        (None, None) => Reply::Alien,
        (None, Some(code)) if !goes_on => Reply::Last(agrees(code), Some(code)),
        (Some(first), Some(code)) if !goes_on && first.get(..3) == line.get(..3) => {
            Reply::Last(agrees(code), Some(code))
        }
        _ => Reply::Part,
    }
}

/// The three-digit code a line begins with.
pub(super) fn code(line: &[u8]) -> Option<u32> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(rest.first(), None | Some(b' ' | b'-')) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The first word of a line, up to a blank.
pub(super) fn word(line: &[u8]) -> &[u8] {
    line.split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .next()
        .unwrap_or(line)
}

/// Whether the first word of `line` is one of `words`, whatever its case.
pub(super) fn is_word(line: &[u8], words: &[&str]) -> bool {
    words
        .iter()
        .any(|known| word(line).eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether a client's first bytes are one of `words`: `Perhaps` while a word has not ended.
pub(super) fn begins_word(client: &[u8], words: &[&str]) -> Recognised {
    let first = word(client);
    if first.len() < client.len() {
        return if is_word(client, words) {
            Recognised::Yes
        } else {
            Recognised::No
        };
    }
    let fits = |known: &str| {
        known
            .as_bytes()
            .get(..first.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(first))
    };
    if words.iter().any(|known| fits(known)) {
        Recognised::Perhaps
    } else {
        Recognised::No
    }
}

/// The target as text, `host:port`.
pub(super) fn target(host: &[u8], port: u16) -> WireText {
    let mut text = host.to_vec();
    text.extend_from_slice(format!(":{port}").as_bytes());
    WireText::new(&text)
}

fn is_text(byte: u8) -> bool {
    byte >= 0x20 || matches!(byte, b'\r' | b'\n' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::Recognised;
    use super::Reply;
    use super::begins_word;
    use super::coded;

    fn agrees(code: u32) -> bool {
        code == 220
    }

    #[test]
    fn a_reply_ends_with_its_own_code_and_a_blank() {
        assert_eq!(coded(None, b"220-hello", agrees), Reply::Part);
        assert_eq!(
            coded(Some(b"220-hello"), b"   230 is not the end", agrees),
            Reply::Part
        );
        assert_eq!(
            coded(Some(b"220-hello"), b"250 nor is this", agrees),
            Reply::Part
        );
        assert_eq!(
            coded(Some(b"220-hello"), b"220", agrees),
            Reply::Last(true, Some(220))
        );
        assert_eq!(
            coded(None, b"502 no", agrees),
            Reply::Last(false, Some(502))
        );
        assert_eq!(coded(None, b"5023 no", agrees), Reply::Alien);
    }

    #[test]
    fn a_word_is_known_when_it_has_ended() {
        assert_eq!(begins_word(b"eh", &["EHLO"]), Recognised::Perhaps);
        assert_eq!(begins_word(b"ehlo ", &["EHLO"]), Recognised::Yes);
        assert_eq!(begins_word(b"EHLOX", &["EHLO"]), Recognised::No);
        assert_eq!(begins_word(b"", &["EHLO"]), Recognised::Perhaps);
    }
}
