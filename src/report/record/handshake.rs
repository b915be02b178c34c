//! One handshake as a record.

use super::cause::CauseRecord;
use super::certificate;
use super::certificate::AlertRecord;
use super::certificate::CertificateRecord;
use super::certificate::ClientCertificateRecord;
use super::hello;
use super::hello::ClientHelloRecord;
use super::hello::HelloRetryRecord;
use super::hello::ServerHelloRecord;
use super::parts::EndRecord;
use super::parts::FrameRecord;
use super::parts::FramesRecord;
use super::parts::Hidden;
use super::parts::SentenceRecord;
use super::parts::SideRecord;
use super::tcp::EndedRecord;
use super::tcp::PreludeRecord;
use super::tcp::TcpRecord;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Timestamp;
use crate::facts::ClientBy;
use crate::facts::Event;
use crate::facts::HandshakeFacts;
use crate::facts::ServerName;
use crate::incident::Place;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use crate::pattern::Verdict;
use crate::report::escape::clean;
use crate::report::id;
use crate::report::time::rfc3339;
use crate::report::time::signed_millis;
use crate::report::value;
use crate::report::value::Detail;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What a flow that was let go before its end cannot tell whole.
const LET_GO: [&str; 7] = [
    "ended",
    "alerts",
    "tcp.fins",
    "tcp.resets",
    "tcp.ttl",
    "tcp.retransmissions",
    "timings_ms.total",
];

/// One handshake: what was on the wire, how it ended, and the pattern of a failed one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HandshakeRecord {
    /// Sixteen hex digits from its ends and first packet: equal in every run that sees it.
    pub id: String,
    /// The incident it belongs to. `null`: none, or not known yet.
    pub incident: Option<u32>,
    /// Number of the TCP conversation in order of first packet, from 0.
    pub stream: u32,
    /// Community ID, version 1, seed 0.
    pub community_id: String,
    /// Index of the input that holds its first packet.
    pub source: u16,
    /// What its packets were wrapped in, outermost first.
    pub encapsulation: Vec<String>,
    /// Time of its first packet.
    pub start: String,
    /// How long its stages took.
    pub timings_ms: TimingsRecord,
    /// The side that opened the connection.
    pub client: EndRecord,
    /// The side that was connected to.
    pub server: EndRecord,
    /// Names of the server that the rest of the capture gives, the worthiest first, at most 8.
    pub server_names: Vec<NameRecord>,
    /// `completed`, `failed`, `unknown`, `unfinished`, `abandoned`, `no-attempt`.
    pub outcome: &'static str,
    /// Why nothing can be told, for `unknown`.
    pub reason: Option<&'static str>,
    /// How it failed, for `failed`.
    pub pattern: Option<&'static str>,
    /// The values of the pattern, for `failed`.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub detail: Option<Detail>,
    /// What was waited for when it ended. `null`: nothing, it completed.
    pub awaiting: Option<&'static str>,
    /// What ended it. `null`: nothing.
    pub ended: Option<EndedRecord>,
    /// Whether it was compared with the other flows of the run before it was written.
    pub compared: bool,
    /// Completed, and the client left without sending data.
    pub unused: bool,
    /// Inferred causes, best first.
    pub causes: Vec<CauseRecord>,
    /// The (first) ClientHello. `null`: none was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_hello: Option<Option<ClientHelloRecord>>,
    /// HelloRetryRequest. `null`: none was sent.
    pub hello_retry: Option<HelloRetryRecord>,
    /// The ServerHello. `null`: none was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_hello: Option<Option<ServerHelloRecord>>,
    /// The server's chain as sent, leaf first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificates: Option<Vec<CertificateRecord>>,
    /// Client authentication.
    pub client_certificate: ClientCertificateRecord,
    /// Alerts in order.
    pub alerts: Vec<AlertRecord>,
    /// The transport below.
    pub tcp: TcpRecord,
    /// Plaintext talk before TLS. `null`: none.
    pub prelude: Option<PreludeRecord>,
    /// Fields that are left out or not whole because nobody could see them, and why.
    pub hidden: BTreeMap<String, String>,
    /// What happened, in order.
    pub timeline: Vec<EventRecord>,
    /// Wireshark's filter by stream number, only where that number is sure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wireshark: Option<String>,
    /// Wireshark's filter by addresses and ports.
    pub display_filter: String,
    /// Frames that decide the pattern, each with one sentence.
    pub evidence: Vec<SentenceRecord>,
    /// Whatever breaks a standard.
    pub anomalies: Vec<EventRecord>,
}

/// Its causes with their remedies, which may print a name of the server that was seen.
fn causes(diagnosis: &Diagnosis) -> Vec<CauseRecord> {
    let facts = &diagnosis.facts;
    let finding = diagnosis.verdict.finding.as_ref();
    let pattern = finding.map(|finding| finding.pattern);
    let place = Place {
        server: facts.server,
        name: facts.server_names.first().map(|known| &known.name),
        arrived: pattern != Some("client-hello-not-delivered"),
        direct: facts.prelude.is_none(),
    };
    let record = |claim| CauseRecord::new(claim, &place);
    diagnosis.causes.iter().map(record).collect()
}

/// Milliseconds; `null` where a stage was not reached.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TimingsRecord {
    /// From the first SYN to the client's ACK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<Option<f64>>,
    /// From the last byte of the ClientHello to what answers it: ServerHello, HelloRetryRequest, alert, or payload that is neither.
    pub hello_to_answer: Option<f64>,
    /// From the first SYN (or the ClientHello) to the end of the handshake.
    pub handshake: Option<f64>,
    /// From the first packet to the last.
    pub total: f64,
}

/// A name of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NameRecord {
    /// The name.
    pub name: String,
    /// Where it was read: `dns` (an answer gave the server's address for it), `sni` (another handshake with the same address and
    /// port asked for it), `certificate` (the address showed one with it), `nrb` (a Name Resolution Block of a pcapng gives it; the frame
    /// is the last one before that block, 0 for none).
    pub from: &'static str,
    /// `name`, `canonical` (behind the alias that a client asked for), `wildcard` (a pattern of names in a certificate).
    pub kind: &'static str,
    /// The frame that shows it.
    #[serde(flatten)]
    pub seen: FrameRecord,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct EventRecord {
    /// The frame that shows it.
    #[serde(flatten)]
    pub seen: FrameRecord,
    /// Milliseconds since the first packet of the flow. Left out for anomalies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<f64>,
    /// The side whose address is in the packet.
    pub from: SideRecord,
    /// What it was.
    pub what: String,
}

/// Names what a flow that was let go before its end cannot tell whole.
fn hide_what_came_later(hidden: &mut Hidden, let_go: bool) {
    for field in LET_GO.into_iter().filter(|_| let_go) {
        hidden.put(
            field,
            "let go before its end: nothing could change the verdict any more",
        );
    }
}

impl From<&Diagnosis> for HandshakeRecord {
    fn from(diagnosis: &Diagnosis) -> Self {
        let facts = &diagnosis.facts;
        let verdict = &diagnosis.verdict;
        let finding = verdict.finding.as_ref();
        let evidence = |evidence: &crate::pattern::Evidence| SentenceRecord {
            seen: FramesRecord::from(&evidence.frames[..]),
            text: clean(&evidence.text),
        };
        let mut hidden = Hidden::default();
        if facts.timeline_dropped > 0 {
            hidden.put(
                "timeline",
                format!("{} more events found no place", facts.timeline_dropped),
            );
        }
        hide_what_came_later(&mut hidden, facts.let_go);
        Self {
            id: id::handshake_id(facts),
            incident: diagnosis.incident,
            stream: facts.stream,
            community_id: id::community_id(facts.client, facts.server),
            source: facts.first.frame.source(),
            encapsulation: facts
                .encapsulation
                .iter()
                .map(|layer| clean(layer))
                .collect(),
            start: rfc3339(facts.first.at),
            timings_ms: TimingsRecord::new(facts, &mut hidden),
            client: facts.client.into(),
            server: facts.server.into(),
            server_names: facts.server_names.iter().map(NameRecord::from).collect(),
            outcome: verdict.outcome.name(),
            reason: verdict.reason,
            pattern: finding.map(|finding| finding.pattern),
            detail: finding.map(|finding| Detail(finding.detail.clone())),
            awaiting: verdict.awaiting,
            ended: verdict.ended.map(EndedRecord::new),
            compared: diagnosis.compared,
            unused: verdict.unused,
            causes: causes(diagnosis),
            client_hello: client_hello(facts, verdict, &mut hidden),
            hello_retry: facts
                .hello_retry
                .as_ref()
                .map(|retry| HelloRetryRecord::new(retry, facts, &mut hidden)),
            server_hello: server_hello(facts, verdict, &mut hidden),
            certificates: certificate::chain(facts, &mut hidden),
            client_certificate: ClientCertificateRecord::new(facts, &mut hidden),
            alerts: facts
                .alerts
                .iter()
                .enumerate()
                .map(|(index, alert)| AlertRecord::new(index, alert, &mut hidden))
                .collect(),
            tcp: TcpRecord::new(&facts.tcp, &mut hidden),
            prelude: facts.prelude.as_ref().map(PreludeRecord::from),
            timeline: facts
                .timeline
                .iter()
                .map(|event| EventRecord::new(event, facts))
                .collect(),
            wireshark: hidden.unless(
                facts.stream_exact,
                stream_filter(facts),
                "wireshark",
                "the stream number is Wireshark's only for one whole, unfiltered file",
            ),
            hidden: hidden.0,
            display_filter: display_filter(facts),
            evidence: finding
                .map(|finding| finding.evidence.iter().map(evidence).collect())
                .unwrap_or_default(),
            anomalies: facts.anomalies.iter().map(EventRecord::from).collect(),
        }
    }
}

impl TimingsRecord {
    fn new(facts: &HandshakeFacts, hidden: &mut Hidden) -> Self {
        // A clock that steps back takes no time back.
        let since = |from: Timestamp, to: Timestamp| signed_millis(from, to).max(0.0);
        let between = |from: Option<Mark>, to: Option<Mark>| Some(since(from?.at, to?.at));
        let hello = facts.client_hello.as_ref();
        let answer = answer(facts);
        let begin = facts.tcp.syn.or(hello.map(|hello| hello.first));
        let connect = between(facts.tcp.syn, facts.tcp.established);
        Self {
            connect: hidden.unless(
                facts.tcp.syn.is_some(),
                connect,
                "timings_ms.connect",
                "the SYN is not in the capture",
            ),
            hello_to_answer: between(hello.map(|hello| hello.last), answer),
            handshake: between(begin, facts.completed.map(|completion| completion.mark)),
            total: since(facts.first.at, facts.last.at),
        }
    }
}

/// The first thing that answers the first ClientHello: a message, an alert, or payload that is none.
fn answer(facts: &HandshakeFacts) -> Option<Mark> {
    let hello = facts.client_hello.as_ref()?;
    let message = facts
        .hello_retry
        .as_ref()
        .map(|retry| retry.mark)
        .or(facts.server_hello.as_ref().map(|hello| hello.mark));
    let alert = facts
        .alerts
        .iter()
        .find(|alert| alert.from == Side::Server)
        .map(|alert| alert.mark);
    let payload = facts
        .first_payload
        .server
        .as_ref()
        .map(|payload| payload.mark);
    let after = |mark: &Mark| mark.order > hello.last.order || mark.at >= hello.last.at;
    // The message comes first: a ServerHello over several segments answers with its last byte, not with its first payload.
    message.or_else(|| {
        [alert, payload]
            .into_iter()
            .flatten()
            .filter(after)
            .min_by_key(|mark| mark.order)
    })
}

/// The hello, `null` where none was sent, left out where nobody could see whether.
fn client_hello(
    facts: &HandshakeFacts,
    verdict: &Verdict,
    hidden: &mut Hidden,
) -> Option<Option<ClientHelloRecord>> {
    if let Some(hello) = &facts.client_hello {
        return Some(Some(ClientHelloRecord::new(
            hello,
            facts,
            "client_hello",
            hidden,
        )));
    }
    let reason = unseen(facts, verdict, Side::Client);
    hidden.unless(
        reason.is_none(),
        None,
        "client_hello",
        reason.unwrap_or_default(),
    )
}

/// The same for the ServerHello.
fn server_hello(
    facts: &HandshakeFacts,
    verdict: &Verdict,
    hidden: &mut Hidden,
) -> Option<Option<ServerHelloRecord>> {
    if let Some(hello) = &facts.server_hello {
        return Some(Some(ServerHelloRecord::new(hello, hidden)));
    }
    let reason = unseen(facts, verdict, Side::Server);
    hidden.unless(
        reason.is_none(),
        None,
        "server_hello",
        reason.unwrap_or_default(),
    )
}

/// Why a hello of `side` may have been sent and is not here, if so.
fn unseen(facts: &HandshakeFacts, verdict: &Verdict, side: Side) -> Option<&'static str> {
    if let Some(reason) = hello::missing(facts, side) {
        return Some(reason);
    }
    if verdict.outcome == Outcome::Unknown && *facts.tcp.packets.of(side) == 0 {
        return Some(match side {
            Side::Client => "no packet of the client is in the capture",
            Side::Server => "no packet of the server is in the capture",
        });
    }
    let middle = facts.client_by != ClientBy::Syn && facts.client_hello.is_none();
    middle.then_some("the flow began before the capture")
}

/// Wireshark's filter by stream number.
pub(crate) fn stream_filter(facts: &HandshakeFacts) -> String {
    format!("tcp.stream eq {}", facts.stream)
}

/// Wireshark's filter by addresses and ports.
pub(crate) fn display_filter(facts: &HandshakeFacts) -> String {
    let (client, server) = (facts.client, facts.server);
    let field = |ip: IpAddr| if ip.is_ipv4() { "ip.addr" } else { "ipv6.addr" };
    format!(
        "{}=={} && tcp.port=={} && {}=={} && tcp.port=={}",
        field(client.ip),
        client.ip,
        client.port,
        field(server.ip),
        server.ip,
        server.port
    )
}

impl From<&ServerName> for NameRecord {
    fn from(name: &ServerName) -> Self {
        Self {
            name: name.name.to_string(),
            from: name.from.name(),
            kind: name.kind.name(),
            seen: name.frame.into(),
        }
    }
}

impl EventRecord {
    fn new(event: &Event, facts: &HandshakeFacts) -> Self {
        Self {
            seen: event.mark.frame.into(),
            at_ms: Some(signed_millis(facts.first.at, event.mark.at)),
            from: event.from.into(),
            what: value::event(&event.what),
        }
    }
}

impl From<&crate::facts::Anomaly> for EventRecord {
    fn from(anomaly: &crate::facts::Anomaly) -> Self {
        Self {
            seen: anomaly.frame.into(),
            at_ms: None,
            from: anomaly.from.into(),
            what: anomaly.what.to_owned(),
        }
    }
}
