//! How good the capture itself is, before any verdict.

use crate::facts::Directions;
use crate::facts::RunFacts;
use crate::incident::Report;
use crate::report::layout;

/// Problems told in full; the record has them all.
const PROBLEMS: usize = 3;

/// The `Capture` line without its label.
pub(super) fn capture(report: &Report) -> String {
    let run = &report.run;
    let one = match run.directions {
        Directions::Both => None,
        Directions::ClientOnly => Some("not one packet from a server"),
        Directions::ServerOnly => Some("not one packet from a client"),
    };
    let mut text = match one {
        Some(missing) => format!("ONE DIRECTION ONLY: {missing} (SPAN, routing)"),
        None if run.packets == 0 => "empty: not one packet".to_owned(),
        None if run.tcp_packets == 0 => "not one TCP packet".to_owned(),
        None => {
            let faults = faults(report);
            match faults.is_empty() {
                true => "good: both directions, no drops, no cuts".to_owned(),
                false => format!(
                    "{}: {}",
                    if is_poor(report) { "POOR" } else { "FAIR" },
                    faults.join("; ")
                ),
            }
        }
    };
    let beside = if one.is_some() {
        problems(run)
    } else {
        Vec::new()
    };
    for note in beside.into_iter().chain(notes(run)) {
        text.push_str("; ");
        text.push_str(&note);
    }
    let unread = unread(run);
    if !unread.is_empty() {
        text.push_str(&format!(". Not read: {}", unread.join(", ")));
    }
    text
}

fn faults(report: &Report) -> Vec<String> {
    let run = &report.run;
    let mut faults = Vec::new();
    if let Some(share) = missing_share(run) {
        faults.push(format!("{share} of TCP bytes missing"));
    }
    for (packets, by) in [
        (run.dropped_kernel, "the kernel"),
        (run.dropped_interface, "the interface"),
    ] {
        if packets > 0 {
            faults.push(format!(
                "{} dropped by {by}",
                layout::counted(packets, "packet")
            ));
        }
    }
    faults.extend(problems(run));
    if run.evicted > 0 {
        faults.push(format!(
            "{} let go at a bound of memory",
            layout::counted(run.evicted, "flow")
        ));
    }
    let unknown = for_the_capture(report);
    if !faults.is_empty() && unknown > 0 {
        let verb = if unknown == 1 { "is" } else { "are" };
        faults.push(format!(
            "{} {verb} unknown for it",
            layout::counted(unknown, "flow")
        ));
    }
    faults
}

/// Worth knowing, and no fault of the capture: what was counted once, and bounds of the comparison.
const NOTES: [&str; 3] = ["captured-twice", "limit-contrast", "limit-names"];

fn notes(run: &RunFacts) -> impl Iterator<Item = String> {
    let notes = run
        .problems
        .iter()
        .filter(|problem| NOTES.contains(&problem.code));
    notes.map(|problem| problem.text.trim_end_matches('.').to_owned())
}

fn problems(run: &RunFacts) -> Vec<String> {
    // What the counters above say already.
    let said = |code: &str| {
        (code == "one-direction" && run.directions != Directions::Both)
            || (code == "missing-packets" && run.missing_bytes > 0)
            || (code == "limit-reached" && run.evicted > 0)
            || NOTES.contains(&code)
            || (code.starts_with("dropped") && run.dropped_kernel + run.dropped_interface > 0)
    };
    let mut told: Vec<_> = run
        .problems
        .iter()
        .filter(|problem| !said(problem.code))
        .collect();
    told.dedup_by(|a, b| a.text == b.text);
    let mut texts: Vec<String> = told
        .iter()
        .take(PROBLEMS)
        .map(|problem| problem.text.trim_end_matches('.').to_owned())
        .collect();
    if told.len() > PROBLEMS {
        texts.push(format!("{} more (--format json)", told.len() - PROBLEMS));
    }
    texts
}

/// Missing bytes in percent of all, with one decimal below ten.
fn missing_share(run: &RunFacts) -> Option<String> {
    let all = run.payload_bytes.saturating_add(run.missing_bytes);
    if run.missing_bytes == 0 || all == 0 {
        return None;
    }
    let tenths = u128::from(run.missing_bytes) * 1000 / u128::from(all);
    Some(match tenths {
        0 => "under 0.1 %".to_owned(),
        1..100 => format!("{}.{} %", tenths / 10, tenths % 10),
        _ => format!("{} %", tenths / 10),
    })
}

/// Unknown flows that the capture is to blame for, its beginning aside.
fn for_the_capture(report: &Report) -> u64 {
    let lost = [
        "missing-bytes",
        "cut-by-snap-length",
        "server-not-captured",
        "client-not-captured",
    ];
    let flows = |reason: &&str| report.reasons.get(*reason).copied().unwrap_or(0);
    lost.iter().map(flows).sum()
}

/// More than a twentieth of the bytes missing, or of the handshakes unknown for the capture's sake.
fn is_poor(report: &Report) -> bool {
    let run = &report.run;
    let judged: u64 = ["completed", "failed", "unknown", "unfinished"]
        .iter()
        .filter_map(|name| report.outcomes.get(name))
        .sum();
    let lossy = run.missing_bytes > run.payload_bytes / 20;
    lossy || (judged > 0 && for_the_capture(report) > judged / 20)
}

fn unread(run: &RunFacts) -> Vec<String> {
    let mut unread = Vec::new();
    for (flows, name) in [(run.quic, "QUIC flow"), (run.dtls, "DTLS flow")] {
        if flows > 0 {
            unread.push(layout::counted(flows, name));
        }
    }
    let skipped: Vec<_> = run
        .skipped
        .iter()
        .filter(|(reason, packets)| **packets > 0 && !is_harmless(reason))
        .collect();
    if let Some((reason, _)) = skipped.iter().max_by_key(|(_, packets)| **packets) {
        let packets: u64 = skipped.iter().map(|(_, packets)| **packets).sum();
        unread.push(format!(
            "{} ({})",
            layout::counted(packets, "packet"),
            reason.replace('-', " ")
        ));
    }
    unread
}

/// Nothing of TLS over TCP is lost by not reading them.
fn is_harmless(reason: &str) -> bool {
    reason.starts_with("link-local")
        || reason.starts_with("unsupported-ip-protocol")
        || reason.starts_with("fragment-held")
        || reason == "malformed-dns"
}

/// Why handshakes are unknown: `began before the capture`, or several with their counts.
pub(super) fn reasons(report: &Report) -> Option<String> {
    if report.run.directions != Directions::Both {
        return None;
    }
    let mut reasons: Vec<(&str, u64)> = report
        .reasons
        .iter()
        .map(|(reason, flows)| (*reason, *flows))
        .collect();
    reasons.sort_by_key(|(reason, flows)| (std::cmp::Reverse(*flows), *reason));
    match reasons.as_slice() {
        [] => None,
        [(reason, _)] => Some(in_words(reason)),
        many => {
            let shown = many
                .iter()
                .take(3)
                .map(|(reason, flows)| format!("{} {}", layout::count(*flows), in_words(reason)));
            Some(shown.collect::<Vec<_>>().join(", "))
        }
    }
}

fn in_words(reason: &str) -> String {
    match reason {
        "began-before-capture" => "began before the capture".to_owned(),
        "server-not-captured" => "no packet of the server captured".to_owned(),
        "client-not-captured" => "no packet of the client captured".to_owned(),
        "missing-bytes" => "bytes missing".to_owned(),
        "sslv2" => "SSLv2 cannot be followed".to_owned(),
        "tlcp" => "TLCP cannot be followed".to_owned(),
        other => other.replace('-', " "),
    }
}
