//! Test kit: a connection packet by packet, as segments for the flow table or as frames for the whole analysis.

use super::Analyzer;
use super::Options;
use super::table::Table;
use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::MILLISECOND;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Sides;
use crate::base::Timestamp;
use crate::capture::Frame;
use crate::decode::Options as TcpOptions;
use crate::decode::Path;
use crate::decode::Segment;
use crate::decode::flags;
use crate::facts::HandshakeFacts;
use crate::facts::RunFacts;
use crate::flow::Limits;
use crate::pattern::Diagnosis;
use crate::track::sample::client_hello;
use crate::track::sample::sealed;
use crate::track::sample::server_hello;
use std::net::IpAddr;

/// LINKTYPE_RAW.
pub(crate) const RAW: u16 = 101;
/// When the first packet of a conversation is captured.
pub(crate) const START: Timestamp = Timestamp(1_700_000_000_000_000_000);

/// One TCP packet over IPv4.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) at: Timestamp,
    pub(crate) src: Endpoint,
    pub(crate) dst: Endpoint,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
    pub(crate) ip_id: u16,
    pub(crate) path: Path,
    pub(crate) payload: Vec<u8>,
    /// Payload bytes on the wire that were not captured.
    pub(crate) cut: u32,
    pub(crate) window: u16,
    /// Options as they stand in the header, a multiple of four bytes.
    pub(crate) options: Vec<u8>,
}

impl Packet {
    /// As the flow table takes it.
    pub(super) fn segment(&self, number: u64) -> Segment<'_> {
        Segment {
            frame: FrameRef::new(0, number),
            at: self.at,
            path: self.path,
            src: self.src.ip,
            dst: self.dst.ip,
            src_port: self.src.port,
            dst_port: self.dst.port,
            seq: self.seq,
            ack: self.ack,
            flags: self.flags,
            window: self.window,
            ttl: 64,
            ip_id: Some(self.ip_id),
            checksum: 0,
            options: TcpOptions::default(),
            payload: &self.payload,
            payload_length: u32::try_from(self.payload.len()).unwrap() + self.cut,
        }
    }

    /// As it is captured with link type [`RAW`]; its length on the wire is that plus `cut`.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let header = 40 + u16::try_from(self.options.len()).unwrap();
        let length =
            header + u16::try_from(self.payload.len()).unwrap() + u16::try_from(self.cut).unwrap();
        let mut bytes = vec![0x45, 0];
        bytes.extend(length.to_be_bytes());
        bytes.extend(self.ip_id.to_be_bytes());
        bytes.extend([0, 0, 64, 6, 0, 0]);
        for end in [self.src, self.dst] {
            let IpAddr::V4(ip) = end.ip else { continue };
            bytes.extend(ip.octets());
        }
        bytes.extend(self.src.port.to_be_bytes());
        bytes.extend(self.dst.port.to_be_bytes());
        bytes.extend(self.seq.to_be_bytes());
        bytes.extend(self.ack.to_be_bytes());
        let words = u8::try_from(5 + self.options.len() / 4).unwrap();
        bytes.extend([words << 4, self.flags]);
        bytes.extend(self.window.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(&self.options);
        bytes.extend(&self.payload);
        bytes
    }
}

impl Packet {
    /// As it is captured, with these [`Packet::bytes`].
    pub(super) fn frame<'a>(&self, number: u64, data: &'a [u8]) -> Frame<'a> {
        Frame {
            frame: FrameRef::new(0, number),
            at: self.at,
            link_type: RAW,
            interface: 0,
            data,
            wire_length: u32::try_from(data.len()).unwrap() + self.cut,
        }
    }
}

/// A connection, each packet a millisecond after the one before.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    pub(crate) packets: Vec<Packet>,
    ends: Sides<Endpoint>,
    next: Sides<u32>,
    now: Timestamp,
    path: Path,
}

impl Talk {
    /// A client's port to port 443.
    pub(crate) fn new(port: u16) -> Self {
        Self::to(port, 443)
    }

    pub(crate) fn to(port: u16, server: u16) -> Self {
        let end = |last, port| Endpoint {
            ip: [192, 0, 2, last].into(),
            port,
        };
        Self {
            packets: Vec::new(),
            ends: Sides {
                client: end(1, port),
                server: end(2, server),
            },
            next: Sides {
                client: 1000,
                server: 9000,
            },
            now: START,
            path: Path::default(),
        }
    }

    /// After the TCP handshake.
    pub(crate) fn connected(port: u16) -> Self {
        Self::new(port).connect()
    }

    /// A whole handshake, used and closed.
    /// A tunnel that a proxy opened to this target.
    pub(crate) fn tunnelled(target: &str) -> Self {
        let request = format!("CONNECT {target} HTTP/1.1\r\n\r\n");
        Self::to(1, 3128)
            .connect()
            .send(Side::Client, request.as_bytes())
            .send(Side::Server, b"HTTP/1.1 200 Connection established\r\n\r\n")
    }

    pub(crate) fn completed(port: u16) -> Self {
        Self::connected(port).complete()
    }

    pub(crate) fn complete(self) -> Self {
        self.send(Side::Client, &client_hello())
            .send(
                Side::Server,
                &[server_hello(0x0304, 0x1301), sealed(23, 900)].concat(),
            )
            .send(Side::Client, &sealed(23, 53))
            .send(Side::Client, &sealed(23, 200))
            .send(Side::Server, &sealed(23, 300))
            .close(Side::Client)
    }

    pub(crate) fn connect(self) -> Self {
        self.syn().syn_ack().bare(Side::Client)
    }

    /// In this VLAN from here on.
    pub(crate) fn vlan(mut self, vlan: u16) -> Self {
        self.path.vlans = [vlan, 0, 0, 0];
        self
    }

    /// With this client's initial sequence number.
    pub(crate) fn isn(mut self, isn: u32) -> Self {
        self.next.client = isn;
        self
    }

    pub(crate) fn wait(mut self, nanoseconds: u64) -> Self {
        self.now = self.now.plus(nanoseconds);
        self
    }

    pub(crate) fn push(mut self, from: Side, kind: u8, payload: &[u8]) -> Self {
        let acknowledges = kind & flags::ACK != 0;
        let length = u32::try_from(payload.len()).unwrap();
        let index = u16::try_from(self.packets.len()).unwrap();
        self.packets.push(Packet {
            at: self.now,
            src: *self.ends.of(from),
            dst: *self.ends.of(from.peer()),
            seq: *self.next.of(from),
            ack: if acknowledges {
                *self.next.of(from.peer())
            } else {
                0
            },
            flags: kind,
            ip_id: self.ends.client.port.wrapping_add(index),
            path: self.path,
            payload: payload.to_vec(),
            cut: 0,
            window: 1000,
            options: Vec::new(),
        });
        let phantom = u32::from(kind & (flags::SYN | flags::FIN) != 0);
        let next = self.next.of_mut(from);
        *next = next.wrapping_add(length + phantom);
        self.now = self.now.plus(MILLISECOND);
        self
    }

    pub(crate) fn syn(self) -> Self {
        self.push(Side::Client, flags::SYN, &[])
    }

    pub(crate) fn syn_ack(self) -> Self {
        self.push(Side::Server, flags::SYN | flags::ACK, &[])
    }

    pub(crate) fn bare(self, from: Side) -> Self {
        self.push(from, flags::ACK, &[])
    }

    /// Payload that the other side acknowledges.
    pub(crate) fn send(self, from: Side, payload: &[u8]) -> Self {
        self.push(from, flags::ACK, payload).bare(from.peer())
    }

    pub(crate) fn fin(self, from: Side) -> Self {
        self.push(from, flags::FIN | flags::ACK, &[])
    }

    pub(crate) fn reset(self, from: Side) -> Self {
        self.push(from, flags::RST | flags::ACK, &[])
    }

    /// Both close, `first` first.
    pub(crate) fn close(self, first: Side) -> Self {
        self.fin(first).fin(first.peer()).bare(first)
    }

    /// The last packet again, with what `change` makes of it.
    pub(crate) fn again(mut self, change: impl FnOnce(&mut Packet)) -> Self {
        let mut packet = self.packets.last().unwrap().clone();
        packet.at = self.now;
        packet.ip_id = packet.ip_id.wrapping_add(1000);
        change(&mut packet);
        self.packets.push(packet);
        self.now = self.now.plus(MILLISECOND);
        self
    }

    /// Goes on as another connection does, a second later.
    pub(crate) fn then(mut self, mut other: Self) -> Self {
        let later = self.now.plus(SECOND);
        for packet in &mut other.packets {
            let since = packet.at.since(START);
            packet.at = later.plus(since);
        }
        self.packets.append(&mut other.packets);
        self.now = later.plus(other.now.since(START));
        self
    }

    /// At the same time as another.
    pub(crate) fn beside(mut self, other: Self) -> Self {
        self.packets.extend(other.packets);
        self.packets.sort_by_key(|packet| packet.at);
        self
    }

    /// Facts of its flows as the flow table gives them, under these bounds, and the table.
    pub(super) fn followed(&self, limits: &Limits) -> (Vec<HandshakeFacts>, Table) {
        let mut table = Table::new(limits);
        let mut all = Vec::new();
        let mut last = 0;
        for (number, packet) in (1..).zip(&self.packets) {
            last = packet.at.since(START);
            let mut keep = |facts: Box<HandshakeFacts>| {
                all.push(*facts.clone());
                Some(facts)
            };
            table.sweep(last, &mut keep);
            table.take(&packet.segment(number), last, &mut keep);
        }
        table.finish(last, &mut |facts| {
            all.push(*facts);
            None
        });
        (all, table)
    }

    /// The same under the usual bounds.
    pub(super) fn flows(&self) -> Vec<HandshakeFacts> {
        self.followed(&Limits::default()).0
    }

    /// Diagnoses and the facts of the run, as the analysis gives them.
    pub(super) fn analysed(&self, options: &Options) -> (Vec<Diagnosis>, RunFacts) {
        let mut analyzer = Analyzer::new(options.clone());
        let mut all = Vec::new();
        for (number, packet) in (1..).zip(&self.packets) {
            analyzer.frame(&packet.frame(number, &packet.bytes()), &mut |diagnosis| {
                all.push(diagnosis);
                None
            });
        }
        let run = analyzer.finish(&mut |diagnosis| {
            all.push(diagnosis);
            None
        });
        (all, run)
    }
}
