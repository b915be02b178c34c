//! What may be odd about a connection, in words. docs/formats.md lists them.

/// The hello came with the SYN.
pub const SYN_DATA: &str = "payload in the SYN (TCP Fast Open)";
/// Both sides sent a SYN before either had the other's.
pub const SIMULTANEOUS_OPEN: &str = "a SYN of both sides (simultaneous open)";
/// RFC 9293 section 3.8.5. The byte stays where it stands in the stream.
pub const URGENT: &str = "urgent data";
/// The sender of the packet takes no more for now: what is silent may wait for it.
pub const ZERO_WINDOW: &str = "a receive window of zero";
/// RFC 8684: bytes of this connection may travel in others.
pub const MPTCP: &str = "MPTCP";
/// RFC 8684 section 3.2: its bytes belong to a connection that began elsewhere.
pub const MPTCP_SUBFLOW: &str = "an MPTCP subflow (MP_JOIN)";
/// The server, or what stands before it, answered a SYN twice.
pub const OTHER_SYN_ACK: &str = "a SYN-ACK with another initial sequence number";
/// Copies of the same bytes that differ: a box, or an attack on whoever reads along.
pub const OTHER_BYTES: &str = "repeated TCP bytes differ from the first ones";
/// The stream left TLS.
pub const NO_RECORD: &str = "bytes that are no TLS record where one had to begin";
/// A renegotiation in clear, or two clients on one connection.
pub const SECOND_CLIENT_HELLO: &str = "a second ClientHello that was not asked for";
/// RFC 8446 section 4.1.3.
pub const SECOND_SERVER_HELLO: &str = "a second ServerHello";
/// RFC 8446 section 4.1.4.
pub const SECOND_RETRY: &str = "a second HelloRetryRequest";
/// SSL 2.0 and its hello are followed as far as they can be read.
pub const SSLV2: &str = "an SSLv2 message that cannot be read";

/// All of them.
pub const ALL: [&str; 13] = [
    SYN_DATA,
    SIMULTANEOUS_OPEN,
    URGENT,
    ZERO_WINDOW,
    MPTCP,
    MPTCP_SUBFLOW,
    OTHER_SYN_ACK,
    OTHER_BYTES,
    NO_RECORD,
    SECOND_CLIENT_HELLO,
    SECOND_SERVER_HELLO,
    SECOND_RETRY,
    SSLV2,
];
