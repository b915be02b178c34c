//! Linux cooked capture v2: protocol at 0, interface index at 4, ARPHRD type at 8, packet type at 10, address at 12.
//! <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html>

use super::Link;
use super::Next;
use super::linux_sll::by_protocol;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[276],
    name: "Linux cooked v2",
    open,
};

fn open<'a>(frame: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let head: &[u8; 20] = frame.head()?;
    path.interface = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
    path.packet_type = head[10];
    by_protocol(
        u16::from_be_bytes([head[8], head[9]]),
        u16::from_be_bytes([head[0], head[1]]),
        frame.after(20)?,
    )
}
