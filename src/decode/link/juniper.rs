//! Juniper routers (`monitor traffic write-file`): `MGC` at 0, flags at 3, with one of them fields of a length at 4, and then what the
//! link type says; or no link header at all, but four bytes of protocol family. Some cards put a cookie before the packet, of a length
//! that is theirs: what begins like a packet is one. <https://www.tcpdump.org/linktypes.html>

use super::Link;
use super::Next;
use super::frame_relay;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::plausible;

pub(super) const ETHERNET: Link = Link {
    numbers: &[178, 167],
    name: "Juniper Ethernet and PPPoE",
    open: |frame, _| with(frame, |inside| Ok(Next::Ethernet(inside))),
};
pub(super) const PPP: Link = Link {
    numbers: &[179],
    name: "Juniper PPP",
    open: |frame, _| with(frame, |inside| Ok(Next::Ppp(inside))),
};
pub(super) const FRAME_RELAY: Link = Link {
    numbers: &[180],
    name: "Juniper Frame Relay",
    open: |frame, _| with(frame, frame_relay::open),
};
pub(super) const HDLC: Link = Link {
    numbers: &[181],
    name: "Juniper C-HDLC",
    open: |frame, _| with(frame, |inside| Ok(Next::Hdlc(inside))),
};
pub(super) const PPPOE_ATM: Link = Link {
    numbers: &[168],
    name: "Juniper PPPoE over ATM",
    open: |frame, _| with(frame, by_ether_type),
};
pub(super) const WITH_COOKIE: Link = Link {
    numbers: &[
        130, 131, 132, 133, 134, 135, 136, 137, 164, 183, 194, 200, 232, 233, 238,
    ],
    name: "Juniper ATM, multilink, services and other cards",
    open: |frame, _| with(frame, behind_cookie),
};

const MAGIC: [u8; 3] = *b"MGC";
const NO_LINK_HEADER: u8 = 0x02;
const FIELDS: u8 = 0x80;
/// Cookies and headers of cards have up to four words, those of services five.
const COOKIES: [usize; 7] = [0, 4, 8, 12, 16, 20, 2];

fn with<'a>(
    frame: Layer<'a>,
    open: impl Fn(Layer<'a>) -> Result<Next<'a>, Skip>,
) -> Result<Next<'a>, Skip> {
    let &[m0, m1, m2, flags] = frame.head()?;
    if [m0, m1, m2] != MAGIC {
        return Err(Skip::Malformed);
    }
    let mut inside = frame.after(4)?;
    if flags & FIELDS != 0 {
        let length = usize::from(u16::from_be_bytes(*inside.head()?));
        inside = inside.after(2 + length)?;
    }
    if flags & NO_LINK_HEADER != 0 {
        Ok(Next::Ip(inside.after(4)?))
    } else {
        open(inside)
    }
}

fn by_ether_type(inside: Layer<'_>) -> Result<Next<'_>, Skip> {
    let number = u16::from_be_bytes(*inside.head()?);
    Ok(Next::EtherType(number, inside.after(2)?))
}

fn behind_cookie(inside: Layer<'_>) -> Result<Next<'_>, Skip> {
    for length in COOKIES {
        let Ok(packet) = inside.after(length) else {
            continue;
        };
        match *packet.kept {
            [0xaa, 0xaa, 3, ..] | [0xfe, 0xfe, 3, ..] => return Ok(Next::Llc(packet)),
            [0xff, 3, 0, 0x21 | 0x57, ..] => return Ok(Next::Ppp(packet)),
            _ if plausible::ip(packet) => return Ok(Next::Ip(packet)),
            _ if plausible::ethernet(packet) => return Ok(Next::Ethernet(packet)),
            _ => {}
        }
    }
    if inside.kept.len() < inside.wire {
        Err(Skip::TooShort)
    } else {
        Err(Skip::Unread("Juniper card"))
    }
}
