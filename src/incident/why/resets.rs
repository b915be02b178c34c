//! What the RSTs of an incident look like beside the packets of the host named in them.

use super::say;
use crate::base::MILLISECOND;
use crate::base::Side;
use crate::incident::Sentence;
use crate::incident::group::Group;
use crate::incident::resets::Resets;
use crate::incident::words;

/// A SYN-ACK that took less was sent beside the capture point: its time says nothing about a round trip.
const NEAR: u64 = 2 * MILLISECOND;
pub(super) fn sentences(group: &Group, why: &mut Vec<Sentence>) {
    let resets = &group.resets;
    if resets.flows == 0 {
        return;
    }
    let odd = is_odd(resets);
    other_ttl(group, why);
    if let Some((least, median, largest)) = resets.delay.summary() {
        let spread = words::spread(least, largest);
        let quickest = resets
            .answer
            .summary()
            .map(|(quickest, ..)| quickest)
            .filter(|quickest| *quickest >= NEAR);
        let against = quickest.map(|quickest| {
            format!(
                "; the quickest SYN-ACK took {}, one round trip",
                words::duration(quickest)
            )
        });
        let after = if group.key.pattern == "reset-after-client-hello" {
            "the hello"
        } else {
            "the last bytes of the other side"
        };
        let text = format!(
            "{} after {after}{spread}{}",
            words::duration(median),
            against.unwrap_or_default()
        );
        say(why, text, &resets.delay_frames);
    }
    contradictions(resets, why);
    if !odd {
        let ttl = match resets.other_ttl.is_empty() {
            true => "there is no other packet of that side to compare with".to_owned(),
            false if resets.other_ttl.len() == 1 => {
                let others = match resets.others {
                    1 => "the only other packet".to_owned(),
                    others => format!("all {} other packets", words::count(others)),
                };
                format!("TTL {}, as on {others}", ttls(&resets.ttl))
            }
            false => format!("TTL {}, as {}", ttls(&resets.ttl), other_packets(resets)),
        };
        say(
            why,
            format!("nothing in the RSTs tells who sent them: {ttl}"),
            &resets.frames,
        );
    }
}

/// TTLs that no other packet of that side has.
fn other_ttl(group: &Group, why: &mut Vec<Sentence>) {
    let resets = &group.resets;
    if resets.ttl_differs == 0 {
        return;
    }
    let flows = words::count(resets.flows);
    let of = |ttl: &(u8, u64)| match resets.flows {
        1 => format!("TTL {} on the RST", ttl.0),
        _ => format!("TTL {} on {} of {flows} RSTs", ttl.0, words::count(ttl.1)),
    };
    let mut ttl = resets.ttl.clone();
    ttl.sort_by_key(|(ttl, flows)| (std::cmp::Reverse(*flows), *ttl));
    let rst: Vec<String> = ttl.iter().take(2).map(of).collect();
    let from = match resets.from {
        Some(Side::Client) => "the client".to_owned(),
        _ => words::server_address(&group.key.server),
    };
    let text = format!("{}; {} from {from}", rst.join(", "), other_packets(resets));
    say(why, text, &resets.frames);
}

/// What one honest host would hardly send.
fn contradictions(resets: &Resets, why: &mut Vec<Sentence>) {
    if resets.data_after.0 > 0 {
        let text = format!(
            "in {} new data of that side came after the RST",
            words::counted(resets.data_after.0, "flow")
        );
        say(why, text, &resets.data_after.1);
    }
    if resets.unlike.0 > 0 {
        let text = format!(
            "in {} several RSTs differ in TTL, window or sequence number",
            words::counted(resets.unlike.0, "flow")
        );
        say(why, text, &resets.unlike.1);
    }
    if resets.payload.0 > 0 {
        say(
            why,
            format!(
                "{} of {} RSTs carry payload",
                words::count(resets.payload.0),
                words::count(resets.flows)
            ),
            &resets.payload.1,
        );
    }
}

/// Whether anything about the RSTs does not fit the host named in them. Two hops less or more are what equal-cost paths and
/// load balancers do.
fn is_odd(resets: &Resets) -> bool {
    let median = resets.delay.summary().map(|(_, median, _)| median);
    let quickest = resets
        .answer
        .summary()
        .map(|(quickest, ..)| quickest)
        .filter(|quickest| *quickest >= NEAR);
    let early = median
        .zip(quickest)
        .is_some_and(|(delay, quickest)| delay < quickest / 10 * 6);
    resets.ttl_differs > 0
        || resets.data_after.0 > 0
        || resets.unlike.0 > 0
        || resets.payload.0 > 0
        || early
}

fn other_packets(resets: &Resets) -> String {
    match resets.other_ttl.as_slice() {
        [] => "no other packets".to_owned(),
        [(ttl, _)] if resets.others == 1 => format!("{ttl} on the only other packet"),
        [(ttl, _)] => format!("{ttl} on all {} other packets", words::count(resets.others)),
        many => format!(
            "{} on its {} other packets",
            ttls(many),
            words::count(resets.others)
        ),
    }
}

fn ttls(ttls: &[(u8, u64)]) -> String {
    words::list(
        &ttls
            .iter()
            .take(4)
            .map(|(ttl, _)| ttl.to_string())
            .collect::<Vec<_>>(),
    )
}
