//! Attributes that follow from each other: they are one question, and no rivals.

use super::attributes::OFFER;
use super::values;

/// Attributes, each with those that it follows from, which tell more. The first is the question that both answer.
const FOLLOWS: &[(&str, &[&str])] = &[
    (values::NETWORK, &["client"]),
    (values::TTL, &[values::CERTIFICATE]),
    (values::AUTHENTICATION, &["suites"]),
    (values::POST_QUANTUM, &["groups"]),
    (
        values::JA4,
        &[
            "suites",
            values::AUTHENTICATION,
            "signature algorithms",
            "version",
        ],
    ),
];

/// What `attribute` follows from.
fn told_by(attribute: &str) -> &'static [&'static str] {
    FOLLOWS
        .iter()
        .find(|(follower, _)| *follower == attribute)
        .map_or(&[], |(_, from)| from)
}

/// The attribute that stands for all that answer the same question.
pub(super) fn question(attribute: &str) -> &str {
    told_by(attribute).first().copied().unwrap_or(attribute)
}

/// Whether `other` would be another explanation than `attribute`: not where one follows from the other. A certificate follows
/// from the hello, where a server has several; so it never stands against what the hello offers.
pub(crate) fn is_rival(other: &str, attribute: &str) -> bool {
    let kin = other == attribute
        || told_by(other).contains(&attribute)
        || told_by(attribute).contains(&other);
    let answer = other == values::CERTIFICATE && is_of_hello(attribute);
    !kin && !answer
}

/// Whether the hello holds it.
pub(crate) fn is_of_hello(attribute: &str) -> bool {
    let more = [
        "sni",
        "version",
        values::AUTHENTICATION,
        values::POST_QUANTUM,
        values::JA4,
    ];
    OFFER.contains(&attribute) || more.contains(&attribute)
}

/// Takes out what follows from another attribute of the list.
pub(crate) fn without_followers(attributes: &mut Vec<&'static str>) {
    let all = attributes.clone();
    attributes.retain(|attribute| !told_by(attribute).iter().any(|from| all.contains(from)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::attributes::CODED;

    #[test]
    fn what_follows_from_each_other_is_no_rival() {
        for (one, other) in [
            ("client", "client network"),
            ("server certificate", "server TTL"),
            ("suites", "suites by authentication"),
            ("suites", "JA4"),
            ("JA4", "suites by authentication"),
            ("groups", "post-quantum groups"),
            ("sni", "sni"),
        ] {
            assert!(
                !is_rival(one, other) && !is_rival(other, one),
                "{one} {other}"
            );
        }
        assert!(is_rival("client network", "sni") && is_rival("JA4", "sni"));
    }

    #[test]
    fn a_certificate_is_an_answer_to_the_hello_and_a_ttl_is_not() {
        assert!(!is_rival("server certificate", "sni"));
        assert!(!is_rival("server certificate", "suites"));
        assert!(is_rival("server TTL", "sni"));
        assert!(is_rival("sni", "server certificate"));
        assert!(is_rival("server certificate", "client"));
    }

    #[test]
    fn of_several_that_tie_those_that_tell_most_are_named() {
        let mut all = CODED.to_vec();
        all.push("client");
        without_followers(&mut all);
        assert!(all.contains(&"client") && !all.contains(&"client network"));
        assert!(all.contains(&"server certificate") && !all.contains(&"server TTL"));
        assert!(!all.contains(&"JA4") && !all.contains(&"post-quantum groups"));
        let mut alone = vec!["client network", "JA4"];
        without_followers(&mut alone);
        assert_eq!(alone, ["client network", "JA4"]);
    }
}
