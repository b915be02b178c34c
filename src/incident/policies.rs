//! Which of the asked-for policies would take the clients of an incident. Always a hypothesis: a server does not say which it has.

use super::group::Group;
use crate::facts::ClientHelloFacts;
use crate::pattern::Diagnosis;
use crate::policy;
use crate::policy::Policy;

/// Up to this many policies each has its own verdict; of more the families are summed up.
const FEW: usize = 3;

/// One sentence each; empty without policies, and where the server did answer the hello.
pub(super) fn lines(group: &Group, policies: &[Policy]) -> Vec<String> {
    let refused = [
        "alert-without-server-hello",
        "close-after-client-hello",
        "reset-after-client-hello",
        "no-answer-to-client-hello",
    ];
    let hellos: Vec<(&ClientHelloFacts, u64)> = group
        .specimens
        .iter()
        .filter_map(|specimen: &Diagnosis| specimen.facts.client_hello.as_ref())
        .map(|hello| (hello, 1))
        .collect();
    let Some((first, _)) = hellos.first() else {
        return Vec::new();
    };
    if policies.is_empty() || !refused.contains(&group.key.pattern) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if policies.len() <= FEW {
        for one in policies {
            lines.extend(policy::verdict_lines(one, &policy::judge(first, one)));
        }
    } else {
        for (family, members) in policy::families(policies) {
            lines.extend(policy::family_lines(family, &members, first));
        }
    }
    let offers_differ = hellos
        .iter()
        .any(|(hello, _)| hello.cipher_suites != first.cipher_suites);
    if offers_differ && let Some(best) = policy::best(policies, &hellos) {
        lines.extend(policy::best_lines(&best));
    }
    sentences(lines)
}

/// Each verdict on one line: the screen has its own width. Lines that go on begin with blanks.
fn sentences(lines: Vec<String>) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    for line in lines {
        match whole.last_mut().filter(|_| line.starts_with(' ')) {
            Some(last) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            None => whole.push(line),
        }
    }
    whole
}
