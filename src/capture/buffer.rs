//! The bytes of an input, read in large steps into one buffer that stays in the processor's cache.

use std::io;
use std::io::Read;

/// Size of the buffer and of the largest single read. Measured: mapping the file is three times slower, since the walk over
/// record headers then misses the cache once a packet; 64 KiB and 1 MiB are a tenth slower.
const CAPACITY: usize = 256 * 1024;
/// Up to this many unread bytes are moved to the front before a read; more only when there is no room.
const CHEAP_MOVE: usize = 16 * 1024;
/// The buffer is this small until it was read once: of two hundred rotated files, all are open and one is being read.
const FIRST_STEP: usize = 4096;

/// A window over the input. Invariant: `start <= end <= data.len()`.
pub(super) struct Buffer {
    input: Box<dyn Read + Send>,
    data: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the input of `data[0]`.
    base: u64,
    ended: bool,
    failure: Option<io::Error>,
}

impl Buffer {
    /// An empty window before the first byte of `input`.
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self {
            input,
            data: vec![0; FIRST_STEP],
            start: 0,
            end: 0,
            base: 0,
            ended: false,
            failure: None,
        }
    }

    /// What was read and not consumed.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.data.get(self.start..self.end).unwrap_or_default()
    }

    /// Index of the first unconsumed byte, for [`Self::at`].
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.start
    }

    /// `length` bytes from index `position` on; consumed ones stay until the next [`Self::ensure`].
    #[inline]
    pub(super) fn at(&self, position: usize, length: usize) -> &[u8] {
        self.data
            .get(position..position.saturating_add(length))
            .unwrap_or_default()
    }

    /// Offset of the first unconsumed byte in the (decompressed) input.
    pub(super) fn offset(&self) -> u64 {
        self.base + super::stream::widen(self.start)
    }

    /// Drops the first `count` bytes.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// Whether `needed` bytes are here, after reading on if need be. `false` only at the end of the input.
    #[inline]
    pub(super) fn ensure(&mut self, needed: usize) -> bool {
        self.end - self.start >= needed || self.fill(needed)
    }

    /// The error that ended the input, once.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Gives the memory back. For inputs that are read to their end while others of the same run are not.
    pub(super) fn release(&mut self) {
        self.ended = true;
        self.base = self.offset();
        self.start = 0;
        self.end = 0;
        self.data = Vec::new();
        self.input = Box::new(io::empty());
    }

    #[cold]
    #[inline(never)]
    fn fill(&mut self, needed: usize) -> bool {
        while self.end - self.start < needed {
            if self.ended {
                return false;
            }
            self.make_room(needed);
            let stop = self.data.len().min(self.end + CAPACITY);
            let Some(room) = self.data.get_mut(self.end..stop) else {
                return false;
            };
            match self.input.read(room) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end = (self.end + count).min(self.data.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.failure = Some(error);
                }
            }
        }
        true
    }

    /// Makes room for a read: moves the unread bytes to the front, and grows towards `needed` once it is full of bytes that are
    /// really there, so that a damaged length alone takes no memory.
    fn make_room(&mut self, needed: usize) {
        let left = self.end - self.start;
        if self.start > 0
            && (left <= CHEAP_MOVE
                || self.data.len() - self.start < needed
                || self.end == self.data.len())
        {
            self.data.copy_within(self.start..self.end, 0);
            self.base += super::stream::widen(self.start);
            self.start = 0;
            self.end = left;
        }
        if self.data.len() < CAPACITY
            && self.base + super::stream::widen(self.end) > super::stream::widen(FIRST_STEP / 2)
        {
            self.data.resize(CAPACITY, 0);
        } else if self.end == self.data.len() {
            self.data.resize(self.data.len() * 2, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives at most `step` bytes a read, as a pipe does.
    struct Trickle(Vec<u8>, usize);

    impl Read for Trickle {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    #[test]
    fn every_byte_comes_once_and_in_order_whatever_the_reads_give() {
        let bytes: Vec<u8> = (0..600_000_u32).map(|n| (n / 7) as u8).collect();
        for (read, step) in [(1_000_000, 1000), (4096, 5000), (65_536, 300_000), (777, 1)] {
            let bytes = &bytes[..if step == 1 { 3000 } else { bytes.len() }];
            let mut buffer = Buffer::new(Box::new(Trickle(bytes.to_vec(), read)));
            let mut seen = Vec::new();
            while buffer.ensure(step) {
                assert_eq!(buffer.offset(), seen.len() as u64);
                seen.extend_from_slice(&buffer.bytes()[..step]);
                buffer.consume(step);
            }
            seen.extend_from_slice(buffer.bytes());
            assert_eq!(seen, bytes);
        }
    }
}
