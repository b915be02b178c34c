//! Client and server have no protocol version in common.
//!
//! ```text
//! C→S ClientHello, TLS 1.0 at most
//! S→C alert 70 protocol_version            (rustls: 40; OpenSSL 3 by its security level: 80; others: FIN)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::offer;
use crate::pattern::Evidence;
use crate::tables;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "no-shared-version",
    judge,
};

const TLS_1_2: u16 = 0x0303;

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let offered = scene.hello().and_then(offer::highest_version);
    let offers = || match offered {
        Some(version) => scene.about_hello(text!(
            "no-shared-version.offers",
            version = tables::version_name(version)
        )),
        None => scene.about_hello(text!("cause.hello-as-sent")),
    };
    let end = scene.end();
    match (scene.pattern(), scene.alert_code()) {
        ("alert-without-server-hello", Some(70)) => {
            let mut evidence = vec![offers()];
            evidence.extend(end);
            evidence.extend(accepted(scene));
            // Behind a PROXY header the first bytes may have been taken for a record with an odd version.
            let header = scene
                .facts
                .prelude
                .as_ref()
                .is_some_and(|prelude| prelude.protocol.is_proxy_header());
            let confidence = match (header, scene.like_offer_completed()) {
                (true, _) => Confidence::Low,
                (false, true) => Confidence::Medium,
                (false, false) => Confidence::Certain,
            };
            Some(Claim::new(CAUSE.code, confidence, evidence))
        }
        ("client-alert-after-server-hello", Some(70)) => {
            let mut evidence = end;
            if let Some(hello) = scene.server_hello() {
                evidence.insert(
                    0,
                    Evidence {
                        frames: hello.frames.clone(),
                        text: text!(
                            "cause.chosen",
                            version = tables::version_name(hello.version)
                        ),
                    },
                );
            }
            Some(Claim::new(CAUSE.code, Confidence::High, evidence))
        }
        ("alert-without-server-hello", Some(40 | 47 | 80))
        | ("close-after-client-hello" | "reset-after-client-hello", _) => {
            in_disguise(scene, offered?, offers())
        }
        _ => None,
    }
}

/// A hello of TLS 1.1 or older, refused with another number or none.
fn in_disguise(scene: &Scene<'_>, offered: u16, offers: Evidence) -> Option<Claim> {
    if offered >= TLS_1_2 {
        return None;
    }
    let accepted = accepted(scene);
    let alert = scene.pattern() == "alert-without-server-hello";
    let confidence = match (alert, scene.sets_apart("version"), accepted.is_some()) {
        (_, true, _) => Confidence::High,
        (true, false, _) | (false, false, true) => Confidence::Medium,
        (false, false, false) => Confidence::Low,
    };
    let mut evidence = vec![offers];
    evidence.extend(scene.end());
    evidence.extend(accepted);
    evidence.extend(scene.counts(
        "version",
        text!("counts.this-version"),
        text!("counts.with-others"),
    ));
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

/// The lowest version that the server chose for others, if it is above what is offered here.
fn accepted(scene: &Scene<'_>) -> Option<Evidence> {
    let offered = scene.hello().and_then(offer::highest_version)?;
    let versions = &scene.context.accepted.versions;
    let (lowest, frame) = versions.iter().min_by_key(|(version, _)| *version)?;
    (*lowest > offered).then(|| Evidence {
        text: text!(
            "no-shared-version.lowest",
            version = tables::version_name(*lowest)
        ),
        frames: vec![*frame],
    })
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::alone;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_protocol_version() {
        let claim = alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 70)).unwrap();
        assert_eq!(claim.confidence, Confidence::Certain);
    }

    #[test]
    fn fires_on_handshake_failure_for_an_old_hello() {
        let old = |facts: &mut HandshakeFacts| {
            if let Some(hello) = &mut facts.client_hello {
                hello.versions = vec![0x0301];
            }
        };
        let claim = claimed(
            &CAUSE,
            Flow::hello_sent().alert(Side::Server, 2, 40),
            old,
            &Context::default(),
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::Medium);
    }

    #[test]
    fn silent_on_handshake_failure_for_a_hello_of_today() {
        assert_eq!(
            alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 40)),
            None
        );
    }
}
