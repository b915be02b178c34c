//! IEEE 802.2 LLC: destination and source access point, control, one byte each; with SNAP (RFC 1042) an OUI of three bytes and
//! an EtherType after it.

use super::Next;
use super::nlpid;
use crate::decode::Skip;
use crate::decode::layer::Layer;

/// Goes past LLC and SNAP. Other access points are spanning tree, NetBEUI, IPX, IS-IS: no TCP can be in them.
pub(super) fn open(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[dsap, ssap, control] = header.head()?;
    match (dsap, ssap, control) {
        (0xaa, 0xaa, 3) => snap(header),
        (6, 6, 3) => Ok(Next::Ip(header.after(3)?)),
        (0xfe, 0xfe, 3) => nlpid::open(header.after(3)?),
        _ => Err(Skip::LinkLocal),
    }
}

/// OUI 00-00-00 is RFC 1042, 00-00-F8 is bridged Ethernet (IEEE 802.1H); others are makers' own (CDP, PVST+).
fn snap(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[_, _, _, o0, o1, o2, t0, t1] = header.head()?;
    match ([o0, o1, o2], u16::from_be_bytes([t0, t1])) {
        // A length in place of an EtherType would lead back here.
        ([0, 0, 0 | 0xf8], ether_type @ 0x0600..) => {
            Ok(Next::EtherType(ether_type, header.after(8)?))
        }
        // Ethernet bridged over ATM, with and without checksum, behind two bytes of padding (RFC 2684 section 5.2).
        ([0, 0x80, 0xc2], 1 | 7) => Ok(Next::Ethernet(header.after(10)?)),
        _ => Err(Skip::LinkLocal),
    }
}
