//! How a client refuses a certificate, and what is wrong with the chain, as causes ask about it.

use super::Claim;
use super::Confidence;
use super::Scene;
use crate::base::SECOND;
use crate::base::Side;
use crate::certificate::Finding;
use crate::certificate::Kind;
use crate::certificate::Weight;
use crate::pattern::Evidence;
use crate::texts::counted;

/// Alerts with which clients refuse a certificate (RFC 8446 section 6.2).
const REFUSALS: [u8; 8] = [42, 43, 44, 45, 46, 48, 51, 113];

/// Whether the client left after it had the server's certificate: by an alert that speaks of it, by one that cannot be read, or
/// without a word.
pub(super) fn refused(scene: &Scene<'_>) -> bool {
    match scene.pattern() {
        "client-alert-after-server-hello" => match scene.alert_code() {
            Some(code) => REFUSALS.contains(&code),
            None => scene.alert_encrypted(),
        },
        "close-after-server-hello" | "reset-after-server-hello" => {
            scene.word("from") == Some(Side::Client.name())
        }
        _ => false,
    }
}

/// Whether something speaks against a refusal of the certificate: the client's Finished was sent already (TLS 1.2 and below), or the alert came only
/// after a wait, as of one who gives up.
pub(super) fn is_doubtful(scene: &Scene<'_>) -> bool {
    let facts = scene.facts;
    let end = facts
        .alerts
        .iter()
        .find(|alert| alert.from == Side::Client)
        .map(|alert| alert.mark);
    let end = end.or(facts.tcp.last_packet.client);
    let Some(end) = end else { return false };
    let old = scene
        .server_hello()
        .is_some_and(|hello| hello.version < 0x0304);
    let finished = facts
        .change_cipher_spec
        .client
        .is_some_and(|mark| mark.order < end.order);
    let last = facts
        .tcp
        .last_payload
        .server
        .filter(|mark| mark.order < end.order);
    let waited = last.is_some_and(|last| end.at.since(last.at) >= SECOND);
    let named = matches!(scene.alert_code(), Some(42..=49 | 51 | 113));
    (old && finished || waited) && !named
}

/// Handshakes that completed with other certificates of the same address: one of several nodes sends this one.
fn others(scene: &Scene<'_>) -> Option<Evidence> {
    let own = scene.facts.certificates.leaf_id()?;
    let leaves = scene.context.accepted.other_leaves(own);
    (!leaves.is_empty()).then(|| Evidence {
        frames: leaves.iter().take(2).map(|(_, frame)| *frame).collect(),
        text: counted!(
            "chain.other-certificates",
            u64::try_from(leaves.len()).unwrap_or(u64::MAX)
        ),
    })
}

/// The claim that a defect seen in clear is why the client left; none if the chain has no such defect or the client did not refuse it.
pub(super) fn seen(
    scene: &Scene<'_>,
    code: &'static str,
    kinds: &[Kind],
    meant_by: &[u8],
) -> Option<Claim> {
    if !refused(scene) {
        return None;
    }
    let of_kind = |finding: &&Finding| kinds.contains(&finding.kind);
    let found: Vec<&Finding> = scene.certificates.iter().filter(of_kind).collect();
    if found.is_empty() {
        return None;
    }
    let fault = found.iter().any(|finding| finding.weight == Weight::Fault);
    let mut evidence = scene.found(kinds);
    evidence.extend(others(scene));
    evidence.extend(scene.end());
    let mut faults = scene
        .certificates
        .iter()
        .filter(|finding| finding.weight == Weight::Fault);
    let alone = faults.all(|finding| kinds.contains(&finding.kind));
    let confidence = match scene.alert_code() {
        // A note alone can be read two ways.
        Some(48) if !fault => Confidence::Medium,
        _ if !fault => return None,
        Some(alert) if meant_by.contains(&alert) => Confidence::Certain,
        // The alert names another reason; this is beside it.
        Some(44 | 45 | 113) => Confidence::Low,
        // 42 and 46 are sent for any reason; the others mean what they say, which is not this.
        Some(42 | 46 | 40) if alone => Confidence::High,
        Some(48)
            if alone
                && (kinds.contains(&Kind::ChainIncomplete)
                    || kinds.contains(&Kind::SelfSigned)) =>
        {
            Confidence::High
        }
        None if alone && scene.alert_encrypted() => Confidence::High,
        _ => Confidence::Medium,
    };
    let confidence = if is_doubtful(scene) {
        Confidence::Low
    } else {
        confidence
    };
    Some(Claim::new(code, confidence, evidence))
}

/// The claim that the alert's number alone says so, where the certificates could not be read.
pub(super) fn said(
    scene: &Scene<'_>,
    code: &'static str,
    alert: u8,
    confidence: Confidence,
) -> Option<Claim> {
    let by_client =
        scene.pattern() == "client-alert-after-server-hello" && scene.alert_code() == Some(alert);
    (by_client && scene.facts.certificates.is_empty())
        .then(|| Claim::new(code, confidence, scene.end()))
}
