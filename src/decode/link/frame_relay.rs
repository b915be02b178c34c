//! Frame Relay (RFC 2427): an address of two to four bytes, the last of which is odd (Q.922), then control 3 and an NLPID, or with
//! Cisco's encapsulation an EtherType. Multilink Frame Relay (FRF.16.1) has two bytes before that.

use super::Link;
use super::Next;
use super::nlpid;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[107],
    name: "Frame Relay",
    open: |frame, _| open(frame),
};
pub(super) const WITH_DIRECTION: Link = Link {
    numbers: &[206],
    name: "Frame Relay with direction",
    open: |frame, _| open(frame.after(1)?),
};
pub(super) const MULTILINK: Link = Link {
    numbers: &[182],
    name: "multilink Frame Relay",
    open: |frame, _| multilink(frame),
};

pub(super) fn open(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let address = frame.kept.get(..4).unwrap_or(frame.kept);
    let last = address.iter().position(|byte| byte & 1 == 1);
    let length = match last {
        Some(0) => return Err(Skip::Malformed),
        Some(place) => place + 1,
        None if address.len() < 4 => return Err(Skip::TooShort),
        None => return Err(Skip::Malformed),
    };
    let inside = frame.after(length)?;
    match *inside.kept {
        // A byte of padding may stand before the NLPID.
        [3, 0, ..] => nlpid::open(inside.after(2)?),
        [3, ..] => nlpid::open(inside.after(1)?),
        [high, low, ..] => match u16::from_be_bytes([high, low]) {
            ether_type @ 0x0600.. => Ok(Next::EtherType(ether_type, inside.after(2)?)),
            _ => Err(Skip::LinkLocal), // Q.933 and Cisco's LMI
        },
        _ => Err(Skip::TooShort),
    }
}

/// Begin, end and control are the highest bits; a frame has begin and end where it is whole.
fn multilink(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[first, _] = frame.head()?;
    match first & 0xe0 {
        0xc0 => open(frame.after(2)?),
        0xe0 => Err(Skip::LinkLocal),
        _ => Err(Skip::Unread("Frame Relay fragment")),
    }
}
