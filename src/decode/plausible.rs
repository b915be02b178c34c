//! Whether a packet or a frame begins here, where no header says what follows.
//!
//! Only what the standards fix is looked at. Where these answer yes to random bytes too often, the caller asks for more.

use crate::decode::layer::Layer;

/// IP protocols that are met in practice, or that are read.
const PROTOCOLS: &[u8] = &[
    1, 2, 4, 6, 17, 41, 46, 47, 50, 51, 58, 88, 89, 97, 103, 112, 115, 132, 136, 137, 143,
];
/// Extension headers that may follow an IPv6 header, and "nothing".
const EXTENSIONS: &[u8] = &[0, 43, 44, 59, 60, 135, 139, 140];

/// VLAN tags that are passed to find a packet.
const TAGS: usize = 2;

/// An IP header.
pub(super) fn ip(packet: Layer<'_>) -> bool {
    match packet.kept.first().map(|first| first >> 4) {
        Some(4) => v4(packet).is_some(),
        Some(6) => v6(packet).is_some(),
        _ => false,
    }
}

/// An IP header whose packet ends just where the bytes end.
pub(super) fn whole_ip(packet: Layer<'_>) -> bool {
    v4(packet).or_else(|| v6(packet)) == Some(packet.wire)
}

/// The same, and for IPv4 also a right checksum: without a port or a protocol that promised it.
pub(super) fn certain_ipv4(packet: Layer<'_>) -> bool {
    let Some((head, _)) = packet.kept.split_first_chunk::<20>() else {
        return false;
    };
    head[0] == 0x45 && v4(packet) == Some(packet.wire) && sum(head) == 0xffff
}

/// An Ethernet header with an EtherType after which what follows fits.
pub(super) fn ethernet(frame: Layer<'_>) -> bool {
    let Ok(head) = frame.head::<14>() else {
        return false;
    };
    let Ok(inside) = frame.after(14) else {
        return false;
    };
    match u16::from_be_bytes([head[12], head[13]]) {
        0x0800 => v4(inside).is_some(),
        0x86dd => v6(inside).is_some(),
        0x0806 => inside.kept.starts_with(&[0, 1, 8, 0, 6, 4]),
        0x8100 | 0x88a8 => tagged(inside),
        0x8847 | 0x8863 | 0x8864 | 0x8809 | 0x888e | 0x88cc | 0x8902 => true,
        length @ 3..=1500 => {
            let access = matches!(*inside.kept, [0xaa, 0xaa, 3, ..] | [0x42, 0x42, 3, ..]);
            access && usize::from(length) <= inside.wire
        }
        _ => false,
    }
}

/// An IP packet that ends within the bytes; a frame of Ethernet may have padding behind it.
pub(super) fn within(packet: Layer<'_>) -> bool {
    v4(packet)
        .or_else(|| v6(packet))
        .is_some_and(|length| length <= packet.wire)
}

/// An Ethernet frame, tagged or not, with an IP packet within.
pub(super) fn frame_of_ip(frame: Layer<'_>) -> bool {
    (12..=12 + 4 * TAGS).step_by(4).any(|at| {
        let tagged = at == 12
            || matches!(
                frame.kept.get(at - 4..at - 2),
                Some([0x81, 0] | [0x88, 0xa8])
            );
        let packet = matches!(frame.kept.get(at..at + 2), Some([0x08, 0] | [0x86, 0xdd]));
        tagged && packet && frame.after(at + 2).is_ok_and(within)
    })
}

/// Behind a VLAN tag's first two bytes.
fn tagged(tag: Layer<'_>) -> bool {
    matches!(
        tag.kept.get(2..4),
        Some([8, 0 | 6] | [0x86, 0xdd] | [0x81, 0] | [0x88, 0x47 | 0x64])
    )
}

/// The total length of an IPv4 packet.
fn v4(packet: Layer<'_>) -> Option<usize> {
    let head: &[u8; 20] = packet.head().ok()?;
    let length = usize::from(head[0] & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes([head[2], head[3]]));
    // The highest flag is reserved (RFC 791 section 3.1).
    let fits = head[0] >> 4 == 4 && length >= 20 && total >= length && head[6] & 0x80 == 0;
    (fits && PROTOCOLS.contains(&head[9])).then_some(total)
}

/// The length of an IPv6 packet with its header.
fn v6(packet: Layer<'_>) -> Option<usize> {
    let head: &[u8; 40] = packet.head().ok()?;
    let next = head[6];
    let known = PROTOCOLS.contains(&next) || EXTENSIONS.contains(&next);
    let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    (head[0] >> 4 == 6 && known).then_some(length + 40)
}

/// The ones' complement sum of a header (RFC 1071): all ones where its checksum is right.
fn sum(head: &[u8; 20]) -> u32 {
    let pairs = head.chunks_exact(2);
    let sum: u32 = pairs
        .filter_map(|pair| pair.first_chunk::<2>())
        .map(|pair| u32::from(u16::from_be_bytes(*pair)))
        .sum();
    (sum & 0xffff) + (sum >> 16)
}

#[cfg(test)]
mod tests {
    use super::certain_ipv4;
    use super::ethernet;
    use super::frame_of_ip;
    use super::ip;
    use super::whole_ip;
    use super::within;
    use crate::decode::layer::Layer;
    use crate::decode::sample;

    fn layer(bytes: &[u8]) -> Layer<'_> {
        Layer::new(bytes, bytes.len())
    }

    #[test]
    fn packets_and_frames_are_and_what_is_none_is_not() {
        let segment = sample::tcp(&[], b"hello");
        for packet in [sample::ipv4(6, &segment), sample::ipv6(6, &segment)] {
            assert!(ip(layer(&packet)) && whole_ip(layer(&packet)));
            assert!(!whole_ip(layer(&[&packet[..], &[0]].concat())));
            let frame = sample::ethernet(&[], &packet);
            assert!(ethernet(layer(&frame)) && !ip(layer(&frame)));
            assert!(ethernet(layer(&sample::ethernet(&[(0x8100, 5)], &packet))));
            assert!(!ethernet(layer(&packet)));
            for end in 0..packet.len().min(20) {
                assert!(!ip(layer(&packet[..end])));
            }
        }
        assert!(!ip(layer(&sample::ipv4(253, &segment))));
        assert!(!ip(layer(&[0x45; 60])) && !ethernet(layer(&[0x45; 60])));
    }

    #[test]
    fn a_packet_is_within_a_frame_with_tags_and_padding_and_not_when_it_is_longer() {
        let segment = sample::tcp(&[], b"hello");
        for packet in [sample::ipv4(6, &segment), sample::ipv6(6, &segment)] {
            for tags in [&[][..], &[(0x8100, 5)], &[(0x88a8, 5), (0x8100, 6)]] {
                let frame = sample::ethernet(tags, &packet);
                assert!(frame_of_ip(layer(&frame)));
                assert!(frame_of_ip(layer(&[&frame[..], &[0; 6]].concat())));
                assert!(!frame_of_ip(layer(&frame[..frame.len() - 1])));
                // Cut by the snap length.
                let cut = Layer::new(&frame[..frame.len() - 1], frame.len());
                assert!(frame_of_ip(cut));
                assert!(!within(layer(&frame)));
            }
        }
        assert!(!frame_of_ip(layer(&[8; 60])) && !frame_of_ip(layer(&[])));
    }

    #[test]
    fn only_a_right_checksum_is_certain() {
        let mut packet = sample::ipv4(6, &sample::tcp(&[], b"hello"));
        assert!(!certain_ipv4(layer(&packet)));
        sample::set_checksum(&mut packet);
        assert!(certain_ipv4(layer(&packet)));
        packet[8] ^= 1;
        assert!(!certain_ipv4(layer(&packet)));
    }
}
