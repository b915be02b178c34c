//! Every bound of the analysis in one place: its unit, its default, and what happens when it is met.

use crate::base::SECOND;

/// Bounds of the analysis. Meeting one is counted and said; none ever makes a failure out of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Flows followed at once, of which nothing is settled yet; beyond it the longest idle is let go. Default 65,536.
    pub flows: usize,
    /// Flows that are over and remembered only so that stray packets find them. Default 100,000.
    pub remembered: usize,
    /// Bytes held out of order for one direction of a flow; beyond it the hole before them is given up. Default 256 KiB.
    pub out_of_order: usize,
    /// Segments held out of order for one direction. Default 256.
    pub chunks: usize,
    /// Bytes of undecided plaintext held for one flow before TLS. Default 64 KiB.
    pub prelude: usize,
    /// Events kept in one flow's timeline. Default 256.
    pub timeline: usize,
    /// RSTs kept for one flow. Default 64.
    pub resets: usize,
    /// Failed handshakes held for output. Default 100,000; beyond it they are counted and printed uncompared.
    pub failures: usize,
    /// Flows held to the end because only another flow could show that TLS was meant. Default 4,096;
    /// beyond it only servers known by then count.
    pub undecided: usize,
    /// Server ends remembered as speaking TLS. Default 200,000.
    pub servers: usize,
    /// Incomplete IP datagrams held. Default 1,024.
    pub datagrams: usize,
    /// Bytes of incomplete IP datagrams held. Default 4 MiB.
    pub datagram_bytes: usize,
    /// A flow that is over is judged once it was quiet for so long, ns. Default 3 s.
    pub linger: u64,
    /// A flow that is not over is judged once it was quiet for so long, ns. Default 10 min.
    pub idle: u64,
    /// A flow that was reset is judged once it was quiet for so long, ns: the RST may prove to be ignored. Default 10 s.
    pub reset_linger: u64,
    /// A flow that waits for an answer in TLS, or in which a fatal alert was sent, is judged once it was quiet for so long, ns, and for three
    /// times its largest retransmission time-out. Default 10 min, as others.
    pub unanswered: u64,
    /// A flow of which only SYNs were seen is judged once it was quiet for so long, ns. Default 130 s (Linux gives up after 127 s).
    pub half_open: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            flows: 65_536,
            remembered: 100_000,
            out_of_order: 256 * 1024,
            chunks: 256,
            prelude: 64 * 1024,
            timeline: 256,
            resets: 64,
            failures: 100_000,
            undecided: 4_096,
            servers: 200_000,
            datagrams: 1024,
            datagram_bytes: 4 * 1024 * 1024,
            linger: 3 * SECOND,
            idle: 600 * SECOND,
            reset_linger: 10 * SECOND,
            unanswered: 600 * SECOND,
            half_open: 130 * SECOND,
        }
    }
}
