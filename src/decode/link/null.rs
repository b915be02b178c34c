//! BSD loopback: the address family in four bytes, of the capturing host's order (NULL) or big-endian (LOOP).
//! <https://www.tcpdump.org/linktypes/LINKTYPE_NULL.html>

use super::Link;
use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[0, 108],
    name: "BSD loopback",
    open,
};

fn open<'a>(frame: Layer<'a>, _path: &mut Path) -> Result<Next<'a>, Skip> {
    let bytes: [u8; 4] = *frame.head()?;
    // Families are small numbers: the order in which this one is small is right.
    let family = u32::from_le_bytes(bytes).min(u32::from_be_bytes(bytes));
    match family {
        // AF_INET; AF_INET6 of Linux, of NetBSD and OpenBSD, of FreeBSD, of macOS. Windows (npcap) has 23.
        2 | 10 | 23 | 24 | 28 | 30 => Ok(Next::Ip(frame.after(4)?)),
        other => Err(Skip::UnsupportedAddressFamily(other)),
    }
}
