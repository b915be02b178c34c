//! From frames to diagnoses and answers of the DNS, in the order in which they are told.

use super::Error;
use super::Progress;
use super::Settings;
use super::memory::Bound;
use super::sources;
use crate::analyze::Analyzer;
use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::capture::Filter;
use crate::capture::Frame;
use crate::capture::Input;
use crate::capture::Pause;
use crate::facts::CaptureProblem;
use crate::facts::DnsAddress;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::NameSource;
use crate::facts::RunFacts;
use crate::facts::WireText;
use crate::pattern::Diagnosis;
use crate::texts::text;
use std::net::IpAddr;

/// Frames between two looks whether to go on.
const LOOK: u64 = 4096;

/// Who takes what was read.
pub(super) trait Receive {
    /// Takes a diagnosis; gives its facts back where they are of no use any more.
    fn diagnosis(&mut self, diagnosis: Diagnosis) -> Option<Box<HandshakeFacts>>;
    /// Takes an answer of the DNS.
    fn answer(&mut self, answer: Box<DnsFacts>);
    /// Is told how far the run is, now and then. Whether to go on.
    fn go_on(&mut self, progress: &Progress) -> bool;

    /// When [`Self::look`] wants to be called, by the time of the packets.
    fn due(&self) -> Timestamp {
        NEVER
    }

    /// Is called when a packet of that time or later was met, and at every look at a live input.
    fn look(&mut self, _analyzer: &mut Analyzer, _now: Timestamp) {}
}

/// A time that no packet reaches.
pub(super) const NEVER: Timestamp = Timestamp(i64::MAX);

/// What is made of frames: facts of flows and diagnoses, on one thread or two.
pub(super) trait Engine<I> {
    /// Takes names that the source holds beside packets; they stand before the next frame.
    fn names(&mut self, names: Vec<DnsFacts>);
    /// Is called now and then. Whether to go on.
    fn look(&mut self, source: &mut I) -> bool;
    /// Is called between packets of a live input; where the line is idle, all that was captured before that time was given.
    fn round(&mut self, source: &mut I, idle: Option<Timestamp>);
    /// Takes the next frame.
    fn frame(&mut self, frame: &Frame<'_>);
}

/// Gives `engine` the frames of `source` that are picked, to its end or until no more is wanted.
pub(super) fn frames<I: Input>(
    source: &mut I,
    picked: &mut Picked<'_>,
    engine: &mut impl Engine<I>,
) -> Result<(), Error> {
    let mut seen = 0_u64;
    loop {
        seen += 1;
        let look = seen.is_multiple_of(LOOK);
        // Names stand before the first packet, if not behind the last.
        if look || seen == 2 {
            engine.names(names(source));
        }
        if look && !engine.look(source) && !source.stop() {
            break;
        }
        let Some(frame) = source.next()? else {
            match source.pause() {
                Pause::End => break,
                Pause::Quiet => {}
                Pause::Look(idle) => {
                    engine.round(source, idle);
                    // A live input still gives what was captured before; it ends by itself.
                    if !engine.look(source) {
                        source.stop();
                    }
                }
            }
            continue;
        };
        if !picked.wants(&frame)? {
            continue;
        }
        engine.frame(&frame);
        if picked.is_enough() {
            break;
        }
    }
    engine.names(names(source));
    Ok(())
}

/// Reads `source` to its end, or until `receiver` wants no more, and gives the facts of the run.
pub(super) fn read<I: Input>(
    source: &mut I,
    settings: &Settings,
    receiver: &mut impl Receive,
) -> Result<RunFacts, Error> {
    let mut picked = Picked::new(settings);
    let mut engine = Alone {
        analyzer: Analyzer::new(settings.options.clone()),
        bound: Bound::of(settings),
        due: receiver.due(),
        receiver,
    };
    frames(source, &mut picked, &mut engine)?;
    let Alone {
        mut analyzer,
        receiver,
        ..
    } = engine;
    analyzer.dropped(source.drops());
    let mut facts = analyzer.finish(&mut |diagnosis| receiver.diagnosis(diagnosis));
    add_source(&mut facts, source, &picked);
    Ok(facts)
}

/// Does everything on the thread that reads.
struct Alone<'a, R> {
    analyzer: Analyzer,
    receiver: &'a mut R,
    bound: Option<Bound<'a>>,
    due: Timestamp,
}

impl<I: Input, R: Receive> Engine<I> for Alone<'_, R> {
    fn names(&mut self, names: Vec<DnsFacts>) {
        for name in names {
            self.receiver.answer(Box::new(name));
        }
    }

    fn look(&mut self, source: &mut I) -> bool {
        let (packets, dropped) = self.analyzer.packets();
        let goes_on = self.receiver.go_on(&Progress {
            consumed: source.bytes_consumed(),
            packets,
            dropped,
            flows: self.analyzer.live(),
        });
        if self.bound.as_mut().is_some_and(Bound::is_met) {
            self.analyzer.shed();
        }
        goes_on
    }

    #[cold]
    fn round(&mut self, source: &mut I, idle: Option<Timestamp>) {
        let (analyzer, receiver) = (&mut self.analyzer, &mut *self.receiver);
        // First what was lost: it may be why nothing came.
        analyzer.dropped(source.drops());
        if let Some(at) = idle {
            analyzer.idle(at, &mut |diagnosis| receiver.diagnosis(diagnosis));
        }
        // Before the first packet the line alone says that time passes: who waits for a sign of life must not wait for traffic.
        if let Some(now) = analyzer.now().or(idle) {
            receiver.look(analyzer, now);
        }
        self.due = receiver.due();
    }

    #[inline]
    fn frame(&mut self, frame: &Frame<'_>) {
        let (analyzer, receiver) = (&mut self.analyzer, &mut *self.receiver);
        if frame.at >= self.due {
            receiver.look(analyzer, frame.at);
            self.due = receiver.due();
        }
        analyzer.frame(frame, &mut |diagnosis| receiver.diagnosis(diagnosis));
        while let Some(answer) = analyzer.take_answer() {
            receiver.answer(answer);
        }
    }
}

/// Adds what only the source knows to the facts of a run that is over.
pub(super) fn add_source(facts: &mut RunFacts, source: &impl Input, picked: &Picked<'_>) {
    let settings = picked.settings;
    facts.selected = settings.filter.is_some() || settings.filtered || settings.selection.narrows();
    facts.sources = sources(source);
    facts.problems.splice(0..0, problems(source));
    facts.problems.extend(picked.unusable());
}

/// Which frames are wanted, and how many.
pub(super) struct Picked<'a> {
    settings: &'a Settings,
    filter: Option<Filter>,
    taken: u64,
}

impl<'a> Picked<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            filter: None,
            taken: 0,
        }
    }

    #[inline]
    fn wants(&mut self, frame: &Frame<'_>) -> Result<bool, Error> {
        if let Some(expression) = &self.settings.filter {
            // Which link types a pcapng has is known only once its packets are read.
            if self.filter.is_none() {
                self.filter = Some(Filter::compile(expression, frame.link_type)?);
            }
            let wanted = self.filter.as_mut().is_some_and(|filter| {
                filter.matches(frame.link_type, frame.data, frame.wire_length)
            });
            if !wanted {
                return Ok(false);
            }
        }
        self.taken += 1;
        Ok(true)
    }

    fn is_enough(&self) -> bool {
        self.settings
            .packets
            .is_some_and(|limit| self.taken >= limit)
    }

    /// Link types on which the filter cannot be used.
    fn unusable(&self) -> Vec<CaptureProblem> {
        self.filter.iter().flat_map(unusable).collect()
    }
}

/// The names that inputs hold beside packets and that were not asked for before.
fn names(source: &mut impl Input) -> Vec<DnsFacts> {
    let named = source
        .take_names()
        .into_iter()
        .map(|(source, named)| DnsFacts {
            frame: FrameRef::new(source, named.after),
            at: Timestamp(0),
            client: IpAddr::from([0, 0, 0, 0]),
            name: WireText::new(&named.name),
            addresses: vec![DnsAddress {
                ip: named.ip,
                canonical: None,
            }],
            from: NameSource::Nrb,
        });
    named.collect()
}

/// What is wrong with the inputs.
fn problems(source: &impl Input) -> Vec<CaptureProblem> {
    let problems = source.problems().into_iter().map(|problem| CaptureProblem {
        code: problem.code,
        packets: 0,
        frames: vec![FrameRef::new(problem.source, problem.frame)],
        text: problem.text,
        advice: String::new(),
    });
    problems.collect()
}

/// Link types on which the filter cannot be used.
fn unusable(filter: &Filter) -> Vec<CaptureProblem> {
    let unusable = filter
        .unusable()
        .map(|(link_type, message)| CaptureProblem {
            code: "filter-unusable",
            packets: 0,
            frames: Vec::new(),
            text: text!("session.filter-unusable", link_type, message),
            advice: String::new(),
        });
    unusable.collect()
}
