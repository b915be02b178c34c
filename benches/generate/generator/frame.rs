//! The bytes of one packet: Ethernet, VLAN tags, IP, and TCP or UDP, with their checksums.

/// Who talks to whom, and in what the packets are wrapped.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    pub(super) v6: bool,
    /// VLAN tags: none, one, or two (802.1ad).
    pub(super) tags: u8,
    /// Addresses of client and server; the first four bytes count for IPv4.
    pub(super) addresses: [[u8; 16]; 2],
    pub(super) ports: [u16; 2],
}

/// What stands in the IP header of one packet and changes from one to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    pub(super) side: usize,
    pub(super) ttl: u8,
    pub(super) id: u16,
}

/// What stands in a TCP header.
pub(super) struct Tcp<'a> {
    pub(super) seq: u32,
    pub(super) ack: u32,
    pub(super) flags: u8,
    pub(super) window: u16,
    pub(super) options: &'a [u8],
}

const TCP: u8 = 6;
const UDP: u8 = 17;

/// A TCP segment in its frame. `None` for `tcp` makes it a datagram.
pub(super) fn frame(ends: &Ends, hop: Hop, tcp: Option<&Tcp<'_>>, payload: &[u8]) -> Vec<u8> {
    let header = tcp.map_or(8, |tcp| 20 + tcp.options.len());
    let upper = header + payload.len();
    let mut out = Vec::with_capacity(62 + upper);
    ethernet(&mut out, ends, hop.side);
    let pseudo = if ends.v6 {
        ipv6(&mut out, ends, hop, upper, tcp.is_some())
    } else {
        ipv4(&mut out, ends, hop, upper, tcp.is_some())
    };
    let from = out.len();
    out.extend(ends.ports[hop.side].to_be_bytes());
    out.extend(ends.ports[1 - hop.side].to_be_bytes());
    match tcp {
        Some(tcp) => {
            out.extend(tcp.seq.to_be_bytes());
            out.extend(tcp.ack.to_be_bytes());
            out.push((header as u8 / 4) << 4);
            out.push(tcp.flags);
            out.extend(tcp.window.to_be_bytes());
            out.extend([0; 4]);
            out.extend(tcp.options);
        }
        None => {
            out.extend((upper as u16).to_be_bytes());
            out.extend([0; 2]);
        }
    }
    out.extend(payload);
    let mut sum = !fold(pseudo + words(&out[from..]));
    let place = from + if tcp.is_some() { 16 } else { 6 };
    // In UDP a sum of zero would mean that there is none (RFC 768).
    if tcp.is_none() && sum == 0 {
        sum = 0xffff;
    }
    out[place..place + 2].copy_from_slice(&sum.to_be_bytes());
    out
}

fn ethernet(out: &mut Vec<u8>, ends: &Ends, side: usize) {
    let hosts = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]];
    out.extend(hosts[1 - side]);
    out.extend(hosts[side]);
    if ends.tags == 2 {
        out.extend([0x88, 0xa8, 0, 100]);
    }
    if ends.tags > 0 {
        out.extend([0x81, 0, 0, 10 + (ends.ports[0] as u8 & 31)]);
    }
    out.extend(if ends.v6 { [0x86, 0xdd] } else { [8, 0] });
}

/// Returns the sum of the pseudo header.
fn ipv4(out: &mut Vec<u8>, ends: &Ends, hop: Hop, upper: usize, tcp: bool) -> u64 {
    let protocol = if tcp { TCP } else { UDP };
    let from = out.len();
    out.extend([0x45, 0]);
    out.extend((20 + upper as u16).to_be_bytes());
    out.extend(hop.id.to_be_bytes());
    out.extend([0x40, 0, hop.ttl, protocol, 0, 0]);
    out.extend(&ends.addresses[hop.side][..4]);
    out.extend(&ends.addresses[1 - hop.side][..4]);
    let sum = !fold(words(&out[from..]));
    out[from + 10..from + 12].copy_from_slice(&sum.to_be_bytes());
    words(&out[from + 12..]) + u64::from(protocol) + upper as u64
}

/// Returns the sum of the pseudo header.
fn ipv6(out: &mut Vec<u8>, ends: &Ends, hop: Hop, upper: usize, tcp: bool) -> u64 {
    let protocol = if tcp { TCP } else { UDP };
    out.extend([0x60, 0, 0, 0]);
    out.extend((upper as u16).to_be_bytes());
    out.extend([protocol, hop.ttl]);
    let from = out.len();
    out.extend(ends.addresses[hop.side]);
    out.extend(ends.addresses[1 - hop.side]);
    words(&out[from..]) + u64::from(protocol) + upper as u64
}

/// The sum of 16-bit words, the last one padded with zero.
fn words(bytes: &[u8]) -> u64 {
    let pairs = bytes.chunks_exact(2);
    let odd = pairs
        .remainder()
        .first()
        .map_or(0, |last| u64::from(*last) << 8);
    pairs
        .map(|pair| u64::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum::<u64>()
        + odd
}

fn fold(mut sum: u64) -> u16 {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
