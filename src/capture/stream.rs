//! What both formats share while they read: the buffer, the frame count, and the problems met.

use std::io;
use std::io::Read;

use crate::base::Timestamp;
use crate::capture::buffer::Buffer;
use crate::capture::notes::Notes;

/// Most problems kept of one input. A hostile file could hold millions.
const MAX_PROBLEMS: usize = 100;

/// Something wrong inside an input that did not stop the reading of the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `cut-short`: the input ends inside a packet. `damaged-file`: bytes that are no packet. `unreadable`: the system or the
    /// decompressor gave up. `unknown-interface`: packets of an interface that nothing describes. `still-written`: no fault; the file
    /// was written to while it was read or moments before, and the last packet is half there.
    pub code: &'static str,
    /// Index of the input.
    pub source: u16,
    /// Number of the last good frame before it, 0 for none.
    pub frame: u64,
    /// What and where, one sentence for people.
    pub text: String,
}

/// Where the bytes of one frame stand in the buffer, and what its record says. Valid until the buffer is filled again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// Index of the first byte in the buffer.
    pub(super) position: usize,
    /// Bytes kept.
    pub(super) length: usize,
    /// 1-based number in this input.
    pub(super) number: u64,
    /// When it was captured.
    pub(super) at: Timestamp,
    /// LINKTYPE number.
    pub(super) link_type: u16,
    /// Interface index.
    pub(super) interface: u32,
    /// Length on the wire.
    pub(super) wire_length: u32,
}

/// Asks what shows that an input is still being written, in words; `None`: nothing does.
pub(super) type Grows = Box<dyn Fn() -> Option<&'static str> + Send>;

/// The bytes of one input after decompression, and what was said about it.
pub(super) struct Stream {
    /// The bytes not yet consumed.
    pub(super) buffer: Buffer,
    /// Frames numbered so far.
    pub(super) frames: u64,
    /// Index of this input.
    pub(super) source: u16,
    /// What the input holds beside packets.
    pub(super) notes: Notes,
    /// Tells whether the input is still being written.
    grows: Option<Grows>,
    problems: Vec<Problem>,
    more_problems: u64,
}

impl Stream {
    /// Starts at the first byte of `input`.
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self {
            buffer: Buffer::new(input),
            frames: 0,
            source: 0,
            notes: Notes::default(),
            grows: None,
            problems: Vec::new(),
            more_problems: 0,
        }
    }

    /// Notes a problem behind the last good frame.
    pub(super) fn report(&mut self, code: &'static str, text: String) {
        self.report_after(self.frames, code, text);
    }

    /// Notes a problem behind frame `frame`.
    #[cold]
    pub(super) fn report_after(&mut self, frame: u64, code: &'static str, text: String) {
        let source = self.source;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem {
                code,
                source,
                frame,
                text,
            });
            return;
        }
        self.more_problems += 1;
        let text = format!(
            "{} more places are damaged, the last one behind frame {frame}",
            self.more_problems + 1
        );
        if let Some(last) = self.problems.last_mut() {
            *last = Problem {
                code: "damaged-file",
                source,
                frame: last.frame,
                text,
            };
        }
    }

    /// Asks `grows` where the input ends inside a packet.
    pub(super) fn may_grow(&mut self, grows: Grows) {
        self.grows = Some(grows);
    }

    /// What was reported so far.
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Moves the reported problems to the input `source`.
    pub(super) fn number_source(&mut self, source: u16) {
        self.source = source;
        for problem in &mut self.problems {
            problem.source = source;
        }
    }

    /// Says that what stands behind the last frame is no packet, for formats in which nothing tells where the next one begins.
    #[cold]
    pub(super) fn give_up(&mut self, what: &str) {
        let (frame, offset) = (self.frames, self.buffer.offset());
        let text = format!(
            "damaged behind frame {frame} (byte {offset}): {what}; nothing after it can be read"
        );
        self.report("damaged-file", text);
        let left = self.buffer.bytes().len();
        self.buffer.consume(left);
    }

    /// Says why there is no more: an error of the system or the decompressor, or an end inside `what`, of which `needed`
    /// bytes were announced. Silent at a clean end (nothing left). Drops what is left.
    #[cold]
    pub(super) fn finish(&mut self, what: &str, needed: Option<usize>) {
        let left = self.buffer.bytes().len();
        let offset = self.buffer.offset();
        if let Some(error) = self.buffer.take_failure() {
            let text = format!(
                "after frame {}, byte {}: {}",
                self.frames,
                offset + widen(left),
                explain(&error)
            );
            self.report("unreadable", text);
        } else if left > 0 {
            let rest = needed.map_or_else(String::new, |needed| format!(" of {needed}"));
            if let Some(how) = self.grows.as_ref().and_then(|grows| grows()) {
                let text = format!(
                    "{how}: read to its present end, inside a packet behind frame {}",
                    self.frames
                );
                self.report("still-written", text);
                self.buffer.consume(left);
                return;
            }
            let text = format!(
                "the capture ends inside {what} behind frame {} (byte {offset}): {left}{rest} bytes are there",
                self.frames
            );
            self.report("cut-short", text);
        }
        self.buffer.consume(left);
    }
}

/// The system's and the decompressors' words, made plain where they are not.
fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the compressed data ends early".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("the compressed data is damaged ({error})")
        }
        _ => error.to_string(),
    }
}

/// A length as an offset.
pub(super) fn widen(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A length field of a capture as a length in memory.
#[inline]
pub(super) fn narrow(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
