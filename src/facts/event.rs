//! The timeline: what happened, in order.

use crate::base::Mark;
use crate::base::Side;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Frame, time and order.
    pub mark: Mark,
    /// Who sent it.
    pub from: Side,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named in the line above them")]
pub enum What {
    /// SYN; `true` where it repeats one.
    Syn { again: bool },
    /// SYN-ACK; `true` where it repeats one.
    SynAck { again: bool },
    /// The ACK that completes the TCP handshake.
    Established,
    /// Plaintext of the prelude, this many bytes.
    Prelude { bytes: u32 },
    /// Payload that is not TLS, this many bytes.
    NotTls { bytes: u32 },
    /// A handshake message in clear: its type and length on the wire, header included. A HelloRetryRequest is `HelloRetryRequest`.
    Handshake { kind: u8, length: u32 },
    /// HelloRetryRequest.
    HelloRetryRequest { length: u32 },
    /// ChangeCipherSpec record.
    ChangeCipherSpec,
    /// A plaintext alert.
    Alert { level: u8, code: u8 },
    /// An encrypted record: outer content type and length.
    Encrypted { kind: u8, length: u32 },
    /// Handshake complete.
    Completed,
    /// Retransmission of a payload of this many bytes.
    Retransmission { bytes: u32 },
    /// Bytes missing from the capture.
    Gap { bytes: u64 },
    /// Bytes beyond a hole that was never filled.
    BeyondHole { hole: u64 },
    /// FIN.
    Fin,
    /// RST; `ignored` where the side it was sent to carried on.
    Rst { ignored: bool },
    /// ICMP error quoting this flow.
    Icmp { kind: u8, code: u8 },
}
