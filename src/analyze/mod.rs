//! The whole way on the left: frames in, facts of each flow out, once each, as soon as the flow is over. The verdict on them too.

mod batch;
mod clock;
mod follower;
mod forgotten;
mod judge;
mod live;
mod losses;
mod opening;
mod quality;
#[cfg(test)]
pub(crate) mod sample;
mod sides;
mod table;
#[cfg(test)]
mod tests;
mod twins;
mod wheel;

use crate::base::SECOND;
use crate::base::Timestamp;
use crate::capture::Drops;
use crate::capture::Frame;
use crate::decode::Decoded;
use crate::decode::Decoder;
use crate::decode::FragmentLimits;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::RunFacts;
use crate::flow::Ends;
use crate::flow::Limits;
use crate::pattern::Diagnosis;
pub use batch::Batch;
pub use batch::Batcher;
pub use follower::Arrival;
pub use follower::Follower;

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
    decoder: Decoder,
    follower: Follower,
}

/// Who takes diagnoses, and gives back the facts of those that are of no use any more.
pub type Take<'a> = &'a mut dyn FnMut(Diagnosis) -> Option<Box<HandshakeFacts>>;

/// What reads the frames of an analysis with these options.
fn decoder(options: &Options) -> Decoder {
    Decoder::new(FragmentLimits {
        datagrams: options.limits.datagrams,
        bytes: options.limits.datagram_bytes,
        ..FragmentLimits::default()
    })
}

impl Analyzer {
    /// An analyzer that has seen nothing.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            decoder: decoder(&options),
            follower: Follower::new(options),
        }
    }

    /// Takes the next frame.
    pub fn frame(&mut self, frame: &Frame<'_>, take: Take<'_>) {
        self.packet(frame, true, take);
    }

    /// Takes the next packet of a frame, nearly always its only one. No loop, and one place that decodes: either costs every frame some
    /// sixty instructions.
    fn packet(&mut self, frame: &Frame<'_>, first: bool, take: Take<'_>) {
        if first {
            self.follower.arrive(&Arrival::of(frame), take);
        }
        match self.decoder.decode(frame) {
            Decoded::Tcp(segment) => {
                let ends = Ends::of(&segment);
                self.follower.segment(&segment, &ends, take);
            }
            other => self.follower.other(&other),
        }
        if self.decoder.more() {
            self.again(frame, take);
        }
    }

    /// Takes the next packet of a frame that holds several; the decoder bounds how many.
    #[cold]
    #[inline(never)]
    fn again(&mut self, frame: &Frame<'_>, take: Take<'_>) {
        self.packet(frame, false, take);
    }

    /// Nothing more was captured up to `at`, by the clock of a live capture: time passes for those that wait.
    pub fn idle(&mut self, at: Timestamp, take: Take<'_>) {
        self.follower.idle(at, take);
    }

    /// Packets that a live capture lost since it began, as known now.
    pub fn dropped(&mut self, drops: Drops) {
        self.follower.dropped(drops);
    }

    /// Time of the latest packet, or of the clock if nothing came since.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.follower.now()
    }

    /// The next of what frames said that were answers of the DNS with addresses. To be taken after each frame: only a few are held.
    #[inline]
    pub fn take_answer(&mut self) -> Option<Box<DnsFacts>> {
        self.follower.take_answer()
    }

    /// What was counted so far. Problems, and what is known only at the end, are not in it.
    #[must_use]
    pub fn so_far(&self) -> RunFacts {
        self.follower.so_far(self.decoder.fragments_lost())
    }

    /// Memory is short: follows fewer flows from now on, and lets the longest idle go.
    pub fn shed(&mut self) {
        self.follower.shed();
    }

    /// Packets taken, and packets that a live capture lost.
    #[must_use]
    pub fn packets(&self) -> (u64, u64) {
        self.follower.packets()
    }

    /// Flows being followed.
    #[must_use]
    pub fn live(&self) -> usize {
        self.follower.live()
    }

    /// The capture is over.
    #[must_use]
    pub fn finish(mut self, take: Take<'_>) -> RunFacts {
        // What still waits for its rest never comes.
        self.decoder.reset();
        self.follower.finish(self.decoder.fragments_lost(), take)
    }

    /// The options in force.
    #[must_use]
    pub fn options(&self) -> &Options {
        self.follower.options()
    }
}
