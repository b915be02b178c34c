//! 802.11: what is protected, empty, in fragments, or several packets in one frame.

use super::decoder;
use super::skip;
use crate::base::FrameRef;
use crate::decode::Decoded;
use crate::decode::Skip;
use crate::decode::sample::frame;
use crate::decode::sample::ipv4;
use crate::decode::sample::links::aggregate;
use crate::decode::sample::links::wlan;
use crate::decode::sample::tcp;

/// The payloads of all segments in one frame.
fn payloads(link_type: u16, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut decoder = decoder();
    let mut payloads = Vec::new();
    loop {
        match decoder.decode(&frame(link_type, bytes)) {
            Decoded::Tcp(segment) => payloads.push(segment.payload.to_vec()),
            other => panic!("{other:?}"),
        }
        if !decoder.more() {
            return payloads;
        }
    }
}

fn packets() -> [Vec<u8>; 3] {
    [&b"one"[..], b"two", b"three"].map(|text| ipv4(6, &tcp(&[], text)))
}

#[test]
fn each_packet_of_an_aggregate_is_given() {
    let [one, two, three] = packets();
    let bytes = aggregate(&[&one, &two, &three]);
    let all = [&b"one"[..], b"two", b"three"];
    assert_eq!(payloads(105, &bytes), all);
    // With a checksum behind it, and in a tunnel of an access point.
    assert_eq!(payloads(105, &[&bytes[..], &[1, 2, 3, 4]].concat()), all);
    let gre = ipv4(47, &[&[0, 0, 0x82, 0x40][..], &bytes].concat());
    assert_eq!(payloads(101, &gre), all);
}

#[test]
fn an_aggregate_in_an_aggregate_gives_its_first_packet() {
    let [one, two, three] = packets();
    let inner = aggregate(&[&one, &two]);
    let carried = ipv4(47, &[&[0, 0, 0x82, 0x40][..], &inner].concat());
    let outer = aggregate(&[&carried, &three]);
    assert_eq!(payloads(105, &outer), [&b"one"[..], b"three"]);
}

#[test]
fn another_frame_begins_anew() {
    let [one, two, three] = packets();
    let bytes = aggregate(&[&one, &two]);
    let next = aggregate(&[&three, &two]);
    let mut decoder = decoder();
    assert!(matches!(
        decoder.decode(&frame(105, &bytes)),
        Decoded::Tcp(_)
    ));
    assert!(decoder.more());
    let mut second = frame(105, &next);
    second.frame = FrameRef::new(0, 2);
    match decoder.decode(&second) {
        Decoded::Tcp(segment) => assert_eq!(segment.payload, b"three"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn aggregates_of_nothing_end() {
    let mut bytes = aggregate(&[]);
    bytes.extend([0; 20_000]);
    let mut decoder = decoder();
    let mut count = 0;
    loop {
        assert!(matches!(
            decoder.decode(&frame(105, &bytes)),
            Decoded::Skip(_)
        ));
        count += 1;
        if !decoder.more() {
            break;
        }
    }
    assert!((2..100).contains(&count), "{count}");
}

#[test]
fn what_has_no_packet_says_why() {
    let [packet, ..] = packets();
    let plain = wlan(&packet);
    let with = |control: u8, flags: u8| {
        let mut bytes = plain.clone();
        bytes[0] = control;
        bytes[1] = flags;
        skip(&frame(105, &bytes))
    };
    assert_eq!(with(0x80, 0), Skip::LinkLocal); // beacon
    assert_eq!(with(0xd4, 0), Skip::LinkLocal); // acknowledgment
    assert_eq!(with(0xc8, 1), Skip::LinkLocal); // QoS null
    assert_eq!(with(0x0a, 0), Skip::Malformed); // version 2
    assert_eq!(with(0x88, 0x86), Skip::Unread("802.11 fragment"));
    let mut protected = plain.clone();
    protected[1] |= 0x40;
    protected[30..].iter_mut().for_each(|byte| *byte ^= 0x5a);
    assert_eq!(skip(&frame(105, &protected)), Skip::Encrypted("802.11"));
    let tap = [0, 0, 9, 0, 2, 0, 0, 0, 0x40];
    let damaged = [&tap[..], &plain].concat();
    assert_eq!(
        skip(&frame(127, &damaged)),
        Skip::Unread("802.11 with a bad checksum")
    );
}

#[test]
fn a_capwap_tunnel_with_keys_or_in_fragments_says_so() {
    use crate::decode::sample::udp_ports;
    let through = |payload: &[u8]| skip(&frame(101, &ipv4(17, &udp_ports((5247, 5000), payload))));
    let record = [1, 0, 0, 0, 23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 9];
    assert_eq!(through(&record), Skip::Encrypted("CAPWAP"));
    let part = [0, 0x10, 2, 0x80, 0, 1, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
    assert_eq!(through(&part), Skip::Unread("CAPWAP fragment"));
}
