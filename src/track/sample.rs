//! Test kit: small handshake messages and records, and a tracker that is told what both sides send.

use super::Tracker;
use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::MILLISECOND;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::base::Timestamp;
use crate::facts::GapReason;
use crate::facts::HandshakeFacts;
use crate::facts::TcpFacts;
use crate::flow::Delivery;
use crate::flow::Limits;
use crate::flow::Piece;
use crate::flow::Witness;

/// The random of a HelloRetryRequest (RFC 8446 section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// A record of this content type.
pub(crate) fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3], &length[..], body].concat()
}

/// An encrypted record of this content type and length.
pub(crate) fn sealed(kind: u8, length: usize) -> Vec<u8> {
    record(kind, &vec![0x5a; length])
}

/// A handshake message in a record of its own.
pub(crate) fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    record(22, &[&[kind], &length[1..], body].concat())
}

/// A ClientHello that offers TLS 1.3 and 1.2.
pub(crate) fn client_hello() -> Vec<u8> {
    let versions = [0, 43, 0, 5, 4, 3, 4, 3, 3];
    let body = [
        &[3, 3],
        &[7; 32][..],
        &[0, 0, 4, 0x13, 0x01, 0xc0, 0x2f, 1, 0, 0, 9],
        &versions,
    ];
    handshake(1, &body.concat())
}

/// A ServerHello that chooses this version and suite.
pub(crate) fn server_hello(version: u16, suite: u16) -> Vec<u8> {
    hello_of([9; 32], version, suite)
}

/// A HelloRetryRequest.
pub(crate) fn hello_retry() -> Vec<u8> {
    hello_of(RETRY, 0x0304, 0x1301)
}

fn hello_of(random: [u8; 32], version: u16, suite: u16) -> Vec<u8> {
    let suite = suite.to_be_bytes();
    let mut body = [&[3, 3], &random[..], &[0], &suite, &[0]].concat();
    if version == 0x0304 {
        body.extend([0, 6, 0, 43, 0, 2, 3, 4]);
    }
    handshake(2, &body)
}

/// An alert in clear.
pub(crate) fn alert(level: u8, code: u8) -> Vec<u8> {
    record(21, &[level, code])
}

/// ChangeCipherSpec.
pub(crate) fn change() -> Vec<u8> {
    record(20, &[1])
}

/// A flow that is told what both sides send, one frame and millisecond each, every one acknowledging all before it.
pub(crate) struct Talk {
    tracker: Tracker,
    sent: Sides<u64>,
    frame: u64,
}

impl Talk {
    pub(crate) fn new() -> Self {
        let end = |port| Endpoint {
            ip: [192, 0, 2, 1].into(),
            port,
        };
        let limits = Limits::default();
        Self {
            tracker: Tracker::new(end(50_000), end(443), Mark::default(), &limits),
            sent: Sides::default(),
            frame: 0,
        }
    }

    /// A client and a server that exchanged their hellos.
    pub(crate) fn answered(version: u16, suite: u16) -> Self {
        Self::new()
            .client(&client_hello())
            .server(&server_hello(version, suite))
    }

    fn mark(&mut self) -> Mark {
        self.frame += 1;
        Mark {
            frame: FrameRef::new(0, self.frame),
            at: Timestamp(0).plus(self.frame * MILLISECOND),
            order: u32::try_from(self.frame).unwrap() * 64,
        }
    }

    /// `side` sends bytes having acknowledged so many of the other's.
    pub(crate) fn send(mut self, side: Side, bytes: &[u8], acknowledges: u64) -> Self {
        let delivery = Delivery {
            offset: *self.sent.of(side),
            piece: Piece::Bytes(bytes),
            mark: self.mark(),
            acknowledges,
        };
        *self.sent.of_mut(side) += u64::try_from(bytes.len()).unwrap();
        self.tracker.data(side, delivery);
        self
    }

    pub(crate) fn client(self, bytes: &[u8]) -> Self {
        let acknowledges = self.sent.server;
        self.send(Side::Client, bytes, acknowledges)
    }

    pub(crate) fn server(self, bytes: &[u8]) -> Self {
        let acknowledges = self.sent.client;
        self.send(Side::Server, bytes, acknowledges)
    }

    /// Bytes of `side` that were not captured.
    pub(crate) fn hole(mut self, side: Side, length: u64) -> Self {
        let delivery = Delivery {
            offset: *self.sent.of(side),
            piece: Piece::Hole(length, GapReason::NotCaptured),
            mark: self.mark(),
            acknowledges: 0,
        };
        *self.sent.of_mut(side) += length;
        self.tracker.data(side, delivery);
        self
    }

    /// The facts, of a transport that saw these bytes and nothing else.
    pub(crate) fn facts(mut self) -> HandshakeFacts {
        let mut tcp = Box::new(TcpFacts {
            bytes: self.sent,
            ..TcpFacts::default()
        });
        let last = self.mark();
        let spare = Box::new(self.tracker.facts().clone());
        *self.tracker.finish(&mut tcp, last, spare)
    }
}
