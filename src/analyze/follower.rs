//! What frames hold in, facts of each flow out, once each, as soon as the flow is over, with the verdict on them.

use super::Options;
use super::Take;
use super::clock::Clock;
use super::clock::SPLICE;
use super::clock::Tick;
use super::judge::Judge;
use super::quality::Quality;
use super::table::Table;
use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::capture::Drops;
use crate::capture::Frame;
use crate::decode::Datagram;
use crate::decode::Decoded;
use crate::decode::Segment;
use crate::decode::Skip;
use crate::decode::quic_dtls;
use crate::dns;
use crate::facts::DnsFacts;
use crate::facts::NameSource;
use crate::facts::RunFacts;
use crate::flow::Ends;
use crate::flow::Hashing;
use crate::flow::Key;
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// UDP flows told apart for the counts.
const DATAGRAM_FLOWS: usize = 100_000;

/// Answers of the DNS held for who takes them after each frame, of which few hold more than one.
const ANSWERS: usize = 64;

/// Reasons for which packets were not understood that are told apart.
const REASONS: usize = 200;

/// That a frame is here, whatever it holds.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// Which one.
    pub frame: FrameRef,
    /// When it was captured.
    pub at: Timestamp,
    /// Length on the wire, bytes.
    pub wire_length: u32,
}

impl Arrival {
    /// The arrival of `frame`.
    #[inline]
    #[must_use]
    pub fn of(frame: &Frame<'_>) -> Self {
        Self {
            frame: frame.frame,
            at: frame.at,
            wire_length: frame.wire_length,
        }
    }
}

/// Takes what frames hold in capture order and gives each [`Diagnosis`](crate::pattern::Diagnosis) once, as soon as its flow is over;
/// [`Follower::finish`] gives the rest and the counts of the run.
#[derive(Debug)]
pub struct Follower {
    options: Options,
    table: Table,
    clock: Clock,
    run: RunFacts,
    skipped: HashMap<Skip, u64, foldhash::fast::RandomState>,
    quality: Quality,
    judge: Judge,
    datagrams: HashMap<Key, bool, foldhash::fast::RandomState>,
    /// What the last frame said, until it is taken.
    answers: VecDeque<Box<DnsFacts>>,
    malformed_dns: u64,
    /// The frame before.
    latest: FrameRef,
    /// When it was last asked what was dropped.
    asked: Option<Timestamp>,
}

impl Follower {
    /// A follower that has seen nothing.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            table: Table::new(&options.limits),
            clock: Clock::default(),
            run: RunFacts::default(),
            skipped: HashMap::default(),
            quality: Quality::default(),
            judge: Judge::new(&options),
            datagrams: HashMap::default(),
            answers: VecDeque::new(),
            malformed_dns: 0,
            latest: FrameRef::default(),
            asked: None,
            options,
        }
    }

    /// The next frame is here: time passes up to it.
    #[inline(always)]
    pub fn arrive(&mut self, arrival: &Arrival, take: Take<'_>) {
        let at = arrival.at;
        self.run.packets += 1;
        self.run.bytes = self
            .run
            .bytes
            .saturating_add(u64::from(arrival.wire_length));
        self.run.first = Some(self.run.first.map_or(at, |first| first.min(at)));
        self.run.last = Some(self.run.last.map_or(at, |last| last.max(at)));
        self.latest = arrival.frame;
        self.tick(at, arrival.frame, take);
    }

    /// What ends of flows are hashed with.
    #[must_use]
    pub fn hashing(&self) -> &Hashing {
        self.table.hashing()
    }

    /// Takes a segment of the frame that arrived.
    #[inline(always)]
    pub fn segment(&mut self, segment: &Segment<'_>, ends: &Ends, take: Take<'_>) {
        self.quality.segment(segment);
        self.run.tcp_packets += 1;
        self.run.payload_bytes = self
            .run
            .payload_bytes
            .saturating_add(u64::from(segment.payload_length));
        let judge = &mut self.judge;
        let pauses = &self.clock.pauses;
        self.table
            .segment(segment, ends, self.clock.elapsed(), &mut |gone| {
                judge.gone(gone, pauses, take)
            });
    }

    /// Takes what else the frame that arrived holds; a segment comes by way of [`Self::segment`].
    pub fn other(&mut self, decoded: &Decoded<'_>) {
        match decoded {
            Decoded::Tcp(_) => {}
            Decoded::IcmpError(error) => self.table.icmp(error),
            Decoded::Udp(datagram) => self.datagram(datagram),
            Decoded::Skip(skip) => *self.skipped.entry(*skip).or_default() += 1,
        }
    }

    fn datagram(&mut self, datagram: &Datagram<'_>) {
        count_datagram(&mut self.datagrams, &mut self.run, datagram);
        if self.options.endless && self.datagrams.len() >= DATAGRAM_FLOWS {
            self.datagrams.clear();
        }
        if datagram.src.1 == dns::PORT {
            match answer(datagram) {
                Ok(answer) if self.answers.len() < ANSWERS => self.answers.extend(answer),
                Ok(_) => {}
                Err(dns::Malformed) => self.malformed_dns += 1,
            }
        }
    }

    /// Moves the capture's time to the frame's.
    #[inline]
    fn tick(&mut self, at: Timestamp, frame: FrameRef, take: Take<'_>) {
        if !self.clock.goes_on(at) {
            self.odd_time(at, frame);
        }
        if self.table.is_due(self.clock.elapsed()) {
            self.sweep(take);
        }
    }

    #[cold]
    fn odd_time(&mut self, at: Timestamp, frame: FrameRef) {
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
    }

    #[inline(never)]
    fn sweep(&mut self, take: Take<'_>) {
        let judge = &mut self.judge;
        let pauses = &self.clock.pauses;
        self.table.sweep(self.clock.elapsed(), &mut |gone| {
            judge.gone(gone, pauses, take)
        });
    }

    /// Nothing more was captured up to `at`, by the clock of a live capture: time passes for those that wait.
    pub fn idle(&mut self, at: Timestamp, take: Take<'_>) {
        if self.clock.now().is_some_and(|now| at > now) {
            self.tick(at, self.latest, take);
        }
    }

    /// Packets that a live capture lost since it began, as known now.
    pub fn dropped(&mut self, drops: Drops) {
        let before = self.packets().1;
        self.run.dropped_kernel = drops.kernel;
        self.run.dropped_interface = drops.interface;
        if let Some(at) = drops.at.or(self.clock.now()) {
            if self.packets().1 > before {
                self.judge.losses.add(self.asked.unwrap_or(at), at);
            }
            self.asked = Some(at);
        }
    }

    /// Time of the latest packet, or of the clock if nothing came since.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.clock.now()
    }

    /// The next of what frames said that were answers of the DNS with addresses. To be taken after each frame: only a few are held.
    #[inline]
    pub fn take_answer(&mut self) -> Option<Box<DnsFacts>> {
        self.answers.pop_front()
    }

    /// What was counted so far, of frames whose decoder lost so many fragments. Problems, and what is known only at the end, are not in it.
    #[must_use]
    pub fn so_far(&self, fragments_lost: u64) -> RunFacts {
        RunFacts {
            not_tls: self.judge.not_tls,
            missing_bytes: self.judge.missing_bytes,
            evicted: self.table.evicted,
            copies: self.table.copies,
            directions: self.judge.directions(),
            skipped: self.skips(fragments_lost),
            ..self.run.clone()
        }
    }

    /// Memory is short: follows fewer flows from now on, and lets the longest idle go.
    pub fn shed(&mut self) {
        self.table.shed();
    }

    /// Packets that were not understood, by reason; the rarest together, where there are too many reasons.
    fn skips(&self, fragments_lost: u64) -> BTreeMap<String, u64> {
        let mut skips = self.all_skips(fragments_lost);
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

    fn all_skips(&self, fragments_lost: u64) -> BTreeMap<String, u64> {
        let mut skips = BTreeMap::new();
        for (skip, count) in &self.skipped {
            let harmless = matches!(skip, Skip::LinkLocal | Skip::FragmentHeld);
            if !harmless {
                *skips.entry(skip.reason()).or_default() += *count;
            }
        }
        if fragments_lost > 0 {
            *skips.entry(Skip::FragmentLost.reason()).or_default() += fragments_lost;
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

    /// The capture is over, and its decoder lost so many fragments.
    #[must_use]
    pub fn finish(mut self, fragments_lost: u64, take: Take<'_>) -> RunFacts {
        let pauses = &self.clock.pauses;
        let judge = &mut self.judge;
        self.table.finish(self.clock.elapsed(), &mut |gone| {
            judge.gone(gone, pauses, take)
        });
        judge.settle(pauses, take);
        let mut run = self.so_far(fragments_lost);
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
    use super::ANSWERS;
    use super::Follower;
    use crate::analyze::Options;
    use crate::base::FrameRef;
    use crate::base::Timestamp;
    use crate::decode::Datagram;
    use crate::decode::Decoded;
    use crate::dns::PORT;
    use crate::dns::sample;

    fn answers(follower: &mut Follower, names: &[String]) {
        for name in names {
            let payload = sample::response(name, 1, &[sample::a(name, [192, 0, 2, 1])]);
            follower.other(&Decoded::Udp(Datagram {
                frame: FrameRef::new(0, 1),
                at: Timestamp(0),
                src: ([192, 0, 2, 53].into(), PORT),
                dst: ([192, 0, 2, 9].into(), 5_000),
                payload: &payload,
                whole: true,
            }));
        }
    }

    #[test]
    fn all_answers_of_one_frame_are_told_in_order_and_a_bound_holds_for_who_takes_none() {
        let mut follower = Follower::new(Options::default());
        let names: Vec<String> = (0..ANSWERS + 9)
            .map(|n| format!("host{n}.example"))
            .collect();
        answers(&mut follower, &names[..2]);
        for name in &names[..2] {
            let answer = follower.take_answer().unwrap();
            assert_eq!(answer.name.bytes(), name.as_bytes());
        }
        assert!(follower.take_answer().is_none());
        answers(&mut follower, &names);
        let told = std::iter::from_fn(|| follower.take_answer());
        assert_eq!(told.count(), ANSWERS);
    }
}
