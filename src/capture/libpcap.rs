//! What libpcap's numbers and words mean here (feature `live`).

use pcap::Linktype;

/// LINKTYPE numbers, as files have them, and the DLT numbers that libpcap uses in memory on Linux, where they differ (pcap-common.c).
const DIFFERENT: [(u16, i32); 5] = [(100, 11), (101, 12), (102, 15), (103, 16), (106, 19)];

/// The LINKTYPE number for libpcap's own.
#[must_use]
pub fn link_type(data_link: Linktype) -> u16 {
    let known = DIFFERENT.iter().find(|pair| pair.1 == data_link.0);
    known.map_or_else(
        || u16::try_from(data_link.0).unwrap_or(u16::MAX),
        |pair| pair.0,
    )
}

/// libpcap's own number for a LINKTYPE number.
#[must_use]
pub fn data_link(link_type: u16) -> Linktype {
    let known = DIFFERENT.iter().find(|pair| pair.0 == link_type);
    Linktype(known.map_or(i32::from(link_type), |pair| pair.1))
}

/// libpcap's own words, without those of the package around them.
#[must_use]
pub fn words(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::data_link;
    use super::link_type;

    #[test]
    fn numbers_of_files_and_of_memory_lead_to_each_other() {
        for number in 0..300 {
            if matches!(number, 11 | 12 | 15 | 16 | 19) {
                continue;
            }
            assert_eq!(link_type(data_link(number)), number);
        }
        assert_eq!((data_link(101).0, data_link(1).0), (12, 1));
    }
}
