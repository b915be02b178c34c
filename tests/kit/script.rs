//! A connection written packet by packet.

use std::net::SocketAddr;

use super::packet::ACK;
use super::packet::Link;
use super::packet::Net;
use super::packet::PSH;
use super::packet::Packet;
use super::packet::RST;
use super::packet::SYN;
use super::packet::Segment;

/// 2026-01-01 00:00:00 UTC in nanoseconds.
const START: i64 = 1_767_225_600_000_000_000;

/// Both sides' numbers, and the packets so far. One millisecond passes with each packet.
pub(crate) struct Script {
    pub(crate) packets: Vec<Packet>,
    pub(crate) now: i64,
    client: End,
    server: End,
    /// Payload sent last that the other side does not have: the client's, the server's.
    open: [Option<Segment>; 2],
}

struct End {
    address: SocketAddr,
    ttl: u8,
    /// The next sequence number to send.
    next: u32,
    /// What it has of the other side; `None` before its SYN.
    received: Option<u32>,
    ip_id: u16,
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
}

impl From {
    pub(crate) fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

impl Script {
    pub(crate) fn new() -> Self {
        let end = |address: &str, ttl, next, ip_id| End {
            address: address.parse().unwrap(),
            ttl,
            next,
            received: None,
            ip_id,
        };
        Self {
            packets: Vec::new(),
            now: START,
            client: end("192.0.2.10:51514", 64, 0x1000_0000, 0x1111),
            server: end("198.51.100.4:443", 57, 0x7000_0000, 0x2222),
            open: [None, None],
        }
    }

    /// Time passes, in which what was not acknowledged is sent again.
    pub(crate) fn wait(&mut self, nanoseconds: i64) {
        let end = self.now + nanoseconds;
        for seconds in [1, 3, 7] {
            if seconds * 1_000_000_000 >= nanoseconds {
                break;
            }
            self.now = end - nanoseconds + seconds * 1_000_000_000;
            for side in 0..2 {
                if let Some(segment) = &mut self.open[side] {
                    segment.ip_id = segment.ip_id.wrapping_add(0x100);
                    let again = segment.clone();
                    self.push(Net::Tcp(again));
                }
            }
        }
        self.now = end;
    }

    /// Sends these flags and bytes; the ACK flag and number go along where there is something to acknowledge.
    pub(crate) fn send(&mut self, from: From, flags: u8, payload: &[u8]) {
        self.now += 1_000_000;
        let (end, peer) = match from {
            From::Client => (&mut self.client, &self.server),
            From::Server => (&mut self.server, &self.client),
        };
        end.ip_id = end.ip_id.wrapping_add(1);
        let mut flags = flags | if payload.is_empty() { 0 } else { PSH };
        if end.received.is_some() {
            flags |= ACK;
        }
        let segment = Segment {
            source: end.address,
            destination: peer.address,
            ttl: end.ttl,
            ip_id: end.ip_id,
            seq: end.next,
            ack: end.received.unwrap_or(0),
            flags,
            window: 64_240,
            options: Vec::new(),
            payload: payload.to_vec(),
        };
        let counted = (flags & (SYN | super::packet::FIN)).count_ones() + payload.len() as u32;
        if flags & RST == 0 {
            end.next = end.next.wrapping_add(counted);
        }
        if flags & RST != 0 {
            self.open = [None, None];
        } else if !payload.is_empty() {
            self.open[usize::from(from == From::Server)] = Some(segment.clone());
        }
        self.push(Net::Tcp(segment));
    }

    /// `by` has all that the other side sent so far, and says so with its next packet.
    pub(crate) fn receive(&mut self, by: From) {
        self.open[usize::from(by == From::Client)] = None;
        match by {
            From::Client => self.client.received = Some(self.server.next),
            From::Server => self.server.received = Some(self.client.next),
        }
    }

    /// `by` acknowledges all that the other side sent so far.
    pub(crate) fn acknowledge(&mut self, by: From) {
        self.receive(by);
        self.send(by, ACK, &[]);
    }

    /// Sends bytes that the other side acknowledges.
    pub(crate) fn deliver(&mut self, from: From, payload: &[u8]) {
        if !payload.is_empty() {
            self.send(from, 0, payload);
            self.acknowledge(from.peer());
        }
    }

    /// A packet of somebody else: the capture goes on.
    pub(crate) fn unrelated(&mut self) {
        // ARP, who has 192.0.2.1 (RFC 826).
        let mut body = vec![0, 1, 8, 0, 6, 4, 0, 1];
        body.extend([2, 0, 0, 0, 0, 9, 192, 0, 2, 9]);
        body.extend([0, 0, 0, 0, 0, 0, 192, 0, 2, 1]);
        self.push(Net::Other(0x0806, body));
    }

    fn push(&mut self, net: Net) {
        self.packets.push(Packet {
            at: self.now,
            link: Link::Ethernet {
                addresses: [2; 12],
                tags: Vec::new(),
            },
            net,
        });
    }
}
