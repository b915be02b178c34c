//! Teredo (RFC 4380 section 5.1.1): an IPv6 packet, before which authentication and origin may be indicated.

use super::Tunnel;
use super::kind;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;
use crate::decode::link::Next;

pub(super) const TUNNEL: Tunnel = Tunnel {
    protocols: &[],
    ports: &[PORT],
    name: "Teredo",
};
pub(super) const PORT: u16 = 3544;

/// The first four bytes of the addresses of Teredo clients (section 2.6).
const PREFIX: [u8; 4] = [0x20, 1, 0, 0];

pub(super) fn open<'a>(datagram: Layer<'a>, path: &mut Path) -> Result<Next<'a>, Skip> {
    let mut inside = datagram;
    // Lengths of client identifier and authentication value at 2 and 3; nonce and confirmation take nine bytes behind them.
    if let &[0, 1, id, value] = inside.head()? {
        inside = inside.after(13 + usize::from(id) + usize::from(value))?;
    }
    if let [0, 0, _, _] = inside.head()? {
        inside = inside.after(8)?;
    }
    let head: &[u8; 40] = inside.head()?;
    let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    let client = [8, 24].map(|at| head.get(at..at + 4) == Some(&PREFIX[..]));
    // Of server, relay and client, one end at least is a client.
    if head[0] >> 4 != 6 || length + 40 != inside.wire || client == [false; 2] {
        return Err(Skip::Malformed);
    }
    path.tunnel = (kind::TEREDO, 0);
    Ok(Next::Ip(inside))
}
