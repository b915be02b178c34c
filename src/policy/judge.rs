//! Whether a server with a certain policy would take a certain ClientHello, and if not, what is missing.
//!
//! ```text
//! version both have ─ suite of that version both have ─┬─ group, if the suite needs one and the policy lists groups
//!                                                      └─ signature scheme for the key, if the suite is signed and likewise
//! ```
//!
//! GREASE, signalling values and numbers that no table names are no offers. What the policy does not list it does not refuse. Nor is
//! a hello refused here that every server refuses, such as TLS 1.3 without any group: no policy is to blame for that.

use super::KeyKind;
use super::Policy;
use super::offer::TLS_1_2;
use super::offer::TLS_1_3;
use super::offer::known;
use super::offer::offered_suites;
use super::offer::offered_versions;
use super::offer::offers_version;
use super::offer::schemes;
use super::offer::signer;
use crate::facts::ClientHelloFacts;
use crate::tables;
use crate::tables::CipherSuite;

/// Whether a policy would take a hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It would.
    Accepted(Acceptance),
    /// It would not, for each of these reasons; never empty.
    Refused(Vec<Refusal>),
    /// The hello was not read to its end, so that what it lacks may stand in the rest.
    Unknown,
}

impl Judgement {
    /// Whether the policy would take the hello.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

/// How a hello would be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The highest version by which it works.
    pub version: u16,
    /// The highest version both have. Where it is not `version`, a server that settles on the version first refuses: OpenSSL does
    /// (s_server 3.0).
    pub highest: u16,
    /// One for each kind of certificate it works with, in the policy's order of suites; never empty.
    pub choices: Vec<Choice>,
}

/// What would be negotiated with one kind of certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The key that the certificate needs. `None`: the suite takes none of these (a pre-shared key, anonymous, DSS, GOST ...).
    pub certificate: Option<KeyKind>,
    /// The first suite in the policy's order; a server that leaves the choice to the client may come to another.
    pub suite: u16,
    /// The first group in the policy's order. `None`: none is needed, or one of the sides lists none.
    pub group: Option<u16>,
}

/// One reason why a hello would be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No version in common.
    Versions {
        /// Versions offered, the highest first.
        offered: Vec<u16>,
        /// Versions allowed, the highest first.
        allowed: Vec<u16>,
    },
    /// No suite in common that goes with a version in common (with any allowed version, if there is none).
    Suites {
        /// Suites offered, as sent.
        offered: Vec<u16>,
        /// Suites allowed.
        allowed: Vec<u16>,
    },
    /// Suites in common, but each for a certificate that the policy does not want.
    Certificates {
        /// Kinds of certificates for which there is a suite in common.
        offered: Vec<KeyKind>,
        /// Kinds that the policy wants.
        allowed: Vec<KeyKind>,
    },
    /// The suites in common need a group, and there is none in common.
    Groups {
        /// Groups offered, as sent.
        offered: Vec<u16>,
        /// Groups allowed.
        allowed: Vec<u16>,
    },
    /// The suites in common need a signature, and there is no scheme in common for a certificate that fits.
    Signatures {
        /// Schemes offered, as sent; those of RFC 5246 where the hello names none.
        offered: Vec<u16>,
        /// Schemes allowed; empty where the policy lists none, and the hello offers none for the certificate.
        allowed: Vec<u16>,
    },
}

/// Whether `policy` would take `hello`.
#[must_use]
pub fn judge(hello: &ClientHelloFacts, policy: &Policy) -> Judgement {
    if !hello.readable {
        return Judgement::Unknown;
    }
    let common: Vec<u16> = policy
        .versions
        .iter()
        .copied()
        .filter(|version| offers_version(hello, *version))
        .collect();
    let mut missing = Missing::default();
    for version in &common {
        let choices = choices(hello, policy, *version, &mut missing);
        if !choices.is_empty() {
            return Judgement::Accepted(Acceptance {
                version: *version,
                highest: common.first().copied().unwrap_or(*version),
                choices,
            });
        }
    }
    let mut refusals = Vec::new();
    if common.is_empty() {
        refusals.push(Refusal::Versions {
            offered: offered_versions(hello),
            allowed: policy.versions.clone(),
        });
    }
    let versions = if common.is_empty() {
        &policy.versions
    } else {
        &common
    };
    let shares_suite = versions
        .iter()
        .any(|version| shared(hello, policy, *version).next().is_some());
    if !shares_suite {
        refusals.push(Refusal::Suites {
            offered: offered_suites(hello),
            allowed: allowed_suites(policy, versions),
        });
    }
    refusals.extend(missing.refusals(hello, policy));
    Judgement::Refused(refusals)
}

/// What kept suites in common from being used.
#[derive(Default)]
struct Missing {
    certificates: Vec<KeyKind>,
    group: bool,
    signature: bool,
}

impl Missing {
    fn refusals(self, hello: &ClientHelloFacts, policy: &Policy) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        if !self.certificates.is_empty() {
            refusals.push(Refusal::Certificates {
                offered: self.certificates,
                allowed: policy.certificates.clone(),
            });
        }
        if self.group {
            refusals.push(Refusal::Groups {
                offered: known(&hello.groups, |code| tables::group(code).is_some()),
                allowed: policy.groups.clone(),
            });
        }
        if self.signature {
            refusals.push(Refusal::Signatures {
                offered: known(schemes(hello), |code| {
                    tables::signature_scheme(code).is_some()
                }),
                allowed: policy.signature_schemes.clone(),
            });
        }
        refusals
    }
}

/// What works by this version: the first suite of each kind of certificate.
fn choices(
    hello: &ClientHelloFacts,
    policy: &Policy,
    version: u16,
    missing: &mut Missing,
) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for suite in shared(hello, policy, version) {
        let Ok(group) = group(hello, policy, suite, version) else {
            missing.group = true;
            continue;
        };
        for certificate in keys(suite, policy) {
            if let Some(key) = certificate {
                if !is_wanted(policy, key) {
                    if !missing.certificates.contains(&key) {
                        missing.certificates.push(key);
                    }
                    continue;
                }
                if is_signed(suite) && !can_sign(hello, policy, key, version) {
                    missing.signature = true;
                    continue;
                }
            }
            if choices.iter().all(|one| one.certificate != certificate) {
                choices.push(Choice {
                    certificate,
                    suite: suite.code,
                    group,
                });
            }
        }
    }
    choices
}

/// Suites that both have and that go with this version, in the policy's order.
fn shared<'a>(
    hello: &'a ClientHelloFacts,
    policy: &'a Policy,
    version: u16,
) -> impl Iterator<Item = &'static CipherSuite> + 'a {
    policy
        .suites
        .iter()
        .filter(|code| hello.cipher_suites.contains(code))
        .filter_map(|code| tables::cipher_suite(*code))
        .filter(move |suite| goes_with(suite, version))
}

/// Whether a suite may be chosen in this version; signalling values never.
fn goes_with(suite: &CipherSuite, version: u16) -> bool {
    if suite.kx == "none" || suite.is_tls13() != (version == TLS_1_3) {
        return false;
    }
    suite.min_version != "TLS 1.2" || version == TLS_1_2
}

/// The group that would be used. `Ok(None)`: none is needed, or one side names none. `Err`: one is needed and there is none.
fn group(
    hello: &ClientHelloFacts,
    policy: &Policy,
    suite: &CipherSuite,
    version: u16,
) -> Result<Option<u16>, ()> {
    let is_needed = suite.is_tls13() || matches!(suite.kx, "ECDHE" | "ECDH");
    if !is_needed || hello.groups.is_empty() || policy.groups.is_empty() {
        return Ok(None);
    }
    let mut groups = policy.groups.iter().copied();
    groups
        .find(|group| hello.groups.contains(group) && fits(*group, version))
        .map_or(Err(()), |group| Ok(Some(group)))
}

/// Whether a group can be used in this version: below TLS 1.3 only elliptic curves go with ECDHE.
fn fits(group: u16, version: u16) -> bool {
    version == TLS_1_3
        || tables::group(group).is_some_and(|known| {
            !known.post_quantum
                && !known.name.starts_with("ffdhe")
                && !known.name.ends_with("tls13")
        })
}

/// Keys that a certificate for this suite can have; `None` for no certificate, or one of another kind.
fn keys(suite: &CipherSuite, policy: &Policy) -> Vec<Option<KeyKind>> {
    if suite.is_tls13() {
        return considered(policy).into_iter().map(Some).collect();
    }
    match (suite.auth, suite.kx) {
        ("RSA", _) => vec![Some(KeyKind::Rsa)],
        // RFC 8422 section 5.10: the same suites with Edwards curves.
        ("ECDSA", "ECDHE") if considered(policy).contains(&KeyKind::EdDsa) => {
            vec![Some(KeyKind::Ecdsa), Some(KeyKind::EdDsa)]
        }
        ("ECDSA", _) => vec![Some(KeyKind::Ecdsa)],
        _ => vec![None],
    }
}

/// Kinds of certificates to think of: those that the policy names, else the two that are usual and what it can sign with.
fn considered(policy: &Policy) -> Vec<KeyKind> {
    if !policy.certificates.is_empty() {
        return policy.certificates.clone();
    }
    let mut kinds = vec![KeyKind::Rsa, KeyKind::Ecdsa];
    for scheme in &policy.signature_schemes {
        if let Some((key, _)) = signer(*scheme)
            && !kinds.contains(&key)
        {
            kinds.push(key);
        }
    }
    kinds
}

fn is_wanted(policy: &Policy, key: KeyKind) -> bool {
    policy.certificates.is_empty() || policy.certificates.contains(&key)
}

/// Whether the server signs with its key, rather than decrypting or agreeing with it.
fn is_signed(suite: &CipherSuite) -> bool {
    suite.is_tls13() || matches!(suite.kx, "DHE" | "ECDHE" | "CECPQ1" | "SRP")
}

/// Whether there is a scheme in common for this key. Below TLS 1.2 schemes are not negotiated.
fn can_sign(hello: &ClientHelloFacts, policy: &Policy, key: KeyKind, version: u16) -> bool {
    if version < TLS_1_2 {
        return matches!(key, KeyKind::Rsa | KeyKind::Ecdsa);
    }
    if version == TLS_1_3 && hello.signature_algorithms.is_empty() {
        return true;
    }
    let serves = |code: u16| {
        signer(code)
            .is_some_and(|(signing, versions)| signing == key && versions.contains(&version))
    };
    let is_allowed =
        |code: &u16| policy.signature_schemes.is_empty() || policy.signature_schemes.contains(code);
    schemes(hello)
        .iter()
        .any(|code| serves(*code) && is_allowed(code))
}

fn allowed_suites(policy: &Policy, versions: &[u16]) -> Vec<u16> {
    known(&policy.suites, |code| {
        tables::cipher_suite(code)
            .is_some_and(|suite| versions.iter().any(|version| goes_with(suite, *version)))
    })
}
