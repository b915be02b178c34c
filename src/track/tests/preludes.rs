//! Preludes behind each other, and TLS that travels inside packets of the prelude's protocol.

use super::Talk;
use super::alert;
use super::change;
use super::client_hello;
use super::protocol;
use super::sealed;
use super::server_hello;
use crate::base::Side;
use crate::facts::HandshakeFacts;
use crate::facts::PreludeProtocol;
use crate::facts::PreludeState;
use crate::facts::TlsMeant;

type Part = (Side, &'static [u8]);
type Ask = (
    PreludeProtocol,
    &'static [Part],
    &'static [u8],
    &'static [u8],
);

const PROXY: Part = (
    Side::Client,
    b"PROXY TCP4 192.0.2.1 198.51.100.4 50000 25\r\n",
);
/// Each way to somewhere else.
const WAYS: &[(PreludeProtocol, &[Part])] = &[
    (PreludeProtocol::ProxyV1, &[PROXY]),
    (
        PreludeProtocol::ProxyV2,
        &[(Side::Client, b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")],
    ),
    (
        PreludeProtocol::HttpConnect,
        &[
            (Side::Client, b"CONNECT mail.example:25 HTTP/1.1\r\n\r\n"),
            (Side::Server, b"HTTP/1.1 200 OK\r\n\r\n"),
        ],
    ),
    (
        PreludeProtocol::Socks5,
        &[
            (Side::Client, b"\x05\x01\0"),
            (Side::Server, b"\x05\0"),
            (Side::Client, b"\x05\x01\0\x03\x01a\0\x19"),
            (Side::Server, b"\x05\0\0\x01\0\0\0\0\0\0"),
        ],
    ),
    (
        PreludeProtocol::Socks4,
        &[
            (Side::Client, b"\x04\x01\0\x19\xc0\0\x02\x01\0"),
            (Side::Server, b"\0\x5a\0\0\0\0\0\0"),
        ],
    ),
];
/// Preludes without their answer, and the answers that agree and refuse.
const ASKS: &[Ask] = &[
    (
        PreludeProtocol::Smtp,
        &[
            (Side::Server, b"220 mail ESMTP\r\n"),
            (Side::Client, b"EHLO me\r\n"),
            (Side::Server, b"250-mail\r\n250 STARTTLS\r\n"),
            (Side::Client, b"STARTTLS\r\n"),
        ],
        b"220 go\r\n",
        b"454 no\r\n",
    ),
    (
        PreludeProtocol::HttpConnect,
        &[(Side::Client, b"CONNECT b.example:443 HTTP/1.1\r\n\r\n")],
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        PreludeProtocol::Postgres,
        &[(Side::Client, b"\0\0\0\x08\x04\xd2\x16\x2f")],
        b"S",
        b"N",
    ),
    (
        PreludeProtocol::Imap,
        &[
            (Side::Server, b"* OK hi\r\n"),
            (Side::Client, b"a STARTTLS\r\n"),
        ],
        b"a OK go\r\n",
        b"a NO\r\n",
    ),
];

fn send(talk: Talk, parts: &[Part], bytewise: bool) -> Talk {
    parts.iter().fold(talk, |talk, (side, bytes)| {
        let acknowledged = 0;
        let step = if bytewise { 1 } else { bytes.len() };
        bytes
            .chunks(step)
            .fold(talk, |talk, piece| talk.send(*side, piece, acknowledged))
    })
}

/// Each way, each prelude behind it, in whole segments and byte by byte.
fn all(
    answer: impl Fn(Talk, &'static [u8], &'static [u8]) -> HandshakeFacts,
    check: impl Fn(HandshakeFacts, PreludeProtocol, PreludeProtocol),
) {
    for (way, opening) in WAYS {
        for (inner, asks, agree, refuse) in ASKS {
            for bytewise in [false, true] {
                let talk = send(send(Talk::new(), opening, bytewise), asks, bytewise);
                check(answer(talk, agree, refuse), *way, *inner);
            }
        }
    }
}

#[test]
fn a_prelude_behind_another_is_followed_and_both_are_told() {
    let hello = client_hello();
    all(
        |talk, agree, _| {
            let talk = talk.server(agree).client(&hello);
            talk.server(&server_hello(0x0304, 0x1301)).facts()
        },
        |facts, way, inner| {
            let prelude = facts.prelude.unwrap();
            assert_eq!(
                (prelude.protocol, prelude.state),
                (inner, PreludeState::Accepted)
            );
            let before: Vec<_> = prelude.before.iter().map(|one| one.protocol).collect();
            assert_eq!(before, [way]);
            assert_eq!(prelude.before[0].state, PreludeState::Accepted, "{way:?}");
            let length = u64::try_from(hello.len()).unwrap();
            assert_eq!(facts.client_hello.unwrap().offset, (0, length));
            assert_eq!(facts.tcp.bytes.client, length);
            assert!(facts.server_hello.is_some());
            assert!(facts.first_payload.server.unwrap().payload.is_tls());
        },
    );
}

#[test]
fn a_refusal_behind_another_prelude_is_that_of_the_inner_one() {
    all(
        |talk, _, refuse| talk.server(refuse).facts(),
        |facts, way, inner| {
            let prelude = facts.prelude.unwrap();
            assert_eq!(
                (prelude.protocol, prelude.state),
                (inner, PreludeState::Refused)
            );
            assert_eq!(prelude.before[0].protocol, way);
            assert_eq!(facts.meant, TlsMeant::Prelude);
        },
    );
}

#[test]
fn what_fails_behind_both_is_read_behind_both() {
    all(
        |talk, agree, _| {
            let talk = talk.server(agree).client(&client_hello());
            talk.server(&alert(2, 112)).facts()
        },
        |facts, _, inner| {
            assert_eq!(facts.prelude.unwrap().protocol, inner);
            assert_eq!(facts.alerts[0].code, Some(112));
            assert_eq!(facts.alerts[0].end, 7);
        },
    );
}

#[test]
fn behind_a_way_tls_spoken_directly_and_other_protocols_are_what_they_were() {
    for (way, opening) in WAYS.iter().filter(|(way, _)| !way.is_proxy_header()) {
        let facts = send(Talk::new(), opening, false)
            .client(&client_hello())
            .facts();
        let prelude = facts.prelude.unwrap();
        assert_eq!((prelude.protocol, prelude.before.len()), (*way, 0));
        assert!(facts.client_hello.is_some());
        // Mail in plaintext: nobody asked for TLS.
        let facts = send(Talk::new(), opening, false)
            .server(b"220 mail ESMTP\r\n")
            .client(b"EHLO me\r\n")
            .server(b"250 mail\r\n")
            .client(b"MAIL FROM:<a@b>\r\n")
            .facts();
        assert_eq!(facts.prelude.as_ref().unwrap().protocol, *way);
        assert_eq!(protocol(facts.first_payload.server.as_ref()), Some("smtp"));
        // Nothing at all.
        let facts = send(Talk::new(), opening, false).facts();
        assert_eq!(
            facts.prelude.as_ref().unwrap().state,
            PreludeState::Accepted
        );
        assert_eq!(facts.first_payload.client, None);
        assert_eq!(facts.tcp.bytes.client, 0);
    }
}

#[test]
fn no_more_ways_are_followed_than_the_bound() {
    let headers = std::iter::repeat_n(PROXY, 50).collect::<Vec<_>>();
    let facts = send(Talk::new(), &headers, false)
        .client(&client_hello())
        .facts();
    assert!(facts.prelude.unwrap().before.len() <= 4);
}

const PRE_LOGIN: &[u8] =
    b"\x12\x01\0\x1a\0\0\0\0\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x0f\0\x07\xd0\0\0\x01";
const PRE_LOGIN_ANSWER: &[u8] =
    b"\x04\x01\0\x1a\0\0\0\0\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x0f\0\x07\xd0\0\0\x01";

/// Bytes in packets of so many of them at most.
fn wrapped(bytes: &[u8], most: usize) -> Vec<u8> {
    bytes
        .chunks(most)
        .flat_map(|piece| {
            let length = u16::try_from(piece.len() + 8).unwrap().to_be_bytes();
            [&[0x12, 1, length[0], length[1], 0, 0, 0, 0], piece].concat()
        })
        .collect()
}

/// A handshake with a database, its flights in packets of this size, each sent in segments of that size.
fn database(packet: usize, segment: usize) -> Talk {
    let flight = |bytes: &[&[u8]]| wrapped(&bytes.concat(), packet);
    let sealed_finished = sealed(22, 40);
    let mut talk = Talk::new().client(PRE_LOGIN).server(PRE_LOGIN_ANSWER);
    let turns = [
        (Side::Client, flight(&[&client_hello()])),
        (Side::Server, flight(&[&server_hello(0x0303, 0xc02f)])),
        (Side::Client, flight(&[&change(), &sealed_finished])),
        (Side::Server, flight(&[&change(), &sealed_finished])),
    ];
    for (side, bytes) in turns {
        for piece in bytes.chunks(segment) {
            talk = talk.send(side, piece, 0);
        }
    }
    talk
}

#[test]
fn a_handshake_in_packets_of_a_database_is_read_however_it_is_cut() {
    for packet in [5, 9, 64, 4088] {
        for segment in [1, 7, 13, 1460] {
            let facts = database(packet, segment)
                .client(&sealed(23, 200))
                .server(&sealed(23, 300))
                .facts();
            assert!(facts.completed.is_some(), "{packet} {segment}");
            assert_eq!(facts.anomalies, [], "{packet} {segment}");
            assert!(facts.client_hello.unwrap().complete);
            assert!(facts.after.client_data.is_some() && facts.after.server_data.is_some());
            assert_eq!(facts.prelude.unwrap().protocol, PreludeProtocol::Mssql);
        }
    }
}

#[test]
fn what_is_plain_again_behind_an_encrypted_login_counts_as_data() {
    let facts = database(4088, 1460)
        .client(&sealed(23, 200))
        .server(b"\x04\x01\0\x0e\0\0\0\0\xaa\0\0\0\0\0")
        .facts();
    assert!(facts.completed.is_some() && facts.after.server_data.is_some());
    assert_eq!(facts.anomalies, []);
}

#[test]
fn what_fails_inside_the_packets_is_read() {
    let facts = Talk::new()
        .client(PRE_LOGIN)
        .server(PRE_LOGIN_ANSWER)
        .client(&wrapped(&client_hello(), 4088))
        .server(&wrapped(&alert(2, 70), 4088))
        .facts();
    assert_eq!(facts.alerts[0].code, Some(70));
    assert!(facts.first_payload.client.unwrap().payload.is_tls());
    assert!(facts.first_payload.server.unwrap().payload.is_tls());
}

#[test]
fn a_hole_inside_a_packet_costs_what_is_in_it_only() {
    let flight = wrapped(&server_hello(0x0303, 0xc02f), 4088);
    let rest = wrapped(&[change(), sealed(22, 40)].concat(), 4088);
    let talk = Talk::new()
        .client(PRE_LOGIN)
        .server(PRE_LOGIN_ANSWER)
        .client(&wrapped(&client_hello(), 4088))
        .server(&flight)
        .server(&rest[..20])
        .hole(Side::Server, 10)
        .server(&rest[30..]);
    let facts = talk.facts();
    assert!(facts.server_hello.is_some());
    assert!(facts.change_cipher_spec.server.is_some());
    assert_eq!(facts.anomalies, []);
}
