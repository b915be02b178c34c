//! Findings as sentences for people.

use super::Detail;
use super::Intermediate;
use super::NearMiss;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::facts::WireText;
use std::fmt::Write;

/// One to three sentences with the values.
pub(super) fn text(detail: &Detail, certificate: usize, subject: &WireText) -> String {
    let it = which(certificate, subject);
    match detail {
        Detail::Expired { not_after, at } => format!(
            "{it} expired at {}, {} before it was sent.",
            utc(*not_after),
            distance(*not_after, *at)
        ),
        Detail::NotYetValid { not_before, at } => format!(
            "{it} becomes valid at {}, {} after it was sent.",
            utc(*not_before),
            distance(*at, *not_before)
        ),
        Detail::NameMismatch {
            asked,
            names,
            more,
            near,
        } => mismatch(&it, asked, names, *more, near),
        Detail::SelfSigned => format!(
            "{it} names itself as its issuer: only clients that were given this very certificate can trust it."
        ),
        Detail::ChainIncomplete {
            issuer,
            sure,
            ca_issuers,
        } => incomplete(&it, issuer, sure.as_ref(), ca_issuers.as_ref()),
        Detail::WrongOrder { order } => format!(
            "The chain is out of order: each certificate has to be followed by its issuer (RFC 5246 section 7.4.2). In order it would be {}.",
            listed(order)
        ),
        Detail::LeafNotFirst { issued } => format!(
            "A CA's certificate ({}) stands first, before certificate {}, which it issued: the server's own has to be the first.",
            subject,
            place(*issued)
        ),
        Detail::SuperfluousRoot => format!(
            "{it} is a root: clients have it already or do not trust it, so it only makes the handshake larger."
        ),
        Detail::WeakKey { bits } => {
            format!("{it} has an RSA key of {bits} bits; clients ask for 2048.")
        }
        Detail::BreakableKey { bits } => format!(
            "{it} has an RSA key of {bits} bits; keys of such a size have been factored, and clients ask for 2048."
        ),
        Detail::WeakSignature { algorithm } => format!(
            "{it} is signed with {algorithm}, whose hash is broken; clients ask for SHA-256 or better."
        ),
        Detail::NotForServers { uses } => format!(
            "{it} is not for TLS servers: its extended key usage is {}, without serverAuth.",
            uses.join(", ")
        ),
        Detail::CaAsServer => format!(
            "{it} is marked as that of a CA; some clients do not take such a one from a server."
        ),
        Detail::StatusMissing => format!(
            "{it} demands a stapled OCSP answer (must-staple, RFC 7633), the client offered to take one, and the server sent none."
        ),
    }
}

/// `The server's certificate (CN=...)`, `Certificate 2 of the chain (CN=...)`.
fn which(certificate: usize, subject: &WireText) -> String {
    match certificate {
        0 => format!("The server's certificate ({subject})"),
        number => format!("Certificate {} of the chain ({subject})", place(number)),
    }
}

fn mismatch(
    it: &str,
    asked: &WireText,
    names: &[WireText],
    more: usize,
    near: &NearMiss,
) -> String {
    let mut text = format!("The client asked for {asked}. ");
    if names.is_empty() {
        let _ = write!(text, "{it} has no subjectAltName with a name or address.");
    } else {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let _ = write!(text, "{it} is for {}", names.join(", "));
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
        text.push('.');
    }
    match near {
        NearMiss::None => {}
        NearMiss::Deeper(pattern) => {
            let _ = write!(text, " {pattern} stands for one label, not for several.");
        }
        NearMiss::Base(pattern) => {
            let _ = write!(text, " {pattern} does not stand for {asked} itself.");
        }
        NearMiss::CommonName => {
            text.push_str(" Its common name would fit, but clients no longer look at that.");
        }
    }
    text
}

fn incomplete(
    it: &str,
    issuer: &WireText,
    sure: Option<&Intermediate>,
    ca_issuers: Option<&WireText>,
) -> String {
    let mut text = format!(
        "{it} was issued by {issuer}, whose certificate the server does not send, and no known root has that name."
    );
    match sure {
        Some(Intermediate::Logged) => text.push_str(
            " It is one of a public CA (logged for transparency), and those issue through intermediates: clients that do not hold this one already cannot build the chain.",
        ),
        Some(Intermediate::IssuedBy(above)) => {
            let _ = write!(
                text,
                " That issuer is an intermediate, itself issued by {above}: clients that do not hold it already cannot build the chain."
            );
        }
        None => text.push_str(
            " If that is an intermediate, clients that do not hold it already cannot build the chain; if it is a root of somebody's own, only clients that were given it can.",
        ),
    }
    if let Some(address) = ca_issuers {
        let _ = write!(
            text,
            " The issuer's certificate is said to be at {address}."
        );
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
    places.join(", ")
}

/// A time as certificates say it: `2026-11-18 04:07:46 UTC`.
pub(crate) fn utc(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(at.0)).unwrap_or_default();
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How far apart two times are: `3 days`, `5 hours`, `1 minute`.
fn distance(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.since(from) / SECOND;
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60)];
    for (unit, length) in units {
        // One of a unit would be rounded by up to half: "40 hours" says more than "1 day".
        if seconds >= 2 * length {
            return format!("{} {unit}s", seconds / length);
        }
    }
    match seconds {
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}
