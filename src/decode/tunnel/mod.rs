//! Tunnels: from what an IP packet carries to the IP packet inside.
//!
//! A port is no proof of a tunnel: a datagram whose header is not the tunnel's in every bit that its standard fixes, or in which no
//! packet begins, stays a datagram. Where only bits that a receiver ignores are odd, a packet that fits in must prove it. `ip` bounds how
//! many are followed.

pub mod kind;

mod ether_ip;
mod geneve;
mod gre;
mod gtp;
mod in_udp;
mod l2tp;
mod teredo;
mod vxlan;
mod wireless;

use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::ip;
use crate::decode::ip::Upper;
use crate::decode::layer::Layer;
use crate::decode::link;
use crate::decode::link::Next;
use crate::decode::route::Route;
use crate::decode::udp;

pub(in crate::decode) use wireless::TZSP_LINK;

/// A family of tunnels.
pub struct Tunnel {
    /// IP protocols.
    pub protocols: &'static [u8],
    /// UDP ports.
    pub ports: &'static [u16],
    /// Its name.
    pub name: &'static str,
}

/// The tunnels that are read. What is looked up for each packet is a `match` (`by_protocol`, `by_port`), which a test holds against this.
pub const TUNNELS: &[&Tunnel] = &[
    &IP_IN_IP,
    &gre::TUNNEL,
    &ether_ip::TUNNEL,
    &l2tp::TUNNEL,
    &in_udp::MPLS,
    &vxlan::TUNNEL,
    &geneve::TUNNEL,
    &gtp::TUNNEL,
    &teredo::TUNNEL,
    &in_udp::GUE,
    &ANY_PORT,
    &in_udp::LISP,
    &wireless::CAPWAP,
    &wireless::TZSP,
];

const IP_IN_IP: Tunnel = Tunnel {
    protocols: &[4, 41],
    ports: &[],
    name: "IP in IP, 6in4, 6to4",
};
const ANY_PORT: Tunnel = Tunnel {
    protocols: &[],
    ports: &[],
    name: "IPv4 (FOU) and VXLAN on any UDP port",
};

/// Reads the header of a tunnel and adds it to the path; over UDP, `Malformed` where it is something else.
type Read = for<'a> fn(Layer<'a>, &mut Path) -> Result<Next<'a>, Skip>;

/// Whether to look inside at all: TCP in Linux cooked captures and most UDP shall not pay for tunnels.
#[inline]
pub(super) fn possible(upper: &Upper<'_>) -> bool {
    match (upper.protocol, upper.inside.kept.first_chunk()) {
        (17, Some(&[s0, s1, d0, d1])) => {
            let (src, dst) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
            by_port(src, dst).is_some() || by_first(upper.inside.kept.get(8)).is_some()
        }
        (protocol, _) => matches!(protocol, 4 | 41) || by_protocol(protocol).is_some(),
    }
}

/// The packet inside of the tunnel that `upper` carries; `None` where it carries none.
#[inline(never)]
pub(super) fn inside<'a>(upper: &Upper<'a>, route: &mut Route) -> Result<Option<Upper<'a>>, Skip> {
    match upper.protocol {
        4 | 41 => {
            route.tunnel = (ip_in_ip(upper), 0);
            ip::open(upper.inside).map(Some)
        }
        17 => in_udp(upper, route),
        protocol => match by_protocol(protocol) {
            Some(read) => packet(read(upper.inside, route)?, route).map(Some),
            None => Ok(None),
        },
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

fn packet<'a>(next: Next<'a>, route: &mut Route) -> Result<Upper<'a>, Skip> {
    ip::open(link::follow(next, route)?)
}

/// What else runs on the ports of tunnels must come through as it is, and so must its path.
fn in_udp<'a>(upper: &Upper<'a>, route: &mut Route) -> Result<Option<Upper<'a>>, Skip> {
    let Some(datagram) = udp::open(upper.inside) else {
        return Ok(None);
    };
    let payload = datagram.payload;
    let by_port = by_port(datagram.src_port, datagram.dst_port);
    let Some(read) = by_port.or_else(|| by_first(payload.kept.first())) else {
        return Ok(None);
    };
    let before = *route;
    match read(payload, route).and_then(|next| packet(next, route)) {
        Ok(inner) => Ok(Some(inner)),
        // Too short though nothing was cut off: its header cannot have been one.
        Err(Skip::TooShort) if payload.kept.len() == payload.wire => {
            *route = before;
            Ok(None)
        }
        Err(Skip::Malformed) => {
            *route = before;
            Ok(None)
        }
        Err(skip) => Err(skip),
    }
}

fn by_protocol(protocol: u8) -> Option<Read> {
    match protocol {
        47 => Some(gre::open),
        ether_ip::PROTOCOL => Some(ether_ip::open),
        ether_ip::AT_ONCE => Some(ether_ip::at_once),
        l2tp::PROTOCOL => Some(l2tp::open),
        in_udp::MPLS_PROTOCOL => Some(|packet, _| Ok(Next::EtherType(0x8847, packet))),
        _ => None,
    }
}

/// Most choose the source port by flow; the others answer from the port that they were sent to.
fn by_port(src: u16, dst: u16) -> Option<Read> {
    match (src, dst) {
        (_, vxlan::PORT | vxlan::PORT_BEFORE_IANA) => Some(vxlan::open),
        (_, vxlan::GPE_PORT) => Some(vxlan::open_gpe),
        (_, geneve::PORT) => Some(geneve::open),
        (_, gre::PORT) => Some(gre::open_in_udp),
        (_, in_udp::GUE_PORT) => Some(in_udp::gue),
        (_, in_udp::MPLS_PORT) => Some(in_udp::mpls),
        (_, in_udp::LISP_PORT) => Some(in_udp::lisp),
        (_, wireless::TZSP_PORT) => Some(wireless::tzsp),
        (gtp::PORT, _) | (_, gtp::PORT) => Some(gtp::open),
        (teredo::PORT, _) | (_, teredo::PORT) => Some(teredo::open),
        (l2tp::PORT, _) | (_, l2tp::PORT) => Some(l2tp::open_in_udp),
        (wireless::CAPWAP_PORT, _) | (_, wireless::CAPWAP_PORT) => Some(wireless::capwap),
        _ => None,
    }
}

/// By the first byte of the payload, where the port says nothing: these two can be told from anything by what follows.
#[inline]
fn by_first(first: Option<&u8>) -> Option<Read> {
    match first {
        Some(0x45) => Some(in_udp::fou),
        Some(0x08) => Some(vxlan::open_anywhere),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::TUNNELS;
    use super::by_port;
    use super::by_protocol;

    #[test]
    fn what_is_listed_is_looked_up_and_the_other_way_round() {
        let ports = || TUNNELS.iter().flat_map(|tunnel| tunnel.ports);
        let protocols = || TUNNELS.iter().flat_map(|tunnel| tunnel.protocols);
        for port in 1..=u16::MAX {
            let listed = ports().filter(|known| **known == port).count();
            assert_eq!(usize::from(by_port(0, port).is_some()), listed, "{port}");
        }
        for protocol in 0..=u8::MAX {
            let listed = protocols().filter(|known| **known == protocol).count();
            let read = matches!(protocol, 4 | 41) || by_protocol(protocol).is_some();
            assert_eq!(usize::from(read), listed, "{protocol}");
        }
    }
}
