//! The bytes of both directions that a prelude reader has not read yet, and what it found out so far.

use super::Step;
use crate::base::Mark;
use crate::base::Side;
use crate::facts::PreludeFacts;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::facts::WireText;

/// Bytes held per direction, and bytes a direction may send before TLS is asked for. A CONNECT with a Kerberos token takes
/// some 12 KiB; no other prelude comes near.
pub(super) const LIMIT: usize = 32 * 1024;
/// Longest text kept of an answer, in bytes.
pub(super) const TEXT_MAX: usize = 200;
/// Segments remembered per direction, to name the one that brought a byte.
const MARKS_MAX: usize = 64;

/// One direction: the bytes not read yet.
#[derive(Debug, Default)]
pub(super) struct Input {
    /// Bytes from stream offset `offset - read` on.
    held: Vec<u8>,
    /// How many bytes of `held` were read. `read <= held.len()`.
    read: usize,
    /// Stream offset of the next unread byte.
    offset: u64,
    /// Unread bytes known to hold no line feed, so that a line that comes byte by byte is searched once.
    searched: usize,
    /// Bytes still to be dropped as they arrive.
    skip: u64,
    /// Bytes pushed since the beginning.
    pushed: u64,
    /// Whether bytes did not fit and were dropped: what is held is then all that can be read.
    full: bool,
    /// Offset behind each segment, and the segment.
    marks: Vec<(u64, Mark)>,
}

impl Input {
    /// Appends what arrived.
    pub(super) fn push(&mut self, bytes: &[u8], mark: Mark) {
        self.pushed = self.pushed.saturating_add(length(bytes));
        let dropped = usize::try_from(self.skip)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        self.skip = self.skip.saturating_sub(length(bytes));
        let (before, bytes) = bytes.split_at_checked(dropped).unwrap_or((bytes, &[]));
        self.offset = self.offset.saturating_add(length(before));
        self.held.drain(..self.read);
        self.read = 0;
        // Nothing is appended behind a loss: what is held stays one piece.
        if !self.full {
            let room = LIMIT.saturating_sub(self.held.len());
            self.full = bytes.len() > room;
            self.held
                .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
        match self.marks.last_mut() {
            Some((end, last)) if *last == mark => *end = self.pushed,
            _ => {
                if self.marks.len() >= MARKS_MAX {
                    self.marks.remove(0);
                }
                self.marks.push((self.pushed, mark));
            }
        }
    }

    /// The bytes not read yet.
    pub(super) fn bytes(&self) -> &[u8] {
        self.held.get(self.read..).unwrap_or(&[])
    }

    /// Stream offset of the next unread byte.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes pushed since the beginning.
    pub(super) fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Whether bytes did not fit.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Reads `count` bytes, or none while there are fewer. The mark is that of the segment which brought the last of them.
    pub(super) fn take(&mut self, count: usize) -> Option<(&[u8], Mark)> {
        let end = self.read.checked_add(count)?;
        if count == 0 || end > self.held.len() {
            return None;
        }
        let from = self.read;
        self.read = end;
        self.searched = 0;
        self.offset = self
            .offset
            .saturating_add(u64::try_from(count).unwrap_or(0));
        let mark = self.mark();
        self.held.get(from..end).map(|bytes| (bytes, mark))
    }

    /// Reads a line through its line feed; the line is given without CRLF or LF.
    pub(super) fn line(&mut self) -> Option<(&[u8], Mark)> {
        let (line, mark) = self.through(b'\n')?;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        Some((line.strip_suffix(b"\r").unwrap_or(line), mark))
    }

    /// Reads through the next `end`, which must be the same in all calls on one direction.
    pub(super) fn through(&mut self, end: u8) -> Option<(&[u8], Mark)> {
        let unread = self.bytes();
        let at = unread
            .get(self.searched..)?
            .iter()
            .position(|&byte| byte == end);
        let Some(at) = at else {
            self.searched = unread.len();
            return None;
        };
        self.take(self.searched.saturating_add(at).saturating_add(1))
    }

    /// Drops the next `count` bytes, those that have not arrived yet included.
    pub(super) fn skip(&mut self, count: u64) {
        let here = usize::try_from(count)
            .unwrap_or(usize::MAX)
            .min(self.bytes().len());
        let taken = self.take(here).map_or(0, |(bytes, _)| length(bytes));
        self.skip = self.skip.saturating_add(count.saturating_sub(taken));
    }

    /// Drops all that has arrived.
    pub(super) fn clear(&mut self) {
        let all = self.bytes().len();
        self.take(all);
    }

    /// The segment that brought the last byte read.
    fn mark(&self) -> Mark {
        let holds = self.marks.iter().find(|(end, _)| *end >= self.offset);
        holds
            .or(self.marks.last())
            .map(|(_, mark)| *mark)
            .unwrap_or_default()
    }
}

/// Both directions and the facts.
#[derive(Debug, Default)]
pub(super) struct Wire {
    pub(super) client: Input,
    pub(super) server: Input,
    facts: Option<PreludeFacts>,
    /// A question that repeats a refused one: the refusal stands until this one is answered.
    again: Option<PreludeFacts>,
}

/// An answer as sent.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) mark: Mark,
    pub(super) status: Option<u32>,
    pub(super) text: WireText,
}

impl Wire {
    /// Appends what `side` sent.
    pub(super) fn push(&mut self, side: Side, bytes: &[u8], mark: Mark) {
        match side {
            Side::Client => self.client.push(bytes, mark),
            Side::Server => self.server.push(bytes, mark),
        }
    }

    /// What was seen so far.
    pub(super) fn facts(&self) -> Option<&PreludeFacts> {
        self.facts.as_ref()
    }

    /// Gives the facts away.
    pub(super) fn into_facts(self) -> Option<PreludeFacts> {
        self.facts
    }

    /// Whether the last answer was negative and stands.
    pub(super) fn is_refused(&self) -> bool {
        self.facts
            .as_ref()
            .is_some_and(|facts| facts.state == PreludeState::Refused)
    }

    /// Whether more was sent than a prelude needs.
    pub(super) fn is_too_long(&self) -> bool {
        let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX);
        let asked = self.facts.is_some();
        // The client may send its first flight, early data included, before the answer: those bytes are not needed here.
        self.server.is_full()
            || (!asked && (self.client.pushed() > limit || self.server.pushed() > limit))
    }

    /// The client asked for TLS, or for a way to a target.
    pub(super) fn ask(&mut self, protocol: PreludeProtocol, asked: Mark, target: Option<WireText>) {
        let facts = PreludeFacts {
            target,
            ..PreludeFacts::asked(protocol, asked)
        };
        if self.is_refused() {
            self.again = Some(facts);
        } else {
            self.facts = Some(facts);
        }
    }

    /// The target became known after the question.
    pub(super) fn aim(&mut self, asked: Mark, target: WireText) {
        if let Some(facts) = self.again.as_mut().or(self.facts.as_mut()) {
            facts.asked = asked;
            facts.target = Some(target);
        }
    }

    /// Keeps what was sent, where nothing is answered (PROXY headers).
    pub(super) fn quote(&mut self, text: &[u8]) {
        if let Some(facts) = &mut self.facts {
            facts.text = text_of(text);
        }
    }

    /// Keeps what else was told.
    pub(super) fn tell(&mut self, fields: Vec<(&'static str, WireText)>) {
        if let Some(facts) = &mut self.facts {
            facts.fields = fields;
        }
    }

    /// The server agreed: TLS may begin behind the bytes read so far.
    pub(super) fn accept(&mut self, answer: Answer) -> Step {
        self.answer(PreludeState::Accepted, answer);
        self.tls_here()
    }

    /// TLS may begin behind the bytes read so far.
    pub(super) fn tls_here(&self) -> Step {
        Step::TlsAt {
            client: self.client.offset(),
            server: self.server.offset(),
        }
    }

    /// The server refused.
    pub(super) fn refuse(&mut self, answer: Answer) -> Step {
        self.answer(PreludeState::Refused, answer);
        Step::Refused
    }

    fn answer(&mut self, state: PreludeState, answer: Answer) {
        if let Some(again) = self.again.take() {
            self.facts = Some(again);
        }
        if let Some(facts) = &mut self.facts {
            facts.state = state;
            facts.answered = Some(answer.mark);
            facts.status = answer.status;
            facts.text = answer.text;
        }
    }
}

/// As much of `bytes` as is kept of an answer.
pub(super) fn text_of(bytes: &[u8]) -> WireText {
    WireText::new(bytes.get(..TEXT_MAX).unwrap_or(bytes))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Input;
    use super::LIMIT;
    use crate::base::Mark;

    fn mark(order: u32) -> Mark {
        Mark {
            order,
            ..Mark::default()
        }
    }

    #[test]
    fn a_line_bears_the_mark_of_the_segment_with_its_last_byte() {
        let mut input = Input::default();
        input.push(b"EHLO a\r\nSTART", mark(1));
        assert_eq!(input.line(), Some((&b"EHLO a"[..], mark(1))));
        assert_eq!(input.line(), None);
        input.push(b"TLS\nrest", mark(2));
        assert_eq!(input.line(), Some((&b"STARTTLS"[..], mark(2))));
        assert_eq!((input.offset(), input.bytes()), (17, &b"rest"[..]));
    }

    #[test]
    fn skipped_bytes_count_in_the_offset_whether_here_or_to_come() {
        let mut input = Input::default();
        input.push(b"abcd", mark(1));
        input.skip(6);
        assert_eq!((input.offset(), input.bytes()), (4, &b""[..]));
        input.push(b"efgh", mark(2));
        assert_eq!((input.offset(), input.bytes()), (6, &b"gh"[..]));
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_said() {
        let mut input = Input::default();
        input.push(&vec![b'a'; LIMIT], mark(1));
        assert!(!input.is_full());
        input.push(b"b", mark(2));
        assert!(input.is_full());
        assert_eq!(input.bytes().len(), LIMIT);
    }
}
