//! Apple's PKTAP (`tcpdump -i any`, `-i pktap` on macOS): length at 0, type at 4, DLT of what follows at 8, little-endian, then names of
//! interface and process. <https://www.tcpdump.org/linktypes/LINKTYPE_PKTAP.html>

use super::Link;
use super::Next;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[258],
    name: "PKTAP",
    open: |frame, _| open(frame),
};
/// Before it had a number of its own macOS took one of those that are for anybody's use.
pub(super) const BEFORE: Link = Link {
    numbers: &[149],
    name: "PKTAP of old macOS",
    open: |frame, _| match open(frame) {
        Err(Skip::Malformed) => Err(Skip::UnsupportedLinkType(149)),
        read => read,
    },
};

/// The fields that every version has.
const LEAST: usize = 64;
const MOST: usize = 4096;

fn open(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[l0, l1, l2, l3, t0, t1, t2, t3, d0, d1, 0, 0] = frame.head()? else {
        return Err(Skip::Malformed);
    };
    let length = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    if !(LEAST..=MOST).contains(&length) {
        return Err(Skip::Malformed);
    }
    match u32::from_le_bytes([t0, t1, t2, t3]) {
        1 => Ok(Next::Link(
            u16::from_le_bytes([d0, d1]),
            frame.after(length)?,
        )),
        _ => Err(Skip::Malformed),
    }
}
