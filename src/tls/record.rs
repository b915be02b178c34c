//! One direction's bytes to TLS records, alerts and handshake messages (RFC 8446 section 5.1, RFC 5246 section 6.2).
//!
//! Bytes may come in pieces of any size, with holes of known length between them (not captured, or cut by the snap length).
//! A hole inside a record body costs only the contents: lengths go on. A hole over a record header loses the position, which
//! is found again where a later piece begins with a plausible header.

mod message;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use message::MESSAGE_MAX;
pub use message::Message;
pub use message::Pending;

use crate::base::Mark;
use message::Assembly;

/// Largest record body allowed anywhere: 2^14 + 2048 (RFC 5246 section 6.2.3).
pub const RECORD_MAX: u32 = 18_432;
/// Content types (RFC 8446 section 5.1).
#[expect(missing_docs, reason = "RFC 8446 names")]
pub mod content {
    pub const CHANGE_CIPHER_SPEC: u8 = 20;
    pub const ALERT: u8 = 21;
    pub const HANDSHAKE: u8 = 22;
    pub const APPLICATION_DATA: u8 = 23;
}

/// A complete record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Content type.
    pub kind: u8,
    /// Version field.
    pub version: u16,
    /// Length of the body in bytes.
    pub length: u32,
    /// Whether its body is a handshake message or alert in clear, or a ChangeCipherSpec.
    pub clear: bool,
    /// Its first byte.
    pub first: Mark,
    /// Its last byte.
    pub last: Mark,
    /// For the segment that held its last byte: how many bytes of the other side it acknowledged.
    pub acknowledges: u64,
    /// Stream offset of the byte behind it; of handshake messages in clear, of the last piece that was read before.
    pub end: u64,
}

/// What the reader found.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are named in the line above them")]
pub enum Unit<'a> {
    /// A complete record of any kind. Comes before the alert in it, and before the message that ends with it.
    Record(Record),
    /// A complete handshake message in clear.
    Message(Message<'a>),
    /// An alert in clear: level and code, the length of its record, and the stream offset behind that.
    Alert {
        level: u8,
        code: u8,
        mark: Mark,
        record_length: u32,
        end: u64,
    },
    /// Bytes that are no record, where one had to begin.
    Broken { mark: Mark },
}

/// Takes one direction's bytes and gives [`Unit`]s.
#[derive(Debug, Default)]
pub struct Reader {
    state: State,
    /// Stream offset of the next byte.
    offset: u64,
    header: [u8; 5],
    header_have: usize,
    record: Open,
    message: Assembly,
    /// A ChangeCipherSpec was seen: handshake and alert records are encrypted unless they prove otherwise.
    protected: bool,
    /// The last segment whose bytes were read.
    seen: Option<Mark>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Header,
    Body,
    /// The position is lost; the next piece may begin a record.
    Lost,
    /// What came was not TLS: nothing more is read.
    Broken,
}

/// The record being read.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    kind: u8,
    version: u16,
    length: u32,
    left: u32,
    start: u64,
    first: Mark,
    clear: bool,
    /// First body bytes of a short record.
    small: [u8; 6],
    small_have: usize,
    /// Part of its body could not be read.
    broken: bool,
    /// A hole went over a message boundary: the rest of this record cannot be told into messages.
    adrift: bool,
}

impl Reader {
    /// Starts over at stream offset `offset`.
    pub fn reset(&mut self, offset: u64) {
        self.state = State::Header;
        self.offset = offset;
        self.header_have = 0;
        self.message.clear();
        self.protected = false;
    }

    /// Forgets all for another stream, keeping allocations.
    pub fn restart(&mut self) {
        let mut message = std::mem::take(&mut self.message);
        message.clear();
        *self = Self {
            message,
            ..Self::default()
        };
    }

    /// Gives back room that is not filled.
    pub fn shrink(&mut self) {
        self.message.shrink();
    }

    /// Stream offset of the next byte.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the position in the record layer is lost or what came was no TLS.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost | State::Broken)
    }

    /// Passes over `length` bytes that belong to another format (an SSLv2 hello before TLS records).
    pub fn skip(&mut self, length: u64) {
        self.offset = self.offset.saturating_add(length);
    }

    /// Bytes since the last record boundary: a record has begun and is not whole.
    #[must_use]
    pub fn inside_record(&self) -> bool {
        self.state == State::Body || (self.state == State::Header && self.header_have > 0)
    }

    /// Content type and length of a record that has begun and is not whole.
    #[must_use]
    pub fn open_record(&self) -> Option<(u8, u32)> {
        (self.state == State::Body).then_some((self.record.kind, self.record.length))
    }

    /// Passes over `length` bytes that cannot be read.
    ///
    /// `captured`: `mark` is the segment that held them (cut by the snap length), not the packet that showed they are missing.
    pub fn hole(&mut self, length: u64, mark: Mark, captured: bool, mut out: impl FnMut(Unit<'_>)) {
        // What ends in a hole was last seen before it: the packet that shows the hole is often one of the other side.
        let mark = if captured {
            mark
        } else {
            self.seen.unwrap_or(mark)
        };
        let mut left = length;
        while left > 0 {
            match self.state {
                State::Body => {
                    let n = u32::try_from(left)
                        .unwrap_or(u32::MAX)
                        .min(self.record.left);
                    if self.record.clear
                        && self.record.kind == content::HANDSHAKE
                        && !self.record.adrift
                    {
                        self.pass_over_message(n, mark, &mut out);
                    }
                    self.record.small_have = self.record.small.len();
                    self.record.broken = true;
                    self.offset = self.offset.saturating_add(u64::from(n));
                    self.record.left = self.record.left.saturating_sub(n);
                    left = left.saturating_sub(u64::from(n));
                    if self.record.left == 0 {
                        self.finish_record(mark, 0, &mut out);
                    }
                }
                State::Header | State::Lost => {
                    self.state = State::Lost;
                    self.header_have = 0;
                    self.message.hole = true;
                    self.offset = self.offset.saturating_add(left);
                    left = 0;
                }
                State::Broken => left = 0,
            }
        }
    }

    /// Takes the next bytes. `mark` is the segment they came in, `acknowledges` what that segment acknowledged.
    pub fn push(
        &mut self,
        bytes: &[u8],
        mark: Mark,
        acknowledges: u64,
        mut out: impl FnMut(Unit<'_>),
    ) {
        let mut rest = bytes;
        self.seen = Some(mark);
        if self.state == State::Lost {
            if !looks_like_header(rest) {
                self.offset = self.offset.saturating_add(len64(rest));
                return;
            }
            self.state = State::Header;
            self.message.clear();
        }
        while !rest.is_empty() {
            rest = match self.state {
                State::Header => self.read_header(rest, mark, &mut out),
                State::Body => self.read_body(rest, mark, acknowledges, &mut out),
                State::Lost | State::Broken => {
                    self.offset = self.offset.saturating_add(len64(rest));
                    return;
                }
            };
        }
    }

    fn read_header<'b>(
        &mut self,
        bytes: &'b [u8],
        mark: Mark,
        out: &mut impl FnMut(Unit<'_>),
    ) -> &'b [u8] {
        if self.header_have == 0 {
            self.record.first = mark;
            self.record.start = self.offset;
        }
        let want = self
            .header
            .len()
            .saturating_sub(self.header_have)
            .min(bytes.len());
        let (now, rest) = bytes.split_at_checked(want).unwrap_or((bytes, &[]));
        for (slot, byte) in self.header.iter_mut().skip(self.header_have).zip(now) {
            *slot = *byte;
        }
        self.header_have += want;
        self.offset = self.offset.saturating_add(len64(now));
        if self.header_have < self.header.len() {
            return rest;
        }
        self.header_have = 0;
        let [kind, major, minor, high, low] = self.header;
        let length = u32::from(u16::from_be_bytes([high, low]));
        if !(20..=24).contains(&kind) || major != 3 || minor > 4 || length > RECORD_MAX {
            self.state = State::Broken;
            out(Unit::Broken { mark });
            return &[];
        }
        let record = &mut self.record;
        record.kind = kind;
        record.version = u16::from_be_bytes([major, minor]);
        record.length = length;
        record.left = length;
        record.small_have = 0;
        record.broken = false;
        record.adrift = false;
        record.clear = match kind {
            content::CHANGE_CIPHER_SPEC => true,
            content::HANDSHAKE => !self.protected,
            // TLS up to 1.2 encrypts alerts too, and then they are longer than two alerts in clear.
            content::ALERT => length == 2 || (length == 4 && !self.protected),
            _ => false,
        };
        self.state = State::Body;
        if length == 0 {
            self.finish_record(mark, 0, out);
        }
        rest
    }

    fn read_body<'b>(
        &mut self,
        bytes: &'b [u8],
        mark: Mark,
        acknowledges: u64,
        out: &mut impl FnMut(Unit<'_>),
    ) -> &'b [u8] {
        let take = usize::try_from(self.record.left)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let (now, rest) = bytes.split_at_checked(take).unwrap_or((bytes, &[]));
        let before = self.record.length.saturating_sub(self.record.left);
        self.record.left = self.record.left.saturating_sub(clamp(take));
        let undecided = self.record.small_have < self.record.small.len();
        self.record.keep_small(now);
        let told = undecided && self.record.small_have == self.record.small.len();
        if told && self.protected && self.record.kind == content::HANDSHAKE {
            self.look_for_hello(before, out);
        }
        let whole = self.record.left == 0;
        if self.record.kind == content::HANDSHAKE && self.record.clear {
            if whole {
                self.announce(mark, acknowledges, out);
            }
            self.messages(now, mark, out);
            self.offset = self.offset.saturating_add(len64(now));
            if whole {
                self.state = State::Header;
            }
            return rest;
        }
        self.offset = self.offset.saturating_add(len64(now));
        if whole {
            self.finish_record(mark, acknowledges, out);
        }
        rest
    }

    /// The first bytes of a handshake record behind a ChangeCipherSpec are there: if they are those of a hello, the record is in
    /// clear, and the `before` bytes of it that came earlier belong to the message.
    fn look_for_hello(&mut self, before: u32, out: &mut impl FnMut(Unit<'_>)) {
        let small = self.record.small;
        if self.record.clear || !is_hello_after_retry(&small, self.record.length) {
            return;
        }
        self.record.clear = true;
        let earlier = usize::try_from(before).unwrap_or(0);
        if let Some(bytes) = small.get(..earlier).filter(|bytes| !bytes.is_empty()) {
            let first = self.record.first;
            self.offset = self.offset.saturating_sub(u64::from(before));
            self.messages(bytes, first, out);
            self.offset = self.offset.saturating_add(u64::from(before));
        }
    }

    /// Gives the record that just became whole.
    fn announce(&self, mark: Mark, acknowledges: u64, out: &mut impl FnMut(Unit<'_>)) {
        let r = &self.record;
        out(Unit::Record(Record {
            kind: r.kind,
            version: r.version,
            length: r.length,
            clear: r.clear,
            first: r.first,
            last: mark,
            acknowledges,
            end: self.offset,
        }));
    }

    fn finish_record(&mut self, mark: Mark, acknowledges: u64, out: &mut impl FnMut(Unit<'_>)) {
        self.state = State::Header;
        self.announce(mark, acknowledges, out);
        let record = self.record;
        match record.kind {
            content::CHANGE_CIPHER_SPEC => self.protected = true,
            content::ALERT if record.clear && !record.broken => {
                let [level, code, level2, code2, ..] = record.small;
                out(Unit::Alert {
                    level,
                    code,
                    mark,
                    record_length: record.length,
                    end: self.offset,
                });
                if record.length == 4 {
                    out(Unit::Alert {
                        level: level2,
                        code: code2,
                        mark,
                        record_length: record.length,
                        end: self.offset,
                    });
                }
            }
            _ => {}
        }
    }
}

impl Open {
    fn keep_small(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let Some(slot) = self.small.get_mut(self.small_have) else {
                return;
            };
            *slot = *byte;
            self.small_have += 1;
        }
    }
}

/// A hello in clear behind a ChangeCipherSpec: TLS 1.3 after a HelloRetryRequest (RFC 8446 appendix D.4). Ciphertext looks so
/// once in 2^32 times.
fn is_hello_after_retry(body: &[u8], record_length: u32) -> bool {
    match body {
        [1 | 2, 0, high, low, 3, 0..=3, ..] => {
            let length = u32::from(u16::from_be_bytes([*high, *low]));
            length >= 38 && length.saturating_add(4) >= record_length.min(42)
        }
        _ => false,
    }
}

/// Whether a piece after lost bytes begins like a record.
fn looks_like_header(bytes: &[u8]) -> bool {
    match bytes {
        [20..=23, 3, 0..=4, high, low, ..] => {
            let length = u32::from(u16::from_be_bytes([*high, *low]));
            (1..=RECORD_MAX).contains(&length)
        }
        _ => false,
    }
}

fn len64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn clamp(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
