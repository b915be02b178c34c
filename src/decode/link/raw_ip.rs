//! IP packets without a link layer: tun devices, WireGuard, `nflog` dumps. 12 and 14 are the numbers that BSDs wrote for 101.

use super::Link;
use super::Next;
use crate::decode::Path;
use crate::decode::Skip;
use crate::decode::layer::Layer;

pub(super) const LINK: Link = Link {
    numbers: &[12, 14, 101, 228, 229],
    name: "raw IP",
    open,
};

#[expect(clippy::unnecessary_wraps, reason = "one signature for all link types")]
fn open<'a>(frame: Layer<'a>, _path: &mut Path) -> Result<Next<'a>, Skip> {
    Ok(Next::Ip(frame))
}
