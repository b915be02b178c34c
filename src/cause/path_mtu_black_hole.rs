//! Packets of full size vanish on the way, and the ICMP message that would say so too.
//!
//! ```text
//! S→C ServerHello .. (full-size segment)    lost
//! S→C the end of the flight                 arrives; the client waits for the hole
//! ```

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Scene;
use crate::pattern::Evidence;
use crate::texts::text;

pub(super) const CAUSE: Cause = Cause {
    code: "path-mtu-black-hole",
    judge,
};

/// Segments shorter than this pass links of any usual tunnel.
const LARGE: u64 = 1_000;

fn judge(scene: &Scene<'_>) -> Option<Claim> {
    let too_big = scene
        .facts
        .tcp
        .icmp
        .iter()
        .find(|icmp| icmp.is_too_big())
        .map(|icmp| Evidence {
            frames: vec![icmp.mark.frame],
            text: match icmp.mtu {
                Some(mtu) => {
                    text!("path-mtu-black-hole.mtu", mtu)
                }
                None => text!("path-mtu-black-hole.too-big").to_owned(),
            },
        });
    match scene.pattern() {
        "stalled-after-server-hello" => stalled(scene, too_big),
        "client-hello-not-delivered" | "no-answer-to-client-hello" | "incomplete-client-hello" => {
            hello(scene, too_big)
        }
        _ => None,
    }
}

fn stalled(scene: &Scene<'_>, too_big: Option<Evidence>) -> Option<Claim> {
    let tcp = &scene.facts.tcp;
    let again = tcp
        .unacknowledged
        .server
        .filter(|sent| sent.transmissions > 2);
    let mut evidence = Vec::new();
    let mut confidence = Confidence::Low;
    if let Some((_, length)) = tcp.hole.server {
        let size = tcp
            .mss
            .client
            .into_iter()
            .chain(tcp.mss.server)
            .min()
            .map(u64::from);
        let whole = size.is_some_and(|size| {
            size > 0 && (length % size == 0 || length % size.saturating_sub(12) == 0)
        });
        if length < LARGE {
            return None;
        }
        let frame = tcp.beyond_hole.server.map(|mark| mark.frame);
        let text = if whole {
            text!("path-mtu-black-hole.whole-segments", length)
        } else {
            text!("path-mtu-black-hole.hole", length)
        };
        evidence.push(Evidence {
            frames: frame.into_iter().collect(),
            text,
        });
        confidence = Confidence::High;
    } else if let Some(sent) = again {
        let rest = tcp.bytes.server.saturating_sub(sent.offset);
        // A client from which nothing comes any more may have vanished.
        let alive = tcp
            .last_packet
            .client
            .is_some_and(|mark| mark.order > sent.first.order);
        if rest < LARGE {
            return None;
        }
        evidence.push(Evidence {
            frames: vec![sent.first.frame, sent.last.frame],
            text: text!(
                "path-mtu-black-hole.server-repeats",
                times = sent.transmissions
            ),
        });
        confidence = if alive {
            Confidence::High
        } else {
            Confidence::Low
        };
    }
    evidence.extend(too_big);
    if evidence.is_empty() {
        return None;
    }
    Some(Claim::new(CAUSE.code, confidence, evidence))
}

/// The client's own hello is larger than the way bears.
fn hello(scene: &Scene<'_>, too_big: Option<Evidence>) -> Option<Claim> {
    let hello = scene
        .hello()
        .filter(|hello| u64::from(hello.length) > LARGE)?;
    let sent = scene
        .facts
        .tcp
        .unacknowledged
        .client
        .filter(|sent| sent.transmissions > 1);
    if too_big.is_none() && sent.is_none() {
        return None;
    }
    // The lost segment itself must be a large one.
    let rest = sent.map(|sent| hello.offset.1.saturating_sub(sent.offset));
    if rest.is_some_and(|rest| rest < LARGE) {
        return None;
    }
    let sure = too_big.is_some() && scene.pattern() == "client-hello-not-delivered";
    let mut evidence = vec![scene.about_hello(text!(
        "path-mtu-black-hole.hello-size",
        bytes = hello.length
    ))];
    evidence.extend(sent.map(|sent| Evidence {
        frames: vec![sent.first.frame, sent.last.frame],
        text: text!(
            "path-mtu-black-hole.client-repeats",
            times = sent.transmissions
        ),
    }));
    evidence.extend(too_big);
    evidence.extend(scene.counts(
        "hello size",
        text!("counts.this-size"),
        text!("counts.smaller"),
    ));
    let confidence = match (sure, scene.sets_apart("hello size")) {
        (true, _) => Confidence::High,
        (false, _) => Confidence::Low,
    };
    Some(Claim::new(CAUSE.code, confidence, evidence))
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
    fn fires_on_a_hole_of_a_full_segment() {
        let full = |facts: &mut HandshakeFacts| facts.tcp.mss.client = Some(1448);
        let flow = Flow::hello_sent()
            .server_hole(0, 1448)
            .wait(20_000)
            .fin(Side::Client);
        assert_eq!(
            claimed(&CAUSE, flow, full, &Context::default())
                .unwrap()
                .confidence,
            Confidence::High
        );
    }

    #[test]
    fn silent_on_a_short_hole() {
        let flow = Flow::hello_sent()
            .server_hole(0, 90)
            .wait(20_000)
            .fin(Side::Client);
        assert_eq!(claimed(&CAUSE, flow, |_| (), &Context::default()), None);
    }
}
