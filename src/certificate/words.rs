//! Findings as sentences for people.

use super::Detail;
use super::Intermediate;
use super::NearMiss;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::facts::WireText;
use crate::texts;
use crate::texts::text;

/// One to three sentences with the values.
pub(super) fn text(detail: &Detail, certificate: usize, subject: &WireText) -> String {
    let it = which(certificate, subject);
    match detail {
        Detail::Expired { not_after, at } => text!(
            "certificate.expired",
            it,
            time = utc(*not_after),
            distance = distance(*not_after, *at)
        ),
        Detail::NotYetValid { not_before, at } => text!(
            "certificate.not-yet-valid",
            it,
            time = utc(*not_before),
            distance = distance(*at, *not_before)
        ),
        Detail::NameMismatch {
            asked,
            names,
            more,
            near,
        } => mismatch(&it, asked, names, *more, near),
        Detail::SelfSigned => text!("certificate.self-signed", it),
        Detail::ChainIncomplete {
            issuer,
            sure,
            ca_issuers,
        } => incomplete(&it, issuer, sure.as_ref(), ca_issuers.as_ref()),
        Detail::WrongOrder { order } => text!("certificate.wrong-order", order = listed(order)),
        Detail::LeafNotFirst { issued } => text!(
            "certificate.leaf-not-first",
            subject,
            issued = place(*issued)
        ),
        Detail::SuperfluousRoot => text!("certificate.superfluous-root", it),
        Detail::WeakKey { bits } => {
            text!("certificate.weak-key", it, bits)
        }
        Detail::BreakableKey { bits } => text!("certificate.breakable-key", it, bits),
        Detail::WeakSignature { algorithm } => text!("certificate.weak-signature", it, algorithm),
        Detail::NotForServers { uses } => text!(
            "certificate.not-for-servers",
            it,
            uses = texts::joined(uses)
        ),
        Detail::CaAsServer => text!("certificate.ca-as-server", it),
        Detail::StatusMissing => text!("certificate.status-missing", it),
    }
}

/// `The server's certificate (CN=...)`, `Certificate 2 of the chain (CN=...)`.
fn which(certificate: usize, subject: &WireText) -> String {
    match certificate {
        0 => text!("certificate.the-server", subject),
        number => text!("certificate.of-the-chain", place = place(number), subject),
    }
}

fn mismatch(
    it: &str,
    asked: &WireText,
    names: &[WireText],
    more: usize,
    near: &NearMiss,
) -> String {
    let listed = texts::joined(names);
    let mut text = match (names.is_empty(), more) {
        (true, _) => text!("certificate.no-names", asked, it),
        (false, 0) => text!("certificate.names", asked, it, names = listed),
        (false, more) => text!(
            "certificate.names-and-more",
            asked,
            it,
            names = listed,
            more
        ),
    };
    match near {
        NearMiss::None => {}
        NearMiss::Deeper(pattern) => text.push_str(&text!("certificate.one-label", pattern)),
        NearMiss::Base(pattern) => text.push_str(&text!("certificate.not-base", pattern, asked)),
        NearMiss::CommonName => text.push_str(text!("certificate.common-name")),
    }
    text
}

fn incomplete(
    it: &str,
    issuer: &WireText,
    sure: Option<&Intermediate>,
    ca_issuers: Option<&WireText>,
) -> String {
    let mut text = text!("certificate.issuer-missing", it, issuer);
    match sure {
        Some(Intermediate::Logged) => text.push_str(text!("certificate.issuer-logged")),
        Some(Intermediate::IssuedBy(above)) => {
            text.push_str(&text!("certificate.issuer-issued-by", above));
        }
        None => text.push_str(text!("certificate.issuer-unsure")),
    }
    if let Some(address) = ca_issuers {
        text.push_str(&text!("certificate.said-to-be-at", address));
    }
    text
}

/// A place in the chain as people count.
fn place(index: usize) -> usize {
    index.saturating_add(1)
}

fn listed(order: &[usize]) -> String {
    let places: Vec<String> = order
        .iter()
        .map(|index| place(*index).to_string())
        .collect();
    texts::joined(&places)
}

/// A time as certificates say it: `2026-11-18 04:07:46 UTC`.
pub(crate) fn utc(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(at.0)).unwrap_or_default();
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How far apart two times are: `3 days`, `5 hours`, `1 minute`.
fn distance(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.since(from) / SECOND;
    // One of a unit would be rounded by up to half: "40 hours" says more than "1 day".
    match seconds {
        172_800.. => text!("certificate.days", count = seconds / 86_400),
        7_200.. => text!("certificate.hours", count = seconds / 3_600),
        120.. => text!("certificate.minutes", count = seconds / 60),
        1 => text!("certificate.second").to_owned(),
        seconds => text!("certificate.seconds", seconds),
    }
}
