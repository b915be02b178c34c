//! What must hold of every hello and every policy.

use super::*;
use crate::facts::ClientOffer;
use proptest::prelude::*;
use std::sync::Arc;

/// Codes that occur, near ones, and odd ones.
fn code(known: &'static [u16]) -> impl Strategy<Value = u16> {
    prop_oneof![8 => prop::sample::select(known), 1 => any::<u16>()]
}

const VERSIONS: &[u16] = &[0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x2a2a];
const SUITES: &[u16] = &[
    0x1301, 0x1302, 0xc02b, 0xc02f, 0xc013, 0xc009, 0x002f, 0x009c, 0x009e, 0x008c, 0x0018, 0xc02d,
    0x00ff, 0x5600, 0x1a1a,
];
const GROUPS: &[u16] = &[0x0017, 0x001d, 0x11ec, 0x0100, 0x3a3a];
const SCHEMES: &[u16] = &[
    0x0201, 0x0203, 0x0401, 0x0403, 0x0804, 0x0807, 0x0904, 0x0809,
];

prop_compose! {
    fn any_hello()(
        readable in prop::bool::weighted(0.95),
        legacy_version in code(VERSIONS),
        versions in prop::collection::vec(code(VERSIONS), 0..4),
        cipher_suites in prop::collection::vec(code(SUITES), 0..6),
        groups in prop::collection::vec(code(GROUPS), 0..3),
        signature_algorithms in prop::collection::vec(code(SCHEMES), 0..3),
        listed in any::<bool>(),
    ) -> ClientHelloFacts {
        ClientHelloFacts {
readable,
offer: Arc::new(ClientOffer {
legacy_version,
versions,
cipher_suites,
groups,
signature_algorithms,
extensions: if listed { vec![43] } else { Vec::new() },
..ClientOffer::default()
}),
..ClientHelloFacts::default()
}
    }
}

prop_compose! {
    fn any_policy()(
        versions in prop::collection::btree_set(0x0300_u16..=0x0304, 0..5),
        suites in prop::collection::vec(code(SUITES), 0..6),
        groups in prop::collection::vec(code(GROUPS), 0..3),
        signature_schemes in prop::collection::vec(code(SCHEMES), 0..3),
        certificates in prop::collection::vec(
            prop::sample::select(&[KeyKind::Rsa, KeyKind::Ecdsa, KeyKind::EdDsa, KeyKind::MlDsa][..]),
            0..2,
        ),
    ) -> Policy {
        Policy {
            name: "any".to_owned(),
            versions: versions.into_iter().rev().collect(),
            suites,
            groups,
            signature_schemes,
            certificates,
            ..Policy::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_version_or_suite_more_never_refuses_what_was_accepted(
        hello in any_hello(),
        policy in any_policy(),
        version in 0x0300_u16..=0x0304,
        suite in code(SUITES),
        at in 0_usize..7,
    ) {
        let before = judge(&hello, &policy);
        let mut wider = policy.clone();
        wider.suites.insert(at.min(wider.suites.len()), suite);
        let more_suites = judge(&hello, &wider);
        wider.versions.push(version);
        wider.versions.sort_unstable_by(|a, b| b.cmp(a));
        wider.versions.dedup();
        let more_versions = judge(&hello, &wider);
        prop_assert!(!before.is_accepted() || more_suites.is_accepted());
        prop_assert!(!more_suites.is_accepted() || more_versions.is_accepted());
    }

    #[test]
    fn every_judgement_has_its_reason_and_its_text(hello in any_hello(), policy in any_policy()) {
        let judgement = judge(&hello, &policy);
        match &judgement {
            Judgement::Accepted(taken) => {
                prop_assert!(policy.versions.contains(&taken.version));
                prop_assert!(!taken.choices.is_empty());
                for choice in &taken.choices {
                    prop_assert!(policy.suites.contains(&choice.suite));
                    prop_assert!(hello.cipher_suites.contains(&choice.suite));
                    prop_assert!(choice.group.is_none_or(|group| hello.groups.contains(&group)));
                }
            }
            Judgement::Refused(refusals) => prop_assert!(!refusals.is_empty()),
            Judgement::Unknown => prop_assert!(!hello.readable),
        }
        prop_assert!(verdict_lines(&policy, &judgement).iter().all(|line| line.len() <= 72));
        let lines = family_lines("F", &[&policy], &hello);
        prop_assert!(lines.is_empty() != hello.readable);
        let _ = best([&policy], &[(&hello, u64::MAX), (&hello, 1)]);
    }
}
