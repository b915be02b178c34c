//! Whether a flow is reported at all (definitions section 2.1).

use crate::base::Side;
use crate::facts::HandshakeFacts;
use crate::facts::Payload;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::facts::TlsMeant;

/// Whether a flow gets a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relevance {
    /// TLS was meant, by this sign.
    Report(TlsMeant),
    /// Only if its server is known to speak TLS.
    IfKnownServer,
    /// Another protocol, at ease; or nothing shows that TLS was meant.
    NotTls,
}

/// Whether TLS was meant on a flow. `named_port`: the port was given with `--port`.
#[must_use]
pub fn relevance(facts: &HandshakeFacts, named_port: bool) -> Relevance {
    if facts.tcp.mptcp_subflow && facts.meant != TlsMeant::Bytes {
        return Relevance::NotTls;
    }
    match facts.meant {
        TlsMeant::Prelude if talks_plainly_in_tunnel(facts) || leads_elsewhere(facts) => {
            return Relevance::NotTls;
        }
        TlsMeant::Bytes | TlsMeant::Prelude => return Relevance::Report(facts.meant),
        _ if named_port => return Relevance::Report(TlsMeant::PortOption),
        _ => {}
    }
    if !ended_without_exchange(facts) {
        return Relevance::NotTls;
    }
    if matches!(facts.server.port, 443 | 8443) {
        Relevance::Report(TlsMeant::WellKnownPort)
    } else {
        Relevance::IfKnownServer
    }
}

/// A tunnel may carry anything: that it was asked for says nothing where both sides then speak another protocol.
fn talks_plainly_in_tunnel(facts: &HandshakeFacts) -> bool {
    facts.first_payload_is_other(Side::Client) && facts.first_payload_is_other(Side::Server)
}

/// A tunnel was opened to a port that is not known for TLS, and no byte of TLS went through it.
fn leads_elsewhere(facts: &HandshakeFacts) -> bool {
    const FOR_TLS: [u16; 12] = [
        443, 465, 563, 636, 853, 989, 990, 993, 995, 5061, 6697, 8443,
    ];
    let Some(prelude) = &facts.prelude else {
        return false;
    };
    let tunnel = matches!(
        prelude.protocol,
        PreludeProtocol::HttpConnect | PreludeProtocol::Socks4 | PreludeProtocol::Socks5
    );
    let is_tls = |side: Side| {
        let first = facts.first_payload.of(side).as_ref();
        first.is_some_and(|first| first.payload.is_tls())
    };
    let target = prelude.target.as_ref().map(ToString::to_string);
    let port = target
        .as_deref()
        .and_then(|target| target.rsplit_once(':'))
        .and_then(|(_, port)| port.parse::<u16>().ok());
    tunnel
        && prelude.state == PreludeState::Accepted
        && !is_tls(Side::Client)
        && !is_tls(Side::Server)
        && port.is_some_and(|port| !FOR_TLS.contains(&port))
}

/// A port is a sign only for flows that end without a real exchange (definitions section 1).
fn ended_without_exchange(facts: &HandshakeFacts) -> bool {
    let tcp = &facts.tcp;
    if tcp.syn.is_none() || (facts.prelude.is_some() && facts.first_payload.client.is_none()) {
        return false;
    }
    if tcp.syn_ack.is_none() || (tcp.bytes.client == 0 && tcp.bytes.server == 0) {
        return true;
    }
    let client_other = facts.first_payload_is_other(Side::Client);
    match facts
        .first_payload
        .server
        .as_ref()
        .map(|first| &first.payload)
    {
        None => {
            tcp.bytes.server == 0
                && (facts.first_client_bytes_lost()
                    || tcp.fin(Side::Server).is_some()
                    || tcp.resets.iter().any(|reset| !reset.is_clients_own()))
        }
        Some(Payload::Other {
            protocol: "http",
            status: Some(400..=499),
            ..
        }) => !client_went_on(facts),
        // A banner: the server speaks another protocol first, and the client says nothing to it. What it says may be missing.
        Some(Payload::Other { .. }) => !client_other && !client_went_on(facts),
        Some(_) => true,
    }
}

/// Whether the client sent more after the server's first answer: two sides at ease (a 401 that the next request satisfies).
fn client_went_on(facts: &HandshakeFacts) -> bool {
    let answered = facts
        .first_payload
        .server
        .as_ref()
        .map(|first| first.mark.order);
    let last = facts.tcp.last_payload.client.map(|mark| mark.order);
    answered
        .zip(last)
        .is_some_and(|(answered, last)| last > answered)
}
