//! Telling a packet that was captured twice (SPAN, `-i any`, both sides of a router) from one that was sent twice.

use crate::base::MILLISECOND;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::decode::Path;
use crate::decode::Segment;
use crate::decode::flags;

/// Header values of a recent packet.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Timestamp,
    seq: u32,
    ack: u32,
    flags: u8,
    window: u16,
    ttl: u8,
    ip_id: Option<u16>,
    payload_length: u32,
    tsval: Option<u32>,
    /// Where it was seen: VLANs, tunnel, interface and direction, folded.
    path: u32,
}

/// How many packets back a copy is looked for. A router adds its copy within a few packets.
const DEPTH: usize = 8;

/// The last packets of one direction.
#[derive(Debug, Default)]
pub(super) struct Recent {
    ring: [Option<Seen>; DEPTH],
    at: usize,
}

impl Recent {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Whether `segment` is another sight of a recent packet; remembers it if not. `copies_seen`: this flow had copies before.
    pub(super) fn is_copy(&mut self, segment: &Segment<'_>, copies_seen: bool) -> bool {
        let new = Seen::of(segment);
        if self
            .ring
            .iter()
            .flatten()
            .any(|old| new.is_copy_of(old, copies_seen))
        {
            return true;
        }
        if let Some(slot) = self.ring.get_mut(self.at) {
            *slot = Some(new);
        }
        self.at = (self.at + 1) % DEPTH;
        false
    }
}

impl Seen {
    fn of(segment: &Segment<'_>) -> Self {
        Self {
            at: segment.at,
            seq: segment.seq,
            ack: segment.ack,
            flags: segment.flags,
            window: segment.window,
            ttl: segment.ttl,
            ip_id: segment.ip_id,
            payload_length: segment.payload_length,
            tsval: segment.options.timestamps.map(|(value, _)| value),
            path: fold(&segment.path),
        }
    }

    /// A packet sent again has a new IP identification (RFC 6864 allows an old one only where it cannot matter), so an equal one
    /// that is not 0 is proof. Without it (IPv6, Linux SYN-ACK and bare RST) the two must differ in where they were seen, or come
    /// within the time that no sender repeats itself in.
    fn is_copy_of(&self, old: &Self, copies_seen: bool) -> bool {
        let same = self.seq == old.seq
            && self.ack == old.ack
            && self.flags == old.flags
            && self.window == old.window
            && self.payload_length == old.payload_length
            && self.tsval == old.tsval
            && self.ip_id == old.ip_id;
        if !same || !self.ttl_fits(old) {
            return false;
        }
        let apart = self.at.since(old.at);
        if self.ip_id.is_some_and(|id| id != 0) {
            return apart < SECOND;
        }
        let elsewhere = self.path != old.path || self.ttl != old.ttl;
        if self.flags & flags::RST != 0 {
            return apart < 20 * MILLISECOND && (elsewhere || copies_seen);
        }
        // Receivers repeat a bare ACK at once for each segment they did not expect (RFC 5681 section 4.2).
        let bare = self.payload_length == 0 && self.flags & (flags::SYN | flags::FIN) == 0;
        if bare && !elsewhere && !copies_seen {
            return false;
        }
        apart < 5 * MILLISECOND || (apart < 50 * MILLISECOND && elsewhere)
    }

    /// A router takes one from the TTL; a few routers may lie between two points of capture.
    fn ttl_fits(&self, old: &Self) -> bool {
        self.ttl.abs_diff(old.ttl) <= 4
    }
}

/// A path as one number: unequal paths may fold alike, which only makes a copy harder to recognise.
fn fold(path: &Path) -> u32 {
    let parts = path.vlans.iter().map(|vlan| u32::from(*vlan));
    let rest = [
        u32::from(path.tunnel.0),
        path.tunnel.1,
        path.interface,
        u32::from(path.packet_type),
    ];
    parts.chain(rest).fold(0, |sum, part| {
        sum.rotate_left(7).wrapping_mul(0x9e37_79b1) ^ part
    })
}
