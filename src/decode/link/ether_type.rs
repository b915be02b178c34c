//! What an EtherType says follows: VLAN tags, MPLS, PPPoE, MACsec, LLC, or something without IP in it.

use super::Next;
use super::mpls;
use super::nsh;
use super::ppp;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::tunnel::kind;
use etherparse::MacsecHeaderSlice;

pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86dd;

/// A header that stands between Ethernet and IP.
pub struct Header {
    /// Its EtherTypes.
    pub ether_types: &'static [u16],
    /// Its name.
    pub name: &'static str,
    open: for<'a> fn(Layer<'a>, &mut Path) -> Result<Next<'a>, Skip>,
}

/// The headers that are read, the most frequent first.
pub const HEADERS: &[Header] = &[
    header(&[0x8100, 0x88a8, 0x9100, 0x9200, 0x9300], "VLAN", vlan),
    header(&[0x8847, 0x8848], "MPLS", mpls::open),
    header(&[0x8864], "PPPoE session", ppp::pppoe),
    header(&[0x88e5], "MACsec", |inside, _| macsec(inside)),
    // Four bytes, then an EtherType.
    header(&[0x8926], "VN-Tag", |inside, _| behind(inside, 4)),
    // IEEE 802.1BR: six.
    header(&[0x893f], "E-Tag", |inside, _| behind(inside, 6)),
    // Reserved, and sequence number (IEEE 802.1CB section 7.8).
    header(&[0xf1c1], "R-TAG", |inside, _| behind(inside, 4)),
    header(&[0x88e7], "provider backbone bridging", backbone),
    header(&[0x8903], "FabricPath", |inside, _| {
        Ok(Next::Ethernet(inside.after(2)?))
    }),
    header(&[0x22f3], "TRILL", |inside, _| trill(inside)),
    header(&[0x894f], "NSH", nsh::open),
    // Version, length, kind of option, security group tag.
    header(&[0x8909], "Cisco MetaData", |inside, _| behind(inside, 6)),
    // Path, length and sequence number (IEC 62439-3).
    header(&[0x892f], "HSR", |inside, _| behind(inside, 4)),
    header(&[0xdada], "Marvell EDSA", |inside, _| behind(inside, 6)),
    header(&[0xd28b], "Arista timestamp", |inside, _| arista(inside)),
    header(&[0x880b], "PPP", |inside, _| Ok(Next::Ppp(inside))),
    header(&[0x8870], "LLC in a jumbo frame", |inside, _| {
        Ok(Next::Llc(inside))
    }),
    header(&[0x6558], "bridged Ethernet", |inside, _| {
        Ok(Next::Ethernet(inside))
    }),
];

const fn header(
    ether_types: &'static [u16],
    name: &'static str,
    open: for<'a> fn(Layer<'a>, &mut Path) -> Result<Next<'a>, Skip>,
) -> Header {
    Header {
        ether_types,
        name,
        open,
    }
}

/// Goes past one header.
pub(super) fn open<'a>(
    ether_type: u16,
    inside: Layer<'a>,
    path: &mut Path,
) -> Result<Next<'a>, Skip> {
    // The only ones that are met by the million.
    if let 0x8100 | 0x88a8 = ether_type {
        return vlan(inside, path);
    }
    let mut headers = HEADERS.iter();
    if let Some(known) = headers.find(|header| header.ether_types.contains(&ether_type)) {
        return (known.open)(inside, path);
    }
    match ether_type {
        IPV4 | IPV6 => Ok(Next::Ip(inside)),
        // Up to 1500 it is the length of an IEEE 802.3 frame.
        0..=1500 => Ok(Next::Llc(inside.limited(usize::from(ether_type)))),
        other if HOUSEKEEPING.contains(&other) => Err(Skip::LinkLocal),
        other => Err(Skip::UnsupportedEtherType(other)),
    }
}

/// IPX and CDP of old, ARP, RARP, NHRP, pause, LACP, PPPoE discovery, EAPOL and its pre-authentication, Realtek's and other loop
/// detection, LLDP, MVRP and MMRP, supervision of PRP, CFM.
const HOUSEKEEPING: &[u16] = &[
    0x0806, 0x2000, 0x2001, 0x8035, 0x8137, 0x8808, 0x8809, 0x8863, 0x888e, 0x8899, 0x88c7, 0x88cc,
    0x88f5, 0x88f6, 0x88fb, 0x8902, 0x9000, 0xffff,
];

/// An EtherType behind `length` bytes that say nothing of it.
fn behind(header: Layer<'_>, length: usize) -> Result<Next<'_>, Skip> {
    let rest = header.after(length)?;
    let number = u16::from_be_bytes(*rest.head()?);
    Ok(Next::EtherType(number, rest.after(2)?))
}

/// Subtype at 0, version at 2, whose low byte says whether a time of 8 or of 6 bytes follows; then an EtherType.
fn arista(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    match *header.head()? {
        [0, 1, _, 0x10] => behind(header, 12),
        [0, 1, _, 0x20] => behind(header, 10),
        _ => Err(Skip::UnsupportedEtherType(0xd28b)),
    }
}

/// Priority and flags at 0, service identifier in 3 bytes at 1 (IEEE 802.1Q section 9.7); then a frame.
fn backbone<'a>(tag: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[_, i0, i1, i2] = tag.head()?;
    path.tunnel = (kind::BACKBONE, u32::from_be_bytes([0, i0, i1, i2]));
    Ok(Next::Ethernet(tag.after(4)?))
}

/// Version, flags, length of the options in words of four bytes and hop count in 16 bits at 0, nicknames at 2 and 4 (RFC 6325 section
/// 3); then a frame.
fn trill(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    let &[high, low, _, _, _, _] = header.head()?;
    if high >> 6 != 0 {
        return Err(Skip::Malformed);
    }
    let options = usize::from(u16::from_be_bytes([high, low]) >> 6 & 0x1f) * 4;
    Ok(Next::Ethernet(header.after(6 + options)?))
}

/// Tag control information at 0, EtherType at 2, 2 bytes each (IEEE 802.1Q section 9.6).
#[inline]
fn vlan<'a>(tag: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let &[high, low, t0, t1] = tag.head()?;
    self::tag(u16::from_be_bytes([high, low]) & 0x0fff, path);
    Ok(Next::EtherType(u16::from_be_bytes([t0, t1]), tag.after(4)?))
}

/// Adds an identifier to the path.
#[inline]
pub(super) fn tag(id: u16, path: &mut Path) {
    let [.., last] = &mut path.vlans;
    // More than four are folded into the last, so that differing stacks stay different.
    let folded = last.rotate_left(4) ^ id;
    match path.vlans.iter_mut().find(|vlan| **vlan == 0) {
        Some(free) => *free = id,
        None => path.vlans[3] = folded,
    }
}

/// MACsec (IEEE 802.1AE) that authenticates only; the integrity check value behind the packet is cut off as padding is.
fn macsec(header: Layer<'_>) -> Result<Next<'_>, Skip> {
    let Ok(tag) = MacsecHeaderSlice::from_slice(header.kept) else {
        return Err(Skip::Encrypted("MACsec"));
    };
    match tag.next_ether_type() {
        Some(next) => {
            // The EtherType is counted with the tag's header.
            let inside = header.after(tag.header_len())?;
            Ok(Next::EtherType(next.0, inside))
        }
        None => Err(Skip::Encrypted("MACsec")),
    }
}
