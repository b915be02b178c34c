//! What a server has shown that it accepts: sums over its completed handshakes.

use crate::base::FrameRef;
use crate::base::Side;
use crate::facts::ClientHelloFacts;
use crate::facts::HandshakeFacts;
use crate::facts::PreludeFacts;
use crate::facts::What;
use crate::tables;
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// Distinct suites, groups and protocols kept of one server; more than that is no policy worth naming.
const MOST: usize = 32;
/// Certificates of one server that are looked into.
const LEAVES: usize = 8;

/// What completed handshakes of one server negotiated. Lists in order of first sight, each with one ServerHello.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    /// Suites chosen by the server.
    pub suites: Vec<(u16, FrameRef)>,
    /// Versions chosen.
    pub versions: Vec<(u16, FrameRef)>,
    /// Groups chosen.
    pub groups: Vec<(u16, FrameRef)>,
    /// Protocols chosen by ALPN, where in clear.
    pub alpn: Vec<(Box<[u8]>, FrameRef)>,
    /// Kinds of the server's certificates seen in clear (`RSA`, `ECDSA`, ...).
    pub keys: Vec<(Box<str>, FrameRef)>,
    /// The server's own certificates seen in clear, by [`Chain::leaf_id`](crate::facts::Chain::leaf_id).
    pub leaves: Vec<(u128, FrameRef)>,
    /// Longest ClientHello that it answered, in bytes, and its last frame.
    pub longest_hello: Option<(u32, FrameRef)>,
    /// A ClientHello of several segments that it answered.
    pub segmented: Option<FrameRef>,
    /// A ClientHello of one segment that it answered.
    pub unsegmented: Option<FrameRef>,
    /// A hello with a ticket or PSK, and one without, that it answered.
    pub resumed: Option<FrameRef>,
    /// A flow behind a PROXY header that completed.
    pub proxied: Option<FrameRef>,
    /// A flow without a PROXY header that completed.
    pub direct: Option<FrameRef>,
    /// A handshake that completed although the client's Certificate message was empty.
    pub without_client_certificate: Option<FrameRef>,
    /// What the last handshakes that were added had negotiated, by a hash: nearly all of a server do the same.
    noted: [u64; NOTED],
}

/// Hashes of what was noted that are kept.
const NOTED: usize = 4;

impl Accepted {
    /// Adds a completed handshake.
    pub(crate) fn add(&mut self, facts: &HandshakeFacts) {
        let mark = negotiated(facts);
        if !self.noted.contains(&mark) {
            self.note_negotiated(facts);
            self.noted.rotate_right(1);
            self.noted[0] = mark;
        }
        if let Some(hello) = facts.current_hello() {
            self.add_hello(hello);
        }
        let header = facts
            .prelude
            .as_ref()
            .is_some_and(PreludeFacts::has_proxy_header);
        let side = if header {
            &mut self.proxied
        } else {
            &mut self.direct
        };
        side.get_or_insert(facts.first.frame);
        if sent_empty_certificate(facts) {
            self.without_client_certificate
                .get_or_insert(facts.first.frame);
        }
    }

    fn note_negotiated(&mut self, facts: &HandshakeFacts) {
        if let Some(hello) = &facts.server_hello {
            let frame = hello.mark.frame;
            note(&mut self.suites, hello.cipher_suite, frame);
            note(&mut self.versions, hello.version, frame);
            if let Some(group) = hello.group {
                note(&mut self.groups, group, frame);
            }
            if let Some(alpn) = &hello.alpn {
                note_with(&mut self.alpn, alpn.bytes(), frame, || alpn.bytes().into());
            }
            if hello.resumed {
                self.resumed.get_or_insert(frame);
            }
        }
        self.note_leaf(facts);
    }

    /// Of a server with very many certificates only the first are looked into.
    fn note_leaf(&mut self, facts: &HandshakeFacts) {
        let Some(id) = facts.certificates.leaf_id() else {
            return;
        };
        let known = self.leaves.iter().any(|(known, _)| *known == id);
        if known || self.leaves.len() >= MOST {
            return;
        }
        let frame = facts.certificate_frames.first().copied();
        let frame = frame.unwrap_or_default();
        self.leaves.push((id, frame));
        let look = self.leaves.len() <= LEAVES;
        if !look {
            return;
        }
        let leaf = facts.certificates.first();
        if let Some(leaf) = leaf.filter(|leaf| !leaf.key.kind.is_empty()) {
            let kind = leaf.key.kind.as_str();
            note_with(&mut self.keys, kind, frame, || kind.into());
        }
    }

    /// The certificates with which handshakes completed, where none of them is this one and all are known.
    #[must_use]
    pub fn other_leaves(&self, own: u128) -> &[(u128, FrameRef)] {
        let all = self.leaves.len() < MOST;
        if all && self.leaves.iter().all(|(id, _)| *id != own) {
            &self.leaves
        } else {
            &[]
        }
    }

    fn add_hello(&mut self, hello: &ClientHelloFacts) {
        let frame = hello.last.frame;
        if self
            .longest_hello
            .is_none_or(|(length, _)| length < hello.length)
        {
            self.longest_hello = Some((hello.length, frame));
        }
        let side = if hello.segments > 1 {
            &mut self.segmented
        } else {
            &mut self.unsegmented
        };
        side.get_or_insert(frame);
    }

    /// Lowest and highest version chosen.
    #[must_use]
    pub fn version_range(&self) -> Option<(u16, u16)> {
        let versions = self.versions.iter().map(|(version, _)| *version);
        versions.clone().min().zip(versions.max())
    }

    /// How the certificates of this server authenticate: from suites of TLS 1.2 and below, and from keys seen in clear.
    #[must_use]
    pub fn authentication(&self) -> Vec<(&'static str, FrameRef)> {
        let suites = self.suites.iter().filter_map(|(suite, frame)| {
            let kind = tables::cipher_suite(*suite)?.authentication()?;
            Some((kind, *frame))
        });
        let keys = self
            .keys
            .iter()
            .filter_map(|(kind, frame)| match kind.as_ref() {
                "RSA" => Some(("RSA", *frame)),
                "ECDSA" => Some(("ECDSA", *frame)),
                _ => None,
            });
        let mut kinds: Vec<(&'static str, FrameRef)> = Vec::new();
        for (kind, frame) in suites.chain(keys) {
            if !kinds.iter().any(|(known, _)| *known == kind) {
                kinds.push((kind, frame));
            }
        }
        kinds
    }
}

/// All that [`Accepted::note_negotiated`] reads, as a hash; never 0.
fn negotiated(facts: &HandshakeFacts) -> u64 {
    let hello = facts.server_hello.as_ref().map(|hello| {
        let alpn = hello.alpn.as_ref().map(|alpn| alpn.bytes());
        let numbers = (hello.cipher_suite, hello.version, hello.group);
        (numbers, alpn, hello.resumed)
    });
    FixedState::with_seed(17).hash_one((hello, facts.certificates.leaf_id())) | 1
}

/// An empty Certificate of the client: in clear, or a first encrypted record of 25 bytes (TLS 1.3; 17 with CCM_8).
fn sent_empty_certificate(facts: &HandshakeFacts) -> bool {
    if let Some((_, count)) = facts.client_certificate {
        return count == 0;
    }
    let first = facts.timeline.iter().find_map(|event| match event.what {
        What::Encrypted { kind: 23, length } if event.from == Side::Client => Some(length),
        _ => None,
    });
    matches!(first, Some(25 | 17))
}

fn note<T: PartialEq>(list: &mut Vec<(T, FrameRef)>, value: T, frame: FrameRef) {
    if list.len() < MOST && !list.iter().any(|(known, _)| *known == value) {
        list.push((value, frame));
    }
}

fn note_with<K, Q>(
    list: &mut Vec<(K, FrameRef)>,
    query: &Q,
    frame: FrameRef,
    make: impl FnOnce() -> K,
) where
    K: AsRef<Q>,
    Q: PartialEq + ?Sized,
{
    if list.len() < MOST && !list.iter().any(|(known, _)| known.as_ref() == query) {
        list.push((make(), frame));
    }
}

#[cfg(test)]
mod tests {
    use super::Accepted;
    use super::MOST;
    use crate::facts::CertificateFacts;
    use crate::facts::sample::Flow;

    /// What a server accepted whose completed handshakes showed so many certificates, numbered from 1.
    fn accepted(certificates: usize) -> Accepted {
        let mut accepted = Accepted::default();
        for number in 1..=certificates {
            let mut facts = Flow::answered().finished().facts();
            facts.certificates = [CertificateFacts {
                sha256: format!("{number:032x}{}", "0".repeat(32)),
                ..CertificateFacts::default()
            }]
            .into();
            accepted.add(&facts);
        }
        accepted
    }

    #[test]
    fn a_certificate_with_which_handshakes_completed_is_no_other() {
        for count in [1, 8, 9, 20, MOST - 1] {
            let accepted = accepted(count);
            assert!(
                accepted
                    .other_leaves(u128::try_from(count).unwrap())
                    .is_empty()
            );
            assert_eq!(accepted.other_leaves(0).len(), count);
        }
    }

    #[test]
    fn where_not_all_certificates_are_known_none_is_called_another() {
        assert!(accepted(MOST + 1).other_leaves(0).is_empty());
        assert!(accepted(MOST).other_leaves(0).is_empty());
    }
}
