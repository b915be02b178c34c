//! The server does not accept the client's certificate.
//!
//! ```text
//! C→S Certificate, CertificateVerify, Finished
//! S→C alert 42 to 48, 51 or 40              (TLS 1.3: encrypted, behind the client's Finished)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::client_certificate_missing::encrypted_certificate;
use crate::pattern::Evidence;
use crate::texts::counted;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "client-certificate-rejected",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let ended = scene.is(&["server-alert-after-server-hello", "failed-after-handshake"]);
    if !ended || scene.alert_code() == Some(116) {
        return None;
    }
    if let Some((mark, count)) = scene
        .facts
        .client_certificate
        .filter(|(_, count)| *count > 0)
    {
        let text = counted!(
            "client-certificate-rejected.sent",
            u64::try_from(count).unwrap_or(u64::MAX)
        );
        let mut evidence = vec![Evidence {
            frames: vec![mark.frame],
            text,
        }];
        evidence.extend(scene.end());
        let alert = scene.pattern() == "server-alert-after-server-hello";
        // 20, 51 and 80 have reasons of their own.
        let spoken = matches!(scene.alert_code(), None | Some(40 | 42..=49));
        return Some(Claim::new(
            CAUSE.code,
            if alert && spoken {
                Confidence::High
            } else {
                Confidence::Medium
            },
            evidence,
        ));
    }
    let (frame, length) = encrypted_certificate(scene).filter(|(_, length)| *length > 100)?;
    let mut evidence = vec![Evidence {
        frames: vec![frame],
        text: text!("client-certificate-rejected.encrypted", length),
    }];
    evidence.extend(scene.end());
    Some(Claim::new(CAUSE.code, Confidence::Medium, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_a_certificate_was_sent_and_an_alert_follows() {
        let one = |facts: &mut HandshakeFacts| facts.client_certificate = Some((facts.first, 1));
        let flow = Flow::answered().alert(Side::Server, 2, 48);
        assert_eq!(
            claimed(&CAUSE, flow, one, &Context::default())
                .unwrap()
                .confidence,
            Confidence::High
        );
    }

    #[test]
    fn silent_where_none_was_sent() {
        let none = |facts: &mut HandshakeFacts| facts.client_certificate = Some((facts.first, 0));
        let flow = Flow::answered().alert(Side::Server, 2, 40);
        assert_eq!(claimed(&CAUSE, flow, none, &Context::default()), None);
    }
}
