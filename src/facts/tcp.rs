//! What was seen of TCP: handshake, ends, retransmissions, holes, and header values of resets.

use crate::base::FrameRef;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::base::Timestamp;
use std::fmt;
use std::ops::Deref;
use std::ops::DerefMut;
use std::sync::LazyLock;

/// The transport below a handshake. Offsets count payload bytes of one direction from 0. What nearly every packet changes stands first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TcpFacts {
    /// The last packet of any kind.
    pub last_packet: Sides<Option<Mark>>,
    /// Highest offset of each side's bytes that the peer acknowledged, by any packet.
    pub acknowledged: Sides<u64>,
    /// The packet that acknowledged each side's bytes as far as they were.
    pub acknowledged_at: Sides<Option<Mark>>,
    /// Payload that was sent and not acknowledged until the end.
    pub unacknowledged: Sides<Option<Unacknowledged>>,
    /// The last packet that brought new payload.
    pub last_payload: Sides<Option<Mark>>,
    /// Payload bytes seen of each side (highest offset, holes included).
    pub bytes: Sides<u64>,
    /// The client's packet that completed the TCP handshake.
    pub established: Option<Mark>,
    /// FINs in order of events, one a side.
    pub fins: Vec<FinFacts>,
    /// RSTs in order of events.
    pub resets: Vec<ResetFacts>,
    /// Distinct TTLs or hop limits of each side's packets other than RSTs, in order of first sight, 8 at most.
    pub ttl: Sides<Ttls>,
    /// Packets of each side, copies not counted.
    pub packets: Sides<u32>,
    /// Whether each side sent a packet, other than a RST, that acknowledges something.
    pub acknowledges: Sides<bool>,
    /// Packets captured twice.
    pub copies: u32,
    /// Payload segments sent again.
    pub retransmissions: Sides<u32>,
    /// First SYN.
    pub syn: Option<Mark>,
    /// Last transmission of the SYN.
    pub last_syn: Option<Mark>,
    /// SYNs sent, copies of one packet counted once.
    pub syn_transmissions: u32,
    /// First SYN-ACK.
    pub syn_ack: Option<Mark>,
    /// SYN-ACKs sent, copies of one packet counted once.
    pub syn_ack_transmissions: u32,
    /// Nanoseconds from SYN to `established` (both sent once), as the capture saw it.
    pub rtt: Option<u64>,
    /// Nanoseconds from SYN to SYN-ACK.
    pub syn_to_syn_ack: Option<u64>,
    /// Maximum segment size announced.
    pub mss: Sides<Option<u16>>,
    /// Payload bytes in order before the first hole.
    pub in_order: Sides<u64>,
    /// ICMP errors that quote this flow.
    pub icmp: Vec<IcmpFacts>,
    /// Bytes that the peer acknowledged but that are not in the capture.
    pub missing_bytes: Sides<u64>,
    /// Largest gap between two transmissions of the same SYN or payload, in ns.
    pub largest_rto: u64,
    /// A hole before bytes that were captured: its offset and length. The peer never acknowledged it.
    pub hole: Sides<Option<(u64, u64)>>,
    /// The first segment seen beyond that hole.
    pub beyond_hole: Sides<Option<Mark>>,
    /// It joins an MPTCP connection that began elsewhere (RFC 8684 section 3.2): its bytes are a part of that one's.
    pub mptcp_subflow: bool,
    /// The ends under which the same packets were also captured, where an address was translated on the way.
    pub also_seen_as: Option<(crate::base::Endpoint, crate::base::Endpoint)>,
}

/// Distinct TTLs, in order of first sight, 8 at most.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Ttls {
    count: u8,
    values: [u8; 8],
}

impl Ttls {
    /// Adds one, if it is new and there is room.
    #[inline]
    pub fn note(&mut self, ttl: u8) {
        // Nearly every side has one only.
        if self.first() == Some(&ttl) || self.contains(&ttl) {
            return;
        }
        if let Some(slot) = self.values.get_mut(usize::from(self.count)) {
            *slot = ttl;
            self.count += 1;
        }
    }
}

impl Deref for Ttls {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.values
            .get(..usize::from(self.count))
            .unwrap_or(&self.values)
    }
}

impl<const N: usize> From<[u8; N]> for Ttls {
    fn from(values: [u8; N]) -> Self {
        let mut all = Self::default();
        values.into_iter().for_each(|ttl| all.note(ttl));
        all
    }
}

impl fmt::Debug for Ttls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self[..].fmt(f)
    }
}

/// A FIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinFacts {
    /// Where.
    pub mark: Mark,
    /// Who.
    pub from: Side,
    /// Payload offset of the FIN in its direction.
    pub offset: u64,
    /// Payload bytes of the other side that were acknowledged by then.
    pub acknowledged: u64,
    /// When each side's last new payload before it was seen.
    pub payload_before: Sides<Option<Timestamp>>,
}

/// A RST: header arithmetic, no opinion. `from` is the address in the packet, never proof of the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetFacts {
    /// Where.
    pub mark: Mark,
    /// Address in the packet.
    pub from: Side,
    /// TTL or hop limit.
    pub ttl: u8,
    /// IP identification; `None` for IPv6.
    pub ip_id: Option<u16>,
    /// Window field, unscaled.
    pub window: u16,
    /// Sequence number relative to the ISN of its side (1 = first payload byte).
    pub seq: u32,
    /// Acknowledgment number relative to the ISN of the other side, meaningful with `ack_flag`.
    pub ack: u32,
    /// ACK flag.
    pub ack_flag: bool,
    /// Whether it carries the timestamps option.
    pub timestamps: bool,
    /// TSval, with `timestamps`.
    pub tsval: Option<u32>,
    /// Payload offset of the RST in its direction.
    pub offset: i64,
    /// Payload bytes of the other side that were acknowledged by then, by this packet too.
    pub acknowledged: u64,
    /// When each side's last new payload before it was seen.
    pub payload_before: Sides<Option<Timestamp>>,
    /// Payload bytes on it.
    pub payload_length: u32,
    /// Nanoseconds since the last payload of the other side.
    pub delay: Option<u64>,
    /// Payload of the same side arrived afterwards that was not sent before.
    pub data_after: bool,
    /// The side it was sent to carried on (definitions section 1), and it is not the client's own.
    pub ignored: bool,
    /// Its TTL equals that of its side's other packets. `None` where there are no others.
    pub ttl_as_others: Option<bool>,
    /// A copy of it with other values (TTL, window) exists.
    pub contradicted: bool,
}

impl ResetFacts {
    /// A client's own RST (definitions section 1): sent from the client's address, TTL as the client's other packets, no contradicting copy.
    #[must_use]
    pub fn is_clients_own(&self) -> bool {
        self.from == Side::Client && self.ttl_as_others != Some(false) && !self.contradicted
    }
}

/// An ICMP error that quotes a packet of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpFacts {
    /// Where.
    pub mark: Mark,
    /// ICMP or ICMPv6 type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Whether it is ICMPv6.
    pub v6: bool,
    /// Next-hop MTU, where given.
    pub mtu: Option<u32>,
    /// Whose packet it quotes.
    pub about: Side,
}

impl IcmpFacts {
    /// Destination unreachable (any code but fragmentation needed).
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        if self.v6 {
            self.kind == 1
        } else {
            self.kind == 3 && self.code != 4
        }
    }

    /// Fragmentation needed, or packet too big.
    #[must_use]
    pub fn is_too_big(&self) -> bool {
        if self.v6 {
            self.kind == 2
        } else {
            self.kind == 3 && self.code == 4
        }
    }
}

/// Payload that its receiver never acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unacknowledged {
    /// Offset of the first such byte.
    pub offset: u64,
    /// Times the segment at that offset was sent.
    pub transmissions: u32,
    /// Its first transmission.
    pub first: Mark,
    /// Its last transmission.
    pub last: Mark,
}

/// Bytes that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapFacts {
    /// Whose bytes.
    pub from: Side,
    /// Offset of the first.
    pub offset: u64,
    /// How many.
    pub length: u64,
    /// Why.
    pub reason: GapReason,
    /// Where it was noticed.
    pub mark: Mark,
}

/// Why bytes could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// Acknowledged by the peer, but not in the capture.
    NotCaptured,
    /// Cut off by the snap length: lengths are known, contents are not.
    Cut,
    /// Let go because a bound in `Limits` was reached.
    Limit,
}

/// The facts of the transport among those of a flow. While the flow is followed they stand elsewhere, and here is nothing: as if no
/// packet had been seen.
#[derive(Clone, Debug, Default)]
pub struct OptionalTcpFacts(Option<Box<TcpFacts>>);

impl OptionalTcpFacts {
    /// Leaves nothing here; gives what was, to be used again.
    pub fn take(&mut self) -> Option<Box<TcpFacts>> {
        self.0.take()
    }

    /// Gives back room that is not filled.
    pub fn shrink(&mut self) {
        if let Some(facts) = &mut self.0 {
            facts.shrink();
        }
    }
}

impl From<Box<TcpFacts>> for OptionalTcpFacts {
    fn from(facts: Box<TcpFacts>) -> Self {
        Self(Some(facts))
    }
}

impl Deref for OptionalTcpFacts {
    type Target = TcpFacts;

    fn deref(&self) -> &TcpFacts {
        static NOTHING: LazyLock<TcpFacts> = LazyLock::new(TcpFacts::default);
        match &self.0 {
            Some(facts) => facts,
            None => &NOTHING,
        }
    }
}

impl DerefMut for OptionalTcpFacts {
    fn deref_mut(&mut self) -> &mut TcpFacts {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for OptionalTcpFacts {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl TcpFacts {
    /// Gives back room that is not filled.
    pub fn shrink(&mut self) {
        self.fins.shrink_to_fit();
        self.resets.shrink_to_fit();
        self.icmp.shrink_to_fit();
    }

    /// Forgets all for another flow, keeping allocations.
    pub fn restart(&mut self) {
        let mut lists = (
            std::mem::take(&mut self.fins),
            std::mem::take(&mut self.resets),
            std::mem::take(&mut self.icmp),
        );
        lists.0.clear();
        lists.1.clear();
        lists.2.clear();
        *self = Self {
            fins: lists.0,
            resets: lists.1,
            icmp: lists.2,
            ..Self::default()
        };
    }

    /// The first FIN of `side`.
    #[must_use]
    pub fn fin(&self, side: Side) -> Option<&FinFacts> {
        self.fins.iter().find(|fin| fin.from == side)
    }

    /// The first frame of the flow that is known: SYN, SYN-ACK or the first packet of either side.
    #[must_use]
    pub fn first_frame(&self) -> Option<FrameRef> {
        self.syn.or(self.syn_ack).map(|mark| mark.frame)
    }
}

#[cfg(test)]
mod tests {
    use super::OptionalTcpFacts;
    use super::TcpFacts;
    use super::Ttls;

    #[test]
    fn facts_that_stand_elsewhere_read_as_nothing_until_they_are_put_here() {
        let mut optional = OptionalTcpFacts::default();
        assert_eq!(*optional, TcpFacts::default());
        optional = Box::new(TcpFacts {
            copies: 3,
            ..TcpFacts::default()
        })
        .into();
        assert_eq!(optional.copies, 3);
        assert_ne!(optional, OptionalTcpFacts::default());
        assert_eq!(optional.take().map(|facts| facts.copies), Some(3));
        assert!(optional.take().is_none() && optional == OptionalTcpFacts::default());
        optional.copies = 4;
        assert_eq!(optional.copies, 4);
    }

    #[test]
    fn ttls_are_kept_once_in_order_and_no_more_than_eight() {
        let ttls = Ttls::from([64, 50, 64, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(ttls[..], [64, 50, 1, 2, 3, 4, 5, 6]);
        assert_eq!(format!("{:?}", Ttls::from([9])), "[9]");
        assert!(Ttls::default().is_empty());
    }
}
