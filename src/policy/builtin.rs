//! The policies that are built in, and finding one by its name.

use super::Policy;
use super::read::read;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Every policy that is built in, family by family.
#[must_use]
pub fn all() -> &'static [Policy] {
    &POLICIES
}

/// The built-in policies of that name, whatever the case: its name, another name (which several may share), or a family. Empty if
/// there is none.
#[must_use]
pub fn find(name: &str) -> Vec<&'static Policy> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    let by_name: Vec<&Policy> = all().iter().filter(|policy| is(&policy.name)).collect();
    if !by_name.is_empty() {
        return by_name;
    }
    let also = |policy: &&Policy| policy.also.iter().any(|known| is(known)) || is(&policy.family);
    all().iter().filter(also).collect()
}

/// How many near names are given.
const NEAR: usize = 5;
/// How alike a name must be to be called near, from 0 to 1.
const ALIKE: f64 = 0.4;
/// Longer texts are compared by their beginning only.
const LONGEST: usize = 128;

/// Names of built-in policies that are spelled like `name`, the nearest first; may be empty.
#[must_use]
pub fn near(name: &str) -> Vec<&'static str> {
    let wanted = pairs(name);
    let mut ranked: Vec<(f64, &'static str)> = names()
        .into_iter()
        .map(|known| (likeness(&wanted, &pairs(known)), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    ranked
        .into_iter()
        .take(NEAR)
        .map(|(_, name)| name)
        .collect()
}

/// Every name that leads to a policy.
fn names() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    for policy in all() {
        names.insert(policy.name.as_str());
        names.insert(policy.family.as_str());
        names.extend(policy.also.iter().map(String::as_str));
    }
    names
}

/// The pairs of letters and digits that stand side by side.
fn pairs(text: &str) -> BTreeSet<(char, char)> {
    let letters: Vec<char> = text
        .chars()
        .take(LONGEST)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    letters
        .iter()
        .copied()
        .zip(letters.iter().copied().skip(1))
        .collect()
}

/// Dice's coefficient of two sets.
fn likeness(a: &BTreeSet<(char, char)>, b: &BTreeSet<(char, char)>) -> f64 {
    let total = u32::try_from(a.len() + b.len()).unwrap_or(u32::MAX);
    let common = u32::try_from(a.intersection(b).count()).unwrap_or(u32::MAX);
    if total == 0 {
        return 0.0;
    }
    2.0 * f64::from(common) / f64::from(total)
}

/// A test makes sure that the file can be read.
static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| read(FILE, "").unwrap_or_default());

const FILE: &str = include_str!("../tables/policies.json");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables;

    #[test]
    fn the_file_can_be_read_and_each_name_is_there_once() {
        let policies = read(FILE, "").unwrap();
        let names: BTreeSet<String> = policies
            .iter()
            .map(|policy| policy.name.to_lowercase())
            .collect();
        assert_eq!(names.len(), policies.len());
        assert!(!policies.is_empty());
    }

    #[test]
    fn every_suite_group_and_scheme_has_a_name_in_the_tables() {
        for policy in all() {
            for code in &policy.suites {
                assert!(tables::cipher_suite(*code).is_some(), "{}", policy.name);
            }
            for code in &policy.groups {
                assert!(tables::group(*code).is_some(), "{}", policy.name);
            }
            for code in &policy.signature_schemes {
                assert!(tables::signature_scheme(*code).is_some(), "{}", policy.name);
            }
        }
    }

    #[test]
    fn every_policy_says_where_it_comes_from_and_of_which_day() {
        for policy in all() {
            assert!(!policy.family.is_empty(), "{}", policy.name);
            assert!(policy.source.contains('.'), "{}", policy.name);
            let parts: Vec<&str> = policy.date.split('-').collect();
            assert_eq!(parts.len(), 3, "{}", policy.name);
            assert!(parts.iter().all(|part| part.parse::<u16>().is_ok()));
        }
    }

    #[test]
    fn every_suite_goes_with_a_version_of_its_policy() {
        for policy in all() {
            let has_new = policy.versions.contains(&0x0304);
            for code in &policy.suites {
                let suite = tables::cipher_suite(*code).unwrap();
                assert!(suite.kx != "none", "{}", policy.name);
                assert!(
                    has_new || !suite.is_tls13(),
                    "{}: {}",
                    policy.name,
                    suite.name
                );
            }
        }
    }

    #[test]
    fn policies_of_one_family_stand_together() {
        let mut families: Vec<&str> = all().iter().map(|policy| policy.family.as_str()).collect();
        families.dedup();
        let distinct: BTreeSet<&str> = families.iter().copied().collect();
        assert_eq!(distinct.len(), families.len());
    }

    #[test]
    fn a_policy_is_found_by_its_names_and_a_family_by_its_own() {
        let names = |name: &str| -> Vec<&str> {
            find(name)
                .iter()
                .map(|policy| policy.name.as_str())
                .collect()
        };
        assert_eq!(
            names("elbsecuritypolicy-2016-08"),
            ["ELBSecurityPolicy-2016-08"]
        );
        assert_eq!(names("TLSv1.2_2021"), ["CloudFront-TLS-1-2-2021"]);
        assert_eq!(
            names("tls_cipher_policy_1_0"),
            [
                "alibaba-alb-tls_cipher_policy_1_0",
                "alibaba-clb-tls_cipher_policy_1_0"
            ]
        );
        assert!(names("mozilla").len() > 3);
        assert!(names("").is_empty());
        assert!(names("none such").is_empty());
    }

    #[test]
    fn a_slip_of_the_finger_finds_the_name() {
        assert_eq!(
            near("ELBSecurityPolicy-2016-80").first(),
            Some(&"ELBSecurityPolicy-2016-08")
        );
        assert!(near("mozila-modern").contains(&"mozilla-modern-5.7"));
        assert!(near("").is_empty());
        assert!(near("qqqq").is_empty());
    }
}
