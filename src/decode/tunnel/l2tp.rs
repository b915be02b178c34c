//! L2TP. Version 2 (RFC 2661 section 3.1): flags and version at 0, then length, tunnel, session, sequence numbers and an offset, as the
//! flags say; then PPP. Version 3 (RFC 3931 section 4.1): the session in four bytes, over UDP behind four bytes of flags and version;
//! then a cookie and a sublayer of lengths that only the ends know, then most often Ethernet.

use super::Tunnel;
use super::kind;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::link::Next;
use crate::decode::plausible;

pub(super) const TUNNEL: Tunnel = Tunnel {
    protocols: &[PROTOCOL],
    ports: &[PORT],
    name: "L2TP",
};
pub(super) const PORT: u16 = 1701;
pub(super) const PROTOCOL: u8 = 115;

/// A control message: no traffic.
const T: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
const PRIORITY: u16 = 0x0100;
const VERSION: u16 = 0x000f;
/// Cookie of 0, 4 or 8 bytes, and the sublayer's 0 or 4; Linux has no cookie and a sublayer by default.
const BEFORE: [usize; 4] = [4, 0, 8, 12];
/// What PPP carries between these: IP, and its control protocols.
const PPP: &[u16] = &[
    0x0021, 0x0057, 0x003d, 0x00fd, 0x0281, 0x8021, 0x8057, 0x80fd, 0xc021, 0xc023, 0xc025, 0xc223,
];

pub(super) fn open_in_udp<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let flags = u16::from_be_bytes(*datagram.head()?);
    let known = T | LENGTH | SEQUENCE | OFFSET | PRIORITY | VERSION;
    match flags & VERSION {
        2 if flags & !known == 0 && flags & T == 0 => version_2(flags, datagram, path),
        3 if flags == 3 => {
            let &[_, _, 0, 0] = datagram.head()? else {
                return Err(Skip::Malformed);
            };
            version_3(datagram.after(4)?, path).map_err(|_| Skip::Malformed)
        }
        _ => Err(Skip::Malformed),
    }
}

/// Over IP; session 0 is for control messages.
pub(super) fn open<'a>(packet: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    match *packet.head()? {
        [0, 0, 0, 0] => Err(Skip::LinkLocal),
        _ => version_3(packet, path),
    }
}

fn version_2<'a>(flags: u16, datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let mut rest = datagram.after(2)?;
    if flags & LENGTH != 0 {
        let length = usize::from(u16::from_be_bytes(*rest.head()?));
        if length != datagram.wire {
            return Err(Skip::Malformed);
        }
        rest = rest.after(2)?;
    }
    let &[_, _, s0, s1] = rest.head()?;
    rest = rest.after(if flags & SEQUENCE == 0 { 4 } else { 8 })?;
    if flags & OFFSET != 0 {
        let length = usize::from(u16::from_be_bytes(*rest.head()?));
        rest = rest.after(2 + length)?;
    }
    let protocol = match *rest.kept {
        [0xff, 3, high, low, ..] => u16::from_be_bytes([high, low]),
        [short @ (0x21 | 0x57), ..] => u16::from(short),
        [high, low, ..] => u16::from_be_bytes([high, low]),
        _ => return Err(Skip::TooShort),
    };
    // Address and control alone are no proof, as the header has no magic.
    if !PPP.contains(&protocol) && !PPP.contains(&(protocol >> 8)) {
        return Err(Skip::Malformed);
    }
    path.tunnel = (kind::L2TP, u32::from(u16::from_be_bytes([s0, s1])));
    Ok(Next::Ppp(rest))
}

fn version_3<'a>(session: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    path.tunnel = (kind::L2TP_3, u32::from_be_bytes(*session.head()?));
    let rest = session.after(4)?;
    let places = || BEFORE.iter().filter_map(|before| rest.after(*before).ok());
    if let Some(frame) = places().find(|inside| plausible::ethernet(*inside)) {
        return Ok(Next::Ethernet(frame));
    }
    let next = places().find_map(|inside| match *inside.kept {
        [0xff, 3, 0, 0x21 | 0x57, ..] => Some(Next::Ppp(inside)),
        [0x0f | 0x8f, 0, 8, 0, ..] | [0x0f | 0x8f, 0, 0x86, 0xdd, ..] => Some(Next::Hdlc(inside)),
        _ if plausible::ip(inside) => Some(Next::Ip(inside)),
        _ => None,
    });
    match next {
        Some(next) => Ok(next),
        None if rest.kept.len() < rest.wire => Err(Skip::TooShort),
        None => Err(Skip::Unread("L2TPv3 with another payload")),
    }
}
