//! What sets failed handshakes apart from completed ones, in captures of real programs.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod kit;

use kit::run::analyse;
use std::fs;
use std::path::Path;
use tlscap::incident::Incident;

/// The incident of a case with this cause as its best.
fn incident(case: &str, cause: &str) -> Incident {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/cases")
        .join(case);
    let names = ["capture.pcap", "capture.pcap.zst"].map(|name| folder.join(name));
    let path = names.iter().find(|path| path.exists()).unwrap();
    let (_, report) = analyse(&[&fs::read(path).unwrap()]).unwrap();
    report
        .incidents
        .into_iter()
        .find(|incident| {
            incident
                .causes
                .first()
                .is_some_and(|claim| claim.code == cause)
        })
        .unwrap()
}

/// The rows of the attribute that is shown first: attribute, value, failed, completed.
fn shown(incident: &Incident) -> Vec<(&'static str, String, u64, u64)> {
    let first = incident.contrast.first().unwrap().attribute;
    let rows = incident
        .contrast
        .iter()
        .filter(|row| row.attribute == first);
    rows.map(|row| {
        let value = row.value.as_ref();
        let value = value.map_or_else(|| format!("{} more", row.others), ToString::to_string);
        (first, value, row.failed, row.completed)
    })
    .collect()
}

#[test]
fn one_of_three_servers_behind_an_address_is_told_by_its_certificate() {
    let incident = incident("incident_gateway_mix", "certificate-expired");
    assert_eq!(
        shown(&incident),
        [
            (
                "server certificate",
                "1fddf10d CN=shop.example.com".to_owned(),
                180,
                0
            ),
            ("server certificate", "2 more".to_owned(), 0, 360),
        ]
    );
    for attribute in ["clients", "version", "name", "suites", "groups", "time"] {
        assert!(incident.alike.contains(&attribute), "{attribute}");
    }
}

#[test]
fn one_certificate_that_is_expired_for_all_sets_nothing_apart() {
    let incident = incident("certificate_expired_tls12", "certificate-expired");
    let server = ["server certificate", "server TTL"];
    assert!(
        incident
            .contrast
            .iter()
            .all(|row| !server.contains(&row.attribute))
    );
}

#[test]
fn suites_for_the_other_kind_of_certificate_are_named_by_kind() {
    let incident = incident("story1_egress_proxy_rsa_only", "certificate-type-mismatch");
    assert_eq!(
        shown(&incident),
        [
            ("suites by authentication", "RSA only".to_owned(), 3, 0),
            ("suites by authentication", "2 more".to_owned(), 0, 4),
        ]
    );
}
