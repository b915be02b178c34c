//! What was read as a whole, so that "nothing found" is not "nothing read".

use crate::base::FrameRef;
use crate::base::Timestamp;
use std::collections::BTreeMap;

/// Counts of a whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFacts {
    /// The inputs in order.
    pub sources: Vec<SourceFacts>,
    /// Only a part was asked for: a filter, or a selection of flows.
    pub selected: bool,
    /// Packets read.
    pub packets: u64,
    /// Bytes on the wire of these packets.
    pub bytes: u64,
    /// Time of the first packet.
    pub first: Option<Timestamp>,
    /// Latest packet time.
    pub last: Option<Timestamp>,
    /// Packets that were not understood, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Flows of other protocols than TLS.
    pub not_tls: u64,
    /// QUIC flows (UDP), not read.
    pub quic: u64,
    /// DTLS flows (UDP), not read.
    pub dtls: u64,
    /// Packets dropped by the kernel (live).
    pub dropped_kernel: u64,
    /// Packets dropped by the interface (live).
    pub dropped_interface: u64,
    /// Flows let go because of a bound in `Limits`.
    pub evicted: u64,
    /// Packets captured more than once.
    pub copies: u64,
    /// TCP packets.
    pub tcp_packets: u64,
    /// TCP payload bytes that the receiver acknowledged but that are not in the capture.
    pub missing_bytes: u64,
    /// TCP payload bytes seen.
    pub payload_bytes: u64,
    /// Which sides' packets are in the capture.
    pub directions: Directions,
    /// Whatever is wrong with the capture itself.
    pub problems: Vec<CaptureProblem>,
}

/// One input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// File name as given, `-` for standard input, or the interface.
    pub name: String,
    /// `pcap`, `pcapng` or `live`.
    pub format: String,
    /// Compression around it: `gzip`, `zstd`.
    pub compression: Option<&'static str>,
    /// Link types seen, by LINKTYPE number, in order of first sight.
    pub link_types: Vec<u16>,
    /// Largest snap length announced, bytes.
    pub snap_length: u32,
    /// Size of the file in bytes, where known.
    pub size: Option<u64>,
}

/// Which sides' packets are in the capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Directions {
    /// Both (or nothing that could tell).
    #[default]
    Both,
    /// Only clients' packets.
    ClientOnly,
    /// Only servers' packets.
    ServerOnly,
}

/// Something wrong with the capture itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureProblem {
    /// Kebab-case code: `cut-by-snap-length`, `damaged-file`, `missing-packets`, `one-direction`, ...
    pub code: &'static str,
    /// Packets concerned, 0 where it cannot be counted.
    pub packets: u64,
    /// Examples, a few.
    pub frames: Vec<FrameRef>,
    /// What it is, for people, one sentence.
    pub text: String,
    /// How to capture better. Empty where nothing can be done.
    pub advice: String,
}
