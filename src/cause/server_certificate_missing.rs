//! The server has no certificate that it could use for this hello.
//!
//! ```text
//! C→S ClientHello
//! S→C alert 40 or 80                        (Java in TLS 1.3: ServerHello, then an encrypted alert)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;

pub(super) const CAUSE: Cause = Cause {
    code: "server-certificate-missing",
    judge,
};

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let none_completed = scene.context.completed == 0;
    let looks = match (scene.pattern(), scene.alert_code()) {
        ("alert-without-server-hello", Some(40 | 80)) => true,
        ("server-alert-after-server-hello", None) => {
            !scene.facts.client_certificate.is_some_and(|_| true)
        }
        _ => false,
    };
    (looks && none_completed).then(|| Claim::new(CAUSE.code, Confidence::Low, scene.end()))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Context;
    use crate::cause::testing::alone;
    use crate::cause::testing::claimed;
    use crate::facts::sample::Flow;

    #[test]
    fn fires_where_nothing_completes_there() {
        assert!(alone(&CAUSE, Flow::hello_sent().alert(Side::Server, 2, 80)).is_some());
    }

    #[test]
    fn silent_where_others_complete() {
        let context = Context {
            completed: 3,
            ..Context::default()
        };
        assert_eq!(
            claimed(
                &CAUSE,
                Flow::hello_sent().alert(Side::Server, 2, 80),
                |_| (),
                &context
            ),
            None
        );
    }
}
