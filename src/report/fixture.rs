//! Diagnoses written by hand, for the tests of this folder.

use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Sides;
use crate::base::Timestamp;
use crate::compare::Strength;
use crate::facts::AlertFacts;
use crate::facts::CaptureProblem;
use crate::facts::CertificateFacts;
use crate::facts::ClientBy;
use crate::facts::ClientHelloFacts;
use crate::facts::ClientOffer;
use crate::facts::Event;
use crate::facts::HandshakeFacts;
use crate::facts::PreludeFacts;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::facts::ResetFacts;
use crate::facts::RunFacts;
use crate::facts::ServerHelloFacts;
use crate::facts::SourceFacts;
use crate::facts::What;
use crate::facts::WireText;
use crate::incident::Act;
use crate::incident::ContrastRow;
use crate::incident::Example;
use crate::incident::Incident;
use crate::incident::Proof;
use crate::incident::Report;
use crate::incident::Sentence;
use crate::incident::Top;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::pattern::Diagnosis;
use crate::pattern::Ended;
use crate::pattern::Evidence;
use crate::pattern::Finding;
use crate::pattern::Outcome;
use crate::pattern::Value;
use crate::pattern::Verdict;
use std::collections::BTreeMap;
use std::sync::Arc;

/// 2026-11-21T03:10:51.123456789Z.
const START: i64 = 1_795_230_651_123_456_789;

/// A mark of frame `number`, `micros` after the start.
pub(crate) fn mark(number: u64, micros: i64) -> Mark {
    let order = u32::try_from(number).unwrap();
    Mark {
        frame: FrameRef::new(0, number),
        at: Timestamp(START + micros * 1000),
        order,
    }
}

fn end(ip: &str, port: u16) -> Endpoint {
    Endpoint {
        ip: ip.parse().unwrap(),
        port,
    }
}

fn event(number: u64, micros: i64, from: Side, what: What) -> Event {
    Event {
        mark: mark(number, micros),
        from,
        what,
    }
}

/// A ClientHello of frame 4, as a browser would send it.
pub(crate) fn client_hello() -> ClientHelloFacts {
    ClientHelloFacts {
        frames: vec![mark(4, 2000).frame],
        first: mark(4, 2000),
        last: mark(4, 2000),
        length: 289,
        have: 289,
        segments: 1,
        offset: (0, 294),
        complete: true,
        readable: true,
        record_version: 0x0301,
        sni: Some(WireText::from("api.shop.example")),
        offer: Arc::new(ClientOffer {
            legacy_version: 0x0303,
            versions: vec![0x1a1a, 0x0304, 0x0303],
            cipher_suites: vec![0x0a0a, 0x1301, 0xc02f, 0x1a2b],
            groups: vec![0x2a2a, 0x001d],
            key_shares: vec![0x001d],
            signature_algorithms: vec![0x0804],
            alpn: vec![WireText::from("h2")],
            extensions: vec![0x3a3a, 0, 10, 13, 16, 43, 51],
            session_id_length: 32,
            ..ClientOffer::default()
        }),
        ..ClientHelloFacts::default()
    }
}

/// A RST 3.1 ms after the hello whose TTL is not that of the server's other packets.
fn reset() -> ResetFacts {
    ResetFacts {
        mark: mark(5, 5100),
        from: Side::Server,
        ttl: 118,
        ip_id: Some(0),
        window: 0,
        seq: 1,
        ack: 295,
        ack_flag: true,
        timestamps: false,
        tsval: None,
        offset: 0,
        acknowledged: 0,
        payload_before: Sides::default(),
        payload_length: 0,
        delay: Some(3_100_000),
        data_after: false,
        ignored: false,
        ttl_as_others: Some(false),
        contradicted: false,
    }
}

/// SYN, SYN-ACK, ACK, ClientHello, and a RST that is not like the server's other packets.
pub(crate) fn reset_hello() -> Diagnosis {
    let mut facts = HandshakeFacts::new(
        end("192.0.2.7", 51514),
        end("198.51.100.4", 443),
        mark(1, 0),
    );
    facts.stream = 3;
    facts.client_by = ClientBy::Syn;
    facts.last = mark(5, 5100);
    facts.client_hello = Some(client_hello());
    let tcp = &mut facts.tcp;
    (tcp.syn, tcp.syn_ack, tcp.established) =
        (Some(mark(1, 0)), Some(mark(2, 1800)), Some(mark(3, 1900)));
    (tcp.syn_transmissions, tcp.syn_ack_transmissions) = (1, 1);
    tcp.rtt = Some(1_900_000);
    (tcp.mss.client, tcp.mss.server) = (Some(1460), Some(1400));
    (tcp.packets.client, tcp.packets.server) = (3, 1);
    (tcp.ttl.client, tcp.ttl.server) = ([64].into(), [49].into());
    tcp.bytes.client = 294;
    tcp.resets = vec![reset()];
    facts.timeline = vec![
        event(1, 0, Side::Client, What::Syn { again: false }),
        event(2, 1800, Side::Server, What::SynAck { again: false }),
        event(3, 1900, Side::Client, What::Established),
        event(
            4,
            2000,
            Side::Client,
            What::Handshake {
                kind: 1,
                length: 289,
            },
        ),
        event(5, 5100, Side::Server, What::Rst { ignored: false }),
    ];
    let detail = vec![
        ("from", Value::Word("server")),
        ("acknowledged", Value::Word("none")),
        ("count", Value::Number(1)),
        ("delay_ms", Value::Duration(3_100_000)),
    ];
    let evidence = vec![Evidence {
        frames: vec![mark(5, 0).frame],
        text: "RST 3.1 ms after the ClientHello".to_owned(),
    }];
    let verdict = Verdict {
        outcome: Outcome::Failed,
        reason: None,
        finding: Some(Finding {
            pattern: "reset-after-client-hello",
            detail,
            evidence,
        }),
        awaiting: Some("ServerHello"),
        ended: Some(Ended {
            how: "rst",
            from: Some(Side::Server),
            mark: Some(mark(5, 5100)),
        }),
        unused: false,
    };
    Diagnosis {
        facts: Box::new(facts),
        verdict,
        incident: Some(1),
        compared: true,
        causes: Vec::new(),
    }
}

/// The same flow with every text that can come from the wire set to `bytes`, and every part of a record present.
pub(crate) fn with_text(bytes: &[u8]) -> Diagnosis {
    let text = WireText::new(bytes);
    let mut diagnosis = reset_hello();
    let facts = &mut diagnosis.facts;
    facts.client_hello.as_mut().unwrap().sni = Some(text.clone());
    facts.client_hello.as_mut().unwrap().alpn = vec![text.clone(), text.clone()];
    facts.server_hello = Some(ServerHelloFacts {
        frames: vec![mark(6, 0).frame],
        version: 0x0303,
        cipher_suite: 0xc02f,
        group: Some(29),
        alpn: Some(text.clone()),
        ..ServerHelloFacts::default()
    });
    facts.certificates = [CertificateFacts {
        subject: text.clone(),
        issuer: text.clone(),
        san_dns: vec![text.clone()],
        san_ip: vec![text.clone()],
        not_before: Some(Timestamp(0)),
        ..CertificateFacts::default()
    }]
    .into();
    facts.alerts = vec![
        AlertFacts {
            mark: mark(7, 1),
            from: Side::Server,
            level: Some(2),
            code: Some(40),
            encrypted: false,
            record_length: 2,
            end: 7,
            followed: false,
        },
        AlertFacts {
            mark: mark(8, 1),
            from: Side::Client,
            level: None,
            code: None,
            encrypted: true,
            record_length: 26,
            end: 7,
            followed: false,
        },
    ];
    facts.prelude = Some(PreludeFacts {
        state: PreludeState::Refused,
        answered: Some(mark(5, 0)),
        target: Some(text.clone()),
        status: Some(403),
        text: text.clone(),
        fields: vec![("authority", text.clone())],
        before: vec![PreludeFacts::asked(PreludeProtocol::ProxyV2, mark(3, 0))],
        ..PreludeFacts::asked(PreludeProtocol::HttpConnect, mark(4, 0))
    });
    diagnosis
        .verdict
        .finding
        .as_mut()
        .unwrap()
        .detail
        .push(("text", Value::Text(text)));
    diagnosis
}

/// A report of one incident whose texts hold `bytes`.
pub(crate) fn report(bytes: &[u8]) -> Report {
    let text = WireText::new(bytes);
    let raw = String::from_utf8_lossy(bytes).into_owned();
    let top = Top {
        count: 1,
        top: vec![(Some(text.clone()), 176), (None, 1)],
    };
    let row = ContrastRow {
        attribute: "sni",
        value: Some(text),
        others: 1,
        failed: 176,
        completed: 4,
        failed_otherwise: 0,
        completed_otherwise: 512,
        p_value: Some(1e-40),
        strength: Some(Strength::Associated),
    };
    let sentence = Sentence {
        text: raw.clone(),
        frames: vec![mark(5, 0).frame],
    };
    let incident = Incident {
        id: 1,
        title: raw.clone(),
        pattern: "reset-after-client-hello",
        causes: vec![Claim::new(
            "no-shared-version",
            Confidence::Certain,
            Vec::new(),
        )],
        server: end("198.51.100.4", 443),
        name: None,
        direct: true,
        detail: vec![("from", Value::Word("server"))],
        failed: 176,
        attempts: 692,
        clients: top.clone(),
        snis: top,
        first: mark(1, 0).at,
        last: mark(5, 0).at,
        over: false,
        contrast: vec![row],
        change: None,
        alike: vec!["version"],
        examples: vec![Example {
            id: "0123456789abcdef".to_owned(),
            stream: Some(3),
            frame: mark(5, 0).frame,
        }],
        why: vec![sentence],
        logs: vec![raw.clone()],
        not: vec![raw.clone()],
        act: vec![Act {
            who: "server",
            product: Some("nginx"),
            text: raw.clone(),
            config: vec![raw.clone()],
        }],
        settle: vec![raw.clone()],
        prove: vec![Proof {
            text: raw.clone(),
            command: raw.clone(),
        }],
        policies: vec![raw.clone()],
    };
    Report {
        run: run(&raw),
        outcomes: BTreeMap::from([("failed", 176), ("completed", 516)]),
        patterns: BTreeMap::from([("reset-after-client-hello", 176)]),
        incidents: vec![incident],
        ..Report::default()
    }
}

/// A run over one file of that name.
pub(crate) fn run(name: &str) -> RunFacts {
    let problem = CaptureProblem {
        code: "cut-by-snap-length",
        packets: 12,
        frames: vec![mark(9, 0).frame],
        text: name.to_owned(),
        advice: name.to_owned(),
    };
    RunFacts {
        sources: vec![SourceFacts {
            name: name.to_owned(),
            format: "pcapng".to_owned(),
            link_types: vec![1],
            snap_length: 262_144,
            ..SourceFacts::default()
        }],
        packets: 41_207,
        first: Some(mark(1, 0).at),
        skipped: BTreeMap::from([(name.to_owned(), 3)]),
        problems: vec![problem],
        ..RunFacts::default()
    }
}

/// Whether `text` holds nothing that could move a cursor, hide text or turn its direction; line ends are allowed.
pub(crate) fn is_harmless(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || !(c.is_control() || matches!(u32::from(c), 0xad | 0x61c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe0000..=0xe0fff)))
}

/// Texts as an attacker would choose them, and some thousand seeded random ones.
pub(crate) fn hostile_texts(count: usize) -> impl Iterator<Item = Vec<u8>> {
    let chosen = [
        "\x1b[2J\x1b]0;x\x07",
        "\u{202e}gpj.exe",
        "a\nb\r\tc",
        "\\x1b",
        "\u{9b}31m",
        "\u{200b}\u{2028}",
        "\"}],{",
        "",
        " ",
        "例え\u{e0041}",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let random = (0..count).map(move |_| {
        let length = next() % 40;
        (0..length)
            .flat_map(|_| {
                if next() % 3 == 0 {
                    char::from_u32(u32::try_from(next() % 0x3000).unwrap())
                        .unwrap_or('x')
                        .to_string()
                        .into_bytes()
                } else {
                    vec![next() as u8]
                }
            })
            .collect()
    });
    chosen
        .into_iter()
        .map(|text| text.as_bytes().to_vec())
        .chain(random)
}
