//! What tells connections apart: the two ends, in an order that does not depend on the packet's direction.

use crate::base::Endpoint;
use crate::decode::Segment;
use std::hash::BuildHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// What the ends of flows are hashed with: a seed of this run, so that nobody can choose ends that collide.
pub type Hashing = foldhash::fast::RandomState;

/// The two ends of a segment: which flow it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// Both, in canonical order.
    pub key: Key,
    /// The sender is the low end.
    pub low: bool,
    /// Hash of the key, where it was worked out ahead: a flow that is the same as that of the packet before is found without.
    pub hash: Option<u64>,
}

impl Ends {
    /// The ends of `segment`.
    #[inline]
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> Self {
        let (key, low) = Key::of(segment);
        Self {
            key,
            low,
            hash: None,
        }
    }

    /// The same with their hash.
    #[inline]
    #[must_use]
    pub fn hashed(self, hashing: &Hashing) -> Self {
        Self {
            hash: Some(hashing.hash_one(self.key)),
            ..self
        }
    }
}

/// An address as a number, upper half first: of an IPv4 address 0 and the address. Not one of 128 bits, which must begin at a sixteenth
/// byte: what holds two of them is an eighth larger.
type Number = (u64, u64);

/// Two ends in canonical order. VLANs and tunnels are not part of it: one connection may be seen inside and outside of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    low: Number,
    high: Number,
    low_port: u16,
    high_port: u16,
    /// Both ends are IPv4. (`::ffff:a.b.c.d` on the wire as IPv6 is another connection.)
    v4: bool,
}

impl Hash for Key {
    /// As wide as it goes: a table of flows is asked once a packet.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let pair = |(upper, lower): Number| u128::from(upper) << 64 | u128::from(lower);
        let ports = u64::from(self.low_port) << 16 | u64::from(self.high_port);
        let ports = ports << 1 | u64::from(self.v4);
        if self.v4 {
            state.write_u128(pair((self.low.1 << 32 | self.high.1, ports)));
        } else {
            state.write_u128(pair(self.low));
            state.write_u128(pair(self.high));
            state.write_u64(ports);
        }
    }
}

impl Key {
    /// The key of a segment, and whether its sender is the low end.
    #[must_use]
    pub fn of(segment: &Segment<'_>) -> (Self, bool) {
        Self::between(
            (segment.src, segment.src_port),
            (segment.dst, segment.dst_port),
        )
    }

    /// The key of two ends, and whether `a` is the low end.
    #[must_use]
    pub fn between(a: (IpAddr, u16), b: (IpAddr, u16)) -> (Self, bool) {
        let v4 = a.0.is_ipv4() && b.0.is_ipv4();
        let (from, to) = ((number(a.0), a.1), (number(b.0), b.1));
        let a_is_low = from <= to;
        let (low, high) = if a_is_low { (from, to) } else { (to, from) };
        let key = Self {
            low: low.0,
            high: high.0,
            low_port: low.1,
            high_port: high.1,
            v4,
        };
        (key, a_is_low)
    }

    /// The low end (`true`) or the high end.
    #[must_use]
    pub fn end(&self, low: bool) -> Endpoint {
        let (ip, port) = if low {
            (self.low, self.low_port)
        } else {
            (self.high, self.high_port)
        };
        let v4 = u32::try_from(ip.1).ok().filter(|_| self.v4);
        let ip = match v4 {
            Some(bits) => IpAddr::V4(Ipv4Addr::from_bits(bits)),
            None => IpAddr::V6(Ipv6Addr::from_bits(
                u128::from(ip.0) << 64 | u128::from(ip.1),
            )),
        };
        Endpoint { ip, port }
    }
}

fn number(ip: IpAddr) -> Number {
    match ip {
        IpAddr::V4(ip) => (0, u64::from(ip.to_bits())),
        IpAddr::V6(ip) => {
            let [a, b, c, d, e, f, g, h, rest @ ..] = ip.octets();
            (
                u64::from_be_bytes([a, b, c, d, e, f, g, h]),
                u64::from_be_bytes(rest),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Key;
    use std::net::IpAddr;

    #[test]
    fn both_directions_have_one_key_and_the_ends_come_back() {
        for (a, b) in [
            ("192.0.2.1", "198.51.100.7"),
            ("2001:db8::1", "::1"),
            ("::ffff:192.0.2.1", "::1"),
        ] {
            let (a, b): (IpAddr, IpAddr) = (a.parse().unwrap(), b.parse().unwrap());
            let (key, a_is_low) = Key::between((a, 1000), (b, 443));
            assert_eq!(Key::between((b, 443), (a, 1000)), (key, !a_is_low));
            assert_eq!((key.end(a_is_low).ip, key.end(a_is_low).port), (a, 1000));
            assert_eq!((key.end(!a_is_low).ip, key.end(!a_is_low).port), (b, 443));
        }
    }
}
