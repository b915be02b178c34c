//! The whole way on the left: frames in, facts of each flow out, once each, as soon as the flow is over. The verdict on them too.

mod clock;
mod forgotten;
mod live;
mod opening;
mod quality;
mod table;
mod twins;
mod wheel;

use crate::base::SECOND;
use crate::capture::Frame;
use crate::decode::Datagram;
use crate::decode::Decoded;
use crate::decode::Decoder;
use crate::decode::FragmentLimits;
use crate::decode::Segment;
use crate::decode::Skip;
use crate::decode::quic_dtls;
use crate::facts::Directions;
use crate::facts::HandshakeFacts;
use crate::facts::RunFacts;
use crate::facts::TlsMeant;
use crate::flow::Key;
use crate::flow::Limits;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::pattern::Relevance;
use crate::pattern::View;
use crate::pattern::judge;
use crate::pattern::relevance;
use clock::Clock;
use clock::SPLICE;
use clock::Tick;
use hashbrown::HashMap;
use hashbrown::HashSet;
use quality::Quality;
use table::Gone;
use table::Table;

/// UDP flows told apart for the counts.
const DATAGRAM_FLOWS: usize = 100_000;

/// What can be chosen.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bounds.
    pub limits: Limits,
    /// T (definitions section 1), ns. Default 10 s.
    pub answer_timeout: u64,
    /// Ports on which TLS is meant.
    pub ports: Vec<u16>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            answer_timeout: 10 * SECOND,
            ports: Vec::new(),
        }
    }
}

/// Takes frames in capture order and gives each [`Diagnosis`] once, as soon as its flow is over; [`Analyzer::finish`] gives
/// the rest and the counts of the run.
#[derive(Debug)]
pub struct Analyzer {
    options: Options,
    decoder: Decoder,
    table: Table,
    clock: Clock,
    run: RunFacts,
    skipped: HashMap<Skip, u64, foldhash::fast::RandomState>,
    quality: Quality,
    judge: Judge,
    datagrams: HashMap<Key, bool, foldhash::fast::RandomState>,
}

/// Who takes diagnoses.
pub type Take<'a> = &'a mut dyn FnMut(Diagnosis);

impl Analyzer {
    /// An analyzer that has seen nothing.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let limits = options.limits;
        let fragments = FragmentLimits {
            datagrams: limits.datagrams,
            bytes: limits.datagram_bytes,
            ..FragmentLimits::default()
        };
        Self {
            decoder: Decoder::new(fragments),
            table: Table::new(&limits),
            clock: Clock::default(),
            run: RunFacts::default(),
            skipped: HashMap::default(),
            quality: Quality::default(),
            judge: Judge::new(&options),
            datagrams: HashMap::default(),
            options,
        }
    }

    /// Takes the next frame.
    pub fn frame(&mut self, frame: &Frame<'_>, take: Take<'_>) {
        self.run.packets += 1;
        self.run.bytes = self.run.bytes.saturating_add(u64::from(frame.wire_length));
        self.run.first = Some(self.run.first.map_or(frame.at, |first| first.min(frame.at)));
        self.run.last = Some(self.run.last.map_or(frame.at, |last| last.max(frame.at)));
        self.tick(frame, take);
        match self.decoder.decode(frame) {
            Decoded::Tcp(segment) => {
                self.quality.segment(&segment, self.clock.elapsed());
                self.run.tcp_packets += 1;
                self.run.payload_bytes = self
                    .run
                    .payload_bytes
                    .saturating_add(u64::from(segment.payload_length));
                let judge = &mut self.judge;
                let pauses = &self.clock.pauses;
                self.table
                    .segment(&segment, self.clock.elapsed(), &mut |gone| {
                        judge.gone(gone, pauses, take)
                    });
            }
            Decoded::IcmpError(error) => self.table.icmp(&error),
            Decoded::Udp(datagram) => count_datagram(&mut self.datagrams, &mut self.run, &datagram),
            Decoded::Skip(skip) => *self.skipped.entry(skip).or_default() += 1,
        }
    }

    /// Moves the capture's time to the frame's.
    fn tick(&mut self, frame: &Frame<'_>, take: Take<'_>) {
        match self.clock.look(frame.at) {
            Tick::On => self.clock.go_on(frame.at),
            Tick::Back => {
                self.quality.stepped_back(frame.frame);
                self.clock.go_on(frame.at);
            }
            Tick::Quiet(since) => {
                let (waiting, missed) = self
                    .table
                    .missed_retransmissions(since, frame.at.since(since));
                let quiet = frame.at.since(since);
                if waiting >= 3 && missed == waiting {
                    self.quality.paused(frame.frame, waiting, quiet);
                    self.clock.pause(since, frame.at);
                } else if quiet > SPLICE {
                    self.quality.paused(frame.frame, waiting, quiet);
                    self.clock.skip(frame.at);
                } else {
                    self.clock.go_on(frame.at);
                }
            }
        }
        let now = self.clock.elapsed();
        if self.table.is_due(now) {
            let judge = &mut self.judge;
            let pauses = &self.clock.pauses;
            self.table
                .sweep(now, &mut |gone| judge.gone(gone, pauses, take));
        }
    }

    /// Flows being followed.
    #[must_use]
    pub fn live(&self) -> usize {
        self.table.live()
    }

    /// The capture is over.
    #[must_use]
    pub fn finish(mut self, take: Take<'_>) -> RunFacts {
        let pauses = &self.clock.pauses;
        let judge = &mut self.judge;
        self.table.finish(self.clock.elapsed(), &mut |gone| {
            judge.gone(gone, pauses, take)
        });
        judge.settle(pauses, take);
        let mut run = self.run;
        run.not_tls = judge.not_tls;
        run.missing_bytes = judge.missing_bytes;
        run.evicted = self.table.evicted;
        run.copies = self.table.copies;
        run.directions = judge.directions();
        for (skip, count) in self.skipped {
            let harmless = matches!(skip, Skip::LinkLocal | Skip::FragmentHeld);
            if !harmless {
                *run.skipped.entry(skip.reason()).or_default() += count;
            }
        }
        if self.decoder.fragments_lost() > 0 {
            *run.skipped.entry(Skip::FragmentLost.reason()).or_default() +=
                self.decoder.fragments_lost();
        }
        self.quality.finish(
            &mut run,
            self.clock.steps,
            &judge.gap_frames,
            judge.missing_flows,
        );
        run
    }

    /// The options in force.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }
}

/// Judges flows that are over, and holds those that only another flow can tell about.
#[derive(Debug)]
struct Judge {
    answer_timeout: u64,
    ports: Vec<u16>,
    max_undecided: usize,
    max_servers: usize,
    /// Server ends whose first bytes were a ServerHello.
    servers: HashSet<crate::base::Endpoint, foldhash::fast::RandomState>,
    undecided: Vec<HandshakeFacts>,
    not_tls: u64,
    missing_bytes: u64,
    missing_flows: u64,
    gap_frames: Vec<crate::base::FrameRef>,
    both_sides: u64,
    client_only: u64,
    server_only: u64,
}

impl Judge {
    fn new(options: &Options) -> Self {
        Self {
            answer_timeout: options.answer_timeout,
            ports: options.ports.clone(),
            max_undecided: options.limits.undecided,
            max_servers: options.limits.servers,
            servers: HashSet::default(),
            undecided: Vec::new(),
            not_tls: 0,
            missing_bytes: 0,
            missing_flows: 0,
            gap_frames: Vec::new(),
            both_sides: 0,
            client_only: 0,
            server_only: 0,
        }
    }

    fn gone(
        &mut self,
        gone: Gone,
        pauses: &[(crate::base::Timestamp, crate::base::Timestamp)],
        take: Take<'_>,
    ) {
        let Gone::Facts(facts) = gone;
        let mut facts = *facts;
        self.count(&facts);
        let speaks = facts.server_hello.is_some() && facts.prelude.is_none();
        if speaks && self.servers.len() < self.max_servers {
            self.servers.insert(facts.server);
        }
        match relevance(&facts, self.ports.contains(&facts.server.port)) {
            Relevance::Report(meant) => {
                facts.meant = meant;
                take(self.diagnose(facts, pauses));
            }
            Relevance::NotTls => self.not_tls += 1,
            Relevance::IfKnownServer if self.undecided.len() < self.max_undecided => {
                self.undecided.push(facts);
            }
            Relevance::IfKnownServer if self.servers.contains(&facts.server) => {
                facts.meant = TlsMeant::KnownServer;
                take(self.diagnose(facts, pauses));
            }
            Relevance::IfKnownServer => self.not_tls += 1,
        }
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
            if let Some(gap) = facts.gaps.first().filter(|_| self.gap_frames.len() < 5) {
                self.gap_frames.push(gap.mark.frame);
            }
        }
    }

    fn directions(&self) -> Directions {
        match (self.both_sides, self.client_only, self.server_only) {
            (0, 1.., 0) => Directions::ClientOnly,
            (0, 0, 1..) => Directions::ServerOnly,
            _ => Directions::Both,
        }
    }

    fn diagnose(
        &self,
        facts: HandshakeFacts,
        pauses: &[(crate::base::Timestamp, crate::base::Timestamp)],
    ) -> Diagnosis {
        let verdict = judge(&View::new(&facts, self.answer_timeout, pauses));
        let compared = verdict.outcome != Outcome::Failed;
        Diagnosis {
            facts,
            verdict,
            incident: None,
            compared,
        }
    }

    /// Every flow is known: those that were held are judged if their server speaks TLS.
    fn settle(
        &mut self,
        pauses: &[(crate::base::Timestamp, crate::base::Timestamp)],
        take: Take<'_>,
    ) {
        for mut facts in std::mem::take(&mut self.undecided) {
            if self.servers.contains(&facts.server) {
                facts.meant = TlsMeant::KnownServer;
                take(self.diagnose(facts, pauses));
            } else {
                self.not_tls += 1;
            }
        }
    }
}

fn count_datagram(
    flows: &mut HashMap<Key, bool, foldhash::fast::RandomState>,
    run: &mut RunFacts,
    datagram: &Datagram<'_>,
) {
    let quic = quic_dtls::is_quic(datagram.payload);
    if !quic && !quic_dtls::is_dtls(datagram.payload) {
        return;
    }
    let (key, _) = Key::between(datagram.src, datagram.dst);
    if flows.len() < DATAGRAM_FLOWS && flows.insert(key, quic).is_none() {
        let count = if quic { &mut run.quic } else { &mut run.dtls };
        *count += 1;
    }
}

/// Whether a segment is a bare acknowledgment.
fn is_bare(segment: &Segment<'_>) -> bool {
    segment.payload_length == 0
}
