//! Captures in lz4's frame format (<https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md>), of any number of frames.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;

use super::Compression;
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
        Ok(Box::new(Frames(Some(decoder(BufReader::with_capacity(
            READ, tail,
        ))))))
    },
};

const FRAME: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// What `lz4 -l` writes: blocks without an end mark.
const LEGACY: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];
/// Bytes taken at once of what is compressed.
const READ: usize = 64 * 1024;

type Input = BufReader<Tail>;

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
            let mut input = match self.0.take() {
                Some(frame) => frame.into_inner(),
                None => return Ok(0),
            };
            let rest = input.fill_buf()?;
            if rest.is_empty() {
                let whole = input.get_ref().ends_a_frame();
                return if whole {
                    Ok(0)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
            // Each frame has a decoder of its own: sizes of blocks differ between frames.
            self.0 = Some(decoder(input));
        }
        Ok(0)
    }
}

fn decoder(input: Input) -> FrameDecoder<Input> {
    FrameDecoder::new(input)
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
