//! What is captured where no filter is given.

/// What tells of TLS over TCP: TCP itself, ICMP errors about it, and names from the DNS.
const WANTED: &str = "tcp or icmp or icmp6 or udp port 53";
/// IP protocols of tunnels, whose inner packets only the analysis reads: IP in IP, 6in4, GRE, AH, EtherIP, L2TP, MPLS, SRv6.
const PROTOCOLS: [u8; 8] = [4, 41, 47, 51, 97, 115, 137, 143];
/// UDP ports of tunnels: L2TP, GTP-U, Teredo, LISP, GRE, VXLAN and VXLAN-GPE, CAPWAP, GUE, GENEVE, MPLS, TZSP.
const PORTS: [u16; 13] = [
    1701, 2152, 3544, 4341, 4754, 4789, 4790, 5247, 6080, 6081, 6635, 8472, 37008,
];
/// Frames whose inner packets libpcap cannot look into together with the rest: PPPoE, MPLS, VN-Tag, E-Tag, R-TAG, backbone bridging,
/// FabricPath, TRILL, NSH, Cisco MetaData, HSR, Marvell EDSA, Arista, PPP, jumbo LLC, bridged Ethernet.
const FRAMES: [u16; 17] = [
    0x8864, 0x8847, 0x8848, 0x8926, 0x893f, 0xf1c1, 0x88e7, 0x8903, 0x22f3, 0x894f, 0x8909, 0x892f,
    0xdada, 0xd28b, 0x880b, 0x8870, 0x6558,
];

/// The expressions to try in turn when no filter is given: the first that libpcap takes for the link type is used. On Ethernet each
/// `vlan` looks one tag further; the kernel hides the outermost tag from the filter, so untagged and tagged traffic look alike
/// there. Link types without tags take the second.
#[must_use]
pub fn default_filter() -> [String; 2] {
    let protocols = PROTOCOLS.map(|number| format!("ip proto {number} or ip6 proto {number}"));
    let ports = PORTS.map(|port| format!("udp port {port}"));
    let frames = FRAMES.map(|number| format!("ether proto {number:#06x}"));
    let plain = format!(
        "{WANTED} or {} or {}",
        protocols.join(" or "),
        ports.join(" or ")
    );
    [
        format!(
            "{plain} or {} or (vlan and ({plain})) or (vlan and ({plain}))",
            frames.join(" or ")
        ),
        plain,
    ]
}

#[cfg(test)]
mod tests {
    use super::default_filter;
    use crate::capture::Filter;

    /// IPv4, TCP, 192.0.2.1:1000 to 192.0.2.2:443, without data.
    const SEGMENT: [u8; 40] = [
        0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, // IPv4
        0x03, 0xe8, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0, // TCP, SYN
    ];

    fn passes(filter: &str, link_type: u16, data: &[u8]) -> bool {
        let length = u32::try_from(data.len()).unwrap();
        Filter::compile(filter, link_type)
            .unwrap()
            .matches(link_type, data, length)
    }

    fn ethernet(tags: &[u8], packet: &[u8]) -> Vec<u8> {
        [&[0; 12], tags, packet].concat()
    }

    #[test]
    fn segments_pass_without_a_tag_with_one_and_with_two() {
        let [filter, _] = default_filter();
        for tags in [
            [8, 0].as_slice(),
            &[0x81, 0, 0, 12, 8, 0],
            &[0x88, 0xa8, 0, 12, 0x81, 0, 0, 13, 8, 0],
        ] {
            assert!(passes(&filter, 1, &ethernet(tags, &SEGMENT)), "{tags:?}");
        }
        assert!(!passes(&filter, 1, &ethernet(&[8, 6], &[0; 28])));
    }

    #[test]
    fn tunnels_pass_and_other_datagrams_do_not() {
        let [filter, plain] = default_filter();
        let udp = |port: u16| {
            let mut packet = SEGMENT;
            packet[9] = 17;
            packet[22..24].copy_from_slice(&port.to_be_bytes());
            packet
        };
        for (port, wanted) in [
            (53, true),
            (4789, true),
            (6081, true),
            (2152, true),
            (123, false),
        ] {
            assert_eq!(
                passes(&filter, 1, &ethernet(&[8, 0], &udp(port))),
                wanted,
                "{port}"
            );
            assert_eq!(passes(&plain, 101, &udp(port)), wanted, "{port}");
        }
        let mut gre = SEGMENT;
        gre[9] = 47;
        assert!(passes(&plain, 101, &gre));
        let pppoe = ethernet(&[0x88, 0x64], &[0; 40]);
        assert!(passes(&filter, 1, &pppoe));
    }

    #[test]
    fn a_link_type_without_tags_takes_the_second() {
        let [filter, plain] = default_filter();
        for link_type in [101, 276] {
            assert!(Filter::compile(&filter, link_type).is_err());
            assert!(Filter::compile(&plain, link_type).is_ok());
        }
    }
}
