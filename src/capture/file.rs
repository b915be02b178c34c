//! One input: a file, standard input, or any reader.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::capture::Error;
use crate::capture::FORMATS;
use crate::capture::Format;
use crate::capture::Frame;
use crate::capture::NamedAddress;
use crate::capture::Notes;
use crate::capture::Problem;
use crate::capture::Source;
use crate::capture::SourceInfo;
use crate::capture::pcap::Pcap;
use crate::capture::pcapng::PcapNg;
use crate::capture::records::Records;
use crate::capture::sniff;
use crate::capture::sniff::Counted;
use crate::capture::stream::Record;
use crate::capture::stream::Stream;

/// Reads the frames of one capture, pcap or pcapng, plain or compressed.
///
/// ```no_run
/// use tlscap::capture::FileReader;
/// use tlscap::capture::Source;
///
/// let mut reader = FileReader::open("a.pcap".as_ref())?;
/// while let Some(frame) = reader.next()? {
///     println!("{} has {} bytes", frame.frame, frame.wire_length);
/// }
/// for problem in reader.problems() {
///     eprintln!("{}", problem.text);
/// }
/// # Ok::<(), tlscap::capture::Error>(())
/// ```
pub struct FileReader {
    name: String,
    compression: Option<&'static str>,
    size: Option<u64>,
    consumed: Arc<AtomicU64>,
    stream: Stream,
    format: Reading,
    /// Read ahead by [`Self::peek`].
    pending: Option<Record>,
}

/// Who writes a capture writes what it holds back every few seconds at least.
const FRESH: Duration = Duration::from_secs(5);

#[derive(Debug)]
enum Reading {
    Pcap(Pcap),
    PcapNg(Box<PcapNg>),
    Other(&'static str, Box<dyn Records>),
}

impl FileReader {
    /// Opens a file, a named pipe, or standard input (`-`), and reads its header.
    ///
    /// # Errors
    /// [`Error::CannotOpen`], or as [`Self::from_reader`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.to_string_lossy().into_owned();
        if path.as_os_str() == "-" {
            return Self::from_reader(name, Box::new(io::stdin()), None);
        }
        let file = File::open(path).map_err(|cause| Error::CannotOpen {
            name: name.clone(),
            cause,
        })?;
        let size = file
            .metadata()
            .ok()
            .filter(std::fs::Metadata::is_file)
            .map(|metadata| metadata.len());
        let mut reader = Self::from_reader(name, Box::new(file), size)?;
        if let Some(size) = size {
            let path = path.to_owned();
            reader.stream.may_grow(Box::new(move || grows(&path, size)));
        }
        Ok(reader)
    }

    /// Reads the header of what `input` gives. `size` is the number of bytes it will give, where known.
    ///
    /// # Errors
    /// [`Error::Empty`] for zero bytes, [`Error::NotACapture`] for other first bytes than a capture's,
    /// [`Error::DamagedStart`] for a header that is not whole, [`Error::CannotRead`] where these bytes cannot be had.
    pub fn from_reader(
        name: String,
        input: Box<dyn Read + Send>,
        size: Option<u64>,
    ) -> Result<Self, Error> {
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = Box::new(Counted {
            inner: input,
            count: Arc::clone(&consumed),
        });
        let unpacked = match sniff::unpack(counted) {
            Ok(unpacked) => unpacked,
            Err(cause) => return Err(Error::CannotRead { name, cause }),
        };
        let compression = unpacked.compression;
        let mut stream = Stream::new(unpacked.input);
        let format = recognise(&name, compression, &mut stream)?;
        Ok(Self {
            name,
            compression,
            size,
            consumed,
            stream,
            format,
            pending: None,
        })
    }

    /// The same reader as input number `source` of several.
    #[must_use]
    pub fn with_source(mut self, source: u16) -> Self {
        self.stream.number_source(source);
        self
    }

    /// What is known of this input so far.
    #[must_use]
    pub fn info(&self) -> SourceInfo {
        let (format, link_types, snap_length) = match &self.format {
            Reading::Pcap(pcap) => ("pcap", vec![pcap.link_type], pcap.snap_length),
            Reading::PcapNg(pcapng) => ("pcapng", pcapng.link_types.clone(), pcapng.snap_length),
            Reading::Other(name, records) => (*name, records.link_types(), 0),
        };
        let (name, compression, size) = (self.name.clone(), self.compression, self.size);
        SourceInfo {
            name,
            format,
            compression,
            link_types,
            snap_length,
            size,
        }
    }

    /// Bytes of the file as stored taken so far, to be compared with [`SourceInfo::size`].
    #[must_use]
    pub fn bytes_consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// What was found wrong so far; complete once [`Source::next`] gave `None`. At most 100.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        self.stream.problems()
    }

    /// What it holds beside packets, so far.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.stream.notes
    }

    /// Names that were not taken yet.
    pub(super) fn take_names(&mut self) -> Vec<NamedAddress> {
        std::mem::take(&mut self.stream.notes.names)
    }

    /// Time of the frame that [`Source::next`] will give, or `None` at the end.
    pub(super) fn peek(&mut self) -> Option<Timestamp> {
        if self.pending.is_none() {
            self.pending = self.advance();
        }
        self.pending.map(|record| record.at)
    }

    /// The next frame. Never fails: damage becomes a [`Problem`].
    #[inline]
    pub(super) fn next_frame(&mut self) -> Option<Frame<'_>> {
        let record = match self.pending.take() {
            Some(record) => record,
            None => self.advance()?,
        };
        Some(Frame {
            frame: FrameRef::new(self.stream.source, record.number),
            at: record.at,
            link_type: record.link_type,
            interface: record.interface,
            data: self.stream.buffer.at(record.position, record.length),
            wire_length: record.wire_length,
        })
    }

    #[inline]
    fn advance(&mut self) -> Option<Record> {
        match &mut self.format {
            Reading::Pcap(pcap) => pcap.next(&mut self.stream),
            Reading::PcapNg(pcapng) => pcapng.next(&mut self.stream),
            Reading::Other(_, records) => records.next(&mut self.stream),
        }
    }

    /// Gives the buffer back and closes the file; nothing more can be read.
    pub(super) fn close(&mut self) {
        self.stream.buffer.release();
    }
}

impl Source for FileReader {
    #[inline]
    fn next(&mut self) -> Result<Option<Frame<'_>>, Error> {
        Ok(self.next_frame())
    }
}

/// What shows that a file of `size` bytes when it was opened is still being written: it is longer now, or was written to within [`FRESH`].
fn grows(path: &Path, size: u64) -> Option<&'static str> {
    let now = std::fs::metadata(path).ok()?;
    if now.len() > size {
        return Some("still being written");
    }
    let age = now.modified().ok()?.elapsed().ok()?;
    (age < FRESH).then_some("written to moments ago")
}

/// Reads the header by the first bytes.
fn recognise(
    name: &str,
    compression: Option<&'static str>,
    stream: &mut Stream,
) -> Result<Reading, Error> {
    stream.buffer.ensure(8);
    let name = name.to_owned();
    let opened = match stream.buffer.bytes() {
        bytes if Pcap::is_magic(bytes) => Pcap::open(stream).map(Reading::Pcap),
        bytes if PcapNg::is_magic(bytes) => {
            PcapNg::open(stream).map(|pcapng| Reading::PcapNg(Box::new(pcapng)))
        }
        bytes => match other(bytes) {
            Some(format) => {
                (format.open)(stream).map(|records| Reading::Other(format.name, records))
            }
            None => return Err(refuse(name, compression, stream)),
        },
    };
    opened.map_err(|what| match stream.buffer.take_failure() {
        Some(cause) => Error::CannotRead { name, cause },
        None => Error::DamagedStart { name, what },
    })
}

fn other(bytes: &[u8]) -> Option<&'static Format> {
    FORMATS
        .iter()
        .copied()
        .find(|format| format.magics.iter().any(|magic| bytes.starts_with(magic)))
}

/// Why the first bytes are no capture.
fn refuse(name: String, compression: Option<&'static str>, stream: &mut Stream) -> Error {
    if let Some(cause) = stream.buffer.take_failure() {
        return Error::CannotRead { name, cause };
    }
    stream.buffer.ensure(512);
    let bytes = stream.buffer.bytes();
    let inside = compression.map_or_else(String::new, |kind| format!(" inside {kind}"));
    if bytes.is_empty() {
        return Error::Empty { name, inside };
    }
    let first: Vec<String> = bytes
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Error::NotACapture {
        name,
        first: first.join(" "),
        inside,
        hint: sniff::hint(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    /// A frame of zstd and lz4 that holds no data.
    fn skippable(magic: u8) -> Vec<u8> {
        [magic, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4].to_vec()
    }

    fn error(bytes: &[u8]) -> String {
        sample::reader(bytes).err().unwrap().to_string()
    }

    #[test]
    fn gzip_zstd_and_both_are_told_by_content() {
        let plain = sample::three_packets(false);
        let (first, second) = plain.split_at(50);
        let members = [gzip(first), gzip(second)].concat();
        let frames = [zstd(first), zstd(second)].concat();
        for (bytes, compression) in [
            (plain.clone(), None),
            (gzip(&plain), Some("gzip")),
            (members, Some("gzip")),
            (zstd(&plain), Some("zstd")),
            (frames, Some("zstd")),
            (zstd(&gzip(&plain)), Some("zstd")),
            // As pzstd writes it.
            (
                [skippable(0x50), zstd(first), skippable(0x50), zstd(second)].concat(),
                Some("zstd"),
            ),
            (
                [
                    skippable(0x5f),
                    skippable(0x53),
                    zstd(&plain),
                    skippable(0x51),
                ]
                .concat(),
                Some("zstd"),
            ),
        ] {
            let mut reader = sample::reader(&bytes).unwrap();
            assert_eq!(sample::drain(&mut reader).len(), 3);
            assert_eq!(reader.problems(), []);
            assert_eq!(reader.info().compression, compression);
            assert_eq!(reader.bytes_consumed(), bytes.len() as u64);
        }
    }

    #[test]
    fn compressed_data_that_breaks_gives_what_was_unpacked_and_a_problem() {
        let packets: Vec<Vec<u8>> = (0..8000_u32)
            .map(|n| sample::record(false, 1_600_000_000 + n, n, &sample::noise(n, 100)))
            .collect();
        let plain = [
            sample::pcap_header(false, 0xa1b2_c3d4, 65_535, 1),
            packets.concat(),
        ]
        .concat();
        for packed in [gzip(&plain), zstd(&plain)] {
            let mut cut = sample::reader(&packed[..packed.len() / 2]).unwrap();
            let count = sample::drain(&mut cut).len();
            assert!((2500..5000).contains(&count), "{count}");
            assert_eq!(cut.problems().len(), 1);
            assert_eq!(cut.problems()[0].code, "unreadable");
            assert_eq!(cut.problems()[0].frame, count as u64);
        }
        // Only gzip always has a checksum.
        let mut flipped = gzip(&plain);
        let middle = flipped.len() / 2;
        flipped[middle..middle + 64].fill(0xff);
        let mut damaged = sample::reader(&flipped).unwrap();
        assert!(sample::drain(&mut damaged).len() > 3000);
        assert_eq!(damaged.problems().last().unwrap().code, "unreadable");
    }

    #[test]
    fn what_is_no_capture_is_refused_with_its_first_bytes() {
        assert!(error(b"").contains("zero bytes, where"));
        assert!(error(&gzip(b"")).contains("zero bytes inside gzip"));
        assert!(error(b"hello").contains("begins with 68 65 6c 6c 6f;"));
        assert!(error(b"a").contains("begins with 61;"));
        assert!(error(&gzip(b"hello")).contains("68 65 6c 6c 6f inside gzip"));
        assert!(error(&[skippable(0x50), b"hello".to_vec()].concat()).contains("50 2a 4d 18"));
        assert!(error(&skippable(0x50)).contains("50 2a 4d 18"));
        assert!(error(&skippable(0x50)[..7]).contains("50 2a 4d 18"));
        assert!(error(b"\x50\x2a\x4d\x18\xff\xff\xff\xff...").contains("50 2a 4d 18"));
        assert!(error(b"\xfd7zXZ\0\0").contains("xz -dc"));
        assert!(
            error(&sample::three_packets(false)[..23])
                .contains("damaged at its start: a pcap header has 24 bytes, 23")
        );
        assert!(error(&sample::section(false)[..27]).contains("damaged at its start"));
        assert!(error(&gzip(&sample::three_packets(false))[..15]).contains("cannot read"));
        assert!(matches!(
            FileReader::open("/nonexistent/a.pcap".as_ref()),
            Err(Error::CannotOpen { .. })
        ));
        assert!(matches!(
            FileReader::open("/".as_ref()),
            Err(Error::CannotRead { .. })
        ));
    }

    #[test]
    fn formats_that_are_not_read_are_named_with_what_helps() {
        for (name, mark, hint) in sniff::OTHERS {
            let bytes = match mark {
                sniff::Mark::At(at, mark) => [&vec![b'x'; *at], *mark].concat(),
                sniff::Mark::Within(mark) => [b"xxxxxxxxxNetScaler V20", *mark].concat(),
            };
            let error = error(&bytes);
            assert!(error.contains(hint) && !hint.is_empty(), "{name}: {error}");
        }
    }

    /// A file of this name with these bytes, last written to so long ago.
    fn file(name: &str, bytes: &[u8], age: Duration) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("tlscap-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let then = std::time::SystemTime::now() - age;
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(then).unwrap();
        path
    }

    fn codes(path: &Path, meanwhile: impl FnOnce()) -> Vec<&'static str> {
        let mut reader = FileReader::open(path).unwrap();
        meanwhile();
        assert_eq!(sample::drain(&mut reader).len(), 2);
        let codes = reader.problems().iter().map(|problem| problem.code);
        let codes = codes.collect();
        std::fs::remove_file(path).unwrap();
        codes
    }

    #[test]
    fn a_file_that_is_still_being_written_is_read_to_its_present_end_without_alarm() {
        let day = Duration::from_secs(86_400);
        let whole = sample::three_packets(false);
        let cut = &whole[..whole.len() - 9];
        let fresh = file("fresh", cut, Duration::ZERO);
        assert_eq!(codes(&fresh, || ()), ["still-written"]);
        let old = file("old", cut, day);
        assert_eq!(codes(&old, || ()), ["cut-short"]);
        let growing = file("growing", cut, day);
        let more = || {
            // More than what was read at the beginning is read later; what is added here is half a packet too.
            let longer = [cut, &[0]].concat();
            std::fs::write(&growing, longer).unwrap();
            let file = File::options().write(true).open(&growing).unwrap();
            file.set_modified(std::time::SystemTime::now() - day)
                .unwrap();
        };
        assert_eq!(codes(&growing, more), ["still-written"]);
    }

    #[test]
    fn damage_of_any_kind_neither_panics_nor_runs_on() {
        let mut seed = 7;
        for good in [
            sample::three_packets(false),
            sample::three_packets(true),
            sample::three_blocks(false),
            sample::three_blocks(true),
        ] {
            for length in 0..good.len() {
                if let Ok(mut reader) = sample::reader(&good[..length]) {
                    sample::drain(&mut reader);
                }
            }
            for _ in 0..3000 {
                let mut bytes = [good.as_slice(), &good[good.len() / 3..]].concat();
                for _ in 0..=sample::random(&mut seed) % 8 {
                    let at = sample::random(&mut seed) as usize % (bytes.len() - 24) + 24;
                    bytes[at] ^= 1 << (sample::random(&mut seed) % 8);
                }
                if let Ok(mut reader) = sample::reader(&bytes) {
                    let frames = sample::drain(&mut reader);
                    assert!(frames.len() < 40, "{}", frames.len());
                }
            }
            for length in 0..600 {
                let bytes = [&good[..24], &sample::noise(length, length as usize)].concat();
                if let Ok(mut reader) = sample::reader(&bytes) {
                    assert!(sample::drain(&mut reader).len() < 100);
                }
            }
        }
    }
}
