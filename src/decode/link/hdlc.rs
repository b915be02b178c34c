//! Cisco HDLC: address, control, and a protocol that is an EtherType. <https://www.tcpdump.org/linktypes.html>

use super::Link;
use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[104],
    name: "Cisco HDLC",
    open,
};

fn open<'a>(frame: Layer<'a>, _path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[address, control, t0, t1] = frame.head()?;
    // PPP may run on the same line.
    if (address, control) == (0xff, 3) {
        return Ok(Next::Ppp(frame));
    }
    Ok(Next::EtherType(
        u16::from_be_bytes([t0, t1]),
        frame.after(4)?,
    ))
}
