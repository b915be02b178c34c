//! Every tunnel around a packet.

use super::ethernet;
use super::udp_ports;
use super::version_type;

/// What an IP packet carries of a tunnel: protocol, bytes, and what `Path::words` calls it.
type Tunnel = (u8, Vec<u8>, &'static str);

/// Of an ERSPAN header: VLAN 1, session 3 below bits of the class of service.
const SESSION_3: [u8; 3] = [1, 0xf8, 3];

/// All tunnels around the IP packet `packet`.
pub(crate) fn tunnels(packet: &[u8]) -> Vec<Tunnel> {
    let frame = ethernet(&[], packet);
    [
        over_udp(packet, &frame),
        without_magic(packet, &frame),
        gre(packet, &frame),
        mirrored(packet, &frame),
        over_ip(packet, &frame),
        wireless(packet, &frame),
    ]
    .concat()
}

/// A GTP-U message of these flags, type 255 and TEID 0x1a2b, in its datagram.
pub(crate) fn gtp(flags: u8, inside: &[u8]) -> Vec<u8> {
    let [l0, l1] = u16::try_from(inside.len()).unwrap().to_be_bytes();
    let header = [flags, 255, l0, l1, 0, 0, 0x1a, 0x2b];
    udp_ports((2152, 2152), &[&header[..], inside].concat())
}

fn over_udp(packet: &[u8], frame: &[u8]) -> Vec<Tunnel> {
    let [k0, k1] = version_type(packet);
    let vxlan = |port, flags: u8, last: u8, inside: &[u8]| {
        let header = [flags, 0, 0, last, 0, 0, 42, 0];
        let bytes = udp_ports((50_000, port), &[&header, inside].concat());
        (17, bytes, "vxlan 42")
    };
    let geneve = |[t0, t1]: [u8; 2], options: &[u8], inside: &[u8]| {
        let words = u8::try_from(options.len() / 4).unwrap();
        let header = [words, 0, t0, t1, 0, 0, 7, 0];
        let bytes = udp_ports((50_000, 6081), &[&header, options, inside].concat());
        (17, bytes, "geneve 7")
    };
    let service = [&[0, 2, 2, 3, 0, 0, 3, 255], frame].concat();
    let labelled = [&[0, 1, 1, 64], packet].concat();
    let named = |words, (protocol, bytes, _): Tunnel| (protocol, bytes, words);
    let gtp = |flags, before: &[u8]| (17, gtp(flags, &[before, packet].concat()), "gtp-u 0x1a2b");
    let gre = [&[0x20, 0, k0, k1, 0, 0, 0, 5][..], packet].concat();
    vec![
        vxlan(4789, 8, 0, frame),
        vxlan(8472, 8, 0, frame),
        // With group policy 5.
        vxlan(4789, 0x88, 5, frame),
        // Reserved bits set.
        vxlan(4789, 0x48, 5, frame),
        vxlan(4790, 0x0c, if k0 == 8 { 1 } else { 2 }, packet),
        vxlan(4790, 0x0c, 3, frame),
        vxlan(4790, 8, 0, frame),
        geneve([0x65, 0x58], &[], frame),
        geneve([k0, k1], &[], packet),
        geneve([k0, k1], &[1, 8, 1, 1, 9, 9, 9, 9, 1, 2, 3, 0], packet),
        gtp(0x30, &[]),
        gtp(0x32, &[0, 9, 0, 0]),
        gtp(0x38, &[]),
        // Ethernet in a session of 5G.
        (17, self::gtp(0x30, frame), "gtp-u 0x1a2b"),
        // On a port of their own.
        (
            17,
            udp_ports(
                (50_000, 50_001),
                &[&[8, 0, 0, 0, 0, 0, 42, 0], frame].concat(),
            ),
            "vxlan 42",
        ),
        named("nsh 3", vxlan(4790, 0x0c, 4, &service)),
        named("mpls 16", geneve([0x88, 0x47], &[], &labelled)),
        // PDU session container of four bytes, then one of eight.
        gtp(
            0x34,
            &[0, 0, 0, 0x85, 1, 0, 9, 0x40, 2, 1, 1, 1, 1, 1, 1, 0],
        ),
        (17, udp_ports((50_000, 4754), &gre), "gre key 5"),
    ]
}

fn gre(packet: &[u8], frame: &[u8]) -> Vec<Tunnel> {
    let [k0, k1] = version_type(packet);
    let gre = |header: &[u8], inside: &[u8], words| (47, [header, inside].concat(), words);
    let [l0, l1] = u16::try_from(4 + packet.len()).unwrap().to_be_bytes();
    let ppp = [0xff, 3, 0, if k0 == 8 { 0x21 } else { 0x57 }];
    // Key is length and call; with sequence and acknowledgment.
    let call = [0x30, 0x81, 0x88, 0x0b, l0, l1, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1];
    let checksum_key_sequence = [0xb0, 0, k0, k1, 1, 2, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1];
    vec![
        gre(&[0, 0, k0, k1], packet, "gre"),
        gre(&checksum_key_sequence, packet, "gre key 5"),
        gre(&[0, 0, 0x65, 0x58], frame, "gre"),
        gre(&[0, 0, 0x88, 0x47, 0, 1, 1, 64], packet, "mpls 16"),
        gre(&[0, 0, 0x88, 0x3e, 0, 0, 1, 1], packet, "gre"),
        gre(&[&call[..], &ppp].concat(), packet, "pptp 9"),
        gre(&[&[0, 0, 0x88, 0x0b][..], &ppp].concat(), packet, "gre"),
        // NVGRE: network 0x1234, flow 7.
        gre(
            &[0x20, 0, 0x65, 0x58, 0, 0x12, 0x34, 7],
            frame,
            "nvgre 4660",
        ),
        // A source route of one entry and its end.
        gre(
            &[
                0x40, 0, k0, k1, 0, 0, 0, 0, 8, 0, 0, 4, 10, 0, 0, 9, 0, 0, 0, 0,
            ],
            packet,
            "gre",
        ),
        gre(&[0, 0, 0x82, 0], &super::links::wlan(packet), "gre"),
        gre(
            &[
                0,
                0,
                0x89,
                0x4f,
                0,
                2,
                2,
                if k0 == 8 { 1 } else { 2 },
                0,
                0,
                3,
                255,
            ],
            packet,
            "nsh 3",
        ),
    ]
}

/// What only the packet inside proves.
fn without_magic(packet: &[u8], frame: &[u8]) -> Vec<Tunnel> {
    let udp =
        |port, parts: &[&[u8]], words| (17, udp_ports((50_000, port), &parts.concat()), words);
    let protocol = if packet[0] >> 4 == 4 { 4 } else { 41 };
    let mut plain = packet.to_vec();
    // FOU on any port is for IPv4 with a right checksum.
    let anywhere = if protocol == 4 {
        super::set_checksum(&mut plain);
        50_001
    } else {
        6080
    };
    vec![
        udp(anywhere, &[&plain], "ip-in-udp"),
        udp(6080, &[packet], "ip-in-udp"),
        udp(
            6080,
            &[&[1, protocol, 0, 0, 9, 9, 9, 9], packet],
            "ip-in-udp",
        ),
        udp(6080, &[&[0, 47, 0, 0, 0, 0, 0x65, 0x58], frame], "gre"),
        udp(6635, &[&[0, 1, 1, 64], packet], "mpls 16"),
        udp(
            6635,
            &[&[0, 2, 0, 64, 0, 1, 1, 64, 0, 0, 0, 0], frame],
            "mpls 16",
        ),
        udp(4341, &[&[0xc0, 1, 2, 3, 0, 0, 0, 1], packet], "lisp"),
        udp(4341, &[&[0x88, 1, 2, 3, 0, 0, 9, 1], packet], "lisp 9"),
    ]
}

/// L2TP of both versions, EtherIP, Ethernet behind SRv6, MPLS.
fn over_ip(packet: &[u8], frame: &[u8]) -> Vec<Tunnel> {
    let of = |parts: &[&[u8]]| parts.concat();
    let ppp = of(&[
        &[0xff, 3, 0, if packet[0] >> 4 == 4 { 0x21 } else { 0x57 }],
        packet,
    ]);
    let l2tp = |message: &[u8]| udp_ports((1701, 1701), message);
    let length = u16::try_from(16 + ppp.len()).unwrap().to_be_bytes();
    let [l0, l1] = length;
    // Length, sequence numbers, an offset of two.
    let all = [0x4a, 2, l0, l1, 0, 1, 0, 9, 0, 1, 0, 0, 0, 2, 0, 0];
    vec![
        (17, l2tp(&of(&[&[0, 2, 0, 1, 0, 9], &ppp])), "l2tp 9"),
        (17, l2tp(&of(&[&[0, 2, 0, 1, 0, 9], &ppp[3..]])), "l2tp 9"),
        (17, l2tp(&of(&[&all, &ppp])), "l2tp 9"),
        (
            17,
            l2tp(&of(&[&[0, 3, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0], frame])),
            "l2tpv3 9",
        ),
        (115, of(&[&[0, 0, 0, 9, 0, 0, 0, 0], frame]), "l2tpv3 9"),
        (
            115,
            of(&[&[0, 0, 0, 9], &[7; 8], &[0; 4], frame]),
            "l2tpv3 9",
        ),
        (115, of(&[&[0, 0, 0, 9], &ppp]), "l2tpv3 9"),
        (97, of(&[&[0x30, 0], frame]), "etherip"),
        (143, frame.to_vec(), "etherip"),
        (137, of(&[&[0, 1, 1, 64], packet]), "mpls 16"),
    ]
}

/// From access points and sniffers.
fn wireless(packet: &[u8], frame: &[u8]) -> Vec<Tunnel> {
    let udp =
        |port, parts: &[&[u8]], words| (17, udp_ports((50_000, port), &parts.concat()), words);
    let native = super::links::wlan(packet);
    let mut swapped = native.clone();
    swapped.swap(0, 1);
    vec![
        udp(5247, &[&[0, 0x10, 2, 0, 0, 0, 0, 0], frame], "capwap"),
        udp(5247, &[&[0, 0x10, 3, 0, 0, 0, 0, 0], &native], "capwap"),
        udp(
            5247,
            &[&[0, 0x18, 3, 0, 0, 0, 0, 0, 9, 9, 9, 9], &swapped],
            "capwap",
        ),
        udp(37008, &[&[1, 0, 0, 1, 10, 1, 9, 0, 1], frame], "tzsp"),
        udp(37008, &[&[1, 1, 0, 18, 1], &native], "tzsp"),
    ]
}

/// ERSPAN of types I, II and III, the last also with a header of the platform before an IP packet.
fn mirrored(packet: &[u8], frame: &[u8]) -> Vec<Tunnel> {
    let [s0, s1, s2] = SESSION_3;
    let second = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, s0, s1, s2];
    let third = [
        0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, s0, s1, s2, 0, 0, 0, 1,
    ];
    let of = |parts: &[&[u8]]| parts.concat();
    vec![
        (47, of(&[&[0, 0, 0x88, 0xbe], frame]), "erspan 0"),
        (47, of(&[&second, &[0, 0, 0, 1], frame]), "erspan 3"),
        (47, of(&[&third, &[0; 4], frame]), "erspan 3"),
        (
            47,
            of(&[&third, &[0, 0, 8, 1], &[1; 8], packet]),
            "erspan 3",
        ),
    ]
}
