//! What Wireshark exported of a layer ("Export PDUs"): fields of type at 0, length at 2 and value, up to type 0, then the bytes of the
//! layer. <https://www.tcpdump.org/linktypes/LINKTYPE_WIRESHARK_UPPER_PDU.html>

use super::Link;
use super::Next;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[252],
    name: "exported by Wireshark",
    open: |frame, _| open(frame),
};

/// The field that names what read the bytes.
const DISSECTOR: u16 = 12;

fn open(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let (mut fields, mut name) = (frame, &[][..]);
    loop {
        let &[t0, t1, l0, l1] = fields.head()?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let value = fields.after(4)?;
        match u16::from_be_bytes([t0, t1]) {
            0 => return by_name(name, value.after(length)?),
            DISSECTOR => name = value.kept.get(..length).unwrap_or_default(),
            _ => {}
        }
        fields = value.after(length)?;
    }
}

/// The name may be filled up with zeros.
fn by_name<'a>(name: &[u8], inside: Layer<'a>) -> Result<Next<'a>, Skip> {
    let end = name
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(name.len());
    match name.get(..end).unwrap_or_default() {
        b"ip" | b"ipv6" => Ok(Next::Ip(inside)),
        b"eth" | b"eth_withoutfcs" | b"eth_maybefcs" | b"eth_withfcs" => Ok(Next::Ethernet(inside)),
        _ => Err(Skip::Unread("exported without its IP header")),
    }
}
