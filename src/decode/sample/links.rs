//! Every link type around a packet. `tests/kit` has them too.

use super::ethernet;
use super::version_type;

/// Link type, frame, and what `Path::words` calls it.
type Linked = (u16, Vec<u8>, &'static [&'static str]);

const MAC: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
/// LLC with SNAP, before an EtherType.
const SNAP: [u8; 6] = [0xaa, 0xaa, 3, 0, 0, 0];

/// All link types around the IP packet `packet`.
pub(crate) fn links(packet: &[u8]) -> Vec<Linked> {
    let mut all = [
        plain(packet),
        serial(packet),
        rings_and_cells(packet),
        systems(packet),
        wireless(packet),
        wrapped(packet),
        juniper(packet),
    ]
    .concat();
    all.extend(sniffers(packet));
    all
}

/// 802.11 data with QoS and HT control, of three addresses, from the access point.
pub(crate) fn wlan(packet: &[u8]) -> Vec<u8> {
    of(&[
        &[0x88, 0x82, 0, 0],
        &[2; 18],
        &[0x10, 0, 0, 0, 0, 0, 0, 0],
        &snap(packet),
    ])
}

/// 802.11 data with QoS and several packets in it.
pub(crate) fn aggregate(packets: &[&[u8]]) -> Vec<u8> {
    let mut frame = of(&[&[0x88, 2, 0, 0], &[2; 18], &[0x10, 0, 0x80, 0]]);
    for packet in packets {
        let inside = snap(packet);
        let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
        let at = frame.len();
        frame.extend(of(&[&MAC, &length, &inside]));
        let padded = (frame.len() - at).next_multiple_of(4);
        frame.resize(at + padded, 0);
    }
    frame
}

fn of(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn snap(packet: &[u8]) -> Vec<u8> {
    of(&[&SNAP, &version_type(packet), packet])
}

fn is_v4(packet: &[u8]) -> bool {
    packet[0] >> 4 == 4
}

fn ppp(packet: &[u8]) -> Vec<u8> {
    of(&[&[0, if is_v4(packet) { 0x21 } else { 0x57 }], packet])
}

fn hdlc(packet: &[u8]) -> Vec<u8> {
    of(&[&[0x0f, 0], &version_type(packet), packet])
}

fn frame_relay(packet: &[u8]) -> Vec<u8> {
    of(&[
        &[0x18, 0x41, 3, if is_v4(packet) { 0xcc } else { 0x8e }],
        packet,
    ])
}

fn plain(packet: &[u8]) -> Vec<Linked> {
    let kind = version_type(packet);
    let family: &[u8] = if is_v4(packet) {
        &[2, 0, 0, 0]
    } else {
        &[30, 0, 0, 0]
    };
    let length = u16::try_from(8 + packet.len()).unwrap().to_be_bytes();
    let cooked = |arphrd: [u8; 2], protocol: [u8; 2]| of(&[&[0, 4], &arphrd, &[0; 10], &protocol]);
    let mut all = vec![
        (1, ethernet(&[], packet), &[][..]),
        // With padding behind it, as LLC, and as LLC with SNAP.
        (
            1,
            of(&[&ethernet(&[(0x88a8, 7), (0x8100, 9)], packet), &[0; 6]]),
            &["vlan 7", "vlan 9"],
        ),
        (1, of(&[&MAC, &length, &snap(packet), &[0; 5]]), &[]),
        (113, of(&[&cooked([0, 1], kind), packet]), &[]),
        // 802.11 with radiotap and Frame Relay, as the hardware type says.
        (
            113,
            of(&[
                &cooked([3, 35], [0, 4]),
                &[0, 0, 8, 0, 0, 0, 0, 0],
                &wlan(packet),
            ]),
            &[],
        ),
        (
            113,
            of(&[&cooked([3, 2], [0, 0]), &frame_relay(packet)]),
            &[],
        ),
        (
            276,
            of(&[
                &kind,
                &[0, 0, 0, 0, 0, 9, 0, 1, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0],
                packet,
            ]),
            &[],
        ),
        (0, of(&[family, packet]), &[]),
        (108, of(&[&[family[3], 0, 0, family[0]], packet]), &[]),
        (219, of(&[&[0, 1, 1, 64], packet]), &["mpls 16"]),
        (
            219,
            of(&[&[0, 1, 0, 64, 0, 0, 1, 64], &[0; 4], &ethernet(&[], packet)]),
            &["mpls 16"],
        ),
    ];
    all.extend([12, 14, 101, 228, 229].map(|raw| (raw, packet.to_vec(), &[][..])));
    all
}

fn serial(packet: &[u8]) -> Vec<Linked> {
    let (ppp, hdlc, relay) = (ppp(packet), hdlc(packet), frame_relay(packet));
    let length = u16::try_from(ppp.len()).unwrap().to_be_bytes();
    let kind = version_type(packet);
    let all: Vec<(u16, Vec<u8>)> = vec![
        (9, of(&[&[0xff, 3], &ppp])),
        (9, ppp.clone()),
        (9, ppp[1..].to_vec()),
        // In one piece of Multilink PPP, and bridged.
        (9, of(&[&[0, 0x3d, 0xc0, 0, 0, 1], &ppp])),
        (9, of(&[&[0, 0x31, 0, 1], &ethernet(&[], packet)])),
        (50, of(&[&[0xff, 3], &ppp])),
        (50, hdlc.clone()),
        (166, of(&[&[1, 3], &ppp])),
        (204, of(&[&[1, 0xff, 3], &ppp])),
        (104, hdlc.clone()),
        (104, of(&[&[0xff, 3], &ppp])),
        (205, of(&[&[0], &hdlc])),
        (107, relay.clone()),
        // Padded SNAP, bridged, and Cisco's.
        (
            107,
            of(&[&[0x18, 0x41, 3, 0, 0x80, 0, 0, 0], &kind, packet]),
        ),
        (
            107,
            of(&[
                &[0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7],
                &ethernet(&[], packet),
            ]),
        ),
        (107, of(&[&[0x18, 0x41], &kind, packet])),
        (206, of(&[&[0], &relay])),
        (182, of(&[&[0xc0, 1], &relay])),
    ];
    let mut all: Vec<Linked> = all
        .into_iter()
        .map(|(link, bytes)| (link, bytes, &[][..]))
        .collect();
    let session = of(&[&[0x11, 0, 0, 9], &length, &ppp]);
    all.push((51, session, &["pppoe 9"]));
    all
}

fn rings_and_cells(packet: &[u8]) -> Vec<Linked> {
    let routed = [
        0x10, 0x40, 2, 0, 0, 0, 0, 1, 0x82, 0, 0, 0, 0, 2, 6, 0, 1, 2, 3, 4,
    ];
    let all: Vec<(u16, Vec<u8>)> = vec![
        (10, of(&[&[0x50], &MAC, &snap(packet)])),
        (6, of(&[&[0x10, 0x40], &MAC, &snap(packet)])),
        (6, of(&[&routed, &snap(packet)])),
        (100, snap(packet)),
        // Bridged, and PPP.
        (
            100,
            of(&[
                &[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0],
                &ethernet(&[], packet),
            ]),
        ),
        (100, of(&[&[0xfe, 0xfe, 3, 0xcf], &ppp(packet)])),
        (106, snap(packet)),
        (106, packet.to_vec()),
        (123, of(&[&[0x82, 0, 0, 100], &snap(packet)])),
        (123, of(&[&[0x81, 0, 0, 100, 0, 5], &ethernet(&[], packet)])),
        (122, of(&[&[1; 16], &snap(packet)])),
        (138, of(&[&[1; 16], &version_type(packet), packet])),
        (242, of(&[&[1; 40], &version_type(packet), &[0, 0], packet])),
    ];
    all.into_iter()
        .map(|(link, bytes)| (link, bytes, &[][..]))
        .collect()
}

fn systems(packet: &[u8]) -> Vec<Linked> {
    let family = if is_v4(packet) { 2 } else { 10 };
    let length = u16::try_from(4 + packet.len()).unwrap().to_le_bytes();
    let tap = |kind: u8, inside: &[u8]| {
        let mut head = [&[108, 0, 0, 0, 1, 0, 0, 0, kind, 0, 0, 0][..], b"en0"].concat();
        head.resize(108, 0);
        of(&[&head, inside])
    };
    let all: Vec<(u16, Vec<u8>)> = vec![
        (8, of(&[&[0, 0x45], &[0; 14], packet])),
        (
            109,
            of(&[&[family, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], packet]),
        ),
        (117, of(&[&[61, family, 0, 0], &[0; 60], packet])),
        (226, of(&[&[1, family], &[0; 22], packet])),
        (
            239,
            of(&[
                &[family, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0],
                &length,
                &[9, 0],
                packet,
            ]),
        ),
        (258, tap(1, &ethernet(&[], packet))),
        (
            258,
            tap(
                0,
                &of(&[&[if is_v4(packet) { 2 } else { 30 }, 0, 0, 0], packet]),
            ),
        ),
        (149, tap(12, packet)),
    ];
    all.into_iter()
        .map(|(link, bytes)| (link, bytes, &[][..]))
        .collect()
}

fn wireless(packet: &[u8]) -> Vec<Linked> {
    let frame = wlan(packet);
    // Three addresses and no QoS; four and QoS; a length that the driver padded.
    let plain = of(&[&[8, 1, 0, 0], &[2; 18], &[0x10, 0], &snap(packet)]);
    let four = of(&[
        &[0x88, 3, 0, 0],
        &[2; 18],
        &[0x10, 0],
        &[2; 6],
        &[0, 0],
        &snap(packet),
    ]);
    let padded = of(&[
        &[0x88, 1, 0, 0],
        &[2; 18],
        &[0x10, 0, 0, 0],
        &[0, 0],
        &snap(packet),
    ]);
    // Decrypted, but for the flag and what stands before the packet.
    let decrypted = of(&[
        &[8, 0x41, 0, 0],
        &[2; 18],
        &[0x10, 0],
        &[9; 8],
        &snap(packet),
    ]);
    let avs = of(&[&[0x80, 0x21, 0x10, 1, 0, 0, 0, 64], &[0; 56]]);
    let prism = of(&[&[0x44, 0, 0, 0, 144, 0, 0, 0], &[0; 136]]);
    // Time, flags (with a checksum at the end), rate, channel; and with two words of fields.
    let tap = [
        0, 0, 22, 0, 0x0f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 2, 0x6c, 9, 0, 0,
    ];
    let long = [0, 0, 13, 0, 2, 0, 0, 0x80, 0, 0, 0, 0, 0x10];
    let checked = |header: &[u8], frame: &[u8]| of(&[header, frame, &[1, 2, 3, 4]]);
    let all: Vec<(u16, Vec<u8>)> = vec![
        (105, frame.clone()),
        (105, plain.clone()),
        (105, four),
        (105, padded),
        (105, decrypted),
        (105, aggregate(&[packet])),
        (127, checked(&tap, &frame)),
        (127, checked(&long, &plain)),
        (119, of(&[&prism, &frame])),
        (119, of(&[&avs, &frame])),
        (163, of(&[&avs, &plain])),
        (192, of(&[&[0, 0, 8, 0, 105, 0, 0, 0], &frame])),
        (
            192,
            of(&[
                &[0, 0, 12, 0, 1, 0, 0, 0, 0, 0, 0, 0],
                &ethernet(&[], packet),
            ]),
        ),
    ];
    all.into_iter()
        .map(|(link, bytes)| (link, bytes, &[][..]))
        .collect()
}

fn wrapped(packet: &[u8]) -> Vec<Linked> {
    let frame = ethernet(&[], packet);
    let kind = version_type(packet);
    let preamble = [0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5];
    let record = |kind: u8, extensions: &[u8]| of(&[&[0; 8], &[kind, 4], &[0; 6], extensions]);
    let all: Vec<(u16, Vec<u8>)> = vec![
        (240, of(&[&[0; 4], &frame, &[1, 2, 3, 4]])),
        (241, of(&[&[0; 4], &preamble, &frame, &[1, 2, 3, 4]])),
        (259, of(&[&[0x55, 0x55, 0xd5, 0x55, 0x55, 0, 1, 9], &frame])),
        (274, of(&[&preamble, &frame, &[1, 2, 3, 4]])),
        (281, of(&[&MAC, &[0x20, 0, 0, 1], &kind, packet])),
        (282, of(&[&[0x20, 0, 0, 1], &frame])),
        (284, of(&[&MAC, &[0, 8, 0, 0], &kind, packet])),
        (
            285,
            of(&[&MAC, &[0xda, 0xda, 0, 0, 0x40, 8, 0, 0], &kind, packet]),
        ),
        (197, of(&[&record(2, &[]), &[0, 0], &frame])),
        (
            197,
            of(&[
                &record(0x82, &[0x84, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]),
                &[0, 0],
                &frame,
            ]),
        ),
        (197, of(&[&record(1, &[]), &hdlc(packet)])),
        (197, of(&[&record(22, &[]), packet])),
    ];
    let mut all: Vec<Linked> = all
        .into_iter()
        .map(|(link, bytes)| (link, bytes, &[][..]))
        .collect();
    all.push((
        284,
        of(&[&MAC, &[0x20, 8, 0x20, 9], &kind, packet]),
        &["vlan 9"],
    ));
    all
}

fn juniper(packet: &[u8]) -> Vec<Linked> {
    let frame = ethernet(&[], packet);
    let fields: &[u8] = &[b'M', b'G', b'C', 0x81, 0, 6, 3, 1, 14, 5, 1, 12];
    let bare: &[u8] = b"MGC\x01";
    let no_link: &[u8] = b"MGC\x02\x02\0\0\0";
    let mut all: Vec<(u16, Vec<u8>)> = vec![
        (178, of(&[fields, &frame])),
        (178, of(&[bare, &frame])),
        (178, of(&[no_link, packet])),
        (167, of(&[fields, &frame])),
        (179, of(&[fields, &[0xff, 3], &ppp(packet)])),
        (180, of(&[fields, &frame_relay(packet)])),
        (181, of(&[fields, &hdlc(packet)])),
        (168, of(&[fields, &version_type(packet), packet])),
    ];
    let cards = [
        130, 131, 132, 133, 134, 135, 136, 137, 164, 183, 194, 200, 232, 233, 238,
    ];
    for (card, cookie) in cards.into_iter().zip([0, 4, 8, 12].into_iter().cycle()) {
        all.push((card, of(&[fields, &vec![0x80; cookie], packet])));
    }
    all.push((135, of(&[bare, &[0x80; 8], &snap(packet)])));
    all.into_iter()
        .map(|(link, bytes)| (link, bytes, &[][..]))
        .collect()
}

fn sniffers(packet: &[u8]) -> Vec<Linked> {
    let frame = ethernet(&[], packet);
    let name: &[u8] = if is_v4(packet) { b"ip\0\0" } else { b"ipv6" };
    vec![
        (
            280,
            of(&[
                &[1, 0, 4, 1, 0, 0, 0, 7],
                b"ethernet-input\0meta\0opaque\0opaque2\0",
                &frame,
            ]),
            &[],
        ),
        (
            280,
            of(&[
                &[1, 0, 5, 2, 0, 0, 0, 7],
                b"ip4-lookup\0meta\0opaque\0opaque2\0trace\0",
                packet,
            ]),
            &[],
        ),
        (252, of(&[&[0, 12, 0, 4], name, &[0, 0, 0, 0], packet]), &[]),
        (
            252,
            of(&[
                &[0, 12, 0, 16],
                b"eth_maybefcs\0\0\0\0",
                &[0, 0, 0, 0],
                &frame,
            ]),
            &[],
        ),
        (128, of(&[&[1, 0, 0, 1, 10, 1, 9, 0, 1], &frame]), &["tzsp"]),
        (128, of(&[&[1, 0, 0, 18, 1], &wlan(packet)]), &["tzsp"]),
    ]
}
