//! FDDI: frame control at 0, destination at 1, source at 7, then LLC where the frame control says so (ISO 9314-2).

use super::Link;
use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[10],
    name: "FDDI",
    open,
};

fn open<'a>(frame: Layer<'a>, _path: &mut Path) -> Result<Next<'a>, Skip> {
    let head: &[u8; 13] = frame.head()?;
    // 01 in bits 5 and 4: LLC; the rest is station management.
    if head[0] & 0x30 == 0x10 {
        Ok(Next::Llc(frame.after(13)?))
    } else {
        Err(Skip::LinkLocal)
    }
}
