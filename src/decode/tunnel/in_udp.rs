//! Tunnels over UDP with a small header or none: generic UDP encapsulation (draft-ietf-intarea-gue section 3), IP at once (FOU), MPLS
//! (RFC 7510), and LISP (RFC 9300 section 5.1). What proves them is the packet inside.

use super::Tunnel;
use super::ether_ip;
use super::gre;
use super::kind;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::link::Next;
use crate::decode::plausible;

pub(super) const GUE: Tunnel = Tunnel {
    protocols: &[],
    ports: &[GUE_PORT],
    name: "GUE",
};
pub(super) const MPLS: Tunnel = Tunnel {
    protocols: &[MPLS_PROTOCOL],
    ports: &[MPLS_PORT],
    name: "MPLS",
};
pub(super) const LISP: Tunnel = Tunnel {
    protocols: &[],
    ports: &[LISP_PORT],
    name: "LISP data",
};
pub(super) const GUE_PORT: u16 = 6080;
pub(super) const MPLS_PORT: u16 = 6635;
/// RFC 4023.
pub(super) const MPLS_PROTOCOL: u8 = 137;
pub(super) const LISP_PORT: u16 = 4341;

/// A control message of GUE.
const CONTROL: u8 = 0x20;
/// Labels in a datagram; each is as good as any four bytes.
const LABELS: usize = 8;
/// Of the flags of LISP: there is an instance identifier.
const INSTANCE: u8 = 0x08;

/// Version and length of the options in words at 0, protocol at 1, flags at 2; version 1 is an IP packet at once.
pub(super) fn gue<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[first, protocol, _, _] = datagram.head()?;
    if first >> 6 == 1 {
        return whole(datagram, path);
    }
    if first & !0x1f != 0 || first & CONTROL != 0 {
        return Err(Skip::Malformed);
    }
    let inside = datagram.after(4 + usize::from(first & 0x1f) * 4)?;
    match protocol {
        4 | 41 => whole(inside, path),
        47 => gre::open_in_udp(inside, path),
        97 => ether_ip::open(inside, path),
        MPLS_PROTOCOL => mpls(inside, path),
        _ => Err(Skip::Malformed),
    }
}

/// IP at once, on whatever port.
pub(super) fn fou<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    if !plausible::certain_ipv4(datagram) {
        return Err(Skip::Malformed);
    }
    whole(datagram, path)
}

fn whole<'a>(packet: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    if !plausible::whole_ip(packet) {
        return Err(Skip::Malformed);
    }
    path.tunnel = (kind::IP_IN_UDP, 0);
    Ok(Next::Ip(packet))
}

pub(super) fn mpls<'a>(datagram: Layer<'a>, _path: &mut Path) -> Result<Next<'a>, Skip> {
    let mut labels = datagram.kept.chunks_exact(4).take(LABELS);
    let last = labels.position(|label| label.get(2).is_some_and(|third| third & 1 != 0));
    let inside = datagram.after(4 * (last.ok_or(Skip::Malformed)? + 1))?;
    let pseudowire = inside.after(4).is_ok_and(plausible::ethernet);
    if plausible::whole_ip(inside) || plausible::ethernet(inside) || pseudowire {
        Ok(Next::EtherType(0x8847, datagram))
    } else {
        Err(Skip::Malformed)
    }
}

/// Flags at 0, nonce or versions at 1, instance at 4 where a flag says so.
pub(super) fn lisp<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[flags, _, _, _, i0, i1, i2, _] = datagram.head()?;
    let inside = datagram.after(8)?;
    if !plausible::whole_ip(inside) {
        return Err(Skip::Malformed);
    }
    let instance = if flags & INSTANCE == 0 {
        0
    } else {
        u32::from_be_bytes([0, i0, i1, i2])
    };
    path.tunnel = (kind::LISP, instance);
    Ok(Next::Ip(inside))
}
