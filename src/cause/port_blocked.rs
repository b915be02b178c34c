//! Something on the way, not the host, forbids this port or all TLS on it.
//!
//! ```text
//! C→S SYN
//! R→C ICMP administratively prohibited       (or forged RSTs for every hello, whatever its name)
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "port-blocked",
    judge,
};

/// ICMP codes (type 3) that say "prohibited": RFC 792, RFC 1812 section 5.2.7.1.
const PROHIBITED: [u8; 3] = [9, 10, 13];

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    if scene.pattern() == "syn-refused" {
        let icmp = scene.facts.tcp.icmp.iter().find(|icmp| {
            if icmp.v6 {
                icmp.kind == 1 && icmp.code == 1
            } else {
                icmp.kind == 3 && PROHIBITED.contains(&icmp.code)
            }
        })?;
        let protocol = if icmp.v6 { "ICMPv6" } else { "ICMP" };
        let text = text!(
            "port-blocked.prohibited",
            protocol,
            kind = icmp.kind,
            code = icmp.code
        );
        let evidence = Evidence {
            frames: vec![icmp.mark.frame],
            text,
        };
        return Some(Claim::new(CAUSE.code, Confidence::High, vec![evidence]));
    }
    // Every hello is reset by a box, and none completes: it is not the name.
    let every = scene.pattern() == "reset-after-client-hello"
        && scene.context.completed == 0
        && scene.context.failed >= 3;
    let names = scene
        .context
        .associations
        .iter()
        .find(|one| one.attribute == "sni")
        .map_or(0, |one| one.values);
    (every && names >= 2 && scene.forged().0 >= 20).then(|| {
        let mut evidence = scene.clues_as_evidence(true);
        evidence.push(scene.about_hello(text!(
            "port-blocked.every-name",
            hellos = scene.context.failed,
            names
        )));
        Claim::new(CAUSE.code, Confidence::Medium, evidence)
    })
}

#[cfg(test)]
mod tests {
    use super::CAUSE;
    use crate::base::Side;
    use crate::cause::Confidence;
    use crate::cause::Context;
    use crate::cause::testing::claimed;
    use crate::facts::HandshakeFacts;
    use crate::facts::IcmpFacts;
    use crate::facts::sample::Flow;

    fn icmp(kind: u8, code: u8) -> Option<Confidence> {
        let change = |facts: &mut HandshakeFacts| {
            facts.tcp.icmp.push(IcmpFacts {
                mark: facts.last,
                kind,
                code,
                v6: false,
                mtu: None,
                about: Side::Client,
            });
        };
        claimed(&CAUSE, Flow::new().syn(), change, &Context::default())
            .map(|claim| claim.confidence)
    }

    #[test]
    fn fires_on_administratively_prohibited() {
        assert_eq!(icmp(3, 13), Some(Confidence::High));
    }

    #[test]
    fn silent_where_the_host_has_no_listener() {
        assert_eq!(icmp(3, 3), None);
    }
}
