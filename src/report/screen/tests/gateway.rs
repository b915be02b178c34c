//! A gateway where several things go wrong at once.

use super::sample::START;
use super::sample::end;
use super::sample::failed;
use super::sample::flow;
use super::sample::report;
use super::sample::run;
use crate::base::Timestamp;
use crate::facts::CertificateFacts;
use crate::facts::WireText;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use crate::pattern::Value;

/// Four incidents of different kinds, and seven failures that stand alone.
pub(super) fn gateway() -> Report {
    let mut flows: Vec<Diagnosis> = (0..204).map(old_client).collect();
    flows.extend((0..88).map(expired));
    flows.extend((0..200).map(|n| pay(n, n, 400)));
    flows.extend((0..61).map(unanswered));
    flows.extend((0..13).map(plain_http));
    flows.extend((0..7).map(refused));
    let mut run = run("gw.pcap", 2_100_000_000, 8_204_117, 3_660);
    run.missing_bytes = 3_009;
    let mut report = report(run, &flows);
    report
        .outcomes
        .extend([("unknown", 2), ("abandoned", 1_904), ("no-attempt", 30_112)]);
    report.reasons.insert("missing-bytes", 2);
    report
}

fn old_client(n: u32) -> Diagnosis {
    let client = format!("10.1.0.{}", n % 14 + 1);
    let mut one = flow(&client, end("203.0.113.9", 443), u64::from(n), None, n);
    one.facts.client_hello.as_mut().unwrap().versions = vec![0x0301];
    let detail = vec![("code", Value::Number(70)), ("level", Value::Word("fatal"))];
    failed(one, "alert-without-server-hello", detail)
}

fn pay(n: u32, second: u32, stream: u32) -> Diagnosis {
    let client = format!("10.2.0.{}", n % 40 + 1);
    flow(
        &client,
        end("203.0.113.10", 443),
        u64::from(second),
        Some(b"pay.example"),
        stream + n,
    )
}

fn expired(n: u32) -> Diagnosis {
    let detail = vec![
        ("code", Value::Number(45)),
        ("level", Value::Word("fatal")),
        ("encrypted", Value::Bool(false)),
    ];
    let mut one = failed(
        pay(n, 1_060 + n, 300),
        "client-alert-after-server-hello",
        detail,
    );
    if let Some(hello) = &mut one.facts.server_hello {
        hello.mark.at = one.facts.last.at;
    }
    one.facts.certificates = [CertificateFacts {
        subject: WireText::from("CN=pay.example"),
        issuer: WireText::from("CN=Example CA"),
        not_after: Some(Timestamp(START)),
        ..CertificateFacts::default()
    }]
    .into();
    one
}

fn unanswered(n: u32) -> Diagnosis {
    let mut one = flow(
        "10.3.0.1",
        end("203.0.113.11", 443),
        2 + u64::from(n),
        Some(b"big.example"),
        700 + n,
    );
    one.facts.client_hello.as_mut().unwrap().segments = 2;
    let detail = vec![
        ("silence_ms", Value::Duration(10_000_000_000)),
        ("given_up_by", Value::Word("client")),
        ("server_bytes", Value::Number(0)),
    ];
    failed(one, "no-answer-to-client-hello", detail)
}

fn plain_http(n: u32) -> Diagnosis {
    let client = format!("10.4.0.{}", n + 1);
    let mut one = flow(&client, end("203.0.113.12", 443), 1_871, None, 800 + n);
    one.facts.client_hello = None;
    let detail = vec![
        ("protocol", Value::Word("http")),
        ("text", Value::Text(WireText::from("GET / HTTP/1.1"))),
    ];
    failed(one, "non-tls-request", detail)
}

fn refused(n: u32) -> Diagnosis {
    let server = end("203.0.113.99", 1_000 + u16::try_from(n).unwrap());
    let one = flow("10.9.0.1", server, 5, Some(b"x.example"), 900 + n);
    failed(
        one,
        "syn-refused",
        vec![("by", Value::Word("rst")), ("icmp", Value::Null)],
    )
}
