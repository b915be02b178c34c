//! What tells connections apart: the two ends, in an order that does not depend on the packet's direction.

use crate::base::Endpoint;
use crate::decode::Segment;
use std::hash::Hash;
use std::hash::Hasher;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// Two ends in canonical order. VLANs and tunnels are not part of it: one connection may be seen inside and outside of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    low: ([u8; 16], u16),
    high: ([u8; 16], u16),
    /// Both ends are IPv4. (`::ffff:a.b.c.d` on the wire as IPv6 is another connection.)
    v4: bool,
}

impl Hash for Key {
    /// Whole words: a table of flows is asked once a packet.
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (ip, _) in [self.low, self.high] {
            let ip = u128::from_be_bytes(ip);
            let word = |part: u128| u64::try_from(part & u128::from(u64::MAX)).unwrap_or(0);
            state.write_u64(word(ip >> 64));
            state.write_u64(word(ip));
        }
        let ports = u64::from(self.low.1) << 16 | u64::from(self.high.1);
        state.write_u64(ports << 1 | u64::from(self.v4));
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
        if from <= to {
            (
                Self {
                    low: from,
                    high: to,
                    v4,
                },
                true,
            )
        } else {
            (
                Self {
                    low: to,
                    high: from,
                    v4,
                },
                false,
            )
        }
    }

    /// The low end (`true`) or the high end.
    #[must_use]
    pub fn end(&self, low: bool) -> Endpoint {
        let (ip, port) = if low { self.low } else { self.high };
        let ip = match ip {
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] if self.v4 => {
                IpAddr::V4(Ipv4Addr::new(a, b, c, d))
            }
            octets => IpAddr::V6(Ipv6Addr::from(octets)),
        };
        Endpoint { ip, port }
    }
}

fn number(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()).to_be_bytes(),
        IpAddr::V6(ip) => ip.octets(),
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
