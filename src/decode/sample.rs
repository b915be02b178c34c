//! Packets for tests, built from the inside out.

mod bytes;
pub(super) mod headers;
pub(super) mod links;
pub(super) mod tunnels;

use crate::base::FrameRef;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::capture::Frame;

pub(super) use bytes::ethernet;
pub(super) use bytes::ipv4;
pub(super) use bytes::ipv4_place;
pub(super) use bytes::ipv6;
pub(super) use bytes::ipv6_fragment;
pub(super) use bytes::set_checksum;
pub(super) use bytes::tcp;
pub(super) use bytes::udp;
pub(super) use bytes::udp_ports;
pub(super) use bytes::version_type;

/// A frame of Ethernet numbered 1 at second 1, kept whole.
pub(super) fn frame(link_type: u16, data: &[u8]) -> Frame<'_> {
    let wire_length = u32::try_from(data.len()).unwrap();
    let at = Timestamp(SECOND.cast_signed());
    Frame {
        frame: FrameRef::new(0, 1),
        at,
        link_type,
        interface: 0,
        data,
        wire_length,
    }
}
