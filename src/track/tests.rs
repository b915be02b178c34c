//! What the bytes of both sides come to, from the first to the end of the flow.

mod preludes;

use super::sample::Talk;
use super::sample::alert;
use super::sample::change;
use super::sample::client_hello;
use super::sample::handshake;
use super::sample::hello_retry;
use super::sample::record;
use super::sample::sealed;
use super::sample::server_hello;
use crate::base::Side;
use crate::facts::FirstPayload;
use crate::facts::Payload;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::facts::TlsMeant;

const CONNECT: &[u8] = b"CONNECT shop.example:443 HTTP/1.1\r\n\r\n";
const PROXY: &[u8] = b"PROXY TCP4 192.0.2.1 198.51.100.4 50000 443\r\n";
const TLS12: (u16, u16) = (0x0303, 0xc02f);
const TLS13: (u16, u16) = (0x0304, 0x1301);

fn answered(chosen: (u16, u16)) -> Talk {
    Talk::answered(chosen.0, chosen.1)
}

fn protocol(first: Option<&FirstPayload>) -> Option<&'static str> {
    match first.map(|first| &first.payload) {
        Some(Payload::Other { protocol, .. }) => Some(protocol),
        _ => None,
    }
}

#[test]
fn behind_an_accepted_prelude_offsets_and_first_payloads_begin_anew() {
    let facts = Talk::new()
        .client(CONNECT)
        .server(b"HTTP/1.1 200 OK\r\n\r\n")
        .client(&client_hello())
        .facts();
    let hello = facts.client_hello.as_ref().unwrap();
    let length = u64::try_from(client_hello().len()).unwrap();
    assert_eq!(hello.offset, (0, length));
    assert_eq!(
        (facts.tcp.bytes.client, facts.tcp.bytes.server),
        (length, 0)
    );
    assert_eq!(facts.prelude.unwrap().state, PreludeState::Accepted);
    assert!(facts.first_payload.client.unwrap().payload.is_tls());
    assert_eq!(facts.meant, TlsMeant::Bytes);
}

#[test]
fn a_prelude_is_asked_until_it_is_answered() {
    let asked = Talk::new().client(CONNECT);
    let refused = Talk::new()
        .client(CONNECT)
        .server(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    for (talk, state) in [
        (asked, PreludeState::Asked),
        (refused, PreludeState::Refused),
    ] {
        let facts = talk.facts();
        assert_eq!(facts.prelude.unwrap().state, state);
        assert_eq!(facts.meant, TlsMeant::Prelude);
        assert_eq!(facts.first_payload.client, None);
    }
}

#[test]
fn a_hello_after_the_refusal_is_a_fact_however_it_is_cut() {
    let refused = || {
        Talk::new()
            .client(CONNECT)
            .server(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    };
    let whole = refused().client(&client_hello()).facts();
    let bytewise = client_hello()
        .iter()
        .fold(refused(), |talk, byte| talk.client(&[*byte]))
        .facts();
    for facts in [whole, bytewise] {
        let hello = facts.client_hello.unwrap();
        assert!(hello.complete && hello.offset.0 == 0);
        assert_eq!(facts.prelude.unwrap().state, PreludeState::Refused);
    }
}

#[test]
fn a_proxy_header_is_taken_if_tls_is_answered_and_is_the_first_payload_if_not() {
    for (answer, taken) in [
        (server_hello(TLS13.0, TLS13.1), true),
        (hello_retry(), true),
        (alert(2, 40), true),
        (alert(2, 10), false),
        (alert(2, 70), false),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), false),
    ] {
        let facts = Talk::new()
            .client(PROXY)
            .client(&client_hello())
            .server(&answer)
            .facts();
        let first = facts.first_payload.client.as_ref();
        if taken {
            assert_eq!(facts.prelude.unwrap().state, PreludeState::Accepted);
            assert!(first.unwrap().payload.is_tls());
        } else {
            assert_eq!(facts.prelude.unwrap().state, PreludeState::Asked);
            assert_eq!(protocol(first), Some("proxy-v1"));
        }
    }
}

#[test]
fn a_hello_in_pieces_is_the_same_hello() {
    let whole = Talk::new().client(&client_hello()).facts();
    let bytes = client_hello();
    let cut = bytes
        .chunks(8)
        .fold(Talk::new(), |talk, piece| talk.client(piece));
    let (whole, pieces) = (
        whole.client_hello.unwrap(),
        cut.facts().client_hello.unwrap(),
    );
    assert_eq!(pieces.frames.len(), bytes.len().div_ceil(8));
    assert_eq!((pieces.first.frame.number(), pieces.segments), (1, 8));
    assert_eq!(pieces.cipher_suites, whole.cipher_suites);
    assert_eq!(pieces.versions, [0x0304, 0x0303]);
    assert_eq!(pieces.offset, whole.offset);
    assert!(pieces.complete && whole.complete);
}

#[test]
fn a_hello_that_stops_says_how_much_there_is_of_how_much() {
    let bytes = client_hello();
    let facts = Talk::new().client(&bytes[..30]).facts();
    let hello = facts.client_hello.unwrap();
    assert!(!hello.complete && !hello.readable);
    assert_eq!(usize::try_from(hello.length).unwrap(), bytes.len() - 5);
    assert!(hello.have < hello.length);
    assert_eq!(hello.offset, (0, u64::try_from(bytes.len()).unwrap()));
}

#[test]
fn a_hello_retry_is_no_server_hello_and_waits_for_a_second_hello() {
    let between = Talk::new().client(&client_hello()).server(&hello_retry());
    let after = Talk::new()
        .client(&client_hello())
        .server(&hello_retry())
        .client(&client_hello());
    let facts = between.facts();
    assert!(facts.server_hello.is_none() && facts.current_hello().is_none());
    let facts = after.server(&server_hello(TLS13.0, TLS13.1)).facts();
    assert!(facts.server_hello.is_some());
    assert!(facts.current_hello().unwrap().offset.0 > 0);
    assert!(facts.anomalies.is_empty());
}

#[test]
fn a_second_hello_that_nobody_asked_for_is_odd() {
    let facts = Talk::new()
        .client(&client_hello())
        .client(&client_hello())
        .facts();
    assert_eq!(facts.client_hello.unwrap().offset.0, 0);
    assert_eq!(facts.anomalies.len(), 1);
}

#[test]
fn tls_1_2_is_complete_once_both_sent_something_behind_their_change() {
    let client = answered(TLS12)
        .server(&handshake(11, &[0, 0, 0]))
        .server(&handshake(14, &[]))
        .client(&change())
        .client(&sealed(22, 40));
    let facts = client.server(&change()).server(&sealed(22, 40)).facts();
    let completed = facts.completed.unwrap();
    assert!(completed.client_finished.order < completed.mark.order);
    assert!(!facts.server_hello.unwrap().resumed);
    let alone = answered(TLS12).client(&change()).client(&sealed(22, 40));
    assert!(alone.facts().completed.is_none());
}

#[test]
fn an_abbreviated_handshake_ends_with_the_clients_finished() {
    let facts = answered(TLS12)
        .server(&change())
        .server(&sealed(22, 40))
        .client(&change())
        .client(&sealed(22, 40))
        .facts();
    let completed = facts.completed.unwrap();
    assert_eq!(completed.client_finished, completed.mark);
    assert!(facts.server_hello.unwrap().resumed);
}

#[test]
fn tls_1_3_is_complete_by_a_record_of_the_length_of_a_finished() {
    for (suite, length, complete) in [
        (0x1301, 53, true),
        (0x1301, 69, true),
        (0x1301, 85, false),
        (0x1301, 54, false),
        (0x1302, 69, true),
        (0x1302, 85, true),
        (0x1302, 53, false),
        (0x1305, 45, true),
        (0x1305, 61, true),
        (0x1305, 53, false),
    ] {
        let facts = Talk::answered(0x0304, suite)
            .server(&sealed(23, 900))
            .client(&change())
            .client(&sealed(23, length))
            .facts();
        assert_eq!(facts.completed.is_some(), complete, "{suite:x} {length}");
    }
}

#[test]
fn another_client_record_counts_once_the_server_goes_on_behind_it() {
    let talk = || {
        answered(TLS13)
            .server(&sealed(23, 900))
            .client(&sealed(23, 1200))
    };
    let facts = talk().server(&sealed(23, 250)).facts();
    let completed = facts.completed.unwrap();
    assert!(completed.client_finished.order < completed.mark.order);
    assert_eq!(facts.after.server_data, Some(completed.mark));
    assert!(talk().server(&sealed(23, 19)).facts().completed.is_none());
    let alert = answered(TLS13)
        .server(&sealed(23, 900))
        .client(&sealed(23, 19));
    assert!(alert.server(&sealed(23, 250)).facts().completed.is_none());
}

#[test]
fn early_data_never_counts() {
    let early = Talk::new()
        .client(&client_hello())
        .client(&sealed(23, 53))
        .server(&server_hello(TLS13.0, TLS13.1))
        .server(&sealed(23, 900))
        .send(Side::Client, &sealed(23, 53), 0);
    assert!(early.facts().completed.is_none());
}

#[test]
fn a_client_record_that_overtook_the_server_hello_counts_by_what_it_acknowledges() {
    let flight = [server_hello(TLS13.0, TLS13.1), sealed(23, 900)].concat();
    let length = u64::try_from(flight.len()).unwrap();
    let talk = Talk::new().client(&client_hello());
    let facts = talk
        .send(Side::Client, &sealed(23, 53), length)
        .server(&flight)
        .server(&sealed(23, 200))
        .facts();
    assert!(facts.completed.is_some());
}

#[test]
fn the_last_record_of_a_side_is_an_alert_by_its_length() {
    let sent = |length| {
        let facts = answered(TLS13)
            .server(&sealed(23, 900))
            .server(&sealed(23, length))
            .facts();
        facts.alerts.len()
    };
    assert_eq!((sent(19), sent(35), sent(20)), (1, 1, 0));
    let followed = answered(TLS13)
        .server(&sealed(23, 19))
        .server(&sealed(23, 900))
        .facts();
    assert!(followed.alerts.is_empty());
    let client = answered(TLS13).client(&sealed(23, 19)).facts();
    assert!(client.alerts[0].encrypted && client.alerts[0].from == Side::Client);
}

#[test]
fn an_alert_behind_a_change_is_encrypted() {
    let facts = answered(TLS12)
        .client(&change())
        .client(&sealed(22, 40))
        .server(&change())
        .server(&sealed(21, 26))
        .facts();
    let alert = &facts.alerts[0];
    assert_eq!((alert.encrypted, alert.code), (true, None));
    assert_eq!(alert.record_length, 26);
}

#[test]
fn an_alert_in_clear_says_whether_anything_followed() {
    let warned = Talk::new().client(&client_hello()).server(&alert(1, 112));
    assert!(!warned.facts().alerts[0].followed);
    let warned = Talk::new().client(&client_hello()).server(&alert(1, 112));
    let facts = warned.server(&server_hello(TLS12.0, TLS12.1)).facts();
    assert!(facts.alerts[0].followed);
}

#[test]
fn of_too_many_alerts_the_first_and_the_last_are_kept() {
    let mut talk = Talk::new().client(&client_hello());
    for code in 0..200 {
        talk = talk.server(&alert(1, code));
    }
    let facts = talk.facts();
    assert_eq!(facts.alerts.len(), 64);
    assert_eq!(facts.alerts[0].code, Some(0));
    assert_eq!(facts.alerts[63].code, Some(199));
}

#[test]
fn plaintext_of_both_sides_before_a_hello_is_an_unknown_prelude() {
    let facts = Talk::new()
        .client(b"\x01any plaintext question\n")
        .server(b"\x01any plaintext answer\n")
        .client(&client_hello())
        .server(&server_hello(TLS13.0, TLS13.1))
        .facts();
    let prelude = facts.prelude.unwrap();
    assert_eq!(prelude.protocol, PreludeProtocol::Unknown);
    assert_eq!(prelude.state, PreludeState::Accepted);
    assert_eq!(facts.client_hello.unwrap().offset.0, 0);
    assert!(facts.server_hello.is_some());
}

#[test]
fn a_hello_behind_plaintext_that_nobody_answered_is_kept_and_the_first_payload_stays() {
    let facts = Talk::new()
        .client(b"\x01any plaintext question\n")
        .client(&client_hello())
        .facts();
    assert!(facts.client_hello.is_some());
    assert_eq!(protocol(facts.first_payload.client.as_ref()), Some("other"));
}

#[test]
fn an_sslv2_hello_is_read_and_tls_may_answer_it() {
    let hello = [
        &[0x80, 0x1c, 1, 3, 1, 0, 3, 0, 0, 0, 16][..],
        &[0, 0, 0x2f],
        &[5; 16],
    ]
    .concat();
    let facts = Talk::new()
        .client(&hello[..16])
        .client(&hello[16..])
        .server(&server_hello(0x0301, 0x002f))
        .facts();
    assert_eq!(facts.first_payload.client.unwrap().payload, Payload::Sslv2);
    assert_eq!(facts.client_hello.unwrap().frames.len(), 2);
    assert!(facts.server_hello.is_some());
}

#[test]
fn a_hole_inside_a_record_costs_its_contents_only() {
    let facts = answered(TLS13)
        .server(&sealed(23, 900)[..100])
        .hole(Side::Server, 805)
        .client(&sealed(23, 53))
        .facts();
    assert!(facts.completed.is_some());
    assert_eq!((facts.gaps.len(), facts.gaps[0].length), (1, 805));
}

#[test]
fn tls_that_begins_behind_a_hole_shows_what_was_meant() {
    let facts = Talk::new()
        .hole(Side::Client, 200)
        .server(&server_hello(TLS13.0, TLS13.1))
        .facts();
    assert_eq!(facts.meant, TlsMeant::Bytes);
    assert_eq!(facts.first_payload.client, None);
    assert!(facts.server_hello.is_some());
}

#[test]
fn no_bytes_of_either_side_are_too_strange() {
    let mut state = 0x1234_5678_u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    for _ in 0..2000 {
        let mut talk = Talk::new();
        for bytes in [
            client_hello(),
            server_hello(TLS13.0, TLS13.1),
            sealed(23, 53),
            alert(2, 40),
            record(22, &[0; 4]),
        ] {
            let mut bytes = bytes;
            let at = usize::try_from(next()).unwrap() % bytes.len();
            bytes[at] ^= 1 << (next() % 8);
            bytes.truncate(bytes.len() - usize::try_from(next() % 4).unwrap());
            let side = [Side::Client, Side::Server][usize::try_from(next() % 2).unwrap()];
            talk = talk.send(side, &bytes, u64::from(next()));
        }
        let facts = talk.facts();
        assert!(facts.anomalies.len() <= 32 && facts.alerts.len() <= 64);
    }
}

#[test]
fn a_hello_cut_after_its_first_byte_lists_both_frames() {
    let hello = client_hello();
    let facts = Talk::new().client(&hello[..1]).client(&hello[1..]).facts();
    let hello = facts.client_hello.unwrap();
    assert_eq!((hello.frames.len(), hello.segments), (2, 2));
}

#[test]
fn a_short_binary_question_and_answer_before_a_hello_are_a_prelude() {
    let talk = Talk::new()
        .client(b"\x01\x02hello?")
        .server(b"\x01\x02hello!");
    let facts = talk.client(&client_hello()).facts();
    assert_eq!(facts.prelude.unwrap().protocol, PreludeProtocol::Unknown);
}

#[test]
fn a_clients_certificate_that_was_cut_is_not_an_empty_one() {
    let count = |body: &[u8], seen: usize| {
        let message = handshake(11, body);
        let rest = u64::try_from(message.len() - seen).unwrap();
        let facts = Talk::answered(0x0303, 0xc02f)
            .client(&message[..seen])
            .hole(Side::Client, rest)
            .facts();
        facts.client_certificate.map(|(_, count)| count)
    };
    assert_eq!(count(&[0; 438], 30), Some(1));
    assert_eq!(count(&[0, 0, 0], 12), Some(0));
}
