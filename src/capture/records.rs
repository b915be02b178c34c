//! What the readers of the smaller formats have in common.

use std::fmt::Debug;

use crate::capture::stream::Record;
use crate::capture::stream::Stream;

/// Stands for a link type of a format that has no LINKTYPE number, or that nobody knows: such packets are counted, not read.
pub(super) const UNKNOWN_LINK: u16 = 0xffff;

/// Reads the packets of one format behind its file header. pcap and pcapng do not go this way: they are called directly.
pub(super) trait Records: Debug + Send {
    /// The next packet, or `None` at the end.
    fn next(&mut self, stream: &mut Stream) -> Option<Record>;
    /// LINKTYPE numbers met so far.
    fn link_types(&self) -> Vec<u16>;
}
