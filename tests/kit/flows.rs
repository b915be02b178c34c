//! Verdicts and facts as they can be compared: without frames, times, and counts of segments and retransmissions.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use tlscap::base::Mark;
use tlscap::base::Sides;

use tlscap::facts::ClientHelloFacts;
use tlscap::facts::HandshakeFacts;
use tlscap::facts::HelloRetryFacts;
use tlscap::facts::ServerHelloFacts;
use tlscap::pattern::Diagnosis;
use tlscap::pattern::Value;
use tlscap::pattern::Verdict;

/// What must stay, by the flow's ends (and its number among those with the same ends) and the name of the field.
pub(crate) type Flows = BTreeMap<String, BTreeMap<&'static str, String>>;

/// The comparable part of what a run gave.
pub(crate) fn flows(diagnoses: &[Diagnosis]) -> Flows {
    let mut order: Vec<&Diagnosis> = diagnoses.iter().collect();
    order.sort_by_key(|diagnosis| (diagnosis.facts.first.at, diagnosis.facts.stream));
    let mut flows = Flows::new();
    for diagnosis in order {
        let ends = format!("{} > {}", diagnosis.facts.client, diagnosis.facts.server);
        let name = (1..)
            .map(|number| format!("{ends} ({number})"))
            .find(|name| !flows.contains_key(name))
            .unwrap();
        let mut fields = BTreeMap::new();
        let whole = !let_go(&diagnosis.facts, &diagnosis.verdict);
        verdict(&diagnosis.verdict, whole, &mut fields);
        tls(&diagnosis.facts, whole, &mut fields);
        tcp(&diagnosis.facts, whole, &mut fields);
        flows.insert(name, fields);
    }
    flows
}

/// One line for each field that differs.
pub(crate) fn differences(before: &Flows, after: &Flows, but: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (Some(old), Some(new)) = (before.get(name), after.get(name)) else {
            let what = if after.contains_key(name) {
                "appears"
            } else {
                "is gone"
            };
            found.push(("flow".to_owned(), format!("{name} {what}")));
            continue;
        };
        for (field, value) in old {
            if value != &new[field] && !but.contains(field) {
                let (was, is) = around_difference(value, &new[field]);
                let line = format!("{name}: {field}\n      was {was}\n      is  {is}");
                found.push(((*field).to_owned(), line));
            }
        }
    }
    found
}

/// The two texts from a little before the first character that differs.
fn around_difference(was: &str, is: &str) -> (String, String) {
    let same = was
        .chars()
        .zip(is.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let cut = |text: &str| -> String {
        text.chars()
            .skip(same.saturating_sub(40))
            .take(160)
            .collect()
    };
    (cut(was), cut(is))
}

fn verdict(verdict: &Verdict, whole: bool, fields: &mut BTreeMap<&'static str, String>) {
    let finding = verdict.finding.as_ref();
    fields.insert("outcome", verdict.outcome.name().to_owned());
    fields.insert("reason", format!("{:?}", verdict.reason));
    fields.insert(
        "pattern",
        format!("{:?}", finding.map(|finding| finding.pattern)),
    );
    let detail = finding.map(|finding| {
        let lasting = finding.detail.iter().filter(|(key, value)| {
            !matches!(value, Value::Duration(_)) && !matches!(*key, "count" | "transmissions")
        });
        lasting.collect::<Vec<_>>()
    });
    fields.insert("detail", format!("{detail:?}"));
    fields.insert("awaiting", format!("{:?}", verdict.awaiting));
    let ended = verdict
        .ended
        .filter(|_| whole)
        .map(|ended| (ended.how, ended.from));
    fields.insert("ended", format!("{ended:?}"));
    fields.insert("unused", verdict.unused.to_string());
}

/// A flow that completed well is let go as soon as nothing more can change its verdict: what of its end was seen by then, and how
/// much was counted, says nothing.
fn let_go(facts: &HandshakeFacts, verdict: &Verdict) -> bool {
    facts.completed.is_some() && verdict.finding.is_none()
}

fn tls(facts: &HandshakeFacts, whole: bool, fields: &mut BTreeMap<&'static str, String>) {
    let mut say = |name: &'static str, value: String| fields.insert(name, value);
    say("client_by", format!("{:?}", facts.client_by));
    say("meant", format!("{:?}", facts.meant));
    let prelude = facts.prelude.as_ref().map(|prelude| {
        let (protocol, state, target) = (prelude.protocol, prelude.state, &prelude.target);
        let (status, text) = (prelude.status, &prelude.text);
        format!("{protocol:?} {state:?} {target:?} {status:?} {text}")
    });
    say("prelude", format!("{prelude:?}"));
    let first = &facts.first_payload;
    for (name, first) in [
        ("first_payload.client", &first.client),
        ("first_payload.server", &first.server),
    ] {
        say(
            name,
            format!("{:?}", first.as_ref().map(|first| &first.payload)),
        );
    }
    say(
        "client_hello",
        format!("{:?}", facts.client_hello.as_ref().map(client_hello)),
    );
    let retry = facts.hello_retry.as_ref().map(|retry| HelloRetryFacts {
        frames: Vec::new(),
        mark: Mark::default(),
        client_hello: retry.client_hello.as_ref().map(client_hello),
        ..retry.clone()
    });
    say("hello_retry", format!("{retry:?}"));
    let answer = facts.server_hello.as_ref().map(|hello| ServerHelloFacts {
        frames: Vec::new(),
        mark: Mark::default(),
        ..hello.clone()
    });
    say("server_hello", format!("{answer:?}"));
    say("certificates", format!("{:?}", facts.certificates));
    say(
        "certificate_request",
        facts.certificate_request.is_some().to_string(),
    );
    let sent = facts.client_certificate.map(|(_, count)| count);
    say("client_certificate", format!("{sent:?}"));
    protection(facts, whole, fields);
}

/// Alerts, ChangeCipherSpec, and what followed completion.
fn protection(facts: &HandshakeFacts, whole: bool, fields: &mut BTreeMap<&'static str, String>) {
    let mut say = |name: &'static str, value: String| fields.insert(name, value);
    let alerts: Vec<_> = facts
        .alerts
        .iter()
        .filter(|alert| whole || !alert.encrypted)
        .map(|alert| {
            (
                alert.from,
                alert.level,
                alert.code,
                alert.encrypted,
                alert.followed,
            )
        })
        .collect();
    say("alerts", format!("{alerts:?}"));
    say("change_cipher_spec", there(&facts.change_cipher_spec));
    say("completed", facts.completed.is_some().to_string());
    let after = (
        facts.after.server_data.is_some(),
        facts.after.client_data.is_some(),
    );
    let alert_length = there(&facts.after.alert_length);
    say(
        "after",
        format!("{after:?} {:?}", Some(alert_length).filter(|_| whole)),
    );
    let anomalies: BTreeSet<_> = facts
        .anomalies
        .iter()
        .map(|odd| (odd.from, odd.what))
        .collect();
    say("anomalies", format!("{anomalies:?}"));
    say("encapsulation", format!("{:?}", facts.encapsulation));
}

fn tcp(facts: &HandshakeFacts, whole: bool, fields: &mut BTreeMap<&'static str, String>) {
    let tcp = &facts.tcp;
    let mut say = |name: &'static str, value: String| fields.insert(name, value);
    let seen = (
        tcp.syn.is_some(),
        tcp.syn_ack.is_some(),
        tcp.established.is_some(),
    );
    say("tcp.handshake", format!("{seen:?}"));
    say("tcp.mss", format!("{:?}", tcp.mss));
    say("tcp.acknowledges", format!("{:?}", tcp.acknowledges));
    say("tcp.bytes", format!("{:?}", whole.then_some(tcp.bytes)));
    say(
        "tcp.in_order",
        format!("{:?}", whole.then_some(tcp.in_order)),
    );
    say(
        "tcp.acknowledged",
        format!("{:?}", whole.then_some(tcp.acknowledged)),
    );
    say("tcp.missing_bytes", format!("{:?}", tcp.missing_bytes));
    say("tcp.hole", format!("{:?}", whole.then_some(tcp.hole)));
    let fins: Vec<_> = tcp
        .fins
        .iter()
        .filter(|_| whole)
        .map(|fin| (fin.from, fin.offset))
        .collect();
    say("tcp.fins", format!("{fins:?}"));
    // Equal RSTs cannot be told from copies, and which of a volley came first is a matter of frames.
    let resets: BTreeSet<String> = tcp
        .resets
        .iter()
        .filter(|_| whole)
        .map(|reset| {
            let from = (
                reset.from,
                reset.ttl,
                reset.ttl_as_others,
                reset.contradicted,
            );
            let place = (reset.seq, reset.ack, reset.ack_flag, reset.offset);
            format!("{from:?} {place:?} {} {}", reset.data_after, reset.ignored)
        })
        .collect();
    say("tcp.resets", format!("{resets:?}"));
    let icmp: Vec<_> = tcp
        .icmp
        .iter()
        .map(|icmp| (icmp.kind, icmp.code, icmp.v6, icmp.mtu, icmp.about))
        .collect();
    say("tcp.icmp", format!("{icmp:?}"));
    let ttl: [BTreeSet<&u8>; 2] =
        [&tcp.ttl.client, &tcp.ttl.server].map(|ttl| ttl.iter().collect());
    say("tcp.ttl", format!("{ttl:?}"));
    let lost = |sent: Option<tlscap::facts::Unacknowledged>| sent.map(|sent| sent.offset);
    let lost = (
        lost(tcp.unacknowledged.client),
        lost(tcp.unacknowledged.server),
    );
    say("tcp.unacknowledged", format!("{:?}", whole.then_some(lost)));
    let gaps: Vec<_> = facts
        .gaps
        .iter()
        .map(|gap| (gap.from, gap.offset, gap.length, gap.reason))
        .collect();
    say("gaps", format!("{gaps:?}"));
}

/// All that the hello said.
fn client_hello(hello: &ClientHelloFacts) -> ClientHelloFacts {
    ClientHelloFacts {
        frames: Vec::new(),
        first: Mark::default(),
        last: Mark::default(),
        segments: 0,
        ..hello.clone()
    }
}

fn there(marks: &Sides<Option<Mark>>) -> String {
    format!(
        "client {}, server {}",
        marks.client.is_some(),
        marks.server.is_some()
    )
}
