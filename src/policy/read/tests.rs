use super::*;

const ELB: &str = r#"{"SslPolicies": [
  {"Name": "ELBSecurityPolicy-TLS13-X",
   "SslProtocols": ["TLSv1.2", "TLSv1.3"],
   "SupportedLoadBalancerTypes": ["application", "network"],
   "Ciphers": [
     {"Name": "ECDHE-RSA-AES128-GCM-SHA256", "Priority": 3},
     {"Name": "TLS_AES_128_GCM_SHA256", "Priority": 1},
     {"Name": "ECDHE-ECDSA-AES128-GCM-SHA256", "Priority": 2}]},
  {"Name": "second", "SslProtocols": ["TLSv1"], "Ciphers": [{"Name": "AES128-SHA", "Priority": 1}]}
]}"#;

const OWN: &str = r#"{"name": "edge", "min_version": "TLSv1.2", "max_version": "TLSv1.3",
  "ciphers": ["TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "0xc02b", "0xc02f"],
  "groups": ["X25519", "secp256r1"], "signature_schemes": ["rsa_pss_rsae_sha256"], "certificate_types": ["rsa"]}"#;

fn error(text: &str) -> String {
    let error = read(text, "f").unwrap_err().to_string();
    assert!(error.chars().all(|c| !c.is_control()), "{error:?}");
    error
}

#[test]
fn what_aws_prints_is_read_as_it_is_and_ordered_by_priority() {
    let policies = read(ELB, "file.json").unwrap();
    let [first, second] = policies.as_slice() else {
        panic!("{policies:?}");
    };
    assert_eq!(first.name, "ELBSecurityPolicy-TLS13-X");
    assert_eq!(first.family, "file.json");
    assert_eq!(first.versions, [0x0304, 0x0303]);
    assert_eq!(first.suites, [0x1301, 0xc02b, 0xc02f]);
    assert!(first.groups.is_empty());
    assert_eq!(
        (second.versions.as_slice(), second.suites.as_slice()),
        (&[0x0301][..], &[0x002f][..])
    );
}

#[test]
fn our_own_form_is_read_alone_in_a_list_and_in_an_object() {
    let alone = read(OWN, "f").unwrap();
    assert_eq!(alone[0].suites, [0x1301, 0xc02f, 0xc02b]);
    assert_eq!(alone[0].groups, [0x001d, 0x0017]);
    assert_eq!(alone[0].certificates, [KeyKind::Rsa]);
    assert_eq!(alone[0].family, "f");
    for text in [
        format!("[{OWN}, {OWN}]"),
        format!("{{\"policies\": [{OWN}, {OWN}]}}"),
    ] {
        let several = read(&text, "f").unwrap();
        assert_eq!(several.len(), 2);
        assert_eq!(several[0], alone[0]);
    }
}

#[test]
fn an_error_names_the_policy_and_the_word() {
    let with = |from: &str, to: &str| error(&OWN.replace(from, to));
    assert_eq!(
        with("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-FOO"),
        "\"edge\": unknown cipher suite \"ECDHE-FOO\""
    );
    assert_eq!(with("X25519", "Y"), "\"edge\": unknown group \"Y\"");
    assert_eq!(
        with("TLSv1.3", "TLS 9"),
        "\"edge\": unknown version \"TLS 9\""
    );
    assert!(with("\"groups\"", "\"group\"").contains("unknown field `group`"));
    assert!(with("TLS_AES_128_GCM_SHA256", "AES128-SHA").contains("TLS 1.3 but none"));
    assert!(
        with("\"max_version\": \"TLSv1.3\"", "\"max_version\": \"TLSv1\"").contains("no version")
    );
    assert!(with("edge", "").contains("1 to 64 characters"));
    assert!(with("edge", "a\\u001b[2J").contains("control characters"));
    assert!(
        error(&ELB.replace("AES128-SHA\"", "NEW-SUITE\"")).contains("\"second\": unknown cipher")
    );
}

#[test]
fn what_is_no_policy_is_an_error() {
    assert!(error("").starts_with("no JSON"));
    assert!(error("[1]").starts_with("a policy without a name: "));
    assert_eq!(error("[]"), "no policy in it");
    assert_eq!(error("3"), "no list of policies");
    assert_eq!(error("{\"SslPolicies\": 3}"), "no list of policies");
    assert!(error("{}").contains("missing field `name`"));
    assert!(error(&"[".repeat(100_000)).starts_with("no JSON"));
}
