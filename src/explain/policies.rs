//! The policies that are built in: all of them, or one.

use super::Explanation;
use super::Kind;
use crate::policy;

/// The page for `policies`, for a policy or for a family.
pub(super) fn page(name: &str) -> Option<Explanation> {
    if ["policies", "policy"].contains(&name.to_ascii_lowercase().as_str()) {
        return Some(every());
    }
    let found = policy::find(name);
    match found.as_slice() {
        [] => None,
        [one] => Some(single(one)),
        several => Some(family(name, several)),
    }
}

fn every() -> Explanation {
    let mut page = Explanation::new(
        Kind::Policies,
        "policies",
        "server policies that are built in",
    );
    page.what.push("A policy says which versions, cipher suites, groups and signature schemes a load balancer or a guideline allows. tlscap analyze --policy NAME says which clients of a capture one would take. Which policy a server really has is not seen in a capture.".to_owned());
    page.what.extend(policy::list());
    page.what.push("Others are read from a file: the output of aws elbv2 describe-ssl-policies as it is, or an object with name, min_version, max_version and ciphers, and if wanted groups, signature_schemes and certificate_types. Policies of AWS that are newer than those above are read that way.".to_owned());
    page.settle.push(
        "The configuration of the server, or of the load balancer before it, names its policy."
            .to_owned(),
    );
    let families = policy::families(policy::all());
    for (name, members) in families {
        let mut dates: Vec<&str> = members.iter().map(|one| one.date.as_str()).collect();
        dates.sort_unstable();
        dates.dedup();
        let place = members.first().map_or("", |one| page_of(&one.source));
        page.sources
            .push(format!("{name}: {place}, looked at {}", dates.join(", ")));
    }
    page.also.push("no-shared-cipher".to_owned());
    page.also.push("no-shared-version".to_owned());
    page
}

fn single(one: &policy::Policy) -> Explanation {
    let title = format!("{}: {}", one.family, policy::outline(one));
    let mut page = Explanation::new(Kind::Policies, &one.name, &title);
    page.what = policy::describe(one);
    page.sources
        .push(format!("{}, looked at {}", one.source, one.date));
    page.also.push("policies".to_owned());
    page
}

fn family(name: &str, members: &[&policy::Policy]) -> Explanation {
    let title = format!("{} server policies", members.len());
    let mut page = Explanation::new(Kind::Policies, name, &title);
    let lines = members
        .iter()
        .map(|one| format!("{}: {}", one.name, policy::outline(one)));
    page.what = lines.collect();
    page.also.push("policies".to_owned());
    page
}

/// The page or repository of a source, without the file in it.
fn page_of(source: &str) -> &str {
    source.split([' ', ';']).next().unwrap_or_default()
}
