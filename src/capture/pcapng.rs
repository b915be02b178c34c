//! The pcapng format, <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html>.
//!
//! ```text
//! block   0 type u32   4 total length u32   8 body, padded to 4 bytes   total length - 4: total length again
//! ```
//! Byte order is the section's. Block types that Wireshark shows as frames count as frames here, packets or not, so that
//! frame numbers agree.

use crate::base::Timestamp;
use crate::capture::scan;
use crate::capture::scan::number;
use crate::capture::stream::Record;
use crate::capture::stream::Stream;
use crate::capture::stream::narrow;

mod interface;
use interface::Interface;

/// Section Header Block, the same in both byte orders.
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
/// Packet Block, obsolete.
const OLD_PACKET: u32 = 2;
const SIMPLE: u32 = 3;
const ENHANCED: u32 = 6;
/// Blocks without packets that Wireshark gives a frame number: systemd journal, custom (to copy, not to copy), sysdig events.
const OTHER_FRAMES: [u32; 6] = [9, 0x0000_0bad, 0x4000_0bad, 0x204, 0x216, 0x221];
const NAMES: u32 = 4;
const SECRETS: u32 = 10;
/// Types a search for the next block believes: the above, name resolution, statistics and decryption secrets.
const KNOWN: [u32; 14] = [
    SECTION,
    INTERFACE,
    OLD_PACKET,
    SIMPLE,
    NAMES,
    5,
    ENHANCED,
    9,
    SECRETS,
    0x0000_0bad,
    0x4000_0bad,
    0x204,
    0x216,
    0x221,
];
/// `4d 3c 2b 1a` in a little-endian section.
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
/// Longest block taken, as in Wireshark.
const MAX_BLOCK: usize = 16 * 1024 * 1024;
/// Most interfaces kept of a section.
const MAX_INTERFACES: usize = 65_536;

/// A pcapng file behind its first block header.
#[derive(Debug, Default)]
pub(super) struct PcapNg {
    big_endian: bool,
    /// Interfaces of this section.
    interfaces: Vec<Interface>,
    /// Number of interfaces in the sections before.
    earlier_interfaces: u32,
    /// Time of the last packet, for simple packets, which have none.
    last: Timestamp,
    unknown: u64,
    /// LINKTYPE numbers announced so far.
    pub(super) link_types: Vec<u16>,
    /// Largest snap length announced so far.
    pub(super) snap_length: u32,
}

/// What a block turned out to be.
enum Block {
    Packet(Record),
    Other,
    End,
}

impl PcapNg {
    /// Whether `bytes` begin like a pcapng file.
    pub(super) fn is_magic(bytes: &[u8]) -> bool {
        bytes.starts_with(&SECTION.to_le_bytes())
    }

    /// Checks the first section header without consuming it; on failure says what was needed and what was there.
    pub(super) fn open(stream: &mut Stream) -> Result<Self, String> {
        stream.buffer.ensure(28);
        let bytes = stream.buffer.bytes();
        let there = bytes.len();
        let big_endian = byte_order(bytes).ok_or_else(|| match bytes.get(8..12) {
            Some([a, b, c, d]) => format!("the byte-order magic is {a:02x} {b:02x} {c:02x} {d:02x}, not 1a 2b 3c 4d or its reverse"),
            _ => format!("a section header has at least 28 bytes, {there} are there"),
        })?;
        let total = narrow(number(bytes, 4, big_endian).unwrap_or(0));
        if !(28..=MAX_BLOCK).contains(&total) {
            return Err(format!("the section header says it is {total} bytes long"));
        }
        if !stream.buffer.ensure(total) {
            let there = stream.buffer.bytes().len();
            return Err(format!(
                "the section header has {total} bytes, {there} are there"
            ));
        }
        Ok(Self {
            big_endian,
            ..Self::default()
        })
    }

    /// The next packet, or `None` at the end.
    #[inline]
    pub(super) fn next(&mut self, stream: &mut Stream) -> Option<Record> {
        loop {
            match self.block(stream) {
                Block::Packet(record) => {
                    self.last = record.at;
                    return Some(record);
                }
                Block::Other => {}
                Block::End => return None,
            }
        }
    }

    #[inline]
    fn block(&mut self, stream: &mut Stream) -> Block {
        stream.buffer.ensure(12);
        let bytes = stream.buffer.bytes();
        let (Some(kind), Some(total)) = (
            number(bytes, 0, self.big_endian),
            number(bytes, 4, self.big_endian),
        ) else {
            return self.end(stream, "a block header", Some(12));
        };
        if kind == SECTION && byte_order(bytes).is_some_and(|order| order != self.big_endian) {
            // A section in the other byte order: its length is to be read in that one.
            self.big_endian = !self.big_endian;
            return Block::Other;
        }
        let total = narrow(total);
        if total < 12 || !total.is_multiple_of(4) || total > MAX_BLOCK {
            return self.resync(stream, "a block", total);
        }
        if !stream.buffer.ensure(total) {
            return self.cut(stream, total);
        }
        if number(stream.buffer.bytes(), total - 4, self.big_endian).map(narrow) != Some(total)
            && !self.next_is_block(stream, total)
        {
            return self.resync(stream, "a block whose two lengths differ", total);
        }
        let block = match kind {
            ENHANCED => self.packet(stream, total, false),
            OLD_PACKET => self.packet(stream, total, true),
            SIMPLE => self.simple(stream, total),
            _ => {
                self.other(stream, kind, total);
                None
            }
        };
        stream.buffer.consume(total);
        block.map_or(Block::Other, Block::Packet)
    }

    /// Enhanced Packet Block: 8 interface u32, 12 time (high u32, low u32), 20 captured u32, 24 on the wire u32, 28 data.
    /// The obsolete Packet Block has 8 interface u16, 10 drop count u16 instead.
    #[inline]
    fn packet(&mut self, stream: &mut Stream, total: usize, old: bool) -> Option<Record> {
        stream.frames += 1;
        let bytes = stream.buffer.bytes();
        let field = |offset| number(bytes, offset, self.big_endian);
        let (Some(first), Some(high), Some(low)) = (field(8), field(12), field(16)) else {
            return bad_packet(stream, total);
        };
        let (Some(captured), Some(on_wire)) = (field(20), field(24)) else {
            return bad_packet(stream, total);
        };
        let index = match (old, self.big_endian) {
            (false, _) => first,
            (true, false) => first & 0xffff,
            (true, true) => first >> 16,
        };
        if narrow(captured) > total.saturating_sub(32) {
            return bad_packet(stream, total);
        }
        let Some(interface) = self.interfaces.get(narrow(index)) else {
            return self.unknown_interface(stream, index);
        };
        let options = 28 + narrow(captured).next_multiple_of(4);
        if options + 8 <= total {
            let options = bytes.get(options..total - 4).unwrap_or_default();
            stream
                .notes
                .read_comments(options, self.big_endian, stream.frames);
        }
        Some(Record {
            position: stream.buffer.position() + 28,
            length: narrow(captured),
            number: stream.frames,
            at: interface.time(u64::from(high) << 32 | u64::from(low)),
            link_type: interface.link_type,
            interface: self.earlier_interfaces.saturating_add(index),
            wire_length: on_wire.max(captured),
        })
    }

    /// Simple Packet Block: 8 on the wire u32, 12 data. Interface 0, no time: the last packet's stands for it.
    fn simple(&mut self, stream: &mut Stream, total: usize) -> Option<Record> {
        stream.frames += 1;
        let on_wire = number(stream.buffer.bytes(), 8, self.big_endian)?;
        let Some(interface) = self.interfaces.first() else {
            return self.unknown_interface(stream, 0);
        };
        let kept = if interface.snap_length == 0 {
            on_wire
        } else {
            on_wire.min(interface.snap_length)
        };
        Some(Record {
            position: stream.buffer.position() + 12,
            length: narrow(kept).min(total.saturating_sub(16)),
            number: stream.frames,
            at: self.last,
            link_type: interface.link_type,
            interface: self.earlier_interfaces,
            wire_length: on_wire,
        })
    }

    fn other(&mut self, stream: &mut Stream, kind: u32, total: usize) {
        match kind {
            SECTION => {
                let count = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
                self.earlier_interfaces = self.earlier_interfaces.saturating_add(count);
                self.interfaces.clear();
            }
            INTERFACE => {
                let body = stream.buffer.bytes().get(8..total - 4).unwrap_or_default();
                let Some(interface) = Interface::parse(body, self.big_endian) else {
                    let offset = stream.buffer.offset();
                    stream.report(
                        "damaged-file",
                        format!(
                            "the interface description at byte {offset} is too short ({total})"
                        ),
                    );
                    return;
                };
                if self.interfaces.len() == MAX_INTERFACES {
                    return;
                }
                self.snap_length = self.snap_length.max(interface.snap_length);
                if !self.link_types.contains(&interface.link_type) {
                    self.link_types.push(interface.link_type);
                }
                self.interfaces.push(interface);
            }
            NAMES | SECRETS => {
                let body = stream.buffer.bytes().get(8..total - 4).unwrap_or_default();
                if kind == NAMES {
                    stream
                        .notes
                        .read_names(body, self.big_endian, stream.frames);
                } else {
                    stream.notes.read_secrets(body, self.big_endian);
                }
            }
            _ if OTHER_FRAMES.contains(&kind) => stream.frames += 1,
            _ => {}
        }
    }

    #[cold]
    fn unknown_interface(&mut self, stream: &mut Stream, index: u32) -> Option<Record> {
        self.unknown += 1;
        if self.unknown == 1 {
            let (known, frame) = (self.interfaces.len(), stream.frames);
            let text = format!(
                "frame {frame} is of interface {index} of its section, which describes {known}; such packets cannot be read"
            );
            stream.report_after(frame.saturating_sub(1), "unknown-interface", text);
        }
        None
    }

    #[cold]
    fn end(&self, stream: &mut Stream, what: &str, needed: Option<usize>) -> Block {
        stream.finish(what, needed);
        if self.unknown > 1 {
            let text = format!(
                "{} packets in all are of interfaces that nothing describes",
                self.unknown
            );
            stream.report("unknown-interface", text);
        }
        Block::End
    }

    /// The input ends inside a block. Or its length is damaged, and true blocks follow inside.
    #[cold]
    fn cut(&mut self, stream: &mut Stream, total: usize) -> Block {
        if self.find(stream.buffer.bytes(), 4, usize::MAX).is_some() {
            return self.resync(stream, "a block longer than the rest of the file", total);
        }
        self.end(stream, "a block", Some(total))
    }

    /// Whether only the trailing length is damaged: what follows is a block, or the end.
    #[cold]
    fn next_is_block(&self, stream: &mut Stream, total: usize) -> bool {
        stream.buffer.ensure(total + 12);
        let bytes = stream.buffer.bytes().get(total..).unwrap_or_default();
        let good = bytes.is_empty() || self.is_block_start(bytes);
        if good {
            let offset = stream.buffer.offset();
            let text = format!(
                "the block behind frame {} (byte {offset}) has two different lengths; the first fits",
                stream.frames
            );
            stream.report("damaged-file", text);
        }
        good
    }

    /// Looks for the next whole block of a known type, to the end of the input if need be.
    #[cold]
    fn resync(&mut self, stream: &mut Stream, what: &str, total: usize) -> Block {
        let from = stream.buffer.offset();
        let frame = stream.frames;
        let mut searched = 0;
        loop {
            let more = stream.buffer.ensure(scan::WINDOW);
            let bytes = stream.buffer.bytes();
            let stop = if more {
                bytes.len().saturating_sub(scan::REACH)
            } else {
                bytes.len()
            };
            let found = self.find(bytes, 1, stop);
            let step = found.unwrap_or(if more {
                stop.saturating_sub(1)
            } else {
                bytes.len()
            });
            stream.buffer.consume(step);
            searched += super::stream::widen(step);
            if found.is_none() && more {
                continue;
            }
            let then = match found {
                Some(_) => format!(
                    "reading goes on {searched} bytes later, at byte {}",
                    from + searched
                ),
                None => "no block is found after it".to_owned(),
            };
            let text = format!(
                "damaged behind frame {frame} (byte {from}): {what}, length {total}; {then}"
            );
            stream.report("damaged-file", text);
            return if found.is_some() {
                Block::Other
            } else {
                self.end(stream, "", None)
            };
        }
    }

    /// The first place from `from` to before `stop` where a whole block of a known type stands.
    fn find(&self, bytes: &[u8], from: usize, stop: usize) -> Option<usize> {
        (from..stop.min(bytes.len())).find(|at| {
            let rest = bytes.get(*at..).unwrap_or_default();
            if !self.is_block_start(rest) {
                return false;
            }
            let order = byte_order(rest).unwrap_or(self.big_endian);
            let total = number(rest, 4, order).map_or(0, narrow);
            total <= scan::REACH
                && number(rest, total.saturating_sub(4), order).map(narrow) == Some(total)
        })
    }

    fn is_block_start(&self, bytes: &[u8]) -> bool {
        let Some(kind) = number(bytes, 0, self.big_endian) else {
            return false;
        };
        if !KNOWN.contains(&kind) {
            return false;
        }
        let order = if kind == SECTION {
            byte_order(bytes)
        } else {
            Some(self.big_endian)
        };
        let least = match kind {
            SECTION => 28,
            INTERFACE => 20,
            OLD_PACKET | ENHANCED => 32,
            SIMPLE | 0x0000_0bad | 0x4000_0bad => 16,
            _ => 12,
        };
        let total = order
            .and_then(|order| number(bytes, 4, order))
            .map_or(0, narrow);
        (least..=MAX_BLOCK).contains(&total) && total.is_multiple_of(4)
    }
}

/// The byte order of a section, `true` for big-endian, if `bytes` begin with a section header.
#[inline]
fn byte_order(bytes: &[u8]) -> Option<bool> {
    if !PcapNg::is_magic(bytes) {
        return None;
    }
    match number(bytes, 8, false)? {
        BYTE_ORDER => Some(false),
        magic if magic.swap_bytes() == BYTE_ORDER => Some(true),
        _ => None,
    }
}

#[cold]
fn bad_packet(stream: &mut Stream, total: usize) -> Option<Record> {
    let (frame, offset) = (stream.frames, stream.buffer.offset());
    let text = format!(
        "frame {frame} (byte {offset}) says it holds more than its block of {total} bytes; it cannot be read"
    );
    stream.report_after(frame.saturating_sub(1), "damaged-file", text);
    None
}

#[cfg(test)]
mod tests;
