//! Who sent a RST: what its numbers say for a box between and for the host named in it (definitions section 5).
//!
//! ```text
//! C→S ClientHello
//! S→C RST           TTL 120, 1 ms after the hello      <- the server's packets: TTL 53, quickest answer 24 ms
//! S→C ServerHello                                      <- it goes on as if nothing had been
//! ```
//!
//! Weights are log-odds in tenths, set by hand and held against the captures of the lab. Two honest resets of Linux are never counted against
//! a host: RST+ACK with timestamps and a window (a close with unread data, SO_LINGER 0), and the bare RST without ACK flag, window 0
//! and IP ID 0 that answers a segment for a closed socket.

use crate::base::FrameRef;
use crate::base::MILLISECOND;
use crate::base::Side;
use crate::base::millis;
use crate::facts::HandshakeFacts;
use crate::facts::ResetFacts;
use crate::texts::counted;
use crate::texts::text;

/// A SYN-ACK that took less was sent beside the capture point: its time says nothing about a round trip.
const NEAR: u64 = 2 * MILLISECOND;
/// RSTs within this time (ns) belong to one volley.
const VOLLEY: u64 = 10 * MILLISECOND;

/// Kinds of evidence that are independent of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClueKind {
    /// When it came, and what came after it.
    Order,
    /// Values in its headers.
    Header,
}

/// One thing that speaks for a box (`weight` above 0) or for the host (below 0).
#[derive(Clone, Debug, PartialEq)]
pub struct Clue {
    /// What it rests on.
    pub kind: ClueKind,
    /// Log-odds in tenths.
    pub weight: i32,
    /// One sentence with the values.
    pub text: String,
    /// Frames that show it.
    pub frames: Vec<FrameRef>,
}

/// What the host named in a RST is known to send.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Baseline<'a> {
    /// TTLs of its packets in all flows of the run.
    pub(super) ttl: &'a [u8],
    /// Its quickest SYN-ACK in all flows, in ns.
    pub(super) quickest: Option<u64>,
}

/// The RST that decides: not ignored, not the client's own.
pub(super) fn decisive(facts: &HandshakeFacts) -> Option<&ResetFacts> {
    facts
        .tcp
        .resets
        .iter()
        .find(|reset| !reset.ignored && !reset.is_clients_own())
}

/// All clues about the decisive RST of a flow, those for a box first.
pub(super) fn clues(facts: &HandshakeFacts, baseline: &Baseline<'_>) -> Vec<Clue> {
    let Some(reset) = decisive(facts) else {
        return Vec::new();
    };
    let mut clues = Vec::new();
    clues.extend(data_after(facts, reset));
    clues.extend(early(facts, reset, baseline));
    clues.extend(other_ttl(facts, reset, baseline));
    clues.extend(volley(facts, reset));
    clues.extend(payload(reset));
    clues.extend(late(facts, reset));
    clues.extend(as_linux_closes(reset));
    clues.sort_by_key(|clue| std::cmp::Reverse(clue.weight));
    clues
}

fn data_after(facts: &HandshakeFacts, reset: &ResetFacts) -> Option<Clue> {
    let after = facts
        .tcp
        .resets
        .iter()
        .find(|other| other.from == reset.from && other.data_after)?;
    let hello = facts.server_hello.as_ref().map(|hello| hello.mark);
    let data = match after.from {
        Side::Server => hello.filter(|mark| mark.order > after.mark.order),
        Side::Client => None,
    };
    let text = match data {
        Some(_) => text!("clue.server-hello-after"),
        None => text!("clue.data-after"),
    };
    let last = facts.tcp.last_payload.of(after.from).as_ref().copied();
    let frames = [Some(after.mark), data.or(last)];
    Some(Clue {
        kind: ClueKind::Order,
        weight: 40,
        text: text.to_owned(),
        frames: frames
            .into_iter()
            .flatten()
            .map(|mark| mark.frame)
            .collect(),
    })
}

/// Sooner than the host can answer. Only where the capture is far enough from the host to measure it.
fn early(facts: &HandshakeFacts, reset: &ResetFacts, baseline: &Baseline<'_>) -> Option<Clue> {
    let quickest = round_trip(facts, reset, baseline)?;
    let delay = reset.delay.filter(|delay| *delay < quickest / 10 * 6)?;
    Some(Clue {
        kind: ClueKind::Order,
        weight: 30,
        text: text!(
            "clue.early",
            delay = short(delay),
            quickest = short(quickest)
        ),
        frames: hello_and(facts, reset),
    })
}

/// One round trip to the host named in the RST, where the capture saw one.
fn round_trip(facts: &HandshakeFacts, reset: &ResetFacts, baseline: &Baseline<'_>) -> Option<u64> {
    let own = match reset.from {
        Side::Server => facts
            .tcp
            .syn_to_syn_ack
            .into_iter()
            .chain(baseline.quickest)
            .min(),
        // Seen beside the server, the client's quickest answer is the ACK of its SYN-ACK.
        Side::Client => {
            let established = facts.tcp.established?;
            facts
                .tcp
                .syn_ack
                .map(|syn_ack| established.at.since(syn_ack.at))
        }
    };
    own.filter(|time| *time >= NEAR)
}

fn other_ttl(facts: &HandshakeFacts, reset: &ResetFacts, baseline: &Baseline<'_>) -> Option<Clue> {
    let others = facts.tcp.ttl.of(reset.from);
    let nearest = others.iter().map(|ttl| ttl.abs_diff(reset.ttl)).min()?;
    if nearest < 2 {
        return None; // paths of equal cost differ by one
    }
    let elsewhere = reset.from == Side::Server && baseline.ttl.contains(&reset.ttl);
    let weight = if nearest >= 5 && !elsewhere { 25 } else { 15 };
    let list: Vec<String> = others.iter().take(3).map(ToString::to_string).collect();
    let other = match reset.from {
        Side::Server => facts.tcp.syn_ack,
        Side::Client => facts.tcp.syn,
    };
    Some(Clue {
        kind: ClueKind::Header,
        weight: if elsewhere { weight.min(5) } else { weight },
        text: text!(
            "clue.other-ttl",
            ttl = reset.ttl,
            others = list
                .into_iter()
                .reduce(|first, last| text!("list.two", first, last))
                .unwrap_or_default()
        ),
        frames: std::iter::once(reset.mark)
            .chain(other)
            .map(|mark| mark.frame)
            .collect(),
    })
}

/// Several RSTs at once that one host would not send.
fn volley(facts: &HandshakeFacts, reset: &ResetFacts) -> Option<Clue> {
    let near = |other: &&ResetFacts| {
        other.from == reset.from && other.mark.at.since(reset.mark.at) <= VOLLEY
    };
    let volley: Vec<&ResetFacts> = facts.tcp.resets.iter().filter(near).collect();
    // A closed socket answers each further segment with a bare RST that takes its number from that segment.
    let unlike = |other: &&ResetFacts| {
        let own_number = other.ack_flag && reset.ack_flag;
        other.ttl != reset.ttl
            || (own_number && (other.window != reset.window || other.seq != reset.seq))
    };
    let odd = reset.contradicted || volley.iter().any(unlike);
    odd.then(|| Clue {
        kind: ClueKind::Header,
        weight: 25,
        text: text!("clue.volley", count = volley.len().max(2)),
        frames: volley
            .iter()
            .take(4)
            .map(|reset| reset.mark.frame)
            .collect(),
    })
}

fn payload(reset: &ResetFacts) -> Option<Clue> {
    (reset.payload_length > 0).then(|| Clue {
        kind: ClueKind::Header,
        weight: 25,
        text: counted!("clue.payload", u64::from(reset.payload_length)),
        frames: vec![reset.mark.frame],
    })
}

/// It came when an answer of the host is due, and the host had acknowledged the hello before.
fn late(facts: &HandshakeFacts, reset: &ResetFacts) -> Option<Clue> {
    if reset.from != Side::Server {
        return None;
    }
    let trip = facts.tcp.syn_to_syn_ack.filter(|time| *time >= NEAR)?;
    let hello = facts.current_hello()?;
    let acknowledged = facts
        .tcp
        .acknowledged_at
        .client
        .filter(|mark| mark.order < reset.mark.order && mark.order > hello.last.order)?;
    let delay = reset.delay.filter(|delay| *delay >= trip / 10 * 9)?;
    Some(Clue {
        kind: ClueKind::Order,
        weight: -15,
        text: text!("clue.late", delay = short(delay)),
        frames: vec![acknowledged.frame, reset.mark.frame],
    })
}

/// RST+ACK with timestamps and a window (a close with unread data), or a bare RST of a closed socket: what Linux sends. With the host's own
/// TTL that is its signature; with another TTL a load balancer may stand before the host that sent it.
fn as_linux_closes(reset: &ResetFacts) -> Option<Clue> {
    let unread = reset.ack_flag && reset.timestamps && reset.window > 0;
    let closed = !reset.ack_flag
        && !reset.timestamps
        && reset.window == 0
        && matches!(reset.ip_id, None | Some(0));
    let own = reset.ttl_as_others == Some(true);
    let (weight, shape) = match (unread, closed, own) {
        (true, _, true) => (-30, text!("clue.linux-unread")),
        (true, _, false) => (-15, text!("clue.linux-unread-behind")),
        (_, true, false) => (-15, text!("clue.linux-closed")),
        _ => return None,
    };
    (!reset.contradicted).then(|| Clue {
        kind: ClueKind::Header,
        weight,
        text: shape.to_owned(),
        frames: vec![reset.mark.frame],
    })
}

fn hello_and(facts: &HandshakeFacts, reset: &ResetFacts) -> Vec<FrameRef> {
    let hello = facts.current_hello().map(|hello| hello.last.frame);
    hello.into_iter().chain([reset.mark.frame]).collect()
}

/// Milliseconds for a sentence: `0.4`, `1.4`, `24`.
fn short(nanoseconds: u64) -> String {
    let value = millis(nanoseconds);
    if value < 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::Baseline;
    use super::clues;
    use crate::base::MILLISECOND;
    use crate::base::Side;
    use crate::facts::ResetFacts;
    use crate::facts::sample::Flow;

    fn sum(change: impl FnOnce(&mut ResetFacts), round_trip: u64) -> i32 {
        let mut facts = Flow::hello_sent()
            .wait(1)
            .reset_with(Side::Server, change)
            .facts();
        facts.tcp.syn_to_syn_ack = Some(round_trip);
        if facts.tcp.ttl.server.is_empty() {
            facts.tcp.ttl.server = [53].into();
        }
        clues(&facts, &Baseline::default())
            .iter()
            .map(|clue| clue.weight)
            .sum()
    }

    #[test]
    fn a_forged_reset_is_told_by_ttl_and_time() {
        let forged = |reset: &mut ResetFacts| {
            reset.ttl = 120;
            reset.ttl_as_others = Some(false);
            reset.delay = Some(MILLISECOND);
        };
        assert!(sum(forged, 24 * MILLISECOND) >= 40);
    }

    #[test]
    fn a_linux_close_with_unread_data_is_honest() {
        let honest = |reset: &mut ResetFacts| {
            reset.ttl = 53;
            reset.ttl_as_others = Some(true);
            reset.ack_flag = true;
            reset.timestamps = true;
            reset.window = 509;
            reset.delay = Some(24 * MILLISECOND);
        };
        assert!(sum(honest, 24 * MILLISECOND) < 0);
    }

    #[test]
    fn a_bare_reset_of_a_closed_socket_says_nothing() {
        let bare = |reset: &mut ResetFacts| {
            reset.ttl = 53;
            reset.ttl_as_others = Some(true);
            reset.ack_flag = false;
            reset.window = 0;
            reset.delay = Some(24 * MILLISECOND);
        };
        assert_eq!(sum(bare, 24 * MILLISECOND).max(0), 0);
    }

    #[test]
    fn beside_the_host_its_time_says_nothing() {
        let quick = |reset: &mut ResetFacts| {
            reset.ttl = 53;
            reset.ttl_as_others = Some(true);
            reset.delay = Some(MILLISECOND / 10);
        };
        assert_eq!(sum(quick, MILLISECOND / 2).max(0), 0);
    }
}
