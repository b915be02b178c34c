//! One flow to be replayed: its packets with numbers that count from the start of each side, and what is to be rewritten.

/// What a flow made from a template must be found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// An outcome, `not-tls` for TCP that is not TLS, `none` for what is no TCP.
    pub(crate) outcome: String,
    /// The pattern of a failed flow.
    pub(crate) pattern: Option<String>,
}

/// One packet. Sides are counted 0 for the client, 1 for the server.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Since the flow began, µs.
    pub(super) at: u64,
    pub(super) side: usize,
    pub(super) flags: u8,
    /// From the side's initial sequence number.
    pub(super) seq: u32,
    /// From the other side's.
    pub(super) ack: u32,
    pub(super) window: u16,
    pub(super) ttl: u8,
    pub(super) ip_id: u16,
    pub(super) options: Vec<u8>,
    /// Where the timestamps option begins in the options.
    pub(super) timestamps: Option<usize>,
    pub(super) payload: Vec<u8>,
}

/// What is put in the place of bytes of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    ClientRandom,
    ServerRandom,
    ClientSession,
    ServerSession,
    /// The first label of the server's name.
    Name,
}

/// Bytes of one side's stream that are new in every flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patch {
    pub(super) side: usize,
    /// From the first byte of the stream.
    pub(super) offset: usize,
    pub(super) length: usize,
    pub(super) what: What,
}

/// A flow to be replayed.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) kind: String,
    pub(super) expected: Expected,
    /// How many of ten thousand flows of its sort (TLS, or not) are made from it.
    pub(super) weight: u64,
    pub(super) udp: bool,
    pub(super) port: u16,
    pub(super) steps: Vec<Step>,
    /// The same with segments that fit behind an IPv6 header.
    pub(super) steps_v6: Vec<Step>,
    pub(super) patches: Vec<Patch>,
    /// Sides whose SYN was seen; the numbers of another are left as they are.
    pub(super) synchronized: [bool; 2],
    /// Whether application data may be put in before the server's answer.
    pub(super) carries_bulk: bool,
}

impl Template {
    pub(super) fn is_tls(&self) -> bool {
        self.kind.starts_with("tls:")
    }

    pub(super) fn steps(&self, v6: bool) -> &[Step] {
        if v6 { &self.steps_v6 } else { &self.steps }
    }

    /// The server's last segment of application data before anybody ends the flow: more of it goes in front.
    pub(super) fn insertion(&self, v6: bool) -> Option<usize> {
        const FIN_OR_RST: u8 = 0x05;
        let steps = self.steps(v6);
        let end = steps
            .iter()
            .position(|step| step.flags & FIN_OR_RST != 0)
            .unwrap_or(steps.len());
        let answer = |step: &Step| {
            step.side == 1 && step.payload.len() > 60 && step.payload.first() == Some(&23)
        };
        steps[..end]
            .iter()
            .rposition(answer)
            .filter(|_| self.carries_bulk)
    }
}

/// Segments with more than `most` bytes cut in two or more: IPv6 leaves 20 bytes less than IPv4.
pub(super) fn cut(steps: &[Step], most: usize) -> Vec<Step> {
    const PSH_OR_FIN: u8 = 0x09;
    let mut out = Vec::new();
    for step in steps {
        let parts = step.payload.len().div_ceil(most).max(1);
        for part in 0..parts {
            let from = part * most;
            let to = (from + most).min(step.payload.len());
            let mut piece = step.clone();
            piece.payload = step.payload[from..to].to_vec();
            piece.seq = step.seq.wrapping_add(from as u32);
            if part + 1 < parts {
                piece.flags &= !PSH_OR_FIN;
            }
            out.push(piece);
        }
    }
    out
}
