//! GTP-U, the user plane of mobile networks (3GPP TS 29.281 section 5.1): version and flags at 0, message type at 1, length at 2, tunnel
//! endpoint identifier at 4, and with any of three flags four bytes more, the last of which says which extension header follows.

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
    name: "GTP-U",
};
pub(super) const PORT: u16 = 2152;

/// Version 1, protocol type GTP rather than GTP'.
const VERSION: u8 = 0x30;
/// Ignored by receivers; a packet inside must prove the header that has it set.
const SPARE: u8 = 0x08;
/// Extension header, sequence number, N-PDU number.
const E: u8 = 0x04;
const OPTIONAL: u8 = 0x07;
/// The message type that carries a packet; all others are signalling.
const T_PDU: u8 = 255;
/// Extension headers that are followed; 5G has two.
const COUNT: usize = 8;

pub(super) fn open<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[flags, message, l0, l1, i0, i1, i2, i3] = datagram.head()?;
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    let mut inside = datagram.after(8)?;
    if flags & !(OPTIONAL | SPARE) != VERSION || message != T_PDU || length > inside.wire {
        return Err(Skip::Malformed);
    }
    inside = inside.limited(length);
    if flags & OPTIONAL != 0 {
        let &[_, _, _, extension] = inside.head()?;
        inside = inside.after(4)?;
        if flags & E != 0 {
            inside = extensions(inside, extension)?;
        }
    }
    if flags & SPARE != 0 && !plausible::within(inside) && !plausible::frame_of_ip(inside) {
        return Err(Skip::Malformed);
    }
    path.tunnel = (kind::GTP_U, u32::from_be_bytes([i0, i1, i2, i3]));
    // A session of 5G may carry Ethernet; nothing in the header says so.
    if !plausible::ip(inside) && plausible::ethernet(inside) {
        return Ok(Next::Ethernet(inside));
    }
    Ok(Next::Ip(inside))
}

/// Length at 0 in words of four bytes, type of the next one in the last byte (section 5.2.1).
fn extensions(mut inside: Layer<'_>, mut kind: u8) -> Result<Layer<'_>, Skip> {
    for _ in 0..COUNT {
        if kind == 0 {
            return Ok(inside);
        }
        let &[words] = inside.head()?;
        let length = usize::from(words) * 4;
        let header = inside.kept.get(..length).ok_or(Skip::TooShort)?;
        kind = *header.last().ok_or(Skip::Malformed)?;
        inside = inside.after(length)?;
    }
    Err(Skip::Malformed)
}
