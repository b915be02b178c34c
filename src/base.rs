//! The few types that every layer shares: time, frame numbers, the two sides of a connection, and an end of it.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::ops::Sub;

/// A point in time as captured: nanoseconds since the Unix epoch, never read from a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Nanoseconds from `earlier` to `self`; 0 where the capture's clock went backwards.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// This time plus `nanoseconds`, saturating.
    #[must_use]
    pub fn plus(self, nanoseconds: u64) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(nanoseconds).unwrap_or(i64::MAX)),
        )
    }
}

impl Sub for Timestamp {
    type Output = i64;

    /// Signed distance in nanoseconds, saturating.
    fn sub(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }
}

/// One second in nanoseconds.
pub const SECOND: u64 = 1_000_000_000;
/// One millisecond in nanoseconds.
pub const MILLISECOND: u64 = 1_000_000;

/// A duration in nanoseconds as milliseconds, for output.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "output is rounded to microseconds"
)]
pub fn millis(nanoseconds: u64) -> f64 {
    (nanoseconds / 1000) as f64 / 1000.0
}

/// A frame as a reader finds it in Wireshark: which input, and its 1-based number there. In eight bytes, since of each flow dozens
/// are kept; none of them is zero, so that one that may be missing takes no more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameRef(NonZeroU64);

/// Bits of the number: a capture of more frames than fit would be larger than any disk.
const NUMBER_BITS: u32 = 48;

impl FrameRef {
    /// Frame `number` of the input `source`. Numbers above 2^48 - 2 are not told apart.
    #[inline]
    #[must_use]
    pub fn new(source: u16, number: u64) -> Self {
        let number = number.min((1 << NUMBER_BITS) - 2);
        let both = u64::from(source) << NUMBER_BITS | number;
        Self(NonZeroU64::MIN.saturating_add(both))
    }

    fn both(self) -> u64 {
        self.0.get() - 1
    }

    /// Index of the input file or interface, 0 for one input.
    #[inline]
    #[must_use]
    pub fn source(self) -> u16 {
        u16::try_from(self.both() >> NUMBER_BITS).unwrap_or(u16::MAX)
    }

    /// 1-based number of the frame in that input; 0 for no frame.
    #[inline]
    #[must_use]
    pub fn number(self) -> u64 {
        self.both() & ((1 << NUMBER_BITS) - 1)
    }
}

impl Default for FrameRef {
    fn default() -> Self {
        Self::new(0, 0)
    }
}

impl fmt::Debug for FrameRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for FrameRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source() == 0 {
            write!(f, "{}", self.number())
        } else {
            write!(f, "{}:{}", self.source(), self.number())
        }
    }
}

/// One side of a TCP connection. The client is the one that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Opened the connection.
    Client,
    /// Was connected to.
    Server,
}

impl Side {
    /// The other side.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// `client` or `server`, as in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// Two values, one for each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides<T> {
    /// The client's.
    pub client: T,
    /// The server's.
    pub server: T,
}

impl<T> Sides<T> {
    /// The value of `side`.
    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// The value of `side`, to change.
    pub fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// An IP address and TCP port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// IPv4 or IPv6 address.
    pub ip: IpAddr,
    /// TCP port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            IpAddr::V4(ip) => write!(f, "{ip}:{}", self.port),
            IpAddr::V6(ip) => write!(f, "[{ip}]:{}", self.port),
        }
    }
}

/// Where and when something was seen, and its place among the events of its flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The frame that shows it.
    pub frame: FrameRef,
    /// When that frame was captured.
    pub at: Timestamp,
    /// Place among the events of the flow, by sequence number rather than by capture order: a segment captured late
    /// stands where its bytes stand. Comparable within one flow only.
    pub order: u32,
}

#[cfg(test)]
mod tests {
    use super::FrameRef;
    use super::Mark;

    #[test]
    fn a_frame_keeps_input_and_number_and_their_order() {
        let all = [(0, 0), (0, 1), (0, 1 << 40), (1, 1), (2, 0), (u16::MAX, 9)];
        for (source, number) in all {
            let frame = FrameRef::new(source, number);
            assert_eq!((frame.source(), frame.number()), (source, number));
        }
        let frames = all.map(|(source, number)| FrameRef::new(source, number));
        assert!(frames.is_sorted());
        assert_eq!(FrameRef::default(), FrameRef::new(0, 0));
        assert_eq!(
            (frames[1].to_string(), frames[3].to_string()),
            ("1".into(), "1:1".into())
        );
    }

    #[test]
    fn a_number_that_does_not_fit_stays_within_its_input() {
        for source in [0, u16::MAX] {
            let frame = FrameRef::new(source, u64::MAX);
            assert_eq!((frame.source(), frame.number()), (source, (1 << 48) - 2));
        }
    }

    #[test]
    fn a_mark_that_may_be_missing_takes_no_more_room() {
        assert_eq!((size_of::<Mark>(), size_of::<Option<Mark>>()), (24, 24));
    }
}
