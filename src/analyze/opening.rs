//! A flow of which only SYNs and SYN-ACKs were seen: what a SYN flood or a port scan leaves millions of, so it is kept small.

use super::live::Live;
use super::table::Spare;
use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Side;
use crate::base::Timestamp;
use crate::decode::Options;
use crate::decode::Path;
use crate::decode::Segment;
use crate::decode::flags;
use crate::flow::Limits;

/// Packets remembered beside the first; Linux sends seven SYNs and gives up, and a server six SYN-ACKs.
const PACKETS: usize = 8;

/// The SYNs and SYN-ACKs of one flow.
#[derive(Debug)]
pub(super) struct Opening {
    first: Held,
    more: Vec<Held>,
    pub(super) stream_exact: bool,
}

/// The header values of a packet without payload.
#[derive(Clone, Copy, Debug)]
struct Held {
    from: Side,
    frame: FrameRef,
    at: Timestamp,
    seq: u32,
    ack: u32,
    flags: u8,
    ttl: u8,
    window: u16,
    checksum: u16,
    ip_id: Option<u16>,
    options: Options,
    path: Path,
}

impl Held {
    fn of(segment: &Segment<'_>, from: Side) -> Self {
        Self {
            from,
            frame: segment.frame,
            at: segment.at,
            seq: segment.seq,
            ack: segment.ack,
            flags: segment.flags,
            ttl: segment.ttl,
            window: segment.window,
            checksum: segment.checksum,
            ip_id: segment.ip_id,
            options: segment.options,
            path: segment.path,
        }
    }

    fn segment(&self, client: Endpoint, server: Endpoint) -> Segment<'static> {
        let (src, dst) = match self.from {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        Segment {
            frame: self.frame,
            at: self.at,
            path: self.path,
            src: src.ip,
            dst: dst.ip,
            src_port: src.port,
            dst_port: dst.port,
            seq: self.seq,
            ack: self.ack,
            flags: self.flags,
            window: self.window,
            ttl: self.ttl,
            ip_id: self.ip_id,
            checksum: self.checksum,
            options: self.options,
            payload: &[],
            payload_length: 0,
        }
    }
}

/// The flags that tell a SYN from a SYN-ACK and both from all else.
fn kind(segment: &Segment<'_>) -> u8 {
    segment.flags & (flags::SYN | flags::ACK | flags::RST | flags::FIN)
}

impl Opening {
    /// Begins with a SYN; `None` where the packet is more than that.
    pub(super) fn new(segment: &Segment<'_>, stream_exact: bool) -> Option<Self> {
        let alone = kind(segment) == flags::SYN && segment.payload_length == 0;
        alone.then(|| Self {
            first: Held::of(segment, Side::Client),
            more: Vec::new(),
            stream_exact,
        })
    }

    /// Becomes `other`, keeping allocations.
    pub(super) fn restart(&mut self, other: Self) {
        let mut more = std::mem::take(&mut self.more);
        more.clear();
        more.extend(other.more);
        *self = Self { more, ..other };
    }

    /// The client's initial sequence number.
    pub(super) fn isn(&self) -> u32 {
        self.first.seq
    }

    /// Takes the same SYN again, or a SYN-ACK that answers it; `false` where the packet is something else.
    pub(super) fn take(&mut self, segment: &Segment<'_>, from: Side) -> bool {
        let fits = match from {
            Side::Client => {
                segment.flags == self.first.flags
                    && segment.seq == self.first.seq
                    && segment.path == self.first.path
            }
            Side::Server => {
                kind(segment) == flags::SYN | flags::ACK
                    && segment.ack == self.first.seq.wrapping_add(1)
            }
        };
        let taken = fits && segment.payload_length == 0 && self.more.len() < PACKETS;
        if taken {
            if self.more.is_empty() {
                // Nearly always one SYN-ACK, and of many flows nothing more ever comes.
                self.more.reserve_exact(1);
            }
            self.more.push(Held::of(segment, from));
        }
        taken
    }

    /// Follows the flow: its packets are taken as if they came now.
    pub(super) fn follow(
        &self,
        client: Endpoint,
        server: Endpoint,
        limits: &Limits,
        spare: &mut Spare,
    ) -> Box<Live> {
        let first = self.first.segment(client, server);
        let mut live = spare.live(client, server, &first, limits);
        for held in std::iter::once(&self.first).chain(&self.more) {
            live.segment(&held.segment(client, server), held.from, limits);
        }
        live
    }
}

#[cfg(test)]
mod tests {
    use super::Opening;
    use super::PACKETS;
    use super::Spare;
    use crate::analyze::sample::Talk;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::flow::Limits;

    #[test]
    fn only_a_bare_syn_opens() {
        let opens = |talk: Talk| Opening::new(&talk.packets[0].segment(1), true).is_some();
        assert!(opens(Talk::new(1).syn()));
        assert!(!opens(Talk::new(1).syn_ack()));
        assert!(!opens(Talk::new(1).bare(Side::Client)));
        assert!(!opens(Talk::new(1).push(Side::Client, 2, b"fast open")));
    }

    #[test]
    fn only_the_same_syn_is_taken_and_not_too_often() {
        let talk = Talk::new(1).syn().wait(SECOND).again(|_| {});
        let other = Talk::new(1).isn(7777).syn();
        let mut opening = Opening::new(&talk.packets[0].segment(1), true).unwrap();
        assert!(!opening.take(&other.packets[0].segment(2), Side::Client));
        let again = talk.packets[1].segment(2);
        let taken = (0..100)
            .filter(|_| opening.take(&again, Side::Client))
            .count();
        assert_eq!(taken, PACKETS);
    }

    #[test]
    fn what_is_followed_saw_every_syn_at_its_own_time() {
        let talk = Talk::new(1).syn().wait(SECOND).again(|_| {});
        let first = talk.packets[0].segment(1);
        let mut opening = Opening::new(&first, true).unwrap();
        assert!(opening.take(&talk.packets[1].segment(2), Side::Client));
        let (client, server) = (talk.packets[0].src, talk.packets[0].dst);
        let live = opening.follow(client, server, &Limits::default(), &mut Spare::default());
        let tcp = &live.connection.tcp;
        assert_eq!(tcp.syn_transmissions, 2);
        assert_eq!(tcp.last_syn.unwrap().frame.number(), 2);
        assert!(tcp.largest_rto >= SECOND);
    }

    #[test]
    fn a_syn_ack_is_held_until_more_comes_and_only_one_that_answers() {
        let talk = Talk::new(1).syn().syn_ack();
        let mut opening = Opening::new(&talk.packets[0].segment(1), true).unwrap();
        let mut other = talk.packets[1].clone();
        other.ack = other.ack.wrapping_add(1);
        assert!(!opening.take(&other.segment(2), Side::Server));
        assert!(opening.take(&talk.packets[1].segment(2), Side::Server));
        let (client, server) = (talk.packets[0].src, talk.packets[0].dst);
        let live = opening.follow(client, server, &Limits::default(), &mut Spare::default());
        let tcp = &live.connection.tcp;
        assert_eq!((tcp.syn_transmissions, tcp.packets.server), (1, 1));
        assert_eq!(live.connection.isn(Side::Server), Some(talk.packets[1].seq));
    }
}
