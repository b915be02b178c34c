//! The failed flows of one incident, added up as they come: no flow is kept.

use super::Example;
use super::key::Key;
use super::key::deciding_frame;
use super::key::duration_of;
use super::resets::Resets;
use super::spread::Spread;
use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::compare::attributes::Attributes;
use crate::compare::attributes::CODED;
use crate::compare::attributes::Sni;
use crate::compare::attributes::lowest_version;
use crate::compare::counts::Budget;
use crate::compare::counts::Counts;
use crate::facts::ClientHelloFacts;
use crate::facts::Ech;
use crate::facts::HandshakeFacts;
use crate::facts::Payload;
use crate::facts::PreludeFacts;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;
use crate::pattern::Diagnosis;
use crate::pattern::Evidence;
use crate::pattern::Value;
use crate::tables;
use crate::texts::text;
use std::net::IpAddr;

/// Flows named as examples.
const EXAMPLES: usize = 16;
/// Distinct texts (first lines of answers, ALPN lists) kept.
const TEXTS: usize = 8;

/// Whole flows kept of one incident.
const SPECIMENS: usize = 6;

/// Flows that share something, and frames of one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) flows: u64,
    pub(super) frames: Vec<FrameRef>,
}

impl Seen {
    fn add(&mut self, frames: impl IntoIterator<Item = FrameRef>) {
        self.flows += 1;
        if self.frames.is_empty() {
            self.frames = frames.into_iter().take(4).collect();
        }
    }
}

/// The flows of one incident.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) key: Key,
    /// Place among all groups, in order of first sight.
    pub(super) order: u64,
    pub(super) failed: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) sni: Counts<Box<[u8]>, u64>,
    pub(super) no_sni: Seen,
    pub(super) versions: Counts<u16, u64>,
    /// Lowest version listed by any hello that lists its versions.
    pub(super) lowest: Option<u16>,
    pub(super) clients: Counts<IpAddr, u64>,
    /// By [`CODED`].
    pub(super) coded: [Counts<u128, u64>; CODED.len()],
    pub(super) examples: Vec<Example>,
    /// A few whole flows, by which causes are judged: the first, and later ones as their number doubles.
    pub(super) specimens: Vec<Diagnosis>,
    /// Of the first flow.
    pub(super) evidence: Vec<Evidence>,
    pub(super) resets: Resets,
    /// First lines of what was not TLS (or of a refusal), with flows, and frames of the first.
    pub(super) texts: Vec<(Vec<u8>, u64)>,
    pub(super) text_frames: Vec<FrameRef>,
    /// ALPN lists offered.
    pub(super) alpn: Vec<(Vec<u8>, u64)>,
    /// `silence_ms` and `delay_ms`.
    pub(super) silence: Spread,
    pub(super) delay: Spread,
    /// The SNI is the outer name of an Encrypted ClientHello.
    pub(super) ech: Seen,
    /// The leaf certificate, seen in clear, had expired when it was sent.
    pub(super) expired: Seen,
    pub(super) expired_at: Option<Timestamp>,
    /// TLS_FALLBACK_SCSV in the hello.
    pub(super) fallback: Seen,
    /// Two segments or more.
    pub(super) segmented: Seen,
    /// A hole in the server's bytes.
    pub(super) hole: Seen,
    pub(super) hole_length: u64,
    /// An ICMP "packet too big" for this flow.
    pub(super) too_big: Seen,
    /// What came before TLS in the first flow, and the target named in it.
    pub(super) prelude: Option<(PreludeProtocol, Option<WireText>)>,
    /// Behind a PROXY header.
    pub(super) proxy_header: u64,
    /// A hello in each flow: its frames, for sentences about hellos.
    pub(super) hello: Seen,
}

impl Group {
    pub(super) fn new(key: Key, order: u64, first: Timestamp) -> Self {
        Self {
            key,
            order,
            failed: 0,
            first,
            last: first,
            sni: Counts::default(),
            no_sni: Seen::default(),
            versions: Counts::default(),
            lowest: None,
            clients: Counts::default(),
            coded: Default::default(),
            examples: Vec::new(),
            specimens: Vec::new(),
            evidence: Vec::new(),
            resets: Resets::default(),
            texts: Vec::new(),
            text_frames: Vec::new(),
            alpn: Vec::new(),
            silence: Spread::default(),
            delay: Spread::default(),
            ech: Seen::default(),
            expired: Seen::default(),
            expired_at: None,
            fallback: Seen::default(),
            segmented: Seen::default(),
            hole: Seen::default(),
            hole_length: 0,
            too_big: Seen::default(),
            prelude: None,
            proxy_header: 0,
            hello: Seen::default(),
        }
    }

    /// Adds one flow. `id` gives its record id, and is asked only where the flow becomes an example.
    pub(super) fn add(
        &mut self,
        diagnosis: &Diagnosis,
        attributes: &Attributes<'_>,
        id: impl FnOnce() -> String,
        hasher: &foldhash::fast::RandomState,
        budget: &mut Budget,
    ) {
        let facts = &diagnosis.facts;
        self.failed += 1;
        self.first = self.first.min(facts.first.at);
        self.last = self.last.max(facts.first.at);
        match attributes.sni {
            Sni::Name(name) => *self.sni.slot(name, hasher, budget, || name.into()) += 1,
            Sni::Absent => self.no_sni.add(hello_frames(facts)),
            Sni::Unseen => {}
        }
        if let Some(version) = attributes.version {
            *self.versions.slot(&version, hasher, budget, || version) += 1;
        }
        *self
            .clients
            .slot(&attributes.client, hasher, budget, || attributes.client) += 1;
        for (table, value) in self.coded.iter_mut().zip(attributes.coded) {
            if let Some(value) = value {
                *table.slot(&value, hasher, budget, || value) += 1;
            }
        }
        if self.examples.len() < EXAMPLES {
            let stream = facts.stream_exact.then_some(facts.stream);
            self.examples.push(Example {
                id: id(),
                stream,
                frame: deciding_frame(diagnosis),
            });
        }
        if self.failed == 1 {
            self.evidence = diagnosis
                .verdict
                .finding
                .iter()
                .flat_map(|finding| finding.evidence.clone())
                .take(4)
                .collect();
        }
        self.resets.add(facts);
        self.add_prelude(facts);
        self.add_hello(facts);
        self.add_transport(diagnosis);
        self.add_text(diagnosis);
        self.add_certificate(facts);
    }

    /// Whether the flow just added should be kept: the 1st, 2nd, 4th, 8th ..., so that they are spread over time.
    pub(super) fn wants_specimen(&self) -> bool {
        self.specimens.len() < SPECIMENS && self.failed.is_power_of_two()
    }

    /// What stood before TLS, also where no hello followed.
    fn add_prelude(&mut self, facts: &HandshakeFacts) {
        let prelude = facts.prelude.as_ref();
        if self.failed == 1 {
            // openssl sends no PROXY header, and speaks one prelude only: behind several there is no command to show.
            self.prelude = prelude.map(|prelude| match prelude.before.is_empty() {
                true => (prelude.protocol, prelude.target.clone()),
                false => (PreludeProtocol::Unknown, None),
            });
        }
        self.proxy_header += u64::from(prelude.is_some_and(PreludeFacts::has_proxy_header));
    }

    fn add_hello(&mut self, facts: &HandshakeFacts) {
        let Some(hello) = &facts.client_hello else {
            return;
        };
        self.hello.add(hello_frames(facts));
        let lowest = lowest_version(hello).into_iter().chain(self.lowest);
        self.lowest = lowest.min();
        if hello.ech == Ech::PublicName {
            self.ech.add(hello_frames(facts));
        }
        if hello.fallback_scsv {
            self.fallback.add(hello_frames(facts));
        }
        if hello.segments > 1 {
            self.segmented.add(hello_frames(facts));
        }
        let alpn = hello
            .alpn
            .iter()
            .map(|name| name.bytes())
            .collect::<Vec<_>>()
            .join(b", ".as_slice());
        count_text(&mut self.alpn, &alpn);
    }

    fn add_transport(&mut self, diagnosis: &Diagnosis) {
        if let Some(silence) = duration_of(diagnosis, "silence_ms") {
            self.silence.add(silence);
        }
        if let Some(delay) = duration_of(diagnosis, "delay_ms") {
            self.delay.add(delay);
        }
        let tcp = &diagnosis.facts.tcp;
        if let Some((_, length)) = tcp.hole.server {
            self.hole
                .add(tcp.last_payload.server.map(|mark| mark.frame));
            self.hole_length = self.hole_length.max(length);
        }
        if let Some(icmp) = tcp.icmp.iter().find(|icmp| icmp.is_too_big()) {
            self.too_big.add([icmp.mark.frame]);
        }
    }

    fn add_text(&mut self, diagnosis: &Diagnosis) {
        let facts = &diagnosis.facts;
        let detail = diagnosis
            .verdict
            .finding
            .iter()
            .flat_map(|finding| &finding.detail);
        let text = detail
            .filter(|(key, _)| *key == "text")
            .find_map(|(_, value)| match value {
                Value::Text(text) => Some(text),
                _ => None,
            });
        let Some(text) = text else { return };
        count_text(&mut self.texts, text.bytes());
        if self.text_frames.is_empty() {
            let refusal = facts.prelude.as_ref().and_then(|prelude| prelude.answered);
            let side = |payload: &Option<crate::facts::FirstPayload>| {
                payload
                    .as_ref()
                    .filter(|first| matches!(first.payload, Payload::Other { .. }))
                    .map(|first| first.mark)
            };
            let mark = match self.key.pattern {
                "tunnel-refused" => refusal,
                "non-tls-request" => side(&facts.first_payload.client),
                _ => side(&facts.first_payload.server),
            };
            self.text_frames.extend(mark.map(|mark| mark.frame));
        }
    }

    fn add_certificate(&mut self, facts: &HandshakeFacts) {
        let Some(leaf) = facts.certificates.first() else {
            return;
        };
        let Some(not_after) = leaf.not_after.filter(|end| *end < facts.first.at) else {
            return;
        };
        self.expired.add(facts.certificate_frames.iter().copied());
        self.expired_at = self.expired_at.max(Some(not_after));
    }

    /// Whether every flow's hello was read and none of them names a server.
    pub(super) fn all_without_sni(&self) -> bool {
        self.no_sni.flows > 0 && self.no_sni.flows == self.failed
    }

    /// Distinct clients; a lower bound where the table was full.
    pub(super) fn client_count(&self) -> u64 {
        distinct(&self.clients)
    }

    /// The highest version that any of its hellos offers.
    pub(super) fn highest_version(&self) -> Option<u16> {
        self.versions.iter().map(|(version, _)| *version).max()
    }

    /// What its hellos offer: `TLS 1.0 at most`, `TLS 1.3 only`, `TLS 1.2 to TLS 1.3`. `None` where they differ.
    pub(super) fn offered(&self) -> Option<String> {
        let high = self
            .highest_version()
            .filter(|_| self.versions.len() == 1)?;
        let name = tables::version_name;
        Some(match self.lowest {
            Some(low) if low == high => text!("offer.only", version = name(high)),
            Some(low) => text!("offer.range", low = name(low), high = name(high)),
            None => text!("offer.at-most", version = name(high)),
        })
    }
}

/// Distinct values; a lower bound where the table was full.
pub(super) fn distinct<K>(counts: &Counts<K, u64>) -> u64 {
    u64::try_from(counts.len())
        .unwrap_or(u64::MAX)
        .saturating_add(u64::from(counts.other > 0))
}

fn hello_frames(facts: &HandshakeFacts) -> Vec<FrameRef> {
    let frames = |hello: &ClientHelloFacts| hello.frames.iter().copied().take(4).collect();
    facts.client_hello.as_ref().map(frames).unwrap_or_default()
}

fn count_text(texts: &mut Vec<(Vec<u8>, u64)>, text: &[u8]) {
    if let Some((_, flows)) = texts.iter_mut().find(|(known, _)| known == text) {
        *flows += 1;
    } else if texts.len() < TEXTS {
        texts.push((text.to_vec(), 1));
    }
}
