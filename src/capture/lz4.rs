//! Captures in lz4's frame format (<https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md>), of any number of frames, with
//! skippable ones between them.

use std::io;
use std::io::BufReader;
use std::io::Chain;
use std::io::Cursor;
use std::io::Read;

use super::Compression;
use super::sniff::is_skippable;
use lz4_flex::frame::FrameDecoder;

pub(super) const LZ4: Compression = Compression {
    name: "lz4",
    magics: &[&FRAME, &LEGACY],
    open: |input| {
        let tail = Tail {
            inner: input,
            last: [0; 8],
            legacy: None,
        };
        let input = BufReader::with_capacity(READ, tail);
        Ok(Box::new(Frames(Some(decoder(Vec::new(), input)))))
    },
};

const FRAME: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// What `lz4 -l` writes: blocks without an end mark.
const LEGACY: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];
/// Bytes taken at once of what is compressed.
const READ: usize = 64 * 1024;

/// Bytes that were looked at, and the others.
type Input = Chain<Cursor<Vec<u8>>, BufReader<Tail>>;

/// Remembers the last bytes: the decoder does not tell an end inside a frame from the end of one.
struct Tail {
    inner: Box<dyn Read + Send>,
    last: [u8; 8],
    /// Whether it begins with a frame that has no end mark; `None` before the first byte.
    legacy: Option<bool>,
}

impl Read for Tail {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        // What was looked at to tell the compression comes in one piece.
        self.legacy.get_or_insert(into.starts_with(&LEGACY));
        for byte in into.iter().take(count).skip(count.saturating_sub(8)) {
            self.last.rotate_left(1);
            if let Some(slot) = self.last.last_mut() {
                *slot = *byte;
            }
        }
        Ok(count)
    }
}

impl Tail {
    /// Whether the last bytes are an end mark, alone or with a checksum of the contents behind it.
    fn ends_a_frame(&self) -> bool {
        let [before @ .., _, _, _, _] = self.last;
        self.legacy == Some(true) || before == [0; 4] || self.last.ends_with(&[0; 4])
    }
}

/// Reads one frame after the other. `None` only while a frame is exchanged for the next.
struct Frames(Option<FrameDecoder<Input>>);

impl Read for Frames {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while let Some(frame) = &mut self.0 {
            let count = frame.read(into).map_err(explain)?;
            if count > 0 {
                return Ok(count);
            }
            let (_, input) = match self.0.take() {
                Some(frame) => frame.into_inner().into_inner(),
                None => return Ok(0),
            };
            self.0 = following(input)?;
        }
        Ok(0)
    }
}

/// The next frame behind one that ended, past skippable ones; `None` at a right end.
fn following(mut input: BufReader<Tail>) -> io::Result<Option<FrameDecoder<Input>>> {
    let mut passed = false;
    loop {
        let mut magic = Vec::new();
        input.by_ref().take(4).read_to_end(&mut magic)?;
        if magic.is_empty() {
            return if passed || input.get_ref().ends_a_frame() {
                Ok(None)
            } else {
                Err(io::ErrorKind::UnexpectedEof.into())
            };
        }
        if !is_skippable(&magic) {
            // Each frame has a decoder of its own: sizes of blocks differ between frames.
            return Ok(Some(decoder(magic, input)));
        }
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = u64::from(u32::from_le_bytes(length));
        if io::copy(&mut input.by_ref().take(length), &mut io::sink())? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        passed = true;
    }
}

fn decoder(magic: Vec<u8>, input: BufReader<Tail>) -> FrameDecoder<Input> {
    FrameDecoder::new(Cursor::new(magic).chain(input))
}

/// Damage is told as such, whatever the decoder calls it.
fn explain(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::Other => io::Error::new(io::ErrorKind::InvalidData, error),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use crate::capture::sample;
    use lz4_flex::frame::BlockSize;
    use lz4_flex::frame::FrameEncoder;
    use lz4_flex::frame::FrameInfo;
    use std::io::Write;

    fn lz4(bytes: &[u8], checksum: bool) -> Vec<u8> {
        packed(bytes, FrameInfo::new().content_checksum(checksum))
    }

    fn packed(bytes: &[u8], info: FrameInfo) -> Vec<u8> {
        let info = info.block_size(BlockSize::Max64KB);
        let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn frames_with_and_without_checksum_are_one_capture() {
        let plain = sample::three_packets(false);
        let (first, second) = plain.split_at(50);
        for bytes in [
            lz4(&plain, false),
            lz4(&plain, true),
            packed(&plain, FrameInfo::new().legacy_frame(true)),
            [lz4(first, true), lz4(b"", false), lz4(second, false)].concat(),
        ] {
            let mut reader = sample::reader(&bytes).unwrap();
            assert_eq!(sample::drain(&mut reader).len(), 3);
            assert_eq!(reader.problems(), []);
            assert_eq!(reader.info().compression, Some("lz4"));
        }
    }

    #[test]
    fn skippable_frames_are_passed_before_between_and_behind() {
        let plain = sample::three_packets(false);
        let (first, second) = plain.split_at(50);
        let skip = |magic, length: usize| {
            let count = u32::try_from(length).unwrap().to_le_bytes();
            [&[magic, 0x2a, 0x4d, 0x18], &count[..], &vec![7; length]].concat()
        };
        let data = [lz4(first, false), lz4(second, true)];
        for length in [0, 4, 300, 100_000] {
            let [a, b, c] = [0x50, 0x5a, 0x5f].map(|magic| skip(magic, length));
            let bytes = [&a[..], &b, &data[0], &c, &a, &data[1], &b].concat();
            let mut reader = sample::reader(&bytes).unwrap();
            assert_eq!(sample::drain(&mut reader).len(), 3);
            assert_eq!(reader.problems(), []);
            assert_eq!(reader.info().compression, Some("lz4"));
            // Cut inside of the last one.
            let mut cut = sample::reader(&bytes[..bytes.len() - 1]).unwrap();
            assert_eq!(sample::drain(&mut cut).len(), 3);
            assert_eq!(cut.problems().len(), 1);
        }
    }

    #[test]
    fn cut_anywhere_no_packet_is_made_up_and_the_cut_is_said() {
        let bytes = lz4(&sample::three_packets(false), true);
        for length in 4..bytes.len() {
            let Ok(mut reader) = sample::reader(&bytes[..length]) else {
                continue;
            };
            assert!(sample::drain(&mut reader).len() <= 3);
            assert_eq!(reader.problems().len(), 1, "{length}");
        }
    }

    #[test]
    fn damage_is_said_and_never_a_panic() {
        let bytes = lz4(&sample::three_packets(false), true);
        let mut seed = 5;
        for _ in 0..3000 {
            let mut damaged = bytes.clone();
            let at = sample::random(&mut seed) as usize % bytes.len();
            damaged[at] ^= 1 << (sample::random(&mut seed) % 8);
            if let Ok(mut reader) = sample::reader(&damaged) {
                sample::drain(&mut reader);
            }
        }
    }
}
