//! Connections for tests: each call is one packet. Numbers are relative as Wireshark shows them: 0 is the SYN, 1 the first byte.

use super::Connection;
use super::Delivery;
use super::Limits;
use super::Piece;
use super::Witness;
use crate::base::FrameRef;
use crate::base::MILLISECOND;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Timestamp;
use crate::decode::Options;
use crate::decode::Path;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::Event;
use crate::facts::GapReason;
use crate::facts::TcpFacts;
use crate::facts::What;
use std::net::IpAddr;
use std::net::Ipv4Addr;

/// The client's initial sequence number: its numbers wrap around behind the third byte.
pub(super) const CLIENT_ISN: u32 = u32::MAX - 3;
/// The server's initial sequence number.
pub(super) const SERVER_ISN: u32 = 5_000;
/// FIN and ACK.
pub(super) const FIN: u8 = flags::FIN | flags::ACK;
/// RST and ACK.
pub(super) const RST: u8 = flags::RST | flags::ACK;
/// ACK alone.
pub(super) const ACK: u8 = flags::ACK;
/// SYN alone.
pub(super) const SYN: u8 = flags::SYN;
/// SYN and ACK.
pub(super) const SYN_ACK: u8 = flags::SYN | flags::ACK;

/// A packet of the client, `at` milliseconds from the start.
pub(super) fn client(at: u64, flags: u8, seq: u32, ack: u32, payload: &[u8]) -> Segment<'_> {
    let numbers = (CLIENT_ISN.wrapping_add(seq), SERVER_ISN.wrapping_add(ack));
    packet(at, (1234, 443), flags, numbers, payload)
}

/// A packet of the server, `at` milliseconds from the start.
pub(super) fn server(at: u64, flags: u8, seq: u32, ack: u32, payload: &[u8]) -> Segment<'_> {
    let numbers = (SERVER_ISN.wrapping_add(seq), CLIENT_ISN.wrapping_add(ack));
    packet(at, (443, 1234), flags, numbers, payload)
}

/// The time `at` milliseconds from the start.
pub(super) fn time(at: u64) -> Timestamp {
    Timestamp((SECOND + at * MILLISECOND).cast_signed())
}

fn packet(
    at: u64,
    ports: (u16, u16),
    flags: u8,
    numbers: (u32, u32),
    payload: &[u8],
) -> Segment<'_> {
    let from_client = ports.0 == 1234;
    let host = |low| IpAddr::V4(Ipv4Addr::new(192, 0, 2, if low { 1 } else { 2 }));
    let acknowledges = flags & flags::ACK != 0;
    Segment {
        frame: FrameRef::new(0, at + 1),
        at: time(at),
        path: Path::default(),
        src: host(from_client),
        dst: host(!from_client),
        src_port: ports.0,
        dst_port: ports.1,
        seq: numbers.0,
        ack: if acknowledges { numbers.1 } else { 0 },
        flags,
        window: 500,
        ttl: if from_client { 64 } else { 50 },
        // No two packets of one side are alike in it: nothing is a copy unless a test makes it one.
        ip_id: Some(u16::try_from(at % 60_000).unwrap() + 1),
        checksum: 0,
        options: Options::default(),
        payload,
        payload_length: u32::try_from(payload.len()).unwrap(),
    }
}

/// What the witness of a connection was told.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) client: Vec<u8>,
    pub(super) server: Vec<u8>,
    /// Side, offset, length and reason.
    pub(super) holes: Vec<(Side, u64, u64, GapReason)>,
    pub(super) events: Vec<Event>,
    pub(super) odd: Vec<&'static str>,
    /// Order of the last delivery.
    pub(super) order: u32,
}

impl Heard {
    /// What happened, without its marks.
    pub(super) fn what(&self) -> Vec<What> {
        self.events.iter().map(|event| event.what).collect()
    }
}

impl Witness for Heard {
    fn data(&mut self, side: Side, delivery: Delivery<'_>) {
        self.order = delivery.mark.order;
        match delivery.piece {
            Piece::Bytes(bytes) if side == Side::Client => self.client.extend(bytes),
            Piece::Bytes(bytes) => self.server.extend(bytes),
            Piece::Hole(length, reason) => self.holes.push((side, delivery.offset, length, reason)),
        }
    }

    fn happened(&mut self, event: Event) {
        self.events.push(event);
    }

    fn odd(&mut self, _: FrameRef, _: Side, what: &'static str) {
        self.odd.push(what);
    }
}

/// A connection with its witness.
#[derive(Debug, Default)]
pub(super) struct Played {
    pub(super) connection: Connection,
    pub(super) heard: Heard,
    pub(super) limits: Limits,
}

impl Played {
    /// SYN at 0 ms, SYN-ACK at 10 ms, ACK at 20 ms.
    pub(super) fn opened() -> Self {
        let mut played = Self::default();
        played.take(client(0, SYN, 0, 0, b""));
        played.take(server(10, SYN_ACK, 0, 1, b""));
        played.take(client(20, ACK, 1, 1, b""));
        played.heard.events.clear();
        played
    }

    /// One packet, captured after those before it.
    pub(super) fn take(&mut self, segment: Segment<'_>) -> &mut Self {
        let side = match segment.src_port {
            443 => Side::Server,
            _ => Side::Client,
        };
        if !self.connection.is_copy(&segment, side) {
            self.connection
                .segment(&segment, side, &self.limits, &mut self.heard);
        }
        self
    }

    /// The facts so far.
    pub(super) fn tcp(&self) -> &TcpFacts {
        &self.connection.tcp
    }

    /// The end of the flow.
    pub(super) fn finish(&mut self) -> TcpFacts {
        self.connection.finish(&mut self.heard);
        std::mem::take(&mut self.connection.tcp)
    }
}
