//! The UDP header (RFC 768).

use crate::decode::Datagram;
use crate::decode::Decoded;
use crate::decode::Skip;
use crate::decode::decoder::Place;
use crate::decode::ip::Upper;

/// Reads the datagram; of a cut header the ports are enough.
#[inline]
pub(super) fn datagram<'a>(upper: &Upper<'a>, place: Place) -> Decoded<'a> {
    let kept = upper.inside.kept;
    let Some(&[s0, s1, d0, d1]) = kept.first_chunk() else {
        return Decoded::Skip(Skip::TooShort);
    };
    // A length of 0 is a jumbogram or offload; one below the header or beyond the datagram is not believed.
    let length = match kept.get(4..6) {
        Some(&[a, b]) => usize::from(u16::from_be_bytes([a, b])),
        _ => 0,
    };
    let whole = if length < 8 {
        upper.inside
    } else {
        upper.inside.limited(length)
    };
    let (src, dst) = upper.header.addresses();
    Decoded::Udp(Datagram {
        frame: place.frame,
        at: place.at,
        src: (src, u16::from_be_bytes([s0, s1])),
        dst: (dst, u16::from_be_bytes([d0, d1])),
        payload: whole.kept.get(8..).unwrap_or_default(),
    })
}
