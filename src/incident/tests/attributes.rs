//! Which attribute sets failed flows apart: those that show it, and their nearest look-alikes.

use super::build;
use super::flow;
use super::refused;
use crate::compare::Limits;
use crate::compare::Strength;
use crate::facts::CertificateFacts;
use crate::facts::WireText;
use crate::incident::Change;
use crate::incident::Incident;
use crate::pattern::Diagnosis;

/// The incident of these flows, of which there is one.
fn incident(flows: &[Diagnosis]) -> Incident {
    let mut incidents = build(flows, &Limits::default()).incidents;
    assert_eq!(incidents.len(), 1);
    incidents.remove(0)
}

/// Value, failed, completed.
type Row = (Option<String>, u64, u64);

/// The attribute shown first, and its rows.
fn shown(incident: &Incident) -> (&'static str, Vec<Row>) {
    let attribute = incident.contrast[0].attribute;
    let rows = incident
        .contrast
        .iter()
        .filter(|row| row.attribute == attribute);
    let row = |row: &crate::incident::ContrastRow| {
        let value = row.value.as_ref().map(ToString::to_string);
        (value, row.failed, row.completed)
    };
    (attribute, rows.map(row).collect())
}

fn strength(incident: &Incident, attribute: &str) -> Option<Strength> {
    incident
        .contrast
        .iter()
        .find(|row| row.attribute == attribute)
        .and_then(|row| row.strength)
}

/// A flow that showed the certificate of backend `n`.
fn of_backend(mut flow: Diagnosis, n: u8) -> Diagnosis {
    flow.facts.certificates = [CertificateFacts {
        subject: WireText::from(format!("CN=backend{n}").as_str()),
        sha256: format!("{n:02x}").repeat(32),
        ..CertificateFacts::default()
    }]
    .into();
    flow
}

fn with_ttl(mut flow: Diagnosis, ttl: u8) -> Diagnosis {
    flow.facts.tcp.ttl.server = [ttl].into();
    flow
}

/// A flow that offers these suites and extensions, in a record of its own.
fn with_suites(mut flow: Diagnosis, suites: &[u16], extensions: &[u16]) -> Diagnosis {
    let hello = flow.facts.client_hello.as_mut().unwrap();
    hello.cipher_suites = suites.to_vec();
    hello.extensions = extensions.to_vec();
    hello.record_version = 0x0301;
    flow
}

/// Of the net 10.`net`.0.0/24, the `n`th.
fn client(net: u32, n: u32) -> u32 {
    (10 << 24) + (net << 16) + n
}

#[test]
fn a_network_is_told_though_each_of_its_clients_came_once() {
    let mut flows: Vec<Diagnosis> = (0..6)
        .map(|n| refused(flow(client(1, n), 9, u64::from(n), "a"), 80, 1))
        .collect();
    flows.extend((0..8).map(|n| flow(client(2, n), 9, u64::from(n), "a")));
    let incident = incident(&flows);
    assert_eq!(
        shown(&incident),
        (
            "client network",
            vec![
                (Some("10.1.0.0/24".to_owned()), 6, 0),
                (Some("10.2.0.0/24".to_owned()), 0, 8)
            ]
        )
    );
    assert_eq!(
        strength(&incident, "client network"),
        Some(Strength::Separates)
    );
    assert_eq!(strength(&incident, "client"), None);
    assert!(
        incident
            .title
            .ends_with("another client network on that server works"),
        "{}",
        incident.title
    );
}

#[test]
fn networks_of_which_each_came_once_tell_nothing() {
    let mut flows: Vec<Diagnosis> = (0..6)
        .map(|n| refused(flow(client(n, 1), 9, u64::from(n), "a"), 80, 1))
        .collect();
    flows.extend((10..18).map(|n| flow(client(n, 1), 9, u64::from(n), "a")));
    assert_eq!(strength(&incident(&flows), "client network"), None);
}

#[test]
fn one_client_that_fails_is_named_and_not_its_network() {
    let mut flows: Vec<Diagnosis> = (0..6)
        .map(|n| refused(flow(client(1, 1), 9, n * 70, "a"), 80, 1))
        .collect();
    flows.extend((0..8).map(|n| flow(client(2, 1), 9, n * 70, "a")));
    let told = incident(&flows);
    assert_eq!(shown(&told).0, "client");
    // That is said once: neither stands against the other.
    assert!(
        told.settle
            .iter()
            .all(|text| !text.contains("differ together"))
    );
    // A client that is alone with its network fails for no reason of its own.
    let mut flows: Vec<Diagnosis> = (0..6)
        .map(|n| refused(flow(client(1, 1), 9, n * 70, "a"), 80, 1))
        .collect();
    flows.extend((0..8).map(|n| flow(client(1, 1), 9, n * 70, "a")));
    let told = incident(&flows);
    assert_eq!(strength(&told, "client"), None);
    assert_eq!(shown(&told).0, "sni");
}

#[test]
fn one_backend_of_three_is_told_by_its_certificate() {
    let mut flows = Vec::new();
    for n in 0..8 {
        let like = || flow(client(1, n), 9, u64::from(n), "a");
        let backend = if n % 2 == 0 { 1 } else { 2 };
        flows.push(refused(of_backend(like(), 3), 45, 1));
        flows.push(of_backend(like(), backend));
        // Resumed, or TLS 1.3: it showed none, and counts nowhere.
        flows.push(like());
    }
    let told = incident(&flows);
    let (attribute, rows) = shown(&told);
    assert_eq!(attribute, "server certificate");
    assert_eq!(rows[0], (Some("03030303 CN=backend3".to_owned()), 8, 0));
    assert_eq!((rows[1].1, rows[1].2), (0, 8));
    assert!(
        told.title
            .ends_with("2 other certificates on that server work"),
        "{}",
        told.title
    );
}

#[test]
fn a_certificate_that_failed_flows_did_not_show_is_no_value() {
    let mut flows: Vec<Diagnosis> = (0..8)
        .map(|n| refused(flow(client(1, n), 9, u64::from(n), "a"), 40, 1))
        .collect();
    flows.extend((0..8).map(|n| of_backend(flow(client(1, n), 9, u64::from(n), "a"), 1)));
    let told = incident(&flows);
    assert!(
        told.contrast
            .iter()
            .all(|row| row.attribute != "server certificate")
    );
    // One that did speaks for itself only.
    flows[0] = of_backend(flows[0].clone(), 3);
    let told = incident(&flows);
    assert_eq!(strength(&told, "server certificate"), None);
    assert_eq!(shown(&told).0, "sni");
}

#[test]
fn a_backend_at_another_distance_is_told_by_its_ttl() {
    let flows: Vec<Diagnosis> = (0..16)
        .map(|n| {
            let flow = flow(client(1, n / 2), 9, u64::from(n), "a");
            match n % 2 {
                0 => refused(with_ttl(flow, 62), 80, 1),
                _ => with_ttl(flow, 63),
            }
        })
        .collect();
    let told = incident(&flows);
    assert_eq!(
        shown(&told),
        (
            "server TTL",
            vec![
                (Some("TTL 62".to_owned()), 8, 0),
                (Some("TTL 63".to_owned()), 0, 8)
            ]
        )
    );
}

#[test]
fn suites_for_one_kind_of_certificate_and_their_ja4_are_one_explanation() {
    let (old, new) = (&[0, 10, 13][..], &[0, 10, 13, 16][..]);
    let flows: Vec<Diagnosis> = (0..16)
        .map(|n| {
            let flow = flow(client(1, n / 2), 9, u64::from(n), "a");
            match n % 2 {
                0 => refused(with_suites(flow, &[0xc02f], old), 40, 1),
                _ => with_suites(flow, &[0xc02b, 0xc02f], new),
            }
        })
        .collect();
    let told = incident(&flows);
    let (attribute, rows) = shown(&told);
    assert_eq!(attribute, "suites by authentication");
    assert_eq!(rows[0], (Some("RSA only".to_owned()), 8, 0));
    assert!(
        told.title
            .ends_with("hellos whose suites are for ECDSA and RSA work"),
        "{}",
        told.title
    );
    let ja4 = told.contrast.iter().find(|row| row.attribute == "JA4");
    let value = ja4
        .and_then(|row| row.value.as_ref())
        .map(ToString::to_string);
    assert!(value.is_some_and(|value| value.starts_with("t12?01????_")));
    // JA4 with the name and without it is the same.
    let flows: Vec<Diagnosis> = (0..16)
        .map(|n| {
            let flow = flow(client(1, n / 2), 9, u64::from(n), "a");
            match n % 2 {
                0 => refused(with_suites(flow, &[0xc02f], &old[1..]), 40, 1),
                _ => with_suites(flow, &[0xc02f], old),
            }
        })
        .collect();
    assert_eq!(strength(&incident(&flows), "JA4"), None);
}

/// Completed at these seconds, failed at those: the change.
fn change(completed: &[u64], failed: &[u64]) -> Option<Change> {
    let mut flows: Vec<Diagnosis> = failed
        .iter()
        .map(|second| refused(flow(1, 9, *second, "a"), 80, 1))
        .collect();
    flows.extend(completed.iter().map(|second| flow(1, 9, *second, "a")));
    flows.push(flow(1, 9, 500, "another name"));
    incident(&flows).change
}

#[test]
fn a_name_that_fails_since_a_time_is_told_with_it() {
    let since = change(&[0, 100, 200, 300], &[400, 500, 600, 700]).unwrap();
    assert!(since.began);
    assert_eq!(since.at.0, 400 * 1_000_000_000);
    assert_eq!((since.failed, since.completed), (4, 4));
    assert_eq!(since.strength, Strength::Separates);
    let until = change(&[400, 500, 600], &[0, 100, 200]).unwrap();
    assert!(!until.began);
    assert_eq!(until.at.0, 200 * 1_000_000_000);
    // Three on each side part by chance in one of ten.
    assert_eq!(until.strength, Strength::Consistent);
}

#[test]
fn times_that_overlap_or_few_flows_tell_no_change() {
    assert_eq!(change(&[0, 100, 450], &[400, 500, 600]), None);
    assert_eq!(change(&[0, 100], &[400, 500, 600]), None);
    assert_eq!(change(&[0, 100, 200], &[400, 500]), None);
}
