//! Plaintext talk before TLS, and what the first payloads were.

use super::WireText;
use crate::base::Mark;

/// A plaintext negotiation before TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreludeFacts {
    /// Which one.
    pub protocol: PreludeProtocol,
    /// How it went.
    pub state: PreludeState,
    /// Where TLS was asked for (CONNECT, STARTTLS, SSLRequest, PROXY header).
    pub asked: Mark,
    /// Where the answer to that was seen.
    pub answered: Option<Mark>,
    /// The target named in it (`host:port` of CONNECT or SOCKS), if any.
    pub target: Option<WireText>,
    /// Status of the answer: HTTP status, SMTP reply code, SOCKS reply; `None` where the protocol has none.
    pub status: Option<u32>,
    /// The answer's first line or byte, as sent, 200 bytes at most; where its bytes tell a reader nothing (RDP, MS-SQL), the
    /// name that the protocol's specification gives it.
    pub text: WireText,
    /// What else it tells, by name, in the order sent: the fields of a PROXY header of version 2.
    pub fields: Vec<(&'static str, WireText)>,
    /// The ways that were opened before this one was spoken through them, outermost first: a PROXY header, a proxy's tunnel.
    pub before: Vec<Self>,
}

impl PreludeFacts {
    /// One that was asked for at `asked` and is not answered.
    #[must_use]
    pub fn asked(protocol: PreludeProtocol, asked: Mark) -> Self {
        Self {
            protocol,
            state: PreludeState::Asked,
            asked,
            answered: None,
            target: None,
            status: None,
            text: WireText::default(),
            fields: Vec::new(),
            before: Vec::new(),
        }
    }

    /// This one and those before it, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        self.before.iter().chain([self])
    }

    /// Whether a PROXY header is among them.
    #[must_use]
    pub fn has_proxy_header(&self) -> bool {
        self.chain()
            .any(|prelude| prelude.protocol.is_proxy_header())
    }

    /// Whether a proxy was asked for a tunnel among them: the address is not that of the server meant.
    #[must_use]
    pub fn has_tunnel(&self) -> bool {
        self.chain().any(|prelude| prelude.protocol.is_tunnel())
    }
}

/// The preludes that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the protocol of that name")]
pub enum PreludeProtocol {
    HttpConnect,
    HttpUpgrade,
    Socks4,
    Socks5,
    ProxyV1,
    ProxyV2,
    Smtp,
    Lmtp,
    Imap,
    Pop3,
    Ftp,
    Ldap,
    Xmpp,
    Nntp,
    Irc,
    Sieve,
    Postgres,
    Mysql,
    Mssql,
    Rdp,
    /// Plaintext of a protocol that is not known, after which both sides turned to TLS.
    Unknown,
}

impl PreludeProtocol {
    /// Its name in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HttpConnect => "http-connect",
            Self::HttpUpgrade => "http-upgrade",
            Self::Socks4 => "socks4",
            Self::Socks5 => "socks5",
            Self::ProxyV1 => "proxy-v1",
            Self::ProxyV2 => "proxy-v2",
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Ftp => "ftp",
            Self::Ldap => "ldap",
            Self::Xmpp => "xmpp",
            Self::Nntp => "nntp",
            Self::Irc => "irc",
            Self::Sieve => "sieve",
            Self::Postgres => "postgresql",
            Self::Mysql => "mysql",
            Self::Mssql => "mssql",
            Self::Rdp => "rdp",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is a PROXY protocol header, which is sent, not agreed.
    #[must_use]
    pub fn is_proxy_header(self) -> bool {
        matches!(self, Self::ProxyV1 | Self::ProxyV2)
    }

    /// Whether it asks a proxy for a way to a target.
    #[must_use]
    pub fn is_tunnel(self) -> bool {
        matches!(self, Self::HttpConnect | Self::Socks4 | Self::Socks5)
    }

    /// Whether the TLS handshake behind it travels in packets of the same protocol.
    #[must_use]
    pub fn wraps_tls(self) -> bool {
        self == Self::Mssql
    }

    /// Whether any protocol may be spoken behind it, with a prelude of its own.
    #[must_use]
    pub fn opens_a_way(self) -> bool {
        self.is_tunnel() || self.is_proxy_header()
    }
}

/// How far a prelude came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreludeState {
    /// TLS was asked for and not yet answered.
    Asked,
    /// TLS bytes may follow.
    Accepted,
    /// Answered negatively.
    Refused,
}

/// The first payload of one side, behind an accepted prelude.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstPayload {
    /// Where it was seen.
    pub mark: Mark,
    /// What it is.
    pub payload: Payload,
}

/// What the first bytes of a side are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A TLS record header (definitions section 1).
    Tls,
    /// An SSLv2 hello.
    Sslv2,
    /// A record of TLCP (GB/T 38636), version 0x0101.
    Tlcp,
    /// Anything else: `http`, `ssh`, `smtp`, `proxy-v1`, ... or `other`, the status if it is HTTP or a three-digit reply, and
    /// its first line or bytes, 200 at most.
    Other {
        /// Protocol by its first bytes.
        protocol: &'static str,
        /// Status code, if it has one.
        status: Option<u32>,
        /// First line or bytes.
        text: WireText,
    },
}

impl Payload {
    /// Whether these are TLS bytes as the definitions have them (SSLv2 and TLCP included).
    #[must_use]
    pub fn is_tls(&self) -> bool {
        !matches!(self, Self::Other { .. })
    }
}
