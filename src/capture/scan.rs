//! Telling pcap record headers from other bytes: what is usual, what is possible, and where records follow each other again.

use crate::capture::pcap::MAX_PACKET;
use crate::capture::stream::narrow;

/// Records further apart than this are looked at twice; captures spliced from several years exist.
const YEAR: u32 = 366 * 86_400;
/// Larger records are looked at twice. Beyond a usual MTU, so that a damaged length rarely swallows more than one packet.
const USUAL: u32 = 2048;
/// Largest packet other programs accept (tcpdump's MAXIMUM_SNAPLEN, Wireshark's WTAP_MAX_PACKET_SIZE_STANDARD).
const ACCEPTED: u32 = 262_144;
/// Three records of the largest accepted size, and a header.
pub(super) const REACH: usize = 1024 * 1024;
/// Bytes a search looks at in one go. Less than a power of two, so that one short search after the other does not move the
/// whole window each time.
pub(super) const WINDOW: usize = REACH + REACH / 2;

/// How records of one file look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Byte order of all numbers.
    pub(super) big_endian: bool,
    /// Length of a record header: 16, or 24 in the modified format.
    pub(super) header: usize,
    /// Fractions a second.
    pub(super) units: u32,
    /// Longest captured length that needs no second look during a search.
    pub(super) likely: u32,
}

/// The numbers of a record header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// Seconds since 1970.
    pub(super) seconds: u32,
    /// Micro- or nanoseconds.
    pub(super) fraction: u32,
    /// Bytes kept.
    pub(super) captured: u32,
    /// Bytes on the wire.
    pub(super) on_wire: u32,
}

impl Header {
    /// Nothing but zeros: a hole in the file, as a crash or a full disk leaves it.
    pub(super) fn is_zero(&self) -> bool {
        self.seconds | self.fraction | self.captured | self.on_wire == 0
    }
}

/// What makes a place count as the beginning of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Three headers in a row.
    Three,
    /// Three headers in a row, or fewer that end exactly where the input does.
    ThreeOrEnd,
    /// Records without a gap to the exact end of the input.
    ToTheEnd,
    /// Three headers in a row, and records without a gap to this place or further.
    Beyond(usize),
}

impl Shape {
    /// The header at the beginning of `bytes`, if it is whole.
    #[inline]
    pub(super) fn read(self, bytes: &[u8]) -> Option<Header> {
        if bytes.len() < self.header {
            return None;
        }
        let [seconds, fraction, captured, on_wire] = words(bytes.first_chunk::<16>()?);
        let order = |word: u32| {
            if self.big_endian {
                word.swap_bytes()
            } else {
                word
            }
        };
        Some(Header {
            seconds: order(seconds),
            fraction: order(fraction),
            captured: order(captured),
            on_wire: order(on_wire),
        })
    }

    /// Length of a record with its header.
    #[inline]
    pub(super) fn size(self, header: &Header) -> usize {
        self.header.saturating_add(narrow(header.captured))
    }

    /// Needs no second look: the fast path.
    #[inline]
    pub(super) fn is_usual(self, header: &Header, last_seconds: Option<u32>) -> bool {
        header.captured <= USUAL
            && header.fraction < self.units
            && header.on_wire <= MAX_PACKET
            && last_seconds.is_some_and(|last| last.abs_diff(header.seconds) <= YEAR)
    }

    /// Whether it is within a year of `seconds`; true where these are not known.
    pub(super) fn is_near(self, header: &Header, seconds: Option<u32>) -> bool {
        seconds.is_none_or(|seconds| seconds.abs_diff(header.seconds) <= YEAR)
    }

    /// Could be a header, loosely: what other programs accept. Fractions of nanoseconds in a microsecond file exist.
    pub(super) fn is_possible(self, header: &Header) -> bool {
        header.captured <= ACCEPTED.max(self.likely)
            && header.on_wire <= MAX_PACKET
            && header.fraction < 1_000_000_000
            && !header.is_zero()
    }

    /// Looks like a header, strictly: enough to be believed with two others.
    pub(super) fn is_likely(self, header: &Header, last_seconds: Option<u32>) -> bool {
        (1..=self.likely.min(ACCEPTED)).contains(&header.captured)
            && (header.captured..=ACCEPTED).contains(&header.on_wire)
            && header.fraction < self.units
            && self.is_near(header, last_seconds)
    }

    /// The first place in `bytes`, from `from` to before `stop`, where records begin.
    pub(super) fn find(
        self,
        bytes: &[u8],
        from: usize,
        stop: usize,
        last_seconds: Option<u32>,
        proof: Proof,
    ) -> Option<usize> {
        // Bytes can be made such that a long row of headers begins at very many places.
        let mut budget = bytes.len().saturating_add(100_000);
        (from..stop).find(|at| {
            bytes
                .get(*at..)
                .is_some_and(|rest| self.holds(rest, *at, last_seconds, proof, &mut budget))
        })
    }

    fn holds(
        self,
        mut bytes: &[u8],
        mut at: usize,
        last_seconds: Option<u32>,
        proof: Proof,
        budget: &mut usize,
    ) -> bool {
        let mut count = 0;
        let mut near = last_seconds;
        loop {
            let Some(header) = self.read(bytes) else {
                // The input ends in or before a header.
                return match proof {
                    Proof::ThreeOrEnd => (bytes.is_empty() && count > 0) || count > 1,
                    Proof::ToTheEnd => bytes.is_empty() && count > 0,
                    Proof::Beyond(place) => count > 0 && at >= place,
                    Proof::Three => false,
                };
            };
            if !self.is_likely(&header, near) {
                return false;
            }
            near = Some(header.seconds);
            count += 1;
            *budget = budget.saturating_sub(1);
            if *budget == 0 {
                return false;
            }
            let enough = match proof {
                Proof::Three | Proof::ThreeOrEnd => count >= 3,
                Proof::ToTheEnd => false,
                Proof::Beyond(place) => count >= 3 && at >= place,
            };
            if enough {
                return true;
            }
            let size = self.size(&header);
            let Some(rest) = bytes.get(size..) else {
                // Cut inside this packet.
                return count > 2 && proof != Proof::ToTheEnd;
            };
            bytes = rest;
            at += size;
        }
    }
}

#[inline]
fn words(bytes: &[u8; 16]) -> [u32; 4] {
    let [
        a0,
        a1,
        a2,
        a3,
        b0,
        b1,
        b2,
        b3,
        c0,
        c1,
        c2,
        c3,
        d0,
        d1,
        d2,
        d3,
    ] = *bytes;
    [
        u32::from_le_bytes([a0, a1, a2, a3]),
        u32::from_le_bytes([b0, b1, b2, b3]),
        u32::from_le_bytes([c0, c1, c2, c3]),
        u32::from_le_bytes([d0, d1, d2, d3]),
    ]
}

/// The 32-bit number at `offset`.
#[inline]
pub(super) fn number(bytes: &[u8], offset: usize, big_endian: bool) -> Option<u32> {
    let word = *bytes.get(offset..)?.first_chunk::<4>()?;
    Some(if big_endian {
        u32::from_be_bytes(word)
    } else {
        u32::from_le_bytes(word)
    })
}
