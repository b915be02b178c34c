//! Telling a packet that was captured twice (SPAN, `-i any`, both sides of a router) from one that was sent twice.

use crate::base::MILLISECOND;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::decode::Path;
use crate::decode::Segment;
use crate::decode::flags;
use std::fmt;

/// Header values of a recent packet.
#[derive(Clone, Copy, Debug, Default)]
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
#[derive(Default)]
pub(super) struct Recent {
    /// What a copy cannot differ in, of each packet in the ring: one look tells that there is none.
    marks: [u32; DEPTH],
    /// The next place, and how many are taken.
    at: usize,
    taken: usize,
    ring: [Seen; DEPTH],
}

impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.ring.iter().take(self.taken))
            .finish()
    }
}

impl Recent {
    /// Forgets all. What stands in the ring is not looked at again.
    pub(super) fn reset(&mut self) {
        self.at = 0;
        self.taken = 0;
    }

    /// Whether `segment` is another sight of a recent packet; remembers it if not. `copies_seen`: this flow had copies before.
    pub(super) fn is_copy(&mut self, segment: &Segment<'_>, copies_seen: bool) -> bool {
        let new = Seen::of(segment);
        let mark = new.mark();
        // All are looked at in one step, also those that were forgotten.
        let alike = self
            .marks
            .iter()
            .fold(false, |any, old| any | (*old == mark));
        if alike && self.holds_copy(&new, mark, copies_seen) {
            return true;
        }
        if let (Some(slot), Some(known)) = (self.ring.get_mut(self.at), self.marks.get_mut(self.at))
        {
            *slot = new;
            *known = mark;
        }
        self.at = (self.at + 1) % DEPTH;
        self.taken = (self.taken + 1).min(DEPTH);
        false
    }

    #[cold]
    fn holds_copy(&self, new: &Seen, mark: u32, copies_seen: bool) -> bool {
        let known = self.marks.iter().zip(&self.ring).take(self.taken);
        known
            .filter(|(old, _)| **old == mark)
            .any(|(_, old)| new.is_copy_of(old, copies_seen))
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

    /// Equal for copies, and seldom for others.
    fn mark(&self) -> u32 {
        let id = u32::from(self.ip_id.unwrap_or_default()) << 8 | u32::from(self.flags);
        self.seq
            .wrapping_add(self.ack.rotate_left(16))
            .wrapping_mul(0x9e37_79b1)
            ^ self.payload_length.rotate_left(20)
            ^ id
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::sample::ACK;
    use crate::flow::sample::FIN;
    use crate::flow::sample::RST;
    use crate::flow::sample::SYN_ACK;
    use crate::flow::sample::server;
    use crate::flow::sample::time;

    /// Whether `second` is a copy of `first`.
    fn is_copy(first: &Segment<'_>, second: &Segment<'_>) -> bool {
        let mut recent = Recent::default();
        assert!(!recent.is_copy(first, false));
        recent.is_copy(second, false)
    }

    fn v6(at: u64, flags: u8, payload: &[u8]) -> Segment<'_> {
        Segment {
            ip_id: None,
            ..server(at, flags, 1, 1, payload)
        }
    }

    /// `segment` as captured `after` ms later.
    fn later<'a>(segment: &Segment<'a>, after: u64) -> Segment<'a> {
        Segment {
            at: segment.at.plus(after * MILLISECOND),
            ..segment.clone()
        }
    }

    #[test]
    fn a_packet_with_the_same_ip_id_within_a_second_is_a_copy() {
        let first = server(0, ACK, 1, 1, b"data");
        assert!(is_copy(&first, &later(&first, 0)));
        assert!(is_copy(&first, &later(&first, 999)));
        assert!(!is_copy(&first, &later(&first, 1000)));
    }

    #[test]
    fn a_packet_with_another_ip_id_was_sent_again() {
        let first = server(0, ACK, 1, 1, b"data");
        let second = Segment {
            ip_id: Some(2),
            ..first.clone()
        };
        assert!(!is_copy(&first, &second));
    }

    #[test]
    fn a_packet_that_differs_in_any_number_is_no_copy() {
        let first = server(0, ACK, 1, 1, b"data");
        let mut others = vec![first.clone(); 6];
        others[0].seq += 1;
        others[1].ack += 1;
        others[2].flags = FIN;
        others[3].window += 1;
        others[4].payload_length += 1;
        others[5].options.timestamps = Some((1, 2));
        for (number, other) in others.iter().enumerate() {
            assert!(!is_copy(&first, other), "{number}");
        }
    }

    #[test]
    fn a_ttl_of_one_less_is_a_copy_behind_a_router() {
        let first = server(0, ACK, 1, 1, b"data");
        for (ttl, copy) in [(49, true), (51, true), (46, true), (45, false)] {
            let second = Segment {
                ttl,
                ..first.clone()
            };
            assert_eq!(is_copy(&first, &second), copy, "{ttl}");
        }
    }

    #[test]
    fn an_ipv6_packet_within_5_ms_is_a_copy() {
        for flags in [ACK, FIN, SYN_ACK] {
            let first = v6(0, flags, b"data");
            assert!(is_copy(&first, &later(&first, 4)));
            assert!(!is_copy(&first, &later(&first, 5)));
        }
    }

    #[test]
    fn an_ipv6_packet_seen_elsewhere_is_a_copy_within_50_ms() {
        let first = v6(0, ACK, b"data");
        let mut second = later(&first, 49);
        second.path.vlans[0] = 12;
        assert!(is_copy(&first, &second));
        second.at = time(50);
        assert!(!is_copy(&first, &second));
        let routed = Segment {
            ttl: 49,
            ..later(&first, 49)
        };
        assert!(is_copy(&first, &routed));
    }

    #[test]
    fn an_ip_id_of_0_proves_nothing() {
        let first = Segment {
            ip_id: Some(0),
            ..server(0, SYN_ACK, 0, 1, b"")
        };
        assert!(is_copy(&first, &later(&first, 4)));
        assert!(!is_copy(&first, &later(&first, 200)));
    }

    #[test]
    fn duplicate_acknowledgments_are_no_copies() {
        let first = v6(0, ACK, b"");
        assert!(!is_copy(&first, &later(&first, 0)));
        let numbered = server(0, ACK, 1, 1, b"");
        let again = server(1, ACK, 1, 1, b"");
        assert!(!is_copy(&numbered, &again));
    }

    #[test]
    fn an_acknowledgment_is_a_copy_where_it_was_seen_elsewhere_or_all_are_doubled() {
        let first = v6(0, ACK, b"");
        let routed = Segment {
            ttl: 49,
            ..first.clone()
        };
        assert!(is_copy(&first, &routed));
        let mut recent = Recent::default();
        assert!(!recent.is_copy(&first, true));
        assert!(recent.is_copy(&later(&first, 1), true));
    }

    #[test]
    fn three_resets_with_different_ttls_are_no_copies() {
        let mut recent = Recent::default();
        for (at, ttl, ip_id) in [(0, 97, 5), (1, 64, 900), (2, 180, 31)] {
            let reset = Segment {
                ttl,
                ip_id: Some(ip_id),
                ..server(at, RST, 1, 1, b"")
            };
            assert!(!recent.is_copy(&reset, true), "{ttl}");
        }
    }

    #[test]
    fn resets_alike_without_ip_id_are_no_copies_but_one_seen_elsewhere_is() {
        let first = v6(0, RST, b"");
        assert!(!is_copy(&first, &later(&first, 1)));
        let routed = Segment {
            ttl: 49,
            ..later(&first, 19)
        };
        assert!(is_copy(&first, &routed));
        assert!(!is_copy(&first, &later(&routed, 1)));
    }

    #[test]
    fn a_copy_is_looked_for_among_the_last_eight_packets() {
        for (between, copy) in [(7, true), (8, false)] {
            let mut recent = Recent::default();
            let first = server(0, ACK, 1, 1, b"data");
            recent.is_copy(&first, false);
            for at in 1..=between {
                recent.is_copy(&server(at, ACK, 1, 1, b"data"), false);
            }
            assert_eq!(recent.is_copy(&first, false), copy, "{between}");
        }
    }

    #[test]
    fn a_copy_where_the_clock_went_backwards_is_one() {
        let first = v6(10, ACK, b"data");
        let second = Segment {
            at: time(9),
            ..first.clone()
        };
        assert!(is_copy(&first, &second));
    }
}
