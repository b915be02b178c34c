//! Somebody answers the ClientHello with a web page of his own: a block page or a captive portal.
//!
//! ```text
//! C→S ClientHello
//! S→C HTTP/1.1 302 Found, Location: http://portal.example/   (not the 400 of a web server that met TLS bytes)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "block-page",
    judge,
};

/// What a web server answers to bytes that are no request, and what it may answer anything with.
const OF_A_SERVER: [i64; 4] = [400, 408, 426, 501];

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let http = scene.pattern() == "non-tls-answer" && scene.word("protocol") == Some("http");
    let status = scene
        .number("status")
        .filter(|status| http && !OF_A_SERVER.contains(status))?;
    if scene.has_no_sni() && scene.context.completed == 0 {
        return None;
    }
    // A server that has some names in plain HTTP only looks the same.
    let confidence = if scene.context.completed > 0 {
        Confidence::Medium
    } else {
        Confidence::Low
    };
    let mut evidence = vec![scene.about_end(text!("block-page.status", status))];
    evidence.extend(scene.counts(
        "sni",
        text!("counts.this-name"),
        text!("counts.other-names"),
    ));
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::testing::alone;
    use crate::cause::testing::claimed;
    use crate::cause::testing::told_by;
    use crate::compare::Strength;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_on_a_redirect_where_other_names_complete() {
        let context = told_by("sni", Strength::Separates, 0);
        let flow = Flow::hello_sent()
            .other(Side::Server, "http", Some(302), "HTTP/1.1 302 Found")
            .fin(Side::Server);
        assert_eq!(
            claimed(&CAUSE, flow, |_| (), &context).unwrap().confidence,
            Confidence::Medium
        );
    }

    #[test]
    fn silent_on_a_web_server_that_meets_tls() {
        let flow = Flow::hello_sent()
            .other(Side::Server, "http", Some(400), "HTTP/1.1 400 Bad Request")
            .fin(Side::Server);
        assert_eq!(alone(&CAUSE, flow), None);
    }
}
