//! Tests of the judgement of whole chains.

use super::Case;
use super::Roots;
use super::findings;
use super::judge;
use super::sample::NOW;
use super::sample::certificate;
use super::sample::codes;
use super::sample::days;
use super::sample::found;
use super::sample::found_for;
use super::sample::intermediate;
use super::sample::leaf;
use super::sample::root;
use crate::base::Mark;
use crate::base::Side;
use crate::base::Timestamp;
use crate::facts::CertificateFacts;
use crate::facts::Ech;
use crate::facts::Event;
use crate::facts::GapFacts;
use crate::facts::GapReason;
use crate::facts::HandshakeFacts;
use crate::facts::NAMES_MAX;
use crate::facts::What;
use crate::facts::WireText;
use crate::facts::sample::Flow;

type Change = fn(&mut CertificateFacts);

/// A sound leaf, changed, before its issuer.
fn changed(change: Change) -> Vec<String> {
    let mut first = leaf();
    change(&mut first);
    codes(&found(&[first, intermediate()]))
}

#[test]
fn nothing_is_found_in_a_sound_chain_whose_root_is_unknown() {
    assert!(found(&[leaf(), intermediate()]).is_empty());
    assert!(found(&[]).is_empty());
}

#[test]
fn dates_are_those_of_the_packet() {
    assert_eq!(
        changed(|leaf| leaf.not_after = Some(days(-3))),
        ["expired 0"]
    );
    assert_eq!(
        changed(|leaf| leaf.not_before = Some(days(1))),
        ["not-yet-valid 0"]
    );
    // The bounds belong to it, the last one with its whole second.
    let none: [&str; 0] = [];
    assert_eq!(changed(|leaf| leaf.not_before = Some(NOW)), none);
    assert_eq!(changed(|leaf| leaf.not_after = Some(NOW)), none);
    let second_ago = |leaf: &mut CertificateFacts| {
        leaf.not_after = Some(Timestamp(NOW.0 - 1_000_000_000));
    };
    assert_eq!(changed(second_ago), ["expired 0"]);
    let mut old = intermediate();
    old.not_after = Some(days(-400));
    let mut old_root = root();
    old_root.not_after = Some(days(-400));
    assert_eq!(
        codes(&found(&[leaf(), old, old_root])),
        ["expired 1", "note:expired 2", "note:superfluous-root 2"]
    );
}

#[test]
fn a_capture_without_a_clock_says_nothing_about_dates() {
    let roots = Roots::default();
    let chain = [leaf(), intermediate()];
    let case = Case {
        chain: &chain,
        cut: false,
        asked: None,
        at: Timestamp(5),
        roots: &roots,
    };
    assert!(findings(&case).is_empty());
}

#[test]
fn a_name_has_to_be_among_those_of_the_certificate() {
    let of = |asked: &str, names: &[&str]| {
        let mut first = leaf();
        first.san_dns = names.iter().map(|name| WireText::from(*name)).collect();
        first.san_ip = vec![WireText::from("192.0.2.1"), WireText::from("2001:db8::1")];
        codes(&found_for(asked, &[first, intermediate()])).concat()
    };
    for (asked, names) in [
        ("shop.example", &["www.example", "shop.example"][..]),
        ("SHOP.Example", &["shop.example"]),
        ("shop.example", &["Shop.EXAMPLE."]),
        ("shop.example.", &["shop.example"]),
        ("a.shop.example", &["*.shop.example"]),
        ("192.0.2.1", &[]),
        ("2001:DB8:0::1", &[]),
        // What cannot be compared is no finding.
        ("", &["shop.example"]),
        ("münchen.example", &["shop.example"]),
    ] {
        assert_eq!(of(asked, names), "", "{asked} {names:?}");
    }
    for (asked, names) in [
        ("shop.example", &["www.example"][..]),
        ("shop.example", &["*.shop.example"]),
        ("a.b.shop.example", &["*.shop.example"]),
        ("shop.example", &[]),
        ("192.0.2.2", &["192.0.2.2"]),
        ("xn--mnchen-3ya.example", &["münchen.example"]),
    ] {
        assert_eq!(of(asked, names), "name-mismatch 0", "{asked} {names:?}");
    }
}

#[test]
fn names_that_were_not_read_may_fit() {
    assert!(
        changed(|leaf| {
            leaf.san_dns.clear();
            leaf.malformed = Some("extension that cannot be read");
        })
        .is_empty()
    );
    let many = |leaf: &mut CertificateFacts| {
        leaf.san_dns = vec![WireText::from("www.example"); NAMES_MAX];
    };
    assert!(changed(many).is_empty());
}

#[test]
fn a_self_signed_leaf_is_one_unless_it_was_given_as_trusted() {
    let mut own = leaf();
    own.issuer = own.subject.clone();
    own.self_issued = true;
    let chain = [own.clone()];
    assert_eq!(codes(&found(&chain)), ["self-signed 0"]);
    let roots = Roots::default().with_certificates(&chain);
    let asked = WireText::from("shop.example");
    let case = Case {
        chain: &chain,
        cut: false,
        asked: Some(&asked),
        at: NOW,
        roots: &roots,
    };
    assert!(findings(&case).is_empty());
    // A CA that bears the name of its server: the key identifiers tell.
    own.subject_key_id = "aa".to_owned();
    own.authority_key_id = "bb".to_owned();
    assert_eq!(codes(&found(&[own])), ["note:chain-incomplete 0"]);
}

#[test]
fn an_absent_issuer_is_missed_unless_it_is_a_root() {
    assert_eq!(codes(&found(&[leaf()])), ["note:chain-incomplete 0"]);
    assert_eq!(
        codes(&found(&[leaf(), root()])),
        ["note:chain-incomplete 0", "note:superfluous-root 1"]
    );
    let roots = Roots::default().with_names(&[WireText::from("o=ACME, cn=Issuing  CA")]);
    let chain = [leaf()];
    let asked = WireText::from("shop.example");
    let case = Case {
        chain: &chain,
        cut: false,
        asked: Some(&asked),
        at: NOW,
        roots: &roots,
    };
    assert!(findings(&case).is_empty());
    // More was sent than could be read.
    let none = Roots::default();
    let cut = Case {
        cut: true,
        roots: &none,
        ..case
    };
    assert!(findings(&cut).is_empty());
    assert!(found(&[leaf(), CertificateFacts::default()]).is_empty());
}

#[test]
fn an_issuer_of_that_name_with_another_key_is_another() {
    let (mut first, mut second) = (leaf(), intermediate());
    first.authority_key_id = "aa".to_owned();
    second.subject_key_id = "bb".to_owned();
    assert_eq!(codes(&found(&[first, second])), ["note:chain-incomplete 0"]);
}

#[test]
fn an_absent_issuer_is_a_fault_where_it_is_sure_to_be_no_root() {
    let mut logged = leaf();
    logged.logged = true;
    assert_eq!(codes(&found(&[logged])), ["chain-incomplete 0"]);
    let mut told = leaf();
    told.issuer_issuer = Some(WireText::from("O=Acme, CN=Root CA"));
    let all = found(&[told.clone()]);
    assert_eq!(codes(&all), ["chain-incomplete 0"]);
    assert!(
        all[0]
            .text
            .contains("itself issued by O=Acme, CN=Root CA: clients")
    );
    // The issuer issued itself: a private root, of which nothing is wrong.
    told.issuer_issuer = Some(told.issuer.clone());
    assert!(found(&[told]).is_empty());
}

#[test]
fn order_is_that_of_issuers() {
    let sub = || CertificateFacts {
        ca: true,
        ..certificate("Sub CA", "Issuing CA")
    };
    let first = || CertificateFacts {
        issuer: WireText::from("O=Acme, CN=Sub CA"),
        ..leaf()
    };
    assert!(found(&[first(), sub(), intermediate()]).is_empty());
    let mixed = found(&[first(), intermediate(), sub()]);
    assert_eq!(codes(&mixed), ["wrong-order 2"]);
    assert!(mixed[0].text.contains("In order it would be 1, 3, 2."));
    assert_eq!(
        codes(&found(&[leaf(), root(), intermediate()])),
        ["note:superfluous-root 1", "wrong-order 2"]
    );
    // The leaf twice, as many servers send it.
    assert_eq!(
        codes(&found(&[leaf(), leaf(), intermediate()])),
        ["wrong-order 2"]
    );
    let upside_down = codes(&found(&[intermediate(), leaf()]));
    assert!(upside_down.contains(&"leaf-not-first 0".to_owned()));
}

#[test]
fn two_that_issued_each_other_end_somewhere() {
    let a = certificate("a", "b");
    let b = certificate("b", "a");
    let found = codes(&found_for("", &[a, b]));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_root_that_was_sent_is_a_note() {
    let mut weak = root();
    weak.signature = "md5WithRSAEncryption".to_owned();
    weak.key.bits = 1024;
    assert_eq!(
        codes(&found(&[leaf(), intermediate(), weak])),
        ["note:superfluous-root 2", "note:weak-key 2"]
    );
}

#[test]
fn weak_keys_and_signatures_are_found() {
    assert_eq!(changed(|leaf| leaf.key.bits = 2047), ["weak-key 0"]);
    assert_eq!(changed(|leaf| leaf.key.bits = 1024), ["weak-key 0"]);
    assert_eq!(changed(|leaf| leaf.key.bits = 1023), ["weak-key 0"]);
    assert!(changed(|leaf| leaf.key.bits = 0).is_empty());
    assert!(
        changed(|leaf| {
            leaf.key.kind = "ECDSA".to_owned();
            leaf.key.bits = 256;
        })
        .is_empty()
    );
    for name in [
        "md5WithRSAEncryption",
        "sha1WithRSAEncryption",
        "ecdsa-with-SHA1",
        "dsaWithSHA1",
    ] {
        let mut first = leaf();
        first.signature = name.to_owned();
        assert_eq!(
            codes(&found(&[first, intermediate()])),
            ["weak-signature 0"],
            "{name}"
        );
    }
    let mut cross = intermediate();
    cross.signature = "sha1WithRSAEncryption".to_owned();
    assert_eq!(
        codes(&found(&[leaf(), cross.clone()])),
        ["weak-signature 1"]
    );
    let roots = Roots::default().with_names(&[cross.subject.clone()]);
    let chain = [leaf(), cross];
    let case = Case {
        chain: &chain,
        cut: false,
        asked: None,
        at: NOW,
        roots: &roots,
    };
    assert_eq!(codes(&findings(&case)), ["note:weak-signature 1"]);
}

#[test]
fn uses_have_to_include_servers_where_any_are_named() {
    let uses = |leaf: &mut CertificateFacts, name: &str| {
        leaf.extended_key_usage = vec![name.to_owned()];
    };
    let mut first = leaf();
    uses(&mut first, "clientAuth");
    assert_eq!(
        codes(&found(&[first.clone(), intermediate()])),
        ["wrong-usage 0"]
    );
    uses(&mut first, "anyExtendedKeyUsage");
    assert!(found(&[first.clone(), intermediate()]).is_empty());
    first.extended_key_usage.clear();
    let mut second = intermediate();
    uses(&mut second, "emailProtection");
    assert_eq!(codes(&found(&[first, second])), ["wrong-usage 1"]);
    assert_eq!(changed(|leaf| leaf.ca = true), ["note:ca-as-server 0"]);
}

/// A chain in a handshake of TLS 1.2 whose leaf demands a stapled answer.
fn stapled(change: impl FnOnce(&mut HandshakeFacts)) -> Vec<String> {
    let mut facts = Flow::answered().facts();
    let mut first = leaf();
    first.must_staple = true;
    facts.certificates = [first, intermediate()].into();
    facts.client_hello.as_mut().unwrap().extensions = vec![0, 5];
    facts.timeline.push(Event {
        mark: Mark::default(),
        from: Side::Server,
        what: What::Handshake {
            kind: 14,
            length: 4,
        },
    });
    change(&mut facts);
    codes(&judge(&facts, &Roots::default()))
}

#[test]
fn a_demanded_status_is_missed_only_where_it_would_have_been_seen() {
    assert_eq!(stapled(|_| {}), ["staple-missing 0"]);
    let none: [&str; 0] = [];
    assert_eq!(
        stapled(|facts| facts.certificate_status = Some(Mark::default())),
        none
    );
    assert_eq!(
        stapled(|facts| facts.client_hello.as_mut().unwrap().extensions.clear()),
        none
    );
    assert_eq!(stapled(|facts| facts.timeline.clear()), none);
    let gap = GapFacts {
        from: Side::Server,
        offset: 0,
        length: 1,
        reason: GapReason::Cut,
        mark: Mark::default(),
    };
    assert_eq!(stapled(|facts| facts.gaps.push(gap)), none);
}

#[test]
fn a_handshake_is_judged_by_its_name_and_time() {
    let mut facts = Flow::answered().facts();
    assert!(judge(&facts, &Roots::default()).is_empty());
    facts.certificates = [leaf(), intermediate()].into();
    assert!(judge(&facts, &Roots::default()).is_empty());
    let mut other = leaf();
    other.san_dns = vec![WireText::from("www.example")];
    facts.certificates = [other, intermediate()].into();
    let found = judge(&facts, &Roots::default());
    assert_eq!(codes(&found), ["name-mismatch 0"]);
    assert_eq!(
        found[0].text,
        "The client asked for shop.example. The server's certificate (O=Acme, CN=shop.example) is for www.example."
    );
    facts.client_hello.as_mut().unwrap().ech = Ech::PublicName;
    assert!(judge(&facts, &Roots::default()).is_empty());
    facts.client_hello.as_mut().unwrap().ech = Ech::Offered;
    assert_eq!(judge(&facts, &Roots::default()).len(), 1);
    facts.client_hello.as_mut().unwrap().sni = None;
    assert!(judge(&facts, &Roots::default()).is_empty());
}

#[test]
fn sentences_hold_the_values_and_no_raw_text_from_the_wire() {
    let text = |change: Change| {
        let mut first = leaf();
        change(&mut first);
        found(&[first, intermediate()])[0].text.clone()
    };
    let it = "The server's certificate (O=Acme, CN=shop.example)";
    assert_eq!(
        text(|leaf| leaf.not_after = Some(days(-3))),
        format!("{it} expired at 2023-11-11 22:13:20 UTC, 3 days before it was sent.")
    );
    assert_eq!(
        text(|leaf| leaf.not_before = Some(Timestamp(NOW.0 + 90_000_000_000))),
        format!("{it} becomes valid at 2023-11-14 22:14:50 UTC, 90 seconds after it was sent.")
    );
    assert!(
        text(|leaf| leaf.san_dns.clear()).ends_with(
            "has no subjectAltName with a name or address. Its common name would fit, but clients no longer look at that."
        )
    );
    let wildcard = text(|leaf| leaf.san_dns = vec![WireText::from("*.Shop.example")]);
    assert!(wildcard.ends_with("*.Shop.example does not stand for shop.example itself."));
    assert!(
        text(|leaf| leaf.san_dns = vec![WireText::from("a.example"); 7])
            .ends_with("a.example, a.example, a.example, a.example, a.example and 2 more.")
    );
    let hostile = text(|leaf| leaf.san_dns = vec![WireText::from("\u{1b}[31m\u{202e}")]);
    assert!(hostile.contains(r"\x1b[31m\u{202e}"));
    let mut alone = leaf();
    alone.ca_issuers = Some(WireText::from("http://ca.example/ca.crt"));
    assert_eq!(
        found(&[alone])[0].text,
        format!(
            "{it} was issued by O=Acme, CN=Issuing CA, whose certificate the server does not send, and no known root has that name. If that is an intermediate, clients that do not hold it already cannot build the chain; if it is a root of somebody's own, only clients that were given it can. The issuer's certificate is said to be at http://ca.example/ca.crt."
        )
    );
}

#[test]
fn no_sentence_says_that_something_failed() {
    let mut first = leaf();
    first.not_after = Some(days(-1));
    first.key.bits = 512;
    first.signature = "md5WithRSAEncryption".to_owned();
    first.extended_key_usage = vec!["clientAuth".to_owned()];
    first.ca = true;
    let all = found_for("other.example", &[first, root()]);
    assert!(all.len() >= 7);
    for finding in all {
        assert!(!finding.text.contains("fail"), "{}", finding.text);
    }
}
