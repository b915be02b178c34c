//! GENEVE (RFC 8926 section 3.4): version and length of the options at 0, flags at 1, EtherType at 2, network identifier at 4 in 3 bytes.

use super::Tunnel;
use super::kind;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::link::Next;
use crate::decode::plausible;

pub(super) const TUNNEL: Tunnel = Tunnel {
    protocols: &[],
    ports: &[PORT],
    name: "GENEVE",
};
pub(super) const PORT: u16 = 6081;

/// The only flag that usual traffic has: options that must be understood. A control packet (`O`), reserved bits, which are ignored on
/// receipt, and the reserved byte are believed where a packet is inside.
const C: u8 = 0x40;

pub(super) fn open<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[first, flags, t0, t1, v0, v1, v2, reserved] = datagram.head()?;
    if first >> 6 != 0 {
        return Err(Skip::Malformed);
    }
    let length = usize::from(first & 0x3f) * 4;
    let behind = datagram.after(8)?;
    if !fill(behind.kept.get(..length).ok_or(Skip::TooShort)?) {
        return Err(Skip::Malformed);
    }
    path.tunnel = (kind::GENEVE, u32::from_be_bytes([0, v0, v1, v2]));
    let inside = behind.after(length)?;
    let ether_type = u16::from_be_bytes([t0, t1]);
    let proven = match ether_type {
        0x6558 => plausible::frame_of_ip(inside),
        _ => plausible::within(inside),
    };
    if (flags & !C != 0 || reserved != 0) && !proven {
        return Err(Skip::Malformed);
    }
    match ether_type {
        0x6558 => Ok(Next::Ethernet(inside)),
        0x0800 | 0x86dd => Ok(Next::Ip(inside)),
        other @ (0x8847 | 0x894f) => Ok(Next::EtherType(other, inside)),
        _ => Err(Skip::Malformed),
    }
}

/// Class at 0, type at 2, length at 3 in words of four bytes (section 3.5). They must end where the header says.
fn fill(mut options: &[u8]) -> bool {
    while let Some(&[_, _, _, length]) = options.first_chunk() {
        let Some(rest) = options.get(4 + usize::from(length & 0x1f) * 4..) else {
            return false;
        };
        options = rest;
    }
    options.is_empty()
}
