//! The UDP header (RFC 768).

use crate::decode::Datagram;
use crate::decode::Decoded;
use crate::decode::Skip;
use crate::decode::decoder::Place;
use crate::decode::ip::Upper;
use crate::decode::layer::Layer;

/// What the header says.
pub(super) struct Udp<'a> {
    pub(super) src_port: u16,
    pub(super) dst_port: u16,
    pub(super) payload: Layer<'a>,
}

/// Reads the header; of a cut one the ports are enough.
#[inline]
pub(super) fn open(datagram: Layer<'_>) -> Option<Udp<'_>> {
    let kept = datagram.kept;
    let &[s0, s1, d0, d1] = kept.first_chunk()?;
    // A length of 0 is a jumbogram or offload; one below the header or beyond the datagram is not believed.
    let length = match kept.get(4..6) {
        Some(&[a, b]) => usize::from(u16::from_be_bytes([a, b])),
        _ => 0,
    };
    let whole = if length < 8 {
        datagram
    } else {
        datagram.limited(length)
    };
    Some(Udp {
        src_port: u16::from_be_bytes([s0, s1]),
        dst_port: u16::from_be_bytes([d0, d1]),
        payload: Layer::new(
            whole.kept.get(8..).unwrap_or_default(),
            whole.wire.saturating_sub(8),
        ),
    })
}

/// Reads the datagram.
#[inline]
pub(super) fn datagram<'a>(upper: &Upper<'a>, place: Place) -> Decoded<'a> {
    let Some(udp) = open(upper.inside) else {
        return Decoded::Skip(Skip::TooShort);
    };
    let (src, dst) = upper.header.addresses();
    Decoded::Udp(Datagram {
        frame: place.frame,
        at: place.at,
        src: (src, udp.src_port),
        dst: (dst, udp.dst_port),
        payload: udp.payload.kept,
        whole: udp.payload.kept.len() == udp.payload.wire,
    })
}
