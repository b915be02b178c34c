//! Diagnoses and runs written by hand.

use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Mark;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Sides;
use crate::base::Timestamp;
use crate::compare::Limits;
use crate::compare::attributes::Attributes;
use crate::compare::attributes::Offers;
use crate::facts::ClientHelloFacts;
use crate::facts::ClientOffer;
use crate::facts::HandshakeFacts;
use crate::facts::ResetFacts;
use crate::facts::RunFacts;
use crate::facts::ServerHelloFacts;
use crate::facts::SourceFacts;
use crate::facts::WireText;
use crate::incident::Incidents;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use crate::pattern::Finding;
use crate::pattern::Outcome;
use crate::pattern::Value;
use crate::pattern::Verdict;
use crate::report::screen::ScreenOptions;
use std::net::IpAddr;
use std::sync::Arc;

/// 2026-11-21 11:02:07 at +08:00.
pub(super) const START: i64 = 1_795_230_127_000_000_000;

pub(super) fn end(ip: &str, port: u16) -> Endpoint {
    Endpoint {
        ip: ip.parse::<IpAddr>().unwrap(),
        port,
    }
}

pub(super) fn mark(number: u64, at: Timestamp) -> Mark {
    Mark {
        frame: FrameRef::new(0, number),
        at,
        order: 0,
    }
}

/// A completed handshake: the client's last octet, seconds after the start, name asked for, stream.
pub(super) fn flow(
    client: &str,
    server: Endpoint,
    second: u64,
    sni: Option<&[u8]>,
    stream: u32,
) -> Diagnosis {
    let at = Timestamp(START).plus(second * SECOND);
    let frame = u64::from(stream) * 10 + 1;
    let mut facts = HandshakeFacts::new(end(client, 50_000), server, mark(frame, at));
    facts.stream = stream;
    facts.tcp.syn = Some(mark(frame, at));
    facts.tcp.syn_ack = Some(mark(frame + 1, at));
    facts.tcp.syn_to_syn_ack = Some(28_000_000);
    facts.tcp.packets = Sides {
        client: 4,
        server: 5,
    };
    facts.tcp.ttl = Sides {
        client: [64].into(),
        server: [49].into(),
    };
    facts.client_hello = Some(ClientHelloFacts {
        frames: vec![FrameRef::new(0, frame + 3)],
        last: mark(frame + 3, at),
        length: 512,
        segments: 1,
        complete: true,
        readable: true,
        sni: sni.map(WireText::new),
        offer: Arc::new(ClientOffer {
            versions: vec![0x0304, 0x0303],
            cipher_suites: vec![0x1301, 0xc02f],
            groups: vec![29, 23],
            ..ClientOffer::default()
        }),
        ..ClientHelloFacts::default()
    });
    facts.server_hello = Some(ServerHelloFacts {
        mark: mark(frame + 5, at),
        version: 0x0304,
        ..ServerHelloFacts::default()
    });
    let verdict = Verdict {
        outcome: Outcome::Completed,
        reason: None,
        finding: None,
        awaiting: None,
        ended: None,
        unused: false,
    };
    Diagnosis::new(Box::new(facts), verdict)
}

/// Makes it fail with a pattern.
pub(super) fn failed(
    mut diagnosis: Diagnosis,
    pattern: &'static str,
    detail: Vec<(&'static str, Value)>,
) -> Diagnosis {
    diagnosis.facts.server_hello = None;
    diagnosis.verdict.outcome = Outcome::Failed;
    diagnosis.verdict.finding = Some(Finding {
        pattern,
        detail,
        evidence: Vec::new(),
    });
    let frame = diagnosis.facts.first.frame.number() + 5;
    let ended = mark(frame, diagnosis.facts.first.at);
    diagnosis.verdict.ended = Some(crate::pattern::Ended {
        how: "rst",
        from: Some(Side::Server),
        mark: Some(ended),
    });
    diagnosis
}

/// Makes it fail by a RST with this TTL, after so many nanoseconds.
pub(super) fn reset(diagnosis: Diagnosis, ttl: u8, delay: u64) -> Diagnosis {
    let detail = vec![
        ("from", Value::Word("server")),
        ("acknowledged", Value::Word("all")),
        ("count", Value::Number(1)),
        ("delay_ms", Value::Duration(delay)),
        ("server_bytes", Value::Number(0)),
    ];
    let mut diagnosis = failed(diagnosis, "reset-after-client-hello", detail);
    let first = diagnosis.facts.first;
    diagnosis.facts.tcp.resets.push(ResetFacts {
        mark: mark(first.frame.number() + 5, first.at),
        from: Side::Server,
        ttl,
        ip_id: Some(0),
        window: 0,
        seq: 1,
        ack: 513,
        ack_flag: true,
        timestamps: false,
        tsval: None,
        payload_length: 0,
        delay: Some(delay),
        data_after: false,
        ignored: false,
        ttl_as_others: Some(ttl == 49),
        contradicted: false,
        offset: 0,
        acknowledged: 512,
        payload_before: Sides::default(),
    });
    diagnosis
}

/// A run over one good file.
pub(super) fn run(name: &str, size: u64, packets: u64, seconds: u64) -> RunFacts {
    RunFacts {
        sources: vec![SourceFacts {
            name: name.to_owned(),
            size: Some(size),
            ..SourceFacts::default()
        }],
        packets,
        tcp_packets: packets,
        payload_bytes: 1_000_000,
        first: Some(Timestamp(START)),
        last: Some(Timestamp(START).plus(seconds * SECOND)),
        ..RunFacts::default()
    }
}

/// The report over these diagnoses.
pub(super) fn report(run: RunFacts, diagnoses: &[Diagnosis]) -> Report {
    report_within(run, diagnoses, &Limits::default())
}

pub(super) fn report_within(run: RunFacts, diagnoses: &[Diagnosis], limits: &Limits) -> Report {
    let mut incidents = Incidents::new(limits);
    let mut report = Report {
        run,
        ..Report::default()
    };
    let mut offers = Offers::default();
    for diagnosis in diagnoses {
        let attributes = Attributes::of(diagnosis, &mut offers);
        incidents.add(diagnosis, &attributes, || {
            format!("id{}", diagnosis.facts.stream)
        });
        *report
            .outcomes
            .entry(diagnosis.verdict.outcome.name())
            .or_default() += 1;
    }
    let known = crate::incident::Known {
        names: &crate::names::Names::default(),
        roots: &crate::certificate::Roots::default(),
        policies: &[],
    };
    let built = incidents.finish(&known, false);
    report.run.problems.extend(built.problems);
    report.incidents = built.incidents;
    report.alone = built.alone;
    report
}

/// 80 columns at +08:00, for the run's own file.
pub(super) fn options(report: &Report) -> ScreenOptions {
    ScreenOptions {
        width: 80,
        color: false,
        tz: jiff::tz::TimeZone::fixed(jiff::tz::offset(8)),
        incident: None,
        command_line_files: report
            .run
            .sources
            .iter()
            .map(|source| source.name.clone())
            .collect(),
    }
}

pub(super) fn screen(report: &Report) -> String {
    crate::report::screen::render(report, &options(report))
}
