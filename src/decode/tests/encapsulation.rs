//! What stands before the IP packet, and IP in IP.

use super::skip;
use super::with_segment;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::sample::ethernet;
use crate::decode::sample::frame;
use crate::decode::sample::ipv4;
use crate::decode::sample::ipv6;
use crate::decode::sample::tcp;
use crate::decode::sample::version_type;
use crate::decode::tunnel::kind;

fn packets() -> [Vec<u8>; 2] {
    [ipv4(6, &tcp(&[], b"hello")), ipv6(6, &tcp(&[], b"hello"))]
}

/// The path to the segment behind `header`, for both IP versions.
fn path(link_type: u16, wrap: impl Fn(&[u8]) -> Vec<u8>) -> Path {
    let mut path = None;
    for packet in packets() {
        with_segment(&frame(link_type, &wrap(&packet)), |segment| {
            assert_eq!((segment.dst_port, segment.payload), (443, &b"hello"[..]));
            path = Some(segment.path);
        });
    }
    path.unwrap()
}

fn after(header: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> {
    move |packet| [header, packet].concat()
}

#[test]
fn any_number_of_vlan_tags() {
    let mut tags = Vec::new();
    for (count, ether_type) in [0x8100, 0x88a8, 0x9100, 0x9200, 0x8100, 0x8100]
        .into_iter()
        .enumerate()
    {
        tags.insert(
            0,
            (ether_type, 0x2000 | (100 + u16::try_from(count).unwrap())),
        );
        let path = path(1, |packet| ethernet(&tags, packet));
        assert_eq!(path.vlans[0], 100 + u16::try_from(count).unwrap());
        assert_eq!(
            path.vlans.iter().filter(|id| **id != 0).count(),
            tags.len().min(4)
        );
    }
}

#[test]
fn the_fifth_tag_tells_stacks_apart_still() {
    let stack = |last| {
        path(1, |packet| {
            ethernet(
                &[
                    (0x8100, 1),
                    (0x8100, 2),
                    (0x8100, 3),
                    (0x8100, 4),
                    (0x8100, last),
                ],
                packet,
            )
        })
    };
    assert_ne!(stack(5), stack(6));
}

#[test]
fn cooked_v1_of_every_hardware_type() {
    for arphrd in [1_u16, 512, 772, 776, 65534, 519] {
        let path = path(113, |packet| {
            let [a0, a1] = arphrd.to_be_bytes();
            [
                &[0, 4, a0, a1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
                &version_type(packet),
                packet,
            ]
            .concat()
        });
        assert_eq!((path.packet_type, path.interface), (4, 0));
    }
}

#[test]
fn cooked_v1_with_vlan_tags_inside() {
    let path = path(113, |packet| {
        [
            &[0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 42][..],
            &version_type(packet),
            packet,
        ]
        .concat()
    });
    assert_eq!((path.vlans, path.packet_type), ([42, 0, 0, 0], 0));
}

#[test]
fn cooked_v2_has_the_interface() {
    for arphrd in [1_u16, 772, 65534] {
        let path = path(276, |packet| {
            let [a0, a1] = arphrd.to_be_bytes();
            [
                &version_type(packet)[..],
                &[0, 0, 0, 0, 0, 9, a0, a1, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0],
                packet,
            ]
            .concat()
        });
        assert_eq!((path.packet_type, path.interface), (4, 9));
    }
}

#[test]
fn cooked_netlink_is_an_unsupported_link_type() {
    let bytes = [
        &[0, 0, 3, 56, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0][..],
        &packets()[0],
    ]
    .concat();
    assert_eq!(skip(&frame(113, &bytes)), Skip::UnsupportedLinkType(253));
}

#[test]
fn loopback_in_both_orders_and_all_families() {
    for family in [2_u32, 10, 24, 28, 30] {
        for link_type in [0, 108] {
            path(link_type, after(&family.to_be_bytes()));
            path(link_type, after(&family.to_le_bytes()));
        }
    }
    assert_eq!(
        skip(&frame(0, &[0, 0, 0, 7, 0x45])),
        Skip::UnsupportedAddressFamily(7)
    );
}

#[test]
fn raw_ip_in_all_its_numbers() {
    for link_type in [12, 14, 101, 228, 229] {
        path(link_type, after(&[]));
    }
}

#[test]
fn llc_and_snap() {
    let mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    path(1, |packet| {
        let length = u16::try_from(8 + packet.len()).unwrap().to_be_bytes();
        [
            &mac[..],
            &length,
            &[0xaa, 0xaa, 3, 0, 0, 0],
            &version_type(packet),
            packet,
            &[0; 5],
        ]
        .concat()
    });
    path(1, |packet| {
        let length = u16::try_from(3 + packet.len()).unwrap().to_be_bytes();
        [&mac[..], &length, &[6, 6, 3], packet].concat()
    });
    path(10, |packet| {
        [
            &[0x50][..],
            &mac,
            &[0xaa, 0xaa, 3, 0, 0, 0],
            &version_type(packet),
            packet,
        ]
        .concat()
    });
    let spanning_tree = [&mac[..], &[0, 38, 0x42, 0x42, 3], &[0; 35]].concat();
    assert_eq!(skip(&frame(1, &spanning_tree)), Skip::LinkLocal);
}

#[test]
fn ppp_with_and_without_address_and_short_protocol() {
    let protocol = |packet: &[u8]| if packet[0] >> 4 == 4 { 0x21 } else { 0x57 };
    path(9, |packet| {
        [&[0xff, 3, 0, protocol(packet)][..], packet].concat()
    });
    path(9, |packet| [&[0, protocol(packet)][..], packet].concat());
    path(50, |packet| [&[protocol(packet)][..], packet].concat());
    assert_eq!(
        skip(&frame(9, &[0xff, 3, 0xc0, 0x21, 1, 1])),
        Skip::LinkLocal
    );
    assert_eq!(
        skip(&frame(9, &[0x00, 0xfd, 1, 1])),
        Skip::UnsupportedPppProtocol(0xfd)
    );
}

#[test]
fn pppoe_and_mpls_below_ethernet() {
    let mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    path(1, |packet| {
        let protocol = if packet[0] >> 4 == 4 { 0x21 } else { 0x57 };
        let length = u16::try_from(2 + packet.len()).unwrap().to_be_bytes();
        [
            &mac[..],
            &[0x88, 0x64, 0x11, 0, 0, 9],
            &length,
            &[0, protocol],
            packet,
        ]
        .concat()
    });
    let labels = [0x88, 0x47, 0, 1, 0x00, 64, 0, 2, 0x31, 64];
    assert_eq!(
        path(1, |packet| [&mac[..], &labels, packet].concat()).tunnel,
        (kind::MPLS, 0x23)
    );
    // A pseudowire with control word carries a frame.
    path(1, |packet| {
        [
            &mac[..],
            &labels,
            &[0; 4],
            &ethernet(&[(0x8100, 5)], packet),
        ]
        .concat()
    });
}

#[test]
fn tags_of_switch_fabrics() {
    let mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    path(1, |packet| {
        [
            &mac[..],
            &[0x89, 0x26, 0, 1, 0, 2],
            &version_type(packet),
            packet,
        ]
        .concat()
    });
    path(1, |packet| {
        [
            &mac[..],
            &[0x88, 0xe7, 0, 1, 0, 2],
            &ethernet(&[(0x8100, 7)], packet),
        ]
        .concat()
    });
    path(1, |packet| {
        [&mac[..], &[0x89, 0x03, 0, 1], &ethernet(&[], packet)].concat()
    });
}

#[test]
fn macsec_that_only_authenticates() {
    let mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    let tag = [0x88, 0xe5, 0x20, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8];
    path(1, |packet| {
        [&mac[..], &tag, &version_type(packet), packet, &[9; 16]].concat()
    });
    let encrypted = [
        &mac[..],
        &[0x88, 0xe5, 0x2c, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8],
        &[7; 60],
    ]
    .concat();
    assert_eq!(skip(&frame(1, &encrypted)), Skip::Encrypted("MACsec"));
}

#[test]
fn cisco_hdlc_and_nflog() {
    path(104, |packet| {
        [&[0x0f, 0][..], &version_type(packet), packet].concat()
    });
    for little in [true, false] {
        path(239, |packet| {
            let order = |n: usize| {
                let n = u16::try_from(n).unwrap();
                if little {
                    n.to_le_bytes()
                } else {
                    n.to_be_bytes()
                }
            };
            let family = if packet[0] >> 4 == 4 { 2 } else { 10 };
            let prefix = [&order(5)[..], &order(10), &[0, 0, 0, 0]].concat();
            [
                &[family, 0, 0, 0][..],
                &prefix,
                &order(4 + packet.len()),
                &order(9),
                packet,
            ]
            .concat()
        });
    }
    assert_eq!(
        skip(&frame(239, &[2, 0, 0, 0, 3, 0, 9, 0])),
        Skip::Malformed
    );
}

#[test]
fn ip_in_ip_up_to_four_deep() {
    for inner in packets() {
        let protocol = if inner[0] >> 4 == 4 { 4 } else { 41 };
        for (outer, version) in [(ipv4(protocol, &inner), 4), (ipv6(protocol, &inner), 6)] {
            let kind = match (protocol, version) {
                (4, 4) => kind::IP_IN_IP,
                (4, _) => kind::FOUR_IN_SIX,
                (_, 4) => kind::SIX_IN_FOUR,
                _ => kind::SIX_IN_SIX,
            };
            with_segment(&frame(101, &outer), |segment| {
                assert_eq!(segment.path.tunnel, (kind, 0))
            });
        }
    }
    let mut packet = ipv4(6, &tcp(&[], b""));
    for _ in 0..4 {
        packet = ipv4(4, &packet);
    }
    with_segment(&frame(101, &packet), |segment| {
        assert_eq!(segment.dst_port, 443)
    });
    assert_eq!(
        skip(&frame(101, &ipv4(4, &packet))),
        Skip::TooDeep("ip-in-ip")
    );
}

#[test]
fn extension_headers_in_any_order() {
    let options = |next| vec![next, 0, 1, 4, 0, 0, 0, 0];
    let authentication = |next| vec![next, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    let routing = [60, 0, 0, 0, 0, 0, 0, 0];
    let atomic = [51, 0, 0, 0, 0, 0, 0, 9];
    let inside = [
        options(43),
        routing.to_vec(),
        options(44),
        atomic.to_vec(),
        authentication(0),
        options(6),
    ]
    .concat();
    let packet = ipv6(0, &[inside, tcp(&[], b"hello")].concat());
    with_segment(&frame(101, &packet), |segment| {
        assert_eq!((segment.dst_port, segment.payload_length), (443, 5))
    });
    let over_ipv4 = ipv4(51, &[authentication(6), tcp(&[], b"hello")].concat());
    with_segment(&frame(101, &over_ipv4), |segment| {
        assert_eq!(segment.payload_length, 5)
    });
    let endless = ipv6(60, &[60, 0, 1, 4, 0, 0, 0, 0].repeat(100));
    assert_eq!(skip(&frame(101, &endless)), Skip::Malformed);
}

#[test]
fn what_is_not_read_says_what_it_is() {
    assert_eq!(skip(&frame(220, &[0; 60])), Skip::UnsupportedLinkType(220));
    let mut ptp = ethernet(&[], &packets()[0]);
    ptp[12..14].copy_from_slice(&[0x88, 0xf7]);
    assert_eq!(skip(&frame(1, &ptp)), Skip::UnsupportedEtherType(0x88f7));
    ptp[12..14].copy_from_slice(&[0x08, 0x06]);
    assert_eq!(skip(&frame(1, &ptp)), Skip::LinkLocal);
    assert_eq!(
        skip(&frame(101, &ipv4(50, &[7; 40]))),
        Skip::Encrypted("ESP")
    );
    let of = |link_type, bytes: &[u8]| skip(&frame(link_type, bytes));
    assert_eq!(
        of(182, &[0x80, 1, 0x18, 0x41]),
        Skip::Unread("Frame Relay fragment")
    );
    assert_eq!(
        of(107, &[0x18, 0x41, 3, 0xb1, 0]),
        Skip::Unread("Frame Relay fragment")
    );
    assert_eq!(of(107, &[0, 1, 3, 8, 0]), Skip::LinkLocal);
    assert_eq!(
        of(9, &[0, 0x3d, 0x80, 0, 0, 1, 0]),
        Skip::Unread("Multilink PPP fragment")
    );
    assert_eq!(of(9, &[0, 0x53, 1, 2]), Skip::Encrypted("PPP"));
    assert_eq!(of(149, &[0; 60]), Skip::UnsupportedLinkType(149));
    assert_eq!(of(178, &[0; 60]), Skip::Malformed);
    assert_eq!(
        of(135, &[&b"MGC\x01"[..], &[0x80; 60]].concat()),
        Skip::Unread("Juniper card")
    );
    assert_eq!(
        of(274, &[0x55; 60]),
        Skip::Unread("interrupted Ethernet frame")
    );
    assert_eq!(
        of(197, &[5; 60]),
        Skip::Unread("another kind of ERF record")
    );
    assert_eq!(
        of(
            1,
            &[&[2; 12][..], &[0x89, 0x4f, 0, 2, 1, 9, 0, 0, 3, 255]].concat()
        ),
        Skip::Unread("NSH with another protocol")
    );
}
