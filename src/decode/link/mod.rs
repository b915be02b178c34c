//! Link layers: from the first byte of a frame to the IP packet in it.
//!
//! One file per family with a `LINK` that [`LINKS`] lists. Numbers are those of <https://www.tcpdump.org/linktypes.html>, and the DLT numbers
//! that some systems write in their place.

mod ether_type;
mod ethernet;
mod exported;
mod fddi;
mod fixed;
mod frame_relay;
mod hdlc;
mod juniper;
mod linux_sll;
mod linux_sll2;
mod llc;
mod mpls;
mod nflog;
mod nlpid;
mod nsh;
mod null;
mod pktap;
mod ppp;
mod radio;
mod raw_ip;
mod vpp;
mod wlan;
mod wrapped;

use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::route::Route;
use crate::decode::tunnel;

pub use ether_type::HEADERS;
pub use ether_type::Header;

/// A family of link types.
pub struct Link {
    /// LINKTYPE numbers.
    pub numbers: &'static [u16],
    /// Its name, as in the list of link types.
    pub name: &'static str,
    pub(in crate::decode) open: for<'a> fn(Layer<'a>, &mut Path) -> Result<Next<'a>, Skip>,
}

/// The link types that are read.
pub const LINKS: &[&Link] = &[
    &ethernet::LINK,
    &linux_sll::LINK,
    &linux_sll2::LINK,
    &null::LINK,
    &raw_ip::LINK,
    &ppp::LINK,
    &ppp::PPPD,
    &ppp::WITH_DIRECTION,
    &ppp::PPPOE,
    &hdlc::LINK,
    &hdlc::WITH_DIRECTION,
    &frame_relay::LINK,
    &frame_relay::WITH_DIRECTION,
    &frame_relay::MULTILINK,
    &fddi::LINK,
    &fixed::TOKEN_RING,
    &fixed::SLIP,
    &fixed::ATM,
    &fixed::ATM_CLIP,
    &fixed::ATM_SUN,
    &fixed::ENC,
    &fixed::PFLOG,
    &fixed::FIBRE_CHANNEL,
    &fixed::FIREWIRE,
    &fixed::IPNET,
    &fixed::INFINIBAND,
    &mpls::LINK,
    &nflog::LINK,
    &pktap::LINK,
    &pktap::BEFORE,
    &wlan::LINK,
    &radio::RADIOTAP,
    &radio::PRISM,
    &radio::AVS,
    &radio::PPI,
    &wrapped::NETANALYZER,
    &wrapped::NETANALYZER_TRANSPARENT,
    &wrapped::EPON,
    &wrapped::MPACKET,
    &wrapped::BROADCOM,
    &wrapped::BROADCOM_BEFORE,
    &wrapped::MARVELL,
    &wrapped::MARVELL_ETHER_TYPE,
    &wrapped::ERF,
    &juniper::ETHERNET,
    &juniper::PPP,
    &juniper::FRAME_RELAY,
    &juniper::HDLC,
    &juniper::PPPOE_ATM,
    &juniper::WITH_COOKIE,
    &vpp::LINK,
    &exported::LINK,
    &tunnel::TZSP_LINK,
];

/// What the bytes after a header are. Headers are followed in a loop: however many there are, the stack does not grow.
#[derive(Clone, Copy)]
pub(in crate::decode) enum Next<'a> {
    /// An IP packet.
    Ip(Layer<'a>),
    /// What this EtherType says.
    EtherType(u16, Layer<'a>),
    /// An Ethernet header (below MPLS or in a tunnel).
    Ethernet(Layer<'a>),
    /// An LLC header (IEEE 802.2).
    Llc(Layer<'a>),
    /// A PPP header, from its protocol field on.
    Ppp(Layer<'a>),
    /// A Cisco HDLC header, or PPP in its framing.
    Hdlc(Layer<'a>),
    /// An 802.11 header.
    Wlan(Layer<'a>),
    /// The same with the two bytes of frame control swapped.
    WlanSwapped(Layer<'a>),
    /// A frame of this link type.
    Link(u16, Layer<'a>),
}

/// The IP packet right behind an Ethernet header or one VLAN tag, and that tag's identifier or 0, as in most frames; `None` for
/// all else.
#[inline]
pub(super) fn plain(link_type: u16, frame: Layer<'_>) -> Option<(Layer<'_>, u16)> {
    if link_type != 1 {
        return None;
    }
    let head: &[u8; 14] = frame.head().ok()?;
    match [head[12], head[13]] {
        [0x08, 0x00] | [0x86, 0xdd] => Some((frame.after(14).ok()?, 0)),
        [0x81, 0x00] => {
            let tag: &[u8; 18] = frame.head().ok()?;
            let id = u16::from_be_bytes([tag[14] & 0x0f, tag[15]]);
            let plain = matches!([tag[16], tag[17]], [0x08, 0x00] | [0x86, 0xdd]);
            plain.then_some((frame.after(18).ok()?, id))
        }
        _ => None,
    }
}

/// Finds the IP packet in a frame, and adds to the path what it passes.
pub(super) fn packet<'a>(
    link_type: u16,
    frame: Layer<'a>,
    route: &mut Route,
) -> Result<Layer<'a>, Skip> {
    follow(Next::Link(link_type, frame), route)
}

/// Goes from header to header until an IP packet begins. Each takes bytes, but for a link type, and none leads to its own with none taken:
/// so it ends.
pub(super) fn follow<'a>(mut next: Next<'a>, route: &mut Route) -> Result<Layer<'a>, Skip> {
    loop {
        next = match next {
            Next::Ip(packet) | Next::EtherType(ether_type::IPV4 | ether_type::IPV6, packet) => {
                return Ok(packet);
            }
            Next::EtherType(number, inside) => ether_type::open(number, inside, route)?,
            Next::Ethernet(inside) => ethernet::open(inside, route)?,
            Next::Llc(inside) => llc::open(inside)?,
            Next::Ppp(inside) => ppp::open(inside)?,
            Next::Hdlc(inside) => hdlc::open(inside)?,
            Next::Wlan(inside) => wlan::open(inside, route)?,
            Next::WlanSwapped(inside) => wlan::open_swapped(inside, route)?,
            Next::Link(number, inside) => by_number(number, inside, route)?,
        };
    }
}

fn by_number<'a>(number: u16, frame: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let mut links = LINKS.iter();
    let link = links
        .find(|link| link.numbers.contains(&number))
        .ok_or(Skip::UnsupportedLinkType(number))?;
    (link.open)(frame, path)
}

#[cfg(test)]
mod tests {
    use super::LINKS;

    #[test]
    fn no_number_is_listed_twice() {
        let mut numbers: Vec<_> = LINKS.iter().flat_map(|link| link.numbers).collect();
        let count = numbers.len();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }

    #[test]
    fn every_family_has_a_name_and_a_number() {
        assert!(
            LINKS
                .iter()
                .all(|link| !link.name.is_empty() && !link.numbers.is_empty())
        );
    }
}
