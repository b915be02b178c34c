//! Real handshakes, in bytes, taken from the captures.

use std::net::SocketAddr;

use tlscap::base::Endpoint;
use tlscap::pattern::Diagnosis;
use tlscap::pattern::Outcome;

use super::cases;
use super::packet::Packet;
use super::parse::be16;
use super::run::analyse;

/// What the two sides said, flight by flight.
#[derive(Clone, Debug)]
pub(crate) struct Handshake {
    pub(crate) client_hello: Vec<u8>,
    /// From the ServerHello on.
    pub(crate) server_flight: Vec<u8>,
    /// To the client's Finished.
    pub(crate) client_flight: Vec<u8>,
    /// To the server's Finished (TLS 1.2); empty for TLS 1.3.
    pub(crate) server_finish: Vec<u8>,
}

/// The first full handshake of this version in the captures.
pub(crate) fn handshake(version: u16) -> Handshake {
    for case in cases::all() {
        let (diagnoses, _) = analyse(&[&case.bytes]).unwrap();
        if let Some(found) = diagnoses
            .iter()
            .find(|diagnosis| is_plain(diagnosis, version))
        {
            return cut(&turns(&case.packets(), found), version);
        }
    }
    panic!("no capture has a full handshake of version {version:#06x}");
}

fn is_plain(diagnosis: &Diagnosis, version: u16) -> bool {
    let facts = &diagnosis.facts;
    let hello = facts.server_hello.as_ref();
    diagnosis.verdict.outcome == Outcome::Completed
        && hello.is_some_and(|hello| hello.version == version && !hello.resumed)
        && facts.prelude.is_none()
        && facts.hello_retry.is_none()
        && facts.tcp.copies == 0
        && facts.tcp.retransmissions.client + facts.tcp.retransmissions.server == 0
}

/// What was sent until the other side sent something, in turns; the client's first.
fn turns(packets: &[Packet], of: &Diagnosis) -> Vec<Vec<u8>> {
    let socket = |end: Endpoint| SocketAddr::new(end.ip, end.port);
    let (client, server) = (socket(of.facts.client), socket(of.facts.server));
    let mut turns: Vec<(bool, Vec<u8>)> = Vec::new();
    for segment in packets.iter().filter_map(Packet::tcp) {
        let by_client = match segment.ends() {
            ends if ends == (client, server) => true,
            ends if ends == (server, client) => false,
            _ => continue,
        };
        if segment.payload.is_empty() {
            continue;
        }
        match turns.last_mut() {
            Some((same, bytes)) if *same == by_client => bytes.extend(&segment.payload),
            _ => turns.push((by_client, segment.payload.clone())),
        }
    }
    turns.into_iter().map(|(_, bytes)| bytes).collect()
}

fn cut(turns: &[Vec<u8>], version: u16) -> Handshake {
    let tls13 = version == 0x0304;
    Handshake {
        client_hello: turns[0].clone(),
        server_flight: turns[1].clone(),
        client_flight: if tls13 {
            until(&turns[2], |_, kind| kind == 23)
        } else {
            until(&turns[2], |changed, kind| changed && kind == 22)
        },
        server_finish: if tls13 {
            Vec::new()
        } else {
            until(&turns[3], |changed, kind| changed && kind == 22)
        },
    }
}

/// The records up to the first of which `last` holds; it is told whether a ChangeCipherSpec came before, and the record's type.
fn until(bytes: &[u8], last: impl Fn(bool, u8) -> bool) -> Vec<u8> {
    let mut changed = false;
    let mut at = 0;
    while at + 5 <= bytes.len() {
        let kind = bytes[at];
        at += 5 + usize::from(be16(bytes, at + 3));
        if last(changed, kind) {
            return bytes[..at].to_vec();
        }
        changed |= kind == 20;
    }
    panic!("the flight ends before its last record");
}

/// A HelloRetryRequest made from a flight of TLS 1.3: its ServerHello with the random that makes it one (RFC 8446 section 4.1.3).
pub(crate) fn retry(server_flight: &[u8]) -> Vec<u8> {
    const RANDOM: [u8; 32] = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8,
        0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
        0x33, 0x9c,
    ];
    let mut record = server_flight[..5 + usize::from(be16(server_flight, 3))].to_vec();
    record[11..43].copy_from_slice(&RANDOM);
    record
}
