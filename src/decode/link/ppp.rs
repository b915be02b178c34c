//! PPP: the protocol field of one or two bytes (RFC 1661 section 2), after `ff 03` in HDLC-like framing (RFC 1662 section 3.1).

use super::Link;
use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::tunnel::kind;

pub(super) const LINK: Link = Link {
    numbers: &[9, 50],
    name: "PPP",
    open: |frame, _| serial(frame),
};
/// The direction stands in place of the address.
pub(super) const PPPD: Link = Link {
    numbers: &[166],
    name: "PPP of pppd",
    open: |frame, _| match *frame.kept {
        [0 | 1, 3, ..] => Ok(Next::Ppp(frame.after(2)?)),
        _ => Ok(Next::Ppp(frame)),
    },
};
pub(super) const WITH_DIRECTION: Link = Link {
    numbers: &[204],
    name: "PPP with direction",
    open: |frame, _| serial(frame.after(1)?),
};
pub(super) const PPPOE: Link = Link {
    numbers: &[51],
    name: "PPPoE session",
    open: pppoe,
};

/// Of Multilink PPP (RFC 1990 section 3): first and last fragment.
const BEGIN_AND_END: u8 = 0xc0;

/// Cisco HDLC may run on the same line: its address, unicast or broadcast, and control 0.
fn serial(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    match *frame.kept {
        [0x0f | 0x8f, 0, ..] => Ok(Next::Hdlc(frame)),
        _ => Ok(Next::Ppp(frame)),
    }
}

/// Version and type at 0, code at 1, session at 2, length at 4 (RFC 2516 section 4); then PPP.
pub(super) fn pppoe<'a>(header: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[_, code, s0, s1, high, low] = header.head()?;
    if code != 0 {
        return Err(Skip::LinkLocal); // discovery
    }
    path.tunnel = (kind::PPPOE, u32::from(u16::from_be_bytes([s0, s1])));
    let length = usize::from(u16::from_be_bytes([high, low]));
    let inside = header.after(6)?;
    Ok(Next::Ppp(if length == 0 {
        inside
    } else {
        inside.limited(length)
    }))
}

/// Goes past the PPP header.
pub(super) fn open(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let header = if frame.kept.starts_with(&[0xff, 3]) {
        frame.after(2)?
    } else {
        frame
    };
    let (protocol, inside) = match *header.kept {
        // Protocol-field compression: an odd first byte is the whole number.
        [short, ..] if short & 1 == 1 => (u16::from(short), header.after(1)?),
        [high, low, ..] => (u16::from_be_bytes([high, low]), header.after(2)?),
        _ => return Err(Skip::TooShort),
    };
    match protocol {
        0x0021 | 0x0057 => Ok(Next::Ip(inside)),
        0x0281 => Ok(Next::EtherType(0x8847, inside)),
        0x0283 => Ok(Next::EtherType(0x8848, inside)),
        0x003d => multilink(inside),
        // Bridged Ethernet (RFC 3518 section 4.2): flags at 0, kind of frame at 1.
        0x0031 => match *inside.head()? {
            [_, 1] => Ok(Next::Ethernet(inside.after(2)?)),
            _ => Err(Skip::UnsupportedPppProtocol(0x0031)),
        },
        0x0053 => Err(Skip::Encrypted("PPP")),
        // Network and link control protocols: LCP, IPCP, PAP, CHAP.
        0x8000.. => Err(Skip::LinkLocal),
        other => Err(Skip::UnsupportedPppProtocol(other)),
    }
}

/// A packet in one piece is behind four bytes, or behind two where short numbers were agreed on; a protocol is then below 0x0300.
fn multilink(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[first] = header.head()?;
    if first & BEGIN_AND_END != BEGIN_AND_END {
        return Err(Skip::Unread("Multilink PPP fragment"));
    }
    let long = header.after(4)?;
    Ok(Next::Ppp(match *long.kept {
        [0xff, 3, ..] | [0x21 | 0x57, 0x45 | 0x60, ..] | [0 | 2, _, ..] => long,
        _ => header.after(2)?,
    }))
}
