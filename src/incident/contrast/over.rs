//! Whether the failure had ended when the capture did.

use super::Contrast;
use super::ratio;
use crate::compare::attributes::OFFER;
use crate::compare::tally::NameCount;
use crate::compare::tally::Server;
use crate::incident::group::Group;

/// Whether it was over when the capture ended: flows with a failed name completed after its last failure, more of them than
/// would by chance if the failure had gone on as before (one in twenty).
pub(in crate::incident) fn is_over(
    contrast: &Contrast,
    group: &Group,
    server: Option<&Server>,
    hasher: &foldhash::fast::RandomState,
) -> bool {
    let Some(server) = server else { return false };
    // Another hello that completes says nothing of this one; what decides behind the ServerHello is in no hello.
    let by_hello = !matches!(
        group.key.pattern,
        "server-alert-after-server-hello" | "failed-after-handshake"
    );
    let like = OFFER.iter().chain(&["version"]);
    if !by_hello || !like.copied().all(|name| contrast.alike.contains(&name)) {
        return false;
    }
    let over = |count: &NameCount| {
        if count.last_completed <= group.last {
            return false;
        }
        let after = u32::from(count.last_completed > count.last_failed);
        let since = count.since_failure.max(after);
        let before = count.pair.completed.saturating_sub(since);
        let all = u64::from(count.pair.failed) + u64::from(before);
        let failing = ratio(u64::from(count.pair.failed), all);
        // Where some got through all along, one more at the end says little.
        let chance = if before > 0 { 0.001 } else { 0.05 };
        since > 0 && (1.0 - failing).powf(f64::from(since)) < chance
    };
    let names = group
        .sni
        .iter()
        .filter_map(|(name, _)| server.sni.get(name.as_ref(), hasher));
    let absent = (group.no_sni.flows > 0).then_some(&server.no_sni);
    names.chain(absent).any(over)
}
