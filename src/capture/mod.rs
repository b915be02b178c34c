//! Where frames come from: files, standard input, interfaces. Nothing here knows what a frame holds.

use crate::base::FrameRef;
use crate::base::Timestamp;

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
