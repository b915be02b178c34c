//! Names of servers as the capture itself shows them: answers of the DNS, and what is known of an address from them and from
//! other handshakes.

use super::WireText;
use crate::base::FrameRef;
use crate::base::Timestamp;
use std::net::IpAddr;

/// A DNS answer that gave addresses (RFC 1035 section 4, RFC 9460).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsFacts {
    /// The frame that shows it; the last one of fragments.
    pub frame: FrameRef,
    /// When that was captured.
    pub at: Timestamp,
    /// Who was answered: the client, or a resolver that asked for it.
    pub client: IpAddr,
    /// The name that was asked for, in lower case, without the final dot and without the `_8443._https` of a service.
    pub name: WireText,
    /// Its addresses, in the order of the answer. Never empty.
    pub addresses: Vec<DnsAddress>,
    /// [`NameSource::Dns`], or [`NameSource::Nrb`]: nobody was answered then, and `frame` is the last one before the block.
    pub from: NameSource,
}

/// An address in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsAddress {
    /// The address.
    pub ip: IpAddr,
    /// The canonical name that has it, where the name asked for is an alias (CNAME; target of HTTPS and SVCB). `None`: it is none.
    pub canonical: Option<WireText>,
}

/// A name of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerName {
    /// The name, in lower case, without a final dot.
    pub name: WireText,
    /// Where it was read.
    pub from: NameSource,
    /// What kind of name it is there.
    pub kind: NameKind,
    /// The frame that shows it.
    pub frame: FrameRef,
}

/// Where a name was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameSource {
    /// A DNS answer gave the server's address for it.
    Dns,
    /// Another client asked the same address and port for it.
    Sni,
    /// A certificate that the same address showed holds it.
    Certificate,
    /// A Name Resolution Block of a pcapng file gives it: whoever captured or saved it knew it.
    Nrb,
}

impl NameSource {
    /// `dns`, `sni`, `certificate` or `nrb`, as in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Sni => "sni",
            Self::Certificate => "certificate",
            Self::Nrb => "nrb",
        }
    }
}

/// What kind of name it is where it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// A name that a client asks for.
    Name,
    /// The name behind an alias that a client asked for (CNAME, SVCB target): no client need know it.
    Canonical,
    /// A pattern of names in a certificate: `*.shop.example`.
    Wildcard,
}

impl NameKind {
    /// `name`, `canonical` or `wildcard`, as in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Canonical => "canonical",
            Self::Wildcard => "wildcard",
        }
    }
}
