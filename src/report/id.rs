//! Names for a flow that stay the same from run to run and from tool to tool.

use crate::base::Endpoint;
use crate::facts::HandshakeFacts;
use ring::digest::Context;
use ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
use ring::digest::SHA256;
use std::fmt::Write;
use std::net::IpAddr;

/// IANA protocol number of TCP.
const TCP: u8 = 6;

/// The record's `id`: the first 16 hex digits of SHA-256 over client, server, encapsulation and time of the first packet.
///
/// Equal input gives equal ids, whatever else is in the capture. Two flows share one only if they have the same ends and begin
/// in the same nanosecond, as in a capture without times.
#[must_use]
pub fn handshake_id(facts: &HandshakeFacts) -> String {
    let mut context = Context::new(&SHA256);
    for end in [facts.client, facts.server] {
        update_with_address(&mut context, end.ip);
        context.update(&end.port.to_be_bytes());
    }
    context.update(&facts.first.at.0.to_be_bytes());
    for layer in &facts.encapsulation {
        context.update(layer.as_bytes());
        context.update(&[0]);
    }
    let mut id = String::with_capacity(16);
    for byte in context.finish().as_ref().iter().take(8) {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// Community ID version 1 of a TCP flow with seed 0, as Zeek, Suricata and Wireshark compute it: the same for both directions.
///
/// `1:` + base64(SHA-1(seed, smaller end's address, other address, protocol, 0, ports in the same order)).
#[must_use]
pub fn community_id(one: Endpoint, other: Endpoint) -> String {
    // Endpoint orders by address first and port second, and an address by its bytes, as the specification does.
    let (low, high) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(&[0, 0]);
    update_with_address(&mut context, low.ip);
    update_with_address(&mut context, high.ip);
    context.update(&[TCP, 0]);
    context.update(&low.port.to_be_bytes());
    context.update(&high.port.to_be_bytes());
    format!("1:{}", base64(context.finish().as_ref()))
}

/// The 4 or 16 bytes of an address.
fn update_with_address(context: &mut Context, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => context.update(&ip.octets()),
        IpAddr::V6(ip) => context.update(&ip.octets()),
    }
}

/// Base64 with padding (RFC 4648 section 4).
fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            text.push(if index > chunk.len() {
                '='
            } else {
                base64_digit(group >> (18 - 6 * index) & 0x3f)
            });
        }
    }
    text
}

/// The digit of a value below 64.
fn base64_digit(value: u32) -> char {
    let digit = match value {
        0..26 => u32::from('A') + value,
        26..52 => u32::from('a') + value - 26,
        52..62 => u32::from('0') + value - 52,
        62 => u32::from('+'),
        _ => u32::from('/'),
    };
    char::from_u32(digit).unwrap_or('=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FrameRef;
    use crate::base::Mark;
    use crate::base::Timestamp;

    fn end(ip: &str, port: u16) -> Endpoint {
        Endpoint {
            ip: ip.parse().unwrap(),
            port,
        }
    }

    #[test]
    fn community_id_is_that_of_the_specification() {
        let (client, server) = (end("128.232.110.120", 34855), end("66.35.250.204", 80));
        assert_eq!(
            community_id(client, server),
            "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
        );
        assert_eq!(
            community_id(server, client),
            "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
        );
    }

    #[test]
    fn community_id_orders_by_port_where_the_addresses_are_equal() {
        assert_eq!(
            community_id(end("::1", 1), end("::1", 2)),
            community_id(end("::1", 2), end("::1", 1))
        );
        assert_ne!(
            community_id(end("::1", 1), end("::1", 2)),
            community_id(end("::1", 1), end("::1", 3))
        );
    }

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }

    #[test]
    fn equal_flows_have_equal_ids_and_others_have_not() {
        let mut facts = HandshakeFacts::new(
            end("192.0.2.7", 51514),
            end("198.51.100.4", 443),
            Mark::default(),
        );
        let id = handshake_id(&facts);
        assert_eq!(id.len(), 16);
        facts.stream = 9;
        facts.first.frame = FrameRef::new(0, 77);
        assert_eq!(handshake_id(&facts), id);
        facts.first.at = Timestamp(1);
        assert_ne!(handshake_id(&facts), id);
    }
}
