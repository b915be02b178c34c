//! A packet that can be changed and written again with good lengths and checksums. Written by hand, so that the program's own
//! way of reading headers is not tested against itself.

use std::net::IpAddr;
use std::net::SocketAddr;

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;

/// A packet as captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    /// Nanoseconds since 1970.
    pub(crate) at: i64,
    pub(crate) link: Link,
    pub(crate) net: Net,
}

/// What stands before the IP header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Addresses as on the wire; tags (TPID, TCI), outermost first.
    Ethernet {
        addresses: [u8; 12],
        tags: Vec<(u16, u16)>,
    },
    /// Linux cooked, version 1.
    Cooked1(Cooked),
    /// Linux cooked, version 2.
    Cooked2(Cooked),
}

/// The fields of a Linux cooked header; version 1 leaves the interface out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cooked {
    pub(crate) interface: u32,
    /// ARPHRD number.
    pub(crate) hardware: u16,
    /// 0 to us, 4 sent by us.
    pub(crate) kind: u8,
    pub(crate) address_length: u8,
    pub(crate) address: [u8; 8],
}

/// What stands behind the link header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Net {
    Tcp(Segment),
    /// EtherType and the bytes behind it, as they are.
    Other(u16, Vec<u8>),
}

/// A TCP segment with the fields of its IP header that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) ttl: u8,
    /// Always 0 for IPv6.
    pub(crate) ip_id: u16,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
    /// As on the wire, padded to a multiple of four.
    pub(crate) options: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

impl Packet {
    pub(crate) fn tcp(&self) -> Option<&Segment> {
        match &self.net {
            Net::Tcp(segment) => Some(segment),
            Net::Other(..) => None,
        }
    }

    pub(crate) fn tcp_mut(&mut self) -> Option<&mut Segment> {
        match &mut self.net {
            Net::Tcp(segment) => Some(segment),
            Net::Other(..) => None,
        }
    }

    /// The IP packet in it.
    pub(crate) fn ip(&self) -> Option<Vec<u8>> {
        match &self.net {
            Net::Tcp(segment) => Some(segment.to_ip().1),
            Net::Other(IPV4 | IPV6, body) => Some(body.clone()),
            Net::Other(..) => None,
        }
    }

    /// LINKTYPE number of its header.
    pub(crate) fn link_type(&self) -> u16 {
        match self.link {
            Link::Ethernet { .. } => 1,
            Link::Cooked1(_) => 113,
            Link::Cooked2(_) => 276,
        }
    }

    /// The frame.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let (ether_type, body) = match &self.net {
            Net::Other(ether_type, body) => (*ether_type, body.clone()),
            Net::Tcp(segment) => segment.to_ip(),
        };
        let mut out = self.link.to_bytes(ether_type);
        out.extend(body);
        out
    }
}

impl Link {
    fn to_bytes(&self, ether_type: u16) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Ethernet { addresses, tags } => {
                out.extend(addresses);
                for (tpid, tci) in tags {
                    out.extend(tpid.to_be_bytes());
                    out.extend(tci.to_be_bytes());
                }
                out.extend(ether_type.to_be_bytes());
            }
            Self::Cooked1(cooked) => {
                out.extend([0, cooked.kind]);
                out.extend(cooked.hardware.to_be_bytes());
                out.extend([0, cooked.address_length]);
                out.extend(cooked.address);
                out.extend(ether_type.to_be_bytes());
            }
            Self::Cooked2(cooked) => {
                out.extend(ether_type.to_be_bytes());
                out.extend([0, 0]);
                out.extend(cooked.interface.to_be_bytes());
                out.extend(cooked.hardware.to_be_bytes());
                out.extend([cooked.kind, cooked.address_length]);
                out.extend(cooked.address);
            }
        }
        out
    }
}

impl Segment {
    /// The ends, sender first.
    pub(crate) fn ends(&self) -> (SocketAddr, SocketAddr) {
        (self.source, self.destination)
    }

    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// EtherType, and the IP packet in one piece.
    fn to_ip(&self) -> (u16, Vec<u8>) {
        let tcp = self.to_tcp();
        let (ether_type, mut out) = self.ip_header(tcp.len(), 0, false, false);
        out.extend(tcp);
        (ether_type, out)
    }

    /// EtherType, and the IP packet in fragments cut at these offsets (multiples of 8) of the TCP segment.
    pub(crate) fn to_fragments(&self, cuts: &[usize]) -> (u16, Vec<Vec<u8>>) {
        let tcp = self.to_tcp();
        let bounds: Vec<usize> = [&[0], cuts, &[tcp.len()]].concat();
        let mut ether_type = IPV4;
        let pieces = bounds.windows(2).map(|bound| {
            let (start, end) = (bound[0], bound[1]);
            let (kind, mut out) = self.ip_header(end - start, start, end < tcp.len(), true);
            ether_type = kind;
            out.extend(&tcp[start..end]);
            out
        });
        let pieces = pieces.collect();
        (ether_type, pieces)
    }

    /// A number for the identification field of a fragment: the same for each copy of a packet, never 0.
    fn fragment_id(&self) -> u16 {
        if self.ip_id != 0 {
            return self.ip_id;
        }
        let sum = self.seq
            ^ self.ack.rotate_left(7)
            ^ (self.payload.len() as u32).rotate_left(19)
            ^ u32::from(self.source.port()) << 8;
        (sum ^ (sum >> 16) ^ u32::from(self.flags)) as u16 | 1
    }

    /// RFC 791 section 3.1; RFC 8200 sections 3 and 4.5 (fragment header). `offset` and `more` are of a fragment.
    fn ip_header(
        &self,
        length: usize,
        offset: usize,
        more: bool,
        fragment: bool,
    ) -> (u16, Vec<u8>) {
        let place = (offset as u16) | u16::from(more);
        match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let mut out = vec![0x45, 0];
                out.extend((length as u16 + 20).to_be_bytes());
                let (id, place) = if fragment {
                    (
                        self.fragment_id(),
                        (offset as u16 / 8) | u16::from(more) << 13,
                    )
                } else {
                    (self.ip_id, 0x4000)
                };
                out.extend(id.to_be_bytes());
                out.extend(place.to_be_bytes());
                out.extend([self.ttl, 6, 0, 0]);
                out.extend(source.octets());
                out.extend(destination.octets());
                let sum = checksum(&out);
                out[10..12].copy_from_slice(&sum.to_be_bytes());
                (IPV4, out)
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let extra = if fragment { 8 } else { 0 };
                let mut out = vec![0x60, 0, 0, 0];
                out.extend((length as u16 + extra).to_be_bytes());
                out.extend([if fragment { 44 } else { 6 }, self.ttl]);
                out.extend(source.octets());
                out.extend(destination.octets());
                if fragment {
                    out.extend([6, 0]);
                    out.extend(place.to_be_bytes());
                    out.extend([0, 1]);
                    out.extend(self.fragment_id().to_be_bytes());
                }
                (IPV6, out)
            }
            ends => panic!("two kinds of address: {ends:?}"),
        }
    }

    /// RFC 9293 section 3.1.
    fn to_tcp(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(self.source.port().to_be_bytes());
        out.extend(self.destination.port().to_be_bytes());
        out.extend(self.seq.to_be_bytes());
        out.extend(self.ack.to_be_bytes());
        out.push(((20 + self.options.len()) as u8 / 4) << 4);
        out.push(self.flags);
        out.extend(self.window.to_be_bytes());
        out.extend([0; 4]);
        out.extend(&self.options);
        out.extend(&self.payload);
        let mut pseudo = Vec::new();
        for ip in [self.source.ip(), self.destination.ip()] {
            match ip {
                IpAddr::V4(ip) => pseudo.extend(ip.octets()),
                IpAddr::V6(ip) => pseudo.extend(ip.octets()),
            }
        }
        pseudo.extend((out.len() as u32).to_be_bytes());
        pseudo.extend([0, 0, 0, 6]);
        pseudo.extend(&out);
        let sum = checksum(&pseudo);
        out[16..18].copy_from_slice(&sum.to_be_bytes());
        out
    }
}

/// A UDP datagram over IPv4 (RFC 768), for a packet that nothing changes.
pub(crate) fn udp(source: SocketAddr, destination: SocketAddr, payload: &[u8]) -> Net {
    let (IpAddr::V4(from), IpAddr::V4(to)) = (source.ip(), destination.ip()) else {
        panic!("only IPv4: {source} {destination}");
    };
    let length = payload.len() as u16 + 8;
    let mut out = vec![0x45, 0];
    out.extend((length + 20).to_be_bytes());
    out.extend([0, 0, 0x40, 0, 64, 17, 0, 0]);
    out.extend(from.octets());
    out.extend(to.octets());
    let sum = checksum(&out);
    out[10..12].copy_from_slice(&sum.to_be_bytes());
    out.extend(source.port().to_be_bytes());
    out.extend(destination.port().to_be_bytes());
    out.extend(length.to_be_bytes());
    // No checksum (RFC 768).
    out.extend([0, 0]);
    out.extend(payload);
    Net::Other(IPV4, out)
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
