//! Headers of IP and what is in it, built from the inside out. `tests/kit` has them too.

/// Port 1234 to 443, seq 100, ack 200, PSH and ACK, window 500; `options` padded to words.
pub(crate) fn tcp(options: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut options = options.to_vec();
    options.resize(options.len().next_multiple_of(4), 0);
    let offset = u8::try_from(5 + options.len() / 4).unwrap() << 4;
    let head = [
        4, 210, 1, 187, 0, 0, 0, 100, 0, 0, 0, 200, offset, 0x18, 1, 244, 0xab, 0xcd, 0, 0,
    ];
    [&head[..], &options, payload].concat()
}

/// Port 1234 to 443.
pub(crate) fn udp(payload: &[u8]) -> Vec<u8> {
    udp_ports((1234, 443), payload)
}

pub(crate) fn udp_ports((src, dst): (u16, u16), payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap().to_be_bytes();
    [
        &src.to_be_bytes()[..],
        &dst.to_be_bytes(),
        &length,
        &[0, 0],
        payload,
    ]
    .concat()
}

/// From 10.0.0.1 to 10.0.0.2, identification 7, TTL 64, don't-fragment.
pub(crate) fn ipv4(protocol: u8, inside: &[u8]) -> Vec<u8> {
    ipv4_place(protocol, (7, 0x4000), inside)
}

/// The same with identification and the flags-and-offset field.
pub(crate) fn ipv4_place(protocol: u8, (id, place): (u16, u16), inside: &[u8]) -> Vec<u8> {
    let [l0, l1] = u16::try_from(20 + inside.len()).unwrap().to_be_bytes();
    let [i0, i1] = id.to_be_bytes();
    let [p0, p1] = place.to_be_bytes();
    let head = [
        0x45, 0, l0, l1, i0, i1, p0, p1, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    ];
    [&head[..], inside].concat()
}

/// From 2001:db8::1 to 2001:db8::2, hop limit 63.
pub(crate) fn ipv6(next: u8, inside: &[u8]) -> Vec<u8> {
    let [l0, l1] = u16::try_from(inside.len()).unwrap().to_be_bytes();
    let mut head = vec![0x60, 0, 0, 0, l0, l1, next, 63];
    for last in [1, 2] {
        head.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    [&head[..], inside].concat()
}

/// An IPv6 fragment header before `inside`.
pub(crate) fn ipv6_fragment(
    next: u8,
    (id, offset, more): (u32, u16, bool),
    inside: &[u8],
) -> Vec<u8> {
    let [o0, o1] = (offset | u16::from(more)).to_be_bytes();
    [&[next, 0, o0, o1][..], &id.to_be_bytes(), inside].concat()
}

/// An Ethernet frame with these tags and the EtherType of `packet`'s version.
pub(crate) fn ethernet(tags: &[(u16, u16)], packet: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    for (ether_type, id) in tags {
        bytes.extend(ether_type.to_be_bytes());
        bytes.extend(id.to_be_bytes());
    }
    bytes.extend(version_type(packet));
    bytes.extend(packet);
    bytes
}

/// The EtherType of an IP packet.
pub(crate) fn version_type(packet: &[u8]) -> [u8; 2] {
    if packet[0] >> 4 == 4 {
        [8, 0]
    } else {
        [0x86, 0xdd]
    }
}

/// Writes the checksum of an IPv4 header without options (RFC 1071).
pub(crate) fn set_checksum(packet: &mut [u8]) {
    packet[10..12].copy_from_slice(&[0, 0]);
    let pairs = packet[..20].chunks(2);
    let sum: u32 = pairs
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]))
        .sum();
    let once = (sum & 0xffff) + (sum >> 16);
    let sum = !u16::try_from((once & 0xffff) + (once >> 16)).unwrap();
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
}
