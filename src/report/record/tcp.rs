//! TCP, certificates, alerts and the prelude as records.

use super::parts::EndRecord;
use super::parts::FrameRecord;
use super::parts::FramesRecord;
use super::parts::Hidden;
use super::parts::SideRecord;
use super::parts::SidesRecord;
use crate::base::Side;
use crate::base::millis;
use crate::facts::FinFacts;
use crate::facts::IcmpFacts;
use crate::facts::ResetFacts;
use crate::facts::TcpFacts;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The transport below a handshake.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TcpRecord {
    /// SYNs sent.
    pub syn: u32,
    /// SYN-ACKs sent.
    pub syn_ack: u32,
    /// Milliseconds from SYN to the client's first ACK. `null`: that ACK never came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_ms: Option<Option<f64>>,
    /// Maximum segment size announced.
    pub mss: MssRecord,
    /// FINs in order.
    pub fins: Vec<FinRecord>,
    /// RSTs in order.
    pub resets: Vec<ResetRecord>,
    /// ICMP errors that quote this flow.
    pub icmp: Vec<IcmpRecord>,
    /// Distinct TTLs or hop limits of the packets other than RSTs, 8 at most.
    pub ttl: SidesRecord<Vec<u8>>,
    /// Payload segments sent again.
    pub retransmissions: SidesRecord<u32>,
    /// Bytes that the peer acknowledged but that are not in the capture.
    pub missing_bytes: SidesRecord<u64>,
    /// Payload bytes sent, as far as seen.
    pub bytes: SidesRecord<u64>,
    /// Of these, bytes that the peer acknowledged.
    pub acknowledged: SidesRecord<u64>,
    /// Packets captured twice.
    pub copies: u32,
    /// The ends under which the same packets were also captured, where an address was translated on the way.
    pub also_seen_as: Option<SidesRecord<EndRecord>>,
}

/// Maximum segment sizes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MssRecord {
    /// The client's. `null`: its SYN has no such option.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<Option<u16>>,
    /// The server's. `null`: there was no SYN-ACK, or it has no such option.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<Option<u16>>,
}

impl TcpRecord {
    pub(super) fn new(tcp: &TcpFacts, hidden: &mut Hidden) -> Self {
        let (syn, syn_ack) = (tcp.syn.is_some(), tcp.syn_ack.is_some());
        let once = tcp.rtt.is_some() || tcp.established.is_none();
        let unseen = "the SYN is not in the capture";
        let answered = syn_ack || !tcp.acknowledges.client;
        let ambiguous = match (syn, answered) {
            (false, _) => unseen,
            (true, false) => "the SYN-ACK is not in the capture",
            (true, true) => "sent more than once: the round trip is ambiguous",
        };
        Self {
            syn: tcp.syn_transmissions,
            syn_ack: tcp.syn_ack_transmissions,
            rtt_ms: hidden.unless(
                syn && answered && once || tcp.rtt.is_some(),
                tcp.rtt.map(millis),
                "tcp.rtt_ms",
                ambiguous,
            ),
            mss: MssRecord {
                client: hidden.unless(
                    syn || tcp.mss.client.is_some(),
                    tcp.mss.client,
                    "tcp.mss.client",
                    unseen,
                ),
                server: hidden.unless(
                    syn || syn_ack || tcp.mss.server.is_some(),
                    tcp.mss.server,
                    "tcp.mss.server",
                    "the SYN-ACK is not in the capture",
                ),
            },
            fins: tcp.fins.iter().map(FinRecord::from).collect(),
            resets: tcp.resets.iter().map(ResetRecord::from).collect(),
            icmp: tcp.icmp.iter().map(IcmpRecord::from).collect(),
            ttl: SidesRecord {
                client: tcp.ttl.client.to_vec(),
                server: tcp.ttl.server.to_vec(),
            },
            retransmissions: SidesRecord::from(&tcp.retransmissions),
            missing_bytes: SidesRecord::from(&tcp.missing_bytes),
            bytes: SidesRecord::from(&tcp.bytes),
            acknowledged: SidesRecord::from(&tcp.acknowledged),
            copies: tcp.copies,
            also_seen_as: tcp.also_seen_as.map(|(client, server)| SidesRecord {
                client: client.into(),
                server: server.into(),
            }),
        }
    }
}

/// A FIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FinRecord {
    /// The frame that shows it.
    #[serde(flatten)]
    pub seen: FrameRecord,
    /// Who sent it.
    pub from: SideRecord,
}

impl From<&FinFacts> for FinRecord {
    fn from(fin: &FinFacts) -> Self {
        Self {
            seen: fin.mark.frame.into(),
            from: fin.from.into(),
        }
    }
}

/// A RST with its header values.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ResetRecord {
    /// The frame that shows it.
    #[serde(flatten)]
    pub seen: FrameRecord,
    /// The side whose address is in it.
    pub from: SideRecord,
    /// TTL or hop limit.
    pub ttl: u8,
    /// IP identification. `null`: IPv6.
    pub ip_id: Option<u16>,
    /// Window field, unscaled.
    pub window: u16,
    /// Sequence number relative to its side's first.
    pub seq: u32,
    /// Acknowledgment number relative to the other side's first. `null`: no ACK flag.
    pub ack: Option<u32>,
    /// Whether it has the ACK flag.
    pub ack_flag: bool,
    /// Whether it carries the timestamps option.
    pub timestamps: bool,
    /// Payload bytes on it.
    pub payload_length: u32,
    /// Milliseconds since the last payload of the other side. `null`: there was none.
    pub delay_ms: Option<f64>,
    /// Whether new payload of the same side arrived after it.
    pub data_after: bool,
    /// Whether the side it was sent to carried on.
    pub ignored: bool,
    /// Whether its TTL equals that of its side's other packets. `null`: there are none.
    pub ttl_as_others: Option<bool>,
    /// Whether a copy of it with other values exists.
    pub contradicted: bool,
}

impl From<&ResetFacts> for ResetRecord {
    fn from(reset: &ResetFacts) -> Self {
        Self {
            seen: reset.mark.frame.into(),
            from: reset.from.into(),
            ttl: reset.ttl,
            ip_id: reset.ip_id,
            window: reset.window,
            seq: reset.seq,
            ack: reset.ack_flag.then_some(reset.ack),
            ack_flag: reset.ack_flag,
            timestamps: reset.timestamps,
            payload_length: reset.payload_length,
            delay_ms: reset.delay.map(millis),
            data_after: reset.data_after,
            ignored: reset.ignored,
            ttl_as_others: reset.ttl_as_others,
            contradicted: reset.contradicted,
        }
    }
}

/// An ICMP error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IcmpRecord {
    /// The frame that shows it.
    #[serde(flatten)]
    pub seen: FrameRecord,
    /// ICMP or ICMPv6 type.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Next-hop MTU. `null`: not given.
    pub mtu: Option<u32>,
    /// Whether it is ICMPv6.
    pub v6: bool,
    /// Whose packet it quotes.
    pub about: SideRecord,
}

impl From<&IcmpFacts> for IcmpRecord {
    fn from(icmp: &IcmpFacts) -> Self {
        Self {
            seen: icmp.mark.frame.into(),
            kind: icmp.kind,
            code: icmp.code,
            mtu: icmp.mtu,
            v6: icmp.v6,
            about: icmp.about.into(),
        }
    }
}

/// What ended a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EndedRecord {
    /// `alert`, `rst`, `fin`, `icmp`, `silence`, `refusal`.
    pub how: &'static str,
    /// The side whose address is in the packet. `null`: silence.
    pub from: Option<SideRecord>,
    /// Index of the input. `null`: silence.
    pub source: Option<u16>,
    /// The frame. `null`: silence.
    pub frame: Option<u64>,
}

impl EndedRecord {
    pub(super) fn new(ended: crate::pattern::Ended) -> Self {
        let frame = ended.mark.map(|mark| mark.frame);
        Self {
            how: ended.how,
            from: ended.from.map(Side::into),
            source: frame.map(|frame| frame.source()),
            frame: frame.map(|frame| frame.number()),
        }
    }
}

/// Plaintext talk before TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreludeRecord {
    /// Frames where TLS was asked for and answered.
    #[serde(flatten)]
    pub seen: FramesRecord,
    /// Which one.
    pub protocol: &'static str,
    /// `asked`, `accepted`, `refused`.
    pub state: &'static str,
    /// The target named in it. `null`: none.
    pub target: Option<String>,
    /// Status of the answer. `null`: none.
    pub status: Option<u32>,
    /// First line of the answer.
    pub text: String,
    /// What else it tells, by name: the fields of a PROXY header of version 2 (`authority`, `alpn`, `tls_version`, ...).
    pub fields: BTreeMap<&'static str, String>,
    /// Those before it on the same connection, outermost first: a PROXY header, a proxy's tunnel.
    pub before: Vec<Self>,
}

impl From<&crate::facts::PreludeFacts> for PreludeRecord {
    fn from(prelude: &crate::facts::PreludeFacts) -> Self {
        let frames: Vec<_> = [Some(prelude.asked), prelude.answered]
            .into_iter()
            .flatten()
            .map(|mark| mark.frame)
            .collect();
        Self {
            seen: FramesRecord::from(&frames[..]),
            protocol: prelude.protocol.name(),
            state: match prelude.state {
                crate::facts::PreludeState::Asked => "asked",
                crate::facts::PreludeState::Accepted => "accepted",
                crate::facts::PreludeState::Refused => "refused",
            },
            target: prelude.target.as_ref().map(ToString::to_string),
            status: prelude.status,
            text: prelude.text.to_string(),
            fields: prelude
                .fields
                .iter()
                .map(|(name, value)| (*name, value.to_string()))
                .collect(),
            before: prelude.before.iter().map(Self::from).collect(),
        }
    }
}
