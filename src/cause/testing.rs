//! What the unit tests of the causes share.

use super::Cause;
use super::Claim;
use super::Confidence;
use super::Context;
use super::Scene;
use crate::base::FrameRef;
use crate::certificate::Detail;
use crate::certificate::Finding;
use crate::certificate::Kind;
use crate::certificate::Roots;
use crate::certificate::Weight;
use crate::compare::Association;
use crate::compare::Strength;
use crate::facts::HandshakeFacts;
use crate::facts::WireText;
use crate::facts::sample::Flow;
use crate::pattern::testing::judged;

/// What a cause claims of a flow that stands alone.
pub(super) fn alone(cause: &Cause, flow: Flow) -> Option<Claim> {
    claimed(cause, flow, |_| (), &Context::default())
}

/// What a cause claims of a flow after a change to its facts, among others.
pub(super) fn claimed(
    cause: &Cause,
    flow: Flow,
    change: impl FnOnce(&mut HandshakeFacts),
    context: &Context,
) -> Option<Claim> {
    in_scene(flow, change, context, |scene| (cause.judge)(scene))
}

/// How sure a cause is where the chain, seen in clear, has this defect.
pub(super) fn defect(cause: &Cause, kind: Kind, flow: Flow) -> Option<Confidence> {
    let frames = vec![FrameRef::new(0, 6)];
    let finding = Finding {
        kind,
        detail: Detail::SelfSigned,
        weight: Weight::Fault,
        certificate: 0,
        subject: WireText::from("CN=shop.example"),
        text: "a defect".to_owned(),
        frames,
    };
    let claim = in_scene(
        flow,
        |_| (),
        &Context::default(),
        |scene| {
            scene.certificates.push(finding);
            (cause.judge)(scene)
        },
    );
    claim.map(|claim| claim.confidence)
}

/// What `ask` finds in the scene of a flow after a change to its facts, among others.
pub(super) fn in_scene<T>(
    flow: Flow,
    change: impl FnOnce(&mut HandshakeFacts),
    context: &Context,
    ask: impl FnOnce(&mut Scene<'_>) -> T,
) -> T {
    let mut facts = flow.facts();
    change(&mut facts);
    let diagnosis = judged(facts);
    let roots = Roots::default();
    ask(&mut Scene::new(&diagnosis, context, &roots).expect("the flow failed"))
}

/// Others on the server completed, and `attribute` tells them apart.
pub(super) fn told_by(attribute: &'static str, strength: Strength, completed_like: u64) -> Context {
    let frame = FrameRef::new(0, 311);
    Context {
        failed: 20,
        completed: 30 + completed_like,
        same_name: if attribute == "sni" {
            completed_like
        } else {
            0
        },
        associations: vec![Association {
            attribute,
            values: 1,
            failed: 20,
            completed: completed_like,
            completed_otherwise: 30,
            p_value: 1e-9,
            strength: Some(strength),
            like: (completed_like > 0).then_some(frame),
            unlike: Some(frame),
        }],
        ..Context::default()
    }
}
