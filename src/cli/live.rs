//! What `analyze --iface` and `monitor` share: the options of a live capture, and how it begins.

use super::args::LiveArgs;
use tlscap::capture;
use tlscap::capture::Live;
use tlscap::capture::LiveOptions;

/// Opens the interfaces that were asked for.
pub(super) fn open(args: &LiveArgs, filter: Option<&str>) -> Result<Live, capture::Error> {
    let mut interfaces = args.interfaces.clone();
    // Named twice, each packet would be counted twice.
    let mut seen = std::collections::HashSet::new();
    interfaces.retain(|name| seen.insert(name.clone()));
    Live::open(&LiveOptions {
        interfaces,
        snap_length: args.snap_length,
        buffer: u32::try_from(args.buffer).unwrap_or(u32::MAX),
        promiscuous: args.promiscuous,
        filter: filter.map(ToOwned::to_owned),
    })
}
