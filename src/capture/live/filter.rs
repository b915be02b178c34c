//! What is captured where no filter is given.

/// What tells of TLS over TCP: TCP itself, ICMP errors about it, and names from the DNS.
const WANTED: &str = "tcp or icmp or icmp6 or udp port 53";
/// The same inside tunnels, whose inner packets only the analysis reads: GRE and ERSPAN, IP in IP, 6in4, L2TP, AH, and over UDP VXLAN,
/// GENEVE, GTP-U, Teredo.
const TUNNELS: &str = "ip proto 47 or ip6 proto 47 or ip proto 4 or ip6 proto 4 or ip proto 41 or ip6 proto 41 \
     or ip proto 115 or ip proto 51 or ip6 proto 51 \
     or udp port 4789 or udp port 8472 or udp port 4790 or udp port 6081 or udp port 2152 or udp port 3544 or udp port 1701";
/// Frames whose inner packets libpcap cannot look into together with the rest.
const FRAMES: &str = "ether proto 0x8864 or ether proto 0x8847 or ether proto 0x8848";

/// The expressions to try in turn when no filter is given: the first that libpcap takes for the link type is used. On Ethernet each
/// `vlan` looks one tag further; the kernel hides the outermost tag from the filter, so untagged and tagged traffic look alike
/// there. Link types without tags take the second.
#[must_use]
pub fn default_filter() -> [String; 2] {
    let plain = format!("{WANTED} or {TUNNELS}");
    [
        format!("{plain} or {FRAMES} or (vlan and ({plain})) or (vlan and ({plain}))"),
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
