//! Values in words: what an event is called, how a detail is written, how good a capture is.

use super::escape::clean;
use crate::base::millis;
use crate::facts::Directions;
use crate::facts::What;
use crate::incident::Report;
use crate::pattern::Value;
use crate::tables;
use serde::Serialize;
use serde::Serializer;
use std::borrow::Cow;

/// The values of `detail`, in order, as a JSON object.
#[derive(Clone, Debug)]
pub struct Detail(pub Vec<(&'static str, Value)>);

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, Plain(value))))
    }
}

/// One value as JSON.
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_none(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) => serializer.serialize_i64(*number),
            Value::Duration(nanoseconds) => serializer.serialize_f64(millis(*nanoseconds)),
            Value::Word(word) => serializer.serialize_str(word),
            Value::Text(text) => serializer.collect_str(text),
        }
    }
}

/// A value for people: `none`, `yes`, `40`, `3 ms`, a word, or text in quotes.
#[must_use]
pub fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Duration(nanoseconds) => super::layout::duration(*nanoseconds),
        Value::Word(word) => clean(word),
        Value::Text(text) => format!("\"{text}\""),
    }
}

/// What happened, as the timeline says it: `ClientHello`, `RST, ignored`, `alert handshake_failure (40), fatal`.
#[must_use]
pub fn event(what: &What) -> String {
    match *what {
        What::Syn { again } => with_again("SYN", again),
        What::SynAck { again } => with_again("SYN-ACK", again),
        What::Established => "ACK: TCP handshake complete".to_owned(),
        What::Prelude { bytes } => format!("plaintext before TLS, {}", in_bytes(bytes)),
        What::NotTls { bytes } => format!("not TLS, {}", in_bytes(bytes)),
        What::Handshake { kind, .. } => message(kind).into_owned(),
        What::HelloRetryRequest { .. } => "HelloRetryRequest".to_owned(),
        What::ChangeCipherSpec => "ChangeCipherSpec".to_owned(),
        What::Alert { level, code } => alert(level, code),
        What::Encrypted { kind, length } => {
            format!("encrypted record {kind}, {}", in_bytes(length))
        }
        What::Completed => "handshake complete".to_owned(),
        What::Retransmission { bytes } => format!("retransmission, {}", in_bytes(bytes)),
        What::Gap { bytes } => format!("{} not in the capture", in_bytes(bytes)),
        What::BeyondHole { hole } => format!("bytes beyond a hole of {}", in_bytes(hole)),
        What::Fin => "FIN".to_owned(),
        What::Rst { ignored: false } => "RST".to_owned(),
        What::Rst { ignored: true } => "RST, ignored".to_owned(),
        What::Icmp { kind, code } => format!("ICMP type {kind} code {code}"),
    }
}

/// An alert: `alert handshake_failure (40), fatal`.
#[must_use]
pub fn alert(level: u8, code: u8) -> String {
    format!(
        "alert {} ({code}), {}",
        tables::alert_name(code),
        alert_level(level)
    )
}

/// The level of an alert (RFC 8446 section 6): `warning`, `fatal`, or its number as `0x03`.
#[must_use]
pub fn alert_level(level: u8) -> Cow<'static, str> {
    match level {
        1 => Cow::Borrowed("warning"),
        2 => Cow::Borrowed("fatal"),
        other => Cow::Owned(format!("{other:#04x}")),
    }
}

/// A handshake message as the RFCs write it: `ClientHello` for `client_hello`.
#[must_use]
pub fn message(kind: u8) -> Cow<'static, str> {
    let Some(name) = tables::handshake_type(kind) else {
        return Cow::Owned(format!("handshake message {kind}"));
    };
    let mut written = String::with_capacity(name.len());
    for word in name.split('_') {
        let mut letters = word.chars();
        written.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        written.push_str(letters.as_str());
    }
    Cow::Owned(written)
}

/// `1 byte`, `1448 bytes`: without separators, as Wireshark shows lengths.
fn in_bytes(bytes: impl Into<u64>) -> String {
    match bytes.into() {
        1 => "1 byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    }
}

/// A name, and that it came again.
fn with_again(name: &str, again: bool) -> String {
    if again {
        format!("{name}, again")
    } else {
        name.to_owned()
    }
}

/// How far a capture can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Nothing is wrong with it.
    Good,
    /// Some verdicts suffer.
    Fair,
    /// Most verdicts suffer: one direction only, or 5 % and more of the bytes are missing.
    Poor,
}

impl Quality {
    /// Its name in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Poor => "poor",
        }
    }
}

/// How good the capture is, by the same measures as the first screen: good where nothing is wrong with it; poor where one
/// direction is missing, or a twentieth of the bytes, or a twentieth of the handshakes is unknown for the capture's sake.
#[must_use]
pub fn quality(report: &Report) -> Quality {
    let run = &report.run;
    let judged = ["completed", "failed", "unknown", "unfinished"]
        .iter()
        .filter_map(|name| report.outcomes.get(name))
        .sum::<u64>();
    let lost = run
        .dropped_kernel
        .saturating_add(run.dropped_interface)
        .saturating_add(run.evicted)
        .saturating_add(run.missing_bytes);
    let twentieth = |part: u64, whole: u64| whole > 0 && part > whole / 20;
    if run.directions != Directions::Both
        || run.missing_bytes > run.payload_bytes / 20
        || twentieth(unknown_for_the_capture(report), judged)
    {
        Quality::Poor
    } else if lost > 0
        || run
            .problems
            .iter()
            .any(|problem| problem.code != "still-written")
    {
        Quality::Fair
    } else {
        Quality::Good
    }
}

/// Unknown handshakes that a better capture would have told: not those begun before it, nor those in a protocol not followed.
fn unknown_for_the_capture(report: &Report) -> u64 {
    let lost = |reason: &str| {
        !reason.starts_with("beg") && !matches!(reason, "sslv2" | "tlcp" | "mptcp-subflow")
    };
    report
        .reasons
        .iter()
        .filter(|(reason, _)| lost(reason))
        .map(|(_, flows)| flows)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::WireText;
    use std::collections::BTreeMap;

    #[test]
    fn details_keep_their_order_and_units() {
        let detail = Detail(vec![
            ("from", Value::Word("server")),
            ("count", Value::Number(2)),
            ("delay_ms", Value::Duration(3_100_999)),
            ("text", Value::Text(WireText::new(b"a\x1b"))),
            ("status", Value::Null),
            ("encrypted", Value::Bool(false)),
        ]);
        assert_eq!(
            serde_json::to_string(&detail).unwrap(),
            r#"{"from":"server","count":2,"delay_ms":3.1,"text":"a\\x1b","status":null,"encrypted":false}"#
        );
    }

    #[test]
    fn events_are_named_as_the_rfcs_name_them() {
        assert_eq!(
            event(&What::Handshake {
                kind: 1,
                length: 517
            }),
            "ClientHello"
        );
        assert_eq!(
            event(&What::Handshake {
                kind: 14,
                length: 4
            }),
            "ServerHelloDone"
        );
        assert_eq!(
            event(&What::Handshake {
                kind: 99,
                length: 4
            }),
            "handshake message 99"
        );
        assert_eq!(
            event(&What::Alert { level: 2, code: 40 }),
            "alert handshake_failure (40), fatal"
        );
        assert_eq!(
            event(&What::Encrypted {
                kind: 22,
                length: 40
            }),
            "encrypted record 22, 40 bytes"
        );
        assert_eq!(event(&What::Syn { again: true }), "SYN, again");
        assert_eq!(
            event(&What::BeyondHole { hole: 1448 }),
            "bytes beyond a hole of 1448 bytes"
        );
    }

    #[test]
    fn quality_falls_with_what_is_missing() {
        let mut report = Report::default();
        report.run.payload_bytes = 1_000_000;
        report.outcomes = BTreeMap::from([("completed", 100), ("unknown", 3)]);
        report.reasons = BTreeMap::from([("beginning-not-captured", 90)]);
        assert_eq!(quality(&report), Quality::Good);
        report.run.missing_bytes = 1;
        assert_eq!(quality(&report), Quality::Fair);
        report.run.missing_bytes = 60_000;
        assert_eq!(quality(&report), Quality::Poor);
        report.run.missing_bytes = 0;
        report.reasons.insert("missing-bytes", 6);
        assert_eq!(quality(&report), Quality::Poor);
    }
}
