//! Tunnels: from what an IP packet carries to the IP packet inside.
//!
//! A port is no proof of a tunnel: a datagram whose header is not the tunnel's in every bit that its standard fixes, or in which no
//! packet begins, stays a datagram. `ip` bounds how many are followed.

pub mod kind;

mod geneve;
mod gre;
mod gtp;
mod teredo;
mod vxlan;

use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::ip;
use crate::decode::ip::Upper;
use crate::decode::layer::Layer;
use crate::decode::link;
use crate::decode::link::Next;
use crate::decode::udp;

/// Reads the header of a tunnel over UDP and adds it to the path; `Malformed` where it is something else.
type Read = for<'a> fn(Layer<'a>, &mut Path) -> Result<Next<'a>, Skip>;

/// Whether to look inside at all: TCP in Linux cooked captures and most UDP shall not pay for tunnels.
#[inline]
pub(super) fn possible(upper: &Upper<'_>) -> bool {
    match (upper.protocol, upper.inside.kept.first_chunk()) {
        (17, Some(&[s0, s1, d0, d1])) => {
            by_port(u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])).is_some()
        }
        (protocol, _) => matches!(protocol, 4 | 41 | 47),
    }
}

/// The packet inside of the tunnel that `upper` carries; `None` where it carries none.
#[inline(never)]
pub(super) fn inside<'a>(upper: &Upper<'a>, path: &mut Path) -> Result<Option<Upper<'a>>, Skip> {
    match upper.protocol {
        4 | 41 => {
            path.tunnel = (ip_in_ip(upper), 0);
            ip::open(upper.inside).map(Some)
        }
        17 => in_udp(upper, path),
        47 => packet(gre::open(upper.inside, path)?, path).map(Some),
        _ => Ok(None),
    }
}

fn ip_in_ip(upper: &Upper<'_>) -> u8 {
    match (upper.header.id().is_some(), upper.protocol) {
        (true, 4) => kind::IP_IN_IP,
        (true, _) => kind::SIX_IN_FOUR,
        (false, 4) => kind::FOUR_IN_SIX,
        (false, _) => kind::SIX_IN_SIX,
    }
}

fn packet<'a>(next: Next<'a>, path: &mut Path) -> Result<Upper<'a>, Skip> {
    ip::open(link::follow(next, path)?)
}

/// What else runs on the ports of tunnels must come through as it is, and so must its path.
fn in_udp<'a>(upper: &Upper<'a>, path: &mut Path) -> Result<Option<Upper<'a>>, Skip> {
    let Some(datagram) = udp::open(upper.inside) else {
        return Ok(None);
    };
    let Some(read) = by_port(datagram.src_port, datagram.dst_port) else {
        return Ok(None);
    };
    let (payload, before) = (datagram.payload, *path);
    match read(payload, path).and_then(|next| packet(next, path)) {
        Ok(inner) => Ok(Some(inner)),
        // Too short though nothing was cut off: its header cannot have been one.
        Err(Skip::TooShort) if payload.kept.len() == payload.wire => {
            *path = before;
            Ok(None)
        }
        Err(Skip::Malformed) => {
            *path = before;
            Ok(None)
        }
        Err(skip) => Err(skip),
    }
}

/// VXLAN, GENEVE and GRE choose the source port by flow; the others answer from the port that they were sent to.
fn by_port(src: u16, dst: u16) -> Option<Read> {
    match (src, dst) {
        (_, vxlan::PORT | vxlan::PORT_BEFORE_IANA) => Some(vxlan::open),
        (_, vxlan::GPE_PORT) => Some(vxlan::open_gpe),
        (_, geneve::PORT) => Some(geneve::open),
        (_, gre::PORT) => Some(gre::open_in_udp),
        (gtp::PORT, _) | (_, gtp::PORT) => Some(gtp::open),
        (teredo::PORT, _) | (_, teredo::PORT) => Some(teredo::open),
        _ => None,
    }
}
