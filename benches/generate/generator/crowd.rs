//! Many flows side by side, packet by packet in order of time.

use super::Kind;
use super::flow::Flow;
use super::flow::ends;
use super::random::Random;
use super::template::Step;
use super::template::Template;
use super::truth::Truth;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BinaryHeap;
use std::io;
use std::io::Write;

/// 1 January 2026, in µs.
const BEGIN: u64 = 1_767_225_600_000_000;
/// A TLS record of application data, filled to the brim in TLS 1.3, with its header.
pub(super) const RECORD: u64 = 16_406;
/// What a copy comes later, µs.
const RETRANSMISSION: u64 = 210_000;
const LATE: u64 = 30;
pub(super) const ACK: u8 = 0x10;

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
            let (bytes, wait) = flow.bulk(before, at, &mut self.random, &self.noise);
            self.write(at, &bytes)?;
            flow.begin += wait;
            self.flows[slot] = Some(flow);
            self.wake(at + wait, slot);
            return Ok(());
        }
        let step = &steps[flow.step];
        let bytes = flow.replay(template, step, at, false);
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
                let again = flow.replay(template, step, at + RETRANSMISSION, true);
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
}
