//! TLS that travels inside packets of another protocol: the handshake with Microsoft SQL Server ([MS-TDS] section 2.2.1.1).
//!
//! ```text
//! 12 status length(2, with these 8 bytes) process(2) number window | bytes of TLS records
//! ```
//!
//! A record may span packets and a packet hold several records. Behind the handshake the records travel without packets; they
//! are told by their first byte. Old servers answer in packets of type 4 instead of 12.

const HEADER: usize = 8;
const PRE_LOGIN: u8 = 0x12;
const RESPONSE: u8 = 0x04;

/// What the next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// So many bytes of a packet's header, at least one.
    Framing(usize),
    /// So many bytes of what the packets carry, at least one.
    Content(usize),
}

/// One direction of such a flow, from the first packet behind the prelude on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Envelope {
    header: [u8; HEADER],
    /// Bytes of the header read so far.
    have: usize,
    /// Bytes of the packet still to come.
    left: usize,
    /// No packets any more.
    bare: bool,
}

impl Envelope {
    /// What `bytes`, the next of this direction, begin with. Of no bytes at all it is nothing.
    pub fn next(&mut self, bytes: &[u8]) -> Option<Part> {
        let first = *bytes.first()?;
        if !self.bare && self.left == 0 && self.have == 0 {
            self.bare = !matches!(first, PRE_LOGIN | RESPONSE);
        }
        if self.bare {
            return Some(Part::Content(bytes.len()));
        }
        if self.left > 0 {
            let count = self.left.min(bytes.len());
            self.left = self.left.saturating_sub(count);
            return Some(Part::Content(count));
        }
        let count = HEADER.saturating_sub(self.have).min(bytes.len());
        for (slot, byte) in self.header.iter_mut().skip(self.have).zip(bytes) {
            *slot = *byte;
        }
        self.have = self.have.saturating_add(count);
        if self.have == HEADER {
            let [_, _, high, low, ..] = self.header;
            self.left = usize::from(u16::from_be_bytes([high, low])).saturating_sub(HEADER);
            self.have = 0;
        }
        Some(Part::Framing(count))
    }

    /// So many bytes are missing. Behind a hole beyond the packet's end the next bytes are taken for the start of a packet or record.
    pub fn hole(&mut self, length: u64) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.left = self.left.saturating_sub(length);
        self.have = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::Envelope;
    use super::Part;

    /// What is inside, with pieces of so many bytes.
    fn inside(bytes: &[u8], step: usize) -> Vec<u8> {
        let mut envelope = Envelope::default();
        let mut content = Vec::new();
        for piece in bytes.chunks(step) {
            let mut rest = piece;
            while let Some(part) = envelope.next(rest) {
                rest = match part {
                    Part::Framing(count) => &rest[count..],
                    Part::Content(count) => {
                        content.extend_from_slice(&rest[..count]);
                        &rest[count..]
                    }
                };
            }
        }
        content
    }

    const WRAPPED: &[u8] = b"\x12\x00\x00\x0c\0\0\0\0\x16\x03\x03\x00\x04\x01\x00\x0a\0\0\0\0\x04abcd\x17\x03\x03\0\x01x";

    #[test]
    fn packets_of_any_type_and_cut_give_their_content_and_records_behind_them_are_bare() {
        for step in 1..=WRAPPED.len() {
            assert_eq!(
                inside(WRAPPED, step),
                b"\x16\x03\x03\x00\x04abcd\x17\x03\x03\0\x01x",
                "{step}"
            );
        }
    }

    #[test]
    fn truncated_anywhere_the_content_is_that_so_far() {
        let whole = inside(WRAPPED, WRAPPED.len());
        for length in 0..WRAPPED.len() {
            assert!(whole.starts_with(&inside(&WRAPPED[..length], 3)));
        }
    }

    #[test]
    fn a_length_below_the_headers_own_is_an_empty_packet() {
        assert_eq!(
            inside(b"\x12\0\0\x03\0\0\0\0\x12\0\0\x09\0\0\0\0a", 4),
            b"a"
        );
    }

    #[test]
    fn behind_a_hole_the_next_packet_or_record_is_found() {
        let mut envelope = Envelope::default();
        assert_eq!(envelope.next(&WRAPPED[..10]), Some(Part::Framing(8)));
        assert_eq!(envelope.next(&WRAPPED[8..10]), Some(Part::Content(2)));
        envelope.hole(12);
        assert_eq!(envelope.next(b"\x12\0"), Some(Part::Framing(2)));
        envelope.hole(90);
        assert_eq!(envelope.next(b"\x17\x03"), Some(Part::Content(2)));
    }
}
