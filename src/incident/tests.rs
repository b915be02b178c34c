//! The tally's bounds and the incidents' grouping, over diagnoses written by hand.

mod attributes;

use super::Built;
use super::Incidents;
use super::Known;
use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Mark;
use crate::base::SECOND;
use crate::base::Timestamp;
use crate::certificate::Roots;
use crate::compare::Limits;
use crate::compare::attributes::Attributes;
use crate::compare::attributes::Offers;
use crate::facts::ClientHelloFacts;
use crate::facts::ClientOffer;
use crate::facts::HandshakeFacts;
use crate::facts::WireText;
use crate::names::Names;
use crate::pattern::Diagnosis;
use crate::pattern::Finding;
use crate::pattern::Outcome;
use crate::pattern::Value;
use crate::pattern::Verdict;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::sync::Arc;

fn ip(n: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(n))
}

fn flow(client: u32, server: u32, second: u64, sni: &str) -> Diagnosis {
    let at = Timestamp(0).plus(second * SECOND);
    let mark = Mark {
        frame: FrameRef::new(0, second + 1),
        at,
        order: 0,
    };
    let client = Endpoint {
        ip: ip(client),
        port: 50_000,
    };
    let mut facts = HandshakeFacts::new(
        client,
        Endpoint {
            ip: ip(server),
            port: 443,
        },
        mark,
    );
    facts.client_hello = Some(ClientHelloFacts {
        readable: true,
        complete: true,
        sni: Some(WireText::from(sni)),
        offer: Arc::new(ClientOffer {
            versions: vec![0x0303],
            ..ClientOffer::default()
        }),
        ..ClientHelloFacts::default()
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

fn refused(mut diagnosis: Diagnosis, code: i64, milliseconds: u64) -> Diagnosis {
    let detail = vec![
        ("code", Value::Number(code)),
        ("delay_ms", Value::Duration(milliseconds)),
        ("count", Value::Number(3)),
    ];
    diagnosis.verdict.outcome = Outcome::Failed;
    diagnosis.verdict.finding = Some(Finding {
        pattern: "alert-without-server-hello",
        detail,
        evidence: Vec::new(),
    });
    diagnosis
}

fn build(flows: &[Diagnosis], limits: &Limits) -> Built {
    let mut incidents = Incidents::new(limits);
    let mut offers = Offers::default();
    for flow in flows {
        let attributes = Attributes::of(flow, &mut offers);
        incidents.add(flow, &attributes, String::new);
    }
    let known = Known {
        names: &Names::default(),
        roots: &Roots::default(),
        policies: &[],
    };
    incidents.finish(&known, true)
}

#[test]
fn durations_and_counts_do_not_part_what_belongs_together_and_codes_do() {
    let mut flows = vec![
        refused(flow(1, 9, 5, "a"), 40, 7),
        refused(flow(1, 9, 6, "a"), 40, 8),
        refused(flow(1, 9, 1, "a"), 80, 7),
        refused(flow(1, 8, 3, "a"), 40, 7),
    ];
    let built = build(&flows, &Limits::default());
    let sizes: Vec<u64> = built
        .incidents
        .iter()
        .map(|incident| incident.failed)
        .collect();
    assert_eq!(sizes, [2, 1, 1]);
    assert!(
        built.incidents[1].first < built.incidents[2].first,
        "of equal size the earliest first"
    );
    built.assign(&mut flows, &Roots::default());
    let ids: Vec<Option<u32>> = flows.iter().map(|flow| flow.incident).collect();
    assert_eq!(ids, [Some(1), Some(1), Some(2), Some(3)]);
    assert!(flows.iter().all(|flow| flow.compared));
}

#[test]
fn a_failure_is_over_when_like_hellos_complete_after_it_and_not_when_one_slips_through() {
    let mut flows: Vec<Diagnosis> = (0..20)
        .map(|second| refused(flow(1, 9, second, "a"), 80, 1))
        .collect();
    assert!(!build(&flows, &Limits::default()).incidents[0].over);
    flows.push(flow(1, 9, 30, "b"));
    assert!(
        !build(&flows, &Limits::default()).incidents[0].over,
        "another name says nothing"
    );
    flows.push(flow(1, 9, 31, "a"));
    assert!(build(&flows, &Limits::default()).incidents[0].over);
    // Half of them always got through: one more that does is chance.
    let mixed: Vec<Diagnosis> = (0..20)
        .map(|second| {
            if second % 2 == 0 {
                refused(flow(1, 9, second, "a"), 80, 1)
            } else {
                flow(1, 9, second, "a")
            }
        })
        .collect();
    assert!(!build(&mixed, &Limits::default()).incidents[0].over);
}

#[test]
fn failures_that_are_judged_late_do_not_hide_what_completed_after_them() {
    let flows = [
        flow(1, 9, 30, "a"),
        flow(1, 9, 31, "a"),
        refused(flow(1, 9, 5, "a"), 80, 1),
    ];
    assert!(build(&flows, &Limits::default()).incidents[0].over);
}

#[test]
fn beyond_the_bounds_everything_is_still_counted_and_that_is_said() {
    let limits = Limits {
        servers: 4,
        values: 8,
        values_total: 40,
        incidents: 5,
        ..Limits::default()
    };
    let flows: Vec<Diagnosis> = (0..3_000)
        .map(|n| refused(flow(n, n % 50, u64::from(n), &format!("name{n}")), 80, 1))
        .collect();
    let built = build(&flows, &limits);
    let sum: u64 = built.incidents.iter().map(|incident| incident.failed).sum();
    assert_eq!(sum + built.alone, 3_000);
    assert!(built.incidents.len() <= 10);
    assert_eq!(built.problems.len(), 3);
    assert!(flows.iter().all(|flow| built.id_of(flow).is_some()));
    let folded = &built.incidents[0];
    assert!(folded.server.ip.is_unspecified() && folded.failed == 2_700);
    assert!(
        folded.title.ends_with("several servers, port 443"),
        "{}",
        folded.title
    );
}

#[test]
fn many_single_failures_stand_alone_beside_a_real_incident() {
    let mut flows: Vec<Diagnosis> = (0..30)
        .map(|n| refused(flow(1, n, 1, "a"), 80, 1))
        .collect();
    assert_eq!(
        build(&flows, &Limits::default()).alone,
        0,
        "nothing larger to stand beside"
    );
    flows.push(refused(flow(1, 0, 2, "a"), 80, 1));
    let built = build(&flows, &Limits::default());
    assert_eq!((built.incidents.len(), built.alone), (1, 29));
    assert_eq!(built.id_of(&flows[5]), None);
    assert_eq!(built.id_of(&flows[0]), Some(1));
}

#[test]
fn a_client_that_comes_once_does_not_set_anything_apart() {
    let mut flows: Vec<Diagnosis> = (0..5)
        .map(|n| refused(flow(n, 9, u64::from(n), "a"), 80, 1))
        .collect();
    flows.extend((10..15).map(|n| flow(n, 9, u64::from(n), "a")));
    let built = build(&flows, &Limits::default());
    assert_eq!(
        built.incidents[0].title,
        "5 clients are refused with alert internal_error (80); 5 handshakes there complete"
    );
}

#[test]
fn a_name_that_fails_beside_names_that_work_is_said_and_its_commands_are_quoted() {
    let mut flows: Vec<Diagnosis> = (0..5)
        .map(|n| refused(flow(1, 9, n, "it's"), 112, 1))
        .collect();
    flows.extend((10..15).map(|n| flow(1, 9, n, "good.example")));
    let built = build(&flows, &Limits::default());
    let incident = &built.incidents[0];
    assert_eq!(
        incident.title,
        "Hellos for one name are refused with alert unrecognized_name (112); another name on that server works"
    );
    assert_eq!(incident.known_cause(), Some("sni-unknown"));
    let commands: Vec<&str> = incident
        .prove
        .iter()
        .map(|proof| proof.command.as_str())
        .collect();
    assert_eq!(
        commands,
        [
            r"openssl s_client -connect 0.0.0.9:443 -servername 'it'\''s'",
            "openssl s_client -connect 0.0.0.9:443 -servername good.example",
        ]
    );
}
