//! What monitors of 802.11 write before the frame: radiotap (<https://www.radiotap.org>), Prism, AVS and PPI headers.

use super::Link;
use super::Next;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const RADIOTAP: Link = Link {
    numbers: &[127],
    name: "802.11 with radiotap",
    open: |frame, _| radiotap(frame),
};
pub(super) const PRISM: Link = Link {
    numbers: &[119],
    name: "802.11 with Prism header",
    open: |frame, _| prism(frame),
};
pub(super) const AVS: Link = Link {
    numbers: &[163],
    name: "802.11 with AVS header",
    open: |frame, _| avs(frame),
};
pub(super) const PPI: Link = Link {
    numbers: &[192],
    name: "PPI",
    open: |frame, _| ppi(frame),
};

/// Of the flags of radiotap: the frame came damaged.
const BAD_CHECKSUM: u8 = 0x40;

/// Version at 0, length at 2, then little-endian words that say which fields follow; the highest bit: another word.
fn radiotap(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[version, _, l0, l1] = frame.head()?;
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    if version != 0 || length < 8 {
        return Err(Skip::Malformed);
    }
    let inside = frame.after(length)?;
    if radiotap_flags(frame.kept.get(4..length).unwrap_or_default()) & BAD_CHECKSUM != 0 {
        return Err(Skip::Unread("802.11 with a bad checksum"));
    }
    Ok(Next::Wlan(inside))
}

/// The field of flags, bit 1, behind a time of eight bytes, bit 0, that begins at a multiple of eight of the header.
fn radiotap_flags(words: &[u8]) -> u8 {
    let Some(&[present, ..]) = words.first_chunk::<4>() else {
        return 0;
    };
    let highest = words.chunks_exact(4).map(|word| word.last().copied());
    let more = highest.take_while(|last| last.is_some_and(|last| last & 0x80 != 0));
    let fields = 4 * (more.count() + 1);
    let at = if present & 1 == 0 {
        fields
    } else {
        (4 + fields).next_multiple_of(8) + 8 - 4
    };
    match present & 2 {
        0 => 0,
        _ => words.get(at).copied().unwrap_or(0),
    }
}

/// Message code at 0, length at 4, in the order of the capturing host; some wrote AVS headers under this number.
fn prism(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[c0, c1, c2, _, l0, l1, l2, l3] = frame.head()?;
    if [c0, c1, c2 & 0xf0] == [0x80, 0x21, 0x10] {
        return avs(frame);
    }
    let length = [l0, l1, l2, l3];
    let length = u32::from_le_bytes(length).min(u32::from_be_bytes(length));
    if length < 8 {
        return Err(Skip::Malformed);
    }
    Ok(Next::Wlan(frame.after(long(length))?))
}

/// Version at 0, length at 4, both big-endian.
fn avs(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[_, _, _, _, l0, l1, l2, l3] = frame.head()?;
    let length = u32::from_be_bytes([l0, l1, l2, l3]);
    if length < 8 {
        return Err(Skip::Malformed);
    }
    Ok(Next::Wlan(frame.after(long(length))?))
}

/// Version at 0, flags at 1, length at 2, DLT of what follows at 4, little-endian.
fn ppi(frame: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[version, _, l0, l1, d0, d1, d2, d3] = frame.head()?;
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    if version != 0 || length < 8 {
        return Err(Skip::Malformed);
    }
    let link = u16::try_from(u32::from_le_bytes([d0, d1, d2, d3])).map_err(|_| Skip::Malformed)?;
    Ok(Next::Link(link, frame.after(length)?))
}

fn long(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
