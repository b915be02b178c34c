//! Every header between Ethernet and IP around a packet. `tests/kit` has them too.

use super::ethernet;
use super::version_type;

/// EtherType, what is behind it, and what `Path::words` calls it.
type Headed = (u16, Vec<u8>, &'static [&'static str]);

/// All headers around the IP packet `packet`.
pub(crate) fn headers(packet: &[u8]) -> Vec<Headed> {
    let mut all = tags(packet);
    all.extend(labels(packet));
    all.extend(others(packet));
    all
}

fn of(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn ppp(packet: &[u8]) -> Vec<u8> {
    of(&[&[0, if packet[0] >> 4 == 4 { 0x21 } else { 0x57 }], packet])
}

fn tags(packet: &[u8]) -> Vec<Headed> {
    let kind = version_type(packet);
    let vlans = [0x8100, 0x88a8, 0x9100, 0x9200, 0x9300];
    let mut all: Vec<Headed> = vlans
        .map(|tpid| (tpid, of(&[&[0x20, 12], &kind, packet]), &["vlan 12"][..]))
        .to_vec();
    all.extend([
        (
            0x88a8,
            of(&[&[0, 7, 0x81, 0, 0, 12], &kind, packet]),
            &["vlan 7", "vlan 12"][..],
        ),
        (0x8926, of(&[&[0, 1, 0, 2], &kind, packet]), &[]),
        (0x893f, of(&[&[0, 1, 0, 2, 0, 0], &kind, packet]), &[]),
        (0x8909, of(&[&[1, 1, 0, 1, 0, 9], &kind, packet]), &[]),
        (0x892f, of(&[&[0x10, 60, 0, 1], &kind, packet]), &[]),
        (0xdada, of(&[&[0, 0, 0x40, 8, 0, 0], &kind, packet]), &[]),
        (0xf1c1, of(&[&[0, 0, 0, 1], &kind, packet]), &[]),
        (0xd28b, of(&[&[0, 1, 0, 0x10], &[0; 8], &kind, packet]), &[]),
        (0xd28b, of(&[&[0, 1, 1, 0x20], &[0; 6], &kind, packet]), &[]),
        (
            0x88e7,
            of(&[&[0, 0, 0, 5], &ethernet(&[(0x8100, 7)], packet)]),
            &["vlan 7", "i-sid 5"],
        ),
        (0x8903, of(&[&[0, 1], &ethernet(&[], packet)]), &[]),
        (
            0x22f3,
            of(&[&[0, 0x4a, 0, 1, 0, 2, 9, 9, 9, 9], &ethernet(&[], packet)]),
            &[],
        ),
        (
            0x88e5,
            of(&[
                &[0x20, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8],
                &kind,
                packet,
                &[9; 16],
            ]),
            &[],
        ),
    ]);
    all
}

fn labels(packet: &[u8]) -> Vec<Headed> {
    let frame = ethernet(&[], packet);
    let mut zeros = frame.clone();
    zeros[0] = 0;
    let mut fours = frame.clone();
    fours[0] = 0x44;
    // Of a pseudowire of HDLC, and of PPP.
    let hdlc = of(&[&[0x0f, 0], &version_type(packet), packet]);
    vec![
        (0x8847, of(&[&[0, 1, 1, 64], packet]), &["mpls 16"]),
        (
            0x8848,
            of(&[&[0, 2, 0, 64, 0, 1, 1, 64], packet]),
            &["mpls 16"],
        ),
        // Explicit null last; an entropy label last.
        (
            0x8847,
            of(&[&[0, 1, 0, 64, 0, 0, 1, 64], packet]),
            &["mpls 16"],
        ),
        (
            0x8847,
            of(&[&[0, 1, 0, 64, 0, 0, 0x70, 64, 9, 9, 1, 0], packet]),
            &["mpls 16"],
        ),
        (0x8847, of(&[&[0, 0, 0x21, 64], packet]), &["mpls 2"]),
        (
            0x8847,
            of(&[&[0, 1, 1, 64, 0, 0, 0, 1], &frame]),
            &["mpls 16"],
        ),
        (
            0x8847,
            of(&[&[0, 1, 1, 64, 0, 0, 0, 1], &zeros]),
            &["mpls 16"],
        ),
        (0x8847, of(&[&[0, 1, 1, 64], &frame]), &["mpls 16"]),
        (0x8847, of(&[&[0, 1, 1, 64], &zeros]), &["mpls 16"]),
        (0x8847, of(&[&[0, 1, 1, 64], &fours]), &["mpls 16"]),
        (
            0x8847,
            of(&[&[0, 1, 1, 64, 0, 0, 0, 0], &hdlc]),
            &["mpls 16"],
        ),
        (
            0x8847,
            of(&[&[0, 1, 1, 64, 0, 0, 0, 0], &ppp(packet)]),
            &["mpls 16"],
        ),
        (
            0x8847,
            of(&[&[0, 1, 1, 64, 0, 0, 0, 0], packet]),
            &["mpls 16"],
        ),
    ]
}

fn others(packet: &[u8]) -> Vec<Headed> {
    let frame = ethernet(&[], packet);
    let ppp = ppp(packet);
    let length = u16::try_from(ppp.len()).unwrap().to_be_bytes();
    let version = if packet[0] >> 4 == 4 { 1 } else { 2 };
    let snap = of(&[&[0xaa, 0xaa, 3, 0, 0, 0], &version_type(packet), packet]);
    vec![
        (
            0x8864,
            of(&[&[0x11, 0, 0, 9], &length, &ppp, &[0; 3]]),
            &["pppoe 9"],
        ),
        (
            0x894f,
            of(&[&[0, 2, 2, version, 0, 0, 3, 255], packet]),
            &["nsh 3"],
        ),
        (
            0x894f,
            of(&[&[0, 6, 1, 3, 0, 0, 3, 255], &[0; 16], &frame]),
            &["nsh 3"],
        ),
        (0x880b, of(&[&[0xff, 3], &ppp]), &[]),
        (0x8870, snap, &[]),
        (0x6558, frame, &[]),
    ]
}
