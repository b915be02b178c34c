//! How far a handshake is, as docs/definitions.md counts it (section 1).

use super::Tracker;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::facts::AlertFacts;
use crate::facts::Completion;
use crate::facts::What;
use crate::tables;
use crate::tls::record::Record;
use crate::tls::record::content;

/// Alerts kept for one flow.
const ALERTS: usize = 64;
/// Client records kept that overtook the server's in the capture.
const OVERTOOK: usize = 8;

/// What is needed to tell completion and encrypted alerts.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Offset of the first byte behind the prelude.
    pub(super) tls_from: Sides<u64>,
    /// The place of the last thing found in each direction.
    placed: Sides<u32>,
    /// Times that plaintext of an unknown protocol turned to TLS.
    pub(super) upgrades: u32,
    /// TLS 1.3 (or one of its drafts) was chosen.
    pub(super) tls13: Option<bool>,
    /// Offset behind the ServerHello in the server's stream.
    pub(super) server_hello_end: u64,
    /// Body length of a Finished record under the suite chosen, without padding (RFC 8446 sections 4.4.4 and 5.2).
    pub(super) finished_length: Option<u32>,
    /// Suite with an 8-byte tag.
    pub(super) short_tag: bool,
    /// First encrypted handshake record behind ChangeCipherSpec (TLS 1.2 and below).
    finished: Sides<Option<Mark>>,
    /// Encrypted records of the server.
    server_encrypted: u32,
    /// First encrypted record of the client, sent after it had the ServerHello, that is not of alert length.
    client_encrypted: Option<Mark>,
    /// First application data of the client (TLS 1.2 and below), which may come before completion (RFC 7918).
    early_application: Option<Mark>,
    /// First early data of the client (RFC 8446 section 2.3).
    early_data: Option<Mark>,
    /// First record of the server behind its flight and before the client's Finished: data or a ticket (RFC 8446 section 4.4.4).
    half_rtt_data: Option<Mark>,
    /// Sides known not to pad their records: their Finished had its plain length.
    unpadded: Sides<bool>,
    /// Encrypted client records captured before any ServerHello: early data, or records that overtook it in the capture.
    overtook: Vec<Record>,
    /// `legacy_session_id` of the last ClientHello.
    pub(super) session_id: Vec<u8>,
    /// The last record of each side.
    pub(super) last_record: Sides<Option<Record>>,
}

impl Progress {
    /// Forgets all for another flow, keeping allocations.
    pub(super) fn restart(&mut self) {
        let mut session_id = std::mem::take(&mut self.session_id);
        let mut overtook = std::mem::take(&mut self.overtook);
        session_id.clear();
        overtook.clear();
        *self = Self {
            session_id,
            overtook,
            ..Self::default()
        };
    }

    /// The place of the next thing found in a direction, in a packet of this order: behind what was found before it in that
    /// direction. A segment captured late stands where its bytes stand, and what waited for it comes behind it.
    pub(super) fn place(&mut self, side: Side, order: u32) -> u32 {
        let last = self.placed.of_mut(side);
        *last = if order > *last {
            order
        } else {
            last.saturating_add(1)
        };
        *last
    }

    /// Notes what the ServerHello chose.
    pub(super) fn chosen(&mut self, version: u16, suite: u16, end: u64) {
        self.tls13 = Some(
            version == 0x0304
                || version >> 8 == 0x7f
                || version >> 8 == 0xfb
                || version >> 8 == 0x7e,
        );
        self.server_hello_end = end;
        self.short_tag = matches!(suite, 0x1305);
        let hash = tables::cipher_suite(suite).map_or("", |row| row.hash);
        let length = match hash {
            "SHA256" | "SM3" => Some(32),
            "SHA384" => Some(48),
            "SHA512" => Some(64),
            _ => None,
        };
        let tag = if self.short_tag { 8 } else { 16 };
        self.finished_length = length.map(|hash_length: u32| 4 + hash_length + 1 + tag);
    }

    /// Whether an encrypted TLS 1.3 record has the length of an alert: 2 + 1 + tag, or padded to 16 more.
    /// Who pads pads its Finished too: of a side that did not, the longer ones are data.
    pub(super) fn is_alert_length(&self, side: Side, length: u32) -> bool {
        let short = self.short_tag && matches!(length, 11 | 27);
        (length == 19 || length == 35 || short)
            && !(*self.unpadded.of(side) && matches!(length, 27 | 35))
    }

    /// Whether an encrypted TLS 1.3 record has the length of a Finished.
    fn is_finished_length(&self, length: u32) -> bool {
        match self.finished_length {
            Some(plain) => length == plain || length == plain + 16,
            None => matches!(length, 53 | 69 | 85),
        }
    }
}

impl Tracker {
    /// A record became whole.
    pub(super) fn record(&mut self, side: Side, record: Record) {
        *self.progress.last_record.of_mut(side) = Some(record);
        if record.clear {
            if record.kind == content::CHANGE_CIPHER_SPEC {
                self.change_cipher_spec(side, record.last);
            }
            return;
        }
        self.event(
            record.last,
            side,
            What::Encrypted {
                kind: record.kind,
                length: record.length,
            },
        );
        match record.kind {
            content::ALERT => self.encrypted_alert(side, &record),
            content::HANDSHAKE => self.encrypted_handshake(side, &record),
            content::APPLICATION_DATA if self.progress.tls13 == Some(true) => {
                self.encrypted13(side, &record)
            }
            content::APPLICATION_DATA => {
                if side == Side::Client
                    && self.progress.tls13.is_none()
                    && self.progress.overtook.len() < OVERTOOK
                {
                    self.progress.overtook.push(record);
                }
                self.application_data(side, record.last);
            }
            _ => {}
        }
    }

    fn change_cipher_spec(&mut self, side: Side, mark: Mark) {
        self.facts
            .change_cipher_spec
            .of_mut(side)
            .get_or_insert(mark);
        self.event(mark, side, What::ChangeCipherSpec);
        self.alerts_followed();
        let seen_whole = !self.facts.gaps.iter().any(|gap| gap.from == Side::Server);
        if side == Side::Server
            && self.progress.tls13 == Some(false)
            && self.facts.certificates.is_empty()
            && seen_whole
            && self.facts.change_cipher_spec.client.is_none()
            && let Some(hello) = &mut self.facts.server_hello
        {
            // RFC 5246 section 7.3: in an abbreviated handshake the server changes first and sends no certificate.
            hello.resumed = true;
        }
    }

    pub(super) fn alerts_followed(&mut self) {
        for alert in &mut self.facts.alerts {
            alert.followed = true;
        }
    }

    /// The first alerts tell what began, the last what may have ended it: in between there is a bound.
    pub(super) fn keep_alert(&mut self, alert: AlertFacts) {
        if self.facts.alerts.len() >= ALERTS {
            self.facts.alerts.pop();
        }
        self.facts.alerts.push(alert);
    }

    fn encrypted_alert(&mut self, side: Side, record: &Record) {
        let alert = AlertFacts {
            mark: record.last,
            from: side,
            level: None,
            code: None,
            encrypted: true,
            record_length: record.length,
            end: self.behind_prelude_of(side, record.end),
            followed: false,
        };
        self.keep_alert(alert);
        self.after_record(side, record.last, true);
    }

    /// TLS 1.2 and below: handshake records behind ChangeCipherSpec.
    fn encrypted_handshake(&mut self, side: Side, record: &Record) {
        if self.facts.completed.is_some() {
            self.after_record(side, record.last, false);
            return;
        }
        if self.facts.change_cipher_spec.of(side).is_none() {
            return;
        }
        self.progress
            .finished
            .of_mut(side)
            .get_or_insert(record.last);
        if let (Some(client), Some(_)) =
            (self.progress.finished.client, self.progress.finished.server)
        {
            self.complete(record.last, client);
            self.facts.after.client_data = self.progress.early_application;
        }
    }

    fn application_data(&mut self, side: Side, mark: Mark) {
        if self.facts.completed.is_some() {
            self.after_record(side, mark, false);
        } else if side == Side::Client {
            self.progress.early_application.get_or_insert(mark);
        }
    }

    /// TLS 1.3: everything behind the ServerHello looks like application data; lengths and order tell.
    fn encrypted13(&mut self, side: Side, record: &Record) {
        let alert_length = self.progress.is_alert_length(side, record.length);
        if self.facts.completed.is_some() {
            self.after_record(side, record.last, alert_length);
            return;
        }
        match side {
            Side::Server => {
                self.progress.server_encrypted = self.progress.server_encrypted.saturating_add(1);
                if let Some(client) = self.progress.client_encrypted
                    && !alert_length
                {
                    self.complete(record.last, client);
                    self.facts.after.server_data = Some(record.last);
                } else {
                    // What acknowledges the ServerHello was sent after it (checked below), whatever the capture's order.
                    self.half_rtt(record, alert_length);
                    for early in std::mem::take(&mut self.progress.overtook) {
                        self.encrypted13(Side::Client, &early);
                    }
                }
            }
            Side::Client if record.acknowledges < self.progress.server_hello_end => {
                self.progress.early_data.get_or_insert(record.last);
            }
            Side::Client => {
                if self.progress.is_finished_length(record.length)
                    && self.progress.server_encrypted > 0
                {
                    self.complete(record.last, record.last);
                    self.finished_in_plain_length(record);
                } else if !alert_length {
                    self.progress.client_encrypted.get_or_insert(record.last);
                }
            }
        }
    }

    /// A server that took early data may answer before the client's Finished. Resumed, its own flight is EncryptedExtensions and
    /// Finished, in one record or two; what follows is data or a ticket.
    fn half_rtt(&mut self, record: &Record, alert_length: bool) {
        let resumed = self
            .facts
            .server_hello
            .as_ref()
            .is_some_and(|hello| hello.resumed);
        let behind_flight = match self.progress.server_encrypted {
            0 | 1 => false,
            2 => !self.progress.is_finished_length(record.length),
            _ => true,
        };
        if resumed && behind_flight && !alert_length {
            self.progress.half_rtt_data.get_or_insert(record.last);
        }
    }

    /// Both sides' last records are their Finished: do they pad?
    fn finished_in_plain_length(&mut self, client: &Record) {
        let plain = self.progress.finished_length;
        let server = *self.progress.last_record.of(Side::Server);
        self.progress.unpadded = Sides {
            client: Some(client.length) == plain,
            server: plain.is_some() && server.map(|record| record.length) == plain,
        };
        self.facts.after.client_data = self.progress.early_data;
        self.facts.after.server_data = self.progress.half_rtt_data;
    }

    fn complete(&mut self, mark: Mark, client_finished: Mark) {
        self.completed = true;
        self.facts.completed = Some(Completion {
            mark,
            client_finished,
        });
        let from = if mark == client_finished {
            Side::Client
        } else {
            Side::Server
        };
        self.event(mark, from, What::Completed);
    }

    fn after_record(&mut self, side: Side, mark: Mark, alert_length: bool) {
        let Some(Completion { .. }) = self.facts.completed else {
            return;
        };
        let tls13 = self.progress.tls13 == Some(true);
        let after = &mut self.facts.after;
        // Only a side's last record is taken for an alert (definitions section 1): two bytes of data have the same length.
        let earlier = after.alert_length.of_mut(side).take();
        let data = earlier
            .filter(|_| tls13)
            .or((!alert_length).then_some(mark));
        if alert_length {
            *after.alert_length.of_mut(side) = earlier.filter(|_| !tls13).or(Some(mark));
        }
        if let Some(data) = data {
            let slot = if side == Side::Server {
                &mut after.server_data
            } else {
                &mut after.client_data
            };
            slot.get_or_insert(data);
        }
    }
}
