//! Cisco HDLC: address, control, and a protocol that is an EtherType. <https://www.tcpdump.org/linktypes.html>

use super::Link;
use super::Next;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[104],
    name: "Cisco HDLC",
    open: |frame, _| Ok(Next::Hdlc(frame)),
};
pub(super) const WITH_DIRECTION: Link = Link {
    numbers: &[205],
    name: "Cisco HDLC with direction",
    open: |frame, _| Ok(Next::Hdlc(frame.after(1)?)),
};

pub(super) fn open(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[address, control, t0, t1] = frame.head()?;
    // PPP may run on the same line.
    if (address, control) == (0xff, 3) {
        return Ok(Next::Ppp(frame));
    }
    match u16::from_be_bytes([t0, t1]) {
        // Keep-alives (SLARP), and IS-IS.
        0x8035 | 0xfefe => Err(Skip::LinkLocal),
        protocol => Ok(Next::EtherType(protocol, frame.after(4)?)),
    }
}
