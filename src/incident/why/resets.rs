//! What the RSTs of an incident look like beside the packets of the host named in them.

use super::say;
use crate::base::MILLISECOND;
use crate::base::Side;
use crate::incident::Sentence;
use crate::incident::group::Group;
use crate::incident::resets::Resets;
use crate::incident::words;
use crate::texts;
use crate::texts::counted;
use crate::texts::grouped;
use crate::texts::text;

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

        let after = if group.key.pattern == "reset-after-client-hello" {
            text!("why.the-hello")
        } else {
            text!("why.the-last-bytes-of-other")
        };
        let time = words::duration(median);
        let text = match quickest.map(words::duration) {
            Some(trip) => text!("why.time-after-against", time, after, spread, trip),
            None => text!("why.time-after", time, after, spread),
        };
        say(why, text, &resets.delay_frames);
    }
    contradictions(resets, why);
    if !odd {
        let ttl = match resets.other_ttl.is_empty() {
            true => text!("resets.nothing-to-compare").to_owned(),
            false if resets.other_ttl.len() == 1 => {
                counted!("resets.as-on", resets.others, ttl = ttls(&resets.ttl))
            }
            false => text!(
                "resets.as",
                ttl = ttls(&resets.ttl),
                others = other_packets(resets)
            ),
        };
        say(why, text!("resets.nothing-tells", ttl), &resets.frames);
    }
}

/// TTLs that no other packet of that side has.
fn other_ttl(group: &Group, why: &mut Vec<Sentence>) {
    let resets = &group.resets;
    if resets.ttl_differs == 0 {
        return;
    }
    let flows = grouped(resets.flows);
    let of = |ttl: &(u8, u64)| match resets.flows {
        1 => text!("resets.ttl-on-one", ttl = ttl.0),
        _ => text!("resets.ttl-on", ttl = ttl.0, count = grouped(ttl.1), flows),
    };
    let mut ttl = resets.ttl.clone();
    ttl.sort_by_key(|(ttl, flows)| (std::cmp::Reverse(*flows), *ttl));
    let rst: Vec<String> = ttl.iter().take(2).map(of).collect();
    let from = match resets.from {
        Some(Side::Client) => text!("resets.the-client").to_owned(),
        _ => words::server_address(&group.key.server),
    };
    let text = text!(
        "resets.beside",
        rst = texts::joined(&rst),
        others = other_packets(resets),
        from
    );
    say(why, text, &resets.frames);
}

/// What one honest host would hardly send.
fn contradictions(resets: &Resets, why: &mut Vec<Sentence>) {
    if resets.data_after.0 > 0 {
        let text = counted!("resets.data-after", resets.data_after.0);
        say(why, text, &resets.data_after.1);
    }
    if resets.unlike.0 > 0 {
        let text = counted!("resets.unlike", resets.unlike.0);
        say(why, text, &resets.unlike.1);
    }
    if resets.payload.0 > 0 {
        say(
            why,
            text!(
                "resets.payload",
                count = grouped(resets.payload.0),
                flows = grouped(resets.flows)
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
        [] => text!("resets.no-others").to_owned(),
        [(ttl, _)] => counted!("resets.on-others", resets.others, ttl),
        many => text!(
            "resets.several-on-others",
            ttls = ttls(many),
            count = grouped(resets.others)
        ),
    }
}

fn ttls(ttls: &[(u8, u64)]) -> String {
    texts::listed(
        &ttls
            .iter()
            .take(4)
            .map(|(ttl, _)| ttl.to_string())
            .collect::<Vec<_>>(),
    )
}
