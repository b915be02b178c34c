//! The server speaks none of the protocols that the client offers by ALPN.
//!
//! ```text
//! C→S ClientHello, application_layer_protocol_negotiation
//! S→C alert 120 no_application_protocol     (Go, rustls in TLS 1.3: ServerHello, then an encrypted alert)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use super::offer;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "no-shared-alpn",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let hello = scene.hello()?;
    let unusual = offer::has_unusual_alpn(hello);
    let confidence = match (scene.pattern(), scene.alert_code()) {
        ("alert-without-server-hello" | "server-alert-after-server-hello", Some(120))
            if hello.alpn.is_empty() =>
        {
            Confidence::Low
        }
        ("alert-without-server-hello" | "server-alert-after-server-hello", Some(120))
            if scene.completed_with("ALPN") =>
        {
            Confidence::Medium
        }
        ("alert-without-server-hello" | "server-alert-after-server-hello", Some(120)) => {
            Confidence::Certain
        }
        ("server-alert-after-server-hello", None) if scene.sets_apart("ALPN") => Confidence::High,
        ("server-alert-after-server-hello", None) if unusual => Confidence::Medium,
        // Apache answers a protocol that was not offered; OpenSSL's client leaves with decode_error.
        ("client-alert-after-server-hello", Some(50 | 47 | 120)) if unusual => Confidence::Low,
        _ => return None,
    };
    let offered = if hello.alpn.is_empty() {
        text!("no-shared-alpn.no-protocol").to_owned()
    } else {
        offer::alpn(hello)
    };
    let mut evidence = vec![scene.about_hello(text!("no-shared-alpn.offers", offered))];
    evidence.extend(scene.end());
    evidence.extend(scene.counts(
        "ALPN",
        text!("counts.this-list"),
        text!("counts.with-others"),
    ));
    let claim = Claim::new(CAUSE.code, confidence, evidence);
    Some(claim)
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::WireText;
    use crate::facts::sample::Flow;

    fn offers(name: &'static str) -> impl FnOnce(&mut HandshakeFacts) {
        move |facts| {
            if let Some(hello) = &mut facts.client_hello {
                hello.alpn = vec![WireText::from(name)];
            }
        }
    }

    #[test]
    fn fires_on_no_application_protocol() {
        let claim = claimed(
            &CAUSE,
            Flow::hello_sent().alert(Side::Server, 2, 120),
            offers("h2"),
            &Context::default(),
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::Certain);
    }

    #[test]
    fn fires_less_surely_on_an_encrypted_alert_behind_the_server_hello() {
        let claim = claimed(
            &CAUSE,
            Flow::answered()
                .encrypted_alert(Side::Server)
                .fin(Side::Server),
            offers("mqtt"),
            &Context::default(),
        )
        .unwrap();
        assert_eq!(claim.confidence, Confidence::Medium);
    }

    #[test]
    fn silent_on_such_an_alert_with_the_usual_protocols() {
        let flow = Flow::answered()
            .encrypted_alert(Side::Server)
            .fin(Side::Server);
        assert_eq!(
            claimed(&CAUSE, flow, offers("h2"), &Context::default()),
            None
        );
    }
}
