//! TCP, UDP and ICMP in plain frames.

use super::decoder;
use super::skip;
use super::with_segment;
use crate::decode::Decoded;
use crate::decode::Skip;
use crate::decode::sample::ethernet;
use crate::decode::sample::frame;
use crate::decode::sample::ipv4;
use crate::decode::sample::ipv6;
use crate::decode::sample::tcp;
use crate::decode::sample::udp;

const TIMESTAMPS: [u8; 12] = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];

#[test]
fn every_field_of_a_segment_over_ipv4() {
    let bytes = ethernet(&[], &ipv4(6, &tcp(&TIMESTAMPS, b"hello")));
    with_segment(&frame(1, &bytes), |segment| {
        assert_eq!(
            (segment.src.to_string(), segment.dst.to_string()),
            ("10.0.0.1".into(), "10.0.0.2".into())
        );
        assert_eq!((segment.src_port, segment.dst_port), (1234, 443));
        assert_eq!(
            (segment.seq, segment.ack, segment.flags, segment.window),
            (100, 200, 0x18, 500)
        );
        assert_eq!(
            (segment.ttl, segment.ip_id, segment.checksum),
            (64, Some(7), 0xabcd)
        );
        assert_eq!(segment.options.timestamps, Some((1, 2)));
        assert_eq!(
            (segment.payload, segment.payload_length),
            (&b"hello"[..], 5)
        );
        assert_eq!(
            (
                segment.path.vlans,
                segment.path.tunnel,
                segment.path.packet_type
            ),
            ([0; 4], (0, 0), 255)
        );
    });
}

#[test]
fn ipv6_has_a_hop_limit_and_no_identification() {
    let bytes = ethernet(&[], &ipv6(6, &tcp(&[], b"hello")));
    with_segment(&frame(1, &bytes), |segment| {
        assert_eq!(
            (segment.src.to_string(), segment.dst.to_string()),
            ("2001:db8::1".into(), "2001:db8::2".into())
        );
        assert_eq!(
            (segment.ttl, segment.ip_id, segment.payload),
            (63, None, &b"hello"[..])
        );
    });
}

#[test]
fn padding_is_not_payload() {
    for packet in [ipv4(6, &tcp(&[], b"")), ipv6(6, &tcp(&[], b""))] {
        let bytes = [ethernet(&[], &packet), vec![0; 6]].concat();
        with_segment(&frame(1, &bytes), |segment| {
            assert_eq!((segment.payload.len(), segment.payload_length), (0, 0))
        });
    }
}

#[test]
fn a_total_length_of_zero_or_below_the_header_means_what_is_there() {
    for total in [0, 19] {
        let mut packet = ipv4(6, &tcp(&[], b"hello"));
        packet[3] = total;
        with_segment(&frame(101, &packet), |segment| {
            assert_eq!(
                (segment.payload, segment.payload_length),
                (&b"hello"[..], 5)
            )
        });
    }
    let mut packet = ipv6(6, &tcp(&[], b"hello"));
    packet[5] = 0;
    with_segment(&frame(101, &packet), |segment| {
        assert_eq!(segment.payload_length, 5)
    });
}

#[test]
fn a_cut_frame_says_how_much_was_on_the_wire() {
    let whole = ethernet(&[], &ipv4(6, &tcp(&TIMESTAMPS, &[7; 1000])));
    let mut cut = frame(1, &whole[..96]);
    cut.wire_length = u32::try_from(whole.len()).unwrap();
    with_segment(&cut, |segment| {
        assert_eq!(
            (segment.payload.len(), segment.payload_length),
            (96 - 66, 1000)
        )
    });
    // The same where the total length is 0: the frame's length counts.
    let mut offload = whole.clone();
    offload[16] = 0;
    offload[17] = 0;
    let mut cut = frame(1, &offload[..96]);
    cut.wire_length = u32::try_from(whole.len()).unwrap();
    with_segment(&cut, |segment| assert_eq!(segment.payload_length, 1000));
}

#[test]
fn a_total_length_beyond_the_wire_is_not_believed() {
    let mut packet = ipv4(6, &tcp(&[], b"hello"));
    packet[2] = 0xff;
    with_segment(&frame(101, &packet), |segment| {
        assert_eq!((segment.payload.len(), segment.payload_length), (5, 5))
    });
}

#[test]
fn a_wire_length_below_what_was_kept_is_not_believed() {
    let packet = ipv4(6, &tcp(&[], b"hello"));
    let mut lying = frame(101, &packet);
    lying.wire_length = 3;
    with_segment(&lying, |segment| {
        assert_eq!((segment.payload.len(), segment.payload_length), (5, 5))
    });
}

#[test]
fn a_header_cut_in_its_options_still_has_ports_and_flags() {
    let whole = ethernet(&[], &ipv4(6, &tcp(&TIMESTAMPS, b"hello")));
    for end in 34..whole.len() {
        let mut cut = frame(1, &whole[..end]);
        cut.wire_length = u32::try_from(whole.len()).unwrap();
        if end < 34 + 14 {
            assert_eq!(skip(&cut), Skip::TooShort);
            continue;
        }
        with_segment(&cut, |segment| {
            assert_eq!(
                (segment.src_port, segment.dst_port, segment.seq, segment.ack),
                (1234, 443, 100, 200)
            );
            assert_eq!((segment.flags, segment.payload_length), (0x18, 5));
            assert_eq!(
                segment.window,
                if end >= 50 {
                    500
                } else if end == 49 {
                    256
                } else {
                    0
                }
            );
            assert_eq!(segment.options.timestamps.is_some(), end >= 66);
        });
    }
}

#[test]
fn headers_that_contradict_themselves_are_malformed() {
    let mut short_tcp = ipv4(6, &tcp(&[], b""));
    short_tcp[32] = 0x40;
    let mut short_ip = ipv4(6, &tcp(&[], b""));
    short_ip[0] = 0x44;
    let mut version = ipv4(6, &tcp(&[], b""));
    version[0] = 0x55;
    for packet in [short_tcp, short_ip, version] {
        assert_eq!(skip(&frame(101, &packet)), Skip::Malformed);
    }
}

#[test]
fn ipv4_options_are_passed() {
    let mut packet = ipv4(6, &[&[1, 1, 1, 0][..], &tcp(&[], b"hello")].concat());
    packet[0] = 0x46;
    with_segment(&frame(101, &packet), |segment| {
        assert_eq!((segment.dst_port, segment.payload), (443, &b"hello"[..]))
    });
}

#[test]
fn udp_gives_ports_and_payload_without_padding() {
    let bytes = [ethernet(&[], &ipv6(17, &udp(b"hello"))), vec![0; 9]].concat();
    let mut decoder = decoder();
    let Decoded::Udp(datagram) = decoder.decode(&frame(1, &bytes)) else {
        panic!("no datagram")
    };
    assert_eq!(
        (datagram.src.1, datagram.dst.1, datagram.payload),
        (1234, 443, &b"hello"[..])
    );
}

#[test]
fn fragmentation_needed_gives_the_mtu_and_the_quoted_segment() {
    let quoted = ipv4(6, &tcp(&[], &[7; 1000]));
    let message = [&[3, 4, 0, 0, 0, 0, 0x05, 0x14][..], &quoted[..28]].concat();
    let packet = ipv4(1, &message);
    let mut decoder = decoder();
    let Decoded::IcmpError(error) = decoder.decode(&frame(101, &packet)) else {
        panic!("no error")
    };
    assert_eq!(
        (error.v6, error.kind, error.code, error.mtu),
        (false, 3, 4, Some(1300))
    );
    assert_eq!(
        (error.quoted_src.1, error.quoted_dst.1, error.quoted_seq),
        (1234, 443, 100)
    );
    assert_eq!(error.quoted_dst.0.to_string(), "10.0.0.2");
}

#[test]
fn packet_too_big_passes_extension_headers_of_the_quote() {
    let quoted = ipv6(
        60,
        &[&[6, 0, 1, 4, 0, 0, 0, 0][..], &tcp(&[], b"")].concat(),
    );
    let packet = ipv6(58, &[&[2, 0, 0, 0, 0, 0, 0x05, 0][..], &quoted].concat());
    let mut decoder = decoder();
    let Decoded::IcmpError(error) = decoder.decode(&frame(101, &packet)) else {
        panic!("no error")
    };
    assert_eq!(
        (error.v6, error.kind, error.mtu, error.quoted_seq),
        (true, 2, Some(1280), 100)
    );
}

#[test]
fn an_unreachable_host_has_no_mtu() {
    let message = [
        &[3, 1, 0, 0, 0, 0, 0x05, 0x14][..],
        &ipv4(6, &tcp(&[], b""))[..28],
    ]
    .concat();
    let mut decoder = decoder();
    let packet = ipv4(1, &message);
    let Decoded::IcmpError(error) = decoder.decode(&frame(101, &packet)) else {
        panic!("no error")
    };
    assert_eq!(error.mtu, None);
}

#[test]
fn errors_about_something_else_and_pings_are_skipped() {
    let about_udp = [&[3, 3, 0, 0, 0, 0, 0, 0][..], &ipv4(17, &udp(b""))].concat();
    assert_eq!(
        skip(&frame(101, &ipv4(1, &about_udp))),
        Skip::UnsupportedIpProtocol(1)
    );
    let about_later_fragment = [
        &[3, 1, 0, 0, 0, 0, 0, 0][..],
        &super::super::sample::ipv4_place(6, (7, 3), &[0; 8]),
    ]
    .concat();
    assert_eq!(
        skip(&frame(101, &ipv4(1, &about_later_fragment))),
        Skip::UnsupportedIpProtocol(1)
    );
    assert_eq!(
        skip(&frame(101, &ipv4(1, &[8, 0, 0, 0, 0, 0, 0, 0]))),
        Skip::LinkLocal
    );
    assert_eq!(
        skip(&frame(101, &ipv6(58, &[135, 0, 0, 0, 0, 0, 0, 0]))),
        Skip::LinkLocal
    );
    assert_eq!(
        skip(&frame(101, &ipv4(2, &[0x16, 0, 0, 0]))),
        Skip::LinkLocal
    );
    assert_eq!(
        skip(&frame(101, &ipv4(132, &[0; 12]))),
        Skip::UnsupportedIpProtocol(132)
    );
}
