//! The interfaces that libpcap knows, each opened for a moment to learn its link type.

use pcap::Capture;
use pcap::ConnectionStatus;
use pcap::Device;
use pcap::Linktype;
use std::borrow::Cow;
use std::path::Path;
use tlscap::capture::libpcap;
use tlscap::decode::link::LINKS;
use tlscap::report::escape;
use tlscap::tables;

/// Where Linux lists its network interfaces. What libpcap offers beside them (D-Bus, Netfilter, USB) is left closed: to open it
/// can disturb who reads it already.
const NETWORK: &str = "/sys/class/net";
/// How the names of those others begin, for where that list cannot be read.
const OTHERS: [&str; 5] = ["bluetooth", "dbus-", "nflog", "nfqueue", "usbmon"];
/// All interfaces at once, on Linux.
const ANY: &str = "any";
/// Bytes of the ring that is never read from.
const SMALLEST_BUFFER: i32 = 1 << 20;

/// All that was found.
pub(super) struct List {
    /// Network interfaces, in the order of libpcap: what is up and running first.
    pub(super) interfaces: Vec<Interface>,
    /// Names of what else libpcap offers.
    pub(super) others: Vec<String>,
}

/// One network interface. All texts are escaped.
pub(super) struct Interface {
    /// As `-i` takes it.
    pub(super) name: String,
    /// What libpcap says of it.
    pub(super) description: Option<String>,
    /// LINKTYPE number and name; `None` where it could not be opened.
    pub(super) link_type: Option<LinkType>,
    /// Why it could not be opened.
    pub(super) problem: Option<String>,
    /// Whether it is switched on.
    pub(super) up: bool,
    /// Whether it can carry packets now: on, and with a carrier.
    pub(super) running: bool,
    /// The machine itself.
    pub(super) loopback: bool,
    /// By radio.
    pub(super) wireless: bool,
    /// Whether a cable or network is connected; `None` where that has no meaning or is not known.
    pub(super) connected: Option<bool>,
    /// Its own addresses.
    pub(super) addresses: Vec<String>,
}

/// What its frames begin with.
pub(super) struct LinkType {
    /// LINKTYPE number.
    pub(super) number: u16,
    /// As in `tcpdump -L`.
    pub(super) name: String,
    /// Whether tlscap reads it.
    pub(super) is_read: bool,
}

impl Interface {
    /// Whether it could not be opened for want of a privilege.
    pub(super) fn is_forbidden(&self) -> bool {
        let Some(problem) = &self.problem else {
            return false;
        };
        ["permitted", "permission"]
            .iter()
            .any(|word| problem.contains(word))
    }
}

/// Asks libpcap.
///
/// # Errors
/// What libpcap says where it cannot list devices.
pub(super) fn read() -> Result<List, String> {
    let devices = Device::list().map_err(|error| escape::clean(&error.to_string()))?;
    let listed = Path::new(NETWORK);
    let is_network = |device: &Device| match listed.is_dir() {
        true => device.name == ANY || listed.join(&device.name).exists(),
        false => !OTHERS.iter().any(|other| device.name.starts_with(other)),
    };
    let (interfaces, others): (Vec<_>, Vec<_>) = devices.into_iter().partition(is_network);
    Ok(List {
        interfaces: interfaces.into_iter().map(opened).collect(),
        others: others
            .iter()
            .map(|device| escape::clean(&device.name))
            .collect(),
    })
}

fn opened(device: Device) -> Interface {
    let (link_type, problem) = match link_type(&device.name) {
        Ok(link_type) => (Some(link_type), None),
        Err(error) => (None, Some(escape::clean(&libpcap::words(error)))),
    };
    Interface {
        name: escape::clean(&device.name),
        description: device.desc.as_deref().map(escape::clean),
        link_type,
        problem,
        up: device.flags.is_up(),
        running: device.flags.is_running(),
        loopback: device.flags.is_loopback(),
        wireless: device.flags.is_wireless(),
        connected: match device.flags.connection_status {
            ConnectionStatus::Connected => Some(true),
            ConnectionStatus::Disconnected => Some(false),
            ConnectionStatus::Unknown | ConnectionStatus::NotApplicable => None,
        },
        addresses: device
            .addresses
            .iter()
            .map(|address| address.addr.to_string())
            .collect(),
    }
}

fn link_type(name: &str) -> Result<LinkType, pcap::Error> {
    let capture = Capture::from_device(name)?
        .buffer_size(SMALLEST_BUFFER)
        .open()?;
    Ok(named(capture.get_datalink()))
}

fn named(link: Linktype) -> LinkType {
    let number = libpcap::link_type(link);
    LinkType {
        number,
        name: tables::link_type(number)
            .map(Cow::Borrowed)
            .or_else(|| link.get_name().ok().map(Cow::Owned))
            .map_or_else(|| number.to_string(), Cow::into_owned),
        is_read: LINKS.iter().any(|link| link.numbers.contains(&number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_type_has_the_name_of_tcpdump_and_says_whether_it_is_read() {
        for (number, name, is_read) in [
            (1, "EN10MB", true),
            (276, "LINUX_SLL2", true),
            (105, "IEEE802_11", true),
            (189, "USB_LINUX", false),
            (12, "RAW", true),
        ] {
            let link_type = named(Linktype(number));
            assert_eq!(
                (link_type.name.as_str(), link_type.is_read),
                (name, is_read)
            );
        }
    }

    #[test]
    fn a_device_that_is_not_there_is_a_problem_and_no_panic() {
        let device = Device {
            name: "not\x1bthere".to_owned(),
            ..Device::from("")
        };
        let interface = opened(device);
        assert_eq!(interface.name, "not\\x1bthere");
        assert!(interface.link_type.is_none());
        assert!(interface.problem.is_some());
    }
}
