//! Handshake messages in clear, put together from the bodies of records (RFC 8446 section 4, RFC 5246 section 7.4).

use super::Open;
use super::Reader;
use super::Unit;
use super::clamp;
use super::len64;
use crate::base::FrameRef;
use crate::base::Mark;

/// Handshake messages are kept up to this many bytes; beyond it only their length is.
pub const MESSAGE_MAX: usize = 256 * 1024;
/// Room that a reader keeps for its next message: thousands of flows wait at once, and most messages come in one piece.
const KEPT: usize = 512;
/// Frames remembered for one message.
const FRAMES_MAX: usize = 64;

/// A handshake message in clear.
#[derive(Debug)]
pub struct Message<'a> {
    /// Handshake type (RFC 8446 section 4).
    pub kind: u8,
    /// Length of the body as its header says, without the 4 bytes of header.
    pub length: u32,
    /// The body as far as it could be read.
    pub body: &'a [u8],
    /// Bytes of the body that were there on the wire, readable or not.
    pub have: u32,
    /// Frames that hold it.
    pub frames: &'a [FrameRef],
    /// TCP segments that hold it.
    pub segments: u32,
    /// First byte.
    pub first: Mark,
    /// Last byte.
    pub last: Mark,
    /// Stream offset of the header of the record it begins in.
    pub start: u64,
    /// Stream offset behind its last byte.
    pub end: u64,
    /// Version of the record it begins in.
    pub record_version: u16,
}

/// A handshake message that has begun and is not complete.
#[derive(Debug)]
pub struct Pending<'a> {
    /// Handshake type, where its first byte was readable.
    pub kind: Option<u8>,
    /// Length of the body, where the header was readable.
    pub length: Option<u32>,
    /// Bytes on the wire so far, header included.
    pub have: u32,
    /// Body as far as readable.
    pub body: &'a [u8],
    /// Frames that hold it.
    pub frames: &'a [FrameRef],
    /// TCP segments that hold it.
    pub segments: u32,
    /// First byte.
    pub first: Mark,
    /// Last byte so far.
    pub last: Mark,
    /// Stream offset of the header of the record it begins in.
    pub start: u64,
    /// Version of the record it begins in.
    pub record_version: u16,
}

/// The handshake message being put together.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// Header and body as far as readable.
    bytes: Vec<u8>,
    /// Bytes on the wire so far, header included.
    pub(super) have: usize,
    /// A hole was met: nothing after it is kept.
    pub(super) hole: bool,
    frames: Vec<FrameRef>,
    segments: u32,
    first: Mark,
    last: Mark,
    start: u64,
    record_version: u16,
}

impl Reader {
    /// The message that has begun and is not complete.
    #[must_use]
    pub fn pending(&self) -> Option<Pending<'_>> {
        let m = &self.message;
        if m.have == 0 {
            return None;
        }
        Some(Pending {
            kind: m.bytes.first().copied(),
            length: body_length(&m.bytes),
            have: clamp(m.have),
            body: m.bytes.get(4..).unwrap_or_default(),
            frames: &m.frames,
            segments: m.segments,
            first: m.first,
            last: m.last,
            start: m.start,
            record_version: m.record_version,
        })
    }

    /// A hole of `length` bytes inside a handshake record in clear.
    pub(super) fn pass_over_message(
        &mut self,
        length: u32,
        mark: Mark,
        out: &mut impl FnMut(Unit<'_>),
    ) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.message.note(mark, &self.record);
        self.message.hole = true;
        let Some(wanted) = self.message.wanted() else {
            self.message.have = self.message.have.saturating_add(length);
            self.record.adrift = true;
            return;
        };
        self.message.have = self.message.have.saturating_add(length.min(wanted));
        self.message.give_if_whole(self.offset, out);
        self.record.adrift = length > wanted;
    }

    /// Takes handshake bytes of a record in clear and gives the messages that became complete.
    pub(super) fn messages(&mut self, bytes: &[u8], mark: Mark, out: &mut impl FnMut(Unit<'_>)) {
        if self.record.adrift {
            return;
        }
        let mut rest = bytes;
        let mut at = self.offset;
        while !rest.is_empty() {
            // The record's header belongs to the message that begins behind it, also where it came in a segment before.
            let begins = self.message.have == 0 && at == self.record.start.saturating_add(5);
            let parted = begins && self.record.first.frame != mark.frame;
            if parted {
                let header = self.record.first;
                self.message.note(header, &self.record);
            }
            // A message that lies whole in this piece is given without a copy.
            if self.message.have == 0
                && !parted
                && let Some(length) = body_length(rest)
                && let Some((whole, after)) = rest.split_at_checked(
                    usize::try_from(length)
                        .unwrap_or(usize::MAX)
                        .saturating_add(4),
                )
            {
                at = at.saturating_add(len64(whole));
                out(Unit::Message(Message {
                    kind: whole.first().copied().unwrap_or_default(),
                    length,
                    body: whole.get(4..).unwrap_or_default(),
                    have: length,
                    frames: &[mark.frame],
                    segments: 1,
                    first: mark,
                    last: mark,
                    start: self.record.start,
                    end: at,
                    record_version: self.record.version,
                }));
                rest = after;
                continue;
            }
            let before = rest.len();
            rest = self.message.take(rest, mark, &self.record);
            at = at.saturating_add(u64::try_from(before.saturating_sub(rest.len())).unwrap_or(0));
            self.message.give_if_whole(at, out);
        }
    }
}

impl Assembly {
    /// Gives back room that is not filled.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.frames.shrink_to_fit();
    }

    pub(super) fn clear(&mut self) {
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.have = 0;
        self.hole = false;
        self.frames.clear();
        self.segments = 0;
    }

    fn note(&mut self, mark: Mark, record: &Open) {
        if self.have == 0 {
            self.first = mark;
            self.start = record.start;
            self.record_version = record.version;
        }
        if self.frames.last() != Some(&mark.frame) {
            self.segments = self.segments.saturating_add(1);
            if self.frames.len() < FRAMES_MAX {
                self.frames.push(mark.frame);
            }
        }
        self.last = mark;
    }

    /// Bytes missing until the message is whole; `None` while its header is not.
    fn wanted(&self) -> Option<usize> {
        let length = usize::try_from(body_length(&self.bytes)?).ok()?;
        Some(length.saturating_add(4).saturating_sub(self.have))
    }

    /// Takes bytes up to the end of the message, and returns the rest.
    fn take<'b>(&mut self, bytes: &'b [u8], mark: Mark, record: &Open) -> &'b [u8] {
        self.note(mark, record);
        let mut rest = bytes;
        while self.bytes.len() < 4 && !self.hole {
            let Some((byte, after)) = rest.split_first() else {
                return rest;
            };
            self.bytes.push(*byte);
            self.have += 1;
            rest = after;
        }
        let wanted = self.wanted().unwrap_or(rest.len()).min(rest.len());
        let (now, after) = rest.split_at_checked(wanted).unwrap_or((rest, &[]));
        self.have = self.have.saturating_add(now.len());
        if !self.hole {
            let room = MESSAGE_MAX.saturating_sub(self.bytes.len()).min(now.len());
            self.bytes
                .extend_from_slice(now.get(..room).unwrap_or_default());
            self.hole = room < now.len();
        }
        after
    }

    fn give_if_whole(&mut self, end: u64, out: &mut impl FnMut(Unit<'_>)) {
        let (Some(0), Some(length)) = (self.wanted(), body_length(&self.bytes)) else {
            return;
        };
        out(Unit::Message(Message {
            kind: self.bytes.first().copied().unwrap_or_default(),
            length,
            body: self.bytes.get(4..).unwrap_or_default(),
            have: length,
            frames: &self.frames,
            segments: self.segments,
            first: self.first,
            last: self.last,
            start: self.start,
            end,
            record_version: self.record_version,
        }));
        self.clear();
    }
}

/// Body length of a handshake message from its header (RFC 8446 section 4: type, uint24 length).
fn body_length(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [_, a, b, c, ..] => Some(u32::from_be_bytes([0, *a, *b, *c])),
        _ => None,
    }
}
