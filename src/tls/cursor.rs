//! A position in bytes of a message: numbers and vectors are taken from the front, and nothing is ever read past the end.

/// The bytes not yet read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// Reads from the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether all has been read.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes; `None`, and nothing is read, where there are fewer.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next `count` bytes, or as many of them as there are, and whether these are all.
    pub(super) fn take_up_to(&mut self, count: usize) -> (&'a [u8], bool) {
        match self.take(count) {
            Some(taken) => (taken, true),
            None => (std::mem::take(&mut self.rest), false),
        }
    }

    /// The next byte.
    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// The next two bytes as a number, big-endian as all numbers of TLS (RFC 8446 section 3.3).
    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    /// The next three bytes as a number.
    pub(super) fn u24(&mut self) -> Option<usize> {
        let bytes = self.take(3)?;
        Some(
            bytes
                .iter()
                .fold(0, |number, byte| number << 8 | usize::from(*byte)),
        )
    }

    /// A vector with a length of one byte before it, if all of it is there.
    pub(super) fn vector8(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = ahead.u8()?;
        let vector = ahead.take(usize::from(length))?;
        *self = ahead;
        Some(vector)
    }

    /// A vector with a length of two bytes before it, if all of it is there.
    pub(super) fn vector16(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = ahead.u16()?;
        let vector = ahead.take(usize::from(length))?;
        *self = ahead;
        Some(vector)
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_vector_that_is_not_whole_is_not_read_at_all() {
        let mut cursor = Cursor::new(&[0, 3, 1, 2]);
        assert_eq!(cursor.vector16(), None);
        assert_eq!(cursor.rest(), [0, 3, 1, 2]);
        assert_eq!(cursor.vector8(), Some(&[][..]));
        assert_eq!(cursor.vector8(), None);
        assert_eq!(cursor.u24(), Some(0x03_01_02));
        assert!(cursor.is_empty());
    }

    #[test]
    fn takes_what_is_there_and_says_that_more_was_wanted() {
        let mut cursor = Cursor::new(&[7, 8]);
        assert_eq!(cursor.take_up_to(3), (&[7, 8][..], false));
        assert_eq!(cursor.take_up_to(0), (&[][..], true));
        assert_eq!(cursor.u16(), None);
    }
}
