//! The table of patterns is total: whatever stage a handshake reached, whoever ended it, however and when, there is a verdict,
//! and a failed flow has a pattern. Flows are built from packets with real hello bytes.
//!
//! The whole table is written to `target/tmp/total.tsv`, for reading.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod kit;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use kit::hellos;
use kit::hellos::Handshake;
use kit::packet::FIN;
use kit::packet::RST;
use kit::packet::SYN;
use kit::run::analyse;
use kit::script::From;
use kit::script::From::Client;
use kit::script::From::Server;
use kit::script::Script;
use kit::write;
use tlscap::pattern::Outcome;

use How::AlertFatal;
use How::AlertWarning;
use How::CloseNotify;
use How::Fin;
use How::Plain;
use How::Rst;
use Stage::Completed;
use Stage::Connected;
use Stage::HalfHello;
use Stage::HelloAcked;
use Stage::HelloRetry;
use Stage::HelloUnacked;
use Stage::SecondHello;
use Stage::ServerHello;
use Stage::SynAck;
use Stage::SynOnly;
use Then::Nothing;
use Then::OtherFin;
use Then::OtherRst;
use Then::OwnFin;

/// How far the handshake came; the number is the TLS version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    SynOnly,
    SynAck,
    Connected,
    HalfHello,
    HelloUnacked,
    HelloAcked,
    HelloRetry,
    SecondHello,
    ServerHello(u8),
    Completed(u8),
}

/// What somebody did then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Fin,
    Rst,
    AlertFatal,
    AlertWarning,
    CloseNotify,
    Plain,
}

/// What came after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Nothing,
    OtherFin,
    OtherRst,
    OwnFin,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    stage: Stage,
    /// Nobody: silence.
    act: Option<(From, How)>,
    delay_ms: i64,
    then: Then,
    /// The capture goes on for another minute.
    goes_on: bool,
}

const STAGES: [Stage; 12] = [
    SynOnly,
    SynAck,
    Connected,
    HalfHello,
    HelloUnacked,
    HelloAcked,
    HelloRetry,
    SecondHello,
    ServerHello(12),
    ServerHello(13),
    Completed(12),
    Completed(13),
];

/// Rows for which the table is known to have a hole still.
const KNOWN: &[(Stage, Option<(From, How)>)] = &[
    // The SYN-ACK is not in the capture (or there was none): nothing says what a FIN or payload of the server then is.
    (SynOnly, Some((Server, Fin))),
    (SynOnly, Some((Server, AlertWarning))),
    (SynOnly, Some((Server, CloseNotify))),
];

/// All combinations.
fn rows() -> Vec<Row> {
    let hows = [Fin, Rst, AlertFatal, AlertWarning, CloseNotify, Plain];
    let acts: Vec<Option<(From, How)>> = [Client, Server]
        .into_iter()
        .flat_map(|from| hows.map(|how| Some((from, how))))
        .chain([None])
        .collect();
    let mut rows = Vec::new();
    for stage in STAGES {
        for act in &acts {
            for delay_ms in [1, 2_000, 20_000] {
                let thens: &[Then] = match act {
                    None => &[Nothing],
                    Some(_) => &[Nothing, OtherFin, OtherRst, OwnFin],
                };
                for then in thens {
                    for goes_on in [false, true] {
                        let (act, then) = (*act, *then);
                        rows.push(Row {
                            stage,
                            act,
                            delay_ms,
                            then,
                            goes_on,
                        });
                    }
                }
            }
        }
    }
    rows
}

/// What the flows are made of.
struct Bytes {
    tls12: Handshake,
    tls13: Handshake,
}

impl Bytes {
    fn new() -> Self {
        Self {
            tls12: hellos::handshake(0x0303),
            tls13: hellos::handshake(0x0304),
        }
    }
}

fn script(row: Row, bytes: &Bytes) -> Script {
    let mut script = Script::new();
    reach(row.stage, bytes, &mut script);
    script.wait(row.delay_ms * 1_000_000);
    if let Some((from, how)) = row.act {
        act(row.stage, from, how, &mut script);
        match row.then {
            Nothing => {}
            OtherFin => script.send(from.peer(), FIN, &[]),
            OtherRst => script.send(from.peer(), RST, &[]),
            OwnFin => script.send(from, FIN, &[]),
        }
    }
    if row.goes_on {
        script.wait(60_000_000_000);
        script.unrelated();
    } else if row.act.is_none() {
        script.unrelated();
    }
    script
}

/// Brings the flow to the stage.
fn reach(stage: Stage, bytes: &Bytes, script: &mut Script) {
    let tls = match stage {
        ServerHello(12) | Completed(12) => &bytes.tls12,
        _ => &bytes.tls13,
    };
    script.send(Client, SYN, &[]);
    if stage == SynOnly {
        return;
    }
    script.receive(Server);
    script.send(Server, SYN, &[]);
    if stage == SynAck {
        return;
    }
    script.acknowledge(Client);
    let hello = &tls.client_hello;
    match stage {
        Connected => return,
        HalfHello => return script.deliver(Client, &hello[..hello.len() / 2]),
        HelloUnacked => return script.send(Client, 0, hello),
        _ => script.deliver(Client, hello),
    }
    match stage {
        HelloAcked => return,
        HelloRetry | SecondHello => script.deliver(Server, &hellos::retry(&tls.server_flight)),
        _ => script.deliver(Server, &tls.server_flight),
    }
    if stage == SecondHello {
        script.deliver(Client, hello);
    }
    if let Completed(_) = stage {
        script.deliver(Client, &tls.client_flight);
        script.deliver(Server, &tls.server_finish);
    }
}

/// Does what somebody does then. Behind a completed handshake alerts are encrypted, and only their length shows.
fn act(stage: Stage, from: From, how: How, script: &mut Script) {
    let alert = |level, code| match stage {
        Completed(12) => [&[21, 3, 3, 0, 26][..], &[0x5a; 26]].concat(),
        Completed(_) => [&[23, 3, 3, 0, 19][..], &[0x5a; 19]].concat(),
        _ => vec![21, 3, 3, 0, 2, level, code],
    };
    match how {
        Fin => script.send(from, FIN, &[]),
        Rst => {
            // RFC 9293 section 3.10.7.1: a RST acknowledges the SYN that it refuses.
            if (stage, from) == (SynOnly, Server) {
                script.receive(Server);
            }
            script.send(from, RST, &[]);
        }
        AlertFatal => script.send(from, 0, &alert(2, 40)),
        AlertWarning => script.send(from, 0, &alert(1, 112)),
        CloseNotify => script.send(from, 0, &alert(1, 0)),
        Plain if from == Client => script.send(from, 0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Plain => script.send(from, 0, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    }
}

/// Outcome and pattern of a row, with a slash where there is a pattern; `-` where the flow is not reported.
fn verdict(row: Row, bytes: &Bytes) -> String {
    let capture = write::pcap(&script(row, bytes).packets);
    let (diagnoses, report) = analyse(&[&capture]).unwrap();
    assert_eq!(
        report.outcomes.values().sum::<u64>(),
        diagnoses.len() as u64,
        "{row:?}"
    );
    let [diagnosis] = diagnoses.as_slice() else {
        assert!(
            diagnoses.is_empty(),
            "{row:?} gives {} records",
            diagnoses.len()
        );
        return "-".to_owned();
    };
    let verdict = &diagnosis.verdict;
    let failed = verdict.outcome == Outcome::Failed;
    assert_eq!(verdict.finding.is_some(), failed, "{row:?}: {verdict:?}");
    assert_eq!(
        verdict.reason.is_some(),
        verdict.outcome == Outcome::Unknown,
        "{row:?}"
    );
    match &verdict.finding {
        Some(finding) => format!("{}/{}", verdict.outcome.name(), finding.pattern),
        None => match verdict.reason {
            Some(reason) => format!("{}/{reason}", verdict.outcome.name()),
            None => verdict.outcome.name().to_owned(),
        },
    }
}

#[test]
fn every_combination_has_a_verdict_and_every_failed_one_a_pattern() {
    let bytes = Bytes::new();
    let mut holes = String::new();
    let mut table = "stage\tact\tdelay_ms\tthen\tgoes_on\tverdict\n".to_owned();
    for row in rows() {
        let act = row.act.map_or("silence".to_owned(), |(from, how)| {
            format!("{from:?} {how:?}")
        });
        let Row {
            stage,
            delay_ms,
            then,
            goes_on,
            ..
        } = row;
        let verdict = verdict(row, &bytes);
        // Both directions are whole: there is always something to say (contract 2.2).
        if verdict.starts_with("unknown") && !KNOWN.contains(&(stage, row.act)) {
            writeln!(holes, "  {row:?}: {verdict}").unwrap();
        }
        writeln!(
            table,
            "{stage:?}\t{act}\t{delay_ms}\t{then:?}\t{goes_on}\t{verdict}"
        )
        .unwrap();
    }
    fs::write(
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("total.tsv"),
        table,
    )
    .unwrap();
    assert!(holes.is_empty(), "\n{holes}");
}

/// Rows whose verdict contract 2.2 and 2.3 give, worked out by hand: stage, act, delay, then, whether the capture goes on, verdict.
type Known = (Stage, Option<(From, How)>, i64, Then, bool, &'static str);

fn assert_rows(rows: &[Known]) {
    let bytes = Bytes::new();
    let mut wrong = String::new();
    for &(stage, act, delay_ms, then, goes_on, expected) in rows {
        let row = Row {
            stage,
            act,
            delay_ms,
            then,
            goes_on,
        };
        let found = verdict(row, &bytes);
        if found != expected {
            writeln!(wrong, "  {row:?}\n    is {found}, should be {expected}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn without_a_hello() {
    assert_rows(&[
        (SynOnly, None, 1, Nothing, true, "failed/syn-unanswered"),
        (SynOnly, None, 1, Nothing, false, "unfinished"),
        (
            SynOnly,
            Some((Server, Rst)),
            1,
            Nothing,
            false,
            "failed/syn-refused",
        ),
        (SynAck, Some((Client, Rst)), 1, Nothing, false, "no-attempt"),
        (SynAck, None, 1, Nothing, true, "no-attempt"),
        (
            Connected,
            Some((Client, Fin)),
            1,
            Nothing,
            false,
            "no-attempt",
        ),
        (
            Connected,
            Some((Server, Fin)),
            1,
            Nothing,
            false,
            "failed/closed-before-client-hello",
        ),
        (
            Connected,
            Some((Server, Rst)),
            2_000,
            Nothing,
            false,
            "failed/closed-before-client-hello",
        ),
        (
            Connected,
            Some((Server, Fin)),
            20_000,
            Nothing,
            false,
            "no-attempt",
        ),
        (Connected, None, 1, Nothing, true, "no-attempt"),
        (
            Connected,
            Some((Client, Plain)),
            1,
            OtherFin,
            false,
            "failed/non-tls-request",
        ),
    ]);
}

#[test]
fn with_part_of_a_hello() {
    let pattern = "failed/incomplete-client-hello";
    assert_rows(&[
        (HalfHello, None, 1, Nothing, false, "unfinished"),
        (HalfHello, None, 1, Nothing, true, pattern),
        (
            HalfHello,
            Some((Client, Fin)),
            1,
            Nothing,
            true,
            "abandoned",
        ),
        (
            HalfHello,
            Some((Client, Fin)),
            20_000,
            Nothing,
            true,
            pattern,
        ),
        (HalfHello, Some((Server, Fin)), 1, Nothing, false, pattern),
        (
            HalfHello,
            Some((Server, Rst)),
            20_000,
            Nothing,
            false,
            pattern,
        ),
        (
            HalfHello,
            Some((Server, AlertFatal)),
            1,
            Nothing,
            false,
            "failed/alert-without-server-hello",
        ),
    ]);
}

#[test]
fn with_a_hello_and_no_answer() {
    let no_answer = "failed/no-answer-to-client-hello";
    assert_rows(&[
        (
            HelloUnacked,
            None,
            1,
            Nothing,
            true,
            "failed/client-hello-not-delivered",
        ),
        (
            HelloUnacked,
            Some((Client, Fin)),
            2_000,
            Nothing,
            false,
            "failed/client-hello-not-delivered",
        ),
        (
            HelloUnacked,
            Some((Server, Rst)),
            1,
            Nothing,
            false,
            "failed/reset-after-client-hello",
        ),
        (HelloAcked, None, 1, Nothing, false, "unfinished"),
        (HelloAcked, None, 1, Nothing, true, no_answer),
        (HelloAcked, None, 20_000, Nothing, false, no_answer),
        (
            HelloAcked,
            Some((Client, Fin)),
            1,
            Nothing,
            true,
            "abandoned",
        ),
        (
            HelloAcked,
            Some((Client, Rst)),
            1,
            Nothing,
            true,
            "abandoned",
        ),
        (
            HelloAcked,
            Some((Client, Fin)),
            2_000,
            Nothing,
            false,
            no_answer,
        ),
        // close_notify of a client before a ServerHello is a FIN.
        (
            HelloAcked,
            Some((Client, CloseNotify)),
            1,
            OwnFin,
            false,
            "abandoned",
        ),
        (
            HelloRetry,
            Some((Client, Fin)),
            1,
            Nothing,
            false,
            no_answer,
        ),
        (HelloRetry, None, 1, Nothing, true, no_answer),
        (SecondHello, None, 1, Nothing, true, no_answer),
    ]);
}

#[test]
fn with_a_hello_refused() {
    let alert = "failed/alert-without-server-hello";
    assert_rows(&[
        (
            HelloAcked,
            Some((Server, Rst)),
            1,
            Nothing,
            false,
            "failed/reset-after-client-hello",
        ),
        (
            HelloAcked,
            Some((Server, Fin)),
            20_000,
            Nothing,
            false,
            "failed/close-after-client-hello",
        ),
        // A later RST changes nothing.
        (
            HelloAcked,
            Some((Server, Fin)),
            1,
            OtherRst,
            true,
            "failed/close-after-client-hello",
        ),
        (
            HelloAcked,
            Some((Server, AlertFatal)),
            1,
            OwnFin,
            true,
            alert,
        ),
        (
            HelloAcked,
            Some((Server, AlertWarning)),
            1,
            OtherFin,
            false,
            alert,
        ),
        (
            HelloAcked,
            Some((Server, CloseNotify)),
            1,
            OwnFin,
            false,
            alert,
        ),
    ]);
}

#[test]
fn with_a_hello_answered_by_something_else() {
    let alert = "failed/alert-without-server-hello";
    assert_rows(&[
        // A warning after which nobody closes is silence.
        (
            HelloAcked,
            Some((Server, AlertWarning)),
            1,
            Nothing,
            true,
            "failed/no-answer-to-client-hello",
        ),
        (
            HelloAcked,
            Some((Client, AlertFatal)),
            1,
            Nothing,
            true,
            "failed/client-alert-before-server-hello",
        ),
        (
            HelloAcked,
            Some((Server, Plain)),
            1,
            Nothing,
            true,
            "failed/non-tls-answer",
        ),
        (
            SecondHello,
            Some((Server, Rst)),
            1,
            Nothing,
            false,
            "failed/reset-after-client-hello",
        ),
        (
            SecondHello,
            Some((Server, Fin)),
            1,
            Nothing,
            false,
            "failed/close-after-client-hello",
        ),
        (
            SecondHello,
            Some((Server, AlertFatal)),
            1,
            OwnFin,
            false,
            alert,
        ),
    ]);
}

#[test]
fn behind_a_server_hello() {
    for version in [12, 13] {
        let stage = ServerHello(version);
        let close = "failed/close-after-server-hello";
        assert_rows(&[
            (
                stage,
                Some((Client, AlertFatal)),
                1,
                OtherFin,
                true,
                "failed/client-alert-after-server-hello",
            ),
            (
                stage,
                Some((Server, AlertFatal)),
                1,
                OtherFin,
                true,
                "failed/server-alert-after-server-hello",
            ),
            // The other side's earlier FIN or RST beats what comes later; an alert beats what comes later.
            (stage, Some((Server, Fin)), 1, OtherRst, true, close),
            (stage, Some((Client, Fin)), 1, Nothing, false, close),
            (
                stage,
                Some((Client, Rst)),
                1,
                Nothing,
                false,
                "failed/reset-after-server-hello",
            ),
            (
                stage,
                Some((Server, Rst)),
                1,
                Nothing,
                false,
                "failed/reset-after-server-hello",
            ),
            (
                stage,
                None,
                1,
                Nothing,
                true,
                "failed/stalled-after-server-hello",
            ),
            (stage, None, 1, Nothing, false, "unfinished"),
        ]);
    }
}

#[test]
fn behind_a_completed_handshake() {
    for version in [12, 13] {
        let stage = Completed(version);
        let after = "failed/failed-after-handshake";
        assert_rows(&[
            (stage, Some((Server, Fin)), 1, Nothing, false, after),
            (stage, Some((Server, Rst)), 1, OtherRst, true, after),
            (stage, Some((Server, AlertFatal)), 1, OwnFin, true, after),
            (
                stage,
                Some((Server, Fin)),
                20_000,
                Nothing,
                false,
                "completed",
            ),
            (stage, Some((Client, Fin)), 1, OtherFin, false, "completed"),
            (stage, Some((Client, Rst)), 1, Nothing, false, "completed"),
            (stage, None, 1, Nothing, true, "completed"),
        ]);
    }
}
