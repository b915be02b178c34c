//! What access points and sniffers send of 802.11 over UDP: CAPWAP data (RFC 5415 section 4.3), and the TaZmen sniffer protocol.

use super::Tunnel;
use super::kind;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::link::Link;
use crate::decode::link::Next;
use crate::decode::plausible;

pub(super) const CAPWAP: Tunnel = Tunnel {
    protocols: &[],
    ports: &[CAPWAP_PORT],
    name: "CAPWAP data",
};
pub(super) const TZSP: Tunnel = Tunnel {
    protocols: &[],
    ports: &[TZSP_PORT],
    name: "TZSP",
};
pub(in crate::decode) const TZSP_LINK: Link = Link {
    numbers: &[128],
    name: "TZSP",
    open: tzsp,
};
pub(super) const CAPWAP_PORT: u16 = 5247;
pub(super) const TZSP_PORT: u16 = 37008;

/// Of byte 3 of CAPWAP: fragment, the last one, a field of the radio, the address of the radio, keep-alive.
const FRAGMENT: u8 = 0x80;
const LAST: u8 = 0x40;
const RADIO_FIELD: u8 = 0x20;
const RADIO_ADDRESS: u8 = 0x10;
const KEEP_ALIVE: u8 = 0x08;
/// The low bits of byte 2: native frame, and the binding to 802.11 before it.
const NATIVE: u8 = 0x01;
const WLAN: u8 = 1;
/// Data frames of 802.11, in the low bits of the first byte.
const DATA: u8 = 0x08;

/// Kind of header at 0, length of the header in words and what follows it in three bytes at 1, fragment at 4.
pub(super) fn capwap<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[kind, length, native, flags, f0, f1, f2, f3] = datagram.head()?;
    if kind == 1 && [length, native, flags] == [0; 3] && (20..=23).contains(&f0) && f1 == 0xfe {
        return Err(Skip::Encrypted("CAPWAP"));
    }
    let length = usize::from(length >> 3) * 4;
    if kind != 0 || length < 8 || flags & KEEP_ALIVE != 0 {
        return Err(Skip::Malformed);
    }
    // Reserved bits, behind the flags and behind the offset.
    if flags & 0x07 != 0 || f3 & 0x07 != 0 {
        return Err(Skip::Malformed);
    }
    if flags & FRAGMENT != 0 {
        return Err(if is_fragment(datagram)? {
            Skip::Unread("CAPWAP fragment")
        } else {
            Skip::Malformed
        });
    }
    if [f0, f1, f2, f3] != [0; 4] {
        return Err(Skip::Malformed);
    }
    let inside = datagram.after(length)?;
    path.tunnel = (kind::CAPWAP, 0);
    match (native & NATIVE != 0, native >> 1 & 0x1f) {
        (false, _) => Ok(Next::Ethernet(inside)),
        (true, WLAN) => Ok(match *inside.kept {
            // Cisco's controllers swap the two bytes of frame control.
            [first, second, ..] if first & 0x0f != DATA && second & 0x0f == DATA => {
                Next::WlanSwapped(inside)
            }
            _ => Next::Wlan(inside),
        }),
        _ => Err(Skip::Malformed),
    }
}

/// Whether the rest of the header and what follows fit a fragment: answers of the DNS can have all that was looked at before.
fn is_fragment(datagram: Layer<'_>) -> Result<bool, Skip> {
    let &[_, length, native, flags, _, _, f2, f3] = datagram.head()?;
    let mut fields = datagram.after(8)?;
    for flag in [RADIO_ADDRESS, RADIO_FIELD] {
        if flags & flag != 0 {
            let &[size] = fields.head()?;
            fields = fields.after((1 + usize::from(size)).next_multiple_of(4))?;
        }
    }
    let inside = datagram.after(usize::from(length >> 3) * 4)?;
    let pieces = inside.wire > 0 && (flags & LAST != 0 || inside.wire % 8 == 0);
    if fields.wire != inside.wire || !pieces {
        return Ok(false);
    }
    let first = [f2, f3] == [0; 2];
    Ok(match (native & NATIVE != 0, native >> 1 & 0x1f) {
        (false, _) => !first || plausible::ethernet(inside),
        (true, WLAN) => {
            let data = |byte: &u8| byte & 0x0f == DATA;
            !first || inside.kept.iter().take(2).any(data)
        }
        _ => false,
    })
}

/// Version 1 at 0, type at 1, of which 0 and 1 have a frame, what it is at 2; then fields of type, length and value up to type 1, of
/// which 0 is padding. <https://web.archive.org/web/20050404125022/http://www.networkchemistry.com/support/appnotes/an001_tzsp.html>
pub(super) fn tzsp<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[1, 0 | 1, high, low] = datagram.head()? else {
        return Err(Skip::Malformed);
    };
    let mut fields = datagram.after(4)?;
    loop {
        let &[kind] = fields.head()?;
        fields = match kind {
            0 | 1 => fields.after(1)?,
            _ => {
                let &[_, length] = fields.head()?;
                fields.after(2 + usize::from(length))?
            }
        };
        if kind == 1 {
            break;
        }
    }
    let next = match u16::from_be_bytes([high, low]) {
        1 => Next::Ethernet(fields),
        18 => Next::Wlan(fields),
        119 => Next::Link(119, fields),
        127 => Next::Link(163, fields),
        _ => return Err(Skip::Malformed),
    };
    path.tunnel = (kind::TZSP, 0);
    Ok(next)
}
