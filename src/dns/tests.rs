use super::Malformed;
use super::read;
use super::sample::a;
use super::sample::cname;
use super::sample::https;
use super::sample::labels;
use super::sample::record;
use super::sample::response;
use proptest::prelude::any;
use proptest::proptest;

const A: u16 = 1;
const AAAA: u16 = 28;
const HTTPS: u16 = 65;

/// The name, then each address with the canonical name behind it.
fn said(message: &[u8]) -> Vec<String> {
    let Some(answer) = read(message, true).unwrap() else {
        return Vec::new();
    };
    let addresses = answer.addresses.iter().map(|address| {
        let canonical = address.canonical.as_ref().map(ToString::to_string);
        format!("{} {}", address.ip, canonical.unwrap_or_default())
    });
    std::iter::once(answer.name.to_string())
        .chain(addresses.map(|line| line.trim_end().to_owned()))
        .collect()
}

#[test]
fn addresses_belong_to_the_name_that_was_asked_for() {
    let answers = [
        a("shop.example", [192, 0, 2, 1]),
        a("shop.example", [192, 0, 2, 2]),
    ];
    let message = response("Shop.EXAMPLE", A, &answers);
    assert_eq!(said(&message), ["shop.example", "192.0.2.1", "192.0.2.2"]);
    let v6 = record(
        &labels("shop.example"),
        AAAA,
        &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    );
    assert_eq!(
        said(&response("shop.example", AAAA, &[v6])),
        ["shop.example", "2001:db8::1"]
    );
}

#[test]
fn aliases_lead_to_the_head_of_the_chain_in_any_order() {
    let mut answers = vec![
        cname("www.shop.example", "shop.cdn.example"),
        cname("shop.cdn.example", "edge7.cdn.example"),
        a("edge7.cdn.example", [192, 0, 2, 7]),
        // Not what was asked: not believed.
        a("bank.example", [192, 0, 2, 66]),
    ];
    let expected = ["www.shop.example", "192.0.2.7 edge7.cdn.example"];
    assert_eq!(said(&response("www.shop.example", A, &answers)), expected);
    answers.reverse();
    assert_eq!(said(&response("www.shop.example", A, &answers)), expected);
}

#[test]
fn aliases_that_go_round_in_circles_end() {
    let answers = [
        cname("a.example", "b.example"),
        cname("b.example", "a.example"),
    ];
    assert!(said(&response("a.example", A, &answers)).is_empty());
    let own = [
        cname("a.example", "a.example"),
        a("a.example", [192, 0, 2, 1]),
    ];
    assert_eq!(
        said(&response("a.example", A, &own)),
        ["a.example", "192.0.2.1"]
    );
}

#[test]
fn more_aliases_than_a_resolver_follows_are_not_followed() {
    let chained = |count: usize| {
        let name = |index: usize| format!("n{index}.example");
        let mut answers: Vec<_> = (0..count)
            .map(|index| cname(&name(index), &name(index + 1)))
            .collect();
        answers.push(a(&name(count), [192, 0, 2, 1]));
        said(&response("n0.example", A, &answers)).len()
    };
    assert_eq!((chained(16), chained(17)), (2, 0));
}

#[test]
fn hints_of_https_records_are_addresses_of_the_host() {
    let params: [(u16, &[u8]); 3] = [
        (1, b"\x02h2"),
        (4, &[192, 0, 2, 1, 192, 0, 2, 2]),
        (6, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]),
    ];
    let own = https("shop.example", 1, ".", &params);
    let expected = ["shop.example", "192.0.2.1", "192.0.2.2", "2001:db8::9"];
    assert_eq!(said(&response("shop.example", HTTPS, &[own])), expected);
    let ported = https("_8443._https.shop.example", 1, "svc.example", &params[1..2]);
    assert_eq!(
        said(&response("_8443._https.shop.example", HTTPS, &[ported])),
        [
            "shop.example",
            "192.0.2.1 svc.example",
            "192.0.2.2 svc.example"
        ]
    );
}

#[test]
fn a_service_may_stand_behind_an_alias_and_have_its_addresses_beside() {
    let answers = [
        https("shop.example", 0, "pool.example", &[]),
        https("pool.example", 1, "svc.example", &[]),
        a("svc.example", [192, 0, 2, 3]),
    ];
    let message = response("shop.example", HTTPS, &answers);
    assert_eq!(said(&message), ["shop.example", "192.0.2.3 svc.example"]);
}

#[test]
fn what_is_no_answer_gives_nothing() {
    let good = response("a.example", A, &[a("a.example", [192, 0, 2, 1])]);
    let changed = |at: usize, value: u8| {
        let mut message = good.clone();
        message[at] = value;
        read(&message, true)
    };
    assert_eq!(changed(2, 0x01), Ok(None)); // a question
    assert_eq!(changed(2, 0xa8), Ok(None)); // an update
    assert_eq!(changed(3, 0x83), Ok(None)); // no such name
    assert_eq!(changed(5, 2), Err(Malformed)); // two questions
    assert!(said(&response("a.example", A, &[])).is_empty());
    assert!(said(&response("a.example", A, &[a("a.example", [0, 0, 0, 0])])).is_empty());
    let reverse = "1.2.0.192.in-addr.arpa";
    assert!(said(&response(reverse, A, &[a(reverse, [192, 0, 2, 1])])).is_empty());
}

#[test]
fn names_that_nobody_asks_a_server_for_are_left_out() {
    for label in ["a.b", "a\n", "\u{1b}[2J"] {
        let mut name = vec![u8::try_from(label.len()).unwrap()];
        name.extend(label.as_bytes());
        name.extend(labels("example"));
        let mut message = response("", A, &[record(&name, A, &[192, 0, 2, 1])]);
        message.splice(12..13, name.iter().copied());
        assert_eq!(read(&message, true), Ok(None), "{label:?}");
    }
}

#[test]
fn compression_is_followed_backwards_and_a_loop_is_malformed() {
    let owner = |to: u8| record(&[0xc0, to], A, &[192, 0, 2, 1]);
    assert_eq!(
        said(&response("a.example", A, &[owner(12)])),
        ["a.example", "192.0.2.1"]
    );
    // The record begins behind 12 bytes of header and 15 of question: itself, forwards, beyond the end, label before a loop.
    for to in [27, 29, 40, 255] {
        assert_eq!(
            read(&response("a.example", A, &[owner(to)]), true),
            Err(Malformed),
            "{to}"
        );
    }
    let two = record(&[1, b'x', 0xc0, 27], A, &[192, 0, 2, 1]);
    assert_eq!(
        read(&response("a.example", A, &[two]), true),
        Err(Malformed)
    );
    let mut question = response("", A, &[]);
    question.splice(12..13, [0xc0, 12]);
    assert_eq!(read(&question, true), Err(Malformed));
}

#[test]
fn addresses_of_a_wrong_length_are_malformed() {
    for length in [0, 3, 5, 16] {
        let bad = record(&labels("a.example"), A, &vec![1; length]);
        assert_eq!(
            read(&response("a.example", A, &[bad]), true),
            Err(Malformed),
            "{length}"
        );
    }
}

fn rich() -> Vec<u8> {
    let answers = [
        cname("www.shop.example", "shop.cdn.example"),
        a("shop.cdn.example", [192, 0, 2, 7]),
        record(&[0xc0, 12], 16, b"\x03txt"),
        https(
            "www.shop.example",
            1,
            "svc.example",
            &[(1, b"\x02h2"), (4, &[192, 0, 2, 8]), (6, &[1; 16])],
        ),
        a("svc.example", [192, 0, 2, 9]),
    ];
    response("www.shop.example", A, &answers)
}

#[test]
fn a_message_may_end_anywhere() {
    let whole = rich();
    let all = read(&whole, true).unwrap().unwrap();
    assert_eq!(all.addresses.len(), 4);
    for end in 0..whole.len() {
        let part = &whole[..end];
        assert_eq!(read(part, true), Err(Malformed), "{end}");
        // What stands before the cut is part of the whole.
        if let Some(answer) = read(part, false).unwrap() {
            assert_eq!(answer.name, all.name);
            assert!(
                answer
                    .addresses
                    .iter()
                    .all(|address| all.addresses.contains(address)),
                "{end}"
            );
        }
    }
}

proptest! {
    #[test]
    fn changed_bytes_are_answered(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8)) {
        let mut message = rich();
        for (at, value) in changes {
            let at = at.index(message.len());
            message[at] = value;
        }
        let _ = (read(&message, true), read(&message, false));
    }

    #[test]
    fn any_bytes_behind_a_good_header_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let message = [&[0, 0, 0x80, 0, 0, 1, 0, 9, 0, 0, 0, 9][..], &bytes].concat();
        let _ = (read(&message, true), read(&bytes, true));
    }
}
