//! What an input is, by its first bytes: compressed, a capture, or neither. Names are not looked at.

use std::io;
use std::io::BufReader;
use std::io::Cursor;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use flate2::bufread::MultiGzDecoder;

/// RFC 1952 section 2.3.1: ID1, ID2, and the only compression method.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
/// RFC 8878 section 3.1.1: magic number, little-endian on the wire.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
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

/// Takes off gzip (of any number of members) and zstd (of any number of frames).
pub(super) fn unpack(raw: Box<dyn Read + Send>) -> io::Result<Unpacked> {
    let mut input = raw;
    let mut compression = None;
    for _ in 0..MAX_NESTING {
        let mut first = Vec::new();
        // A compressed input that breaks at once has no first bytes: the reader of the format will meet the error again.
        input
            .by_ref()
            .take(ZSTD.len() as u64)
            .read_to_end(&mut first)?;
        let kind = kind_of(&first);
        input = Box::new(Cursor::new(first).chain(input));
        match kind {
            Some("gzip") => {
                input = Box::new(Steps(MultiGzDecoder::new(BufReader::with_capacity(
                    FIRST_READ * 16,
                    input,
                ))));
            }
            Some(_) => input = Box::new(Steps(zstd::Decoder::new(input)?)),
            None => break,
        }
        compression = compression.or(kind);
    }
    Ok(Unpacked { input, compression })
}

fn kind_of(first: &[u8]) -> Option<&'static str> {
    if first.starts_with(&GZIP) {
        Some("gzip")
    } else if first.starts_with(&ZSTD) {
        Some("zstd")
    } else {
        None
    }
}

/// What a file that is no capture seems to be, and what helps. Begins with `. `, or is empty.
pub(super) fn hint(first: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 8] = [
        (
            b"snoop\0\0\0",
            ". It is a snoop file; convert it: editcap -F pcapng IN OUT",
        ),
        (
            b"GMBU",
            ". It is a Network Monitor file; convert it: editcap -F pcapng IN OUT",
        ),
        (
            b"RTSS",
            ". It is a Network Monitor file; convert it: editcap -F pcapng IN OUT",
        ),
        (
            b"\xfd7zXZ\0",
            ". It is xz-compressed: xz -dc FILE | tlscap analyze -",
        ),
        (
            b"BZh",
            ". It is bzip2-compressed: bzip2 -dc FILE | tlscap analyze -",
        ),
        (
            b"\x04\x22\x4d\x18",
            ". It is lz4-compressed: lz4 -dc FILE | tlscap analyze -",
        ),
        (
            b"PK\x03\x04",
            ". It is a zip archive: unzip -p FILE | tlscap analyze -",
        ),
        (
            b"7z\xbc\xaf\x27\x1c",
            ". It is a 7z archive: unpack it first",
        ),
    ];
    KNOWN
        .iter()
        .find(|(magic, _)| first.starts_with(magic))
        .map_or("", |(_, hint)| *hint)
}

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
