//! IEEE 802.11 data frames (section 9.2): frame control at 0, three or four addresses, with QoS two bytes more and then possibly HT
//! control, then LLC; or several packets in one frame (A-MSDU), each behind an Ethernet header. Protected frames are counted as
//! encrypted.

use super::Link;
use super::Next;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::route::Route;

pub(super) const LINK: Link = Link {
    numbers: &[105],
    name: "802.11",
    open: |frame, _| Ok(Next::Wlan(frame)),
};

const TO_AND_FROM_DS: u8 = 0x03;
const MORE_FRAGMENTS: u8 = 0x04;
const PROTECTED: u8 = 0x40;
/// HT control is there, in frames with QoS.
const ORDER: u8 = 0x80;
/// Of the subtype: QoS, and nothing inside.
const QOS: u8 = 0x80;
const EMPTY: u8 = 0x40;
/// Of QoS control.
const AGGREGATE: u8 = 0x80;

/// LLC with SNAP, which nearly all frames have.
const SNAP: [u8; 3] = [0xaa, 0xaa, 3];
/// What CCMP and TKIP put before the packet. Drivers that decrypt may leave it, and the flag, in place.
const INITIALIZATION: usize = 8;
/// Addresses and length of a packet in an aggregate, and the least LLC.
const SUBFRAME: usize = 14;
const LEAST: usize = SUBFRAME + 8;

pub(super) fn open<'a>(frame: Layer<'a>, route: &mut Route) -> Result<Next<'a>, Skip> {
    let &[control, flags] = frame.head()?;
    data(frame, (control, flags), route)
}

/// The same where a controller sends the two bytes of frame control in the other order (Cisco's CAPWAP).
pub(super) fn open_swapped<'a>(frame: Layer<'a>, route: &mut Route) -> Result<Next<'a>, Skip> {
    let &[flags, control] = frame.head()?;
    data(frame, (control, flags), route)
}

fn data<'a>(
    frame: Layer<'a>,
    (control, flags): (u8, u8),
    route: &mut Route,
) -> Result<Next<'a>, Skip> {
    match (control & 3, control & 0x0c) {
        (0, 8) if control & EMPTY == 0 => {}
        // Management, control, and data without any.
        (0, _) => return Err(Skip::LinkLocal),
        _ => return Err(Skip::Malformed),
    }
    let addresses = if flags & TO_AND_FROM_DS == TO_AND_FROM_DS {
        30
    } else {
        24
    };
    let qos = control & QOS != 0;
    let length = match (qos, flags & ORDER != 0) {
        (false, _) => addresses,
        (true, false) => addresses + 2,
        (true, true) => addresses + 6,
    };
    let inside = body(frame, length, flags)?;
    let &[.., sequence, _] = frame.head::<24>()?;
    if flags & MORE_FRAGMENTS != 0 || sequence & 0x0f != 0 {
        return Err(Skip::Unread("802.11 fragment"));
    }
    let aggregate = qos
        && frame
            .kept
            .get(addresses)
            .is_some_and(|b| b & AGGREGATE != 0);
    if aggregate && !inside.kept.starts_with(&SNAP) {
        return subframe(inside, route);
    }
    Ok(Next::Llc(inside))
}

/// What follows the header: at once, or where its driver padded it to words, or behind what is left of decryption.
fn body(frame: Layer<'_>, length: usize, flags: u8) -> Result<Layer<'_>, Skip> {
    let clear = |at: usize| frame.kept.get(at..).is_some_and(|b| b.starts_with(&SNAP));
    let padded = length.next_multiple_of(4);
    if flags & PROTECTED == 0 {
        return frame.after(if !clear(length) && clear(padded) {
            padded
        } else {
            length
        });
    }
    let places = [
        length,
        padded,
        length + INITIALIZATION,
        padded + INITIALIZATION,
    ];
    match places.into_iter().find(|at| clear(*at)) {
        Some(at) => frame.after(at),
        None => Err(Skip::Encrypted("802.11")),
    }
}

/// The packet of an aggregate that is wanted: addresses in 12 bytes, length at 12, LLC, padding to words.
fn subframe<'a>(mut aggregate: Layer<'a>, route: &mut Route) -> Result<Next<'a>, Skip> {
    let wanted = route.enter();
    let mut place = 0;
    loop {
        let &[.., high, low] = aggregate.head::<SUBFRAME>()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let next = (SUBFRAME + length).next_multiple_of(4);
        if place < wanted {
            aggregate = aggregate.after(next)?;
            place += 1;
            continue;
        }
        let rest = aggregate.kept.get(next..).unwrap_or_default();
        if rest.len() >= LEAST {
            route.goes_on(place);
        }
        return Ok(Next::Llc(aggregate.after(SUBFRAME)?.limited(length)));
    }
}
