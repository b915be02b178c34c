//! The TCP header (RFC 9293 section 3.1).

use crate::decode::Decoded;
use crate::decode::Options;
use crate::decode::Segment;
use crate::decode::Skip;
use crate::decode::decoder::Place;
use crate::decode::ip::Upper;
use crate::decode::tcp_options;

/// The header without options.
const FIXED: usize = 20;
/// Up to and with the flags: as much as there must be.
const LEAST: usize = 14;

/// Reads the segment. Of a header that the snap length cut, window and checksum are 0 and options absent where they are missing.
#[inline(always)]
pub(super) fn segment<'a>(upper: &Upper<'a>, place: Place) -> Decoded<'a> {
    match upper.inside.kept.first_chunk() {
        Some(head) => read(upper, head, place),
        None => cut(upper, place),
    }
}

#[inline(always)]
fn read<'a>(upper: &Upper<'a>, head: &[u8; FIXED], place: Place) -> Decoded<'a> {
    let kept = upper.inside.kept;
    let header_length = usize::from(head[12] >> 4) * 4;
    if header_length < FIXED {
        return Decoded::Skip(Skip::Malformed);
    }
    let bytes = match kept.get(FIXED..header_length) {
        Some(options) => options,
        None => kept.get(FIXED..).unwrap_or_default(),
    };
    match tcp_options::usual(bytes) {
        Some(options) => whole(upper, head, place, (header_length, options)),
        None => with_options(upper, head, place, (header_length, bytes)),
    }
}

/// Kept apart so that the segment with usual options is written once, where it is wanted: a move costs more than all its decoding.
#[inline(never)]
fn with_options<'a>(
    upper: &Upper<'a>,
    head: &[u8; FIXED],
    place: Place,
    (length, bytes): (usize, &[u8]),
) -> Decoded<'a> {
    whole(upper, head, place, (length, tcp_options::walk(bytes)))
}

#[inline(always)]
fn whole<'a>(
    upper: &Upper<'a>,
    head: &[u8; FIXED],
    place: Place,
    (length, options): (usize, Options),
) -> Decoded<'a> {
    let payload_length = upper.inside.wire.saturating_sub(length);
    let (src, dst) = upper.header.addresses();
    Decoded::Tcp(Segment {
        frame: place.frame,
        at: place.at,
        path: place.path,
        src,
        dst,
        src_port: u16::from_be_bytes([head[0], head[1]]),
        dst_port: u16::from_be_bytes([head[2], head[3]]),
        seq: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
        ack: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
        flags: head[13],
        window: u16::from_be_bytes([head[14], head[15]]),
        ttl: upper.header.ttl(),
        ip_id: upper.header.id(),
        checksum: u16::from_be_bytes([head[16], head[17]]),
        options,
        payload: upper.inside.kept.get(length..).unwrap_or_default(),
        payload_length: u32::try_from(payload_length).unwrap_or(u32::MAX),
    })
}

/// What there is of a header shorter than its fixed part, filled up with zeros.
#[cold]
#[inline(never)]
fn cut<'a>(upper: &Upper<'a>, place: Place) -> Decoded<'a> {
    let kept = upper.inside.kept;
    if kept.len() < LEAST {
        return Decoded::Skip(Skip::TooShort);
    }
    let mut head = [0; FIXED];
    head.iter_mut().zip(kept).for_each(|(to, from)| *to = *from);
    read(upper, &head, place)
}
