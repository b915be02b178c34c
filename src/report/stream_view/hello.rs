//! Hellos and certificates, for people.

use super::page;
use super::page::Page;
use crate::report::layout;
use crate::report::record::CertificateRecord;
use crate::report::record::ClientHelloRecord;
use crate::report::record::HandshakeRecord;
use crate::report::record::ServerHelloRecord;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// All hellos in the order sent.
pub(super) fn hellos(page: &mut Page, record: &HandshakeRecord) {
    match &record.client_hello {
        Some(Some(hello)) => {
            client_hello(page, "ClientHello", hello, "client_hello", &record.hidden)
        }
        Some(None) => none(page, "ClientHello", "none was sent"),
        None => none(
            page,
            "ClientHello",
            &not_visible(&record.hidden, "client_hello"),
        ),
    }
    if let Some(retry) = &record.hello_retry {
        page.heading(&format!(
            "HelloRetryRequest{}",
            page::in_frames(&retry.seen)
        ));
        page.sub("Suite", &retry.cipher_suite);
        page.sub("Group", retry.group.as_deref().unwrap_or("none"));
        page.sub("Cookie", yes_no(retry.cookie));
        match &retry.client_hello {
            Some(hello) => client_hello(
                page,
                "Second ClientHello",
                hello,
                "hello_retry.client_hello",
                &record.hidden,
            ),
            None => none(page, "Second ClientHello", "none was sent"),
        }
    }
    match &record.server_hello {
        Some(Some(hello)) => server_hello(page, hello, &record.hidden),
        Some(None) => none(page, "ServerHello", "none was sent"),
        None => none(
            page,
            "ServerHello",
            &not_visible(&record.hidden, "server_hello"),
        ),
    }
}

/// A message that is not there, and why.
fn none(page: &mut Page, name: &str, why: &str) {
    page.heading(&format!("{name}: {why}"));
}

/// Why a field is not shown.
fn not_visible(hidden: &BTreeMap<String, String>, field: &str) -> String {
    let reason = hidden.get(field).map_or("no reason known", String::as_str);
    format!("not visible ({reason})")
}

/// Reads the fields of one message: their text, or why it is not there.
struct Fields<'a> {
    path: &'a str,
    hidden: &'a BTreeMap<String, String>,
}

impl Fields<'_> {
    /// A list; a note behind it where it may not be whole.
    fn list<T: AsRef<str>>(&self, name: &str, values: Option<&Vec<T>>) -> String {
        let Some(values) = values else {
            return self.missing(name);
        };
        let mut text = values
            .iter()
            .map(AsRef::as_ref)
            .collect::<Vec<_>>()
            .join(", ");
        if text.is_empty() {
            text.push_str("none");
        }
        if let Some(reason) = self.hidden.get(&format!("{}.{name}", self.path)) {
            text.push_str(&format!(" ({reason})"));
        }
        text
    }

    /// A value that may be absent.
    fn value<T: AsRef<str>>(&self, name: &str, value: Option<Option<T>>) -> String {
        match value {
            Some(Some(value)) => value.as_ref().to_owned(),
            Some(None) => "none".to_owned(),
            None => self.missing(name),
        }
    }

    fn missing(&self, name: &str) -> String {
        not_visible(self.hidden, &format!("{}.{name}", self.path))
    }
}

fn client_hello(
    page: &mut Page,
    title: &str,
    hello: &ClientHelloRecord,
    path: &str,
    hidden: &BTreeMap<String, String>,
) {
    let read = Fields { path, hidden };
    let length = match hello.length {
        Some(length) if hello.complete => format!("{length} bytes"),
        Some(length) => format!("{} of {length} bytes: never complete", hello.have),
        None => format!("{} bytes of it: never complete", hello.have),
    };
    page.heading(&format!(
        "{title}{}: {length} in {}",
        page::in_frames(&hello.seen),
        layout::counted(u64::from(hello.segments), "segment")
    ));
    page.sub(
        "SNI",
        &read.value("sni", hello.sni.as_ref().map(Option::as_ref)),
    );
    page.sub("Versions", &read.list("versions", hello.versions.as_ref()));
    page.sub("ALPN", &read.list("alpn", hello.alpn.as_ref()));
    page.sub(
        "Suites",
        &read.list("cipher_suites", hello.cipher_suites.as_ref()),
    );
    page.sub("Groups", &read.list("groups", hello.groups.as_ref()));
    page.sub(
        "Key shares",
        &read.list("key_shares", hello.key_shares.as_ref()),
    );
    page.sub(
        "Signatures",
        &read.list("signature_algorithms", hello.signature_algorithms.as_ref()),
    );
    page.sub(
        "Extensions",
        &read.list("extensions", hello.extensions.as_ref()),
    );
    page.sub(
        "ECH",
        hello.ech.filter(|ech| *ech != "absent").unwrap_or_default(),
    );
    let flags = [
        (hello.session_ticket, "session ticket"),
        (hello.psk, "pre-shared key"),
        (hello.early_data, "early data"),
        (hello.fallback_scsv, "TLS_FALLBACK_SCSV"),
    ];
    let flags: Vec<_> = flags
        .into_iter()
        .filter(|(flag, _)| *flag == Some(true))
        .map(|(_, name)| name)
        .collect();
    page.sub("Offers", &flags.join(", "));
    page.sub("JA3", hello.ja3.as_deref().unwrap_or_default());
    page.sub("JA4", hello.ja4.as_deref().unwrap_or_default());
    page.sub("Malformed", hello.malformed.unwrap_or_default());
}

fn server_hello(page: &mut Page, hello: &ServerHelloRecord, hidden: &BTreeMap<String, String>) {
    let read = Fields {
        path: "server_hello",
        hidden,
    };
    page.heading(&format!("ServerHello{}", page::in_frames(&hello.seen)));
    page.sub("Version", &hello.version);
    page.sub("Suite", &hello.cipher_suite);
    page.sub(
        "Group",
        &read.value("group", hello.group.as_ref().map(Option::as_ref)),
    );
    if let Some(bits) = hello.dh_bits {
        page.sub("DH prime", &format!("{bits} bits"));
    }
    page.sub(
        "ALPN",
        &read.value("alpn", hello.alpn.as_ref().map(Option::as_ref)),
    );
    page.sub("Resumed", yes_no(hello.resumed));
    page.sub(
        "Extensions",
        &read.list("extensions", Some(&hello.extensions)),
    );
    page.sub("JA3S", hello.ja3s.as_deref().unwrap_or_default());
    page.sub("Malformed", hello.malformed.unwrap_or_default());
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// The server's chain and what is known of the client's.
pub(super) fn certificates(page: &mut Page, record: &HandshakeRecord) {
    match &record.certificates {
        None => none(
            page,
            "Certificates",
            &not_visible(&record.hidden, "certificates"),
        ),
        Some(chain) => {
            for (index, certificate) in chain.iter().enumerate() {
                one_certificate(page, index.saturating_add(1), chain.len(), certificate);
            }
        }
    }
    let client = &record.client_certificate;
    if client.requested == Some(true) || client.sent.flatten().is_some() {
        let sent = match client.sent.flatten() {
            None => Cow::Borrowed("asked for; no Certificate message came"),
            Some(0) => Cow::Borrowed("asked for; the client sent an empty Certificate message"),
            Some(count) => Cow::Owned(format!(
                "the client sent {}",
                layout::counted(u64::try_from(count).unwrap_or(u64::MAX), "certificate")
            )),
        };
        page.heading(&format!("Client certificate: {sent}"));
    }
}

fn one_certificate(page: &mut Page, number: usize, count: usize, certificate: &CertificateRecord) {
    page.heading(&format!(
        "Certificate {number} of {count}{}: {} bytes",
        page::in_frames(&certificate.seen),
        certificate.length
    ));
    page.sub("Subject", &certificate.subject);
    let issuer = if certificate.self_signed {
        "the same (self-issued)"
    } else {
        &certificate.issuer
    };
    page.sub("Issuer", issuer);
    if certificate.issued_previous == Some(false) {
        page.sub("Order", "did not issue the certificate before it");
    }
    page.sub(
        "Names",
        &[&certificate.san_dns[..], &certificate.san_ip[..]]
            .concat()
            .join(", "),
    );
    let date = |date: &Option<String>| {
        date.as_deref()
            .map_or("?", |date| date.split('.').next().unwrap_or(date))
            .replace('T', " ")
    };
    page.sub(
        "Valid",
        &format!(
            "{} to {} UTC",
            date(&certificate.not_before),
            date(&certificate.not_after)
        ),
    );
    let key = certificate.key.bits.map_or_else(
        || certificate.key.kind.clone(),
        |bits| format!("{} {bits} bits", certificate.key.kind),
    );
    page.sub("Key", &key);
    page.sub("Signature", &certificate.signature);
    let marks = [
        (certificate.ca, "CA"),
        (certificate.must_staple, "must-staple"),
    ];
    page.sub(
        "Marks",
        &marks
            .into_iter()
            .filter(|(set, _)| *set)
            .map(|(_, name)| name)
            .collect::<Vec<_>>()
            .join(", "),
    );
    page.sub("SHA-256", &certificate.sha256);
    page.sub("Malformed", certificate.malformed.unwrap_or_default());
}
