//! Client and server have no group for the key exchange in common.
//!
//! ```text
//! C→S ClientHello, supported_groups without x25519 and secp256r1
//! S→C alert 40 handshake_failure            (Java: 10 unexpected_message)
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
    code: "no-shared-group",
    judge,
};

const TLS_1_3: u16 = 0x0304;

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let hello = scene.hello()?;
    if scene.pattern() != "alert-without-server-hello"
        || !matches!(scene.alert_code()?, 10 | 40 | 47)
    {
        return None;
    }
    let accepted = &scene.context.accepted.groups;
    let disjoint = !accepted.is_empty()
        && !hello.groups.is_empty()
        && !accepted
            .iter()
            .any(|(group, _)| hello.groups.contains(group));
    let lacking = offer::lacks_usual_groups(hello);
    let apart = scene.sets_apart("groups");
    let confidence = match (lacking, disjoint, apart) {
        (true, _, true) | (_, true, true) => Confidence::High,
        (true, ..) | (_, true, _) => Confidence::Medium,
        // Suites of TLS 1.3 are shared nearly always: a lone group is what is left.
        _ if offer::has_one_group(hello) && offer::highest_version(hello) == Some(TLS_1_3) => {
            Confidence::Low
        }
        _ => return None,
    };
    let mut evidence = vec![scene.about_hello(text!(
        "no-shared-group.offers",
        groups = offer::groups(hello)
    ))];
    evidence.extend(scene.end());
    if let Some((group, frame)) = accepted.first().filter(|_| disjoint) {
        evidence.push(Evidence {
            frames: vec![*frame],
            text: text!("no-shared-group.chose", group = tables::group_name(*group)),
        });
    }
    evidence.extend(scene.counts(
        "groups",
        text!("counts.these-groups"),
        text!("counts.with-others"),
    ));
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::sample::Flow;

    fn groups(list: &[u16]) -> impl FnOnce(&mut HandshakeFacts) + '_ {
        |facts| {
            if let Some(hello) = &mut facts.client_hello {
                hello.groups = list.to_vec();
            }
        }
    }

    #[test]
    fn fires_where_the_usual_groups_are_missing() {
        let flow = Flow::hello_sent().alert(Side::Server, 2, 40);
        assert!(claimed(&CAUSE, flow, groups(&[25, 24]), &Context::default()).is_some());
    }

    #[test]
    fn silent_where_x25519_is_offered() {
        let flow = Flow::hello_sent().alert(Side::Server, 2, 40);
        assert_eq!(
            claimed(&CAUSE, flow, groups(&[29, 24]), &Context::default()),
            None
        );
    }
}
