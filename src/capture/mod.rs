//! Where frames come from: files, standard input, interfaces. Nothing here knows what a frame holds.
//!
//! ```text
//! file, "-" → sniff (gzip, zstd, lz4, by content) → Buffer (one read() each 256 KiB) → pcap | pcapng | FORMATS → Frame
//! several FileReaders → Merged (one timeline) → Frame
//! interfaces → Live → Frame, and moments to look around
//! ```
//!
//! Damage inside a capture is no error: what is whole is delivered, and a [`Problem`] says what is not. Read first:
//! [`FileReader`], then `pcap`. pcapng blocks are read by hand: the records must be borrowed without an allocation each, and
//! damage must leave the reader able to go on; `pcap-parser` serves as the second opinion in the tests.

mod buffer;
#[cfg(test)]
mod documented;
mod error;
mod file;
mod filter;
mod input;
#[cfg(feature = "live")]
pub mod libpcap;
#[cfg(feature = "live")]
mod live;
mod lz4;
mod merged;
mod netmon;
mod notes;
mod pcap;
mod pcapng;
mod records;
#[cfg(test)]
mod sample;
mod scan;
mod sniff;
mod snoop;
mod stream;

pub use error::Error;
pub use file::FileReader;
pub use filter::Filter;
pub use input::Drops;
pub use input::Input;
pub use input::Pause;
#[cfg(feature = "live")]
pub use live::Live;
#[cfg(feature = "live")]
pub use live::LiveOptions;
#[cfg(feature = "live")]
pub use live::default_filter;
pub use merged::Merged;
pub use notes::NamedAddress;
pub use notes::Notes;
pub use notes::Secrets;
pub use stream::Problem;

use crate::base::FrameRef;
use crate::base::Timestamp;
use std::io;
use std::io::Read;

/// One format of captures.
struct Format {
    /// Its name in the record.
    name: &'static str,
    /// What its files begin with: any of these.
    magics: &'static [&'static [u8]],
    /// Reads the file header; on failure says what was needed and what was there.
    open: fn(&mut stream::Stream) -> Result<Box<dyn records::Records>, String>,
}

/// The formats that are read beside pcap and pcapng.
const FORMATS: &[&Format] = &[&snoop::FORMAT, &netmon::FORMAT];

/// The bytes of an input, in order.
type Bytes = Box<dyn Read + Send>;

/// One compression of captures.
struct Compression {
    /// Its name in the record.
    name: &'static str,
    /// What its files begin with: any of these.
    magics: &'static [&'static [u8]],
    /// Gives what is inside.
    open: fn(Bytes) -> io::Result<Bytes>,
}

/// The compressions that are taken off, told by content.
const COMPRESSIONS: &[&Compression] = &[&sniff::GZIP, &sniff::ZSTD, &lz4::LZ4];

/// One captured frame, borrowed until the next is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Input and 1-based number in it.
    pub frame: FrameRef,
    /// When it was captured.
    pub at: Timestamp,
    /// LINKTYPE number (<https://www.tcpdump.org/linktypes.html>) of the interface it came from.
    pub link_type: u16,
    /// Interface index within its input: 0 for pcap, the IDB's number for pcapng (running on over sections).
    pub interface: u32,
    /// The bytes kept.
    pub data: &'a [u8],
    /// Length on the wire in bytes; at least `data.len()`.
    pub wire_length: u32,
}

/// Anything that hands out frames one by one.
pub trait Source {
    /// The next frame, or `None` at the end.
    ///
    /// # Errors
    /// Where the source as a whole is lost (a live interface went away). Damage in a file is no error but a [`Problem`].
    fn next(&mut self) -> Result<Option<Frame<'_>>, Error>;
}

/// What is known of one input so far; link types and snap length grow while pcapng is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceInfo {
    /// File name as given, `-` for standard input.
    pub name: String,
    /// `pcap`, `pcapng`, or the name of one of the smaller formats (docs/formats.md).
    pub format: &'static str,
    /// Outermost compression around it: `gzip`, `zstd`, `lz4`.
    pub compression: Option<&'static str>,
    /// LINKTYPE numbers announced, in order of first sight.
    pub link_types: Vec<u16>,
    /// Largest snap length announced, bytes; 0 where none is.
    pub snap_length: u32,
    /// Size of the file as stored in bytes, where known.
    pub size: Option<u64>,
}
