//! Many flows side by side, packet by packet in order of time.

use super::Kind;
use super::frame::Ends;
use super::frame::Hop;
use super::frame::Tcp;
use super::frame::frame;
use super::random::Random;
use super::template::Patch;
use super::template::Step;
use super::template::Template;
use super::template::What;
use super::truth::Truth;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BinaryHeap;
use std::io;
use std::io::Write;

/// 1 January 2026, in µs.
const BEGIN: u64 = 1_767_225_600_000_000;
/// A TLS record of application data, filled to the brim in TLS 1.3, with its header.
const RECORD: u64 = 16_406;
/// What a copy comes later, µs.
const RETRANSMISSION: u64 = 210_000;
const LATE: u64 = 30;
const ACK: u8 = 0x10;

/// One flow on its way.
struct Flow {
    template: usize,
    ends: Ends,
    initial: [u32; 2],
    clocks: [u32; 2],
    echoed: [u32; 2],
    number: u64,
    step: usize,
    /// When it began, put off by what was added to it, µs.
    begin: u64,
    insertion: Option<usize>,
    bulk: u64,
    sent: u64,
    unacknowledged: u8,
}

/// Everything that is open, and where it is written to.
pub(super) struct Crowd<'a> {
    kind: Kind,
    left: u64,
    templates: &'a [Template],
    out: &'a mut dyn Write,
    random: Random,
    noise: Vec<u8>,
    truth: Truth,
    flows: Vec<Option<Flow>>,
    free: Vec<usize>,
    /// When which flow goes on; the number in the middle keeps the order of what happens at one time.
    due: BinaryHeap<Reverse<(u64, u64, usize)>>,
    late: BTreeMap<(u64, u64), Vec<u8>>,
    ticks: u64,
    begun: u64,
}

impl<'a> Crowd<'a> {
    pub(super) fn new(
        kind: Kind,
        count: u64,
        templates: &'a [Template],
        out: &'a mut dyn Write,
    ) -> io::Result<Self> {
        let header: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1];
        for value in header {
            out.write_all(&value.to_le_bytes())?;
        }
        let mut random = Random(kind as u64 + 1);
        let mut noise = vec![0; 1 << 20];
        random.fill(&mut noise);
        let truth = Truth {
            bytes: 24,
            sources: templates.len(),
            ..Truth::default()
        };
        Ok(Self {
            kind,
            left: count,
            templates,
            out,
            random,
            noise,
            truth,
            flows: Vec::new(),
            free: Vec::new(),
            due: BinaryHeap::new(),
            late: BTreeMap::new(),
            ticks: 0,
            begun: 0,
        })
    }

    pub(super) fn run(mut self) -> io::Result<Truth> {
        let between = match self.kind {
            Kind::Handshakes => 500,
            Kind::Bulk => 20_000,
            Kind::Mixed => 700,
        };
        let mut arrival = BEGIN;
        loop {
            let next_flow = if self.left > 0 { arrival } else { u64::MAX };
            let next_step = self.due.peek().map_or(u64::MAX, |due| due.0.0);
            let next_late = self.late.first_key_value().map(|(key, _)| *key);
            let earliest = next_flow.min(next_step);
            if let Some(key) = next_late.filter(|key| key.0 <= earliest) {
                if let Some(bytes) = self.late.remove(&key) {
                    self.write(key.0, &bytes)?;
                }
            } else if earliest == u64::MAX {
                return Ok(self.truth);
            } else if next_flow <= next_step {
                self.open(arrival);
                arrival += self.random.below(2 * between);
            } else {
                self.go_on()?;
            }
        }
    }

    fn open(&mut self, at: u64) {
        let number = self.begun;
        self.begun += 1;
        self.left -= 1;
        let template = self.choose();
        let chosen = &self.templates[template];
        let counted = self.truth.flows.entry(chosen.kind.clone());
        counted.or_insert((0, chosen.expected.clone())).0 += 1;
        let mixed = self.kind == Kind::Mixed;
        let v6 = mixed && self.random.chance(25);
        let tags = match self.random.below(100) {
            0..30 if mixed => 1,
            30..33 if mixed => 2,
            _ => 0,
        };
        let insertion = chosen.insertion(v6);
        let bulk = match self.kind {
            Kind::Bulk => 12 + self.random.below(250),
            Kind::Mixed if self.random.chance(6) => 1 + self.random.below(12),
            _ => 0,
        };
        let mut initial = [self.random.word(), self.random.word()];
        for (side, number) in initial.iter_mut().enumerate() {
            if !chosen.synchronized[side] {
                *number = 0;
            }
        }
        let flow = Flow {
            template,
            ends: ends(number, self.random.below(200), chosen.port, v6, tags),
            initial,
            clocks: [self.random.word(), self.random.word()],
            echoed: [0, 0],
            number,
            step: 0,
            begin: at,
            insertion,
            bulk: if insertion.is_some() {
                bulk * RECORD
            } else {
                0
            },
            sent: 0,
            unacknowledged: 0,
        };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.flows.push(None);
            self.flows.len() - 1
        });
        self.flows[slot] = Some(flow);
        let open = self.flows.len() - self.free.len();
        self.truth.concurrent = self.truth.concurrent.max(open as u64);
        self.wake(at, slot);
    }

    /// Four of ten flows of a mixed capture are TLS, all of the others.
    fn choose(&mut self) -> usize {
        let tls = self.kind != Kind::Mixed || self.random.chance(40);
        let wanted = |template: &&Template| template.is_tls() == tls;
        let all: u64 = self
            .templates
            .iter()
            .filter(wanted)
            .map(|one| one.weight)
            .sum();
        let mut place = self.random.below(all);
        for (index, template) in self.templates.iter().enumerate() {
            if template.is_tls() != tls {
                continue;
            }
            if place < template.weight {
                return index;
            }
            place -= template.weight;
        }
        0
    }

    fn wake(&mut self, at: u64, slot: usize) {
        self.ticks += 1;
        self.due.push(Reverse((at, self.ticks, slot)));
    }

    /// The next packet of the flow whose turn it is.
    fn go_on(&mut self) -> io::Result<()> {
        let Some(Reverse((at, _, slot))) = self.due.pop() else {
            return Ok(());
        };
        let Some(mut flow) = self.flows.get_mut(slot).and_then(Option::take) else {
            return Ok(());
        };
        let templates = self.templates;
        let template = &templates[flow.template];
        let steps = template.steps(flow.ends.v6);
        if flow.insertion == Some(flow.step)
            && flow.sent < flow.bulk + u64::from(flow.unacknowledged)
        {
            let before = &steps[flow.step];
            let (bytes, wait) = self.bulk(&mut flow, before, at);
            self.write(at, &bytes)?;
            flow.begin += wait;
            self.flows[slot] = Some(flow);
            self.wake(at + wait, slot);
            return Ok(());
        }
        let step = &steps[flow.step];
        let bytes = self.replay(&mut flow, template, step, at, false);
        flow.begin += self.send(&mut flow, template, step, at, bytes)?;
        flow.step += 1;
        match steps.get(flow.step) {
            Some(next) => {
                let due = (flow.begin + next.at).max(at);
                self.flows[slot] = Some(flow);
                self.wake(due, slot);
            }
            None => self.free.push(slot),
        }
        Ok(())
    }

    /// Writes a packet, in a mixed capture sometimes late or twice. Returns by how much that puts off the rest of the flow.
    fn send(
        &mut self,
        flow: &mut Flow,
        template: &Template,
        step: &Step,
        at: u64,
        bytes: Vec<u8>,
    ) -> io::Result<u64> {
        let may_suffer = self.kind == Kind::Mixed && !template.udp && !step.payload.is_empty();
        match if may_suffer {
            self.random.below(100)
        } else {
            99
        } {
            0 => {
                self.truth.retransmitted += 1;
                self.write(at, &bytes)?;
                let again = self.replay(flow, template, step, at + RETRANSMISSION, true);
                self.hold(at + RETRANSMISSION, again);
                Ok(RETRANSMISSION)
            }
            1 => {
                self.truth.reordered += 1;
                self.hold(at + LATE, bytes);
                Ok(0)
            }
            _ => self.write(at, &bytes).map(|()| 0),
        }
    }

    fn hold(&mut self, at: u64, bytes: Vec<u8>) {
        self.ticks += 1;
        self.late.insert((at, self.ticks), bytes);
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u32;
        let times = [(at / 1_000_000) as u32, (at % 1_000_000) as u32];
        for value in [times[0], times[1], length, length] {
            self.out.write_all(&value.to_le_bytes())?;
        }
        self.truth.packets += 1;
        self.truth.bytes += 16 + u64::from(length);
        self.out.write_all(bytes)
    }

    /// A packet of the template as it is in this flow; `again` where it is sent anew, in another IP packet.
    fn replay(
        &self,
        flow: &mut Flow,
        template: &Template,
        step: &Step,
        at: u64,
        again: bool,
    ) -> Vec<u8> {
        let mut payload = step.payload.clone();
        if !payload.is_empty() {
            for patch in template.patches.iter().filter(|one| one.side == step.side) {
                rewrite(
                    &mut payload,
                    step.seq.wrapping_sub(1) as usize,
                    patch,
                    flow.number,
                );
            }
        }
        let hop = Hop {
            side: step.side,
            ttl: step.ttl,
            id: step.ip_id.wrapping_add(if again { 0x4000 } else { 0 }),
        };
        if template.udp {
            return frame(&flow.ends, hop, None, &payload);
        }
        let added = if flow.insertion.is_some_and(|at| flow.step >= at) {
            flow.sent as u32
        } else {
            0
        };
        let (mine, theirs) = if step.side == 1 {
            (added, 0)
        } else {
            (0, added)
        };
        let ack = flow.initial[1 - step.side]
            .wrapping_add(step.ack)
            .wrapping_add(theirs);
        let mut options = step.options.clone();
        if let Some(place) = step.timestamps {
            flow.stamp(
                step.side,
                at,
                step.flags,
                &mut options[place + 2..place + 10],
            );
        }
        let tcp = Tcp {
            seq: flow.initial[step.side]
                .wrapping_add(step.seq)
                .wrapping_add(mine),
            ack: if step.flags & ACK == 0 { step.ack } else { ack },
            flags: step.flags,
            window: step.window,
            options: &options,
        };
        frame(&flow.ends, hop, Some(&tcp), &payload)
    }

    /// The next segment of application data, or the ACK for the last two; and how long until the one after it.
    fn bulk(&mut self, flow: &mut Flow, before: &Step, at: u64) -> (Vec<u8>, u64) {
        let mut options = [1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        let whole = flow.sent == flow.bulk;
        let side = usize::from(flow.unacknowledged < 2 && !whole);
        flow.stamp(side, at, ACK, &mut options[4..]);
        let server = flow.initial[1]
            .wrapping_add(before.seq)
            .wrapping_add(flow.sent as u32);
        let client = flow.initial[0].wrapping_add(before.ack);
        let hop = Hop {
            side,
            ttl: if side == 1 { before.ttl } else { 64 },
            id: (flow.sent / 1448) as u16,
        };
        let mut tcp = Tcp {
            seq: client,
            ack: server,
            flags: ACK,
            window: 2000,
            options: &options,
        };
        if side == 0 {
            flow.unacknowledged = 0;
            return (frame(&flow.ends, hop, Some(&tcp), &[]), 5);
        }
        (tcp.seq, tcp.ack) = (server, client);
        let most = if flow.ends.v6 { 1428 } else { 1448 };
        let length = most.min(flow.bulk - flow.sent) as usize;
        let from = self.random.below((self.noise.len() - length) as u64) as usize;
        let mut payload = self.noise[from..from + length].to_vec();
        for (index, byte) in payload.iter_mut().enumerate() {
            let place = (flow.sent + index as u64) % RECORD;
            if let Some(header) = [0x17, 3, 3, 0x40, 0x11].get(place as usize) {
                *byte = *header;
            }
        }
        flow.sent += length as u64;
        flow.unacknowledged += 1;
        // A window's worth, then one round trip.
        let wait = if (flow.sent / most).is_multiple_of(40) {
            9_000
        } else {
            3
        };
        (frame(&flow.ends, hop, Some(&tcp), &payload), wait)
    }
}

impl Flow {
    /// Writes the value and the echo of a TCP timestamps option.
    fn stamp(&mut self, side: usize, at: u64, flags: u8, place: &mut [u8]) {
        let value = self.clocks[side].wrapping_add((at / 1000) as u32);
        self.echoed[side] = value;
        let echo = if flags & ACK == 0 {
            0
        } else {
            self.echoed[1 - side]
        };
        place[..4].copy_from_slice(&value.to_be_bytes());
        place[4..8].copy_from_slice(&echo.to_be_bytes());
    }
}

/// 50,000 clients and 200 servers; no pair of ends comes twice in three billion flows.
fn ends(number: u64, server: u64, port: u16, v6: bool, tags: u8) -> Ends {
    let client = (number % 50_000) as u32 + 256;
    let client_port = 1_100 + (number / 50_000 * 61 % 60_000) as u16;
    let server = server as u8 + 1;
    let mut addresses = [[0; 16]; 2];
    if v6 {
        addresses[0][..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        addresses[1] = addresses[0];
        addresses[0][12..].copy_from_slice(&client.to_be_bytes());
        addresses[1][4] = 0xff;
        addresses[1][15] = server;
    } else {
        addresses[0][..4].copy_from_slice(&(0x0a00_0000 + client).to_be_bytes());
        addresses[1][..4].copy_from_slice(&[203, 0, 113, server]);
    }
    Ends {
        v6,
        tags,
        addresses,
        ports: [client_port, port],
    }
}

/// Puts what is new in this flow over the bytes of a segment that begins at `from` in its side's stream.
fn rewrite(payload: &mut [u8], from: usize, patch: &Patch, number: u64) {
    let overlap =
        patch.offset < from.saturating_add(payload.len()) && from < patch.offset + patch.length;
    if !overlap {
        return;
    }
    let mut bytes = vec![0; patch.length];
    if patch.what == What::Name {
        let mut rest = number;
        for byte in bytes.iter_mut().rev() {
            *byte = b"abcdefghijklmnopqrstuvwxyz0123456789"[(rest % 36) as usize];
            rest /= 36;
        }
    } else {
        Random(number << 3 | patch.what as u64).fill(&mut bytes);
    }
    for (index, byte) in bytes.iter().enumerate() {
        let place = (patch.offset + index).wrapping_sub(from);
        if let Some(old) = payload.get_mut(place) {
            *old = *byte;
        }
    }
}
