//! Names of servers: from answers of the DNS, the SNI of other flows and certificates, to the record of a failed handshake.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod kit;

use kit::hellos;
use kit::packet::Link;
use kit::packet::Packet;
use kit::packet::RST;
use kit::packet::SYN;
use kit::packet::udp;
use kit::run::analyse;
use kit::script::From::Client;
use kit::script::From::Server;
use kit::script::Script;
use kit::write;
use tlscap::pattern::Diagnosis;
use tlscap::pattern::Outcome;

/// The script's client asks this resolver; its server is 198.51.100.4.
const CLIENT: &str = "192.0.2.10:40000";
const RESOLVER: &str = "192.0.2.53:53";

fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// `www.shop.example`, an alias of `edge.cdn.example`, which has this address.
fn message(address: [u8; 4]) -> Vec<u8> {
    let mut bytes = b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00".to_vec();
    bytes.extend(labels("www.shop.example"));
    bytes.extend([0, 1, 0, 1]);
    let target = labels("edge.cdn.example");
    // The owner is the name at offset 12; type 5, class 1, 60 s.
    bytes.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, target.len() as u8]);
    bytes.extend(&target);
    bytes.extend(&target);
    bytes.extend([0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
    bytes.extend(address);
    bytes
}

fn datagram(at: i64, from: &str, to: &str, payload: &[u8]) -> Packet {
    Packet {
        at,
        link: Link::Ethernet {
            addresses: [2; 12],
            tags: vec![(0x8100, 12)],
        },
        net: udp(from.parse().unwrap(), to.parse().unwrap(), payload),
    }
}

/// A hello that is reset.
fn refused() -> Script {
    let mut script = Script::new();
    script.send(Client, SYN, &[]);
    script.receive(Server);
    script.send(Server, SYN, &[]);
    script.acknowledge(Client);
    script.send(Client, 0, &hellos::handshake(0x0303).client_hello);
    script.receive(Server);
    script.send(Server, RST, &[]);
    script
}

fn failed(packets: &[Packet]) -> Vec<Diagnosis> {
    let (diagnoses, _) = analyse(&[&write::pcap(packets)]).unwrap();
    let failed = |diagnosis: &Diagnosis| diagnosis.verdict.outcome == Outcome::Failed;
    diagnoses.into_iter().filter(failed).collect()
}

fn names(diagnosis: &Diagnosis) -> Vec<String> {
    let names = diagnosis.facts.server_names.iter();
    names
        .map(|name| {
            let (from, kind) = (name.from.name(), name.kind.name());
            format!("{from} {kind} {} {}", name.name, name.frame)
        })
        .collect()
}

#[test]
fn an_answer_before_the_flow_names_its_server() {
    let script = refused();
    let mut packets = script.packets.clone();
    let at = packets[0].at - 5_000_000;
    packets.insert(
        0,
        datagram(at, RESOLVER, CLIENT, &message([198, 51, 100, 4])),
    );
    let failed = failed(&packets);
    assert_eq!(failed.len(), 1);
    assert_eq!(
        names(&failed[0]),
        [
            "dns name www.shop.example 1",
            "dns canonical edge.cdn.example 1"
        ]
    );
}

#[test]
fn an_answer_after_the_flow_names_it_too() {
    let script = refused();
    let mut packets = script.packets.clone();
    let end = packets.len() + 1;
    let message = message([198, 51, 100, 4]);
    packets.push(datagram(script.now + 1, RESOLVER, CLIENT, &message));
    let expected = format!("dns name www.shop.example {end}");
    assert_eq!(names(&failed(&packets)[0])[0], expected);
}

#[test]
fn questions_other_ports_and_other_addresses_name_nothing() {
    let script = refused();
    let at = script.packets[0].at - 5_000_000;
    let good = message([198, 51, 100, 4]);
    let mut question = good.clone();
    question[2] = 1;
    for packet in [
        datagram(at, RESOLVER, CLIENT, &question),
        datagram(at, CLIENT, RESOLVER, &good),
        datagram(at, "192.0.2.53:5353", CLIENT, &good),
        datagram(at, RESOLVER, CLIENT, &message([198, 51, 100, 5])),
    ] {
        let mut packets = script.packets.clone();
        packets.insert(0, packet);
        assert_eq!(names(&failed(&packets)[0]), [""; 0]);
    }
}

#[test]
fn malformed_messages_are_counted_and_change_nothing() {
    let script = refused();
    let at = script.packets[0].at - 5_000_000;
    let good = message([198, 51, 100, 4]);
    for end in 0..good.len() {
        let mut packets = script.packets.clone();
        packets.insert(0, datagram(at, RESOLVER, CLIENT, &good[..end]));
        let (diagnoses, report) = analyse(&[&write::pcap(&packets)]).unwrap();
        assert_eq!(report.run.skipped["malformed-dns"], 1, "{end}");
        assert_eq!(names(&diagnoses[0]), [""; 0], "{end}");
    }
}

#[test]
fn the_sni_of_a_flow_that_completes_later_names_the_server_of_one_without() {
    let cases = kit::cases::all();
    let case = cases.iter().find(|case| case.name == "proxy_without_sni");
    let case = case.expect("a case with flows without SNI");
    let (diagnoses, _) = analyse(&[&case.bytes]).unwrap();
    let without = diagnoses.iter().filter(|diagnosis| {
        let hello = diagnosis.facts.client_hello.as_ref();
        diagnosis.verdict.outcome == Outcome::Failed
            && hello.is_some_and(|hello| hello.sni.is_none())
    });
    let named: Vec<_> = without.map(names).collect();
    assert!(!named.is_empty());
    for names in named {
        assert!(names[0].starts_with("sni name "), "{names:?}");
    }
}
