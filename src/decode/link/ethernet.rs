//! Ethernet: destination at 0, source at 6, EtherType or length at 12, both in 6, 6 and 2 bytes (IEEE 802.3 section 3.2).

use super::Link;
use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[1],
    name: "Ethernet",
    open,
};

#[inline]
pub(super) fn open<'a>(frame: Layer<'a>, _path: &mut Path) -> Result<Next<'a>, Skip> {
    let head: &[u8; 14] = frame.head()?;
    let ether_type = u16::from_be_bytes([head[12], head[13]]);
    Ok(Next::EtherType(ether_type, frame.after(14)?))
}
