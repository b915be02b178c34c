//! What an EtherType says follows: VLAN tags, MPLS, PPPoE, MACsec, LLC, or something without IP in it.

use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::tunnel::kind;
use etherparse::MacsecHeaderSlice;

pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86dd;

/// Goes past one header.
pub(super) fn open<'a>(
    ether_type: u16,
    inside: Layer<'a>,
    path: &mut Path,
) -> Result<Next<'a>, Skip> {
    match ether_type {
        IPV4 | IPV6 => Ok(Next::Ip(inside)),
        0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => vlan(inside, path),
        0x8847 | 0x8848 => mpls(inside, path),
        0x8864 => pppoe(inside),
        0x88e5 => macsec(inside),
        // VN-Tag (IEEE 802.1BR): four bytes, then an EtherType.
        0x8926 => {
            let &[_, _, _, _, t0, t1] = inside.head()?;
            Ok(Next::EtherType(
                u16::from_be_bytes([t0, t1]),
                inside.after(6)?,
            ))
        }
        // Provider backbone bridging (IEEE 802.1ah) and FabricPath: a tag, then a frame.
        0x88e7 => Ok(Next::Ethernet(inside.after(4)?)),
        0x8903 => Ok(Next::Ethernet(inside.after(2)?)),
        // Up to 1500 it is the length of an IEEE 802.3 frame.
        0..=1500 => Ok(Next::Llc(inside.limited(usize::from(ether_type)))),
        // ARP, RARP, PPPoE discovery, EAPOL and its pre-authentication, LLDP, pause, LACP, CFM, loop detection, CDP and IPX of old.
        0x0806 | 0x8035 | 0x8863 | 0x888e | 0x88c7 | 0x88cc | 0x8808 | 0x8809 | 0x8902 | 0x9000
        | 0x2000 | 0x8137 | 0xffff => Err(Skip::LinkLocal),
        other => Err(Skip::UnsupportedEtherType(other)),
    }
}

/// Tag control information at 0, EtherType at 2, 2 bytes each (IEEE 802.1Q section 9.6).
#[inline]
fn vlan<'a>(tag: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[high, low, t0, t1] = tag.head()?;
    let id = u16::from_be_bytes([high, low]) & 0x0fff;
    let [.., last] = &mut path.vlans;
    // More than four are folded into the last, so that differing stacks stay different.
    let folded = last.rotate_left(4) ^ id;
    match path.vlans.iter_mut().find(|vlan| **vlan == 0) {
        Some(free) => *free = id,
        None => path.vlans[3] = folded,
    }
    Ok(Next::EtherType(u16::from_be_bytes([t0, t1]), tag.after(4)?))
}

/// Labels of 4 bytes, the last of which has the lowest bit of its third byte set (RFC 3032 section 2.1). What follows is not
/// said; its first four bits tell IPv4, IPv6, or the control word of a pseudowire (RFC 4385), taken to be Ethernet.
fn mpls<'a>(mut label: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    loop {
        let &[a, b, c, _] = label.head()?;
        label = label.after(4)?;
        if c & 1 != 0 {
            path.tunnel = (kind::MPLS, u32::from_be_bytes([0, a, b, c]) >> 4);
            break;
        }
    }
    match label.kept.first().map(|first| first >> 4) {
        Some(4 | 6) => Ok(Next::Ip(label)),
        Some(0) => Ok(Next::Ethernet(label.after(4)?)),
        Some(1) => Err(Skip::LinkLocal), // associated channel (RFC 5586): operation and maintenance
        Some(_) => Ok(Next::Ethernet(label)), // pseudowire without control word
        None => Err(Skip::TooShort),
    }
}

/// Version and type at 0, code at 1, session at 2, length at 4 (RFC 2516 section 4); then PPP.
pub(super) fn pppoe(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[_, code, _, _, high, low] = header.head()?;
    if code != 0 {
        return Err(Skip::LinkLocal); // discovery
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    let inside = header.after(6)?;
    Ok(Next::Ppp(if length == 0 {
        inside
    } else {
        inside.limited(length)
    }))
}

/// MACsec (IEEE 802.1AE) that authenticates only; the integrity check value behind the packet is cut off as padding is.
fn macsec(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    let Ok(tag) = MacsecHeaderSlice::from_slice(header.kept) else {
        return Err(Skip::UnsupportedEtherType(0x88e5));
    };
    match tag.next_ether_type() {
        Some(next) => {
            // The EtherType is counted with the tag's header.
            let inside = header.after(tag.header_len())?;
            Ok(Next::EtherType(next.0, inside))
        }
        None => Err(Skip::UnsupportedEtherType(0x88e5)),
    }
}
