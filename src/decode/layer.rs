//! The bytes from one header on: how many were kept, and how many there were on the wire.

use crate::decode::Skip;

/// What is left of a frame from some header on. `kept.len() <= wire` always.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer<'a> {
    /// The bytes captured.
    pub(super) kept: &'a [u8],
    /// How many bytes there were on the wire, as far as frame and headers agree.
    pub(super) wire: usize,
}

impl<'a> Layer<'a> {
    /// `kept`, of `wire` bytes; a writer that says less than it kept is not believed.
    #[inline]
    pub(super) fn new(kept: &'a [u8], wire: usize) -> Self {
        Self {
            kept,
            wire: wire.max(kept.len()),
        }
    }

    /// The first `N` bytes.
    #[inline]
    pub(super) fn head<const N: usize>(&self) -> Result<&'a [u8; N], Skip> {
        self.kept.first_chunk().ok_or(Skip::TooShort)
    }

    /// What follows `length` bytes of header, which must have been kept.
    #[inline]
    pub(super) fn after(self, length: usize) -> Result<Self, Skip> {
        match self.kept.get(length..) {
            Some(kept) => Ok(Self {
                kept,
                wire: self.wire.saturating_sub(length),
            }),
            None => Err(Skip::TooShort),
        }
    }

    /// No more than `length` bytes: what lies behind is padding. A `length` that the wire did not carry is not believed.
    #[inline]
    pub(super) fn limited(self, length: usize) -> Self {
        Self {
            kept: self.kept.get(..length).unwrap_or(self.kept),
            wire: self.wire.min(length),
        }
    }
}
