//! Link types with a header of one fixed form before IP, LLC or an EtherType. <https://www.tcpdump.org/linktypes.html>

use super::Link;
use super::Next;
use crate::decode::Skip;
use crate::decode::layer::Layer;

/// Access and frame control, addresses at 2 and 8, a route where the second says so (IEEE 802.5).
pub(super) const TOKEN_RING: Link = Link {
    numbers: &[6],
    name: "Token Ring",
    open: |frame, _| token_ring(frame),
};
/// Direction, and 15 bytes of a compressed header.
pub(super) const SLIP: Link = Link {
    numbers: &[8],
    name: "SLIP",
    open: |frame, _| Ok(Next::Ip(frame.after(16)?)),
};
/// RFC 2684 section 5.
pub(super) const ATM: Link = Link {
    numbers: &[100],
    name: "ATM with LLC",
    open: |frame, _| Ok(Next::Llc(frame)),
};
/// RFC 2225, with or without LLC.
pub(super) const ATM_CLIP: Link = Link {
    numbers: &[106],
    name: "classical IP over ATM",
    open: |frame, _| {
        let llc = frame.kept.starts_with(&[0xaa, 0xaa, 3]);
        Ok(if llc {
            Next::Llc(frame)
        } else {
            Next::Ip(frame)
        })
    },
};
/// What it is in the low bits at 0; VPI and VCI up to 4.
pub(super) const ATM_SUN: Link = Link {
    numbers: &[123],
    name: "ATM of SunATM",
    open: |frame, _| atm_sun(frame),
};
/// Address family, security association and flags: packets of OpenBSD's `enc0`, as IPsec had them inside.
pub(super) const ENC: Link = Link {
    numbers: &[109],
    name: "OpenBSD enc",
    open: |frame, _| Ok(Next::Ip(frame.after(12)?)),
};
/// Length at 0, rounded up to words; address family at 1.
pub(super) const PFLOG: Link = Link {
    numbers: &[117],
    name: "OpenBSD pflog",
    open: |frame, _| pflog(frame),
};
/// Addresses in 16 bytes (RFC 2625).
pub(super) const FIBRE_CHANNEL: Link = Link {
    numbers: &[122],
    name: "IP over Fibre Channel",
    open: |frame, _| Ok(Next::Llc(frame.after(16)?)),
};
/// Addresses in 16 bytes, EtherType at 16 (RFC 2734).
pub(super) const FIREWIRE: Link = Link {
    numbers: &[138],
    name: "Apple IP over IEEE 1394",
    open: |frame, _| ether_type_at(frame, 16, 18),
};
/// Version at 0, address family at 1, then lengths, interfaces and zones up to 24.
pub(super) const IPNET: Link = Link {
    numbers: &[226],
    name: "Solaris ipnet",
    open: |frame, _| Ok(Next::Ip(frame.after(24)?)),
};
/// A global route header of 40 bytes, EtherType, two bytes reserved (RFC 4391).
pub(super) const INFINIBAND: Link = Link {
    numbers: &[242],
    name: "IP over InfiniBand",
    open: |frame, _| ether_type_at(frame, 40, 44),
};

fn token_ring(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let head: &[u8; 14] = frame.head()?;
    if head[1] & 0xc0 != 0x40 {
        return Err(Skip::LinkLocal);
    }
    let inside = frame.after(14)?;
    if head[8] & 0x80 == 0 {
        return Ok(Next::Llc(inside));
    }
    let &[first, _] = inside.head()?;
    Ok(Next::Llc(inside.after(usize::from(first & 0x1f).max(2))?))
}

fn atm_sun(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[flags, _, _, _] = frame.head()?;
    match flags & 0x0f {
        // LAN emulation: an identifier of two bytes, then Ethernet.
        1 => Ok(Next::Ethernet(frame.after(6)?)),
        2 => Ok(Next::Llc(frame.after(4)?)),
        _ => Err(Skip::LinkLocal),
    }
}

fn pflog(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[length] = frame.head()?;
    if length < 44 {
        return Err(Skip::Malformed);
    }
    Ok(Next::Ip(
        frame.after(usize::from(length).next_multiple_of(4))?,
    ))
}

fn ether_type_at(frame: Layer<'_>, at: usize, length: usize) -> Result<Next<'_>, Skip> {
    match frame.kept.get(at..at + 2) {
        Some(&[high, low]) => Ok(Next::EtherType(
            u16::from_be_bytes([high, low]),
            frame.after(length)?,
        )),
        _ => Err(Skip::TooShort),
    }
}
