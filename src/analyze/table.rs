//! Which flow a segment belongs to, within bounds; says exactly once that a flow is over.

use super::forgotten::Forgotten;
use super::live::Live;
use super::live::sender_side;
use super::opening::Opening;
use super::twins::Twins;
use super::wheel::Wheel;
use crate::base::Mark;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Timestamp;
use crate::decode::IcmpError;
use crate::decode::Path;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::ClientBy;
use crate::facts::HandshakeFacts;
use crate::facts::IcmpFacts;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::flow::Key;
use crate::flow::Limits;
use crate::track::Settled;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// A closed flow is remembered so long, so that stray packets find it.
const REMEMBER: u64 = 10 * SECOND;
/// Flows are looked at again at least so often.
const LOOK_AGAIN: u64 = 8 * SECOND;
/// After a RST so long is waited for signs that it was ignored.
const RESET_LINGER: u64 = 10 * SECOND;
/// Flows remembered of which only an ICMP error's quote was seen.
const QUOTED: usize = 4096;
/// The port on which Wireshark reads SOCKS.
const SOCKS: u16 = 1080;
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
    path: Path,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Only SYNs so far.
    Opening(Box<Opening>),
    Live(Box<Live>),
    /// Nothing more to learn: `isn` of the client tells a new connection from a stray packet.
    Over {
        closed: bool,
        isn: Option<u32>,
    },
    Free,
}

/// A flow that is over.
#[derive(Debug)]
pub(super) enum Gone {
    Facts(Box<HandshakeFacts>),
}

/// All flows.
#[derive(Debug)]
pub(super) struct Table {
    entries: Vec<Entry>,
    free: Vec<u32>,
    index: HashTable<u32>,
    hasher: foldhash::fast::RandomState,
    wheel: Wheel,
    twins: Twins,
    limits: Limits,
    streams: u32,
    live: usize,
    /// Ends of flows that were forgotten.
    forgotten: Forgotten,
    /// Stream numbers that Wireshark gave to flows of which only an ICMP error's quote was seen.
    quoted: hashbrown::HashMap<Key, u32, foldhash::fast::RandomState>,
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
}

impl Table {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            hasher: foldhash::fast::RandomState::default(),
            wheel: Wheel::default(),
            twins: Twins::default(),
            limits: *limits,
            streams: 0,
            live: 0,
            forgotten: Forgotten::default(),
            quoted: hashbrown::HashMap::default(),
            inexact: false,
            cursor: 0,
            evicted: 0,
            copies: 0,
            strays: 0,
        }
    }

    /// Takes a segment at `time` ns of capture.
    pub(super) fn segment(
        &mut self,
        segment: &Segment<'_>,
        time: u64,
        gone: &mut impl FnMut(Gone),
    ) {
        let (key, low) = Key::of(segment);
        let opens = segment.flags & (flags::SYN | flags::ACK) == flags::SYN;
        let mut number = self.find(&key, segment.path);
        if number != NONE && opens && self.is_new_connection(number, segment) {
            number = self.make_room_for(number, segment, time, gone);
        }
        if number == NONE {
            // A stray packet of a flow that is over and forgotten begins no other.
            if segment.flags & flags::SYN == 0 && self.forgotten.holds(self.hasher.hash_one(key)) {
                self.strays += 1;
                return;
            }
            number = self.begin(key, low, segment, time);
            if matches!(
                self.entry(number).map(|entry| &entry.state),
                Some(State::Opening(_))
            ) {
                return;
            }
        }
        self.feed(number, low, segment, time, gone);
    }

    fn find(&self, key: &Key, path: Path) -> u32 {
        let hash = self.hasher.hash_one(key);
        let found = self.index.find(hash, |number| {
            self.entry(*number).is_some_and(|entry| entry.key == *key)
        });
        let Some(head) = found.copied() else {
            return NONE;
        };
        let Some(entry) = self.entry(head) else {
            return NONE;
        };
        if entry.next == NONE || entry.path.same_network(&path) {
            return head;
        }
        let mut number = entry.next;
        while let Some(entry) = self.entry(number) {
            if entry.path.same_network(&path) {
                return number;
            }
            number = entry.next;
        }
        head
    }

    fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(number).ok()?)
    }

    fn entry_mut(&mut self, number: u32) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(number).ok()?)
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
                // Known from the SYN, or from the SYN-ACK where the capture swapped the two.
                live.connection.isn(side)
            }
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
        gone: &mut impl FnMut(Gone),
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
        if !busy || entry.path.same_network(&segment.path) {
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

    fn begin(&mut self, key: Key, low: bool, segment: &Segment<'_>, time: u64) -> u32 {
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
            Some(opening) => State::Opening(Box::new(opening)),
            None => {
                let (client, server) = (key.end(client_low), key.end(!client_low));
                let mut live = Live::new(client, server, segment, &self.limits);
                live.number(stream, !self.inexact, by);
                State::Live(Box::new(live))
            }
        };
        let entry = Entry {
            key,
            stream,
            client_low,
            last: time,
            next: NONE,
            path: segment.path,
            state,
        };
        let number = self.store(entry);
        self.live += 1;
        self.link(key, number);
        self.wheel
            .add(number, time.saturating_add(self.limits.linger));
        if segment.flags & (flags::SYN | flags::ACK) == flags::SYN {
            self.twins.opened(number, key, segment);
        }
        number
    }

    /// The flow as it is followed; one that is opening is followed from here on.
    fn live_mut(&mut self, number: u32) -> Option<&mut Live> {
        let limits = self.limits;
        let entry = self.entry_mut(number)?;
        if let State::Opening(opening) = &entry.state {
            let (client, server) = (
                entry.key.end(entry.client_low),
                entry.key.end(!entry.client_low),
            );
            let mut live = opening.follow(client, server, &limits);
            live.number(entry.stream, opening.stream_exact, ClientBy::Syn);
            entry.state = State::Live(Box::new(live));
        }
        match &mut entry.state {
            State::Live(live) => Some(live),
            _ => None,
        }
    }

    fn store(&mut self, entry: Entry) -> u32 {
        if let Some(number) = self.free.pop()
            && let Some(slot) = self.entry_mut(number)
        {
            *slot = entry;
            return number;
        }
        self.entries.push(entry);
        u32::try_from(self.entries.len().saturating_sub(1)).unwrap_or(NONE)
    }

    /// Puts a flow before others with the same ends.
    fn link(&mut self, key: Key, number: u32) {
        let hash = self.hasher.hash_one(key);
        let entries = &self.entries;
        let at = |number: u32| usize::try_from(number).ok().and_then(|i| entries.get(i));
        let found = self.index.find_mut(hash, |number| {
            at(*number).is_some_and(|entry| entry.key == key)
        });
        if let Some(head) = found {
            let next = std::mem::replace(head, number);
            if let Some(entry) = self.entry_mut(number) {
                entry.next = next;
            }
            return;
        }
        let hasher = &self.hasher;
        self.index.insert_unique(hash, number, |number| {
            at(*number).map_or(0, |entry| hasher.hash_one(entry.key))
        });
    }

    fn unlink(&mut self, number: u32) {
        let Some(entry) = self.entry(number) else {
            return;
        };
        let (key, next) = (entry.key, entry.next);
        let hash = self.hasher.hash_one(key);
        let entries = &self.entries;
        let at = |number: u32| usize::try_from(number).ok().and_then(|i| entries.get(i));
        let Ok(mut found) = self.index.find_entry(hash, |number| {
            at(*number).is_some_and(|entry| entry.key == key)
        }) else {
            return;
        };
        if *found.get() == number {
            if next == NONE {
                found.remove();
            } else {
                *found.get_mut() = next;
            }
            return;
        }
        let mut before = *found.get();
        while let Some(entry) = self.entry_mut(before) {
            if entry.next == number {
                entry.next = next;
                return;
            }
            before = entry.next;
        }
    }

    fn feed(
        &mut self,
        number: u32,
        low: bool,
        segment: &Segment<'_>,
        time: u64,
        gone: &mut impl FnMut(Gone),
    ) {
        let limits = self.limits;
        let Some(entry) = self.entry_mut(number) else {
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
                if side == Side::Client && opening.take(segment) {
                    return;
                }
            }
            State::Live(_) => {}
            State::Free => return,
        }
        let Some(live) = self.live_mut(number) else {
            return;
        };
        let turned = turn_round(live, segment, side);
        if turned {
            side = side.peer();
        }
        live.segment(segment, side, &limits);
        let socks = shifts_streams(live);
        let matters = segment.payload_length > 0 || segment.flags & (flags::FIN | flags::RST) != 0;
        let settled = matters && live.settled(segment.at) != Settled::No;
        live.tracker.facts_mut().let_go = settled;
        self.inexact |= socks;
        if turned && let Some(entry) = self.entry_mut(number) {
            entry.client_low = !entry.client_low;
        }
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
        if let Some(Entry {
            state: State::Live(live),
            ..
        }) = self.entry_mut(first)
        {
            live.connection.tcp.also_seen_as = Some(ends);
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
        let number = self.find(&key, Path::default());
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

    /// Whether flows are due to be looked at.
    pub(super) fn is_due(&self, time: u64) -> bool {
        self.wheel.is_due(time)
    }

    /// Ends flows that were quiet long enough.
    pub(super) fn sweep(&mut self, time: u64, gone: &mut impl FnMut(Gone)) {
        while let Some(numbers) = self.wheel.due(time) {
            for number in numbers {
                let Some(deadline) = self.deadline(number) else {
                    continue;
                };
                if deadline > time {
                    // Its next packet may bring the deadline nearer (a FIN), so it is not waited for in one go.
                    self.wheel
                        .add(number, deadline.min(time.saturating_add(LOOK_AGAIN)));
                    continue;
                }
                match self.entry(number).map(|entry| &entry.state) {
                    Some(State::Live(_) | State::Opening(_)) => {
                        self.end(number, time, gone);
                        let again = self.deadline(number).unwrap_or(time);
                        self.wheel.add(number, again);
                    }
                    Some(State::Over { .. }) => self.forget(number),
                    _ => {}
                }
            }
        }
    }

    fn deadline(&self, number: u32) -> Option<u64> {
        let entry = self.entry(number)?;
        let patience = match &entry.state {
            State::Live(live) if live.is_closed_in_order() => self.limits.linger,
            State::Live(live) if live.is_closed() => self.limits.linger.max(RESET_LINGER),
            State::Opening(_) => self.limits.half_open,
            State::Live(live) if live.is_half_open() => self.limits.half_open,
            State::Live(_) | State::Over { closed: false, .. } => self.limits.idle,
            State::Over { closed: true, .. } => REMEMBER,
            State::Free => return None,
        };
        Some(entry.last.saturating_add(patience))
    }

    /// A flow is over.
    fn end(&mut self, number: u32, time: u64, gone: &mut impl FnMut(Gone)) {
        if self.live_mut(number).is_none() {
            return;
        }
        let Some(entry) = self.entry_mut(number) else {
            return;
        };
        let State::Live(live) = &entry.state else {
            return;
        };
        let over = State::Over {
            closed: live.is_closed(),
            isn: live
                .connection
                .tcp
                .syn
                .and(live.connection.isn(Side::Client)),
        };
        let (quiet, path) = (time.saturating_sub(entry.last), entry.path);
        let State::Live(live) = std::mem::replace(&mut entry.state, over) else {
            return;
        };
        self.live = self.live.saturating_sub(1);
        self.copies = self
            .copies
            .saturating_add(u64::from(live.connection.tcp.copies));
        gone(give(*live, quiet, path));
    }

    /// Forgets a flow, and remembers that it was.
    fn forget(&mut self, number: u32) {
        if let Some(key) = self.entry(number).map(|entry| entry.key) {
            let hash = self.hasher.hash_one(key);
            self.forgotten.add(hash);
        }
        self.unremember(number);
    }

    /// Forgets a flow whose ends are in use again.
    fn unremember(&mut self, number: u32) {
        self.unlink(number);
        self.twins.forget(number);
        if let Some(entry) = self.entry_mut(number) {
            entry.state = State::Free;
            entry.next = NONE;
            self.free.push(number);
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

    /// A bound is met: lets the longest idle of a sample go, of the followed flows or of those that are over. No failure is made
    /// of it.
    fn evict(&mut self, followed: bool) {
        let count = self.entries.len().max(1);
        self.cursor = self.cursor.wrapping_add(7919);
        let start = self.cursor % count;
        let sample = (0..64_usize).map(|i| start.wrapping_add(i.wrapping_mul(31)) % count);
        let fits = sample.filter(|i| {
            self.entries.get(*i).is_some_and(|entry| match entry.state {
                State::Live(_) | State::Opening(_) => followed,
                State::Over { .. } => !followed,
                State::Free => false,
            })
        });
        // One that only began tells least.
        let oldest = fits.min_by_key(|i| {
            self.entries.get(*i).map_or((true, u64::MAX), |entry| {
                (matches!(entry.state, State::Live(_)), entry.last)
            })
        });
        let Some(number) = oldest.and_then(|i| u32::try_from(i).ok()) else {
            return;
        };
        if followed {
            self.evicted += 1;
            self.live = self.live.saturating_sub(1);
        }
        self.forget(number);
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

    /// The capture is over at `time`: gives all that is left, in order of streams.
    pub(super) fn finish(&mut self, time: u64, gone: &mut impl FnMut(Gone)) {
        let mut numbers: Vec<(u32, u32)> = (0_u32..)
            .zip(&self.entries)
            .filter(|(_, entry)| matches!(entry.state, State::Live(_) | State::Opening(_)))
            .map(|(n, entry)| (entry.stream, n))
            .collect();
        numbers.sort_unstable();
        for (_, number) in numbers {
            self.end(number, time, gone);
        }
    }

    /// Flows being followed.
    pub(super) fn live(&self) -> usize {
        self.live
    }
}

fn give(live: Live, quiet: u64, path: Path) -> Gone {
    Gone::Facts(Box::new(live.finish(quiet, path)))
}

/// The first payload of a flow whose client was only guessed may tell better. Returns whether the sides are to be exchanged.
fn turn_round(live: &mut Live, segment: &Segment<'_>, side: Side) -> bool {
    let facts = live.tracker.facts();
    if facts.client_by != ClientBy::Ports
        || segment.payload.is_empty()
        || !live.tracker.is_untouched()
    {
        return false;
    }
    let (real, by) = sender_side(segment);
    if by == ClientBy::Ports || real == side {
        if by != ClientBy::Ports {
            live.tracker.facts_mut().client_by = by;
        }
        return false;
    }
    live.connection.exchange_sides();
    let facts = live.tracker.facts_mut();
    std::mem::swap(&mut facts.client, &mut facts.server);
    facts.client_by = by;
    true
}

/// Wireshark's SOCKS dissector gives the connection inside a number of its own: later ones are shifted.
fn shifts_streams(live: &Live) -> bool {
    let facts = live.tracker.facts();
    facts.server.port == SOCKS
        && facts.prelude.as_ref().is_some_and(|prelude| {
            matches!(
                prelude.protocol,
                PreludeProtocol::Socks4 | PreludeProtocol::Socks5
            ) && prelude.state != PreludeState::Refused
        })
}
