//! Cut, damaged and random frames: an answer always, a panic never.

use super::decoder;
use crate::capture::Frame;
use crate::decode::Decoded;
use crate::decode::Decoder;
use crate::decode::link::LINKS;
use crate::decode::sample::ethernet;
use crate::decode::sample::frame;
use crate::decode::sample::headers::headers;
use crate::decode::sample::ipv4;
use crate::decode::sample::ipv4_place;
use crate::decode::sample::ipv6;
use crate::decode::sample::ipv6_fragment;
use crate::decode::sample::links::links;
use crate::decode::sample::tcp;
use crate::decode::sample::tunnels::tunnels;
use crate::decode::sample::udp;

/// A small generator of fixed seed (Vigna, `splitmix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

fn link_types() -> Vec<u16> {
    LINKS
        .iter()
        .flat_map(|link| link.numbers)
        .copied()
        .chain([220])
        .collect()
}

/// A segment with options, over IPv4 and over IPv6 with extension headers.
fn packets() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let segment = tcp(
        &[
            2, 4, 5, 0xb4, 30, 4, 0, 0, 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2,
        ],
        b"payload",
    );
    let v4 = ipv4(6, &segment);
    let v6 = ipv6(
        0,
        &[
            &[
                44, 0, 1, 4, 0, 0, 0, 0, 51, 0, 0, 0, 0, 0, 0, 9, 6, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0,
                2,
            ][..],
            &segment,
        ]
        .concat(),
    );
    (segment, v4, v6)
}

fn samples() -> Vec<(u16, Vec<u8>)> {
    let mut samples = encapsulated();
    let (segment, v4, v6) = packets();
    let too_big = ipv6(58, &[&[2, 0, 0, 0, 0, 0, 5, 0][..], &v6].concat());
    for packet in [&v4, &v6] {
        samples.extend(
            links(packet)
                .into_iter()
                .map(|(link, bytes, _)| (link, bytes)),
        );
        samples.extend(headers(packet).into_iter().map(|(kind, bytes, _)| {
            let mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
            (1, [&mac[..], &kind.to_be_bytes(), &bytes].concat())
        }));
        let carried = tunnels(packet).into_iter();
        samples.extend(carried.map(|(protocol, bytes, _)| (101, ipv4(protocol, &bytes))));
    }
    let unreachable = ipv4(1, &[&[3, 4, 0, 0, 0, 0, 5, 0][..], &v4].concat());
    samples.extend([
        (101, ipv4(41, &ipv6(4, &v4))),
        (101, ipv4(17, &udp(b"payload"))),
        (101, too_big),
        (101, unreachable),
        (101, ipv4_place(6, (1, 0x2000), &segment[..24])),
        (
            101,
            ipv6(44, &ipv6_fragment(6, (1, 24, false), &segment[24..])),
        ),
    ]);
    samples
}

fn encapsulated() -> Vec<(u16, Vec<u8>)> {
    let (_, v4, v6) = packets();
    let mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    vec![
        (
            1,
            ethernet(
                &[
                    (0x8100, 1),
                    (0x88a8, 2),
                    (0x9100, 3),
                    (0x9200, 4),
                    (0x8100, 5),
                ],
                &v4,
            ),
        ),
        (1, ethernet(&[], &v6)),
        (
            1,
            [&mac[..], &[0, 200, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4].concat(),
        ),
        (
            1,
            [
                &mac[..],
                &[0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64, 0, 0, 0, 0],
                &ethernet(&[], &v4),
            ]
            .concat(),
        ),
        (
            1,
            [&mac[..], &[0x88, 0x64, 0x11, 0, 0, 9, 0, 200, 0, 0x21], &v4].concat(),
        ),
        (
            1,
            [
                &mac[..],
                &[
                    0x88, 0xe5, 0x20, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0,
                ],
                &v4,
            ]
            .concat(),
        ),
        (
            113,
            [&[0, 4, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0][..], &v4].concat(),
        ),
        (
            276,
            [
                &[
                    0x86, 0xdd, 0, 0, 0, 0, 0, 9, 3, 4, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0,
                ][..],
                &v6,
            ]
            .concat(),
        ),
        (0, [&[30, 0, 0, 0][..], &v6].concat()),
        (9, [&[0xff, 3, 0, 0x57][..], &v6].concat()),
        (104, [&[0x0f, 0, 8, 0][..], &v4].concat()),
        (
            10,
            [&[0x50][..], &mac, &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4].concat(),
        ),
        (
            239,
            [
                &[2, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0, 200, 0, 9, 0][..],
                &v4,
            ]
            .concat(),
        ),
    ]
}

/// Decodes, and holds the answer against what must be true of any.
fn check(decoder: &mut Decoder, frame: &Frame<'_>) {
    match decoder.decode(frame) {
        Decoded::Tcp(segment) => assert!(segment.payload.len() <= segment.payload_length as usize),
        Decoded::Skip(skip) => assert!(!skip.reason().is_empty()),
        Decoded::Udp(_) | Decoded::IcmpError(_) => {}
    }
}

#[test]
fn every_sample_is_read_when_whole() {
    for (link_type, bytes) in samples() {
        let mut decoder = decoder();
        let decoded = decoder.decode(&frame(link_type, &bytes));
        let held = matches!(decoded, Decoded::Skip(crate::decode::Skip::FragmentHeld));
        assert!(
            held || !matches!(decoded, Decoded::Skip(_)),
            "{link_type}: {decoded:?}"
        );
    }
}

#[test]
fn every_cut_is_answered_and_ports_and_flags_are_there_while_they_can_be() {
    for (link_type, bytes) in samples() {
        let mut whole = decoder();
        let Decoded::Tcp(full) = whole.decode(&frame(link_type, &bytes)) else {
            continue;
        };
        let header = full.options != crate::decode::Options::default();
        let transport = bytes.windows(2).rposition(|pair| pair == [4, 210]).unwrap();
        assert!(header);
        for end in 0..=bytes.len() {
            for wire in [end, bytes.len()] {
                let mut decoder = decoder();
                let mut cut = frame(link_type, &bytes[..end]);
                cut.wire_length = u32::try_from(wire).unwrap();
                check(&mut decoder, &cut);
                match decoder.decode(&cut) {
                    Decoded::Tcp(part) => {
                        assert_eq!(
                            (part.src_port, part.dst_port, part.flags),
                            (full.src_port, full.dst_port, full.flags)
                        );
                        assert_eq!(
                            (part.seq, part.ack, part.path),
                            (full.seq, full.ack, full.path)
                        );
                        assert!(wire == end || part.payload_length == full.payload_length);
                    }
                    // The length in a header of GTP or Teredo must be that of the datagram.
                    Decoded::Udp(_) if wire == end => {}
                    other => assert!(end < transport + 14, "{link_type} {end}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn every_cut_of_the_others_is_answered() {
    let mut decoder = decoder();
    for (link_type, bytes) in samples() {
        for end in 0..=bytes.len() {
            check(&mut decoder, &frame(link_type, &bytes[..end]));
        }
    }
}

#[test]
fn flipped_bits_and_wrong_link_types_are_answered() {
    let mut random = Random(1);
    let (mut decoder, samples, link_types) = (decoder(), samples(), link_types());
    for _ in 0..40_000 {
        let (link_type, mut bytes) = samples[random.below(samples.len())].clone();
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        let link_type = if random.below(8) == 0 {
            link_types[random.below(link_types.len())]
        } else {
            link_type
        };
        let kept = random.below(bytes.len() * 2).min(bytes.len());
        let mut frame = frame(link_type, &bytes[..kept]);
        frame.wire_length = u32::try_from(random.below(3000)).unwrap();
        check(&mut decoder, &frame);
    }
}

#[test]
fn random_bytes_are_answered() {
    let mut random = Random(2);
    let (mut decoder, link_types) = (decoder(), link_types());
    for round in 0..20_000 {
        let bytes: Vec<u8> = (0..random.below(200))
            .map(|_| random.next().to_le_bytes()[0])
            .collect();
        check(
            &mut decoder,
            &frame(link_types[round % link_types.len()], &bytes),
        );
    }
}

#[test]
fn a_frame_of_nothing_but_tags_or_labels_is_answered() {
    let mut decoder = decoder();
    for unit in [
        &[0x81, 0, 0x81, 0][..],
        &[0x88, 0x47, 0, 0],
        &[
            0x88, 0x47, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2,
        ],
    ] {
        let bytes = [
            &[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..],
            &unit.repeat(65_536),
        ]
        .concat();
        check(&mut decoder, &frame(1, &bytes));
    }
}

#[test]
fn a_frame_of_nothing_but_headers_of_one_kind_is_answered() {
    let mut decoder = decoder();
    let mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    let units: [(u16, &[u8]); 6] = [
        // PPI in PPI, PKTAP in PKTAP.
        (192, &[0, 0, 8, 0, 192, 0, 0, 0]),
        (
            258,
            &[&[64, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0][..], &[0; 52]].concat(),
        ),
        // Multilink PPP, NSH, bridged Ethernet, ERF.
        (9, &[0, 0x3d, 0xc0, 0, 0, 1]),
        (
            1,
            &[
                &mac[..],
                &[0x89, 0x4f],
                &[0, 2, 2, 4, 0, 0, 3, 255].repeat(50),
            ]
            .concat(),
        ),
        (1, &[&mac[..], &[0x65, 0x58]].concat()),
        (197, &[&[0; 8][..], &[0x82; 8]].concat()),
    ];
    for (link_type, unit) in units {
        check(&mut decoder, &frame(link_type, &unit.repeat(20_000)));
    }
}
