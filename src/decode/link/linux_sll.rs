//! Linux cooked capture v1 (`-i any`): packet type at 0, ARPHRD type at 2, address length at 4, address at 6, protocol at 14.
//! <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html>

use super::Link;
use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[113],
    name: "Linux cooked",
    open,
};

/// ARPHRD types whose protocol field says nothing.
const FRAME_RELAY: u16 = 770;
const NETLINK: u16 = 824;

fn open<'a>(frame: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let head: &[u8; 16] = frame.head()?;
    let packet_type = u16::from_be_bytes([head[0], head[1]]);
    path.packet_type = u8::try_from(packet_type).unwrap_or(u8::MAX);
    by_protocol(
        u16::from_be_bytes([head[2], head[3]]),
        u16::from_be_bytes([head[14], head[15]]),
        frame.after(16)?,
    )
}

/// The protocol field tells what follows for every hardware type: loopback (772), tun (65534) and PPP (512) included.
pub(super) fn by_protocol(arphrd: u16, protocol: u16, inside: Layer<'_>) -> Result<Next<'_>, Skip> {
    match protocol {
        _ if arphrd == NETLINK => Err(Skip::UnsupportedLinkType(253)),
        _ if arphrd == FRAME_RELAY => Ok(Next::Link(107, inside)),
        // IEEE 802.11 alone, with Prism header, and with radiotap.
        _ if arphrd == 801 => Ok(Next::Link(105, inside)),
        _ if arphrd == 802 => Ok(Next::Link(119, inside)),
        _ if arphrd == 803 => Ok(Next::Link(127, inside)),
        // Novell 802.3 without LLC, CAN, CAN FD.
        1 | 0x000c | 0x000d => Err(Skip::LinkLocal),
        4 => Ok(Next::Llc(inside)),
        _ => Ok(Next::EtherType(protocol, inside)),
    }
}
