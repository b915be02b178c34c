//! The words for a skipped frame.

use crate::decode::Skip;
use crate::tables;
use etherparse::IpNumber;

impl Skip {
    /// The reason, with the number and its name where there is one: `unsupported-ip-protocol 132 (SCTP)`.
    #[must_use]
    pub fn reason(&self) -> String {
        let name = self.kind();
        match *self {
            Self::UnsupportedLinkType(number) => {
                named(name, &number.to_string(), tables::link_type_title(number))
            }
            Self::UnsupportedEtherType(number) => {
                named(name, &format!("{number:#06x}"), tables::ether_type(number))
            }
            Self::UnsupportedPppProtocol(number) => named(
                name,
                &format!("{number:#06x}"),
                tables::ppp_protocol(number),
            ),
            Self::Encrypted(what) | Self::Unread(what) | Self::TooDeep(what) => {
                format!("{name} {what}")
            }
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
            Self::Encrypted(_) => "encrypted",
            Self::Unread(_) => "unsupported",
            Self::TooDeep(_) => "too-deep",
            Self::LinkLocal => "link-local",
            Self::TooShort => "too-short",
            Self::Malformed => "malformed",
            Self::FragmentHeld => "fragment-held",
            Self::FragmentLost => "fragment-lost",
        }
    }
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
            Skip::UnsupportedLinkType(220).reason(),
            "unsupported-link-type 220 (USB with padded Linux header)"
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
            "unsupported-ppp-protocol 0x002d (compressed TCP, Van Jacobson)"
        );
        assert_eq!(
            Skip::UnsupportedAddressFamily(7).reason(),
            "unsupported-address-family 7"
        );
        assert_eq!(Skip::Encrypted("ESP").reason(), "encrypted ESP");
        assert_eq!(
            Skip::Unread("802.11 fragment").reason(),
            "unsupported 802.11 fragment"
        );
        assert_eq!(Skip::TooDeep("vxlan").reason(), "too-deep vxlan");
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
