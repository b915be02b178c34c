//! The client retries with a lower version and says so; the server refuses the retry on purpose.
//!
//! ```text
//! C→S ClientHello, TLS 1.2 at most, TLS_FALLBACK_SCSV
//! S→C alert 86 inappropriate_fallback       (RFC 7507)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "fallback-scsv",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if scene.pattern() != "alert-without-server-hello" || scene.alert_code() != Some(86) {
        return None;
    }
    let says = scene.hello().is_some_and(|hello| hello.fallback_scsv);
    // Without the signalling suite the alert makes no sense: nothing on the wire shows a retry.
    let confidence = if says {
        Confidence::Certain
    } else {
        Confidence::Low
    };
    let mut evidence = Vec::new();
    if says {
        evidence.push(scene.about_hello(text!("fallback-scsv.retry")));
    }
    evidence.extend(scene.end());
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::testing::alone;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_inappropriate_fallback() {
        assert!(alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 86)).is_some());
    }

    #[test]
    fn silent_on_protocol_version() {
        assert_eq!(
            alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 70)),
            None
        );
    }
}
