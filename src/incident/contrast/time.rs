//! Since when, or until when, it failed: where failed and completed flows of the same server part in time.

use super::names;
use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::compare::Strength;
use crate::compare::statistics;
use crate::compare::tally::Pair;
use crate::compare::tally::Server;
use crate::incident::Change;
use crate::incident::group::Group;
use crate::texts::text;

/// Flows that a change needs on each of its sides.
const FEW: u64 = 3;
/// Chance below which it is taken for real.
const SIGNIFICANT: f64 = 0.05;

/// Completed flows that are like the failed ones: with a name that failed, or, where no name was seen, all of that server.
#[derive(Debug, Default)]
struct Like {
    completed: u64,
    own: (u64, u64),
    span: Option<(Timestamp, Timestamp)>,
    example: Option<FrameRef>,
}

impl Like {
    fn add(&mut self, pair: &Pair, span: Option<(Timestamp, Timestamp)>) {
        self.completed += u64::from(pair.completed);
        self.own.0 += u64::from(pair.own_failed);
        self.own.1 += u64::from(pair.own_completed);
        self.span = match (self.span, span) {
            (Some((first, last)), Some((other, latest))) => {
                Some((first.min(other), last.max(latest)))
            }
            (known, new) => known.or(new),
        };
    }

    fn of(group: &Group, server: &Server, hasher: &foldhash::fast::RandomState) -> Self {
        let mut like = Self::default();
        let named = group.no_sni.flows > 0 || !group.sni.is_empty();
        if !named {
            like.add(&server.pair, server.completed_span);
            return like;
        }
        for (name, count) in names(server) {
            let failed = match name {
                Some(name) => group.sni.get(name, hasher).is_some(),
                None => group.no_sni.flows > 0,
            };
            if failed {
                let span = (count.first_completed, count.last_completed);
                like.add(&count.pair, (count.pair.completed > 0).then_some(span));
                like.example = like.example.or(count.example());
            }
        }
        like
    }
}

/// The change, where all like flows completed before the first failed one, or after the last.
pub(super) fn change(
    group: &Group,
    server: &Server,
    hasher: &foldhash::fast::RandomState,
) -> Option<Change> {
    let like = Like::of(group, server, hasher);
    let (first, last) = like.span?;
    let (began, at) = match () {
        () if last < group.first => (true, group.first),
        () if first > group.last => (false, group.last),
        () => return None,
    };
    if group.failed < FEW || like.completed < FEW {
        return None;
    }
    let own_failed = like.own.0.min(group.failed);
    let p_value = statistics::fisher_two_sided(own_failed, 0, 0, like.own.1);
    let sure = p_value < SIGNIFICANT && own_failed >= FEW && like.own.1 >= FEW;
    let failing = group.examples.first().map(|example| example.frame);
    Some(Change {
        began,
        at,
        failed: group.failed,
        completed: like.completed,
        like: match (group.sni.len(), group.no_sni.flows) {
            (0, 0) => text!("change.there"),
            (0, _) => text!("change.nameless"),
            (1, 0) => text!("change.this-name"),
            _ => text!("change.these-names"),
        },
        p_value,
        strength: if sure {
            Strength::Separates
        } else {
            Strength::Consistent
        },
        frames: like.example.into_iter().chain(failing).collect(),
    })
}
