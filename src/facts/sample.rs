//! Handshakes to start a unit test from: each call is one packet, a millisecond after the one before.

use super::AlertFacts;
use super::ClientHelloFacts;
use super::ClientOffer;
use super::Completion;
use super::Event;
use super::FinFacts;
use super::FirstPayload;
use super::GapFacts;
use super::GapReason;
use super::HandshakeFacts;
use super::HelloRetryFacts;
use super::Payload;
use super::PreludeFacts;
use super::PreludeProtocol;
use super::PreludeState;
use super::ResetFacts;
use super::ServerHelloFacts;
use super::TlsMeant;
use super::Unacknowledged;
use super::What;
use super::WireText;
use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::MILLISECOND;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::base::Timestamp;
use std::sync::Arc;

/// Bytes of the sample ClientHello's record.
pub const HELLO: u64 = 205;

/// Builds the facts of one flow.
#[derive(Clone, Debug)]
pub struct Flow {
    facts: HandshakeFacts,
    now: Timestamp,
    frame: u64,
}

impl Default for Flow {
    fn default() -> Self {
        Self::new()
    }
}

impl Flow {
    /// No packet yet.
    pub fn new() -> Self {
        let client = Endpoint {
            ip: [192, 0, 2, 7].into(),
            port: 51514,
        };
        let server = Endpoint {
            ip: [198, 51, 100, 4].into(),
            port: 443,
        };
        let now = Timestamp(1_700_000_000_000_000_000);
        let first = Mark {
            frame: FrameRef::new(0, 1),
            at: now,
            order: 1,
        };
        Self {
            facts: HandshakeFacts::new(client, server, first),
            now,
            frame: 0,
        }
    }

    /// SYN, SYN-ACK, ACK.
    pub fn connected() -> Self {
        Self::new().syn().syn_ack().ack()
    }

    /// Connected, and a ClientHello of 205 bytes that the server acknowledged.
    pub fn hello_sent() -> Self {
        Self::connected().hello().acknowledge(Side::Server)
    }

    /// The hello was answered by a ServerHello.
    pub fn answered() -> Self {
        Self::hello_sent().server_hello()
    }

    fn mark(&mut self, from: Side) -> Mark {
        self.frame += 1;
        self.now = self.now.plus(MILLISECOND);
        let order = u32::try_from(self.frame).unwrap_or(u32::MAX) * 4;
        let mark = Mark {
            frame: FrameRef::new(0, self.frame),
            at: self.now,
            order,
        };
        *self.facts.tcp.last_packet.of_mut(from) = Some(mark);
        *self.facts.tcp.packets.of_mut(from) += 1;
        self.facts.last = mark;
        mark
    }

    fn event(&mut self, mark: Mark, from: Side, what: What) {
        self.facts.timeline.push(Event { mark, from, what });
    }

    /// Silence of so many milliseconds.
    pub fn wait(mut self, milliseconds: u64) -> Self {
        self.now = self.now.plus(milliseconds * MILLISECOND);
        self
    }

    /// A SYN, again if there was one.
    pub fn syn(mut self) -> Self {
        let mark = self.mark(Side::Client);
        self.facts.client_by = super::ClientBy::Syn;
        self.facts.tcp.syn.get_or_insert(mark);
        self.facts.tcp.last_syn = Some(mark);
        self.facts.tcp.syn_transmissions += 1;
        self
    }

    /// A SYN-ACK.
    pub fn syn_ack(mut self) -> Self {
        let mark = self.mark(Side::Server);
        self.facts.tcp.syn_ack.get_or_insert(mark);
        self.facts.tcp.syn_ack_transmissions += 1;
        self.facts.tcp.acknowledges.server = true;
        self
    }

    /// The client's ACK of the SYN-ACK.
    pub fn ack(mut self) -> Self {
        let mark = self.mark(Side::Client);
        self.facts.tcp.established = Some(mark);
        self.facts.tcp.rtt = self.facts.tcp.last_syn.map(|syn| mark.at.since(syn.at));
        self.facts.tcp.acknowledges.client = true;
        self
    }

    /// `side` acknowledges all that the other side sent.
    pub fn acknowledge(mut self, side: Side) -> Self {
        self.mark(side);
        *self.facts.tcp.acknowledges.of_mut(side) = true;
        let all = *self.facts.tcp.bytes.of(side.peer());
        *self.facts.tcp.acknowledged.of_mut(side.peer()) = all;
        *self.facts.tcp.unacknowledged.of_mut(side.peer()) = None;
        self
    }

    fn payload(&mut self, side: Side, bytes: u64, payload: Payload) -> Mark {
        let mark = self.mark(side);
        let offset = *self.facts.tcp.bytes.of(side);
        *self.facts.tcp.bytes.of_mut(side) += bytes;
        *self.facts.tcp.in_order.of_mut(side) += bytes;
        *self.facts.tcp.last_payload.of_mut(side) = Some(mark);
        self.facts
            .tcp
            .unacknowledged
            .of_mut(side)
            .get_or_insert(Unacknowledged {
                offset,
                transmissions: 1,
                first: mark,
                last: mark,
            });
        self.facts
            .first_payload
            .of_mut(side)
            .get_or_insert(FirstPayload {
                mark,
                payload: payload.clone(),
            });
        if payload.is_tls() {
            self.facts.meant = TlsMeant::Bytes;
        } else {
            self.event(mark, side, What::NotTls { bytes: 1 });
        }
        mark
    }

    /// A whole ClientHello.
    pub fn hello(mut self) -> Self {
        let mark = self.payload(Side::Client, HELLO, Payload::Tls);
        self.event(
            mark,
            Side::Client,
            What::Handshake {
                kind: 1,
                length: 200,
            },
        );
        let end = self.facts.tcp.bytes.client;
        let hello = ClientHelloFacts {
            frames: vec![mark.frame],
            first: mark,
            last: mark,
            length: 200,
            have: 200,
            segments: 1,
            offset: (end - HELLO, end),
            complete: true,
            readable: true,
            record_version: 0x0301,
            sni: Some(WireText::from("shop.example")),
            offer: Arc::new(ClientOffer {
                legacy_version: 0x0303,
                versions: vec![0x0304, 0x0303],
                cipher_suites: vec![0x1301, 0xc02f],
                ..ClientOffer::default()
            }),
            ..ClientHelloFacts::default()
        };
        match &mut self.facts.hello_retry {
            Some(retry) => retry.client_hello = Some(hello),
            None => self.facts.client_hello = Some(hello),
        }
        self
    }

    /// The first 100 bytes of a ClientHello.
    pub fn partial_hello(mut self) -> Self {
        self = self.hello();
        self.facts.tcp.bytes.client -= 105;
        if let Some(hello) = &mut self.facts.client_hello {
            hello.complete = false;
            hello.readable = false;
            hello.have = 95;
        }
        self
    }

    /// The unacknowledged payload of `side` is sent again.
    pub fn again(mut self, side: Side) -> Self {
        let mark = self.mark(side);
        let tcp = &mut *self.facts.tcp;
        if let Some(sent) = tcp.unacknowledged.of_mut(side) {
            sent.transmissions += 1;
            tcp.largest_rto = tcp.largest_rto.max(mark.at.since(sent.last.at));
            sent.last = mark;
        }
        *self.facts.tcp.retransmissions.of_mut(side) += 1;
        self.event(mark, side, What::Retransmission { bytes: 205 });
        self
    }

    /// A HelloRetryRequest.
    pub fn hello_retry(mut self) -> Self {
        let mark = self.payload(Side::Server, 93, Payload::Tls);
        self.event(mark, Side::Server, What::HelloRetryRequest { length: 88 });
        self.facts.hello_retry = Some(HelloRetryFacts {
            frames: vec![mark.frame],
            mark,
            group: Some(23),
            ..HelloRetryFacts::default()
        });
        self
    }

    /// A ServerHello of TLS 1.3 with its flight.
    pub fn server_hello(mut self) -> Self {
        let mark = self.payload(Side::Server, 1200, Payload::Tls);
        self.event(
            mark,
            Side::Server,
            What::Handshake {
                kind: 2,
                length: 122,
            },
        );
        self.event(
            mark,
            Side::Server,
            What::Encrypted {
                kind: 23,
                length: 1000,
            },
        );
        self.facts.server_hello = Some(ServerHelloFacts {
            frames: vec![mark.frame],
            mark,
            version: 0x0304,
            cipher_suite: 0x1301,
            ..ServerHelloFacts::default()
        });
        self
    }

    /// A payload that is not TLS.
    pub fn other(
        mut self,
        side: Side,
        protocol: &'static str,
        status: Option<u32>,
        text: &str,
    ) -> Self {
        self.payload(
            side,
            100,
            Payload::Other {
                protocol,
                status,
                text: WireText::from(text),
            },
        );
        self
    }

    /// An alert in clear.
    pub fn alert(mut self, from: Side, level: u8, code: u8) -> Self {
        let mark = self.payload(from, 7, Payload::Tls);
        self.event(mark, from, What::Alert { level, code });
        self.facts.alerts.push(AlertFacts {
            mark,
            from,
            level: Some(level),
            code: Some(code),
            encrypted: false,
            record_length: 2,
            end: *self.facts.tcp.bytes.of(from),
            followed: false,
        });
        self
    }

    /// A record of alert length, the last of its side.
    pub fn encrypted_alert(mut self, from: Side) -> Self {
        let mark = self.payload(from, 24, Payload::Tls);
        self.event(
            mark,
            from,
            What::Encrypted {
                kind: 23,
                length: 19,
            },
        );
        if self.facts.completed.is_some() {
            self.facts
                .after
                .alert_length
                .of_mut(from)
                .get_or_insert(mark);
        }
        self.facts.alerts.push(AlertFacts {
            mark,
            from,
            level: None,
            code: None,
            encrypted: true,
            record_length: 19,
            end: *self.facts.tcp.bytes.of(from),
            followed: false,
        });
        self
    }

    /// The client's Finished: complete.
    pub fn finished(mut self) -> Self {
        let mark = self.payload(Side::Client, 58, Payload::Tls);
        self.event(
            mark,
            Side::Client,
            What::Encrypted {
                kind: 23,
                length: 53,
            },
        );
        self.facts.completed = Some(Completion {
            mark,
            client_finished: mark,
        });
        self
    }

    /// An application record.
    pub fn application(mut self, from: Side) -> Self {
        let mark = self.payload(from, 300, Payload::Tls);
        self.event(
            mark,
            from,
            What::Encrypted {
                kind: 23,
                length: 295,
            },
        );
        let after = &mut self.facts.after;
        let slot = if from == Side::Client {
            &mut after.client_data
        } else {
            &mut after.server_data
        };
        slot.get_or_insert(mark);
        self
    }

    fn payload_before(&self) -> Sides<Option<Timestamp>> {
        let last = &self.facts.tcp.last_payload;
        Sides {
            client: last.client.map(|mark| mark.at),
            server: last.server.map(|mark| mark.at),
        }
    }

    /// A FIN.
    pub fn fin(mut self, from: Side) -> Self {
        let payload_before = self.payload_before();
        let mark = self.mark(from);
        let offset = *self.facts.tcp.bytes.of(from);
        let acknowledged = *self.facts.tcp.acknowledged.of(from.peer());
        self.facts.tcp.fins.push(FinFacts {
            mark,
            from,
            offset,
            acknowledged,
            payload_before,
        });
        self.event(mark, from, What::Fin);
        self
    }

    /// A RST with the TTL of its side.
    pub fn reset(self, from: Side) -> Self {
        self.reset_with(from, |_| {})
    }

    /// A RST with other header values.
    pub fn reset_with(mut self, from: Side, change: impl FnOnce(&mut ResetFacts)) -> Self {
        let payload_before = self.payload_before();
        let mark = self.mark(from);
        let mut reset = ResetFacts {
            mark,
            from,
            ttl: 64,
            ip_id: Some(0),
            window: 0,
            seq: 1,
            ack: 0,
            ack_flag: false,
            timestamps: false,
            tsval: None,
            offset: 0,
            acknowledged: *self.facts.tcp.acknowledged.of(from.peer()),
            payload_before,
            payload_length: 0,
            delay: None,
            data_after: false,
            ignored: false,
            ttl_as_others: Some(true),
            contradicted: false,
        };
        change(&mut reset);
        self.facts.tcp.resets.push(reset);
        self.event(mark, from, What::Rst { ignored: false });
        self
    }

    /// A hole before the server's bytes that the client never acknowledged.
    pub fn server_hole(mut self, offset: u64, length: u64) -> Self {
        self.mark(Side::Server);
        self.facts.tcp.hole.server = Some((offset, length));
        self.facts.tcp.bytes.server = offset + length + 100;
        self.facts.tcp.last_payload.server = Some(self.facts.last);
        self
    }

    /// Bytes of `from` that are missing from the capture.
    pub fn gap(mut self, from: Side) -> Self {
        let mark = self.mark(from);
        self.facts.gaps.push(GapFacts {
            from,
            offset: 0,
            length: 100,
            reason: GapReason::NotCaptured,
            mark,
        });
        self
    }

    /// A CONNECT, answered so.
    pub fn connect(mut self, state: PreludeState, status: u32) -> Self {
        let asked = self.mark(Side::Client);
        let answered = self.mark(Side::Server);
        self.facts.meant = TlsMeant::Prelude;
        self.facts.prelude = Some(PreludeFacts {
            state,
            answered: Some(answered),
            target: Some(WireText::from("shop.example:443")),
            status: Some(status),
            text: WireText::from("HTTP/1.1 403 Forbidden"),
            ..PreludeFacts::asked(PreludeProtocol::HttpConnect, asked)
        });
        self
    }

    /// The capture goes on for so many milliseconds.
    pub fn then_quiet(mut self, milliseconds: u64) -> Self {
        self.facts.quiet_to_end = milliseconds * MILLISECOND;
        self
    }

    /// The facts.
    pub fn facts(self) -> HandshakeFacts {
        self.facts
    }
}
