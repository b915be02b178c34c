//! From an IP header to the transport header: IPv4 (RFC 791), IPv6 (RFC 8200), and through tunnels.
//!
//! Lengths follow the wire: a total length of 0 or less than its header (segmentation offload) means what is there, one beyond
//! the frame is not believed, one within it cuts padding off.

use crate::decode::Skip;
use crate::decode::ip_extension;
use crate::decode::layer::Layer;
use crate::decode::route::Route;
use crate::decode::tunnel;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// Tunnels in one another that are followed, of whatever kind; what lies deeper is counted as such.
const DEPTH: usize = 4;

/// An IP header, without the options of IPv4.
#[derive(Clone, Copy, Debug)]
pub(super) enum Header<'a> {
    /// Identification is at 4, TTL at 8, addresses at 12 and 16 (RFC 791 section 3.1).
    V4(&'a [u8; 20]),
    /// Hop limit is at 7, addresses at 8 and 24 (RFC 8200 section 3).
    V6(&'a [u8; 40]),
}

impl<'a> Header<'a> {
    /// Source and destination.
    #[inline]
    pub(super) fn addresses(&self) -> (IpAddr, IpAddr) {
        match *self {
            Self::V4(head) => {
                let [.., a, b, c, d, e, f, g, h] = *head;
                (
                    IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
                    IpAddr::V4(Ipv4Addr::new(e, f, g, h)),
                )
            }
            Self::V6(head) => {
                let (src, dst) = head.split_last_chunk::<16>().unwrap_or((&[], &[0; 16]));
                (v6_address(src), IpAddr::V6(Ipv6Addr::from(*dst)))
            }
        }
    }

    /// TTL or hop limit.
    #[inline]
    pub(super) fn ttl(&self) -> u8 {
        match self {
            Self::V4(head) => head[8],
            Self::V6(head) => head[7],
        }
    }

    /// Identification; `None` for IPv6.
    #[inline]
    pub(super) fn id(&self) -> Option<u16> {
        match self {
            Self::V4(head) => Some(u16::from_be_bytes([head[4], head[5]])),
            Self::V6(_) => None,
        }
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &'a [u8] {
        match *self {
            Self::V4(head) => head,
            Self::V6(head) => head,
        }
    }
}

fn v6_address(head: &[u8]) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from(
        head.last_chunk().copied().unwrap_or([0; 16]),
    ))
}

/// What an IP packet carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upper<'a> {
    pub(super) header: Header<'a>,
    /// Protocol or next header number of `inside`; of a later IPv6 fragment, whatever its sender wrote.
    pub(super) protocol: u8,
    pub(super) inside: Layer<'a>,
    /// Set where `inside` is a part of a datagram only.
    pub(super) fragment: Option<Fragment>,
}

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) id: u32,
    /// In bytes.
    pub(super) offset: u32,
    /// More fragments follow.
    pub(super) more: bool,
}

/// The TCP segment that follows an IP header at once, as in nearly every packet; `None` for all else.
#[inline]
pub(super) fn plain(packet: Layer<'_>) -> Option<Upper<'_>> {
    open(packet)
        .ok()
        .filter(|upper| upper.protocol == 6 && upper.fragment.is_none())
}

/// Finds the transport header of the packet that begins `packet`.
pub(super) fn upper<'a>(packet: Layer<'a>, route: &mut Route) -> Result<Upper<'a>, Skip> {
    let upper = open(packet)?;
    // TCP at once is what most packets of Linux cooked captures have, too.
    if upper.protocol == 6 || upper.fragment.is_some() {
        Ok(upper)
    } else {
        descend(upper, route)
    }
}

/// Goes on in a datagram whose fragments are together: the IP header of one of them, and what they carried.
pub(super) fn resume<'a>(
    whole: &'a [u8],
    protocol: u8,
    wire: usize,
    route: &mut Route,
) -> Result<Upper<'a>, Skip> {
    let (header, inside) = match whole.first().map(|first| first >> 4) {
        Some(4) => whole
            .split_first_chunk()
            .map(|(head, inside)| (Header::V4(head), inside)),
        _ => whole
            .split_first_chunk()
            .map(|(head, inside)| (Header::V6(head), inside)),
    }
    .ok_or(Skip::Malformed)?;
    descend(
        Upper {
            header,
            protocol,
            inside: Layer::new(inside, wire),
            fragment: None,
        },
        route,
    )
}

/// Past extension headers and into tunnels.
fn descend<'a>(mut upper: Upper<'a>, route: &mut Route) -> Result<Upper<'a>, Skip> {
    for _ in 0..DEPTH {
        upper = ip_extension::skip(upper)?;
        if upper.fragment.is_some() || !tunnel::possible(&upper) {
            return Ok(upper);
        }
        match tunnel::inside(&upper, route)? {
            Some(inner) => upper = inner,
            None => return Ok(upper),
        }
    }
    upper = ip_extension::skip(upper)?;
    if upper.fragment.is_none() && tunnel::possible(&upper) {
        not_deeper(&upper, route)?;
    }
    Ok(upper)
}

/// Fails where another tunnel begins: the datagram would be read as one of nobody, without a word.
#[cold]
fn not_deeper(upper: &Upper<'_>, route: &Route) -> Result<(), Skip> {
    let mut beyond = *route;
    match tunnel::inside(upper, &mut beyond)? {
        Some(_) => Err(Skip::TooDeep(tunnel::kind::name(beyond.tunnel.0))),
        None => Ok(()),
    }
}

/// Reads one IP header, of the version its first bits say.
#[inline]
pub(super) fn open(packet: Layer<'_>) -> Result<Upper<'_>, Skip> {
    match packet.kept.first().map(|first| first >> 4) {
        Some(4) => v4(packet),
        Some(6) => v6(packet),
        Some(_) => Err(Skip::Malformed),
        None => Err(Skip::TooShort),
    }
}

/// Total length is at 2, identification at 4, flags and fragment offset at 6, protocol at 9.
#[inline]
fn v4(packet: Layer<'_>) -> Result<Upper<'_>, Skip> {
    let head: &[u8; 20] = packet.head()?;
    let length = usize::from(head[0] & 0x0f) * 4;
    if length < 20 {
        return Err(Skip::Malformed);
    }
    let total = usize::from(u16::from_be_bytes([head[2], head[3]]));
    let packet = if total < length {
        packet
    } else {
        packet.limited(total)
    };
    let id = u16::from_be_bytes([head[4], head[5]]);
    let place = u16::from_be_bytes([head[6], head[7]]);
    // More-fragments and the offset in units of eight bytes; 0 in both is a whole datagram, don't-fragment is no concern.
    let fragment = if place & 0x3fff == 0 {
        None
    } else {
        Some(Fragment {
            id: u32::from(id),
            offset: u32::from(place & 0x1fff) * 8,
            more: place & 0x2000 != 0,
        })
    };
    Ok(Upper {
        header: Header::V4(head),
        protocol: head[9],
        inside: packet.after(length)?,
        fragment,
    })
}

/// Payload length is at 4, next header at 6.
#[inline]
fn v6(packet: Layer<'_>) -> Result<Upper<'_>, Skip> {
    let head: &[u8; 40] = packet.head()?;
    let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    let packet = if length == 0 {
        packet
    } else {
        packet.limited(length + 40)
    };
    Ok(Upper {
        header: Header::V6(head),
        protocol: head[6],
        inside: packet.after(40)?,
        fragment: None,
    })
}
