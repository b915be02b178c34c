//! Which flow a segment belongs to, within bounds; says exactly once that a flow is over.

mod expiry;
mod index;
mod spare;
#[cfg(test)]
mod tests;

use super::forgotten::Forgotten;
use super::live::Live;
use super::opening::Opening;
use super::sides::sender_side;
use super::sides::turn_round;
use super::twins::Twins;
use super::wheel::Wheel;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Timestamp;
use crate::decode::IcmpError;
use crate::decode::Network;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::ClientBy;
use crate::facts::HandshakeFacts;
use crate::facts::IcmpFacts;
use crate::flow::Ends;
use crate::flow::Hashing;
use crate::flow::Key;
use crate::flow::Limits;
use crate::tls::known::Known;
use crate::track::Settled;
use hashbrown::HashMap;
use hashbrown::HashTable;
use index::Lately;
pub(super) use spare::Spare;
use std::hash::BuildHasher;

/// Flows remembered of which only an ICMP error's quote was seen.
const QUOTED: usize = 4096;
/// No flow.
const NONE: u32 = u32::MAX;

/// One flow.
#[derive(Debug)]
pub(super) struct Entry {
    key: Key,
    stream: u32,
    /// The client is the low end of the key.
    client_low: bool,
    /// Time of its last packet, ns of capture.
    last: u64,
    /// Next flow with the same ends, told apart by VLAN or tunnel.
    next: u32,
    network: Network,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Only SYNs and SYN-ACKs so far.
    Opening(Box<Opening>),
    Live(Box<Live>),
    /// Nothing more to learn: `isn` of the client tells a new connection from a stray packet.
    Over {
        closed: bool,
        isn: Option<u32>,
    },
    Free,
}

impl Entry {
    /// The flow as it is followed; one that is opening is followed from here on.
    fn follow(&mut self, limits: &Limits, spare: &mut Spare) -> Option<&mut Live> {
        if matches!(self.state, State::Opening(_)) {
            self.begin(limits, spare);
        }
        match &mut self.state {
            State::Live(live) => Some(live),
            _ => None,
        }
    }

    fn begin(&mut self, limits: &Limits, spare: &mut Spare) {
        let State::Opening(opening) = std::mem::replace(&mut self.state, State::Free) else {
            return;
        };
        let (client, server) = (
            self.key.end(self.client_low),
            self.key.end(!self.client_low),
        );
        let mut live = opening.follow(client, server, limits, spare);
        live.number(self.stream, opening.stream_exact, ClientBy::Syn);
        spare.take_opening(opening);
        self.state = State::Live(live);
    }
}

fn at(entries: &mut [Entry], number: u32) -> Option<&mut Entry> {
    entries.get_mut(usize::try_from(number).ok()?)
}

/// The facts of a flow that is over. Who takes them gives back such as are of no use any more.
pub(super) type Gone = Box<HandshakeFacts>;

/// All flows.
#[derive(Debug)]
pub(super) struct Table {
    entries: Vec<Entry>,
    free: Vec<u32>,
    index: HashTable<u32>,
    lately: Lately,
    hasher: Hashing,
    wheel: Wheel,
    twins: Twins,
    limits: Limits,
    streams: u32,
    live: usize,
    /// Ends of flows that were forgotten.
    forgotten: Forgotten,
    /// Stream numbers that Wireshark gave to flows of which only an ICMP error's quote was seen.
    quoted: HashMap<Key, u32, foldhash::fast::RandomState>,
    /// Stream numbers can no longer be those of Wireshark.
    inexact: bool,
    /// Where the next sample of flows to let go begins.
    cursor: usize,
    /// Flows let go because of a bound.
    pub(super) evicted: u64,
    /// Packets captured more than once.
    pub(super) copies: u64,
    /// Packets of flows that were over and forgotten.
    strays: u64,
    /// The flow of the segment before: data comes in bursts.
    last: u32,
    /// What flows that are over left, to be used again.
    spare: Spare,
    /// What was read of other flows, lent to the one whose segment is taken.
    known: Option<Box<Known>>,
}

impl Table {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            lately: Lately::default(),
            hasher: Hashing::default(),
            wheel: Wheel::default(),
            twins: Twins::default(),
            limits: *limits,
            streams: 0,
            live: 0,
            forgotten: Forgotten::default(),
            quoted: HashMap::default(),
            inexact: false,
            cursor: 0,
            evicted: 0,
            copies: 0,
            strays: 0,
            last: NONE,
            spare: Spare::default(),
            known: None,
        }
    }

    /// What it hashes ends with.
    pub(super) fn hashing(&self) -> &Hashing {
        &self.hasher
    }

    fn hash(&self, ends: &Ends) -> u64 {
        ends.hash.unwrap_or_else(|| self.hasher.hash_one(ends.key))
    }

    /// Takes a segment at `time` ns of capture.
    pub(super) fn segment(
        &mut self,
        segment: &Segment<'_>,
        ends: &Ends,
        time: u64,
        gone: &mut impl FnMut(Gone) -> Option<Gone>,
    ) {
        let Ends { key, low, .. } = *ends;
        let opens = segment.flags & (flags::SYN | flags::ACK) == flags::SYN;
        let network = segment.path.network();
        let mut number = match self.last_found(&key, &network) {
            Some(number) => number,
            None => self.find(&key, self.hash(ends), &network),
        };
        if number != NONE && opens && self.is_new_connection(number, segment) {
            number = self.make_room_for(number, segment, time, gone);
        }
        if number == NONE {
            // A stray packet of a flow that is over and forgotten begins no other.
            if segment.flags & flags::SYN == 0 && self.forgotten.holds(self.hash(ends)) {
                self.strays += 1;
                return;
            }
            number = self.begin(ends, segment, time);
            if matches!(
                self.entry(number).map(|entry| &entry.state),
                Some(State::Opening(_))
            ) {
                return;
            }
        }
        self.last = number;
        self.feed(number, low, segment, time, gone);
    }

    /// A SYN with another sequence number than the flow's own begins another connection, as in Wireshark.
    fn is_new_connection(&self, number: u32, segment: &Segment<'_>) -> bool {
        let Some(entry) = self.entry(number) else {
            return false;
        };
        let isn = match &entry.state {
            State::Live(live) => {
                let side = if entry.client_low == (Key::of(segment).1) {
                    Side::Client
                } else {
                    Side::Server
                };
                let isn = live.connection.isn(side);
                // Both sides may open at once (RFC 9293 section 3.5).
                if side == Side::Server && isn.is_none() && live.is_half_open() {
                    return false;
                }
                // Known from the SYN, or from the SYN-ACK where the capture swapped the two.
                isn
            }
            State::Opening(_) if entry.client_low != Key::of(segment).1 => return false,
            State::Opening(opening) => Some(opening.isn()),
            State::Over { isn, .. } => *isn,
            State::Free => None,
        };
        isn != Some(segment.seq)
    }

    /// Ends the flow that holds these ends, or leaves it where the new one runs in another VLAN or tunnel. Returns `NONE`.
    fn make_room_for(
        &mut self,
        number: u32,
        segment: &Segment<'_>,
        time: u64,
        gone: &mut impl FnMut(Gone) -> Option<Gone>,
    ) -> u32 {
        let Some(entry) = self.entry(number) else {
            return NONE;
        };
        let busy = match &entry.state {
            State::Opening(_) => true,
            State::Live(live) => !live.is_closed(),
            State::Over { closed, .. } => !closed,
            State::Free => false,
        };
        if !busy || entry.network.is_same(&segment.path.network()) {
            if let Some(live) = self.live_mut(number) {
                live.tracker.facts_mut().replaced = true;
            }
            self.end(number, time, gone);
            self.unremember(number);
        } else if let Some(Entry {
            state: State::Live(live),
            ..
        }) = self.entry_mut(number)
        {
            // Wireshark tells no VLANs apart: it gives what follows of this flow to the new one.
            live.tracker.facts_mut().stream_exact = false;
        }
        NONE
    }

    fn begin(&mut self, ends: &Ends, segment: &Segment<'_>, time: u64) -> u32 {
        let Ends { key, low, .. } = *ends;
        if self.live >= self.limits.flows {
            self.evict(true);
        } else if self
            .entries
            .len()
            .saturating_sub(self.free.len())
            .saturating_sub(self.live)
            >= self.limits.remembered
        {
            self.evict(false);
        }
        let (side, by) = sender_side(segment);
        let client_low = low == (side == Side::Client);
        let stream = self.quoted.remove(&key).unwrap_or(self.streams);
        if stream == self.streams {
            self.streams = self.streams.saturating_add(1);
        }
        self.inexact |= by != ClientBy::Syn && self.forgotten.is_full();
        let state = match Opening::new(segment, !self.inexact) {
            Some(opening) => State::Opening(self.spare.opening(opening)),
            None => {
                let (client, server) = (key.end(client_low), key.end(!client_low));
                let mut live = self.spare.live(client, server, segment, &self.limits);
                live.number(stream, !self.inexact, by);
                State::Live(live)
            }
        };
        let entry = Entry {
            key,
            stream,
            client_low,
            last: time,
            next: NONE,
            network: segment.path.network(),
            state,
        };
        let number = self.store(entry);
        self.live += 1;
        self.link(key, self.hash(ends), number);
        self.wheel
            .add(number, time.saturating_add(self.limits.linger));
        if segment.flags & (flags::SYN | flags::ACK) == flags::SYN {
            self.twins.opened(number, key, segment);
        }
        number
    }

    /// The flow as it is followed; one that is opening is followed from here on.
    fn live_mut(&mut self, number: u32) -> Option<&mut Live> {
        at(&mut self.entries, number)?.follow(&self.limits, &mut self.spare)
    }

    fn feed(
        &mut self,
        number: u32,
        low: bool,
        segment: &Segment<'_>,
        time: u64,
        gone: &mut impl FnMut(Gone) -> Option<Gone>,
    ) {
        let Some(entry) = at(&mut self.entries, number) else {
            return;
        };
        entry.last = entry.last.max(time);
        let mut side = if entry.client_low == low {
            Side::Client
        } else {
            Side::Server
        };
        match &mut entry.state {
            State::Over { closed, .. } => {
                *closed |= segment.flags & (flags::FIN | flags::RST) != 0;
                return;
            }
            State::Opening(opening) => {
                if opening.take(segment, side) {
                    if side == Side::Server {
                        self.answered(number, segment);
                    }
                    return;
                }
            }
            State::Live(_) => {}
            State::Free => return,
        }
        let client_low = entry.client_low;
        let Some(live) = entry.follow(&self.limits, &mut self.spare) else {
            return;
        };
        let turned = turn_round(live, segment, side);
        if turned {
            side = side.peer();
        }
        live.tracker.exchange_known(&mut self.known);
        live.segment(segment, side, &self.limits);
        live.tracker.exchange_known(&mut self.known);
        self.inexact |= live.shifts_streams();
        let matters = segment.payload_length > 0 || segment.flags & (flags::FIN | flags::RST) != 0;
        let settled = matters && live.settled(segment.at) != Settled::No;
        if settled {
            live.tracker.facts_mut().let_go = true;
        }
        entry.client_low = client_low != turned;
        if settled {
            self.end(number, time, gone);
        }
        if segment.flags & (flags::SYN | flags::ACK) == (flags::SYN | flags::ACK) {
            self.answered(number, segment);
        }
    }

    /// A SYN-ACK: if the flow's twin got the same one, the two are one connection seen on both sides of an address translation.
    fn answered(&mut self, number: u32, segment: &Segment<'_>) {
        let Some((first, second)) = self.twins.answered(number, segment.seq) else {
            return;
        };
        let Some(ends) = self.entry(second).map(|entry| {
            (
                entry.key.end(entry.client_low),
                entry.key.end(!entry.client_low),
            )
        }) else {
            return;
        };
        if let Some(live) = self.live_mut(first) {
            live.connection.tcp.also_seen_as = Some(ends);
        }
        if self.live_mut(second).is_none() {
            return;
        }
        if let Some(entry) = self.entry_mut(second)
            && let State::Live(live) = &entry.state
        {
            let isn = live.connection.isn(Side::Client);
            entry.state = State::Over { closed: false, isn };
            self.live = self.live.saturating_sub(1);
        }
    }

    /// An ICMP error that quotes a packet of a flow.
    pub(super) fn icmp(&mut self, error: &IcmpError) {
        let (key, low) = Key::between(error.quoted_src, error.quoted_dst);
        let hash = self.hasher.hash_one(key);
        let number = self.find(&key, hash, &Network::default());
        if number == NONE {
            self.quote(key);
        }
        let Some(client_low) = self.entry(number).map(|entry| entry.client_low) else {
            return;
        };
        let about = if client_low == low {
            Side::Client
        } else {
            Side::Server
        };
        if let Some(live) = self.live_mut(number) {
            let mark = Mark {
                frame: error.frame,
                at: error.at,
                order: 0,
            };
            let facts = IcmpFacts {
                mark,
                kind: error.kind,
                code: error.code,
                v6: error.v6,
                mtu: error.mtu,
                about,
            };
            live.icmp(facts, error.at);
        }
    }

    /// Wireshark gives a stream number to a flow of which only an ICMP error's quote was seen.
    fn quote(&mut self, key: Key) {
        if self.forgotten.holds(self.hasher.hash_one(key)) || self.quoted.contains_key(&key) {
            return;
        }
        if self.quoted.len() < QUOTED {
            self.quoted.insert(key, self.streams);
            self.streams = self.streams.saturating_add(1);
        } else {
            self.inexact = true;
        }
    }

    /// How many flows have unacknowledged data, and how many of these miss two retransmissions in `quiet` ns after `until`.
    pub(super) fn missed_retransmissions(&self, until: Timestamp, quiet: u64) -> (u64, u64) {
        let mut counts = (0, 0);
        for entry in &self.entries {
            if let State::Live(live) = &entry.state
                && let Some(missed) = live.missed_retransmissions(until, quiet)
            {
                counts.0 += 1;
                counts.1 += u64::from(missed);
            }
        }
        counts
    }

    /// Flows being followed.
    pub(super) fn live(&self) -> usize {
        self.live
    }
}
