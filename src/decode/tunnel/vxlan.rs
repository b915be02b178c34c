//! VXLAN (RFC 7348 section 5): flags at 0, network identifier at 4 in 3 bytes, all else reserved; then an Ethernet frame. VXLAN-GPE
//! (draft-ietf-nvo3-vxlan-gpe section 3) has a next protocol at 3.
//!
//! Reserved bits are zero, but ignored on receipt: with others the packet inside must prove it.

use super::Tunnel;
use super::kind;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::link::Next;
use crate::decode::plausible;

pub(super) const TUNNEL: Tunnel = Tunnel {
    protocols: &[],
    ports: &[PORT, PORT_BEFORE_IANA, GPE_PORT],
    name: "VXLAN, VXLAN-GPE",
};
pub(super) const PORT: u16 = 4789;
/// Linux took this one before IANA assigned another, and flannel and Cilium still do; OTV has it by right, with the same header.
pub(super) const PORT_BEFORE_IANA: u16 = 8472;
pub(super) const GPE_PORT: u16 = 4790;

/// The network identifier is valid.
const I: u8 = 0x08;
/// There is a group policy (draft-smith-vxlan-group-policy section 2.1): two flags at 1, group at 2.
const G: u8 = 0x80;
const G_FLAGS: u8 = 0x48;
/// Next protocol is there (GPE).
const P: u8 = 0x04;
/// Broadcast, unknown unicast or multicast traffic (GPE).
const B: u8 = 0x02;
/// Of GPE: version, and an OAM packet.
const VERSION_OR_OAM: u8 = 0x31;

pub(super) fn open<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[flags, r0, r1, r2, .., last] = datagram.head::<8>()?;
    let fits = match flags {
        I => [r0, r1, r2] == [0; 3],
        policy => policy == I | G && r0 & !G_FLAGS == 0,
    };
    let inside = network(datagram, path)?;
    let proven = flags & I != 0 && plausible::frame_of_ip(inside);
    if (fits && last == 0) || proven {
        Ok(Next::Ethernet(inside))
    } else {
        Err(Skip::Malformed)
    }
}

/// On any port: only the flag that must be, and a frame with a whole packet in it.
pub(super) fn open_anywhere<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let inside = datagram.after(8).map_err(|_| Skip::Malformed)?;
    let packet = inside.after(14).map_err(|_| Skip::Malformed)?;
    if !matches!(*datagram.kept, [I, 0, 0, 0, _, _, _, 0, ..])
        || !plausible::ethernet(inside)
        || !plausible::whole_ip(packet)
    {
        return Err(Skip::Malformed);
    }
    open(datagram, path)
}

/// OAM packets carry no traffic and are left as they are.
pub(super) fn open_gpe<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[flags, r0, r1, protocol, .., last] = datagram.head::<8>()?;
    let inside = network(datagram, path)?;
    let fits = flags & !(P | B) == I && [r0, r1, last] == [0; 3];
    let read = flags & VERSION_OR_OAM == 0 && flags & I != 0;
    let proven = read && (plausible::within(inside) || plausible::frame_of_ip(inside));
    if !fits && !proven {
        return Err(Skip::Malformed);
    }
    match (flags & P != 0, protocol) {
        (true, 1 | 2) => Ok(Next::Ip(inside)),
        (true, 3) | (false, 0) => Ok(Next::Ethernet(inside)),
        (true, 4) => Ok(Next::EtherType(0x894f, inside)), // NSH
        (true, 5) => Ok(Next::EtherType(0x8847, inside)),
        _ => Err(Skip::Malformed),
    }
}

fn network<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Layer<'a>, Skip> {
    let &[.., v0, v1, v2, _] = datagram.head::<8>()?;
    path.tunnel = (kind::VXLAN, u32::from_be_bytes([0, v0, v1, v2]));
    datagram.after(8)
}
