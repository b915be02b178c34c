//! One flow of the crowd: its packets, in its own addresses and numbers.

use super::crowd::ACK;
use super::crowd::RECORD;
use super::frame::Ends;
use super::frame::Hop;
use super::frame::Tcp;
use super::frame::frame;
use super::random::Random;
use super::template::Patch;
use super::template::Step;
use super::template::Template;
use super::template::What;

/// One flow on its way.
pub(super) struct Flow {
    pub(super) template: usize,
    pub(super) ends: Ends,
    pub(super) initial: [u32; 2],
    pub(super) clocks: [u32; 2],
    pub(super) echoed: [u32; 2],
    pub(super) number: u64,
    pub(super) step: usize,
    /// When it began, put off by what was added to it, µs.
    pub(super) begin: u64,
    pub(super) insertion: Option<usize>,
    pub(super) bulk: u64,
    pub(super) sent: u64,
    pub(super) unacknowledged: u8,
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

    /// A packet of the template as it is in this flow; `again` where it is sent anew, in another IP packet.
    pub(super) fn replay(
        &mut self,
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
                    self.number,
                );
            }
        }
        let hop = Hop {
            side: step.side,
            ttl: step.ttl,
            id: step.ip_id.wrapping_add(if again { 0x4000 } else { 0 }),
        };
        if template.udp {
            return frame(&self.ends, hop, None, &payload);
        }
        let added = if self.insertion.is_some_and(|at| self.step >= at) {
            self.sent as u32
        } else {
            0
        };
        let (mine, theirs) = if step.side == 1 {
            (added, 0)
        } else {
            (0, added)
        };
        let ack = self.initial[1 - step.side]
            .wrapping_add(step.ack)
            .wrapping_add(theirs);
        let mut options = step.options.clone();
        if let Some(place) = step.timestamps {
            self.stamp(
                step.side,
                at,
                step.flags,
                &mut options[place + 2..place + 10],
            );
        }
        let tcp = Tcp {
            seq: self.initial[step.side]
                .wrapping_add(step.seq)
                .wrapping_add(mine),
            ack: if step.flags & ACK == 0 { step.ack } else { ack },
            flags: step.flags,
            window: step.window,
            options: &options,
        };
        frame(&self.ends, hop, Some(&tcp), &payload)
    }

    /// The next segment of application data, or the ACK for the last two; and how long until the one after it.
    pub(super) fn bulk(
        &mut self,
        before: &Step,
        at: u64,
        random: &mut Random,
        noise: &[u8],
    ) -> (Vec<u8>, u64) {
        let mut options = [1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        let whole = self.sent == self.bulk;
        let side = usize::from(self.unacknowledged < 2 && !whole);
        self.stamp(side, at, ACK, &mut options[4..]);
        let server = self.initial[1]
            .wrapping_add(before.seq)
            .wrapping_add(self.sent as u32);
        let client = self.initial[0].wrapping_add(before.ack);
        let hop = Hop {
            side,
            ttl: if side == 1 { before.ttl } else { 64 },
            id: (self.sent / 1448) as u16,
        };
        let mut tcp = Tcp {
            seq: client,
            ack: server,
            flags: ACK,
            window: 2000,
            options: &options,
        };
        if side == 0 {
            self.unacknowledged = 0;
            return (frame(&self.ends, hop, Some(&tcp), &[]), 5);
        }
        (tcp.seq, tcp.ack) = (server, client);
        let most = if self.ends.v6 { 1428 } else { 1448 };
        let length = most.min(self.bulk - self.sent) as usize;
        let from = random.below((noise.len() - length) as u64) as usize;
        let mut payload = noise[from..from + length].to_vec();
        for (index, byte) in payload.iter_mut().enumerate() {
            let place = (self.sent + index as u64) % RECORD;
            if let Some(header) = [0x17, 3, 3, 0x40, 0x11].get(place as usize) {
                *byte = *header;
            }
        }
        self.sent += length as u64;
        self.unacknowledged += 1;
        // A window's worth, then one round trip.
        let wait = if (self.sent / most).is_multiple_of(40) {
            9_000
        } else {
            3
        };
        (frame(&self.ends, hop, Some(&tcp), &payload), wait)
    }
}

/// 50,000 clients and 200 servers; no pair of ends comes twice in three billion flows.
pub(super) fn ends(number: u64, server: u64, port: u16, v6: bool, tags: u8) -> Ends {
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
