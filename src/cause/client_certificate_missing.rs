//! The server wants a client certificate, and the client sends none.
//!
//! ```text
//! S→C CertificateRequest
//! C→S Certificate, empty                    (TLS 1.2: 7 bytes in clear; TLS 1.3: a record of 25)
//! S→C alert 40, 42 or 116                   (TLS 1.3: encrypted, behind the client's Finished)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::base::FrameRef;
use crate::base::Side;
use crate::facts::What;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "client-certificate-missing",
    judge,
};

/// A TLS 1.3 record with an empty Certificate: 8 bytes of message, content type, tag (RFC 8446 section 5.2); with CCM_8 8 less.
const EMPTY: [u32; 2] = [25, 17];

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if !scene.is(&[
        "server-alert-after-server-hello",
        "failed-after-handshake",
        "close-after-server-hello",
        "reset-after-server-hello",
    ]) {
        return None;
    }
    if matches!(scene.word("from"), Some(from) if from != Side::Server.name()) {
        return None;
    }
    if scene.alert_code() == Some(116) {
        return Some(Claim::new(CAUSE.code, Confidence::Certain, scene.end()));
    }
    let (frame, text) = match scene.facts.client_certificate {
        Some((mark, 0)) => (
            mark.frame,
            text!("client-certificate-missing.empty").to_owned(),
        ),
        Some(_) => return None,
        None => {
            let (frame, length) =
                encrypted_certificate(scene).filter(|(_, length)| EMPTY.contains(length))?;
            (frame, text!("client-certificate-missing.encrypted", length))
        }
    };
    let mut evidence: Vec<Evidence> = request(scene).into_iter().collect();
    evidence.push(Evidence {
        frames: vec![frame],
        text,
    });
    evidence.extend(scene.end());
    let optional = scene.context.accepted.without_client_certificate;
    let confidence = match scene.alert_code() {
        // Numbers that speak of the certificate, or that stacks send for it.
        Some(40 | 42 | 43 | 46 | 48 | 49) | None if optional.is_none() => Confidence::High,
        Some(40 | 42 | 43 | 46 | 48 | 49) | None => Confidence::Low,
        Some(_) => Confidence::Low,
    };
    let against = optional.map(|frame| Evidence {
        frames: vec![frame],
        text: text!("client-certificate-missing.optional").to_owned(),
    });
    Some(Claim::new(CAUSE.code, confidence, evidence).but(against))
}

fn request(scene: &Scene<'_>) -> Option<Evidence> {
    let mark = scene.facts.certificate_request?;
    Some(Evidence {
        frames: vec![mark.frame],
        text: text!("client-certificate-missing.asked").to_owned(),
    })
}

/// The client's first encrypted handshake record in TLS 1.3, if another follows it: then it is no Finished, but a Certificate.
pub(super) fn encrypted_certificate(scene: &Scene<'_>) -> Option<(FrameRef, u32)> {
    if scene.server_hello()?.version < 0x0304 {
        return None;
    }
    let hello = scene.server_hello()?.mark.order;
    let mut records = scene
        .facts
        .timeline
        .iter()
        .filter_map(|event| match event.what {
            What::Encrypted { kind: 23, length }
                if event.from == Side::Client && event.mark.order > hello =>
            {
                Some((event.mark.frame, length))
            }
            _ => None,
        });
    let first = records.next()?;
    let second = records.next()?;
    // The Finished is 53 or 69 bytes (85 padded as Java does); a first record of that size is it.
    let finished = |length: u32| matches!(length, 45 | 53 | 61 | 69 | 85);
    (!finished(first.1) && (finished(second.1) || first.1 > 85 || EMPTY.contains(&first.1)))
        .then_some(first)
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
    fn fires_on_an_empty_certificate_and_an_alert() {
        let none = |facts: &mut HandshakeFacts| facts.client_certificate = Some((facts.first, 0));
        let flow = Flow::answered().alert(Side::Server, 2, 40);
        assert_eq!(
            claimed(&CAUSE, flow, none, &Context::default())
                .unwrap()
                .confidence,
            Confidence::High
        );
    }

    #[test]
    fn fires_on_certificate_required() {
        let flow = Flow::answered().alert(Side::Server, 2, 116);
        assert!(alone(&CAUSE, flow).is_some());
    }

    #[test]
    fn silent_where_a_certificate_was_sent() {
        let one = |facts: &mut HandshakeFacts| facts.client_certificate = Some((facts.first, 1));
        let flow = Flow::answered().alert(Side::Server, 2, 40);
        assert_eq!(claimed(&CAUSE, flow, one, &Context::default()), None);
    }
}
