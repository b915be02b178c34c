//! GRE (RFC 2784, RFC 2890): flags and version at 0, protocol type at 2, then checksum, key and sequence number, as the flags say. In
//! it: packets, frames, mirrored frames (ERSPAN, draft-foschiano-erspan), and with version 1 PPP (PPTP, RFC 2637 section 4.1).

use super::Tunnel;
use super::kind;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::link::Next;

pub(super) const TUNNEL: Tunnel = Tunnel {
    protocols: &[47],
    ports: &[PORT],
    name: "GRE, NVGRE, ERSPAN, PPTP, WCCP",
};
/// GRE in UDP (RFC 8086).
pub(super) const PORT: u16 = 4754;

const CHECKSUM: u16 = 0x8000;
/// A source route (RFC 1701), of which RFC 2784 knows nothing any more.
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
/// Version 1 only.
const ACKNOWLEDGMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;

const PPP: u16 = 0x880b;
const ETHERNET: u16 = 0x6558;
/// The first network of NVGRE that is not reserved (RFC 7637 section 3.2); GRE keys below it are small numbers that people chose.
const FIRST_VSID: u32 = 0x1000;
/// What may stand in it over UDP beside packets and frames: VLAN tags, MPLS, NSH.
const IN_UDP: [u16; 5] = [0x8100, 0x88a8, 0x8847, 0x8848, 0x894f];
/// ERSPAN of types I and II, which the sequence number tells apart.
const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;

pub(super) fn open<'a>(header: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[f0, f1, t0, t1] = header.head()?;
    let (flags, protocol) = (u16::from_be_bytes([f0, f1]), u16::from_be_bytes([t0, t1]));
    let fields = header.after(4)?;
    match flags & VERSION {
        0 => version_0(flags, protocol, fields, path),
        1 if flags & KEY != 0 && protocol == PPP => version_1(flags, fields, path),
        _ => Err(Skip::UnsupportedIpProtocol(47)),
    }
}

/// GRE in UDP: of a header without magic, only protocols that are read are believed.
pub(super) fn open_in_udp<'a>(header: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[f0, f1, t0, t1] = header.head()?;
    let (flags, protocol) = (u16::from_be_bytes([f0, f1]), u16::from_be_bytes([t0, t1]));
    if flags & !(CHECKSUM | KEY | SEQUENCE) != 0 {
        return Err(Skip::Malformed);
    }
    match version_0(flags, protocol, header.after(4)?, path) {
        Err(Skip::UnsupportedEtherType(_) | Skip::LinkLocal) | Ok(Next::Wlan(_)) => {
            Err(Skip::Malformed)
        }
        Ok(Next::EtherType(other, _)) if !IN_UDP.contains(&other) => Err(Skip::Malformed),
        read => read,
    }
}

fn version_0<'a>(
    flags: u16,
    protocol: u16,
    mut fields: Layer<'a>,
    path: &mut Path,
) -> Result<Next<'a>, Skip> {
    path.tunnel = (kind::GRE, 0);
    if flags & (CHECKSUM | ROUTING) != 0 {
        fields = fields.after(4)?;
    }
    if flags & KEY != 0 {
        let key = u32::from_be_bytes(*fields.head()?);
        let nvgre = protocol == ETHERNET && flags == KEY && key >> 8 >= FIRST_VSID;
        path.tunnel = if nvgre {
            (kind::NVGRE, key >> 8)
        } else {
            (kind::GRE, key)
        };
        fields = fields.after(4)?;
    }
    if flags & SEQUENCE != 0 {
        fields = fields.after(4)?;
    }
    if flags & ROUTING != 0 {
        fields = behind_route(fields)?;
    }
    match protocol {
        0x0800 | 0x86dd => Ok(Next::Ip(fields)),
        ETHERNET => Ok(Next::Ethernet(fields)),
        PPP => Ok(Next::Ppp(fields)),
        // Aruba's access points, one number for each kind of tunnel.
        0x8200..=0x8210 | 0x8230..=0x8240 | 0x9000 => Ok(Next::Wlan(fields)),
        0x883e => wccp(fields),
        ERSPAN if flags & SEQUENCE == 0 => {
            path.tunnel = (kind::ERSPAN, 0);
            Ok(Next::Ethernet(fields))
        }
        ERSPAN => erspan_2(fields, path),
        ERSPAN_III => erspan_3(fields, path),
        // Keep-alives of Cisco, and IS-IS.
        0 | 0x00fe => Err(Skip::LinkLocal),
        other @ ..0x0600 => Err(Skip::UnsupportedEtherType(other)),
        other => Ok(Next::EtherType(other, fields)),
    }
}

/// Source route entries: address family at 0, length of what follows at 3; the last has 0 in both.
fn behind_route(mut fields: Layer<'_>) -> Result<Layer<'_>, Skip> {
    loop {
        let &[f0, f1, _, length] = fields.head()?;
        fields = fields.after(4 + usize::from(length))?;
        if [f0, f1, length] == [0; 3] {
            return Ok(fields);
        }
    }
}

/// Length of the payload at 0, call of the receiver at 2. Without sequence number there is only an acknowledgment.
fn version_1<'a>(flags: u16, fields: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[l0, l1, c0, c1] = fields.head()?;
    if flags & SEQUENCE == 0 {
        return Err(Skip::LinkLocal);
    }
    path.tunnel = (kind::PPTP, u32::from(u16::from_be_bytes([c0, c1])));
    let numbers = if flags & ACKNOWLEDGMENT == 0 { 4 } else { 8 };
    let payload = fields.after(4 + numbers)?;
    Ok(Next::Ppp(
        payload.limited(usize::from(u16::from_be_bytes([l0, l1]))),
    ))
}

/// A packet redirected to a cache (WCCP): version 2 has a header of four bytes before it, whose first bits are never those of IPv4.
fn wccp(inside: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[first] = inside.head()?;
    if first >> 4 == 4 {
        Ok(Next::Ip(inside))
    } else {
        Ok(Next::Ip(inside.after(4)?))
    }
}

/// Version and VLAN at 0, session in the low ten bits at 2, index at 4.
fn erspan_2<'a>(header: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    session(header, 1, path)?;
    Ok(Next::Ethernet(header.after(8)?))
}

/// The same, then timestamp at 4, security group at 8, frame type and whether there is a platform's own header of eight bytes at 10.
fn erspan_3<'a>(header: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    session(header, 2, path)?;
    let &[.., high, low] = header.head::<12>()?;
    let own = if low & 1 == 0 { 0 } else { 8 };
    let inside = header.after(12 + own)?;
    match (high >> 2) & 0x1f {
        0 => Ok(Next::Ethernet(inside)),
        2 => Ok(Next::Ip(inside)),
        _ => Err(Skip::UnsupportedEtherType(ERSPAN_III)),
    }
}

fn session(header: Layer<'_>, version: u8, path: &mut Path) -> Result<(), Skip> {
    let &[first, _, high, low] = header.head()?;
    if first >> 4 != version {
        return Err(Skip::Malformed);
    }
    path.tunnel = (kind::ERSPAN, u32::from(u16::from_be_bytes([high & 3, low])));
    Ok(())
}
