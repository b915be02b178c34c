//! Many policies and many clients: families, and the policy that takes most.

use super::Judgement;
use super::Policy;
use super::judge;
use crate::facts::ClientHelloFacts;
use std::cmp::Reverse;

/// The policies in groups of one family each, in the order in which the families first occur.
#[must_use]
pub fn families<'p>(
    policies: impl IntoIterator<Item = &'p Policy>,
) -> Vec<(&'p str, Vec<&'p Policy>)> {
    let mut families: Vec<(&str, Vec<&Policy>)> = Vec::new();
    for policy in policies {
        let family = policy.family.as_str();
        match families.iter_mut().find(|(name, _)| *name == family) {
            Some((_, members)) => members.push(policy),
            None => families.push((family, vec![policy])),
        }
    }
    families
}

/// The policy that takes most of several clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best<'p> {
    /// The strictest of those that take most: highest lowest version, then fewest suites, then the first.
    pub policy: &'p Policy,
    /// Handshakes whose hello it takes.
    pub taken: u64,
    /// Handshakes that could be judged.
    pub total: u64,
    /// How many policies take as many, itself included.
    pub ties: usize,
    /// Which clients it refuses, as positions in the input.
    pub refused: Vec<usize>,
}

/// The policy that takes most of these clients, each a hello with the number of handshakes that began with it. Hellos that were not
/// read to their end are left out. `None` without a policy, or without a hello that can be judged.
#[must_use]
pub fn best<'p>(
    policies: impl IntoIterator<Item = &'p Policy>,
    clients: &[(&ClientHelloFacts, u64)],
) -> Option<Best<'p>> {
    let mut found: Option<Best<'p>> = None;
    for policy in policies {
        let tried = tally(policy, clients);
        if tried.total == 0 {
            return None;
        }
        let Some(before) = &mut found else {
            found = Some(tried);
            continue;
        };
        if tried.taken > before.taken {
            *before = tried;
        } else if tried.taken == before.taken {
            let ties = before.ties + 1;
            if strictness(policy) > strictness(before.policy) {
                *before = tried;
            }
            before.ties = ties;
        }
    }
    found
}

fn tally<'p>(policy: &'p Policy, clients: &[(&ClientHelloFacts, u64)]) -> Best<'p> {
    let mut tried = Best {
        policy,
        taken: 0,
        total: 0,
        ties: 1,
        refused: Vec::new(),
    };
    for (at, (hello, count)) in clients.iter().enumerate() {
        match judge(hello, policy) {
            Judgement::Accepted(_) => tried.taken = tried.taken.saturating_add(*count),
            Judgement::Refused(_) => tried.refused.push(at),
            Judgement::Unknown => continue,
        }
        tried.total = tried.total.saturating_add(*count);
    }
    tried
}

fn strictness(policy: &Policy) -> (Option<u16>, Reverse<usize>) {
    (
        policy.versions.last().copied(),
        Reverse(policy.suites.len()),
    )
}
