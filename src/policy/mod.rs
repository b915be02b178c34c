//! Server policies: which versions, suites, groups and signature schemes a load balancer or a guideline allows, and whether a
//! ClientHello would be taken by one.
//!
//! Does: read policies (built in, or from a file), and judge hellos by them. Does not: claim that a server has a policy; which one a
//! server really has is not seen in a capture, so that every judgement is a hypothesis. Opens no file. Read [`Policy`], then
//! `judge.rs`.

mod builtin;
mod judge;
mod many;
mod offer;
mod read;
#[cfg(test)]
mod sample;
mod text;

pub use builtin::all;
pub use builtin::find;
pub use builtin::near;
pub use judge::Acceptance;
pub use judge::Choice;
pub use judge::Judgement;
pub use judge::Refusal;
pub use judge::judge;
pub use many::Best;
pub use many::best;
pub use many::families;
pub use read::Error;
pub use read::read;
pub use text::best_lines;
pub use text::describe;
pub use text::family_lines;
pub use text::list;
pub use text::outline;
pub use text::verdict_lines;

/// What a server with this policy allows. Built-in ones are taken from the page or file in `source` as it was on `date`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Its name: printable, 64 characters at most.
    pub name: String,
    /// Other names, such as that of a console. Several policies may share one.
    pub also: Vec<String>,
    /// Whose it is: `AWS ELB`, `Mozilla`. The file's name for policies of a file that says nothing.
    pub family: String,
    /// Versions allowed, the highest first.
    pub versions: Vec<u16>,
    /// Suites allowed, of all versions, in the order of preference. Each is in the tables.
    pub suites: Vec<u16>,
    /// Groups allowed. Empty: the policy says nothing about groups.
    pub groups: Vec<u16>,
    /// Signature schemes the server may sign with. Empty: the policy says nothing about them.
    pub signature_schemes: Vec<u16>,
    /// Keys that the server's certificate may have. Empty: the policy says nothing about them.
    pub certificates: Vec<KeyKind>,
    /// Page, or repository with file and commit. Empty where a file says nothing.
    pub source: String,
    /// The day of `source`, `2026-11-21`. Empty where a file says nothing.
    pub date: String,
    /// What else is known about it. Empty where there is nothing.
    pub note: String,
}

/// What kind of key a certificate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// RSA (`rsaEncryption`).
    Rsa,
    /// An elliptic curve key for ECDSA.
    Ecdsa,
    /// Ed25519 or Ed448.
    EdDsa,
    /// ML-DSA, TLS 1.3 only.
    MlDsa,
}

impl KeyKind {
    /// Its name in sentences.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ecdsa => "ECDSA",
            Self::EdDsa => "EdDSA",
            Self::MlDsa => "ML-DSA",
        }
    }
}

#[cfg(test)]
mod tests;
