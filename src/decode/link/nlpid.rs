//! Network layer protocol identifiers (ISO/IEC TR 9577): one byte that says what follows, as in Frame Relay (RFC 2427) and ATM (RFC 2684).

use super::Next;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) fn open(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[kind] = header.head()?;
    let inside = header.after(1)?;
    match kind {
        0xcc | 0x8e => Ok(Next::Ip(inside)),
        0xcf => Ok(Next::Ppp(inside)),
        0x80 => snap(inside),
        // Q.933, CLNP, ES-IS and IS-IS.
        0x08 | 0x81..=0x83 => Err(Skip::LinkLocal),
        0xb0 => Err(Skip::Unread("compressed Frame Relay")),
        0xb1 => Err(Skip::Unread("Frame Relay fragment")),
        _ => Err(Skip::Unread("another NLPID")),
    }
}

/// OUI at 0, EtherType or kind of bridged frame at 3.
fn snap(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[o0, o1, o2, t0, t1] = header.head()?;
    let inside = header.after(5)?;
    match ([o0, o1, o2], u16::from_be_bytes([t0, t1])) {
        ([0, 0, 0], ether_type @ 0x0600..) => Ok(Next::EtherType(ether_type, inside)),
        ([0, 0x80, 0xc2], 1 | 7) => Ok(Next::Ethernet(inside)),
        _ => Err(Skip::LinkLocal),
    }
}
