//! What the two hellos said.

use super::WireText;
use crate::base::FrameRef;
use crate::base::Mark;
use std::ops::Deref;
use std::ops::DerefMut;
use std::sync::Arc;

/// A ClientHello (RFC 8446 section 4.1.2), whole or as much of it as was captured.
///
/// What equal clients write alike stands in `offer` and is read as if it stood here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientHelloFacts {
    /// Frames that hold it, in order.
    pub frames: Vec<FrameRef>,
    /// Its first byte.
    pub first: Mark,
    /// Its last byte (the last seen one while incomplete).
    pub last: Mark,
    /// Length of the handshake message on the wire in bytes, header included, as its header says (0 while the header is not whole).
    pub length: u32,
    /// Bytes of it seen on the wire, whether captured or cut off by the snap length. Equals `length` when complete.
    pub have: u32,
    /// TCP segments that carried it (offload super-segments count as one).
    pub segments: u32,
    /// Stream offsets of its first byte's record header and of the byte behind it, behind the prelude.
    pub offset: (u64, u64),
    /// Whether it was reassembled to its end (definitions section 1: complete); cut bytes count as present.
    pub complete: bool,
    /// Whether all its bytes could be read: fields below are then all that was sent, else what came before the cut.
    pub readable: bool,
    /// Version of the first record.
    pub record_version: u16,
    /// The host name of `server_name`. `None`: the extension is not there (or was not reached: see `readable`).
    pub sni: Option<WireText>,
    /// Encrypted ClientHello.
    pub ech: Ech,
    /// What the client offers: one for all hellos that differ in nothing but names, keys, tickets and random bytes.
    pub offer: Arc<ClientOffer>,
}

impl Deref for ClientHelloFacts {
    type Target = ClientOffer;

    fn deref(&self) -> &ClientOffer {
        &self.offer
    }
}

impl DerefMut for ClientHelloFacts {
    /// Changes this hello's offer, and no other's.
    fn deref_mut(&mut self) -> &mut ClientOffer {
        Arc::make_mut(&mut self.offer)
    }
}

/// What a client offers. Codes are in the order sent, GREASE included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientOffer {
    /// `legacy_version`.
    pub legacy_version: u16,
    /// `supported_versions` in order (GREASE included), or `[legacy_version]` without the extension.
    pub versions: Vec<u16>,
    /// Cipher suites.
    pub cipher_suites: Vec<u16>,
    /// `supported_groups`.
    pub groups: Vec<u16>,
    /// Groups of `key_share`.
    pub key_shares: Vec<u16>,
    /// `signature_algorithms`.
    pub signature_algorithms: Vec<u16>,
    /// `ec_point_formats` (for JA3).
    pub point_formats: Vec<u8>,
    /// ALPN protocol names.
    pub alpn: Vec<WireText>,
    /// Extension types in order, GREASE included.
    pub extensions: Vec<u16>,
    /// Length of `legacy_session_id` in bytes.
    pub session_id_length: u8,
    /// Whether `session_ticket` holds a ticket.
    pub session_ticket: bool,
    /// Whether `pre_shared_key` is offered.
    pub psk: bool,
    /// Whether `early_data` is offered.
    pub early_data: bool,
    /// `extended_master_secret` offered.
    pub extended_master_secret: bool,
    /// `renegotiation_info` or its SCSV offered.
    pub renegotiation_info: bool,
    /// `TLS_FALLBACK_SCSV` in the suites (RFC 7507).
    pub fallback_scsv: bool,
    /// `cookie` extension present (second hello).
    pub cookie: bool,
    /// What is malformed in the hello.
    pub malformed: Option<&'static str>,
}

/// Encrypted ClientHello, from the outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ech {
    /// No such extension.
    #[default]
    Absent,
    /// The extension is there; browsers send it as GREASE in every hello, so alone it says nothing.
    Offered,
    /// The extension is there and the SNI is a known outer name.
    PublicName,
}

/// A HelloRetryRequest (RFC 8446 section 4.1.4) and what followed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelloRetryFacts {
    /// Frames that hold the request.
    pub frames: Vec<FrameRef>,
    /// Its last byte.
    pub mark: Mark,
    /// The group asked for.
    pub group: Option<u16>,
    /// Suite chosen.
    pub cipher_suite: u16,
    /// Whether it carries a cookie.
    pub cookie: bool,
    /// The second ClientHello, whole or partial.
    pub client_hello: Option<ClientHelloFacts>,
}

/// A ServerHello (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerHelloFacts {
    /// Frames that hold it.
    pub frames: Vec<FrameRef>,
    /// Its last byte.
    pub mark: Mark,
    /// Negotiated version: `supported_versions` if present, else `legacy_version`.
    pub version: u16,
    /// Suite chosen.
    pub cipher_suite: u16,
    /// Group of `key_share` (TLS 1.3) or of ServerKeyExchange (TLS 1.2).
    pub group: Option<u16>,
    /// Bits of the prime in a finite-field ServerKeyExchange (TLS 1.2 and below).
    pub dh_bits: Option<u32>,
    /// ALPN chosen, where in clear.
    pub alpn: Option<WireText>,
    /// Extension types in order.
    pub extensions: Vec<u16>,
    /// Session resumed: by PSK (TLS 1.3), or no Certificate before the server's ChangeCipherSpec (TLS 1.2 and below).
    pub resumed: bool,
    /// `legacy_session_id_echo` is not empty and equals the client's.
    pub session_id_echoed: bool,
    /// Length in bytes of the session id it sent.
    pub session_id_length: u8,
    /// `legacy_version` (for JA3S).
    pub legacy_version: u16,
    /// Whether all its bytes could be read.
    pub readable: bool,
    /// What is malformed in it.
    pub malformed: Option<&'static str>,
}
