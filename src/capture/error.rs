//! Why an input cannot be read at all.

use std::io;

use thiserror::Error as ThisError;

/// Why an input cannot be read at all, or a filter not be used.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The file cannot be opened.
    #[error("cannot open {name}: {cause}")]
    CannotOpen {
        /// The input as named by the user.
        name: String,
        /// What the system says.
        cause: io::Error,
    },
    /// Opened, but its first bytes cannot be read or decompressed.
    #[error("cannot read {name}: {cause}")]
    CannotRead {
        /// The input as named by the user.
        name: String,
        /// What the system or the decompressor says.
        cause: io::Error,
    },
    /// Zero bytes, before or after decompression.
    #[error(
        "{name} is empty: zero bytes{inside}, where even a capture without packets has a header of 24"
    )]
    Empty {
        /// The input as named by the user.
        name: String,
        /// ` inside gzip` or ` inside zstd`, or nothing.
        inside: String,
    },
    /// The first bytes are of no capture format.
    #[error(
        "{name} is not a capture: it begins with {first}{inside}; a pcap begins with d4 c3 b2 a1 (or a1 b2 c3 d4), a pcapng with 0a 0d 0d 0a{hint}"
    )]
    NotACapture {
        /// The input as named by the user.
        name: String,
        /// The first bytes in hexadecimal.
        first: String,
        /// ` inside gzip` or ` inside zstd`, or nothing.
        inside: String,
        /// What it seems to be instead and what helps; begins with `. `, or is empty.
        hint: &'static str,
    },
    /// Begins like a capture, but its header cannot be used.
    #[error("{name} is damaged at its start: {what}")]
    DamagedStart {
        /// The input as named by the user.
        name: String,
        /// What was needed and what was there.
        what: String,
    },
    /// The BPF expression is not valid.
    #[error("filter \"{expression}\": {message} (link type {link_type})")]
    Filter {
        /// The expression as given.
        expression: String,
        /// LINKTYPE number it was compiled for.
        link_type: u16,
        /// What libpcap says.
        message: String,
    },
    /// A BPF expression was given to a build without libpcap.
    #[error(
        "filter \"{expression}\": this tlscap was built without libpcap, which compiles BPF expressions. \
         Build with the feature \"live\" (the default; Debian: apt install libpcap-dev), or filter first: \
         tcpdump -r IN -w OUT EXPRESSION"
    )]
    NoLibpcap {
        /// The expression as given.
        expression: String,
    },
    /// Packets may not be captured by this user.
    #[error(
        "no permission to capture on {name}: it takes CAP_NET_RAW. Give it to the program once: \
         sudo setcap cap_net_raw=ep {program} - or run it as root (it drops to --user, nobody, before it reads a packet)"
    )]
    NoPermission {
        /// The interface.
        name: String,
        /// Path of this program.
        program: String,
    },
    /// There is no such interface.
    #[error("there is no interface \"{name}\"; there are: {have}")]
    NoInterface {
        /// The interface.
        name: String,
        /// Those there are.
        have: String,
    },
    /// libpcap cannot capture on it.
    #[error("cannot capture on {name}: {what}")]
    CannotCapture {
        /// The interface.
        name: String,
        /// What libpcap says.
        what: String,
    },
}
