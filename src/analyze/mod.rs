//! The whole way on the left: frames in, facts of each flow out, once each, as soon as the flow is over. The verdict on them too.

mod clock;
mod forgotten;
mod judge;
mod live;
mod losses;
#[cfg(test)]
mod oddities;
mod opening;
mod quality;
#[cfg(test)]
pub(crate) mod sample;
mod sides;
mod table;
mod twins;
mod wheel;

use crate::base::FrameRef;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::capture::Drops;
use crate::capture::Frame;
use crate::decode::Datagram;
use crate::decode::Decoded;
use crate::decode::Decoder;
use crate::decode::FragmentLimits;
use crate::decode::Skip;
use crate::decode::quic_dtls;
use crate::dns;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::NameSource;
use crate::facts::RunFacts;
use crate::flow::Key;
use crate::flow::Limits;
use crate::pattern::Diagnosis;
use clock::Clock;
use clock::SPLICE;
use clock::Tick;
use hashbrown::HashMap;
use judge::Judge;
use quality::Quality;
use std::collections::BTreeMap;
use table::Table;

/// UDP flows told apart for the counts.
const DATAGRAM_FLOWS: usize = 100_000;

/// Reasons for which packets were not understood that are told apart.
const REASONS: usize = 200;

/// What can be chosen.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bounds.
    pub limits: Limits,
    /// T (definitions section 1), ns. Default 10 s.
    pub answer_timeout: u64,
    /// Ports on which TLS is meant.
    pub ports: Vec<u16>,
    /// Nothing waits for the end, since there may be none: what other flows show counts only if they came before.
    pub endless: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            answer_timeout: 10 * SECOND,
            ports: Vec::new(),
            endless: false,
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
    /// What the last frame said, until it is taken.
    answer: Option<Box<DnsFacts>>,
    malformed_dns: u64,
    /// The frame before.
    latest: FrameRef,
    /// When it was last asked what was dropped.
    asked: Option<Timestamp>,
}

/// Who takes diagnoses, and gives back the facts of those that are of no use any more.
pub type Take<'a> = &'a mut dyn FnMut(Diagnosis) -> Option<Box<HandshakeFacts>>;

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
            answer: None,
            malformed_dns: 0,
            latest: FrameRef::default(),
            asked: None,
            options,
        }
    }

    /// Takes the next frame.
    pub fn frame(&mut self, frame: &Frame<'_>, take: Take<'_>) {
        self.run.packets += 1;
        self.run.bytes = self.run.bytes.saturating_add(u64::from(frame.wire_length));
        self.run.first = Some(self.run.first.map_or(frame.at, |first| first.min(frame.at)));
        self.run.last = Some(self.run.last.map_or(frame.at, |last| last.max(frame.at)));
        self.latest = frame.frame;
        self.tick(frame.at, frame.frame, take);
        match self.decoder.decode(frame) {
            Decoded::Tcp(segment) => {
                self.quality.segment(&segment);
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
            Decoded::Udp(datagram) => {
                count_datagram(&mut self.datagrams, &mut self.run, &datagram);
                if self.options.endless && self.datagrams.len() >= DATAGRAM_FLOWS {
                    self.datagrams.clear();
                }
                if datagram.src.1 == dns::PORT {
                    self.answer = answer(&datagram).unwrap_or_else(|dns::Malformed| {
                        self.malformed_dns += 1;
                        None
                    });
                }
            }
            Decoded::Skip(skip) => *self.skipped.entry(skip).or_default() += 1,
        }
        if self.decoder.more() {
            self.again(frame, take);
        }
    }

    /// Takes the next packet of a frame that holds several; the decoder bounds how many. By way of `frame`, for a second place that decodes
    /// would cost every other frame a hundred instructions: what has one caller is compiled into it.
    #[cold]
    #[inline(never)]
    fn again(&mut self, frame: &Frame<'_>, take: Take<'_>) {
        self.run.packets -= 1;
        self.run.bytes = self.run.bytes.saturating_sub(u64::from(frame.wire_length));
        self.frame(frame, take);
    }

    /// Moves the capture's time to the frame's.
    fn tick(&mut self, at: Timestamp, frame: FrameRef, take: Take<'_>) {
        match self.clock.look(at) {
            Tick::On => self.clock.go_on(at),
            Tick::Back => {
                self.quality.stepped_back(frame);
                self.clock.go_on(at);
            }
            Tick::Quiet(since) => {
                let (waiting, missed) = self.table.missed_retransmissions(since, at.since(since));
                let quiet = at.since(since);
                if waiting >= 3 && missed == waiting {
                    self.quality.paused(frame, waiting, quiet);
                    self.clock.pause(since, at);
                } else if quiet > SPLICE {
                    self.quality.paused(frame, waiting, quiet);
                    self.clock.skip(at);
                } else {
                    self.clock.go_on(at);
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

    /// Nothing more was captured up to `at`, by the clock of a live capture: time passes for those that wait.
    pub fn idle(&mut self, at: Timestamp, take: Take<'_>) {
        if self.clock.now().is_some_and(|now| at > now) {
            self.tick(at, self.latest, take);
        }
    }

    /// Packets that a live capture lost since it began, as known now.
    pub fn dropped(&mut self, drops: Drops) {
        let before = self.run.dropped_kernel + self.run.dropped_interface;
        let now = drops.kernel.saturating_add(drops.interface);
        if let Some(at) = self.clock.now() {
            if now > before {
                self.judge.losses.add(self.asked.unwrap_or(at), at);
            }
            self.asked = Some(at);
        }
        self.run.dropped_kernel = drops.kernel;
        self.run.dropped_interface = drops.interface;
    }

    /// Time of the latest packet, or of the clock if nothing came since.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.clock.now()
    }

    /// What the last frame said, if it was an answer of the DNS with addresses: once, and only until the next such frame.
    #[inline]
    pub fn take_answer(&mut self) -> Option<Box<DnsFacts>> {
        self.answer.take()
    }

    /// What was counted so far. Problems, and what is known only at the end, are not in it.
    #[must_use]
    pub fn so_far(&self) -> RunFacts {
        RunFacts {
            not_tls: self.judge.not_tls,
            missing_bytes: self.judge.missing_bytes,
            evicted: self.table.evicted,
            copies: self.table.copies,
            directions: self.judge.directions(),
            skipped: self.skips(),
            ..self.run.clone()
        }
    }

    /// Memory is short: follows fewer flows from now on, and lets the longest idle go.
    pub fn shed(&mut self) {
        self.table.shed();
    }

    /// Packets that were not understood, by reason; the rarest together, where there are too many reasons.
    fn skips(&self) -> BTreeMap<String, u64> {
        let mut skips = self.all_skips();
        if skips.len() > REASONS {
            let mut counts: Vec<(u64, String)> = skips
                .into_iter()
                .map(|(reason, count)| (count, reason))
                .collect();
            counts.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            let rest = counts
                .split_off(REASONS)
                .iter()
                .map(|(count, _)| count)
                .sum();
            skips = counts
                .into_iter()
                .map(|(count, reason)| (reason, count))
                .collect();
            skips.insert("other".to_owned(), rest);
        }
        skips
    }

    fn all_skips(&self) -> BTreeMap<String, u64> {
        let mut skips = BTreeMap::new();
        for (skip, count) in &self.skipped {
            let harmless = matches!(skip, Skip::LinkLocal | Skip::FragmentHeld);
            if !harmless {
                *skips.entry(skip.reason()).or_default() += *count;
            }
        }
        let lost = self.decoder.fragments_lost();
        if lost > 0 {
            *skips.entry(Skip::FragmentLost.reason()).or_default() += lost;
        }
        if self.malformed_dns > 0 {
            skips.insert("malformed-dns".to_owned(), self.malformed_dns);
        }
        skips
    }

    /// Packets taken, and packets that a live capture lost.
    #[must_use]
    pub fn packets(&self) -> (u64, u64) {
        let dropped = self
            .run
            .dropped_kernel
            .saturating_add(self.run.dropped_interface);
        (self.run.packets, dropped)
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
        // What still waits for its rest never comes.
        self.decoder.reset();
        let mut run = self.so_far();
        let judge = &self.judge;
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

/// Answers of name servers are read, whoever they are for.
#[cold]
fn answer(datagram: &Datagram<'_>) -> Result<Option<Box<DnsFacts>>, dns::Malformed> {
    let answer = dns::read(datagram.payload, datagram.whole)?;
    Ok(answer.map(|answer| {
        Box::new(DnsFacts {
            frame: datagram.frame,
            at: datagram.at,
            client: datagram.dst.0,
            name: answer.name,
            addresses: answer.addresses,
            from: NameSource::Dns,
        })
    }))
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

#[cfg(test)]
mod tests {
    use super::Analyzer;
    use super::Options;
    use super::sample::RAW;
    use super::sample::Talk;
    use crate::base::FrameRef;
    use crate::base::SECOND;
    use crate::base::Side;
    use crate::capture::Drops;
    use crate::capture::Frame;
    use crate::pattern::Diagnosis;
    use crate::pattern::Outcome;
    use crate::track::sample::client_hello;
    use crate::track::sample::sealed;
    use crate::track::sample::server_hello;

    /// So many clients that sent a hello nobody acknowledged, and one flow that comes so many seconds later.
    fn waiting(clients: u16, seconds: u64) -> Talk {
        let hello = |port| {
            Talk::connected(port)
                .push(Side::Client, 16, &client_hello())
                .wait(seconds * SECOND)
        };
        let all = (2..=clients).fold(hello(1), |talk, port| talk.beside(hello(port)));
        all.then(Talk::completed(9999))
    }

    fn pauses(talk: &Talk) -> usize {
        let (_, run) = talk.analysed(&Options::default());
        let pauses = run.problems.iter();
        pauses
            .filter(|problem| problem.code == "capture-pause")
            .count()
    }

    #[test]
    fn three_flows_that_miss_retransmissions_make_a_pause_and_two_do_not() {
        assert_eq!(pauses(&waiting(3, 60)), 1);
        assert_eq!(pauses(&waiting(2, 60)), 0);
        assert_eq!(pauses(&waiting(3, 1)), 0);
    }

    #[test]
    fn no_flow_fails_for_its_silence_in_a_pause() {
        let (all, _) = waiting(3, 60).analysed(&Options::default());
        assert_eq!(all.len(), 4);
        let failed = |diagnosis: &Diagnosis| diagnosis.verdict.outcome == Outcome::Failed;
        assert!(!all.iter().any(failed));
    }

    #[test]
    fn more_than_five_minutes_without_a_packet_are_a_splice() {
        assert_eq!(pauses(&waiting(1, 310)), 1);
        assert_eq!(pauses(&waiting(1, 290)), 0);
        let (all, _) = waiting(1, 310).analysed(&Options::default());
        let first = all.iter().find(|d| d.facts.stream == 0).unwrap();
        assert_eq!(first.verdict.outcome, Outcome::Unfinished);
    }

    /// Outcome and reason of each flow where the kernel dropped packets after so many were read, and then `seconds` passed.
    fn with_drops(talk: &Talk, read: usize, seconds: u64) -> Vec<(Outcome, Option<&'static str>)> {
        let mut analyzer = Analyzer::new(Options::default());
        let mut all = Vec::new();
        let mut take = |diagnosis: Diagnosis| {
            all.push((diagnosis.verdict.outcome, diagnosis.verdict.reason));
            None
        };
        for (number, packet) in (1..).zip(&talk.packets) {
            let data = packet.bytes();
            let frame = Frame {
                frame: FrameRef { source: 0, number },
                at: packet.at,
                link_type: RAW,
                interface: 0,
                data: &data,
                wire_length: u32::try_from(data.len()).unwrap(),
            };
            analyzer.frame(&frame, &mut take);
            let kernel = u64::from(usize::try_from(number).unwrap() > read);
            analyzer.dropped(Drops {
                kernel,
                interface: 0,
            });
        }
        let end = analyzer.now().unwrap().plus(seconds * SECOND);
        for second in 1..=seconds {
            let at = analyzer.now().unwrap().plus(SECOND);
            assert!(at <= end, "{second}");
            analyzer.idle(at, &mut take);
        }
        let run = analyzer.finish(&mut take);
        assert!(run.dropped_kernel <= 1);
        all
    }

    #[test]
    fn silence_while_the_kernel_dropped_packets_is_no_failure() {
        let talk = Talk::connected(1)
            .send(Side::Client, &client_hello())
            .bare(Side::Server)
            .wait(SECOND)
            .bare(Side::Client);
        let lost = (Outcome::Unknown, Some("capture-lost-packets"));
        assert_eq!(with_drops(&talk, 4, 20), [lost]);
        assert_eq!(with_drops(&talk, 99, 20)[0].0, Outcome::Failed);
    }

    #[test]
    fn a_reset_that_acknowledges_bytes_refuses_no_syn() {
        let refused = Talk::new(1).syn().reset(Side::Server);
        let mut late = refused.clone();
        late.packets[1].ack += 600;
        let outcome = |talk: &Talk| {
            let (all, _) = talk.analysed(&Options::default());
            let first = all.iter().find(|one| one.facts.stream == 0).unwrap();
            (first.verdict.outcome, first.verdict.reason.is_some())
        };
        assert_eq!(outcome(&refused), (Outcome::Failed, false));
        assert_eq!(outcome(&late), (Outcome::Unknown, true));
        // An acknowledgment of the client's shows that it was answered.
        let answered = Talk::new(1)
            .syn()
            .wait(20 * SECOND)
            .bare(Side::Client)
            .wait(40 * SECOND);
        let answered = answered.then(Talk::completed(9));
        assert_eq!(outcome(&answered).0, Outcome::Unknown);
    }

    #[test]
    fn what_ended_behind_packets_that_the_kernel_dropped_is_no_failure() {
        let mut talk = Talk::connected(1)
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0303, 0xc02f))
            .reset(Side::Server);
        // The ServerHello and what acknowledged it are lost.
        talk.packets.drain(5..7);
        assert_eq!(with_drops(&talk, 4, 20)[0].0, Outcome::Unknown);
        let idle = Talk::new(1).syn().syn_ack();
        assert_eq!(with_drops(&idle, 99, 200)[0].0, Outcome::NoAttempt);
        assert_eq!(with_drops(&idle, 1, 200)[0].0, Outcome::Unknown);
    }

    #[test]
    fn a_capture_that_begins_behind_a_request_to_a_proxy_is_no_failure() {
        let mut talk = Talk::connected(1)
            .send(Side::Client, b"CONNECT shop.example:443 HTTP/1.1\r\n\r\n")
            .send(Side::Server, b"HTTP/1.1 200 Connection established\r\n\r\n")
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0304, 0x1301))
            .send(Side::Server, &sealed(23, 900))
            .send(Side::Client, &sealed(23, 53))
            .close(Side::Client);
        talk.packets.drain(..5);
        let (all, _) = talk.analysed(&Options::default());
        assert_eq!(all[0].verdict.reason, Some("began-before-capture"));
    }

    #[test]
    fn a_question_for_tls_that_is_missing_is_no_failure() {
        let mut talk = Talk::to(1, 25)
            .connect()
            .send(Side::Server, b"220 mail.example ESMTP\r\n")
            .send(Side::Client, b"EHLO client.example\r\n")
            .send(Side::Server, b"250-mail.example\r\n250 STARTTLS\r\n")
            .send(Side::Client, b"STARTTLS\r\n")
            .send(Side::Server, b"220 go ahead\r\n")
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0304, 0x1301))
            .send(Side::Server, &sealed(23, 900))
            .send(Side::Client, &sealed(23, 53))
            .send(Side::Server, &sealed(23, 300))
            .close(Side::Server);
        let judged = |talk: &Talk| talk.analysed(&Options::default()).0[0].verdict.outcome;
        assert_eq!(judged(&talk), Outcome::Completed);
        talk.packets.remove(9);
        assert_eq!(judged(&talk), Outcome::Unknown);
    }

    #[test]
    fn a_tunnel_to_a_port_without_tls_that_is_closed_is_not_reported() {
        let through = |port: &str| {
            let request = format!("CONNECT mail.example:{port} HTTP/1.1\r\n\r\n");
            let talk = Talk::to(1, 3128)
                .connect()
                .send(Side::Client, request.as_bytes())
                .send(Side::Server, b"HTTP/1.1 200 Connection established\r\n\r\n")
                .send(Side::Server, b"421 too busy\r\n")
                .close(Side::Server);
            talk.analysed(&Options::default()).0.len()
        };
        assert_eq!((through("25"), through("443")), (0, 1));
    }

    #[test]
    fn an_alert_is_a_failure_whatever_the_kernel_dropped() {
        let talk = Talk::connected(1)
            .send(Side::Client, &client_hello())
            .send(Side::Server, &[21, 3, 3, 0, 2, 2, 40])
            .close(Side::Server);
        assert_eq!(with_drops(&talk, 2, 20)[0].0, Outcome::Failed);
    }

    #[test]
    fn time_passes_on_an_idle_line() {
        let talk = Talk::connected(1)
            .send(Side::Client, &client_hello())
            .bare(Side::Server);
        assert_eq!(with_drops(&talk, 99, 2)[0].0, Outcome::Unfinished);
        assert_eq!(with_drops(&talk, 99, 12)[0].0, Outcome::Failed);
    }

    #[test]
    fn a_step_back_of_the_clock_takes_no_time_back() {
        let talk = Talk::connected(1).then(Talk::completed(2));
        let mut back = talk.clone();
        for packet in &mut back.packets[3..] {
            packet.at.0 -= 3600 * 1_000_000_000;
        }
        let outcomes = |talk: &Talk| {
            let (all, _) = talk.analysed(&Options::default());
            let mut outcomes: Vec<_> = all
                .iter()
                .map(|d| (d.facts.stream, d.verdict.outcome))
                .collect();
            outcomes.sort_unstable();
            outcomes
        };
        assert_eq!(outcomes(&talk), outcomes(&back));
    }

    #[test]
    fn an_alert_captured_behind_the_close_that_acknowledges_it_came_first() {
        let talk = Talk::connected(1)
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0303, 0xc02f))
            .send(Side::Client, &[21, 3, 3, 0, 2, 2, 48])
            .fin(Side::Server);
        let pattern = |talk: &Talk| {
            let (all, _) = talk.analysed(&Options::default());
            all[0].verdict.finding.as_ref().unwrap().pattern
        };
        assert_eq!(pattern(&talk), "client-alert-after-server-hello");
        let mut swapped = talk;
        let last = swapped.packets.len() - 1;
        swapped.packets.swap(last - 1, last);
        assert_eq!(pattern(&swapped), "client-alert-after-server-hello");
        // A close that had not got the alert came before it.
        let crossing = Talk::connected(1)
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0303, 0xc02f))
            .fin(Side::Server)
            .send(Side::Client, &[21, 3, 3, 0, 2, 2, 48]);
        assert_eq!(pattern(&crossing), "close-after-server-hello");
    }

    #[test]
    fn an_answer_to_a_request_that_is_missing_is_no_failure() {
        let mut talk = Talk::connected(1)
            .send(Side::Client, b"CONNECT shop.example:443 HTTP/1.1\r\n\r\n")
            .send(Side::Server, b"HTTP/1.1 200 Connection established\r\n\r\n")
            .wait(SECOND)
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0303, 0xc02f))
            .close(Side::Client);
        talk.packets.remove(3);
        let (all, _) = talk.analysed(&Options::default());
        assert_eq!(all[0].verdict.outcome, Outcome::Unknown);
        assert_eq!(all[0].verdict.reason, Some("missing-bytes"));
    }

    #[test]
    fn a_close_behind_bytes_that_are_missing_is_no_failure() {
        let mut talk = Talk::connected(1)
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0303, 0xc02f))
            .send(Side::Client, &[20, 3, 3, 0, 1, 1])
            .reset(Side::Client);
        let outcome = |talk: &Talk| {
            let (all, _) = talk.analysed(&Options::default());
            (all[0].verdict.outcome, all[0].verdict.reason)
        };
        assert_eq!(outcome(&talk).0, Outcome::Failed);
        talk.packets.remove(5);
        assert_eq!(outcome(&talk), (Outcome::Unknown, Some("missing-bytes")));
    }

    #[test]
    fn a_server_that_had_got_the_clients_fin_closed_second() {
        let mut talk = Talk::connected(1)
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0304, 0x1301))
            .send(Side::Server, &sealed(23, 900))
            .send(Side::Client, &sealed(23, 53))
            .fin(Side::Client)
            .fin(Side::Server);
        let outcome = |talk: &Talk| talk.analysed(&Options::default()).0[0].verdict.outcome;
        assert_eq!(outcome(&talk), Outcome::Completed);
        talk.packets.remove(talk.packets.len() - 2);
        assert_eq!(outcome(&talk), Outcome::Completed);
    }

    #[test]
    fn a_close_stands_where_its_bytes_do_behind_a_prelude_too() {
        let talk = Talk::connected(1)
            .send(Side::Client, b"CONNECT shop.example:443 HTTP/1.1\r\n\r\n")
            .send(Side::Server, b"HTTP/1.1 200 Connection established\r\n\r\n")
            .send(Side::Client, &client_hello())
            .send(Side::Server, &server_hello(0x0304, 0x1301))
            .send(Side::Server, &sealed(23, 900))
            .send(Side::Client, &sealed(23, 53))
            .fin(Side::Server);
        let (all, _) = talk.analysed(&Options::default());
        assert_eq!(
            all[0].facts.tcp.fins[0].offset,
            all[0].facts.tcp.bytes.server
        );
        let finding = all[0].verdict.finding.as_ref().unwrap();
        assert_eq!(finding.pattern, "failed-after-handshake");
    }

    #[test]
    fn who_goes_on_after_the_syn_was_not_refused() {
        let mut talk = Talk::connected(1)
            .send(Side::Client, &client_hello())
            .reset(Side::Server);
        talk.packets.remove(1);
        let (all, _) = talk.analysed(&Options::default());
        let finding = all[0].verdict.finding.as_ref();
        assert_ne!(finding.map(|finding| finding.pattern), Some("syn-refused"));
        let refused = Talk::new(1).syn().reset(Side::Server);
        let (all, _) = refused.analysed(&Options::default());
        let finding = all[0].verdict.finding.as_ref().unwrap();
        assert_eq!(finding.pattern, "syn-refused");
    }

    #[test]
    fn each_flow_is_given_once_with_its_counts() {
        let talk = Talk::completed(1).then(Talk::completed(2));
        let (all, run) = talk.analysed(&Options::default());
        assert_eq!(all.len(), 2);
        assert_eq!(run.packets, u64::try_from(talk.packets.len()).unwrap());
        assert_eq!((run.packets, run.not_tls), (run.tcp_packets, 0));
    }
}
