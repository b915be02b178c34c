//! Flows that are over to diagnoses: which are reported, which only once their server is known, and what is counted of them.

use super::Options;
use super::Take;
use super::losses::Losses;
use super::table::Gone;
use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::facts::Directions;
use crate::facts::GapReason;
use crate::facts::HandshakeFacts;
use crate::facts::TlsMeant;
use crate::pattern::Diagnosis;
use crate::pattern::Relevance;
use crate::pattern::View;
use crate::pattern::hangs_on_what_is_missing;
use crate::pattern::is_told_by_silence;
use crate::pattern::judge;
use crate::pattern::relevance;
use hashbrown::HashSet;
use std::mem;

/// Losses of other flows so near in time may have hit this one too, ns.
const NEAR: u64 = 2 * SECOND;
/// So many of them make it likely.
const LOSSES: usize = 3;
/// Times of losses kept.
const GAP_TIMES: usize = 65_536;

/// Judges flows that are over, and holds those that only another flow can tell about.
#[derive(Debug)]
pub(super) struct Judge {
    answer_timeout: u64,
    ports: Vec<u16>,
    max_undecided: usize,
    max_servers: usize,
    endless: bool,
    /// Server ends whose first bytes were a ServerHello.
    servers: HashSet<Endpoint, foldhash::fast::RandomState>,
    /// Where there may be no end: those known before there were too many, once.
    older: HashSet<Endpoint, foldhash::fast::RandomState>,
    /// When the kernel or the interface lost packets.
    pub(super) losses: Losses,
    undecided: Vec<Gone>,
    /// Failures told by silence alone.
    silent: Vec<Diagnosis>,
    /// When flows were noticed to miss packets in the capture, one a flow.
    gap_times: Vec<Timestamp>,
    pub(super) not_tls: u64,
    pub(super) missing_bytes: u64,
    pub(super) missing_flows: u64,
    pub(super) gap_frames: Vec<FrameRef>,
    both_sides: u64,
    client_only: u64,
    server_only: u64,
}

impl Judge {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            answer_timeout: options.answer_timeout,
            ports: options.ports.clone(),
            max_undecided: options.limits.undecided,
            max_servers: options.limits.servers,
            endless: options.endless,
            servers: HashSet::default(),
            older: HashSet::default(),
            losses: Losses::default(),
            undecided: Vec::new(),
            silent: Vec::new(),
            gap_times: Vec::new(),
            not_tls: 0,
            missing_bytes: 0,
            missing_flows: 0,
            gap_frames: Vec::new(),
            both_sides: 0,
            client_only: 0,
            server_only: 0,
        }
    }

    /// Takes the facts of a flow that is over; gives back such as are of no use any more.
    pub(super) fn gone(
        &mut self,
        mut facts: Gone,
        pauses: &[(Timestamp, Timestamp)],
        take: Take<'_>,
    ) -> Option<Gone> {
        self.count(&facts);
        let speaks = facts.server_hello.is_some() && facts.prelude.is_none();
        if speaks {
            self.learn(facts.server);
        }
        match relevance(&facts, self.ports.contains(&facts.server.port)) {
            Relevance::Report(meant) => {
                facts.meant = meant;
                let diagnosis = self.diagnose(facts, pauses);
                self.hold_or_give(diagnosis, take)
            }
            Relevance::IfKnownServer
                if !self.endless && self.undecided.len() < self.max_undecided =>
            {
                facts.shrink();
                self.undecided.push(facts);
                None
            }
            Relevance::IfKnownServer if self.knows(&facts.server) => {
                facts.meant = TlsMeant::KnownServer;
                let diagnosis = self.diagnose(facts, pauses);
                self.hold_or_give(diagnosis, take)
            }
            Relevance::NotTls | Relevance::IfKnownServer => {
                self.not_tls += 1;
                Some(facts)
            }
        }
    }

    /// A server spoke TLS from its first byte on.
    fn learn(&mut self, server: Endpoint) {
        if self.servers.len() >= self.max_servers {
            if !self.endless {
                return;
            }
            self.older = mem::take(&mut self.servers);
        }
        self.servers.insert(server);
    }

    fn knows(&self, server: &Endpoint) -> bool {
        self.servers.contains(server) || self.older.contains(server)
    }

    fn count(&mut self, facts: &HandshakeFacts) {
        let tcp = &facts.tcp;
        match (tcp.packets.client > 0, tcp.packets.server > 0) {
            (true, true) => self.both_sides += 1,
            (true, false) if tcp.acknowledges.client => self.client_only += 1,
            (false, true) if tcp.acknowledges.server => self.server_only += 1,
            _ => {}
        }
        let missing = tcp
            .missing_bytes
            .client
            .saturating_add(tcp.missing_bytes.server);
        if missing > 0 {
            self.missing_bytes = self.missing_bytes.saturating_add(missing);
            self.missing_flows += 1;
            let gap = facts
                .gaps
                .iter()
                .find(|gap| gap.reason == GapReason::NotCaptured);
            if self.endless && self.gap_times.len() >= GAP_TIMES {
                self.gap_times.drain(..GAP_TIMES / 2);
            }
            if let Some(gap) = gap.filter(|_| self.gap_times.len() < GAP_TIMES) {
                self.gap_times.push(gap.mark.at);
            }
            if let Some(gap) = facts.gaps.first().filter(|_| self.gap_frames.len() < 5) {
                self.gap_frames.push(gap.mark.frame);
            }
        }
    }

    pub(super) fn directions(&self) -> Directions {
        match (self.both_sides, self.client_only, self.server_only) {
            (0, 1.., 0) => Directions::ClientOnly,
            (0, 0, 1..) => Directions::ServerOnly,
            _ => Directions::Both,
        }
    }

    fn diagnose(&self, facts: Box<HandshakeFacts>, pauses: &[(Timestamp, Timestamp)]) -> Diagnosis {
        let verdict = judge(&View::new(&facts, self.answer_timeout, pauses));
        let mut diagnosis = Diagnosis::new(facts, verdict);
        if self.may_have_lost(&diagnosis.facts)
            && hangs_on_what_is_missing(&diagnosis.facts, &diagnosis.verdict)
        {
            diagnosis.excuse();
        }
        diagnosis
    }

    /// Whether the capture lost packets while the flow waited, by its own counters.
    fn may_have_lost(&self, facts: &HandshakeFacts) -> bool {
        let waited = facts.quiet_to_end.min(self.answer_timeout);
        self.losses.hit(facts.first.at, facts.last.at.plus(waited))
    }

    /// Failures told by silence alone wait until the losses of the whole capture are known.
    fn hold_or_give(&mut self, mut diagnosis: Diagnosis, take: Take<'_>) -> Option<Gone> {
        if self.endless {
            if is_told_by_silence(&diagnosis.facts, &diagnosis.verdict)
                && self.lost_just_now(diagnosis.facts.last.at)
            {
                diagnosis.excuse();
            }
            return take(diagnosis);
        }
        if is_told_by_silence(&diagnosis.facts, &diagnosis.verdict)
            && self.silent.len() < self.max_undecided
        {
            diagnosis.facts.shrink();
            self.silent.push(diagnosis);
            return None;
        }
        take(diagnosis)
    }

    /// Whether several other flows lost packets in the capture about then. What a burst of losses took from a flow's end leaves no
    /// gap behind it: the flow only falls silent.
    fn capture_lost_packets_at(&self, at: Timestamp) -> bool {
        let from = self
            .gap_times
            .partition_point(|time| at.since(*time) > NEAR);
        let near = self.gap_times.iter().skip(from);
        near.take_while(|time| time.since(at) <= NEAR).count() >= LOSSES
    }

    /// The same where flows are judged as they end: only the latest losses are looked at.
    fn lost_just_now(&self, at: Timestamp) -> bool {
        let latest = self.gap_times.iter().rev().take(1024);
        let near = latest.filter(|time| at.since(**time).max(time.since(at)) <= NEAR);
        near.take(LOSSES).count() >= LOSSES
    }

    /// Every flow is known: those that were held are judged if their server speaks TLS.
    pub(super) fn settle(&mut self, pauses: &[(Timestamp, Timestamp)], take: Take<'_>) {
        self.gap_times.sort_unstable();
        for mut diagnosis in mem::take(&mut self.silent) {
            if self.capture_lost_packets_at(diagnosis.facts.last.at) {
                diagnosis.excuse();
            }
            take(diagnosis);
        }
        for mut facts in mem::take(&mut self.undecided) {
            if self.knows(&facts.server) {
                facts.meant = TlsMeant::KnownServer;
                take(self.diagnose(facts, pauses));
            } else {
                self.not_tls += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Judge;
    use crate::analyze::Options;
    use crate::analyze::sample::Talk;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::facts::Directions;
    use crate::facts::TlsMeant;
    use crate::facts::sample::Flow;
    use crate::flow::Limits;
    use crate::pattern::Diagnosis;
    use crate::pattern::Outcome;
    use crate::track::sample::client_hello;

    const BAD_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\r\n";

    /// Plain HTTP to this port, answered 400.
    fn plain(port: u16, server: u16) -> Talk {
        Talk::to(port, server)
            .connect()
            .send(Side::Client, b"GET / HTTP/1.1\r\n\r\n")
            .send(Side::Server, BAD_REQUEST)
            .close(Side::Server)
    }

    /// What shows that TLS was meant on each flow that is reported, and how many are not.
    fn meant(talk: &Talk, options: &Options) -> (Vec<TlsMeant>, u64) {
        let (mut all, run) = talk.analysed(options);
        all.sort_by_key(|diagnosis| diagnosis.facts.stream);
        let meant = all.iter().map(|diagnosis| diagnosis.facts.meant);
        (meant.collect(), run.not_tls)
    }

    #[test]
    fn a_server_that_spoke_tls_elsewhere_decides_the_flows_that_were_held() {
        let options = Options::default();
        let tls = Talk::to(2, 7000).connect().complete();
        let known = vec![TlsMeant::KnownServer, TlsMeant::Bytes];
        assert_eq!(
            meant(&plain(1, 7000).then(tls.clone()), &options),
            (known, 0)
        );
        assert_eq!(
            meant(&plain(1, 7001).then(tls), &options),
            (vec![TlsMeant::Bytes], 1)
        );
    }

    #[test]
    fn where_no_more_can_be_held_only_servers_known_by_then_count() {
        let options = Options {
            limits: Limits {
                undecided: 0,
                ..Limits::default()
            },
            ..Options::default()
        };
        let tls = Talk::to(2, 7000).connect().complete();
        let (before, missed) = meant(
            &plain(1, 7000).wait(20 * SECOND).then(tls.clone()),
            &options,
        );
        assert_eq!((before, missed), (vec![TlsMeant::Bytes], 1));
        let (after, missed) = meant(&tls.then(plain(1, 7000)), &options);
        assert_eq!(
            (after, missed),
            (vec![TlsMeant::Bytes, TlsMeant::KnownServer], 0)
        );
    }

    #[test]
    fn a_named_port_and_a_well_known_one_show_that_tls_was_meant() {
        let options = Options {
            ports: vec![7000],
            ..Options::default()
        };
        let talk = plain(1, 7000).then(plain(2, 443)).then(plain(3, 80));
        let signs = vec![TlsMeant::PortOption, TlsMeant::WellKnownPort];
        assert_eq!(meant(&talk, &options), (signs, 1));
    }

    #[test]
    fn two_sides_that_talk_at_ease_are_counted_and_not_reported() {
        let talk = Talk::connected(1)
            .send(Side::Client, b"GET / HTTP/1.1\r\n\r\n")
            .send(Side::Server, b"HTTP/1.1 200 OK\r\n\r\n")
            .close(Side::Client);
        assert_eq!(meant(&talk, &Options::default()), (vec![], 1));
    }

    /// Two sides at ease in another protocol on port 443, without the client's payloads of these numbers.
    fn at_ease_without(missing: &[usize]) -> (Vec<TlsMeant>, u64) {
        let mut talk = Talk::connected(1);
        for round in 0..4 {
            talk = talk
                .send(Side::Client, &[0x9a, round, b'c', b'l'])
                .send(Side::Server, &[0x86, round, b's', b'e'])
                .wait(SECOND);
        }
        let mut talk = talk.close(Side::Client);
        for number in missing.iter().rev() {
            talk.packets.remove(3 + 2 * number);
        }
        meant(&talk, &Options::default())
    }

    #[test]
    fn two_sides_at_ease_are_not_reported_where_bytes_of_the_client_are_missing() {
        for missing in [&[][..], &[0], &[1], &[0, 1], &[1, 2], &[0, 2]] {
            assert_eq!(at_ease_without(missing), (vec![], 1), "{missing:?}");
        }
    }

    #[test]
    fn a_capture_of_one_direction_says_which() {
        let of = |side: Option<u16>| {
            let mut talk = Talk::connected(1).send(Side::Client, &client_hello());
            talk.packets
                .retain(|packet| side.is_none_or(|port| packet.src.port == port));
            talk.analysed(&Options::default()).1.directions
        };
        assert_eq!(of(None), Directions::Both);
        assert_eq!(of(Some(1)), Directions::ClientOnly);
        assert_eq!(of(Some(443)), Directions::ServerOnly);
    }

    #[test]
    fn silence_proves_nothing_where_the_capture_loses_packets() {
        let sample = Flow::hello_sent().then_quiet(20_000).facts();
        let failed = |losses: usize, apart: u64| {
            let mut judge = Judge::new(&Options::default());
            let at = sample.last.at.plus(apart);
            judge.gap_times = vec![at; losses];
            let mut outcomes = Vec::new();
            let mut take = |diagnosis: Diagnosis| {
                outcomes.push(diagnosis.verdict.outcome);
                Some(diagnosis.facts)
            };
            judge.gone(Box::new(sample.clone()), &[], &mut take);
            judge.settle(&[], &mut take);
            outcomes
        };
        assert_eq!(failed(3, SECOND), [Outcome::Unknown]);
        assert_eq!(failed(2, SECOND), [Outcome::Failed]);
        assert_eq!(failed(3, 5 * SECOND), [Outcome::Failed]);
    }
}
