//! The legacy pcap format, <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html>.
//!
//! ```text
//! file header (24 bytes)   0 magic  4 major u16  6 minor u16  8 reserved  16 snap length u32  20 link type (low 16 bits)
//! record header (16)       0 seconds u32  4 fraction u32  8 captured length u32  12 length on the wire u32
//! ```
//! The magic number tells byte order and fraction: a1b2c3d4 microseconds, a1b23c4d nanoseconds, a1b2cd34 the modified format
//! of 1990s Linux patches, whose record headers have 8 bytes more, 1c0001ab and 1c0001ac those of IXIA's lcap with micro- and nanoseconds,
//! whose file header ends with the length of all records (as in Wireshark's wiretap/libpcap.c, of which old versions take both for
//! microseconds).

use crate::base::Timestamp;
use crate::capture::scan;
use crate::capture::scan::Shape;
use crate::capture::stream::Record;
use crate::capture::stream::Stream;
use crate::capture::stream::narrow;

/// Largest record taken. Larger than any packet: USB captures and offloads have produced more than the usual 256 KiB.
pub(super) const MAX_PACKET: u32 = 16 * 1024 * 1024;
/// Length of the file header.
const FILE_HEADER: usize = 24;
/// What IXIA adds to it.
const LENGTH_OF_RECORDS: usize = 4;

/// A pcap file behind its header.
#[derive(Debug)]
pub(super) struct Pcap {
    shape: Shape,
    /// Length of its header.
    file_header: usize,
    nanoseconds_per_unit: i64,
    /// LINKTYPE number of all frames.
    pub(super) link_type: u16,
    /// As announced; 0 and absurd values occur.
    pub(super) snap_length: u32,
    /// Seconds of the last record taken.
    last_seconds: Option<u32>,
    /// Seconds of the last record that needed no second look: a search goes by them, not by those of a record that may have
    /// been damaged itself.
    trusted_seconds: Option<u32>,
    /// Seconds of the first record: damage may have been taken for records for so long that they were trusted.
    first_seconds: Option<u32>,
}

/// What to do with the record at hand.
enum Step {
    Take,
    Again,
    End,
}

impl Pcap {
    /// Reads the file header. `None` where the first four bytes are no magic number of this format or the header is not whole.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let magic = *bytes.first_chunk::<4>()?;
        let (big_endian, number) = match u32::from_le_bytes(magic) {
            number @ (0xa1b2_c3d4 | 0xa1b2_3c4d | 0xa1b2_cd34 | 0x1c00_01ab | 0x1c00_01ac) => {
                (false, number)
            }
            _ => (true, u32::from_be_bytes(magic)),
        };
        let (units, nanoseconds_per_unit, header) = match number {
            0xa1b2_c3d4 | 0x1c00_01ab => (1_000_000, 1000, 16),
            0xa1b2_3c4d | 0x1c00_01ac => (1_000_000_000, 1, 16),
            0xa1b2_cd34 => (1_000_000, 1000, 24),
            _ => return None,
        };
        let snap_length = scan::number(bytes, 16, big_endian)?;
        let network = scan::number(bytes, 20, big_endian)?;
        let file_header = file_header(bytes);
        bytes.get(..file_header)?;
        let mut shape = Shape {
            big_endian,
            header,
            units,
            likely: 262_144,
        };
        if (1..=MAX_PACKET).contains(&snap_length) {
            // Super-segments made by offload are often larger than the snap length says.
            shape.likely = snap_length.max(65_535);
        }
        // The upper 16 bits hold the length of the frame check sequence and flags.
        let link_type = u16::try_from(network & 0xffff).unwrap_or(0);
        Some(Self {
            shape,
            file_header,
            nanoseconds_per_unit,
            link_type,
            snap_length,
            last_seconds: None,
            trusted_seconds: None,
            first_seconds: None,
        })
    }

    /// Whether `bytes` begin with a magic number of this format.
    pub(super) fn is_magic(bytes: &[u8]) -> bool {
        matches!(
            bytes,
            [0xa1, 0xb2, 0xc3, 0xd4, ..]
                | [0xd4, 0xc3, 0xb2, 0xa1, ..]
                | [0xa1, 0xb2, 0x3c, 0x4d, ..]
                | [0x4d, 0x3c, 0xb2, 0xa1, ..]
                | [0xa1, 0xb2, 0xcd, 0x34, ..]
                | [0x34, 0xcd, 0xb2, 0xa1, ..]
        ) || is_ixia(bytes)
    }

    /// Reads the file header at the start of `stream`; on failure says what was needed and what was there.
    pub(super) fn open(stream: &mut Stream) -> Result<Self, String> {
        let length = file_header(stream.buffer.bytes());
        // No more: of a pipe, the first packet may be long in coming.
        stream.buffer.ensure(length);
        let bytes = stream.buffer.bytes();
        let pcap = Self::parse(bytes).ok_or_else(|| {
            format!(
                "a pcap header has {length} bytes, {} are there",
                bytes.len()
            )
        })?;
        stream.buffer.consume(pcap.file_header);
        Ok(pcap)
    }

    /// The next record, or `None` at the end.
    #[inline]
    pub(super) fn next(&mut self, stream: &mut Stream) -> Option<Record> {
        loop {
            stream.buffer.ensure(self.shape.header);
            let Some(header) = self.shape.read(stream.buffer.bytes()) else {
                stream.finish("a record header", Some(self.shape.header));
                return None;
            };
            let usual = self.shape.is_usual(&header, self.last_seconds);
            if usual {
                self.trusted_seconds = Some(header.seconds);
            }
            if !(usual && stream.buffer.ensure(self.shape.size(&header))) {
                match self.judge(stream, &header) {
                    Step::Take => {}
                    Step::Again => continue,
                    Step::End => return None,
                }
            }
            self.last_seconds = Some(header.seconds);
            return Some(self.take(stream, &header));
        }
    }

    #[inline]
    fn take(&self, stream: &mut Stream, header: &scan::Header) -> Record {
        stream.frames += 1;
        let length = narrow(header.captured);
        let position = stream.buffer.position() + self.shape.header;
        stream.buffer.consume(self.shape.header + length);
        let at = i64::from(header.seconds) * 1_000_000_000
            + i64::from(header.fraction) * self.nanoseconds_per_unit;
        Record {
            position,
            length,
            number: stream.frames,
            at: Timestamp(at),
            link_type: self.link_type,
            interface: 0,
            wire_length: header.on_wire.max(header.captured),
        }
    }

    /// A record that is not whole, or is large, far away in time, or otherwise odd. It counts as one if another follows it.
    #[cold]
    #[inline(never)]
    fn judge(&mut self, stream: &mut Stream, header: &scan::Header) -> Step {
        let size = self.shape.size(header);
        if self.last_seconds.is_none() {
            self.first_seconds = Some(header.seconds);
        }
        if header.captured > MAX_PACKET || header.is_zero() {
            return self.resync(stream, header);
        }
        let follows = stream.buffer.ensure(size + self.shape.header);
        let bytes = stream.buffer.bytes();
        if bytes.len() < size {
            if header.captured > self.shape.likely {
                return self.resync(stream, header);
            }
            // The input ends inside. Or this length is damaged, and true records lead from somewhere in here to the end.
            let proof = scan::Proof::ToTheEnd;
            return match self
                .shape
                .find(bytes, 1, bytes.len(), self.trusted_seconds, proof)
            {
                Some(at) => self.skip(stream, header, at),
                None => {
                    stream.finish("a packet", Some(size));
                    Step::End
                }
            };
        }
        let next = bytes.get(size..).and_then(|rest| self.shape.read(rest));
        if !follows || next.is_some_and(|next| self.shape.is_possible(&next)) {
            return match self.shifted(stream, header) {
                Some(at) => self.skip(stream, header, at),
                None => Step::Take,
            };
        }
        if !self.shape.is_likely(header, self.last_seconds) {
            return self.resync(stream, header);
        }
        // Its length is damaged, if true records lead from somewhere in here to beyond its end. Else the damage is behind it.
        stream.buffer.ensure(size + scan::REACH);
        let proof = scan::Proof::Beyond(size);
        match self
            .shape
            .find(stream.buffer.bytes(), 1, size, self.trusted_seconds, proof)
        {
            Some(at) => self.skip(stream, header, at),
            None => Step::Take,
        }
    }

    /// Where bytes are lost, what is left can be read as records out of step: fraction for seconds, length for fraction. Such a
    /// record is far away in time and its lengths do not fit each other; true ones begin inside it.
    fn shifted(&self, stream: &mut Stream, header: &scan::Header) -> Option<usize> {
        self.trusted_seconds?;
        let far = !self.shape.is_near(header, self.trusted_seconds);
        let fits = header.captured > 0 && (header.captured..=MAX_PACKET).contains(&header.on_wire);
        if !far || fits {
            return None;
        }
        let size = self.shape.size(header);
        let more = stream.buffer.ensure(size + scan::REACH);
        let proof = if more {
            scan::Proof::Three
        } else {
            scan::Proof::ThreeOrEnd
        };
        let stop = size + self.shape.header;
        self.shape
            .find(stream.buffer.bytes(), 1, stop, self.trusted_seconds, proof)
    }

    /// Looks for the next place where records follow each other, to the end of the input if need be.
    fn resync(&mut self, stream: &mut Stream, header: &scan::Header) -> Step {
        let mut searched = 0;
        let from = stream.buffer.offset();
        loop {
            let more = stream.buffer.ensure(scan::WINDOW);
            let bytes = stream.buffer.bytes();
            if let Some(second) = Self::parse(bytes).filter(|_| searched == 0) {
                return self.restart(stream, second);
            }
            let stop = if more {
                bytes.len().saturating_sub(scan::REACH)
            } else {
                bytes.len()
            };
            let proof = if more {
                scan::Proof::Three
            } else {
                scan::Proof::ThreeOrEnd
            };
            let near = |stop, seconds| self.shape.find(bytes, 1, stop, seconds, proof);
            let trusted = near(stop, self.trusted_seconds);
            let found = near(trusted.unwrap_or(stop), self.first_seconds).or(trusted);
            match found {
                Some(at) => {
                    self.note(
                        stream,
                        header,
                        from,
                        Some(searched + super::stream::widen(at)),
                    );
                    stream.buffer.consume(at);
                    return Step::Again;
                }
                None if more => {
                    stream.buffer.consume(stop.saturating_sub(1));
                    searched += super::stream::widen(stop.saturating_sub(1));
                }
                None => {
                    let left = bytes.len();
                    self.note(stream, header, from, None);
                    stream.buffer.consume(left);
                    stream.finish("", None);
                    return Step::End;
                }
            }
        }
    }

    fn skip(&self, stream: &mut Stream, header: &scan::Header, count: usize) -> Step {
        let from = stream.buffer.offset();
        self.note(stream, header, from, Some(super::stream::widen(count)));
        stream.buffer.consume(count);
        Step::Again
    }

    /// Files written one after the other into one (`cat a b`): the second header stands where a record would.
    fn restart(&mut self, stream: &mut Stream, second: Self) -> Step {
        let offset = stream.buffer.offset();
        let frame = stream.frames;
        let text = format!(
            "a second pcap header behind frame {frame} (byte {offset}): files joined by cat; both are read"
        );
        stream.report("damaged-file", text);
        stream.buffer.consume(second.file_header);
        *self = second;
        Step::Again
    }

    fn note(&self, stream: &mut Stream, header: &scan::Header, from: u64, skipped: Option<u64>) {
        let seen = if header.is_zero() {
            "zeros".to_owned()
        } else {
            format!(
                "a record header with captured length {} and {} on the wire",
                header.captured, header.on_wire
            )
        };
        let then = match skipped {
            Some(count) => format!(
                "reading goes on {count} bytes later, at byte {}",
                from + count
            ),
            None => "no record is found after it".to_owned(),
        };
        let text = format!(
            "damaged behind frame {} (byte {from}): {seen}; {then}",
            stream.frames
        );
        stream.report("damaged-file", text);
    }
}

/// Length of the header of a file that begins with `bytes`.
fn file_header(bytes: &[u8]) -> usize {
    if is_ixia(bytes) {
        FILE_HEADER + LENGTH_OF_RECORDS
    } else {
        FILE_HEADER
    }
}

/// Whether `bytes` begin with a magic number of lcap, of hardware or software.
fn is_ixia(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x1c, 0, 1, 0xab | 0xac, ..] | [0xab | 0xac, 1, 0, 0x1c, ..]
    )
}

#[cfg(test)]
mod tests;
