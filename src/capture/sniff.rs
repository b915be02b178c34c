//! What an input is, by its first bytes: compressed, a capture, or neither. Names are not looked at.

use std::io;
use std::io::BufReader;
use std::io::Cursor;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use super::COMPRESSIONS;
use super::Compression;
use flate2::bufread::MultiGzDecoder;

/// RFC 1952 section 2.3.1: ID1, ID2, and the only compression method. Of any number of members.
pub(super) const GZIP: Compression = Compression {
    name: "gzip",
    magics: &[&[0x1f, 0x8b, 8]],
    open: |input| {
        let input = BufReader::with_capacity(FIRST_READ * 16, input);
        Ok(Box::new(MultiGzDecoder::new(input)))
    },
};
/// RFC 8878 section 3.1.1: magic number, little-endian on the wire. Of any number of frames.
pub(super) const ZSTD: Compression = Compression {
    name: "zstd",
    magics: &[&[0x28, 0xb5, 0x2f, 0xfd]],
    open: |input| Ok(Box::new(zstd::Decoder::new(input)?)),
};
/// Bytes that tell any compression, and those of the length of a skippable frame.
const MAGIC_MAX: u64 = 4;
/// Skippable frames before the first other one are passed up to so many bytes of them; pzstd writes 12.
const SKIPPED_MAX: usize = 1024 * 1024;
/// A download can be compressed twice; a file that unpacks into itself for ever must end.
const MAX_NESTING: usize = 3;
/// Bytes taken before the kind is known.
const FIRST_READ: usize = 4096;
/// Decompressed bytes asked for at once: what a decoder had in hand when it meets damage is lost, so little is asked for.
const DECODED_STEP: usize = 4096;

/// An input with its compressions taken off.
pub(super) struct Unpacked {
    /// The capture's own bytes.
    pub(super) input: Box<dyn Read + Send>,
    /// Outermost compression.
    pub(super) compression: Option<&'static str>,
}

/// Takes off compressions, one around the other.
pub(super) fn unpack(raw: Box<dyn Read + Send>) -> io::Result<Unpacked> {
    let mut input = raw;
    let mut compression = None;
    for _ in 0..MAX_NESTING {
        // A compressed input that breaks at once has no first bytes: the reader of the format will meet the error again.
        let (mut first, at) = first_bytes(&mut input)?;
        let kind = kind_of(first.get(at..).unwrap_or_default());
        if kind.is_some() {
            first.drain(..at);
        }
        input = Box::new(Cursor::new(first).chain(input));
        let Some(kind) = kind else { break };
        input = Box::new(Steps((kind.open)(input)?));
        compression = compression.or(Some(kind.name));
    }
    Ok(Unpacked { input, compression })
}

/// The first bytes, with any skippable frames, and where among them stand those that tell the compression: zstd and lz4 have the same
/// frames for what is no data.
fn first_bytes(input: &mut impl Read) -> io::Result<(Vec<u8>, usize)> {
    let mut first = Vec::new();
    let mut at = 0;
    loop {
        input.take(MAGIC_MAX).read_to_end(&mut first)?;
        if !is_skippable(first.get(at..).unwrap_or_default()) {
            return Ok((first, at));
        }
        input.take(MAGIC_MAX).read_to_end(&mut first)?;
        let length = first.get(at + 4..).and_then(|rest| rest.first_chunk());
        let length = length.map_or(u32::MAX, |length| u32::from_le_bytes(*length));
        if super::stream::narrow(length).saturating_add(first.len()) > SKIPPED_MAX {
            return Ok((first, at));
        }
        input.take(u64::from(length)).read_to_end(&mut first)?;
        at = first.len();
    }
}

/// RFC 8878 section 3.1.2, and lz4's frame format: any of sixteen magic numbers, then a length.
pub(super) fn is_skippable(magic: &[u8]) -> bool {
    matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

fn kind_of(first: &[u8]) -> Option<&'static Compression> {
    COMPRESSIONS
        .iter()
        .copied()
        .find(|kind| kind.magics.iter().any(|magic| first.starts_with(magic)))
}

/// What a file that is no capture seems to be, and what helps. Begins with `. `, or is empty.
pub(super) fn hint(first: &[u8]) -> &'static str {
    let held = |mark: &Mark| match mark {
        Mark::At(at, bytes) => first.get(*at..).is_some_and(|rest| rest.starts_with(bytes)),
        Mark::Within(bytes) => first
            .windows(bytes.len())
            .take(NEAR)
            .any(|part| part == *bytes),
    };
    OTHERS
        .iter()
        .find(|(_, mark, _)| held(mark))
        .map_or("", |(_, _, hint)| *hint)
}

/// What tells a format that is not read.
pub(super) enum Mark {
    /// These bytes at this offset.
    At(usize, &'static [u8]),
    /// These bytes near the beginning, at an offset that depends on the version.
    Within(&'static [u8]),
}

/// How near.
const NEAR: usize = 64;

/// Formats that are not read: name, mark, and what helps.
pub(super) const OTHERS: &[(&str, Mark, &str)] = &[
    (
        "xz",
        Mark::At(0, b"\xfd7zXZ\0"),
        ". It is xz-compressed: xz -dc FILE | tlscap analyze -",
    ),
    (
        "bzip2",
        Mark::At(0, b"BZh"),
        ". It is bzip2-compressed: bzip2 -dc FILE | tlscap analyze -",
    ),
    (
        "zip",
        Mark::At(0, b"PK\x03\x04"),
        ". It is a zip archive: unzip -p FILE | tlscap analyze -",
    ),
    (
        "7z",
        Mark::At(0, b"7z\xbc\xaf\x27\x1c"),
        ". It is a 7z archive: 7z e -so FILE | tlscap analyze -",
    ),
    (
        "tar",
        Mark::At(257, b"ustar"),
        ". It is a tar archive: tar -xOf FILE | tlscap analyze -",
    ),
    (
        "nstrace",
        Mark::Within(b" Performance Data"),
        ". It is a NetScaler trace (nstrace); convert it: editcap -F pcapng IN OUT, or let it write a pcap: nstrace.sh -tcpdump 1",
    ),
    (
        "Sniffer",
        Mark::At(0, b"TRSNIFF data    \x1a"),
        ". It is a Sniffer capture; convert it: editcap -F pcapng IN OUT",
    ),
    (
        "NetXRay",
        Mark::At(0, b"XCP\0"),
        ". It is a NetXRay or Windows Sniffer capture; convert it: editcap -F pcapng IN OUT",
    ),
];

/// Counts the bytes taken from the file as stored, for a progress bar.
pub(super) struct Counted<R> {
    /// What is counted.
    pub(super) inner: R,
    /// The sum.
    pub(super) count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.count
            .fetch_add(super::stream::widen(count), Ordering::Relaxed);
        Ok(count)
    }
}

/// A decoder, asked for a little at a time.
struct Steps<R>(R);

impl<R: Read> Read for Steps<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let step = into.len().min(DECODED_STEP);
        self.0.read(into.get_mut(..step).unwrap_or_default())
    }
}
