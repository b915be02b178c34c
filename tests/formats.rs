//! docs/formats.md says what the registries of link types, headers and tunnels hold, and nothing else.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::BTreeSet;

use tlscap::decode::Path;
use tlscap::decode::link::HEADERS;
use tlscap::decode::link::LINKS;
use tlscap::decode::tunnel::TUNNELS;
use tlscap::facts::anomalies;

const PAGE: &str = include_str!("../docs/formats.md");

/// The cells of each row of the tables between this heading and the next, heads left out.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let section = PAGE
        .split("\n## ")
        .find_map(|part| part.strip_prefix(heading));
    let lines = section.expect("no such section").lines();
    let mut rows = Vec::new();
    let mut head = true;
    for line in lines {
        let Some(row) = line
            .strip_prefix("| ")
            .and_then(|row| row.strip_suffix(" |"))
        else {
            head = true;
            continue;
        };
        if row.starts_with("---") {
            head = false;
        } else if !head {
            rows.push(row.split(" | ").collect());
        }
    }
    rows
}

/// The numbers of a cell: decimal, or hexadecimal in code; `-` is none.
fn numbers(cell: &str) -> Vec<u16> {
    let words = cell.split(", ").filter(|word| *word != "-");
    let number = |word: &str| match word.trim_matches('`').strip_prefix("0x") {
        Some(hex) => u16::from_str_radix(hex, 16).unwrap(),
        None => word.parse().unwrap(),
    };
    words.map(number).collect()
}

#[test]
fn links_are_those_of_the_registry_in_its_order() {
    let rows = rows("Links\n");
    let (links, headers): (Vec<_>, Vec<_>) = rows.iter().partition(|row| !row[0].starts_with('`'));
    let written: Vec<_> = links.iter().map(|row| (numbers(row[0]), row[1])).collect();
    let registered: Vec<_> = LINKS
        .iter()
        .map(|link| (link.numbers.to_vec(), link.name))
        .collect();
    assert_eq!(written, registered);
    let written: Vec<_> = headers
        .iter()
        .map(|row| (numbers(row[0]), row[1]))
        .collect();
    let registered: Vec<_> = HEADERS
        .iter()
        .map(|one| (one.ether_types.to_vec(), one.name))
        .collect();
    assert_eq!(written, registered);
    assert!(rows.iter().all(|row| row.len() == 3 && !row[2].is_empty()));
}

#[test]
fn tunnels_are_those_of_the_registry_in_its_order() {
    let rows = rows("Tunnels\n");
    let tunnels: Vec<_> = rows.iter().filter(|row| row.len() == 4).collect();
    let written: Vec<_> = tunnels
        .iter()
        .map(|row| (numbers(row[0]), numbers(row[1]), row[2]))
        .collect();
    let registered: Vec<_> = TUNNELS
        .iter()
        .map(|tunnel| {
            let protocols = tunnel.protocols.iter().map(|protocol| u16::from(*protocol));
            (
                protocols.collect::<Vec<_>>(),
                tunnel.ports.to_vec(),
                tunnel.name,
            )
        })
        .collect();
    assert_eq!(written, registered);
}

#[test]
fn the_words_of_encapsulation_are_those_of_the_paths() {
    let rows = rows("Tunnels\n");
    let words = rows.iter().filter(|row| row.len() == 2);
    let words: Vec<&str> = words.flat_map(|row| row[0].split(", ")).collect();
    let written: BTreeSet<String> = words
        .iter()
        .map(|word| word.trim_matches('`').to_owned())
        .collect();
    let path = |kind| Path {
        vlans: [1, 0, 0, 0],
        tunnel: (kind, 1),
        ..Path::default()
    };
    let of_paths = (0..=u8::MAX).flat_map(|kind| path(kind).network().words());
    let known = of_paths.filter(|words| !words.starts_with("tunnel "));
    let spoken: BTreeSet<String> = known
        .map(|words| words.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(written, spoken);
    assert_eq!(written.len(), words.len());
}

#[test]
fn oddities_are_those_of_the_list_in_its_order() {
    let rows = rows("Oddities\n");
    let words: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(words, anomalies::ALL);
}

#[cfg(feature = "live")]
#[test]
fn the_default_filter_of_live_capture_takes_every_tunnel_and_header() {
    let [filter, plain] = tlscap::capture::default_filter();
    for tunnel in TUNNELS {
        for protocol in tunnel.protocols {
            let term = format!("ip proto {protocol} or ip6 proto {protocol}");
            assert!(plain.contains(&term), "{}: {term}", tunnel.name);
        }
        for port in tunnel.ports {
            let term = format!("udp port {port}");
            assert!(plain.contains(&term), "{}: {term}", tunnel.name);
        }
    }
    for header in HEADERS {
        for number in header.ether_types {
            let term = format!("ether proto {number:#06x}");
            // Tags are looked behind; what is encrypted cannot be.
            let told = filter.contains(&term) || ["VLAN", "MACsec"].contains(&header.name);
            assert!(told, "{}: {term}", header.name);
        }
    }
}
