//! ICMP (RFC 792) and ICMPv6 (RFC 4443) errors that quote a TCP segment: they tell the sender that it did not arrive.

use crate::decode::Decoded;
use crate::decode::IcmpError;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::decoder::Place;
use crate::decode::ip;
use crate::decode::ip::Upper;
use crate::decode::layer::Layer;
use crate::decode::route::Route;

/// Before the quoted packet: type, code, checksum, and four bytes that depend on the type.
const HEADER: usize = 8;

/// Reads an ICMP message.
pub(super) fn v4<'a>(upper: &Upper<'a>, place: Place) -> Decoded<'a> {
    let Ok(&[kind, code, _, _, _, _, m0, m1]) = upper.inside.head::<HEADER>() else {
        return cut(upper, v4_is_error, 1);
    };
    if !v4_is_error(kind) {
        return Decoded::Skip(Skip::LinkLocal);
    }
    // RFC 1191 section 4: the next-hop MTU of "fragmentation needed"; routers from before it write 0.
    let mtu = if (kind, code) == (3, 4) {
        u32::from(u16::from_be_bytes([m0, m1]))
    } else {
        0
    };
    error(upper, place, (false, kind, code, mtu))
}

/// Reads an ICMPv6 message.
pub(super) fn v6<'a>(upper: &Upper<'a>, place: Place) -> Decoded<'a> {
    let Ok(&[kind, code, _, _, m0, m1, m2, m3]) = upper.inside.head::<HEADER>() else {
        return cut(upper, v6_is_error, 58);
    };
    if !v6_is_error(kind) {
        return Decoded::Skip(Skip::LinkLocal);
    }
    // RFC 4443 section 3.2.
    let mtu = if kind == 2 {
        u32::from_be_bytes([m0, m1, m2, m3])
    } else {
        0
    };
    error(upper, place, (true, kind, code, mtu))
}

/// Destination unreachable, source quench, redirect, time exceeded, parameter problem. The rest is echo and router
/// discovery and the like.
fn v4_is_error(kind: u8) -> bool {
    matches!(kind, 3 | 4 | 5 | 11 | 12)
}

/// Destination unreachable, packet too big, time exceeded, parameter problem. From 128 on messages are not errors.
fn v6_is_error(kind: u8) -> bool {
    matches!(kind, 1..=4)
}

fn cut<'a>(upper: &Upper<'a>, is_error: fn(u8) -> bool, protocol: u8) -> Decoded<'a> {
    Decoded::Skip(match upper.inside.kept.first() {
        Some(&kind) if is_error(kind) => Skip::UnsupportedIpProtocol(protocol),
        Some(_) => Skip::LinkLocal,
        None => Skip::TooShort,
    })
}

fn error<'a>(
    upper: &Upper<'a>,
    place: Place,
    (v6, kind, code, mtu): (bool, u8, u8, u32),
) -> Decoded<'a> {
    let protocol = if v6 { 58 } else { 1 };
    let Some((quoted, [s0, s1, d0, d1, q0, q1, q2, q3])) =
        quoted(upper.inside.kept.get(HEADER..).unwrap_or_default())
    else {
        return Decoded::Skip(Skip::UnsupportedIpProtocol(protocol));
    };
    let (src, dst) = quoted.header.addresses();
    Decoded::IcmpError(IcmpError {
        frame: place.frame,
        at: place.at,
        src: upper.header.addresses().0,
        v6,
        kind,
        code,
        mtu: (mtu != 0).then_some(mtu),
        quoted_src: (src, u16::from_be_bytes([s0, s1])),
        quoted_dst: (dst, u16::from_be_bytes([d0, d1])),
        quoted_seq: u32::from_be_bytes([q0, q1, q2, q3]),
    })
}

/// The quoted packet, and ports and sequence number, which are as much as every sender of errors quotes (RFC 792).
fn quoted(quote: &[u8]) -> Option<(Upper<'_>, [u8; 8])> {
    // The quote ends where its sender cut it, so the lengths in its headers say nothing against it.
    let upper = ip::upper(
        Layer::new(quote, usize::MAX),
        &mut Route::new(Path::default(), 0),
    )
    .ok()?;
    let starts_here = upper.fragment.is_none_or(|fragment| fragment.offset == 0);
    let ports = *upper.inside.kept.first_chunk()?;
    (upper.protocol == 6 && starts_here).then_some((upper, ports))
}
