//! Ethernet in IP: EtherIP (RFC 3378 section 3), two bytes with version 3 in the highest bits and zeros before the frame; and protocol
//! 143 (RFC 8986 section 4.9), the frame at once.

use super::Tunnel;
use super::kind;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::link::Next;

pub(super) const TUNNEL: Tunnel = Tunnel {
    protocols: &[PROTOCOL, AT_ONCE],
    ports: &[],
    name: "EtherIP, Ethernet behind SRv6",
};
pub(super) const PROTOCOL: u8 = 97;
pub(super) const AT_ONCE: u8 = 143;

pub(super) fn open<'a>(packet: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    match *packet.head()? {
        // Some wrote the version into the low bits.
        [0x30 | 0x03, 0] => at_once(packet.after(2)?, path),
        _ => Err(Skip::Malformed),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for all tunnels")]
pub(super) fn at_once<'a>(packet: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    path.tunnel = (kind::ETHER_IP, 0);
    Ok(Next::Ethernet(packet))
}
