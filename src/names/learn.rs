//! Which names an answer or a handshake shows, and of which address.

use super::known::Seen;
use super::known::Sight;
use super::store::Store;
use crate::base::FrameRef;
use crate::facts::CertificateFacts;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::NameKind;
use crate::facts::NameSource;
use crate::facts::PreludeFacts;
use std::net::IpAddr;

/// Longest name in bytes (RFC 1035 section 2.3.4, as text).
const NAME_MAX: usize = 253;
/// Names looked at in one certificate: what is kept of an address is less, and public CAs allow 2,000.
const SAN_MAX: usize = 16;

/// Takes an answer of the DNS.
pub(super) fn answer(store: &mut Store, answer: &DnsFacts) {
    let sight = |name, kind| Sight {
        name,
        from: answer.from,
        kind,
        port: None,
        completed: false,
        client: answer.client,
        seen: Seen {
            at: answer.at,
            frame: answer.frame,
        },
    };
    for address in &answer.addresses {
        if let Some(name) = host(answer.name.bytes()) {
            store.add(address.ip, &sight(name, NameKind::Name));
        }
        let canonical = address.canonical.as_ref();
        if let Some(name) = canonical.and_then(|name| host(name.bytes())) {
            store.add(address.ip, &sight(name, NameKind::Canonical));
        }
    }
}

/// Takes SNI and certificate of a handshake.
pub(super) fn handshake(store: &mut Store, facts: &HandshakeFacts) {
    // Behind a proxy the name is not of the address that the client is connected to.
    let tunnel = facts.prelude.as_ref().is_some_and(PreludeFacts::has_tunnel);
    if !tunnel {
        sni(store, facts);
        certificate(store, facts);
    }
}

/// The frame that shows the SNI of this handshake.
pub(super) fn hello_frame(facts: &HandshakeFacts) -> Option<FrameRef> {
    let hello = facts.client_hello.as_ref()?;
    Some(hello.frames.last().copied().unwrap_or(hello.last.frame))
}

fn sni(store: &mut Store, facts: &HandshakeFacts) {
    let Some((hello, frame)) = facts.client_hello.as_ref().zip(hello_frame(facts)) else {
        return;
    };
    let Some(name) = hello.sni.as_ref().and_then(|name| host(name.bytes())) else {
        return;
    };
    let sight = Sight {
        name,
        from: NameSource::Sni,
        kind: NameKind::Name,
        port: Some(facts.server.port),
        completed: facts.completed.is_some(),
        client: facts.client.ip,
        seen: Seen {
            at: hello.last.at,
            frame,
        },
    };
    store.add(facts.server.ip, &sight);
}

fn certificate(store: &mut Store, facts: &HandshakeFacts) {
    let Some(id) = facts.certificates.leaf_id() else {
        return;
    };
    let Some(frame) = facts.certificate_frames.first().copied() else {
        return;
    };
    if !store.looks_at(facts.server.ip, id) {
        return;
    }
    let Some(leaf) = facts.certificates.first() else {
        return;
    };
    let at = facts
        .server_hello
        .as_ref()
        .map_or(facts.first.at, |hello| hello.mark.at);
    let mut named = false;
    for name in subjects(leaf).filter_map(host).take(SAN_MAX) {
        named = true;
        let kind = if name.starts_with(b"*.") {
            NameKind::Wildcard
        } else {
            NameKind::Name
        };
        let sight = Sight {
            name,
            from: NameSource::Certificate,
            kind,
            port: None,
            completed: false,
            client: facts.client.ip,
            seen: Seen { at, frame },
        };
        store.add(facts.server.ip, &sight);
    }
    if named {
        store.looked_at(facts.server.ip, id);
    }
}

/// The DNS names of subjectAltName; the common name only where there is no such extension (RFC 9525 section 2 no longer knows it).
fn subjects(leaf: &CertificateFacts) -> impl Iterator<Item = &[u8]> {
    let bare = leaf.san_dns.is_empty() && leaf.san_ip.is_empty();
    let common = bare.then(|| common_name(leaf.subject.bytes())).flatten();
    leaf.san_dns.iter().map(|name| name.bytes()).chain(common)
}

/// The last common name of a subject in one line, if it can be a host's.
fn common_name(subject: &[u8]) -> Option<&[u8]> {
    let text = std::str::from_utf8(subject).ok()?;
    let parts = text.rsplit(", ").flat_map(|part| part.rsplit(" + "));
    let mut names = parts.filter_map(|part| part.strip_prefix("CN="));
    let name = names.next()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
    (name.contains('.') && name.chars().all(fits)).then_some(name.as_bytes())
}

/// The name without its final dot. `None`: none that a host can have, or an address.
fn host(name: &[u8]) -> Option<&[u8]> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    (!name.is_empty() && name.len() <= NAME_MAX && !is_address(name)).then_some(name)
}

fn is_address(name: &[u8]) -> bool {
    // An IPv4 address ends with a digit, one of IPv6 has a colon.
    (name.last().is_some_and(u8::is_ascii_digit) || name.contains(&b':'))
        && std::str::from_utf8(name).is_ok_and(|text| text.parse::<IpAddr>().is_ok())
}
