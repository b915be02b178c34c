//! VPP's dispatch trace: version at 0, count of strings at 2, what the packet begins with at 3, index of the buffer at 4, then the
//! strings, each ended by 0, and the packet. <https://www.tcpdump.org/linktypes/LINKTYPE_VPP_DISPATCH.html>

use super::Link;
use super::Next;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[280],
    name: "VPP dispatch trace",
    open: |frame, _| open(frame),
};

fn open(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[major, _, strings, begins, ..] = frame.head::<8>()?;
    if major != 1 {
        return Err(Skip::Malformed);
    }
    let mut inside = frame.after(8)?;
    for _ in 0..strings {
        let end = inside.kept.iter().position(|byte| *byte == 0);
        inside = inside.after(end.ok_or(Skip::TooShort)? + 1)?;
    }
    match begins {
        1 => Ok(Next::Ethernet(inside)),
        2 | 3 => Ok(Next::Ip(inside)),
        _ => Err(Skip::Unread("VPP node without link or IP header")),
    }
}
