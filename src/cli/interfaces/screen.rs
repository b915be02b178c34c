//! How the list is shown: for people, and as JSON.

use super::super::analyze::width;
use super::list::Interface;
use super::list::List;
use serde::Serialize;
use std::io;
use std::io::IsTerminal;
use tlscap::report::layout;
use tlscap::report::table;
use tlscap::report::table::ListColumn;

/// Addresses shown of one interface; a host with containers has dozens.
const ADDRESSES: usize = 2;

const COLUMNS: [ListColumn; 4] = [
    column("interface", false),
    column("link type", false),
    column("state", false),
    column("addresses", true),
];

const fn column(title: &'static str, wraps: bool) -> ListColumn {
    ListColumn {
        title,
        right: false,
        wraps,
    }
}

/// The list for people.
pub(super) fn render(list: &List) -> String {
    lines(list, width(io::stdout().is_terminal()))
}

fn lines(list: &List, columns: usize) -> String {
    let rows = list.interfaces.iter().map(row).collect();
    let mut lines = table::list(&COLUMNS, rows, columns);
    if !list.others.is_empty() {
        lines.push(String::new());
        let text = format!("libpcap also offers: {}", list.others.join(", "));
        lines.extend(layout::wrap(&text, columns, "", "  "));
    }
    lines.join("\n") + "\n"
}

fn row(interface: &Interface) -> Vec<String> {
    let link_type = match &interface.link_type {
        Some(link_type) if link_type.is_read => link_type.name.clone(),
        Some(link_type) => format!("{} (not read)", link_type.name),
        None => "-".to_owned(),
    };
    vec![
        interface.name.clone(),
        link_type,
        state(interface).to_owned(),
        addresses(&interface.addresses),
    ]
}

fn state(interface: &Interface) -> &'static str {
    match (interface.up, interface.running) {
        (true, true) if interface.loopback => "up, loopback",
        (true, true) if interface.wireless => "up, wireless",
        (true, true) => "up",
        (true, false) => "up, no carrier",
        (false, _) => "down",
    }
}

fn addresses(all: &[String]) -> String {
    if all.is_empty() {
        return "-".to_owned();
    }
    let shown = all.iter().take(ADDRESSES);
    let mut text = shown.cloned().collect::<Vec<_>>().join(", ");
    if let Some(more) = all.len().checked_sub(ADDRESSES).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// What to do where the privilege to capture is missing.
pub(super) fn permission() -> String {
    let program = std::env::current_exe().map_or_else(
        |_| "tlscap".to_owned(),
        |path| path.to_string_lossy().into_owned(),
    );
    format!(
        "link types are not known without the privilege to capture. Run as root, or give it to the program:\n  \
         sudo setcap cap_net_raw=ep {program}"
    )
}

/// One document.
///
/// # Errors
/// None that depends on the list; what the serializer answers.
pub(super) fn json(list: &List) -> io::Result<Vec<u8>> {
    let record = Record {
        r#type: "interfaces",
        schema_version: 1,
        interfaces: list.interfaces.iter().map(InterfaceRecord::from).collect(),
        others: &list.others,
    };
    let mut bytes = serde_json::to_vec_pretty(&record)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[derive(Serialize)]
struct Record<'a> {
    r#type: &'static str,
    schema_version: u8,
    interfaces: Vec<InterfaceRecord<'a>>,
    others: &'a [String],
}

#[derive(Serialize)]
struct InterfaceRecord<'a> {
    name: &'a str,
    description: Option<&'a str>,
    link_type: Option<&'a str>,
    link_type_number: Option<u16>,
    read: Option<bool>,
    up: bool,
    running: bool,
    loopback: bool,
    wireless: bool,
    connected: Option<bool>,
    addresses: &'a [String],
    problem: Option<&'a str>,
}

impl<'a> From<&'a Interface> for InterfaceRecord<'a> {
    fn from(interface: &'a Interface) -> Self {
        let link_type = interface.link_type.as_ref();
        Self {
            name: &interface.name,
            description: interface.description.as_deref(),
            link_type: link_type.map(|link_type| link_type.name.as_str()),
            link_type_number: link_type.map(|link_type| link_type.number),
            read: link_type.map(|link_type| link_type.is_read),
            up: interface.up,
            running: interface.running,
            loopback: interface.loopback,
            wireless: interface.wireless,
            connected: interface.connected,
            addresses: &interface.addresses,
            problem: interface.problem.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::list::LinkType;
    use super::*;

    fn interface(name: &str) -> Interface {
        Interface {
            name: name.to_owned(),
            description: None,
            link_type: Some(LinkType {
                number: 1,
                name: "EN10MB".to_owned(),
                is_read: true,
            }),
            problem: None,
            up: true,
            running: true,
            loopback: false,
            wireless: false,
            connected: Some(true),
            addresses: vec!["192.0.2.7".to_owned()],
        }
    }

    #[test]
    fn a_line_for_each_interface_with_link_type_state_and_addresses() {
        let down = Interface {
            up: false,
            running: false,
            addresses: Vec::new(),
            link_type: None,
            ..interface("eth1")
        };
        let list = List {
            interfaces: vec![interface("eth0"), down],
            others: vec!["nflog".to_owned(), "usbmon0".to_owned()],
        };
        assert_eq!(
            lines(&list, 80),
            "interface  link type  state  addresses\n\
             eth0       EN10MB     up     192.0.2.7\n\
             eth1       -          down   -\n\
             \n\
             libpcap also offers: nflog, usbmon0\n"
        );
    }

    #[test]
    fn a_link_type_that_is_not_read_says_so() {
        let mut bus = interface("usb0");
        bus.link_type = Some(LinkType {
            number: 189,
            name: "USB_LINUX".to_owned(),
            is_read: false,
        });
        assert_eq!(row(&bus)[1], "USB_LINUX (not read)");
    }

    #[test]
    fn an_interface_without_carrier_is_no_interface_that_is_down() {
        let mut unplugged = interface("eth2");
        unplugged.running = false;
        assert_eq!(state(&unplugged), "up, no carrier");
    }

    #[test]
    fn of_many_addresses_the_rest_is_counted() {
        let all: Vec<String> = (1..=5).map(|n| format!("192.0.2.{n}")).collect();
        assert_eq!(addresses(&all), "192.0.2.1, 192.0.2.2 and 3 more");
        assert_eq!(addresses(&all[..2]), "192.0.2.1, 192.0.2.2");
    }

    #[test]
    fn only_a_missing_privilege_asks_for_one() {
        let mut closed = interface("eth0");
        closed.problem = Some("socket: Operation not permitted".to_owned());
        assert!(closed.is_forbidden());
        closed.problem = Some("That device is not up".to_owned());
        assert!(!closed.is_forbidden());
    }
}
