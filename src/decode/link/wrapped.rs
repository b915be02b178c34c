//! Ethernet behind what a device or an analyser puts before it or into it: netANALYZER, EPON, 802.3br, Endace, and the tags that switch
//! chips put between the addresses and the EtherType. <https://www.tcpdump.org/linktypes.html>

use super::Link;
use super::Next;
use super::ether_type::tag;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const NETANALYZER: Link = Link {
    numbers: &[240],
    name: "Ethernet with netANALYZER header",
    open: |frame, _| Ok(Next::Ethernet(frame.after(4)?)),
};
pub(super) const NETANALYZER_TRANSPARENT: Link = Link {
    numbers: &[241],
    name: "Ethernet with netANALYZER header and preamble",
    open: |frame, _| Ok(Next::Ethernet(frame.after(12)?)),
};
pub(super) const EPON: Link = Link {
    numbers: &[259],
    name: "Ethernet with EPON preamble",
    open: |frame, _| Ok(Next::Ethernet(frame.after(8)?)),
};
pub(super) const MPACKET: Link = Link {
    numbers: &[274],
    name: "802.3br mPackets",
    open: |frame, _| mpacket(frame),
};
pub(super) const BROADCOM: Link = Link {
    numbers: &[281],
    name: "Ethernet with Broadcom tag",
    open: |frame, _| behind_addresses(frame),
};
pub(super) const BROADCOM_BEFORE: Link = Link {
    numbers: &[282],
    name: "Ethernet behind Broadcom tag",
    open: |frame, _| Ok(Next::Ethernet(frame.after(4)?)),
};
pub(super) const MARVELL: Link = Link {
    numbers: &[284],
    name: "Ethernet with Marvell DSA tag",
    open: marvell,
};
pub(super) const MARVELL_ETHER_TYPE: Link = Link {
    numbers: &[285],
    name: "Ethernet with Marvell EDSA tag",
    open: |frame, _| Ok(Next::Ethernet(frame)),
};
pub(super) const ERF: Link = Link {
    numbers: &[197],
    name: "Endace ERF",
    open: |frame, _| erf(frame),
};

/// Preamble, and the delimiter at 7 of a frame that nothing interrupts.
fn mpacket(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[.., delimiter] = frame.head::<8>()?;
    match delimiter {
        0xd5 => Ok(Next::Ethernet(frame.after(8)?)),
        _ => Err(Skip::Unread("interrupted Ethernet frame")),
    }
}

/// A tag of four bytes at 12, EtherType at 16.
fn behind_addresses(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[.., t0, t1] = frame.head::<18>()?;
    Ok(Next::EtherType(
        u16::from_be_bytes([t0, t1]),
        frame.after(18)?,
    ))
}

/// The tag stands in place of a VLAN tag where its bit `0x20` says so: identifier in the low bits of the last two bytes.
fn marvell<'a>(frame: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[.., first, _, high, low, _, _] = frame.head::<18>()?;
    if first & 0x20 != 0 {
        tag(u16::from_be_bytes([high, low]) & 0x0fff, path);
    }
    behind_addresses(frame)
}

/// Type at 8, of which the highest bit says that headers of eight bytes follow the first 16; in each of these too.
fn erf(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[_, _, _, _, _, _, _, _, kind, ..] = frame.head::<16>()?;
    let (mut more, mut inside) = (kind, frame.after(16)?);
    while more & 0x80 != 0 {
        let &[first, ..] = inside.head::<8>()?;
        (more, inside) = (first, inside.after(8)?);
    }
    match kind & 0x7f {
        // With two bytes of offset and padding before Ethernet.
        2 | 11 | 16 | 21 => Ok(Next::Ethernet(inside.after(2)?)),
        1 | 10 | 17 | 20 => Ok(Next::Hdlc(inside)),
        22 | 23 => Ok(Next::Ip(inside)),
        _ => Err(Skip::Unread("another kind of ERF record")),
    }
}
