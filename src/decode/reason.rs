//! The words for a skipped frame.

use crate::decode::Skip;
use etherparse::IpNumber;

/// Names of link types that are met but not read, by number (<https://www.tcpdump.org/linktypes.html>).
const LINK_TYPES: &[(u16, &str)] = &[
    (6, "Token Ring"),
    (105, "802.11"),
    (107, "Frame Relay"),
    (113, "Linux cooked, 802.11 or Netlink"),
    (119, "802.11 Prism"),
    (127, "802.11 radiotap"),
    (143, "DOCSIS"),
    (163, "802.11 AVS"),
    (187, "Bluetooth HCI"),
    (189, "USB"),
    (192, "PPI"),
    (195, "802.15.4"),
    (197, "ERF"),
    (201, "Bluetooth HCI"),
    (220, "USB"),
    (227, "CAN"),
    (249, "USBPcap"),
    (253, "Netlink"),
    (276, "Linux cooked v2, 802.11 or Netlink"),
];

/// Names of EtherTypes that are met but not read (IANA, IEEE 802 numbers).
const ETHER_TYPES: &[(u16, &str)] = &[
    (0x22f0, "AVTP"),
    (0x6558, "bridged Ethernet"),
    (0x8892, "PROFINET"),
    (0x88a4, "EtherCAT"),
    (0x88b8, "GOOSE"),
    (0x88ba, "sampled values"),
    (0x88be, "ERSPAN"),
    (0x88e5, "MACsec, encrypted"),
    (0x88f7, "PTP"),
    (0x8906, "FCoE"),
    (0x894f, "NSH"),
];

impl Skip {
    /// The reason, with the number and its name where there is one: `unsupported-ip-protocol 132 (SCTP)`.
    #[must_use]
    pub fn reason(&self) -> String {
        let name = self.kind();
        match *self {
            Self::UnsupportedLinkType(number) => {
                named(name, &number.to_string(), lookup(LINK_TYPES, number))
            }
            Self::UnsupportedEtherType(number) => {
                named(name, &format!("{number:#06x}"), lookup(ETHER_TYPES, number))
            }
            Self::UnsupportedPppProtocol(number) => format!("{name} {number:#06x}"),
            Self::UnsupportedAddressFamily(number) => format!("{name} {number}"),
            Self::UnsupportedIpProtocol(number) => {
                named(name, &number.to_string(), IpNumber(number).keyword_str())
            }
            Self::LinkLocal
            | Self::TooShort
            | Self::Malformed
            | Self::FragmentHeld
            | Self::FragmentLost => name.to_owned(),
        }
    }

    /// The reason without number: `unsupported-ip-protocol`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnsupportedLinkType(_) => "unsupported-link-type",
            Self::UnsupportedEtherType(_) => "unsupported-ethertype",
            Self::UnsupportedIpProtocol(_) => "unsupported-ip-protocol",
            Self::UnsupportedAddressFamily(_) => "unsupported-address-family",
            Self::UnsupportedPppProtocol(_) => "unsupported-ppp-protocol",
            Self::LinkLocal => "link-local",
            Self::TooShort => "too-short",
            Self::Malformed => "malformed",
            Self::FragmentHeld => "fragment-held",
            Self::FragmentLost => "fragment-lost",
        }
    }
}

fn lookup(table: &'static [(u16, &'static str)], number: u16) -> Option<&'static str> {
    table
        .iter()
        .find(|(known, _)| *known == number)
        .map(|(_, name)| *name)
}

fn named(kind: &str, number: &str, name: Option<&str>) -> String {
    match name {
        Some(name) if !name.is_empty() => format!("{kind} {number} ({name})"),
        _ => format!("{kind} {number}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::Skip;

    #[test]
    fn numbers_have_their_usual_base_and_name() {
        assert_eq!(
            Skip::UnsupportedLinkType(127).reason(),
            "unsupported-link-type 127 (802.11 radiotap)"
        );
        assert_eq!(
            Skip::UnsupportedLinkType(999).reason(),
            "unsupported-link-type 999"
        );
        assert_eq!(
            Skip::UnsupportedEtherType(0x88f7).reason(),
            "unsupported-ethertype 0x88f7 (PTP)"
        );
        assert_eq!(
            Skip::UnsupportedIpProtocol(132).reason(),
            "unsupported-ip-protocol 132 (SCTP)"
        );
        assert_eq!(
            Skip::UnsupportedIpProtocol(253).kind(),
            "unsupported-ip-protocol"
        );
        assert_eq!(
            Skip::UnsupportedPppProtocol(0x2d).reason(),
            "unsupported-ppp-protocol 0x002d"
        );
        assert_eq!(
            Skip::UnsupportedAddressFamily(7).reason(),
            "unsupported-address-family 7"
        );
    }

    #[test]
    fn the_others_are_one_word() {
        assert_eq!(Skip::TooShort.reason(), "too-short");
        assert_eq!(Skip::Malformed.reason(), "malformed");
        assert_eq!(Skip::FragmentHeld.reason(), "fragment-held");
        assert_eq!(Skip::FragmentLost.reason(), "fragment-lost");
        assert_eq!(Skip::LinkLocal.reason(), "link-local");
    }
}
