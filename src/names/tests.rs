use super::Asked;
use super::Limits;
use super::Names;
use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::SECOND;
use crate::base::Side;
use crate::base::Timestamp;
use crate::facts::CertificateFacts;
use crate::facts::DnsAddress;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::NameSource;
use crate::facts::PreludeState;
use crate::facts::WireText;
use crate::facts::fingerprint;
use crate::facts::sample::Flow;
use std::net::IpAddr;

const CLIENT: &str = "192.0.2.1";
const OTHER: &str = "192.0.2.99";
const SERVER: &str = "198.51.100.4";

fn frame(number: u64) -> FrameRef {
    FrameRef::new(0, number)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp(0).plus(seconds * SECOND)
}

/// An answer to this client with [`SERVER`], in the frame and second of this number.
fn answer(client: &str, name: &str, number: u64) -> DnsFacts {
    DnsFacts {
        frame: frame(number),
        at: at(number),
        client: client.parse().unwrap(),
        name: WireText::from(name),
        addresses: vec![DnsAddress {
            ip: SERVER.parse().unwrap(),
            canonical: None,
        }],
        from: NameSource::Dns,
    }
}

/// A handshake whose hello is in the frame and second of this number.
fn hello(flow: Flow, client: &str, port: u16, sni: &str, number: u64) -> HandshakeFacts {
    let mut facts = flow.facts();
    facts.client.ip = client.parse().unwrap();
    facts.server = server(port);
    facts.first.at = at(number);
    let hello = facts.client_hello.as_mut().unwrap();
    hello.sni = (!sni.is_empty()).then(|| WireText::from(sni));
    hello.frames = vec![frame(number)];
    hello.last.at = at(number);
    facts
}

fn completed(port: u16, sni: &str, number: u64) -> HandshakeFacts {
    hello(Flow::answered().finished(), OTHER, port, sni, number)
}

fn failed(port: u16, sni: &str, number: u64) -> HandshakeFacts {
    let flow = Flow::hello_sent().alert(Side::Server, 2, 40);
    hello(flow, OTHER, port, sni, number)
}

fn with_certificate(mut facts: HandshakeFacts, subject: &str, san: &[&str]) -> HandshakeFacts {
    facts.certificate_frames = vec![frame(500)];
    facts.certificates = [CertificateFacts {
        subject: WireText::from(subject),
        san_dns: san.iter().map(|name| WireText::from(*name)).collect(),
        sha256: fingerprint::sha256(format!("{subject} {san:?}").as_bytes()),
        ..CertificateFacts::default()
    }]
    .into();
    facts
}

fn server(port: u16) -> Endpoint {
    Endpoint {
        ip: SERVER.parse().unwrap(),
        port,
    }
}

/// `source kind name frame` of each name of [`SERVER`] for a flow of [`CLIENT`] at this second.
fn given(names: &Names, second: u64) -> Vec<String> {
    let asked = Asked {
        server: server(443),
        client: Some(CLIENT.parse().unwrap()),
        at: at(second),
        own: None,
    };
    let all = names.of(&asked);
    let line = |name: &crate::facts::ServerName| {
        format!(
            "{} {} {} {}",
            name.from.name(),
            name.kind.name(),
            name.name,
            name.frame
        )
    };
    all.iter().map(line).collect()
}

#[test]
fn names_come_in_order_of_worth() {
    let mut names = Names::default();
    let mut aliased = answer(CLIENT, "alias.example", 12);
    aliased.addresses[0].canonical = Some(WireText::from("edge.example"));
    names.handshake(&failed(443, "refused.example", 1));
    names.answer(&aliased);
    names.answer(&answer(OTHER, "other.example", 3));
    names.answer(&answer(CLIENT, "later.example", 60));
    let san = ["*.cert.example", "cert.example"];
    names.handshake(&with_certificate(
        completed(443, "works.example", 4),
        "",
        &san,
    ));
    names.answer(&answer(CLIENT, "own.example", 5));
    assert_eq!(
        given(&names, 50),
        [
            "dns name alias.example 12",
            "dns name own.example 5",
            "sni name works.example 4",
            "certificate name cert.example 500",
            "certificate wildcard *.cert.example 500",
            "dns name other.example 3",
            "dns name later.example 60",
            "sni name refused.example 1",
        ]
    );
    assert_eq!(
        given(&names, 4).first().unwrap(),
        "sni name works.example 4"
    );
}

#[test]
fn canonical_names_are_marked_and_come_last() {
    let mut names = Names::default();
    let mut aliased = answer(CLIENT, "shop.example", 1);
    aliased.addresses[0].canonical = Some(WireText::from("edge.cdn.example"));
    names.answer(&aliased);
    names.handshake(&failed(443, "refused.example", 2));
    assert_eq!(
        given(&names, 9),
        [
            "dns name shop.example 1",
            "sni name refused.example 2",
            "dns canonical edge.cdn.example 1"
        ]
    );
}

#[test]
fn the_latest_answer_before_the_flow_is_shown() {
    let mut names = Names::default();
    for number in [2, 7, 30] {
        names.answer(&answer(CLIENT, "shop.example", number));
    }
    assert_eq!(given(&names, 40), ["dns name shop.example 30"]);
    assert_eq!(given(&names, 9), ["dns name shop.example 2"]);
    assert_eq!(given(&names, 1), ["dns name shop.example 2"]);
}

#[test]
fn case_and_a_final_dot_make_no_other_name() {
    let mut names = Names::default();
    names.handshake(&completed(443, "Shop.Example.", 1));
    names.answer(&answer(CLIENT, "shop.example", 2));
    names.handshake(&with_certificate(
        completed(443, "", 3),
        "",
        &["SHOP.example"],
    ));
    assert_eq!(given(&names, 9), ["dns name shop.example 2"]);
}

#[test]
fn an_sni_belongs_to_its_port_and_a_certificate_to_the_address() {
    let mut names = Names::default();
    let facts = completed(8443, "admin.example", 1);
    names.handshake(&with_certificate(facts, "", &["cert.example"]));
    assert_eq!(given(&names, 9), ["certificate name cert.example 500"]);
}

#[test]
fn a_flow_learns_nothing_from_its_own_sni() {
    let mut names = Names::default();
    let own = failed(443, "shop.example", 4);
    names.handshake(&own);
    assert!(names.of(&Asked::from(&own)).is_empty());
    names.handshake(&failed(443, "shop.example", 6));
    assert_eq!(names.of(&Asked::from(&own))[0].frame, frame(6));
    let other = failed(443, "", 8);
    assert_eq!(names.of(&Asked::from(&other))[0].frame, frame(6));
}

#[test]
fn a_completed_handshake_stands_for_those_that_failed_with_the_same_name() {
    let mut names = Names::default();
    names.handshake(&failed(443, "shop.example", 1));
    names.handshake(&completed(443, "shop.example", 2));
    names.handshake(&failed(443, "shop.example", 3));
    assert_eq!(given(&names, 9), ["sni name shop.example 2"]);
}

#[test]
fn names_behind_a_proxy_are_not_of_its_address() {
    let mut names = Names::default();
    let flow = Flow::connected()
        .connect(PreludeState::Accepted, 200)
        .hello();
    names.handshake(&hello(flow, OTHER, 443, "far.example", 1));
    assert!(given(&names, 9).is_empty());
}

#[test]
fn the_common_name_counts_only_without_subject_alt_name() {
    let of = |subject: &str, san: &[&str]| {
        let mut names = Names::default();
        names.handshake(&with_certificate(completed(443, "", 1), subject, san));
        given(&names, 9)
    };
    let subject = "C=US, O=Example, CN=*.old.example";
    assert_eq!(of(subject, &[]), ["certificate wildcard *.old.example 500"]);
    assert_eq!(
        of(subject, &["a.example"]),
        ["certificate name a.example 500"]
    );
    assert!(of("C=US, CN=Example Root CA", &[]).is_empty());
    assert!(of("C=US, CN=192.0.2.1", &[]).is_empty());
}

#[test]
fn what_is_no_host_name_is_left_out() {
    let mut names = Names::default();
    for sni in ["198.51.100.4", "2001:db8::1", "", ".", &"a".repeat(254)] {
        names.handshake(&completed(443, sni, 1));
    }
    assert!(given(&names, 9).is_empty());
}

#[test]
fn eight_names_of_each_source_are_kept_and_eight_are_given() {
    let mut names = Names::default();
    for number in 1..=12 {
        names.answer(&answer(CLIENT, &format!("dns{number}.example"), number));
        names.handshake(&failed(443, &format!("sni{number}.example"), number));
    }
    let given_names = given(&names, 100);
    // The latest answers.
    assert_eq!(given_names.len(), 8);
    assert_eq!(given_names[0], "dns name dns12.example 12");
    assert_eq!(given_names[7], "dns name dns5.example 5");
    // A name that works takes the place of one that does not.
    names.handshake(&completed(443, "works.example", 50));
    let other = Asked {
        server: server(443),
        client: None,
        at: at(0),
        own: None,
    };
    assert_eq!(names.of(&other)[0].name, WireText::from("works.example"));
}

#[test]
fn clients_beyond_the_bound_count_as_others() {
    let mut names = Names::default();
    for last in 10..20 {
        names.answer(&answer(&format!("192.0.2.{last}"), "shop.example", last));
    }
    names.answer(&answer(CLIENT, "shop.example", 30));
    assert_eq!(given(&names, 40), ["dns name shop.example 13"]);
}

#[test]
fn addresses_unused_for_longest_are_let_go_and_counted() {
    let limits = Limits {
        addresses: 4,
        ..Limits::default()
    };
    let mut names = Names::new(limits);
    let to = |last: u8| {
        let mut answer = answer(CLIENT, "shop.example", 1);
        answer.addresses[0].ip = IpAddr::from([203, 0, 113, last]);
        answer
    };
    let known = |names: &Names, last: u8| {
        let ip = IpAddr::from([203, 0, 113, last]);
        let server = Endpoint { ip, port: 443 };
        let asked = Asked {
            server,
            client: None,
            at: at(9),
            own: None,
        };
        !names.of(&asked).is_empty()
    };
    for last in [1, 2, 3, 4, 1, 5] {
        names.answer(&to(last));
    }
    assert_eq!(names.let_go(), 1);
    let all: Vec<bool> = (1..=5).map(|last| known(&names, last)).collect();
    assert_eq!(all, [true, false, true, true, true]);
}

#[test]
fn bytes_are_bounded_too() {
    let limits = Limits {
        bytes: 40_000,
        ..Limits::default()
    };
    let mut names = Names::new(limits);
    for number in 0..10_000_u32 {
        let mut answer = answer(CLIENT, &"a".repeat(200), 1);
        answer.addresses[0].ip = IpAddr::from(number.to_be_bytes());
        names.answer(&answer);
    }
    assert!(names.let_go() > 9_800, "{}", names.let_go());
}

#[test]
fn of_an_address_with_many_certificates_the_first_count() {
    let limits = Limits::default();
    let mut names = Names::new(limits);
    // Those without names take no place.
    for n in 0..limits.names {
        let subject = format!("O={n}");
        let facts = with_certificate(completed(443, "asked.example", 3), &subject, &[]);
        names.handshake(&facts);
    }
    for n in 0..2 * limits.names {
        let own = format!("n{n}.example");
        let facts = with_certificate(
            completed(443, "asked.example", 3),
            "",
            &["all.example", &own],
        );
        names.handshake(&facts);
    }
    let asked = Asked {
        server: server(443),
        client: None,
        at: at(1),
        own: None,
    };
    let all = names.of(&asked);
    let has = |name: &str| all.iter().any(|known| known.name == WireText::from(name));
    assert!(has("all.example") && has("n0.example"));
    assert!(!has("n9.example") && !has("n15.example"));
}
