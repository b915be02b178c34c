//! Which of the names of a server are worth most.

use super::Asked;
use super::GIVEN;
use super::known::Known;
use super::known::Seen;
use crate::base::Timestamp;
use crate::facts::NameKind;
use crate::facts::NameSource;
use crate::facts::ServerName;

/// Worth: smaller is better. Rank, whether it was seen later, and how far away in time, ns.
type Worth = (u8, bool, u64);

/// The best, distinct, at most [`GIVEN`].
pub(super) fn best(known: &[Known], asked: &Asked) -> Vec<ServerName> {
    let mut ranked: Vec<(Worth, Seen, &Known)> = known
        .iter()
        .filter(|known| known.port.is_none_or(|port| port == asked.server.port))
        .filter_map(|known| worth(known, asked).map(|(worth, seen)| (worth, seen, known)))
        .collect();
    // Stable: names of one certificate stay in its order.
    ranked.sort_by_key(|(worth, _, _)| *worth);
    let mut best: Vec<ServerName> = Vec::new();
    for (_, seen, known) in ranked {
        if best.iter().all(|other| other.name != known.name) {
            best.push(ServerName {
                name: known.name.clone(),
                from: known.from,
                kind: known.kind,
                frame: seen.frame,
            });
        }
        if best.len() >= GIVEN {
            break;
        }
    }
    best
}

/// The worth of a name, and the sight of it that is worth most. `None` where only the flow itself shows it.
fn worth(known: &Known, asked: &Asked) -> Option<(Worth, Seen)> {
    let sights = known.seen.iter().flat_map(|sighting| {
        let own = asked.client.is_none_or(|client| client == sighting.client);
        sighting.both().map(|seen| (own, seen))
    });
    sights
        .filter(|(_, seen)| known.from != NameSource::Sni || Some(seen.frame) != asked.own)
        .map(|(own, seen)| {
            let later = seen.at > asked.at;
            let rank = rank(known, own && !later);
            ((rank, later, distance(seen.at, asked.at)), seen)
        })
        .min_by_key(|(worth, _)| *worth)
}

fn rank(known: &Known, answered: bool) -> u8 {
    match (known.from, known.kind) {
        (_, NameKind::Canonical) => 6,
        (NameSource::Dns, _) if answered => 0,
        (NameSource::Sni, _) if known.completed => 1,
        (NameSource::Certificate, NameKind::Name) => 2,
        (NameSource::Certificate, _) => 3,
        (NameSource::Dns | NameSource::Nrb, _) => 4,
        (NameSource::Sni, _) => 5,
    }
}

fn distance(a: Timestamp, b: Timestamp) -> u64 {
    a.since(b).max(b.since(a))
}
