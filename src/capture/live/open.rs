//! Opening an interface, and what to say where that fails.

use super::filter::default_filter;
use super::tap::Tap;
use crate::capture::Error;
use crate::capture::libpcap::link_type;
use crate::capture::libpcap::words;
use pcap::Active;
use pcap::Capture;
use pcap::Device;
use pcap::Precision;

/// The kernel hands on a block of packets that is not full after so long, ms.
const RETIRE: i32 = 50;
/// Whole packets, also those that the network card or the kernel has joined.
const WHOLE: u32 = 262_144;

/// What can be chosen of a live capture.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Names of interfaces; `any` is all of them.
    pub interfaces: Vec<String>,
    /// Bytes kept of each packet; 0: all.
    pub snap_length: u32,
    /// Size of the kernel's ring for each interface, bytes.
    pub buffer: u32,
    /// Take packets for other machines too.
    pub promiscuous: bool,
    /// BPF expression; [`default_filter`] where there is none.
    pub filter: Option<String>,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            interfaces: Vec::new(),
            snap_length: 0,
            buffer: 64 << 20,
            promiscuous: false,
            filter: None,
        }
    }
}

/// Opens one interface. `several`: it is one of several, whose packets are put in order of time, so none may wait for its block to
/// be full.
pub(super) fn open(
    index: u16,
    name: &str,
    options: &LiveOptions,
    several: bool,
) -> Result<Tap, Error> {
    let snap_length = match options.snap_length {
        0 => WHOLE,
        length => length.min(WHOLE),
    };
    let refuse = |error| refusal(name, error);
    let mut capture = Capture::from_device(name)
        .map_err(refuse)?
        .promisc(options.promiscuous)
        .snaplen(i32::try_from(snap_length).unwrap_or(i32::MAX))
        .buffer_size(i32::try_from(options.buffer).unwrap_or(i32::MAX))
        .timeout(RETIRE)
        .immediate_mode(several)
        .precision(Precision::Nano)
        .open()
        .and_then(Capture::setnonblock)
        .map_err(refuse)?;
    let link_type = link_type(capture.get_datalink());
    let filter = set_filter(&mut capture, options.filter.as_deref(), link_type)?;
    Ok(Tap::new(
        index,
        name,
        capture,
        link_type,
        snap_length,
        filter,
    ))
}

/// Sets the filter that was asked for, or the first default that fits the link type. Which one it was.
fn set_filter(
    capture: &mut Capture<Active>,
    wanted: Option<&str>,
    link_type: u16,
) -> Result<String, Error> {
    let candidates = wanted.map_or_else(|| default_filter().to_vec(), |one| vec![one.to_owned()]);
    let mut refused = None;
    for expression in candidates {
        match capture.filter(&expression, true) {
            Ok(()) => return Ok(expression),
            Err(error) => {
                refused.get_or_insert(Error::Filter {
                    expression,
                    link_type,
                    message: words(error),
                });
            }
        }
    }
    // Without a filter at all the analysis still takes what it needs.
    refused.map_or_else(|| Ok(String::new()), Err)
}

fn refusal(name: &str, error: pcap::Error) -> Error {
    let text = words(error);
    let has = |part: &str| text.contains(part);
    let name = name.to_owned();
    if has("permission") || has("not permitted") || has("CAP_NET_RAW") {
        return Error::NoPermission {
            name,
            program: std::env::current_exe()
                .map_or_else(|_| "tlscap".to_owned(), |path| path.display().to_string()),
        };
    }
    if has("No such device") || has("doesn't exist") || has("no such interface") {
        return Error::NoInterface {
            name,
            have: names().join(", "),
        };
    }
    Error::CannotCapture { name, what: text }
}

/// The interfaces there are.
fn names() -> Vec<String> {
    let devices = Device::list().unwrap_or_default();
    devices.into_iter().map(|device| device.name).collect()
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn a_refusal_says_what_to_do() {
        let said =
            |text: &str| refusal("eth7", pcap::Error::PcapError(text.to_owned())).to_string();
        let text = said("socket: Operation not permitted");
        assert!(text.contains("sudo setcap cap_net_raw=ep"), "{text}");
        let text = said("eth7: No such device exists (No such device exists)");
        assert!(text.contains("there is no interface \"eth7\""), "{text}");
        let text = said("eth7: That device is not up");
        assert!(text.contains("That device is not up"), "{text}");
    }
}
