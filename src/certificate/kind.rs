//! The kinds of findings.

use crate::base::Timestamp;
use crate::facts::WireText;

/// What was found, with the values that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Its time was over.
    Expired {
        /// The end of its validity.
        not_after: Timestamp,
        /// When it was sent.
        at: Timestamp,
    },
    /// Its time had not come.
    NotYetValid {
        /// The start of its validity.
        not_before: Timestamp,
        /// When it was sent.
        at: Timestamp,
    },
    /// It is not for the name that was asked for (RFC 9525).
    NameMismatch {
        /// The name asked for.
        asked: WireText,
        /// Names and addresses it is for, the first of them. Empty: it has no subjectAltName with such.
        names: Vec<WireText>,
        /// How many more there are.
        more: usize,
        /// What it nearly matches.
        near: NearMiss,
    },
    /// The server's own certificate is signed by itself, by its name and key identifiers; the signature is not checked.
    SelfSigned,
    /// The certificate that issued the server's own was not sent, and no known root has its name. A fault where it is sure to
    /// be an intermediate; else a note, since it may be a root of somebody's own.
    ChainIncomplete {
        /// The name of what is missing.
        issuer: WireText,
        /// Why it is sure to be an intermediate, if it is.
        sure: Option<Intermediate>,
        /// Where it can be had, as the certificate says.
        ca_issuers: Option<WireText>,
    },
    /// The certificates do not stand each before its issuer (RFC 5246 section 7.4.2).
    WrongOrder {
        /// The right order of those that belong together, as places in the chain, from 0.
        order: Vec<usize>,
    },
    /// A certificate that others were issued with stands first, and one it issued behind it.
    LeafNotFirst {
        /// The place of the one it issued, from 0.
        issued: usize,
    },
    /// A root was sent: clients have their own copy or do not trust it.
    SuperfluousRoot,
    /// An RSA key below 2048 bits.
    WeakKey {
        /// Its size.
        bits: u32,
    },
    /// An RSA key below 1024 bits: such have been factored.
    BreakableKey {
        /// Its size.
        bits: u32,
    },
    /// It was signed with a hash for which collisions can be made.
    WeakSignature {
        /// The algorithm as OpenSSL names it.
        algorithm: String,
    },
    /// Its extended key usage names other uses than TLS servers.
    NotForServers {
        /// The uses it names.
        uses: Vec<String>,
    },
    /// The server's own certificate may issue others.
    CaAsServer,
    /// It demands a stapled OCSP answer (RFC 7633) and came without, though the client could take one.
    StatusMissing,
}

/// What shows that an issuer is no root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intermediate {
    /// The certificate was logged as public CAs do, whose roots issue no certificates of servers (baseline requirements of the
    /// CA/Browser Forum, section 6.1.7).
    Logged,
    /// The certificate names who issued its issuer.
    IssuedBy(WireText),
}

/// What a name nearly matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NearMiss {
    /// Nothing.
    None,
    /// This wildcard, which stands for one label only: the name has more of them.
    Deeper(WireText),
    /// This wildcard, which does not stand for no label: the name is its base.
    Base(WireText),
    /// The common name, which clients no longer use.
    CommonName,
}

/// How much a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It breaks a rule for which clients refuse a chain; whether this one did is another question.
    Fault,
    /// Worth knowing; few clients mind.
    Note,
}

/// What was found, without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is a variant of `Detail`, or two of them")]
#[non_exhaustive]
pub enum Kind {
    Expired,
    NotYetValid,
    NameMismatch,
    SelfSigned,
    ChainIncomplete,
    WrongOrder,
    LeafNotFirst,
    SuperfluousRoot,
    WeakKey,
    WeakSignature,
    WrongUsage,
    CaAsServer,
    StapleMissing,
}

impl Detail {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Expired { .. } => Kind::Expired,
            Self::NotYetValid { .. } => Kind::NotYetValid,
            Self::NameMismatch { .. } => Kind::NameMismatch,
            Self::SelfSigned => Kind::SelfSigned,
            Self::ChainIncomplete { .. } => Kind::ChainIncomplete,
            Self::WrongOrder { .. } => Kind::WrongOrder,
            Self::LeafNotFirst { .. } => Kind::LeafNotFirst,
            Self::SuperfluousRoot => Kind::SuperfluousRoot,
            Self::WeakKey { .. } | Self::BreakableKey { .. } => Kind::WeakKey,
            Self::WeakSignature { .. } => Kind::WeakSignature,
            Self::NotForServers { .. } => Kind::WrongUsage,
            Self::CaAsServer => Kind::CaAsServer,
            Self::StatusMissing => Kind::StapleMissing,
        }
    }
}

impl Kind {
    /// One word for scripts, never changed.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::NameMismatch => "name-mismatch",
            Self::SelfSigned => "self-signed",
            Self::ChainIncomplete => "chain-incomplete",
            Self::WrongOrder => "wrong-order",
            Self::LeafNotFirst => "leaf-not-first",
            Self::SuperfluousRoot => "superfluous-root",
            Self::WeakKey => "weak-key",
            Self::WeakSignature => "weak-signature",
            Self::WrongUsage => "wrong-usage",
            Self::CaAsServer => "ca-as-server",
            Self::StapleMissing => "staple-missing",
        }
    }

    /// The code of the cause that this is where a client refused the chain. `None`: no client does so for it.
    #[must_use]
    pub fn cause(self) -> Option<&'static str> {
        match self {
            Self::Expired => Some("certificate-expired"),
            Self::NotYetValid => Some("certificate-not-yet-valid"),
            Self::NameMismatch => Some("certificate-name-mismatch"),
            Self::SelfSigned => Some("certificate-self-signed"),
            Self::ChainIncomplete | Self::WrongOrder | Self::LeafNotFirst => {
                Some("certificate-chain-incomplete")
            }
            Self::WeakKey | Self::WeakSignature | Self::WrongUsage | Self::CaAsServer => {
                Some("certificate-unacceptable")
            }
            Self::StapleMissing => Some("certificate-status-missing"),
            Self::SuperfluousRoot => None,
        }
    }
}
