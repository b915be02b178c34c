//! One connection's bytes to the facts of its handshake. Never refuses input: what is unexpected becomes an anomaly.

mod finish;
mod messages;
mod plaintext;
mod progress;
#[cfg(test)]
pub(crate) mod sample;
mod sslv2;
mod streams;
#[cfg(test)]
mod tests;

use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::facts::Anomaly;
use crate::facts::Event;
use crate::facts::HandshakeFacts;
use crate::facts::PreludeFacts;
use crate::facts::What;
use crate::flow::Delivery;
use crate::flow::Limits;
use crate::flow::Witness;
use crate::prelude::Watcher;
use crate::tls::known::Known;
use plaintext::Held;
use progress::Progress;
use streams::Phase;
use streams::Stream;

/// Events of most flows, for which there is room from the first on.
const EVENTS: usize = 16;
/// Lists of frames kept to be used again.
const LISTS: usize = 2;
/// Anomalies kept for one flow.
const ANOMALIES: usize = 32;

/// Follows one connection.
#[derive(Debug)]
pub struct Tracker {
    facts: Box<HandshakeFacts>,
    phase: Phase,
    watcher: Watcher,
    /// Accepted preludes behind which any protocol may be spoken: another prelude is looked for there.
    ways: Vec<PreludeFacts>,
    /// Events that belong to the ways: what was noted up to here stays, whatever follows.
    way_events: usize,
    held: Vec<Held>,
    held_bytes: usize,
    streams: Sides<Stream>,
    progress: Progress,
    /// Plaintext bytes seen that are no TLS, both directions.
    plain_bytes: u64,
    /// The facts say that the handshake completed.
    completed: bool,
    /// Bytes of undecided plaintext held, and events kept.
    prelude_room: usize,
    timeline_room: usize,
    /// Lent while segments are taken.
    known: Option<Box<Known>>,
    /// Lists of frames of flows that are over, to be used again.
    lists: Vec<Vec<FrameRef>>,
}

/// Whether more packets could change what is known of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// They could.
    No,
    /// Completed, used, and the server did not end it at once.
    Completed,
    /// Both sides speak something else at ease.
    NotTls,
}

impl Tracker {
    /// Follows the flow between these ends from its first packet on.
    #[must_use]
    pub fn new(client: Endpoint, server: Endpoint, first: Mark, limits: &Limits) -> Self {
        Self {
            facts: Box::new(HandshakeFacts::new(client, server, first)),
            phase: Phase::default(),
            watcher: Watcher::default(),
            ways: Vec::new(),
            way_events: 0,
            held: Vec::new(),
            held_bytes: 0,
            streams: Sides::default(),
            progress: Progress::default(),
            plain_bytes: 0,
            completed: false,
            prelude_room: limits.prelude,
            timeline_room: limits.timeline,
            known: None,
            lists: Vec::new(),
        }
    }

    /// Forgets all and follows another flow, keeping allocations.
    pub fn restart(&mut self, client: Endpoint, server: Endpoint, first: Mark) {
        self.keep_lists();
        self.facts.restart(client, server, first);
        self.phase = Phase::default();
        self.watcher = Watcher::default();
        self.ways.clear();
        self.way_events = 0;
        self.held.clear();
        self.held_bytes = 0;
        self.streams.client.restart();
        self.streams.server.restart();
        self.progress.restart();
        self.plain_bytes = 0;
        self.completed = false;
    }

    /// Gives back room that is not filled.
    pub fn shrink(&mut self) {
        self.facts.shrink();
        self.ways.shrink_to_fit();
        self.held.shrink_to_fit();
        self.lists = Vec::new();
        self.streams.client.shrink();
        self.streams.server.shrink();
    }

    /// Keeps the lists of frames that the facts hold of a flow that is over.
    fn keep_lists(&mut self) {
        let client = self.facts.client_hello.take().map(|hello| hello.frames);
        let server = self.facts.server_hello.take().map(|hello| hello.frames);
        let room = LISTS.saturating_sub(self.lists.len());
        for mut list in client.into_iter().chain(server).take(room) {
            list.clear();
            self.lists.push(list);
        }
    }

    /// A list of these frames.
    fn list(&mut self, frames: &[FrameRef]) -> Vec<FrameRef> {
        let mut list = self.lists.pop().unwrap_or_default();
        list.extend_from_slice(frames);
        list
    }

    /// Exchanges what was read of other flows for what this one has: once before its segments are taken, once after.
    pub fn exchange_known(&mut self, known: &mut Option<Box<Known>>) {
        std::mem::swap(&mut self.known, known);
    }

    /// The facts so far.
    #[must_use]
    pub fn facts(&self) -> &HandshakeFacts {
        &self.facts
    }

    /// The facts so far, for what the flow table knows (stream number, how the client was told).
    pub fn facts_mut(&mut self) -> &mut HandshakeFacts {
        &mut self.facts
    }

    /// Whether any payload was taken yet.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.held.is_empty()
            && self.ways.is_empty()
            && self.facts.first_payload.client.is_none()
            && self.facts.first_payload.server.is_none()
    }

    /// Whether [`Self::settled`] may say so, without a look at the facts.
    #[must_use]
    pub fn may_be_settled(&self) -> bool {
        self.completed || self.plain_bytes > streams::PLAIN_ENOUGH
    }

    /// Whether more packets could change the verdict.
    #[must_use]
    pub fn settled(&self) -> Settled {
        if self.facts.completed.is_some() {
            let after = &self.facts.after;
            let used = after.client_data.is_some() && after.server_data.is_some();
            return if used {
                Settled::Completed
            } else {
                Settled::No
            };
        }
        let other = |side| self.facts.first_payload_is_other(side);
        if other(Side::Client) && other(Side::Server) && self.plain_bytes > streams::PLAIN_ENOUGH {
            return Settled::NotTls;
        }
        Settled::No
    }

    fn event(&mut self, mark: Mark, from: Side, what: What) {
        let timeline = &mut self.facts.timeline;
        if timeline.is_empty() {
            timeline.reserve(EVENTS);
        }
        if timeline.len() < self.timeline_room {
            timeline.push(Event { mark, from, what });
        } else {
            self.facts.timeline_dropped = self.facts.timeline_dropped.saturating_add(1);
        }
    }
}

impl Witness for Tracker {
    fn data(&mut self, side: Side, delivery: Delivery<'_>) {
        self.take(side, delivery);
    }

    fn happened(&mut self, event: Event) {
        self.event(event.mark, event.from, event.what);
    }

    fn odd(&mut self, frame: FrameRef, from: Side, what: &'static str) {
        if self.facts.anomalies.len() < ANOMALIES {
            self.facts.anomalies.push(Anomaly { frame, from, what });
        }
    }
}
