//! Handshake messages and alerts in clear to facts.

use super::Tracker;
use crate::base::Side;
use crate::facts::AlertFacts;
use crate::facts::ClientHelloFacts;
use crate::facts::What;
use crate::facts::anomalies;
use crate::flow::Witness;
use crate::tls::certificate;
use crate::tls::hello;
use crate::tls::hello::ServerHelloKind;
use crate::tls::key_exchange;
use crate::tls::known::Known;
use crate::tls::record::Message;
use crate::tls::record::Pending;
use crate::tls::record::Unit;

/// Handshake types (RFC 8446 section 4, RFC 5246 section 7.4).
mod kind {
    pub(super) const CLIENT_HELLO: u8 = 1;
    pub(super) const SERVER_HELLO: u8 = 2;
    pub(super) const CERTIFICATE: u8 = 11;
    pub(super) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(super) const CERTIFICATE_REQUEST: u8 = 13;
    pub(super) const CERTIFICATE_STATUS: u8 = 22;
    pub(super) const COMPRESSED_CERTIFICATE: u8 = 25;
}

impl Tracker {
    /// Takes what the record layer found.
    pub(super) fn unit(&mut self, side: Side, mut unit: Unit<'_>) {
        let mark = match &mut unit {
            Unit::Record(record) => &mut record.last,
            Unit::Message(message) => &mut message.last,
            Unit::Alert { mark, .. } | Unit::Broken { mark } => mark,
        };
        mark.order = self.progress.place(side, mark.order);
        match unit {
            Unit::Record(record) => self.record(side, record),
            Unit::Message(message) => self.message(side, &message),
            Unit::Alert {
                level,
                code,
                mark,
                record_length,
                end,
            } => {
                self.event(mark, side, What::Alert { level, code });
                self.keep_alert(AlertFacts {
                    mark,
                    from: side,
                    level: Some(level),
                    code: Some(code),
                    encrypted: false,
                    record_length,
                    end: self.behind_prelude_of(side, end),
                    followed: false,
                });
            }
            // The login was encrypted and nothing else: what follows is plain data of the database.
            Unit::Broken { mark } if self.is_plain_again() => {
                let after = &mut self.facts.after;
                let slot = match side {
                    Side::Client => &mut after.client_data,
                    Side::Server => &mut after.server_data,
                };
                slot.get_or_insert(mark);
            }
            Unit::Broken { mark } => self.odd(mark.frame, side, anomalies::NO_RECORD),
        }
    }

    /// A stream offset counted from behind the prelude.
    pub(super) fn behind_prelude_of(&self, side: Side, offset: u64) -> u64 {
        offset.saturating_sub(*self.progress.tls_from.of(side))
    }

    /// Whether the handshake is over and its protocol may go on without TLS.
    fn is_plain_again(&self) -> bool {
        let prelude = self.facts.prelude.as_ref();
        self.facts.completed.is_some()
            && prelude.is_some_and(|prelude| prelude.protocol.wraps_tls())
    }

    fn message(&mut self, side: Side, message: &Message<'_>) {
        self.alerts_followed();
        let length = message.length.saturating_add(4);
        match (side, message.kind) {
            (Side::Client, kind::CLIENT_HELLO) => self.client_hello(message),
            (Side::Server, kind::SERVER_HELLO) => {
                self.server_hello(message);
                return;
            }
            (Side::Server, kind::CERTIFICATE) => self.server_certificate(message),
            (Side::Client, kind::CERTIFICATE) => {
                // An empty list has three bytes; of one that was cut the certificates cannot be counted, but it is not empty.
                let count = certificate::certificate_count(message.body);
                let least = usize::from(message.length > 3);
                self.facts.client_certificate = Some((message.last, count.max(least)));
            }
            (Side::Server, kind::SERVER_KEY_EXCHANGE) => self.server_key_exchange(message),
            (Side::Server, kind::CERTIFICATE_REQUEST) => {
                self.facts.certificate_request = Some(message.last)
            }
            (Side::Server, kind::CERTIFICATE_STATUS) => {
                self.facts.certificate_status = Some(message.last)
            }
            (Side::Server, kind::COMPRESSED_CERTIFICATE) => {
                self.facts.compressed_certificate = Some(length)
            }
            _ => {}
        }
        self.event(
            message.last,
            side,
            What::Handshake {
                kind: message.kind,
                length,
            },
        );
    }

    /// What was read before; of nobody else where nothing was lent.
    fn known(&mut self) -> &mut Known {
        self.known.get_or_insert_default()
    }

    fn client_hello(&mut self, message: &Message<'_>) {
        let waiting_second = self
            .facts
            .hello_retry
            .as_ref()
            .is_some_and(|retry| retry.client_hello.is_none());
        if self.facts.client_hello.is_some() && !waiting_second {
            self.odd(
                message.last.frame,
                Side::Client,
                anomalies::SECOND_CLIENT_HELLO,
            );
            return;
        }
        let mut facts = self.known().client_hello(
            message.body,
            usize::try_from(message.length).unwrap_or(usize::MAX),
        );
        self.progress.session_id.clear();
        self.progress
            .session_id
            .extend_from_slice(hello::client_session_id(message.body).unwrap_or_default());
        let from = self.progress.tls_from.client;
        facts.frames = self.list(message.frames);
        facts.first = message.first;
        facts.last = message.last;
        facts.length = message.length.saturating_add(4);
        facts.have = facts.length;
        facts.segments = message.segments;
        facts.offset = (
            message.start.saturating_sub(from),
            message.end.saturating_sub(from),
        );
        facts.complete = true;
        facts.readable =
            message.body.len() == usize::try_from(message.length).unwrap_or(usize::MAX);
        facts.record_version = message.record_version;
        self.store_client_hello(facts);
    }

    fn store_client_hello(&mut self, hello: ClientHelloFacts) {
        match &mut self.facts.hello_retry {
            Some(retry) if self.facts.client_hello.is_some() => retry.client_hello = Some(hello),
            _ => self.facts.client_hello = Some(hello),
        }
    }

    /// A ClientHello that never became whole, as far as it goes.
    pub(super) fn partial_client_hello(&mut self, pending: &Pending<'_>) {
        let waiting_second = self
            .facts
            .hello_retry
            .as_ref()
            .is_some_and(|retry| retry.client_hello.is_none());
        if pending.kind != Some(kind::CLIENT_HELLO)
            || (self.facts.client_hello.is_some() && !waiting_second)
        {
            return;
        }
        let declared = pending.length.map_or(usize::MAX, |length| {
            usize::try_from(length).unwrap_or(usize::MAX)
        });
        let mut facts = hello::client_hello(pending.body, declared);
        let from = self.progress.tls_from.client;
        facts.frames = pending.frames.to_vec();
        facts.first = pending.first;
        facts.last = pending.last;
        facts.length = pending.length.map_or(0, |length| length.saturating_add(4));
        facts.have = pending.have;
        facts.segments = pending.segments;
        let start = pending.start.saturating_sub(from);
        facts.offset = (
            start,
            start
                .saturating_add(5)
                .saturating_add(u64::from(facts.length)),
        );
        facts.complete = false;
        facts.readable = false;
        facts.record_version = pending.record_version;
        self.store_client_hello(facts);
    }

    fn server_hello(&mut self, message: &Message<'_>) {
        let length = message.length.saturating_add(4);
        let declared = usize::try_from(message.length).unwrap_or(usize::MAX);
        match hello::server_hello(message.body, declared, Some(&self.progress.session_id)) {
            ServerHelloKind::Hello(mut facts) => {
                if self.facts.server_hello.is_some() {
                    self.odd(
                        message.last.frame,
                        Side::Server,
                        anomalies::SECOND_SERVER_HELLO,
                    );
                    return;
                }
                facts.frames = self.list(message.frames);
                facts.mark = message.last;
                self.progress
                    .chosen(facts.version, facts.cipher_suite, message.end);
                self.facts.server_hello = Some(facts);
                self.event(
                    message.last,
                    Side::Server,
                    What::Handshake {
                        kind: message.kind,
                        length,
                    },
                );
            }
            ServerHelloKind::Retry(mut facts) => {
                if self.facts.hello_retry.is_some() {
                    self.odd(message.last.frame, Side::Server, anomalies::SECOND_RETRY);
                    return;
                }
                facts.frames = message.frames.to_vec();
                facts.mark = message.last;
                self.facts.hello_retry = Some(facts);
                self.event(
                    message.last,
                    Side::Server,
                    What::HelloRetryRequest { length },
                );
            }
        }
    }

    fn server_certificate(&mut self, message: &Message<'_>) {
        if !self.facts.certificates.is_empty() {
            return;
        }
        let declared = usize::try_from(message.length).unwrap_or(usize::MAX);
        let chain = self.known().certificates(message.body, declared);
        if chain.is_empty() {
            self.facts.certificates_cut = message.body.len() < declared;
            return;
        }
        self.facts.certificates_cut = message.body.len() < declared
            || certificate::certificate_count(message.body) > chain.len();
        self.facts.certificates = chain;
        self.facts
            .certificate_frames
            .extend_from_slice(message.frames);
    }

    fn server_key_exchange(&mut self, message: &Message<'_>) {
        let Some(hello) = &mut self.facts.server_hello else {
            return;
        };
        let exchange = key_exchange::server_key_exchange(message.body, hello.cipher_suite);
        hello.group = exchange.group.or(hello.group);
        hello.dh_bits = exchange.dh_bits;
    }
}
