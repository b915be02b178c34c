//! The format of Solaris' snoop, RFC 1761; Shomiti and Finisar wrote it too, with more behind each packet.
//!
//! ```text
//! file header (16 bytes)   0 "snoop\0\0\0"  8 version u32  12 data link u32
//! record header (24)       0 on the wire u32  4 captured u32  8 record length u32, with header and padding
//!                          12 packets dropped so far u32  16 seconds u32  20 microseconds u32
//! ```
//! All numbers are big-endian.

use super::Format;
use super::pcap::MAX_PACKET;
use super::records::Records;
use super::records::UNKNOWN_LINK;
use super::scan::number;
use super::stream::Record;
use super::stream::Stream;
use super::stream::narrow;
use crate::base::Timestamp;

pub(super) const FORMAT: Format = Format {
    name: "snoop",
    magics: &[MAGIC],
    open: |stream| Ok(Box::new(Snoop::open(stream)?)),
};

const MAGIC: &[u8] = b"snoop\0\0\0";
const FILE_HEADER: usize = 16;
const HEADER: usize = 24;
/// Data links (RFC 1761, IANA's "Snoop Datalink Types", Solaris' dlpi.h), and their LINKTYPE numbers: Ethernet twice, token
/// ring, FDDI, "other" and loopback (BSD's), Fibre Channel, SunATM, InfiniBand, ipnet.
const LINKS: &[(u32, u16)] = &[
    (0, 1),
    (2, 6),
    (4, 1),
    (8, 10),
    (9, 0),
    (14, 0),
    (16, 122),
    (18, 123),
    (26, 242),
    (0x8000_0005, 226),
];
/// What Surveyor (versions 3 to 5) uses besides: Ethernet at 100, 1000 and 10,000 Mbit/s.
const SURVEYOR: &[u32] = &[10, 12, 19];

/// A file behind its header.
#[derive(Debug)]
struct Snoop {
    link_type: u16,
}

impl Snoop {
    fn open(stream: &mut Stream) -> Result<Self, String> {
        stream.buffer.ensure(FILE_HEADER);
        let bytes = stream.buffer.bytes();
        let (Some(version), Some(link)) = (number(bytes, 8, true), number(bytes, 12, true)) else {
            let there = bytes.len();
            return Err(format!(
                "a snoop header has {FILE_HEADER} bytes, {there} are there"
            ));
        };
        if !(2..=5).contains(&version) {
            return Err(format!("its snoop version is {version}, not 2 (RFC 1761)"));
        }
        stream.buffer.consume(FILE_HEADER);
        let known = LINKS.iter().find(|(of, _)| *of == link);
        let link_type = match known {
            _ if version > 2 && SURVEYOR.contains(&link) => 1,
            Some((_, link_type)) => *link_type,
            None => UNKNOWN_LINK,
        };
        Ok(Self { link_type })
    }
}

impl Records for Snoop {
    fn next(&mut self, stream: &mut Stream) -> Option<Record> {
        stream.buffer.ensure(HEADER);
        let bytes = stream.buffer.bytes();
        let field = |offset| number(bytes, offset, true);
        let (Some(on_wire), Some(captured), Some(length)) = (field(0), field(4), field(8)) else {
            stream.finish("a record header", Some(HEADER));
            return None;
        };
        let (Some(seconds), Some(microseconds)) = (field(16), field(20)) else {
            stream.finish("a record header", Some(HEADER));
            return None;
        };
        let size = narrow(length);
        if captured > MAX_PACKET || size < HEADER.saturating_add(narrow(captured)) {
            let what = format!("a record of {length} bytes that holds {captured}");
            stream.give_up(&what);
            return None;
        }
        if !stream.buffer.ensure(size) {
            stream.finish("a packet", Some(size));
            return None;
        }
        stream.frames += 1;
        let position = stream.buffer.position() + HEADER;
        stream.buffer.consume(size);
        let at = i64::from(seconds) * 1_000_000_000 + i64::from(microseconds) * 1000;
        Some(Record {
            position,
            length: narrow(captured),
            number: stream.frames,
            at: Timestamp(at),
            link_type: self.link_type,
            interface: 0,
            wire_length: on_wire.max(captured),
        })
    }

    fn link_types(&self) -> Vec<u16> {
        vec![self.link_type]
    }
}

#[cfg(test)]
mod tests {
    use crate::capture::sample::drain;
    use crate::capture::sample::frames;
    use crate::capture::sample::reader;

    fn record(seconds: u32, data: &[u8]) -> Vec<u8> {
        let length = data.len() as u32;
        let padded = data.len().next_multiple_of(4);
        let fields = [length, length, 24 + padded as u32, 0, seconds, 7];
        let mut bytes: Vec<u8> = fields
            .iter()
            .flat_map(|field| field.to_be_bytes())
            .collect();
        bytes.extend_from_slice(data);
        bytes.resize(24 + padded, 0);
        bytes
    }

    fn header(version: u32, link: u32) -> Vec<u8> {
        [
            &b"snoop\0\0\0"[..],
            &version.to_be_bytes(),
            &link.to_be_bytes(),
        ]
        .concat()
    }

    fn three() -> Vec<u8> {
        let records = [
            record(1, b"abcde"),
            record(0, b""),
            record(u32::MAX, b"xyz"),
        ];
        [header(2, 4), records.concat()].concat()
    }

    #[test]
    fn packets_are_given_without_their_padding_and_with_times_up_to_2106() {
        assert_eq!(
            frames(&three()),
            [
                (1, 1_000_007_000, 1, 0, 5, b"abcde".to_vec()),
                (2, 7000, 1, 0, 0, Vec::new()),
                (3, 4_294_967_295_000_007_000, 1, 0, 3, b"xyz".to_vec()),
            ]
        );
        let reader = reader(&three()).unwrap();
        assert_eq!(reader.info().format, "snoop");
        assert_eq!(reader.info().link_types, [1]);
    }

    #[test]
    fn cut_anywhere_all_whole_packets_are_there_and_the_cut_is_said() {
        let bytes = three();
        let ends = [16, 48, 72, 100];
        for length in 16..=bytes.len() {
            let mut reader = reader(&bytes[..length]).unwrap();
            let whole = ends[1..].iter().filter(|end| **end <= length).count();
            assert_eq!(drain(&mut reader).len(), whole, "{length}");
            assert_eq!(reader.problems().is_empty(), ends.contains(&length));
        }
        for length in 8..16 {
            let error = reader(&bytes[..length]).err().unwrap().to_string();
            assert!(error.contains("a snoop header has 16 bytes"), "{error}");
        }
    }

    #[test]
    fn a_record_that_holds_more_than_its_length_ends_the_reading() {
        let mut bytes = three();
        bytes[20..24].copy_from_slice(&50_u32.to_be_bytes());
        let mut reader = reader(&bytes).unwrap();
        assert_eq!(drain(&mut reader), []);
        assert_eq!(reader.problems()[0].code, "damaged-file");
    }

    #[test]
    fn links_of_solaris_and_of_surveyor_are_told_apart_by_the_version() {
        let link = |version, link| {
            let reader = reader(&header(version, link)).unwrap();
            reader.info().link_types[0]
        };
        assert_eq!(
            (link(2, 8), link(2, 26), link(2, 0x8000_0005)),
            (10, 242, 226)
        );
        assert_eq!((link(3, 12), link(2, 12)), (1, 0xffff));
        assert!(reader(&header(1, 4)).is_err());
    }
}
