//! MPLS (RFC 3032 section 2.1): labels of four bytes, of which the last has the lowest bit of its third byte set. What follows is
//! not said; its first bits tell IP from the control word of a pseudowire (RFC 4385), and plausibility tells the rest.

use super::Link;
use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::plausible;
use crate::decode::tunnel::kind;

pub(super) const LINK: Link = Link {
    numbers: &[219],
    name: "MPLS",
    open,
};

/// The next label is for spreading load and nobody's network (RFC 6790).
const ENTROPY_FOLLOWS: u32 = 7;
/// Explicit null and other labels with a meaning of their own (RFC 7274).
const SPECIAL: std::ops::RangeInclusive<u32> = 0..=15;

/// The identifier of the path is the innermost label that is of a network.
pub(super) fn open<'a>(mut label: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let (mut named, mut entropy) = (0, false);
    loop {
        let &[a, b, c, _] = label.head()?;
        label = label.after(4)?;
        let number = u32::from_be_bytes([0, a, b, c]) >> 4;
        if !entropy && (!SPECIAL.contains(&number) || SPECIAL.contains(&named)) {
            named = number;
        }
        entropy = number == ENTROPY_FOLLOWS;
        if c & 1 != 0 {
            break;
        }
    }
    path.tunnel = (kind::MPLS, named);
    match label.kept.first().map(|first| first >> 4) {
        Some(4 | 6) if plausible::ip(label) || !plausible::ethernet(label) => Ok(Next::Ip(label)),
        Some(0) => control_word(label),
        // Associated channel (RFC 5586): operation and maintenance.
        Some(1) if !plausible::ethernet(label) => Err(Skip::LinkLocal),
        // A pseudowire without control word.
        Some(_) => Ok(Next::Ethernet(label)),
        None => Err(Skip::TooShort),
    }
}

/// Four bytes of a control word, then mostly Ethernet (RFC 4448), at times HDLC (RFC 4618) or IP; or no control word, and an Ethernet
/// address that begins with 0.
fn control_word(label: Layer<'_>) -> Result<Next<'_>, Skip> {
    let behind = label.after(4)?;
    Ok(match *behind.kept {
        _ if plausible::ethernet(behind) => Next::Ethernet(behind),
        _ if plausible::ethernet(label) => Next::Ethernet(label),
        [0x0f | 0x8f, 0, ..] => Next::Hdlc(behind),
        [0xff, 3, ..] | [0, 0x21 | 0x57, 0x45 | 0x60, ..] => Next::Ppp(behind),
        _ if plausible::ip(behind) => Next::Ip(behind),
        _ => Next::Ethernet(behind),
    })
}
