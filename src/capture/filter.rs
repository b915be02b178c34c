//! BPF expressions (`-f`) on frames from files, through libpcap (feature `live`).

use crate::capture::Error;

pub use backend::Filter;

#[cfg(not(feature = "live"))]
mod backend {
    use super::Error;

    /// A BPF expression. This build has no libpcap: there is never one.
    #[derive(Debug)]
    pub enum Filter {}

    impl Filter {
        /// Refuses.
        ///
        /// # Errors
        /// [`Error::NoLibpcap`], always.
        pub fn compile(expression: &str, _link_type: u16) -> Result<Self, Error> {
            Err(Error::NoLibpcap {
                expression: expression.to_owned(),
            })
        }

        /// Whether a frame is wanted.
        pub fn matches(&mut self, _link_type: u16, _data: &[u8], _wire_length: u32) -> bool {
            match *self {}
        }

        /// Link types for which the expression has no meaning, with libpcap's reason.
        pub fn unusable(&self) -> impl Iterator<Item = (u16, &str)> {
            std::iter::empty()
        }
    }
}

#[cfg(feature = "live")]
mod backend {
    use pcap::BpfProgram;
    use pcap::Capture;

    use super::Error;
    use crate::capture::libpcap::data_link;
    use crate::capture::libpcap::words;
    use crate::capture::stream::narrow;

    /// Longest frame length that `len`, `greater` and `less` see of a frame that was cut.
    const MAX_LENGTH: u32 = 262_144;

    /// A BPF expression, compiled once for each link type met.
    pub struct Filter {
        expression: String,
        programs: Vec<(u16, Result<Program, String>)>,
        /// Holds a cut frame filled up to its length on the wire.
        scratch: Vec<u8>,
    }

    struct Program {
        bpf: BpfProgram,
        /// Asks for the length on the wire, which libpcap's wrapper takes to be the length of the data.
        uses_length: bool,
    }

    impl Filter {
        /// Compiles `expression` for frames of `link_type`; other link types follow when they are met.
        ///
        /// # Errors
        /// [`Error::Filter`] where libpcap finds it invalid for that link type.
        pub fn compile(expression: &str, link_type: u16) -> Result<Self, Error> {
            let program = compile(expression, link_type).map_err(|message| Error::Filter {
                expression: expression.to_owned(),
                link_type,
                message,
            })?;
            let programs = vec![(link_type, Ok(program))];
            Ok(Self {
                expression: expression.to_owned(),
                programs,
                scratch: Vec::new(),
            })
        }

        /// Whether a frame is wanted. One of a link type for which the expression has no meaning is not, see
        /// [`Self::unusable`]. Of a frame cut by the snap length, bytes beyond the cut read as zero in expressions that use
        /// the frame's length, and fail the expression otherwise, as in tcpdump.
        pub fn matches(&mut self, link_type: u16, data: &[u8], wire_length: u32) -> bool {
            let index = match self
                .programs
                .iter()
                .position(|(known, _)| *known == link_type)
            {
                Some(index) => index,
                None => {
                    self.programs
                        .push((link_type, compile(&self.expression, link_type)));
                    self.programs.len() - 1
                }
            };
            let Some((_, Ok(program))) = self.programs.get(index) else {
                return false;
            };
            let length = narrow(wire_length.min(MAX_LENGTH));
            if !program.uses_length || length <= data.len() {
                return program.bpf.filter(data);
            }
            self.scratch.clear();
            self.scratch.extend_from_slice(data);
            self.scratch.resize(length, 0);
            program.bpf.filter(&self.scratch)
        }

        /// Link types for which the expression has no meaning, with libpcap's reason.
        pub fn unusable(&self) -> impl Iterator<Item = (u16, &str)> {
            self.programs.iter().filter_map(|(link_type, program)| {
                Some((*link_type, program.as_ref().err()?.as_str()))
            })
        }
    }

    fn compile(expression: &str, link_type: u16) -> Result<Program, String> {
        let capture = Capture::dead(data_link(link_type)).map_err(words)?;
        let bpf = capture.compile(expression, true).map_err(words)?;
        // BPF_LD | BPF_W | BPF_LEN and BPF_LDX | BPF_W | BPF_LEN; the wrapper shows an instruction as "code jt jf k" only.
        let uses_length = bpf.get_instructions().iter().any(|instruction| {
            let text = instruction.to_string();
            matches!(text.split(' ').next(), Some("128" | "129"))
        });
        Ok(Program { bpf, uses_length })
    }
}

#[cfg(all(test, feature = "live"))]
mod tests {
    use super::*;

    /// IPv4, TCP, 192.0.2.1:1000 to 192.0.2.2:443, without data.
    const SEGMENT: [u8; 40] = [
        0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, // IPv4
        0x03, 0xe8, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0, // TCP, SYN
    ];

    fn ethernet() -> Vec<u8> {
        [&[0; 12], [8, 0].as_slice(), &SEGMENT].concat()
    }

    #[test]
    fn an_expression_works_on_every_link_type_it_has_a_meaning_for() {
        let mut filter = Filter::compile("tcp port 443", 1).unwrap();
        assert!(filter.matches(1, &ethernet(), 54));
        assert!(filter.matches(101, &SEGMENT, 40));
        assert!(filter.matches(12, &SEGMENT, 40));
        assert!(!filter.matches(1, &ethernet()[..20], 54));
        let mut other = Filter::compile("tcp port 80", 101).unwrap();
        assert!(!other.matches(101, &SEGMENT, 40));
        assert_eq!(filter.unusable().count(), 0);
    }

    #[test]
    fn a_link_type_without_meaning_is_named() {
        let mut filter = Filter::compile("ether host 00:00:00:00:00:00", 1).unwrap();
        assert!(filter.matches(1, &ethernet(), 54));
        assert!(!filter.matches(101, &SEGMENT, 40));
        assert_eq!(
            filter
                .unusable()
                .map(|(link_type, _)| link_type)
                .collect::<Vec<_>>(),
            [101]
        );
    }

    #[test]
    fn length_is_the_length_on_the_wire() {
        let mut filter = Filter::compile("tcp and greater 1000", 1).unwrap();
        assert!(!filter.matches(1, &ethernet(), 54));
        assert!(filter.matches(1, &ethernet(), 1514));
        assert!(filter.matches(1, &ethernet(), u32::MAX));
    }

    #[test]
    fn a_bad_expression_is_an_error_with_its_reason() {
        let text = Filter::compile("tcp prot 443", 1)
            .err()
            .unwrap()
            .to_string();
        assert!(text.starts_with("filter \"tcp prot 443\": "), "{text}");
        assert!(Filter::compile("tcp\0", 1).is_err());
    }
}

#[cfg(all(test, not(feature = "live")))]
mod tests {
    use super::*;

    #[test]
    fn without_libpcap_the_error_says_how_to_get_it() {
        assert!(
            Filter::compile("tcp", 1)
                .unwrap_err()
                .to_string()
                .contains("apt install libpcap-dev")
        );
    }
}
