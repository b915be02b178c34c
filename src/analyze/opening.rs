//! A flow of which only SYNs were seen: what a SYN flood or a port scan leaves millions of, so it is kept small.

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

/// SYNs remembered; Linux sends seven and gives up.
const SYNS: usize = 8;

/// The SYNs of one flow.
#[derive(Debug)]
pub(super) struct Opening {
    first: Syn,
    again: Vec<Again>,
    pub(super) stream_exact: bool,
}

/// The header values of a SYN.
#[derive(Clone, Copy, Debug)]
struct Syn {
    seq: u32,
    flags: u8,
    window: u16,
    checksum: u16,
    options: Options,
    path: Path,
    sight: Again,
}

/// What differs in a SYN that is sent (or captured) again.
#[derive(Clone, Copy, Debug)]
struct Again {
    frame: FrameRef,
    at: Timestamp,
    ttl: u8,
    ip_id: Option<u16>,
    tsval: Option<(u32, u32)>,
}

impl Again {
    fn of(segment: &Segment<'_>) -> Self {
        Self {
            frame: segment.frame,
            at: segment.at,
            ttl: segment.ttl,
            ip_id: segment.ip_id,
            tsval: segment.options.timestamps,
        }
    }
}

impl Opening {
    /// Begins with a SYN; `None` where the packet is more than that.
    pub(super) fn new(segment: &Segment<'_>, stream_exact: bool) -> Option<Self> {
        let alone =
            segment.flags & (flags::SYN | flags::ACK | flags::RST | flags::FIN) == flags::SYN;
        (alone && segment.payload_length == 0).then(|| Self {
            first: Syn {
                seq: segment.seq,
                flags: segment.flags,
                window: segment.window,
                checksum: segment.checksum,
                options: segment.options,
                path: segment.path,
                sight: Again::of(segment),
            },
            again: Vec::new(),
            stream_exact,
        })
    }

    /// The client's initial sequence number.
    pub(super) fn isn(&self) -> u32 {
        self.first.seq
    }

    /// Takes the same SYN again; `false` where the packet is something else.
    pub(super) fn take(&mut self, segment: &Segment<'_>) -> bool {
        let same = segment.flags == self.first.flags
            && segment.seq == self.first.seq
            && segment.payload_length == 0
            && segment.path == self.first.path
            && self.again.len() < SYNS;
        if same {
            self.again.push(Again::of(segment));
        }
        same
    }

    /// Follows the flow: its SYNs are taken as if they came now.
    pub(super) fn follow(
        &self,
        client: Endpoint,
        server: Endpoint,
        limits: &Limits,
        spare: &mut Spare,
    ) -> Box<Live> {
        let first = self.segment(self.first.sight, client, server);
        let mut live = spare.live(client, server, &first, limits);
        for sight in std::iter::once(&self.first.sight).chain(&self.again) {
            live.segment(&self.segment(*sight, client, server), Side::Client, limits);
        }
        live
    }

    fn segment(&self, sight: Again, client: Endpoint, server: Endpoint) -> Segment<'static> {
        let mut options = self.first.options;
        options.timestamps = sight.tsval;
        Segment {
            frame: sight.frame,
            at: sight.at,
            path: self.first.path,
            src: client.ip,
            dst: server.ip,
            src_port: client.port,
            dst_port: server.port,
            seq: self.first.seq,
            ack: 0,
            flags: self.first.flags,
            window: self.first.window,
            ttl: sight.ttl,
            ip_id: sight.ip_id,
            checksum: self.first.checksum,
            options,
            payload: &[],
            payload_length: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Opening;
    use super::SYNS;
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
        assert!(!opening.take(&other.packets[0].segment(2)));
        let again = talk.packets[1].segment(2);
        let taken = (0..100).filter(|_| opening.take(&again)).count();
        assert_eq!(taken, SYNS);
    }

    #[test]
    fn what_is_followed_saw_every_syn_at_its_own_time() {
        let talk = Talk::new(1).syn().wait(SECOND).again(|_| {});
        let first = talk.packets[0].segment(1);
        let mut opening = Opening::new(&first, true).unwrap();
        assert!(opening.take(&talk.packets[1].segment(2)));
        let (client, server) = (talk.packets[0].src, talk.packets[0].dst);
        let live = opening.follow(client, server, &Limits::default(), &mut Spare::default());
        let tcp = &live.connection.tcp;
        assert_eq!(tcp.syn_transmissions, 2);
        assert_eq!(tcp.last_syn.unwrap().frame.number, 2);
        assert!(tcp.largest_rto >= SECOND);
    }
}
