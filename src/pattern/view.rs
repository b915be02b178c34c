//! Facts with the times and orders that docs/definitions.md speaks of.

use super::Evidence;
use crate::base::FrameRef;
use crate::base::MILLISECOND;
use crate::base::Mark;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Timestamp;
use crate::base::millis;
use crate::facts::AlertFacts;
use crate::facts::FinFacts;
use crate::facts::HandshakeFacts;
use crate::facts::PreludeState;
use crate::facts::ResetFacts;
use crate::facts::What;
use crate::texts::text;

/// close_notify (RFC 8446 section 6.1).
const CLOSE_NOTIFY: u8 = 0;
/// user_canceled.
const USER_CANCELED: u8 = 90;
/// no_renegotiation (RFC 5246 section 7.2.2): always a warning, never an end.
const NO_RENEGOTIATION: u8 = 100;

/// Facts plus the derived times the definitions speak of.
#[derive(Debug)]
pub struct View<'a> {
    /// The facts.
    pub facts: &'a HandshakeFacts,
    /// T: the answer timeout, at least three times the largest retransmission time-out seen, ns.
    pub answer_timeout: u64,
    /// t: max(1 s, 3 RTT), ns.
    pub patience: u64,
    /// Pauses of the capture, in which no time passes.
    pauses: &'a [(Timestamp, Timestamp)],
}

/// The event that ended a handshake before it was complete.
#[derive(Clone, Copy, Debug)]
pub enum Decisive<'a> {
    /// An alert A (definitions section 1).
    Alert(&'a AlertFacts),
    /// A FIN.
    Fin(&'a FinFacts),
    /// A RST that was not ignored.
    Reset(&'a ResetFacts),
}

impl Decisive<'_> {
    /// Who sent it, by the address in the packet.
    #[must_use]
    pub fn from(&self) -> Side {
        match self {
            Self::Alert(alert) => alert.from,
            Self::Fin(fin) => fin.from,
            Self::Reset(reset) => reset.from,
        }
    }

    /// Payload bytes of the other side that its sender had got by then; of an alert nothing is known.
    fn acknowledged(&self) -> u64 {
        match self {
            Self::Alert(_) => 0,
            Self::Fin(fin) => fin.acknowledged,
            Self::Reset(reset) => reset.acknowledged,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn mark(&self) -> Mark {
        match self {
            Self::Alert(alert) => alert.mark,
            Self::Fin(fin) => fin.mark,
            Self::Reset(reset) => reset.mark,
        }
    }

    /// Whether the client left by itself: its FIN, or its own RST.
    #[must_use]
    pub fn is_client_leaving(&self) -> bool {
        match self {
            Self::Alert(_) => false,
            Self::Fin(fin) => fin.from == Side::Client,
            Self::Reset(reset) => reset.is_clients_own(),
        }
    }
}

impl<'a> View<'a> {
    /// Facts under an answer timeout of `answer_timeout` ns, with the pauses of the capture.
    #[must_use]
    pub fn new(
        facts: &'a HandshakeFacts,
        answer_timeout: u64,
        pauses: &'a [(Timestamp, Timestamp)],
    ) -> Self {
        Self {
            facts,
            answer_timeout: answer_timeout.max(facts.tcp.largest_rto.saturating_mul(3)),
            patience: SECOND.max(facts.rtt().saturating_mul(3)),
            pauses,
        }
    }

    /// Nanoseconds from `a` to `b`, without the pauses of the capture.
    #[must_use]
    pub fn between(&self, a: Timestamp, b: Timestamp) -> u64 {
        let paused = self
            .pauses
            .iter()
            .map(|(from, to)| (*to).min(b).since((*from).max(a)))
            .fold(0_u64, u64::saturating_add);
        b.since(a).saturating_sub(paused)
    }

    /// Nanoseconds from `a` to the end of the capture.
    #[must_use]
    pub fn to_end(&self, a: Timestamp) -> u64 {
        self.between(a, self.facts.last.at)
            .saturating_add(self.facts.quiet_to_end)
    }

    /// Whether the client sent TLS bytes behind the prelude.
    #[must_use]
    pub fn client_sent_tls(&self) -> bool {
        let first = self.facts.first_payload.client.as_ref();
        first.is_some_and(|first| first.payload.is_tls())
            || self.facts.client_hello.is_some()
            || (first.is_none() && self.facts.first_client_bytes_lost())
    }

    /// A prelude that asks for TLS and was not accepted: nothing counts as behind it.
    #[must_use]
    pub fn before_tls(&self) -> bool {
        self.facts.prelude.as_ref().is_some_and(|prelude| {
            prelude.state != PreludeState::Accepted && !prelude.protocol.is_proxy_header()
        })
    }

    /// Whether a payload of the client was seen behind the prelude.
    #[must_use]
    pub fn client_spoke(&self) -> bool {
        self.facts.tcp.bytes.client > 0 && !self.before_tls()
    }

    /// Whether a payload of the server was seen behind the prelude.
    #[must_use]
    pub fn server_spoke(&self) -> bool {
        self.facts.tcp.bytes.server > 0 && !self.before_tls()
    }

    /// Where the ServerHello is.
    #[must_use]
    pub fn server_hello(&self) -> Option<Mark> {
        self.facts.server_hello.as_ref().map(|hello| hello.mark)
    }

    /// Whether a ServerHello came before whatever ended the handshake.
    #[must_use]
    pub fn has_server_hello(&self) -> bool {
        let Some(hello) = self.server_hello() else {
            return false;
        };
        self.decisive()
            .is_none_or(|event| hello.order < event.mark().order)
    }

    /// Whether the server's first bytes were sent and lost on the way: later ones were seen, and the client never had the first.
    #[must_use]
    pub fn server_bytes_beyond_hole(&self) -> Option<(u64, u64)> {
        self.facts.tcp.hole.server
    }

    /// Whether `alert` is an alert A (definitions section 1).
    #[must_use]
    pub fn is_alert_a(&self, alert: &AlertFacts) -> bool {
        if let Some(completed) = self.facts.completed
            && alert.mark.order > completed.mark.order
        {
            return false;
        }
        let Some(code) = alert.code else {
            return self.is_last_of_its_side(alert);
        };
        match code {
            NO_RENEGOTIATION => false,
            CLOSE_NOTIFY => {
                let before_hello = self
                    .server_hello()
                    .is_none_or(|hello| alert.mark.order < hello.order);
                alert.from == Side::Server && before_hello && self.is_followed_by_a_close(alert)
            }
            USER_CANCELED if self.silence_before(alert.mark) >= self.patience => false,
            _ => alert.level == Some(2) || (self.is_followed_by_a_close(alert) && !alert.followed),
        }
    }

    /// An encrypted alert counts where it is its side's last record.
    fn is_last_of_its_side(&self, alert: &AlertFacts) -> bool {
        !self.facts.timeline.iter().any(|event| {
            event.from == alert.from
                && event.mark.order > alert.mark.order
                && is_payload(event.what)
        })
    }

    fn is_followed_by_a_close(&self, alert: &AlertFacts) -> bool {
        let tcp = &self.facts.tcp;
        tcp.fins
            .iter()
            .any(|fin| fin.mark.order >= alert.mark.order)
            || tcp
                .resets
                .iter()
                .any(|reset| !reset.ignored && reset.mark.order >= alert.mark.order)
    }

    /// How long nobody had sent anything new when `mark` was seen.
    fn silence_before(&self, mark: Mark) -> u64 {
        self.silence_of(mark, |_| true)
    }

    /// The same, of the sides that `wanted` names.
    fn silence_of(&self, mark: Mark, wanted: fn(Side) -> bool) -> u64 {
        self.facts
            .timeline
            .iter()
            .filter(|event| {
                wanted(event.from)
                    && event.mark.order < mark.order
                    && is_payload(event.what)
                    && event.mark.frame != mark.frame
            })
            .map(|event| event.mark.at)
            .max()
            .map_or(0, |at| self.between(at, mark.at))
    }

    /// The first alert A.
    pub fn alerts(&self) -> impl Iterator<Item = &'a AlertFacts> + '_ {
        self.facts
            .alerts
            .iter()
            .filter(|alert| self.is_alert_a(alert))
    }

    /// RSTs that were not ignored.
    pub fn resets(&self) -> impl Iterator<Item = &'a ResetFacts> + '_ {
        self.facts.tcp.resets.iter().filter(|reset| !reset.ignored)
    }

    /// The event that ended the handshake. An alert beats its own side's FIN or RST and everything later; the other side's
    /// earlier FIN or RST beats it; of two alerts the first (definitions section 3).
    #[must_use]
    pub fn decisive(&self) -> Option<Decisive<'a>> {
        let alert = self.alerts().min_by_key(|alert| alert.mark.order);
        let fins = self.facts.tcp.fins.iter().map(Decisive::Fin);
        let first = fins
            .chain(self.resets().map(Decisive::Reset))
            .min_by_key(|event| event.mark().order);
        match (alert, first) {
            (Some(alert), None) => Some(Decisive::Alert(alert)),
            (None, first) => first,
            (Some(alert), Some(first)) => {
                let peers = self.first_close_of(alert.from.peer());
                let before = |close: &Decisive<'_>| {
                    close.mark().order < alert.mark.order && close.acknowledged() < alert.end
                };
                if peers.as_ref().is_some_and(before) {
                    // The peer closed before the alert, and had not got it (a capture may swap the two); if the alert's own side closed even earlier, that came first.
                    Some(first)
                } else {
                    Some(Decisive::Alert(alert))
                }
            }
        }
    }

    /// The first FIN or effective RST of `side`.
    #[must_use]
    pub fn first_close_of(&self, side: Side) -> Option<Decisive<'a>> {
        let fin = self.facts.tcp.fin(side).map(Decisive::Fin);
        let reset = self
            .resets()
            .find(|reset| reset.from == side)
            .map(Decisive::Reset);
        fin.into_iter()
            .chain(reset)
            .min_by_key(|event| event.mark().order)
    }

    /// The last new payload of either side before `close`.
    #[must_use]
    pub fn last_payload_before(&self, close: &Decisive<'_>) -> Option<Timestamp> {
        let times = match close {
            Decisive::Fin(fin) => fin.payload_before,
            Decisive::Reset(reset) => reset.payload_before,
            Decisive::Alert(alert) => return Some(alert.mark.at),
        };
        times.client.max(times.server)
    }

    /// The first of the alerts by which the side that closed only said that it leaves: they belong to the close, so that the
    /// silence before it ends with them (contract 2.1).
    fn farewell(&self, close: &Decisive<'_>) -> Option<Mark> {
        self.facts
            .alerts
            .iter()
            .filter(|alert| {
                alert.from == close.from()
                    && !alert.followed
                    && matches!(alert.code, Some(CLOSE_NOTIFY | USER_CANCELED))
                    && alert.mark.order < close.mark().order
            })
            .map(|alert| alert.mark)
            .min_by_key(|mark| mark.order)
    }

    /// How long nobody had sent anything new when `close` came.
    #[must_use]
    pub fn silence_at(&self, close: &Decisive<'_>) -> u64 {
        if let Some(farewell) = self.farewell(close) {
            return self.silence_before(farewell);
        }
        self.last_payload_before(close)
            .map_or(0, |at| self.between(at, close.mark().at))
    }

    /// How long the client had sent nothing new when `close` came.
    #[must_use]
    pub fn client_silence_at(&self, close: &Decisive<'_>) -> u64 {
        if let Some(farewell) = self
            .farewell(close)
            .filter(|_| close.from() == Side::Client)
        {
            return self.silence_of(farewell, |side| side == Side::Client);
        }
        let times = match close {
            Decisive::Fin(fin) => fin.payload_before,
            Decisive::Reset(reset) => reset.payload_before,
            Decisive::Alert(_) => return 0,
        };
        times
            .client
            .map_or(0, |at| self.between(at, close.mark().at))
    }

    /// How long nobody had sent anything new when the capture ended.
    #[must_use]
    pub fn silence_to_end(&self) -> u64 {
        let last = &self.facts.tcp.last_payload;
        let at = last
            .client
            .max_at(last.server)
            .map_or(self.facts.first.at, |mark| mark.at);
        self.to_end(at)
    }

    /// How much of the ClientHello the server acknowledged: `none`, `part` or `all`.
    #[must_use]
    pub fn hello_acknowledged(&self) -> &'static str {
        self.hello_acknowledged_by(self.facts.tcp.acknowledged.client)
    }

    /// How much of the ClientHello `acknowledged` covers.
    #[must_use]
    pub fn hello_acknowledged_by(&self, acknowledged: u64) -> &'static str {
        let (start, end) = match self
            .facts
            .current_hello()
            .or(self.facts.client_hello.as_ref())
        {
            Some(hello) => hello.offset,
            None => (0, self.facts.tcp.bytes.client),
        };
        if acknowledged >= end {
            "all"
        } else if acknowledged > start {
            "part"
        } else {
            "none"
        }
    }

    /// Frames of the ClientHello that is being answered.
    #[must_use]
    pub fn hello_frames(&self) -> Vec<FrameRef> {
        self.facts
            .current_hello()
            .or(self.facts.client_hello.as_ref())
            .map(|hello| hello.frames.clone())
            .unwrap_or_default()
    }

    /// The sentence that shows the ClientHello.
    #[must_use]
    pub fn hello_evidence(&self) -> Option<Evidence> {
        let hello = self
            .facts
            .current_hello()
            .or(self.facts.client_hello.as_ref())?;
        let name = match &hello.sni {
            Some(name) => format!("SNI {name}"),
            None => text!("pattern.no-sni").to_owned(),
        };
        let length = hello.length;
        Some(Evidence {
            frames: hello.frames.clone(),
            text: text!("pattern.client-hello", length, name),
        })
    }
}

trait MaxAt {
    fn max_at(self, other: Self) -> Self;
}

impl MaxAt for Option<Mark> {
    fn max_at(self, other: Self) -> Self {
        match (self, other) {
            (Some(a), Some(b)) => Some(if b.at > a.at { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// Whether an event of the timeline is new payload.
fn is_payload(what: What) -> bool {
    matches!(
        what,
        What::Prelude { .. }
            | What::NotTls { .. }
            | What::Handshake { .. }
            | What::HelloRetryRequest { .. }
            | What::ChangeCipherSpec
            | What::Alert { .. }
            | What::Encrypted { .. }
    )
}

/// A duration for people: `0.4 ms`, `31 ms`, `2.5 s`, `61 s`.
#[must_use]
pub(super) fn duration(nanoseconds: u64) -> String {
    if nanoseconds < 10 * MILLISECOND {
        format!("{:.1} ms", millis(nanoseconds))
    } else if nanoseconds < SECOND {
        format!("{:.0} ms", millis(nanoseconds))
    } else if nanoseconds < 10 * SECOND {
        format!("{:.1} s", millis(nanoseconds) / 1000.0)
    } else {
        format!("{:.0} s", millis(nanoseconds) / 1000.0)
    }
}

#[cfg(test)]
mod tests;
