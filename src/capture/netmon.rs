//! Microsoft Network Monitor, versions 1.x and 2.x ("Capture File Format" in the help of Network Monitor 3.4).
//!
//! ```text
//! file header (128 bytes)  0 "RTSS" (1.x) or "GMBU" (2.x)  4 minor u8  5 major u8  6 network u16
//!                          8 start: year, month, weekday, day, hour, minute, second, millisecond, u16 each
//!                          24 frame table: offset u32
//! record 1.x               0 milliseconds since the start u32  4 on the wire u16  6 captured u16  8 packet
//! record 2.x               0 microseconds since the start i64  8 on the wire u32  12 captured u32  16 packet, then
//!   from 2.1               network u16; from 2.2 process u32; from 2.3 FILETIME u64, time zone u8
//! ```
//! All numbers are little-endian. Packets stand from byte 128 to the frame table, which is not needed to read them in order. The start
//! is in local time of a zone that the file does not name: it is taken for UTC. From 2.3 on packets bear their own UTC time.

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
    name: "netmon",
    magics: &[b"RTSS", b"GMBU"],
    open: |stream| Ok(Box::new(Netmon::open(stream)?)),
};

const FILE_HEADER: usize = 128;
/// Networks of both versions and their LINKTYPE numbers; 0 is Ethernet in captures of VPNs.
const NETWORKS: &[(u16, u16)] = &[
    (0, 1),
    (1, 1),
    (2, 6),
    (3, 10),
    (7, 101),
    (8, 101),
    (9, 101),
];
/// From here on a network is a LINKTYPE number plus this.
const PCAP: u16 = 0xe000;
/// Behind this one they are no packets any more: events, and what Network Monitor knows of the machine.
const PCAP_END: u16 = 0xefff;
/// Records that hold no packet and to which Wireshark gives no number.
const UNNUMBERED: std::ops::RangeInclusive<u16> = 0xfffb..=0xffff;
/// 1 January 1601 to 1 January 1970, in units of 100 ns.
const FILETIME_EPOCH: i128 = 116_444_736_000_000_000;

/// A file behind its header.
#[derive(Debug)]
struct Netmon {
    major: u8,
    minor: u8,
    /// LINKTYPE number where packets have none of their own.
    link_type: u16,
    /// Start of the capture, ns since 1970.
    start: i128,
    /// Where packets end.
    end: u64,
    link_types: Vec<u16>,
}

/// The numbers of a record.
#[derive(Clone, Copy, Debug)]
struct Header {
    /// Its own length in bytes, and that of what follows the packet.
    length: usize,
    trailer: usize,
    /// Nanoseconds since the start.
    since: i128,
    on_wire: u32,
    captured: u32,
}

impl Netmon {
    fn open(stream: &mut Stream) -> Result<Self, String> {
        stream.buffer.ensure(FILE_HEADER);
        let bytes = stream.buffer.bytes();
        let there = bytes.len();
        let Some(header) = bytes.first_chunk::<FILE_HEADER>() else {
            return Err(format!(
                "a Network Monitor header has {FILE_HEADER} bytes, {there} are there"
            ));
        };
        let [_, _, _, _, minor, major, ..] = *header;
        if !matches!(major, 1 | 2) {
            return Err(format!("its Network Monitor version is {major}.{minor}"));
        }
        let network = short(header, 6).unwrap_or(0);
        let end = number(header, 24, false).unwrap_or(0);
        let netmon = Self {
            major,
            minor,
            link_type: link_type(network),
            start: start(header),
            // Not written yet where the capture was not ended.
            end: match u64::from(end) {
                0..128 => u64::MAX,
                end => end,
            },
            link_types: Vec::new(),
        };
        stream.buffer.consume(FILE_HEADER);
        Ok(netmon)
    }

    fn header(&self, bytes: &[u8]) -> Option<Header> {
        if self.major == 1 {
            let since = number(bytes, 0, false)?;
            return Some(Header {
                length: 8,
                trailer: 0,
                since: i128::from(since) * 1_000_000,
                on_wire: u32::from(short(bytes, 4)?),
                captured: u32::from(short(bytes, 6)?),
            });
        }
        let since = i64::from_le_bytes(*bytes.first_chunk::<8>()?);
        Some(Header {
            length: 16,
            trailer: match self.minor {
                0 => 0,
                1 => 2,
                2 => 6,
                _ => 15,
            },
            // Times before the start wrap when multiplied, and are meant to.
            since: i128::from(since.wrapping_mul(10)) * 100,
            on_wire: number(bytes, 8, false)?,
            captured: number(bytes, 12, false)?,
        })
    }

    /// Network and time of a packet, from what follows it.
    fn trailer(&self, trailer: &[u8], since: i128) -> (Option<u16>, i128) {
        let network = short(trailer, 0);
        let own = trailer.get(6..).and_then(|rest| rest.first_chunk::<8>());
        let at = own.map_or(self.start + since, |time| {
            (i128::from(u64::from_le_bytes(*time)) - FILETIME_EPOCH) * 100
        });
        (network, at)
    }

    fn record(&mut self, stream: &mut Stream) -> Result<Option<Record>, ()> {
        let at = stream.buffer.offset();
        if at >= self.end {
            return Err(());
        }
        stream.buffer.ensure(16);
        let least = if self.major == 1 { 8 } else { 16 };
        let Some(header) = self.header(stream.buffer.bytes()) else {
            stream.finish("a record header", Some(least));
            return Err(());
        };
        let size = header
            .length
            .saturating_add(narrow(header.captured))
            .saturating_add(header.trailer);
        if header.captured > MAX_PACKET || at.saturating_add(super::stream::widen(size)) > self.end
        {
            let what = format!("a record that holds {} bytes", header.captured);
            stream.give_up(&what);
            return Err(());
        }
        if !stream.buffer.ensure(size) {
            stream.finish("a packet", Some(size));
            return Err(());
        }
        let trailer_at = header.length + narrow(header.captured);
        let trailer = stream.buffer.bytes().get(trailer_at..size);
        let (network, time) = self.trailer(trailer.unwrap_or_default(), header.since);
        let position = stream.buffer.position() + header.length;
        stream.buffer.consume(size);
        if network.is_some_and(|network| UNNUMBERED.contains(&network)) {
            return Ok(None);
        }
        stream.frames += 1;
        let link_type = network.map_or(self.link_type, link_type);
        if !self.link_types.contains(&link_type) {
            self.link_types.push(link_type);
        }
        Ok(Some(Record {
            position,
            length: narrow(header.captured),
            number: stream.frames,
            at: Timestamp(clamp(time)),
            link_type,
            interface: 0,
            wire_length: header.on_wire.max(header.captured),
        }))
    }
}

impl Records for Netmon {
    fn next(&mut self, stream: &mut Stream) -> Option<Record> {
        loop {
            match self.record(stream) {
                Ok(Some(record)) => return Some(record),
                Ok(None) => {}
                Err(()) => return None,
            }
        }
    }

    fn link_types(&self) -> Vec<u16> {
        if self.link_types.is_empty() {
            return vec![self.link_type];
        }
        self.link_types.clone()
    }
}

fn link_type(network: u16) -> u16 {
    if let Some(link_type) = network.checked_sub(PCAP).filter(|_| network <= PCAP_END) {
        return link_type;
    }
    NETWORKS
        .iter()
        .find(|(of, _)| *of == network)
        .map_or(UNKNOWN_LINK, |(_, link_type)| *link_type)
}

/// The start in the file header, ns since 1970; days are counted as in the Gregorian calendar, whatever the fields hold.
fn start(header: &[u8]) -> i128 {
    let field = |index: usize| i128::from(short(header, index).unwrap_or(0));
    let (year, month, day) = (field(8), field(10).clamp(1, 12), field(14));
    // Years that begin in March end with the leap day.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468;
    let seconds = days * 86_400 + field(16) * 3600 + field(18) * 60 + field(20);
    seconds * 1_000_000_000 + field(22) * 1_000_000
}

fn clamp(time: i128) -> i64 {
    i64::try_from(time).unwrap_or(if time < 0 { i64::MIN } else { i64::MAX })
}

fn short(bytes: &[u8], offset: usize) -> Option<u16> {
    let bytes = bytes.get(offset..)?.first_chunk::<2>()?;
    Some(u16::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::FILE_HEADER;
    use crate::capture::sample::Kept;
    use crate::capture::sample::drain;
    use crate::capture::sample::frames;
    use crate::capture::sample::reader;

    /// 29 February 2024, 12:34:56.789, in ns.
    const START: i64 = 1_709_210_096_789_000_000;

    fn header(major: u8, minor: u8, network: u16, table: u32) -> Vec<u8> {
        let magic = if major == 1 { b"RTSS" } else { b"GMBU" };
        let mut bytes = [&magic[..], &[minor, major], &network.to_le_bytes()].concat();
        for field in [2024_u16, 2, 4, 29, 12, 34, 56, 789] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(table.to_le_bytes());
        bytes.resize(FILE_HEADER, 0);
        bytes
    }

    fn old(since: u32, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap().to_le_bytes();
        [&since.to_le_bytes()[..], &length, &length, data].concat()
    }

    fn new(since: i64, data: &[u8], trailer: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [&since.to_le_bytes()[..], &length, &length, data, trailer].concat()
    }

    /// A capture of these records, with a table of their places behind them.
    fn file(major: u8, minor: u8, records: &[Vec<u8>]) -> Vec<u8> {
        let records = records.concat();
        let table = u32::try_from(FILE_HEADER + records.len()).unwrap();
        [header(major, minor, 1, table), records, vec![0x80; 12]].concat()
    }

    fn times(bytes: &[u8]) -> Vec<(u64, i64, u16)> {
        let tell = |frame: &Kept| (frame.0, frame.1 - START, frame.2);
        frames(bytes).iter().map(tell).collect()
    }

    #[test]
    fn packets_of_1_x_count_milliseconds_from_the_start() {
        let bytes = file(1, 1, &[old(0, b"abc"), old(1500, b"")]);
        assert_eq!(times(&bytes), [(1, 0, 1), (2, 1_500_000_000, 1)]);
        assert_eq!(reader(&bytes).unwrap().info().format, "netmon");
    }

    #[test]
    fn packets_of_2_x_count_microseconds_of_either_sign_and_may_have_their_own_link() {
        let raw = 0xe000_u16 + 101;
        let trailer = |network: u16| [&network.to_le_bytes()[..], &[0; 4]].concat();
        let bytes = file(
            2,
            2,
            &[
                new(5, b"abc", &trailer(1)),
                new(-7, b"abc", &trailer(raw)),
                new(9, b"what it knows of the machine", &trailer(0xfffd)),
                new(9, b"abc", &trailer(0xffe0)),
            ],
        );
        assert_eq!(
            times(&bytes),
            [(1, 5000, 1), (2, -7000, 101), (3, 9000, 0xffff)]
        );
        let plain = file(2, 0, &[new(1, b"abc", b"")]);
        assert_eq!(times(&plain), [(1, 1000, 1)]);
    }

    #[test]
    fn packets_of_2_3_have_a_time_of_their_own() {
        let time = 116_444_736_000_000_000_u64 + u64::try_from(START).unwrap() / 100 + 3;
        let trailer = [&[1, 0, 0, 0, 0, 0][..], &time.to_le_bytes(), &[0]].concat();
        let bytes = file(2, 3, &[new(99, b"abc", &trailer)]);
        assert_eq!(times(&bytes), [(1, 300, 1)]);
        let absurd = [&[1, 0, 0, 0, 0, 0][..], &[0xff; 8], &[0]].concat();
        assert_eq!(
            frames(&file(2, 3, &[new(99, b"abc", &absurd)]))[0].1,
            i64::MAX
        );
    }

    #[test]
    fn cut_anywhere_all_whole_packets_are_there_and_the_cut_is_said() {
        let bytes = file(1, 1, &[old(0, b"abc"), old(1500, b"defg")]);
        let ends = [128, 139, 151];
        for length in FILE_HEADER..=bytes.len() {
            let mut reader = reader(&bytes[..length]).unwrap();
            let whole = ends[1..].iter().filter(|end| **end <= length).count();
            assert_eq!(drain(&mut reader).len(), whole, "{length}");
            let good = ends.contains(&length) || length > 151;
            assert_eq!(reader.problems().is_empty(), good, "{length}");
        }
        for length in 4..FILE_HEADER {
            assert!(reader(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn a_file_that_was_not_ended_is_read_to_its_present_end() {
        let bytes = [header(2, 0, 1, 0), new(1, b"abc", b""), new(2, b"de", b"")].concat();
        assert_eq!(frames(&bytes).len(), 2);
    }

    #[test]
    fn a_record_that_reaches_beyond_the_packets_ends_the_reading() {
        let mut bytes = file(1, 1, &[old(0, b"abc"), old(1500, b"defg")]);
        bytes[145..147].copy_from_slice(&[0xff, 0xff]);
        let mut reader = reader(&bytes).unwrap();
        assert_eq!(drain(&mut reader).len(), 1);
        assert_eq!(reader.problems()[0].code, "damaged-file");
    }
}
