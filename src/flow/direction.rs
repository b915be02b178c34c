//! One direction of a connection: segments in any order to bytes in order.
//!
//! Offsets count payload bytes from 0 in 64 bits, so nothing here wraps around. Of bytes seen twice the first stay, and a
//! difference is reported. A hole is told by the peer's acknowledgments: acknowledged bytes that were never seen are missing
//! from the capture; bytes that were never acknowledged were lost on the way.

#[cfg(test)]
mod tests;

use super::limits::Limits;
use crate::base::Mark;
use crate::facts::GapReason;

/// In-order bytes, or a stretch of them that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The bytes.
    Bytes(&'a [u8]),
    /// This many bytes that cannot be read.
    Hole(u64, GapReason),
}

/// A piece with its place.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// Offset of its first byte.
    pub offset: u64,
    /// What it is.
    pub piece: Piece<'a>,
    /// The segment that brought it.
    pub mark: Mark,
    /// Bytes of the other side that this segment acknowledged.
    pub acknowledges: u64,
}

/// What a segment was to the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// It brought bytes that were not seen before.
    pub fresh: bool,
    /// It repeated bytes that were seen before.
    pub repeated: bool,
    /// Repeated bytes differ from the first ones.
    pub differs: bool,
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub struct Direction {
    /// Sequence number of offset 0.
    base: Option<u32>,
    /// Offset of the first byte not delivered yet.
    next: u64,
    /// Offset behind the highest byte seen.
    highest: u64,
    /// Offset behind the highest byte that the peer acknowledged.
    acknowledged: u64,
    /// Held until the hole before them is filled or given up; sorted, without overlap.
    chunks: Vec<Chunk>,
    held: usize,
    /// The last bytes delivered, to compare repeated ones with.
    tail: Vec<u8>,
    /// The highest order delivered: what waited behind a hole comes behind what filled it.
    order: u32,
}

#[derive(Debug)]
struct Chunk {
    offset: u64,
    bytes: Vec<u8>,
    /// Length on the wire; more than `bytes` where the segment was cut.
    length: u64,
    mark: Mark,
    acknowledges: u64,
}

impl Chunk {
    fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }
}

/// Bytes of delivered data kept for comparison.
const TAIL: usize = 512;
/// An acknowledgment further than this beyond all that was seen is not believed.
const PLAUSIBLE: i64 = 1 << 26;

impl Direction {
    /// Forgets everything, keeping allocations.
    pub fn reset(&mut self) {
        self.base = None;
        self.next = 0;
        self.highest = 0;
        self.acknowledged = 0;
        self.chunks.clear();
        self.held = 0;
        self.tail.clear();
        self.order = 0;
    }

    /// Gives back room that is not filled.
    pub fn shrink(&mut self) {
        self.chunks.shrink_to_fit();
        self.tail.shrink_to_fit();
    }

    /// Whether the sequence number of offset 0 is known.
    #[must_use]
    pub fn is_anchored(&self) -> bool {
        self.base.is_some()
    }

    /// Makes `sequence` the number of offset 0.
    pub fn anchor(&mut self, sequence: u32) {
        self.base = Some(sequence);
    }

    /// Sequence number of offset 0.
    #[must_use]
    pub fn base(&self) -> Option<u32> {
        self.base
    }

    /// Offset of the first byte not delivered yet.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Offset behind the highest byte seen.
    #[must_use]
    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// Offset behind the highest byte that the peer acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Whether bytes are held behind a hole.
    #[must_use]
    pub fn has_hole(&self) -> bool {
        !self.chunks.is_empty()
    }

    /// The first hole before held bytes: offset and length.
    #[must_use]
    pub fn hole(&self) -> Option<(u64, u64)> {
        let first = self.chunks.first()?;
        Some((self.next, first.offset.saturating_sub(self.next)))
    }

    /// The first segment held behind a hole.
    #[must_use]
    pub fn beyond_hole(&self) -> Option<Mark> {
        self.chunks.first().map(|chunk| chunk.mark)
    }

    /// Offset of `sequence`, told from the position reached; negative before offset 0. `None` while not anchored.
    #[must_use]
    pub fn offset_of(&self, sequence: u32) -> Option<i64> {
        let base = self.base?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "sequence numbers are modulo 2^32"
        )]
        let position = base.wrapping_add(self.next as u32);
        let distance = i64::from(sequence.wrapping_sub(position).cast_signed());
        i64::try_from(self.next).ok()?.checked_add(distance)
    }

    /// The peer acknowledged everything before `sequence`. Returns the offset if it is new and believable.
    pub fn acknowledge(&mut self, sequence: u32) -> Option<u64> {
        let offset = self.offset_of(sequence)?;
        let limit = i64::try_from(self.highest)
            .unwrap_or(i64::MAX)
            .saturating_add(PLAUSIBLE);
        let offset = u64::try_from(offset).ok().filter(|_| offset <= limit)?;
        (offset > self.acknowledged).then(|| {
            self.acknowledged = offset;
            offset
        })
    }

    /// Takes a segment's payload of `length` bytes on the wire, of which `bytes` were captured, at `offset`.
    #[expect(
        clippy::too_many_arguments,
        reason = "one call per segment, each value of its own kind"
    )]
    pub fn accept(
        &mut self,
        offset: i64,
        bytes: &[u8],
        length: u64,
        mark: Mark,
        acknowledges: u64,
        limits: &Limits,
        mut out: impl FnMut(Delivery<'_>),
    ) -> Verdict {
        let mut verdict = Verdict::default();
        let Some((start, bytes, length)) = self.trim(offset, bytes, length, &mut verdict) else {
            return verdict;
        };
        let end = start.saturating_add(length);
        if start == self.next && self.chunks.is_empty() {
            verdict.fresh = true;
            self.deliver(start, bytes, length, mark, acknowledges, &mut out);
            self.highest = self.highest.max(end);
            return verdict;
        }
        self.hold(start, bytes, length, mark, acknowledges, &mut verdict);
        self.highest = self.highest.max(end);
        self.drain(&mut out);
        while self.held > limits.out_of_order || self.chunks.len() > limits.chunks {
            let Some((_, hole)) = self.hole() else { break };
            self.give_up(hole, GapReason::Limit, mark, &mut out);
        }
        verdict
    }

    /// Cuts off what was delivered before. `None`: nothing is left.
    fn trim<'b>(
        &self,
        offset: i64,
        bytes: &'b [u8],
        length: u64,
        verdict: &mut Verdict,
    ) -> Option<(u64, &'b [u8], u64)> {
        if length == 0 {
            return None;
        }
        let ahead = i64::try_from(self.next)
            .unwrap_or(i64::MAX)
            .saturating_sub(offset);
        let old = u64::try_from(ahead).unwrap_or(0).min(length);
        let known = usize::try_from(old).unwrap_or(usize::MAX).min(bytes.len());
        let (seen, fresh) = bytes.split_at_checked(known).unwrap_or((bytes, &[]));
        if old > 0 {
            verdict.repeated = true;
            verdict.differs = self.differs_from_tail(ahead, seen);
        }
        let start = u64::try_from(offset.saturating_add_unsigned(old)).ok()?;
        (old < length).then(|| (start, fresh, length.saturating_sub(old)))
    }

    /// Compares repeated bytes that began `ahead` bytes before the position with what is remembered of them.
    fn differs_from_tail(&self, ahead: i64, seen: &[u8]) -> bool {
        let Ok(ahead) = usize::try_from(ahead) else {
            return false;
        };
        let skip = ahead.saturating_sub(self.tail.len());
        let from = self.tail.len().saturating_sub(ahead);
        let old = self.tail.get(from..).unwrap_or_default();
        seen.get(skip..)
            .unwrap_or_default()
            .iter()
            .zip(old)
            .any(|(a, b)| a != b)
    }

    fn deliver(
        &mut self,
        offset: u64,
        bytes: &[u8],
        length: u64,
        mark: Mark,
        acknowledges: u64,
        out: &mut impl FnMut(Delivery<'_>),
    ) {
        self.order = self.order.max(mark.order);
        let mark = Mark {
            order: self.order,
            ..mark
        };
        self.next = offset.saturating_add(length);
        if !bytes.is_empty() {
            self.remember(bytes);
            out(Delivery {
                offset,
                piece: Piece::Bytes(bytes),
                mark,
                acknowledges,
            });
        }
        let captured = u64::try_from(bytes.len()).unwrap_or(length);
        let cut = length.saturating_sub(captured);
        if cut > 0 {
            self.tail.clear();
            let offset = offset.saturating_add(captured);
            out(Delivery {
                offset,
                piece: Piece::Hole(cut, GapReason::Cut),
                mark,
                acknowledges,
            });
        }
    }

    fn remember(&mut self, bytes: &[u8]) {
        if bytes.len() >= TAIL {
            self.tail.clear();
            self.tail.extend_from_slice(
                bytes
                    .get(bytes.len().saturating_sub(TAIL)..)
                    .unwrap_or_default(),
            );
            return;
        }
        let length = self.tail.len().saturating_add(bytes.len());
        let old = length.saturating_sub(TAIL);
        if old > 0 {
            self.tail.copy_within(old.., 0);
            self.tail.truncate(self.tail.len().saturating_sub(old));
        }
        // Thousands of flows wait at once: no more room than is used.
        self.tail.reserve_exact(bytes.len());
        self.tail.extend_from_slice(bytes);
    }

    /// Keeps a segment behind a hole, without what is held already.
    fn hold(
        &mut self,
        start: u64,
        bytes: &[u8],
        length: u64,
        mark: Mark,
        acknowledges: u64,
        verdict: &mut Verdict,
    ) {
        let end = start.saturating_add(length);
        let mut at = start;
        let mut index = self.chunks.partition_point(|chunk| chunk.end() <= start);
        while at < end {
            let (free_until, skip_to) = match self.chunks.get(index) {
                Some(chunk) if chunk.offset < end => (chunk.offset.max(at), chunk.end()),
                _ => (end, end),
            };
            if free_until > at {
                verdict.fresh = true;
                let chunk = Chunk {
                    offset: at,
                    bytes: part(bytes, start, at, free_until).to_vec(),
                    length: free_until.saturating_sub(at),
                    mark,
                    acknowledges,
                };
                self.held = self
                    .held
                    .saturating_add(chunk.bytes.len())
                    .saturating_add(CHUNK_COST);
                self.chunks.insert(index, chunk);
                index += 1;
            }
            if let Some(chunk) = self.chunks.get(index)
                && skip_to > free_until
            {
                verdict.repeated = true;
                let from = free_until.max(chunk.offset);
                let to = chunk.end().min(end);
                let new = part(bytes, start, from, to);
                let old = part(&chunk.bytes, chunk.offset, from, to);
                verdict.differs |= new.iter().zip(old).any(|(a, b)| a != b);
                index += 1;
            }
            at = skip_to.max(free_until);
        }
    }

    /// Delivers what is held and now in order.
    fn drain(&mut self, out: &mut impl FnMut(Delivery<'_>)) {
        while self
            .chunks
            .first()
            .is_some_and(|chunk| chunk.offset <= self.next)
        {
            let chunk = self.chunks.remove(0);
            self.held = self
                .held
                .saturating_sub(chunk.bytes.len())
                .saturating_sub(CHUNK_COST);
            self.deliver(
                chunk.offset,
                &chunk.bytes,
                chunk.length,
                chunk.mark,
                chunk.acknowledges,
                out,
            );
        }
    }

    /// Gives up the first `length` bytes not delivered yet, and delivers what follows.
    pub fn give_up(
        &mut self,
        length: u64,
        reason: GapReason,
        mark: Mark,
        out: &mut impl FnMut(Delivery<'_>),
    ) {
        if length > 0 {
            let offset = self.next;
            self.next = self.next.saturating_add(length);
            self.highest = self.highest.max(self.next);
            self.tail.clear();
            self.order = self.order.max(mark.order);
            let mark = Mark {
                order: self.order,
                ..mark
            };
            out(Delivery {
                offset,
                piece: Piece::Hole(length, reason),
                mark,
                acknowledges: 0,
            });
        }
        self.drain(out);
    }

    /// Bytes from the position on that the peer acknowledged although they were never seen: how many, up to the first held
    /// byte. A single byte at the very end is left out: it is a FIN that was not captured.
    #[must_use]
    pub fn missing(&self) -> u64 {
        let until = self.chunks.first().map_or(self.acknowledged, |chunk| {
            chunk.offset.min(self.acknowledged)
        });
        let missing = until.saturating_sub(self.next);
        if self.chunks.is_empty() && missing == 1 {
            0
        } else {
            missing
        }
    }
}

/// What a held segment costs beside its bytes.
const CHUNK_COST: usize = 64;

/// The part of `bytes`, which begin at `start`, that lies in `from..to`; shorter where the segment was cut.
fn part(bytes: &[u8], start: u64, from: u64, to: u64) -> &[u8] {
    let clip = |at: u64| {
        usize::try_from(at.saturating_sub(start))
            .unwrap_or(usize::MAX)
            .min(bytes.len())
    };
    bytes.get(clip(from)..clip(to)).unwrap_or_default()
}
