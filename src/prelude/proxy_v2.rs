//! The PROXY protocol, version 2: a binary header before everything else.
//!
//! | offset | size | |
//! |---|---|---|
//! | 0 | 12 | signature |
//! | 12 | 1 | version 2 in the high half, command in the low: 0 LOCAL, 1 PROXY |
//! | 13 | 1 | family in the high half (1 IPv4, 2 IPv6, 3 Unix), transport in the low |
//! | 14 | 2 | length of the rest, big-endian: addresses and TLVs |
//!
//! The TLVs, what a load balancer knows of the client's own TLS among them, are read in `proxy_v2_fields.rs`.
//! Source: "The PROXY protocol" (HAProxy, doc/proxy-protocol.txt), section 2.2.

use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use super::Prelude;
use super::Recognised;
use super::Step;
use super::Talk;
use super::begins;
use super::proxy_v2_fields as fields;
use super::wire::Wire;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;

pub(super) const PRELUDE: Prelude = Prelude {
    id: "proxy_v2",
    recognise,
    begin: || Box::new(ProxyV2),
};

/// The signature, which no other protocol begins with.
pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const HEADER: usize = 16;
/// Bytes of the header kept as its text.
const QUOTED: usize = 64;

fn recognise(client: &[u8], server: &[u8]) -> Recognised {
    if client.is_empty() && !server.is_empty() {
        Recognised::No
    } else {
        begins(client, SIGNATURE)
    }
}

#[derive(Debug)]
struct ProxyV2;

impl Talk for ProxyV2 {
    fn advance(&mut self, wire: &mut Wire) -> Step {
        let sent = wire.client.bytes();
        if sent.get(12).is_some_and(|version| version >> 4 != 2) {
            return Step::NotThis;
        }
        let Some(&[high, low]) = sent.get(14..HEADER) else {
            return Step::More;
        };
        let rest = u16::from_be_bytes([high, low]);
        let Some((header, mark)) = wire.client.take(HEADER.saturating_add(usize::from(rest)))
        else {
            return Step::More;
        };
        let quoted = header.get(..QUOTED).unwrap_or(header).to_vec();
        let target = addresses(header);
        let told = fields::read(header.get(tlvs_at(header)..).unwrap_or(&[]));
        wire.ask(PreludeProtocol::ProxyV2, mark, target);
        wire.quote(&quoted);
        wire.tell(told);
        wire.tls_here()
    }
}

/// Where the addresses of the family end and TLVs begin. LOCAL headers have them too.
fn tlvs_at(header: &[u8]) -> usize {
    let addresses = match header.get(13).map_or(0, |family| family >> 4) {
        1 => 12,
        2 => 36,
        3 => 216,
        _ => 0,
    };
    HEADER.saturating_add(addresses)
}

/// `source:port > destination:port`; `None` for LOCAL and for families without IP addresses.
fn addresses(header: &[u8]) -> Option<WireText> {
    let rest = header.get(HEADER..)?;
    if header.get(12)? & 0xf != 1 {
        return None;
    }
    let (from, to, ports) = match header.get(13)? >> 4 {
        1 => {
            let (from, rest) = rest.split_first_chunk::<4>()?;
            let (to, ports) = rest.split_first_chunk::<4>()?;
            (
                Ipv4Addr::from(*from).to_string(),
                Ipv4Addr::from(*to).to_string(),
                ports,
            )
        }
        2 => {
            let (from, rest) = rest.split_first_chunk::<16>()?;
            let (to, ports) = rest.split_first_chunk::<16>()?;
            (
                format!("[{}]", Ipv6Addr::from(*from)),
                format!("[{}]", Ipv6Addr::from(*to)),
                ports,
            )
        }
        _ => return None,
    };
    let (&[a, b, c, d], _) = ports.split_first_chunk::<4>()?;
    let (from_port, to_port) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    Some(
        format!("{from}:{from_port} > {to}:{to_port}")
            .as_str()
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::SIGNATURE;
    use crate::facts::PreludeState;
    use crate::prelude::Step;
    use crate::prelude::sample::Script;

    #[test]
    fn tls_may_follow_behind_addresses_and_tlvs() {
        let addresses =
            b"\x21\x11\x00\x0f\xc0\x00\x02\x07\xc6\x33\x64\x04\xc9\x3a\x01\xbb\x04\x00\x00";
        let facts = Script::new()
            .client(&[SIGNATURE, addresses].concat())
            .tls_behind_all();
        assert_eq!(
            facts.target.unwrap().bytes(),
            b"192.0.2.7:51514 > 198.51.100.4:443"
        );
        assert_eq!(facts.state, PreludeState::Asked);
    }

    #[test]
    fn what_the_balancer_knows_of_the_clients_tls_is_kept() {
        let tls = b"\x20\x00\x1b\x05\x00\x00\x00\x00\x21\x00\x07TLSv1.3\x22\x00\x02me\x23\x00\x01A\x99\x00\x00";
        let tlvs = [
            &b"\x01\x00\x02h2\x02\x00\x0cshop.example"[..],
            tls,
            b"\xea\x00\x06\x01vpce-",
            b"\x04\x00\x01\x00",
        ]
        .concat();
        let length = u8::try_from(12 + tlvs.len()).unwrap();
        let addresses = b"\xc0\x00\x02\x07\xc6\x33\x64\x04\xc9\x3a\x01\xbb";
        let header = [SIGNATURE, &[0x21, 0x11, 0, length], addresses, &tlvs].concat();
        let facts = Script::new().client(&header).tls_behind_all();
        let told: Vec<(&str, &[u8])> = facts
            .fields
            .iter()
            .map(|(name, value)| (*name, value.bytes()))
            .collect();
        let expected: [(&str, &[u8]); 7] = [
            ("alpn", b"h2"),
            ("authority", b"shop.example"),
            ("tls_client", b"certificate verified, over TLS"),
            ("tls_version", b"TLSv1.3"),
            ("tls_common_name", b"me"),
            ("tls_cipher", b"A"),
            ("aws_vpc_endpoint", b"vpce-"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_local_header_names_nobody() {
        let script = Script::new().client(&[SIGNATURE, b"\x20\x00\x00\x00\x16\x03\x01"].concat());
        assert_eq!(
            script.agrees_however_cut(),
            Step::TlsAt {
                client: 16,
                server: 0
            }
        );
    }

    #[test]
    fn silent_for_another_version_or_signature() {
        Script::new()
            .client(&[SIGNATURE, b"\x31\x11\x00\x00"].concat())
            .not_this();
        Script::new()
            .client(b"\r\n\r\nGET / HTTP/1.1\r\n")
            .not_this();
    }
}
