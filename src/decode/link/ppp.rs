//! PPP: the protocol field of one or two bytes (RFC 1661 section 2), after `ff 03` in HDLC-like framing (RFC 1662 section 3.1).

use super::Link;
use super::Next;
use super::ether_type::pppoe;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[9, 50],
    name: "PPP",
    open: |frame, _| Ok(Next::Ppp(frame)),
};
pub(super) const PPPOE: Link = Link {
    numbers: &[51],
    name: "PPPoE session",
    open: |frame, _: &mut Path| pppoe(frame),
};

/// Goes past the PPP header.
pub(super) fn open(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let header = if frame.kept.starts_with(&[0xff, 3]) {
        frame.after(2)?
    } else {
        frame
    };
    let (protocol, inside) = match *header.kept {
        // Protocol-field compression: an odd first byte is the whole number.
        [short, ..] if short & 1 == 1 => (u16::from(short), header.after(1)?),
        [high, low, ..] => (u16::from_be_bytes([high, low]), header.after(2)?),
        _ => return Err(Skip::TooShort),
    };
    match protocol {
        0x0021 | 0x0057 => Ok(Next::Ip(inside)),
        0x0281 => Ok(Next::EtherType(0x8847, inside)),
        0x0283 => Ok(Next::EtherType(0x8848, inside)),
        // Network and link control protocols: LCP, IPCP, PAP, CHAP.
        0x8000.. => Err(Skip::LinkLocal),
        other => Err(Skip::UnsupportedPppProtocol(other)),
    }
}
