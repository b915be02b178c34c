//! Real hellos against real policies, odd hellos, and what must hold of every policy.

mod laws;

use super::*;
use crate::facts::ClientHelloFacts;
use crate::tables;
use sample::hello;

fn policy(name: &str) -> &'static Policy {
    find(name).first().copied().unwrap()
}

fn accepted(client: &str, name: &str) -> Acceptance {
    match judge(&hello(client), policy(name)) {
        Judgement::Accepted(acceptance) => acceptance,
        other => panic!("{name} and {client}: {other:?}"),
    }
}

fn refused(client: &str, name: &str) -> Vec<Refusal> {
    match judge(&hello(client), policy(name)) {
        Judgement::Refused(refusals) => refusals,
        other => panic!("{name} and {client}: {other:?}"),
    }
}

fn choice(certificate: KeyKind, suite: &str, group: Option<&str>) -> Choice {
    Choice {
        certificate: Some(certificate),
        suite: tables::cipher_suite_by_name(suite).unwrap().code,
        group: group.map(|name| tables::group_by_name(name).unwrap()),
    }
}

#[test]
fn elb_takes_curl_by_tls12_with_either_certificate_and_its_own_order() {
    let acceptance = accepted("curl", "ELBSecurityPolicy-2016-08");
    assert_eq!((acceptance.version, acceptance.highest), (0x0303, 0x0303));
    let p256 = Some("secp256r1");
    assert_eq!(
        acceptance.choices,
        [
            choice(KeyKind::Ecdsa, "ECDHE-ECDSA-AES128-GCM-SHA256", p256),
            choice(KeyKind::Rsa, "ECDHE-RSA-AES128-GCM-SHA256", p256),
        ]
    );
}

#[test]
fn elb_with_tls12_only_does_not_take_an_openssl_of_tls10() {
    let refusals = refused("openssl_tls10", "ELBSecurityPolicy-FS-1-2-Res-2019-08");
    let [
        Refusal::Versions { offered, allowed },
        Refusal::Suites { .. },
    ] = refusals.as_slice()
    else {
        panic!("{refusals:?}");
    };
    assert_eq!(
        (offered.as_slice(), allowed.as_slice()),
        (&[0x0301][..], &[0x0303][..])
    );
    assert!(judge(&hello("openssl_tls10"), policy("ELBSecurityPolicy-2016-08")).is_accepted());
}

#[test]
fn elb_with_forward_secrecy_does_not_take_rsa_key_exchange() {
    for client in ["curl_rsa_key_exchange", "go_rsa_key_exchange"] {
        let refusals = refused(client, "ELBSecurityPolicy-FS-2018-06");
        assert!(matches!(refusals.as_slice(), [Refusal::Suites { .. }]));
        let taken = accepted(client, "ELBSecurityPolicy-2016-08");
        let [only] = taken.choices.as_slice() else {
            panic!("{taken:?}");
        };
        // The hello of curl has no groups, and none is needed.
        assert_eq!((only.certificate, only.group), (Some(KeyKind::Rsa), None));
    }
}

#[test]
fn elb_without_x25519_does_not_take_a_client_that_has_nothing_else() {
    let refusals = refused("openssl_x25519_only", "ELBSecurityPolicy-2016-08");
    let [Refusal::Groups { offered, allowed }] = refusals.as_slice() else {
        panic!("{refusals:?}");
    };
    assert_eq!(offered, &[0x001d]);
    assert_eq!(allowed, &[0x0017, 0x0018]);
}

#[test]
fn cloudfront_takes_java_and_not_a_client_of_tls11_unless_told_to() {
    let taken = accepted("java", "TLSv1.2_2021");
    assert_eq!(taken.version, 0x0304);
    assert!(matches!(
        refused("java_tls11", "TLSv1.2_2021").as_slice(),
        [Refusal::Versions { .. }, Refusal::Suites { .. }]
    ));
    assert_eq!(accepted("java_tls11", "TLSv1.1_2016").version, 0x0302);
}

#[test]
fn mozilla_intermediate_takes_go_and_not_cbc() {
    assert_eq!(accepted("go", "mozilla-intermediate-5.7").version, 0x0304);
    assert!(matches!(
        refused("curl_cbc", "mozilla-intermediate-5.7").as_slice(),
        [Refusal::Suites { .. }]
    ));
    assert_eq!(
        accepted("curl_cbc", "mozilla-old-5.7").choices,
        [choice(
            KeyKind::Rsa,
            "ECDHE-RSA-AES128-SHA256",
            Some("x25519")
        )]
    );
}

#[test]
fn mozilla_modern_means_an_ecdsa_certificate() {
    for name in ["mozilla-modern-5.7", "mozilla-modern-6.0"] {
        let taken = accepted("curl_tls13_p256_only", name);
        let suite = "TLS_AES_128_GCM_SHA256";
        assert_eq!(
            taken.choices,
            [choice(KeyKind::Ecdsa, suite, Some("x25519"))]
        );
        let mut rsa_only = hello("gnutls_tls13");
        rsa_only.signature_algorithms = vec![0x0804, 0x0401];
        assert!(matches!(
            judge(&rsa_only, policy(name)),
            Judgement::Refused(refusals) if matches!(refusals.as_slice(), [Refusal::Signatures { .. }])
        ));
    }
}

#[test]
fn mozilla_old_means_an_rsa_certificate() {
    let mut ecdsa_only = hello("curl");
    ecdsa_only.versions = vec![0x0303];
    ecdsa_only.cipher_suites = vec![0xc02b, 0xc02c];
    let Judgement::Refused(refusals) = judge(&ecdsa_only, policy("mozilla-old-5.7")) else {
        panic!();
    };
    assert_eq!(
        refusals,
        [Refusal::Certificates {
            offered: vec![KeyKind::Ecdsa],
            allowed: vec![KeyKind::Rsa],
        }]
    );
}

#[test]
fn alibaba_alb_takes_gnutls_by_tls12_and_tls13_only_where_it_is_allowed() {
    assert_eq!(
        accepted("gnutls", "alibaba-alb-tls_cipher_policy_1_0").version,
        0x0303
    );
    assert_eq!(
        accepted(
            "gnutls_tls13",
            "alibaba-alb-tls_cipher_policy_1_2_strict_with_1_3"
        )
        .version,
        0x0304
    );
    assert!(matches!(
        refused("gnutls_tls13", "alibaba-alb-tls_cipher_policy_1_2_strict").as_slice(),
        [Refusal::Versions { .. }, Refusal::Suites { .. }]
    ));
}

#[test]
fn alibaba_clb_has_nothing_for_an_ecdsa_client() {
    assert!(
        judge(
            &hello("rustls"),
            policy("alibaba-clb-tls_cipher_policy_1_2")
        )
        .is_accepted()
    );
    let mut ecdsa_only = hello("rustls");
    ecdsa_only.cipher_suites = vec![0xc02c, 0xc02b, 0xcca9, 0x00ff];
    let clb = policy("alibaba-clb-tls_cipher_policy_1_2");
    assert_eq!(
        verdict_lines(clb, &judge(&ecdsa_only, clb)),
        [
            "alibaba-clb-tls_cipher_policy_1_2 would not take it: no suite in common:",
            "  it offers only suites for ECDSA certificates, the policy has only",
            "  suites for RSA certificates",
        ]
    );
}

#[test]
fn hybrid_groups_are_for_tls13_only() {
    let mut client = hello("rustls");
    client.groups = vec![0x11ec];
    let two = policy("CloudFront-TLS-1-2-2021");
    let mut with_hybrid = two.clone();
    with_hybrid.groups = vec![0x11ec];
    assert!(judge(&client, &with_hybrid).is_accepted());
    client.versions = vec![0x0303];
    assert!(matches!(
        judge(&client, &with_hybrid),
        Judgement::Refused(refusals) if matches!(refusals.as_slice(), [Refusal::Groups { .. }])
    ));
}

#[test]
fn a_server_that_settles_the_version_first_is_thought_of() {
    let mut client = hello("rustls");
    client.cipher_suites = vec![0xc02f];
    let Judgement::Accepted(taken) = judge(&client, policy("TLSv1.2_2021")) else {
        panic!();
    };
    assert_eq!((taken.version, taken.highest), (0x0303, 0x0304));
}

#[test]
fn legacy_version_never_means_tls13_and_stands_for_all_below() {
    let mut client = hello("curl_cbc");
    client.legacy_version = 0x0304;
    client.versions = vec![0x0304];
    let elb = policy("ELBSecurityPolicy-2016-08");
    assert!(judge(&client, elb).is_accepted());
    client.legacy_version = 0x0302;
    client.versions = vec![0x0302];
    let Judgement::Accepted(taken) = judge(&client, elb) else {
        panic!();
    };
    assert_eq!(taken.version, 0x0302);
}

#[test]
fn a_tls12_hello_without_signature_algorithms_offers_sha1() {
    let mut client = hello("curl_cbc");
    client.signature_algorithms.clear();
    assert!(judge(&client, policy("ELBSecurityPolicy-2016-08")).is_accepted());
    assert!(matches!(
        judge(&client, policy("ELBSecurityPolicy-TLS13-1-2-CNSA2-INTEROP3-FIPS-PQ-2026-07")),
        Judgement::Refused(refusals) if matches!(refusals.as_slice(), [Refusal::Signatures { .. }])
    ));
}

#[test]
fn grease_and_signals_are_no_offers() {
    let mut client = hello("curl_cbc");
    client.cipher_suites = vec![0x1a1a, 0x00ff, 0x5600, 0xfff0];
    client.versions = vec![0x2a2a, 0x0303];
    client.groups.insert(0, 0x3a3a);
    for policy in all() {
        let Judgement::Refused(refusals) = judge(&client, policy) else {
            panic!("{}", policy.name);
        };
        for refusal in &refusals {
            match refusal {
                Refusal::Suites { offered, .. } => assert_eq!(offered, &[0xfff0]),
                Refusal::Versions { offered, .. } => assert_eq!(offered, &[0x0303]),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_hello_that_was_cut_is_not_judged() {
    let cut = ClientHelloFacts {
        readable: false,
        ..hello("curl")
    };
    let elb = policy("ELBSecurityPolicy-2016-08");
    assert_eq!(judge(&cut, elb), Judgement::Unknown);
    assert!(family_lines("AWS ELB", &[elb], &cut).is_empty());
    assert_eq!(best(all(), &[(&cut, 3)]), None);
}

#[test]
fn a_family_is_summed_up_in_a_sentence() {
    let lines = |client: &str, family: &str| {
        let policies = find(family);
        family_lines(&policies[0].family, &policies, &hello(client)).join("\n")
    };
    assert_eq!(
        lines("java_tls11", "AWS CloudFront"),
        concat!(
            "AWS CloudFront: CloudFront-TLS-1-0-2014 and 2 more would take it;\n",
            "  CloudFront-TLS-1-2-2018 and 3 more not: needs TLS 1.2;\n",
            "  CloudFront-TLS-1-3-2025 not: needs TLS 1.3"
        )
    );
    assert_eq!(
        lines("curl", "Alibaba CLB"),
        "Alibaba CLB: all 3 would take it"
    );
    assert_eq!(
        lines("gnutls_tls13", "Alibaba CLB"),
        "Alibaba CLB: none of 3 would take it: needs TLS 1.2"
    );
}

#[test]
fn what_a_load_balancer_of_the_lab_took_and_refused_is_judged_so() {
    // haproxy.cfg of testdata/lab/scenarios/story4_load_balancer_policy.toml, with an RSA certificate.
    let text = r#"{"name": "haproxy", "min_version": "TLSv1.2", "max_version": "TLSv1.2", "certificate_types": ["rsa"],
        "ciphers": ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"]}"#;
    let haproxy = &read(text, "").unwrap()[0];
    for (client, taken) in [
        ("curl", true),
        ("gnutls", true),
        ("openssl_tls10", false),
        ("curl_rsa_key_exchange", false),
        ("curl_cbc", false),
        ("java_tls11", false),
        ("go_rsa_key_exchange", false),
        ("gnutls_tls13", false),
    ] {
        let judgement = judge(&hello(client), haproxy);
        assert_eq!(judgement.is_accepted(), taken, "{client}: {judgement:?}");
    }
}

#[test]
fn families_are_those_of_the_file() {
    let names: Vec<&str> = families(all()).iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "AWS ELB",
            "AWS CloudFront",
            "Mozilla",
            "Alibaba ALB",
            "Alibaba CLB"
        ]
    );
}

#[test]
fn the_policy_that_takes_most_is_the_strictest_of_those() {
    let clients = [hello("curl"), hello("openssl_tls10"), hello("go")];
    let counted: Vec<(&ClientHelloFacts, u64)> = clients.iter().zip([90, 3, 7]).collect();
    let elb = find("AWS ELB");
    let found = best(elb.iter().copied(), &counted).unwrap();
    assert_eq!((found.taken, found.total), (100, 100));
    assert_eq!(found.policy.name, "ELBSecurityPolicy-FS-2018-06");
    assert!(found.ties > 1 && found.refused.is_empty());

    let strict: Vec<&Policy> = vec![
        policy("ELBSecurityPolicy-FS-1-1-2019-08"),
        policy("ELBSecurityPolicy-TLS13-1-3-CNSA2-INTEROP1-FIPS-PQ-2026-07"),
    ];
    let found = best(strict, &counted).unwrap();
    assert_eq!((found.taken, found.total), (97, 100));
    assert_eq!(found.refused, [1]);
    assert_eq!(
        best_lines(&found),
        [
            "ELBSecurityPolicy-TLS13-1-3-CNSA2-INTEROP1-FIPS-PQ-2026-07 would take",
            "  most: 97 of 100 (one other takes as many and is less strict)",
        ]
    );
    assert_eq!(best(Vec::<&Policy>::new(), &counted), None);
    assert_eq!(best(all(), &[]), None);
}

#[test]
fn every_text_is_narrow_and_says_something() {
    for (name, client) in sample::all() {
        for policy in all() {
            let lines = verdict_lines(policy, &judge(&client, policy));
            check(&lines, &format!("{name} and {}", policy.name));
        }
        for (family, policies) in families(all()) {
            check(&family_lines(family, &policies, &client), name);
        }
        check(&best_lines(&best(all(), &[(&client, 1)]).unwrap()), name);
    }
    assert_eq!(list().len(), all().len());
    for policy in all() {
        assert!(describe(policy).len() > 1);
    }
}

fn check(lines: &[String], what: &str) {
    assert!(!lines.is_empty(), "{what}");
    for line in lines {
        assert!(line.chars().count() <= 72, "{what}: {line}");
        assert_eq!(line.trim_end(), line, "{what}");
    }
}
