//! Causes held against the truth.

use serde_json::Value as Json;
use tlscap::pattern::Confidence;
use tlscap::pattern::Diagnosis;

use super::cases::Recorded;

/// Where the causes are known not to be found, or one is claimed beside them, and why: case, code in the truth or claimed.
const KNOWN_CAUSES: &[(&str, &str, &str)] = &[
    (
        "forged_alert",
        "sni-blocked",
        "nothing in the facts tells a forged alert from the server's own",
    ),
    (
        "corrupted_client_finished",
        "corrupted-or-tampered",
        "the alert is encrypted, and its reason with it",
    ),
    (
        "corrupted_server_records",
        "corrupted-or-tampered",
        "the flipped bit lies in the key identifier: the client says unknown_ca",
    ),
    (
        "corrupted_server_records",
        "certificate-untrusted",
        "the same: that is what the wire says",
    ),
    (
        "mtls_untrusted_tls12",
        "client-certificate-rejected",
        "Node closes without a word",
    ),
    (
        "certificate_unsuitable",
        "certificate-unacceptable",
        "rustls says decrypt_error for an RSA key of 1024 bits",
    ),
];

/// The causes of a truth that are not among the first two claims, and sure claims that the truth does not have.
pub(crate) fn wrong_causes(case: &Recorded, flow: &Json, found: &Diagnosis) -> Vec<String> {
    let Some(wanted) = flow["causes"].as_array() else {
        return Vec::new();
    };
    let folder = case.folder.file_name().unwrap().to_string_lossy();
    let is_known = |code: &str| {
        KNOWN_CAUSES
            .iter()
            .any(|(name, known, _)| *name == folder && *known == code)
    };
    let wanted: Vec<&str> = wanted.iter().filter_map(Json::as_str).collect();
    let shown: Vec<String> = found
        .causes
        .iter()
        .map(|claim| format!("{} ({})", claim.code, claim.confidence.name()))
        .collect();
    let mut wrong = Vec::new();
    let named = found
        .causes
        .iter()
        .take(2)
        .any(|claim| wanted.contains(&claim.code));
    if !named && !wanted.iter().any(|code| is_known(code)) {
        wrong.push(format!("causes {shown:?}, the truth is {wanted:?}"));
    }
    for claim in &found.causes {
        let sure = claim.confidence >= Confidence::High;
        if sure && !wanted.contains(&claim.code) && !is_known(claim.code) {
            wrong.push(format!(
                "{} is claimed as {}, the truth is {wanted:?}",
                claim.code,
                claim.confidence.name()
            ));
        }
    }
    wrong
}
