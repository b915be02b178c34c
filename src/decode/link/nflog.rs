//! Linux netfilter log: address family at 0, version, resource; then fields of length, type and value, padded to four bytes.
//! <https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html>

use super::Link;
use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[239],
    name: "NFLOG",
    open,
};

/// The field that holds the packet.
const PAYLOAD: u16 = 9;

fn open<'a>(frame: Layer<'a>, _path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[family, _, _, _] = frame.head()?;
    let mut fields = frame.after(4)?;
    loop {
        let &[l0, l1, t0, t1] = fields.head()?;
        // Host order, which the file does not tell: types are small, so their high byte is 0 in the right one. The highest bits are flags.
        let (length, kind) = if t1 & 0x3f == 0 {
            (
                u16::from_le_bytes([l0, l1]),
                u16::from_le_bytes([t0, t1 & 0x3f]),
            )
        } else {
            (
                u16::from_be_bytes([l0, l1]),
                u16::from_be_bytes([t0 & 0x3f, t1]),
            )
        };
        let length = usize::from(length);
        if length < 4 {
            return Err(Skip::Malformed);
        }
        if kind == PAYLOAD {
            let packet = fields.limited(length).after(4)?;
            return if matches!(family, 2 | 10) {
                Ok(Next::Ip(packet))
            } else {
                Err(Skip::UnsupportedAddressFamily(family.into()))
            };
        }
        fields = fields.after(length.next_multiple_of(4))?;
    }
}
