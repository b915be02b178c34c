//! Network service header (RFC 8300 section 2): version, flags, TTL and length in words of four bytes in 16 bits at 0, next protocol at
//! 3, service path in 3 bytes at 4, place in it at 7.

use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::tunnel::kind;

/// Operation and maintenance: no traffic in it.
const O: u8 = 0x20;

pub(super) fn open<'a>(header: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[first, second, _, next, s0, s1, s2, _] = header.head()?;
    let length = usize::from(second & 0x3f) * 4;
    if first >> 6 != 0 || length < 8 {
        return Err(Skip::Malformed);
    }
    if first & O != 0 {
        return Err(Skip::LinkLocal);
    }
    path.tunnel = (kind::NSH, u32::from_be_bytes([0, s0, s1, s2]));
    let inside = header.after(length)?;
    match next {
        1 | 2 => Ok(Next::Ip(inside)),
        3 => Ok(Next::Ethernet(inside)),
        4 => Ok(Next::EtherType(0x894f, inside)),
        5 => Ok(Next::EtherType(0x8847, inside)),
        _ => Err(Skip::Unread("NSH with another protocol")),
    }
}
