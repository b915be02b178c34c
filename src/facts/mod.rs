//! The waist of the hourglass: all that was seen of one handshake, as plain data without opinion.
//!
//! Code left of here reads bytes and never judges; code right of here judges and never touches a byte. Everything can be
//! written by hand in a test. Numbers stay numbers (suites, groups, alerts are IANA codes); names are given at output.

pub mod anomalies;
mod certificate;
mod event;
pub(crate) mod fingerprint;
mod hello;
mod name;
mod prelude;
mod run;
#[cfg(test)]
pub mod sample;
mod tcp;
mod text;

pub use certificate::{CertificateFacts, Chain, KeyFacts, NAMES_MAX};
pub use event::{Event, What};
pub use hello::{ClientHelloFacts, ClientOffer, Ech, HelloRetryFacts, ServerHelloFacts};
pub use name::{DnsAddress, DnsFacts, NameKind, NameSource, ServerName};
pub use prelude::{FirstPayload, Payload, PreludeFacts, PreludeProtocol, PreludeState};
pub use run::{CaptureProblem, Directions, RunFacts, SourceFacts};
pub use tcp::{
    FinFacts, GapFacts, GapReason, IcmpFacts, OptionalTcpFacts, ResetFacts, TcpFacts, Ttls,
    Unacknowledged,
};
pub use text::WireText;

use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::base::Timestamp;

/// All that was seen of one handshake, in order, without opinion; equal input gives equal facts.
#[derive(Clone, Debug, PartialEq)]
pub struct HandshakeFacts {
    /// Number of the TCP conversation in order of first packet, from 0, as Wireshark's `tcp.stream`.
    pub stream: u32,
    /// Whether that number is sure to equal Wireshark's (one unfiltered file, nothing evicted before).
    pub stream_exact: bool,
    /// Nothing could change the verdict any more, so what came later was not followed.
    pub let_go: bool,
    /// Its ends were taken into use by a later connection: nothing more can come of it.
    pub replaced: bool,
    /// What the packets were wrapped in, outermost first: `vlan 12`, ... Empty for plain packets.
    pub encapsulation: Vec<String>,
    /// The side that opened the connection.
    pub client: Endpoint,
    /// The side that was connected to.
    pub server: Endpoint,
    /// How the client was told from the server.
    pub client_by: ClientBy,
    /// First packet of the flow.
    pub first: Mark,
    /// Last packet of the flow, whichever side.
    pub last: Mark,
    /// Time that passed between the last packet and the end of the capture, pauses of the capture left out, in ns.
    pub quiet_to_end: u64,
    /// What shows that TLS was meant on this flow.
    pub meant: TlsMeant,
    /// Plaintext talk before TLS (CONNECT, STARTTLS, PROXY header), if any.
    pub prelude: Option<PreludeFacts>,
    /// The first payload of each side behind an accepted prelude.
    pub first_payload: Sides<Option<FirstPayload>>,
    /// The (first) ClientHello, whole or partial.
    pub client_hello: Option<ClientHelloFacts>,
    /// HelloRetryRequest and the second ClientHello.
    pub hello_retry: Option<HelloRetryFacts>,
    /// The ServerHello (never a HelloRetryRequest).
    pub server_hello: Option<ServerHelloFacts>,
    /// The server's chain as sent, leaf first; flows that were sent the same (and nothing huge) share one. Empty where none was seen in clear.
    pub certificates: Chain,
    /// Frames that hold its Certificate message.
    pub certificate_frames: Vec<FrameRef>,
    /// Not all of the Certificate message could be read: the server may have sent more than `certificates`.
    pub certificates_cut: bool,
    /// Length in bytes of a compressed certificate message (RFC 8879) seen in clear.
    pub compressed_certificate: Option<u32>,
    /// The server's CertificateRequest, seen in clear (TLS 1.2 and below).
    pub certificate_request: Option<Mark>,
    /// The client's Certificate message, seen in clear: its mark and the count of certificates in it.
    pub client_certificate: Option<(Mark, usize)>,
    /// A CertificateStatus (stapled OCSP) message seen in clear.
    pub certificate_status: Option<Mark>,
    /// Every alert in order, plaintext and (by length and position) encrypted.
    pub alerts: Vec<AlertFacts>,
    /// The first ChangeCipherSpec of each side.
    pub change_cipher_spec: Sides<Option<Mark>>,
    /// When the handshake was complete, if it was.
    pub completed: Option<Completion>,
    /// What followed completion.
    pub after: AfterCompletion,
    /// The transport below.
    pub tcp: OptionalTcpFacts,
    /// Bytes of either direction that are not in the capture although the peer acknowledged them, or were cut off.
    pub gaps: Vec<GapFacts>,
    /// What happened, in order; bounded.
    pub timeline: Vec<Event>,
    /// Events that found no place in `timeline`.
    pub timeline_dropped: u32,
    /// Anything that breaks a standard.
    pub anomalies: Vec<Anomaly>,
    /// Names of the server that the rest of the capture gives, the worthiest first, distinct, at most 8. Set once more is known
    /// than this flow; empty until then.
    pub server_names: Vec<ServerName>,
}

/// How the client was told from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientBy {
    /// It sent the SYN (or received the SYN-ACK).
    Syn,
    /// It sent the ClientHello.
    ClientHello,
    /// Its port number: the server's is well known, or the lower one.
    Ports,
}

/// What shows that TLS was meant (definitions section 1), the strongest sign first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsMeant {
    /// TLS bytes in either direction.
    Bytes,
    /// A prelude that asks for TLS.
    Prelude,
    /// The port was named on the command line.
    PortOption,
    /// Port 443 or 8443: a sign only for flows that end without a real exchange.
    WellKnownPort,
    /// The same server address and port sent a ServerHello in another flow: a sign as the well-known port is.
    KnownServer,
    /// Nothing shows it.
    Nothing,
}

/// An alert as seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertFacts {
    /// Where it was seen.
    pub mark: Mark,
    /// Who sent it.
    pub from: Side,
    /// 1 warning, 2 fatal; `None` where encrypted.
    pub level: Option<u8>,
    /// The alert's number; `None` where encrypted.
    pub code: Option<u8>,
    /// Known by record type, length and position only.
    pub encrypted: bool,
    /// Length of the record in bytes.
    pub record_length: u32,
    /// Stream offset of the byte behind its record, behind the prelude.
    pub end: u64,
    /// Whether any side sent another handshake message or ChangeCipherSpec afterwards.
    pub followed: bool,
}

/// When and how a handshake was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The record that completed it.
    pub mark: Mark,
    /// The client's Finished.
    pub client_finished: Mark,
}

/// What followed the client's Finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AfterCompletion {
    /// First server record that can hold application data or a ticket (not of alert length).
    pub server_data: Option<Mark>,
    /// First client record that can hold application data (not of alert length).
    pub client_data: Option<Mark>,
    /// First record of alert length of each side.
    pub alert_length: Sides<Option<Mark>>,
}

/// Something that breaks a standard, with the frame that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// The frame that shows it.
    pub frame: FrameRef,
    /// Who did it.
    pub from: Side,
    /// What is odd, for people: one of [`anomalies::ALL`].
    pub what: &'static str,
}

impl HandshakeFacts {
    /// Facts of a flow of which nothing is known yet but its ends and first packet.
    #[must_use]
    pub fn new(client: Endpoint, server: Endpoint, first: Mark) -> Self {
        Self {
            stream: 0,
            stream_exact: true,
            let_go: false,
            replaced: false,
            encapsulation: Vec::new(),
            client,
            server,
            client_by: ClientBy::Ports,
            first,
            last: first,
            quiet_to_end: 0,
            meant: TlsMeant::Nothing,
            prelude: None,
            first_payload: Sides::default(),
            client_hello: None,
            hello_retry: None,
            server_hello: None,
            certificates: Chain::default(),
            certificate_frames: Vec::new(),
            certificates_cut: false,
            compressed_certificate: None,
            certificate_request: None,
            client_certificate: None,
            certificate_status: None,
            alerts: Vec::new(),
            change_cipher_spec: Sides::default(),
            completed: None,
            after: AfterCompletion::default(),
            tcp: OptionalTcpFacts::default(),
            gaps: Vec::new(),
            timeline: Vec::new(),
            timeline_dropped: 0,
            anomalies: Vec::new(),
            server_names: Vec::new(),
        }
    }

    /// Forgets all for another flow, keeping allocations. Those of the transport are not among them: who follows a flow has its own,
    /// and gives them at its end.
    pub fn restart(&mut self, client: Endpoint, server: Endpoint, first: Mark) {
        let Self {
            stream,
            stream_exact,
            let_go,
            replaced,
            encapsulation,
            client: own_client,
            server: own_server,
            client_by,
            first: own_first,
            last,
            quiet_to_end,
            meant,
            prelude,
            first_payload,
            client_hello,
            hello_retry,
            server_hello,
            certificates,
            certificate_frames,
            certificates_cut,
            compressed_certificate,
            certificate_request,
            client_certificate,
            certificate_status,
            alerts,
            change_cipher_spec,
            completed,
            after,
            tcp: _,
            gaps,
            timeline,
            timeline_dropped,
            anomalies,
            server_names,
        } = self;
        *stream = 0;
        *stream_exact = true;
        *let_go = false;
        *replaced = false;
        encapsulation.clear();
        *own_client = client;
        *own_server = server;
        *client_by = ClientBy::Ports;
        *own_first = first;
        *last = first;
        *quiet_to_end = 0;
        *meant = TlsMeant::Nothing;
        *prelude = None;
        *first_payload = Sides::default();
        *client_hello = None;
        *hello_retry = None;
        *server_hello = None;
        *certificates = Chain::default();
        certificate_frames.clear();
        *certificates_cut = false;
        *compressed_certificate = None;
        *certificate_request = None;
        *client_certificate = None;
        *certificate_status = None;
        alerts.clear();
        *change_cipher_spec = Sides::default();
        *completed = None;
        *after = AfterCompletion::default();
        gaps.clear();
        timeline.clear();
        *timeline_dropped = 0;
        anomalies.clear();
        server_names.clear();
    }

    /// Gives back room that is not used: it is kept for long.
    pub fn shrink(&mut self) {
        self.timeline.shrink_to_fit();
        self.gaps.shrink_to_fit();
        self.alerts.shrink_to_fit();
        self.tcp.shrink();
    }

    /// The hello that is being answered: the second one after a HelloRetryRequest, else the first.
    #[must_use]
    pub fn current_hello(&self) -> Option<&ClientHelloFacts> {
        match &self.hello_retry {
            Some(retry) => retry.client_hello.as_ref(),
            None => self.client_hello.as_ref(),
        }
    }

    /// Nanoseconds from SYN to the client's first ACK: the round trip as the capture saw it, 0 where unknown.
    #[must_use]
    pub fn rtt(&self) -> u64 {
        self.tcp.rtt.unwrap_or(0)
    }

    /// When the capture ended, as far as this flow can tell.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.last.at.plus(self.quiet_to_end)
    }
}
