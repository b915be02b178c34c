//! A path in words, and which paths lead through the same network.

use crate::decode::Path;
use crate::decode::tunnel::kind;

/// The network that a packet was in: what of its path two packets of one connection share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// As in [`Path`].
    pub vlans: [u16; 4],
    /// As in [`Path`].
    pub tunnel: (u8, u32),
}

impl Path {
    /// The network that it leads through.
    #[must_use]
    pub fn network(&self) -> Network {
        Network {
            vlans: self.vlans,
            tunnel: self.tunnel,
        }
    }
}

impl Network {
    /// VLAN tags, then the innermost tunnel: `vlan 12`, `vxlan 42`, `gre key 5`. Tags from within a tunnel stand with those before it.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let tags = self.vlans.iter().filter(|vlan| **vlan != 0);
        tags.map(|vlan| format!("vlan {vlan}"))
            .chain(kind::words(self.tunnel))
            .collect()
    }

    /// Whether both have the same VLANs and the same tunnel. Identifiers that each direction has its own of (MPLS labels, TEIDs of GTP,
    /// calls of PPTP) are not compared: the answers to a packet could never be of its network.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let ((kind, id), (other_kind, other_id)) = (self.tunnel, other.tunnel);
        self.vlans == other.vlans
            && kind == other_kind
            && (id == other_id || kind::differs_by_direction(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::Network;
    use crate::decode::Path;
    use crate::decode::tunnel::kind;

    fn through(tunnel: (u8, u32)) -> Network {
        let path = Path {
            vlans: [12, 7, 0, 0],
            tunnel,
            interface: 5,
            packet_type: 4,
        };
        path.network()
    }

    #[test]
    fn each_kind_has_its_words() {
        for (tunnel, words) in [
            ((kind::VXLAN, 42), "vxlan 42"),
            ((kind::GENEVE, 7), "geneve 7"),
            ((kind::GRE, 0), "gre"),
            ((kind::GRE, 5), "gre key 5"),
            ((kind::PPTP, 9), "pptp 9"),
            ((kind::ERSPAN, 3), "erspan 3"),
            ((kind::GTP_U, 0x1a2b), "gtp-u 0x1a2b"),
            ((kind::IP_IN_IP, 0), "ip-in-ip"),
            ((kind::SIX_IN_FOUR, 0), "6in4"),
            ((kind::FOUR_IN_SIX, 0), "4in6"),
            ((kind::SIX_IN_SIX, 0), "6in6"),
            ((kind::MPLS, 16), "mpls 16"),
            ((kind::TEREDO, 0), "teredo"),
        ] {
            assert_eq!(through(tunnel).words(), ["vlan 12", "vlan 7", words]);
        }
        assert!(Network::default().words().is_empty());
    }

    #[test]
    fn networks_differ_by_identifier_but_not_by_one_that_only_the_receiver_knows() {
        for kind in [kind::VXLAN, kind::GENEVE, kind::GRE, kind::ERSPAN] {
            assert!(!through((kind, 1)).is_same(&through((kind, 2))));
        }
        for kind in [kind::GTP_U, kind::MPLS, kind::PPTP] {
            assert!(through((kind, 1)).is_same(&through((kind, 2))));
        }
        assert!(!through((kind::GTP_U, 1)).is_same(&through((kind::MPLS, 1))));
        assert!(!through((0, 0)).is_same(&Network::default()));
    }
}
