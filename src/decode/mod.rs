//! One frame to one TCP segment, or the reason why there is none. The few that hold several packets give one after the other.
//!
//! [`Decoder`] goes inward layer by layer: [`link`] finds the IP packet, `ip` the transport header, [`tunnel`] a packet in
//! the packet, `tcp`, `udp` and `icmp` read the innermost. A header that cannot be read becomes a counted [`Skip`], never an error. Nothing is allocated but for
//! fragments. The headers that nearly every frame has are read by hand, since they cost a tenth of the whole run;
//! etherparse reads the rare ones and is what the tests compare with.

pub mod link;
pub mod quic_dtls;
pub mod tunnel;

mod decoder;
mod fragments;
mod icmp;
mod ip;
mod ip_extension;
mod layer;
mod path;
mod plausible;
mod reason;
mod route;
mod tcp;
mod tcp_options;
mod udp;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use crate::base::FrameRef;
use crate::base::Timestamp;
use std::net::IpAddr;

pub use decoder::Decoder;
pub use fragments::FragmentLimits;
pub use path::Network;

/// What a frame holds.
#[derive(Clone, Debug)]
pub enum Decoded<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// An ICMP or ICMPv6 error that quotes a TCP segment.
    IcmpError(IcmpError),
    /// A UDP datagram.
    Udp(Datagram<'a>),
    /// Anything else, with the reason; always counted.
    Skip(Skip),
}

/// One TCP segment (RFC 9293 section 3.1).
#[derive(Clone, Debug)]
pub struct Segment<'a> {
    /// The frame it was in.
    pub frame: FrameRef,
    /// When that was captured.
    pub at: Timestamp,
    /// What it was wrapped in.
    pub path: Path,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number; meaningful with the ACK flag.
    pub ack: u32,
    /// Flags: the low 8 bits of the flags field ([`flags`]).
    pub flags: u8,
    /// Window, unscaled.
    pub window: u16,
    /// TTL or hop limit.
    pub ttl: u8,
    /// IP identification; `None` for IPv6.
    pub ip_id: Option<u16>,
    /// TCP checksum field as sent (two copies of one packet have the same).
    pub checksum: u16,
    /// Options.
    pub options: Options,
    /// Payload bytes captured.
    pub payload: &'a [u8],
    /// Payload bytes on the wire, at least `payload.len()`; more where the snap length cut the frame.
    pub payload_length: u32,
}

impl Segment<'_> {
    /// All but the payload.
    #[must_use]
    pub fn without_payload(&self) -> Segment<'static> {
        Segment {
            frame: self.frame,
            at: self.at,
            path: self.path,
            src: self.src,
            dst: self.dst,
            src_port: self.src_port,
            dst_port: self.dst_port,
            seq: self.seq,
            ack: self.ack,
            flags: self.flags,
            window: self.window,
            ttl: self.ttl,
            ip_id: self.ip_id,
            checksum: self.checksum,
            options: self.options,
            payload: &[],
            payload_length: self.payload_length,
        }
    }
}

impl Segment<'static> {
    /// The same with this payload.
    #[must_use]
    pub fn with<'b>(&self, payload: &'b [u8]) -> Segment<'b> {
        Segment {
            payload,
            ..self.clone()
        }
    }
}

impl Datagram<'_> {
    /// All but the payload.
    #[must_use]
    pub fn without_payload(&self) -> Datagram<'static> {
        Datagram {
            frame: self.frame,
            at: self.at,
            src: self.src,
            dst: self.dst,
            payload: &[],
            whole: self.whole,
        }
    }
}

impl Datagram<'static> {
    /// The same with this payload.
    #[must_use]
    pub fn with<'b>(&self, payload: &'b [u8]) -> Datagram<'b> {
        Datagram { payload, ..*self }
    }
}

/// TCP flag bits.
#[expect(missing_docs, reason = "RFC 9293 names")]
pub mod flags {
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const PSH: u8 = 0x08;
    pub const ACK: u8 = 0x10;
    pub const URG: u8 = 0x20;
}

/// TCP options that are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Maximum segment size (kind 2).
    pub mss: Option<u16>,
    /// Window scale (kind 3).
    pub window_scale: Option<u8>,
    /// TSval and TSecr (kind 8).
    pub timestamps: Option<(u32, u32)>,
    /// First SACK blocks (kind 5), left and right edge.
    pub sack: [Option<(u32, u32)>; 4],
    /// TCP Fast Open option present (kind 34, or experimental 254 with 0xf989).
    pub fast_open: bool,
    /// Subtype of the MPTCP option (kind 30, RFC 8684 section 3): 0 MP_CAPABLE, 1 MP_JOIN, 2 DSS, ...
    pub mptcp: Option<u8>,
}

/// What a packet was wrapped in: VLAN tags and tunnels, outermost first, and which interface it was seen on. Two packets of
/// one connection may differ in it (asymmetric tagging, SPAN, `-i any`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path {
    /// VLAN identifiers, outermost first, 0 where unused; more than four tags are folded into the last.
    pub vlans: [u16; 4],
    /// Kind ([`tunnel::kind`]) and identifier (VXLAN VNI, GRE key) of the innermost tunnel, 0 where none.
    pub tunnel: (u8, u32),
    /// Interface of the input; for Linux cooked v2 the interface index in it.
    pub interface: u32,
    /// Packet type of Linux cooked captures (0 to us, 4 sent by us), 255 where unknown.
    pub packet_type: u8,
}

/// An ICMP error quoting a TCP segment.
#[derive(Clone, Copy, Debug)]
pub struct IcmpError {
    /// The frame it was in.
    pub frame: FrameRef,
    /// When that was captured.
    pub at: Timestamp,
    /// Who sent the error.
    pub src: IpAddr,
    /// ICMPv6 rather than ICMP.
    pub v6: bool,
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Next-hop MTU of fragmentation-needed and packet-too-big, where not 0.
    pub mtu: Option<u32>,
    /// Source of the quoted segment.
    pub quoted_src: (IpAddr, u16),
    /// Destination of the quoted segment.
    pub quoted_dst: (IpAddr, u16),
    /// Sequence number of the quoted segment.
    pub quoted_seq: u32,
}

/// A UDP datagram.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// The frame it was in.
    pub frame: FrameRef,
    /// When that was captured.
    pub at: Timestamp,
    /// Source.
    pub src: (IpAddr, u16),
    /// Destination.
    pub dst: (IpAddr, u16),
    /// Payload bytes captured.
    pub payload: &'a [u8],
    /// Whether these are all there were on the wire.
    pub whole: bool,
}

/// Why a frame gives nothing to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Skip {
    /// The link type is not read; its number.
    UnsupportedLinkType(u16),
    /// The EtherType is not read; its number.
    UnsupportedEtherType(u16),
    /// The IP protocol is not read; its number (ICMP without a quoted TCP segment included).
    UnsupportedIpProtocol(u8),
    /// ARP, LLDP, STP and other link-local housekeeping: nothing is lost by not reading it.
    LinkLocal,
    /// The frame ends before the TCP header's first 14 bytes, or before a header below.
    TooShort,
    /// A header contradicts itself (IP version, header length).
    Malformed,
    /// A fragment that is held until the rest is there (not a loss).
    FragmentHeld,
    /// A fragment whose datagram never became whole, or was let go at the bound.
    FragmentLost,
    /// The address family of a NULL, LOOP or NFLOG header is neither IPv4 nor IPv6; its number.
    UnsupportedAddressFamily(u32),
    /// The PPP protocol is not read; its number.
    UnsupportedPppProtocol(u16),
    /// What is inside cannot be read without keys; what encrypts it.
    Encrypted(&'static str),
    /// Something that has no number of its own is not read; its name.
    Unread(&'static str),
    /// A tunnel in more tunnels than are followed; its name.
    TooDeep(&'static str),
}
