//! What a comparison cannot tell apart it must not claim for sure: attributes that move together, and times.

use super::Claim;
use super::Confidence;
use super::Scene;
use crate::certificate::utc;
use crate::compare::values;
use crate::texts;
use crate::texts::text;

/// Causes that rest on how one attribute tells failed from completed, and attributes that move with it by nature.
const BY_COMPARISON: &[(&str, &str, &[&str])] = &[
    ("sni-missing", "sni", &[]),
    ("sni-unknown", "sni", &[]),
    ("sni-blocked", "sni", &[]),
    ("no-shared-version", "version", OFFER),
    ("version-intolerance", "version", OFFER),
    ("no-shared-cipher", "suites", OFFER),
    ("certificate-type-mismatch", "suites", OFFER),
    ("no-shared-group", "groups", OFFER),
    (
        "no-shared-signature-algorithm",
        "signature algorithms",
        OFFER,
    ),
    ("no-shared-alpn", "ALPN", &[]),
    ("large-client-hello", "hello size", OFFER),
];
/// What one client program offers changes together.
const OFFER: &[&str] = &[
    "version",
    "suites",
    "groups",
    "signature algorithms",
    "hello size",
    "session",
    values::AUTHENTICATION,
    values::POST_QUANTUM,
    values::JA4,
];

/// The claim, no surer than the comparison bears, with what speaks against it.
pub(super) fn tempered(scene: &Scene<'_>, mut claim: Claim) -> Claim {
    let rule = BY_COMPARISON.iter().find(|(code, ..)| *code == claim.code);
    let Some((_, attribute, related)) = rule else {
        return claim;
    };
    // What an alert says for itself needs no comparison.
    let by_alert = matches!(scene.alert_code(), Some(70 | 86 | 112 | 120));
    if by_alert || scene.association(attribute).is_none() {
        return claim;
    }
    let mut ties = scene.ties(attribute);
    ties.retain(|tie| !related.contains(tie));
    if !ties.is_empty() {
        // The numbers of a forged RST are evidence of another kind: who filters need not be told from how.
        let forged = claim.code == "sni-blocked" && scene.forged().1;
        if !forged {
            claim.confidence = claim.confidence.min(Confidence::Medium);
        }
        let ties: Vec<&str> = ties.into_iter().map(texts::attribute).collect();
        claim.against.push(scene.about_hello(text!(
            "temper.not-alone",
            attribute = texts::attribute(attribute),
            ties = texts::joined(&ties)
        )));
    }
    if let Some(order) = scene.context.apart_in_time {
        claim.confidence = claim.confidence.min(Confidence::Medium);
        let text = match (scene.context.changed_at, order) {
            (Some(at), "before") => text!("temper.before-at", at = utc(at)),
            (Some(at), _) => text!("temper.after-at", at = utc(at)),
            (None, "before") => text!("temper.before").to_owned(),
            (None, _) => text!("temper.after").to_owned(),
        };
        claim.against.push(scene.about_hello(text));
    }
    claim
}

#[cfg(test)]
mod tests {
    use super::tempered;
    use crate::base::Side;
    use crate::base::Timestamp;
    use crate::cause::Claim;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::in_scene;
    use crate::cause::testing::told_by;
    use crate::compare::Strength;
    use crate::facts::sample::Flow;

    fn after(context: &Context) -> Claim {
        let flow = Flow::hello_sent().alert(Side::Server, 2, 80);
        let claim = Claim::new("sni-unknown", Confidence::High, Vec::new());
        in_scene(flow, |_| (), context, |scene| tempered(scene, claim))
    }

    #[test]
    fn a_name_that_differs_alone_stays() {
        let context = told_by("sni", Strength::Separates, 0);
        assert_eq!(after(&context).confidence, Confidence::High);
    }

    #[test]
    fn a_tie_is_told_and_weighed() {
        let mut context = told_by("sni", Strength::Separates, 0);
        context
            .associations
            .extend(told_by("suites", Strength::Separates, 0).associations);
        let claim = after(&context);
        assert_eq!(
            (claim.confidence, claim.against.len()),
            (Confidence::Medium, 1)
        );
    }

    #[test]
    fn what_follows_from_the_name_or_from_a_rival_is_no_rival_of_its_own() {
        let with = |others: &[&'static str]| {
            let mut context = told_by("sni", Strength::Separates, 0);
            for other in others {
                context
                    .associations
                    .extend(told_by(other, Strength::Separates, 0).associations);
            }
            after(&context)
        };
        assert_eq!(with(&["server certificate"]).confidence, Confidence::High);
        let backend = with(&["server certificate", "server TTL"]);
        assert_eq!(backend.confidence, Confidence::Medium);
        let claim = with(&["client", "client network"]);
        assert!(claim.against[0].text.contains("alone: client would"));
    }

    #[test]
    fn times_that_do_not_overlap_are_told_and_weighed() {
        let context = Context {
            apart_in_time: Some("before"),
            changed_at: Some(Timestamp(0)),
            ..told_by("sni", Strength::Separates, 0)
        };
        let claim = after(&context);
        assert_eq!(
            (claim.confidence, claim.against.len()),
            (Confidence::Medium, 1)
        );
        let text = &claim.against[0].text;
        assert!(text.contains("begin at 1970-01-01 00:00:00 UTC"), "{text}");
    }
}
