//! The few types that every layer shares: time, frame numbers, the two sides of a connection, and an end of it.

use std::fmt;
use std::net::IpAddr;
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

/// A frame as a reader finds it in Wireshark: which input, and its 1-based number there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameRef {
    /// Index of the input file or interface, 0 for one input.
    pub source: u16,
    /// 1-based number of the frame in that input.
    pub number: u64,
}

impl fmt::Display for FrameRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source == 0 {
            write!(f, "{}", self.number)
        } else {
            write!(f, "{}:{}", self.source, self.number)
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
