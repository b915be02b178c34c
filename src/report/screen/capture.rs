//! How good the capture itself is, before any verdict.

use crate::facts::Directions;
use crate::facts::RunFacts;
use crate::incident::Report;
use crate::texts;
use crate::texts::counted;
use crate::texts::grouped;
use crate::texts::text;

/// Problems told in full; the record has them all.
const PROBLEMS: usize = 3;

/// The `Capture` line without its label.
pub(super) fn capture(report: &Report) -> String {
    let run = &report.run;
    let one = match run.directions {
        Directions::Both => None,
        Directions::ClientOnly => Some(text!("capture.no-server")),
        Directions::ServerOnly => Some(text!("capture.no-client")),
    };
    let mut text = match one {
        Some(missing) => text!("capture.one-direction", missing),
        None if run.packets == 0 => text!("capture.empty").to_owned(),
        None if run.tcp_packets == 0 => text!("capture.no-tcp").to_owned(),
        None => {
            let faults = faults(report);
            match faults.is_empty() {
                true => text!("capture.good").to_owned(),
                false if is_poor(report) => text!("capture.poor", faults = beside(&faults)),
                false => text!("capture.fair", faults = beside(&faults)),
            }
        }
    };
    let problems = if one.is_some() {
        problems(run)
    } else {
        Vec::new()
    };
    for note in problems.into_iter().chain(notes(run)) {
        text = text!("capture.beside", first = text, second = note);
    }
    let unread = unread(run);
    if !unread.is_empty() {
        text = text!("capture.not-read", text, unread = texts::joined(&unread));
    }
    text
}

/// `a; b; c`.
fn beside(all: &[String]) -> String {
    let all = all.iter().cloned();
    let both = |first: String, second: String| text!("capture.beside", first, second);
    all.reduce(both).unwrap_or_default()
}

fn faults(report: &Report) -> Vec<String> {
    let run = &report.run;
    let mut faults = Vec::new();
    if let Some(share) = missing_share(run) {
        faults.push(text!("capture.missing", share));
    }
    if run.dropped_kernel > 0 {
        faults.push(counted!("capture.dropped-kernel", run.dropped_kernel));
    }
    if run.dropped_interface > 0 {
        faults.push(counted!("capture.dropped-interface", run.dropped_interface));
    }
    faults.extend(problems(run));
    if run.evicted > 0 {
        faults.push(counted!("capture.evicted", run.evicted));
    }
    let unknown = for_the_capture(report);
    if !faults.is_empty() && unknown > 0 {
        faults.push(counted!("capture.unknown-for-it", unknown));
    }
    faults
}

/// Worth knowing, and no fault of the capture: what was counted once, and bounds of the comparison.
const NOTES: [&str; 4] = [
    "captured-twice",
    "limit-contrast",
    "limit-names",
    "still-written",
];

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
        texts.push(text!("capture.more", count = told.len() - PROBLEMS));
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
        0 => text!("capture.share-tiny").to_owned(),
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
    if run.quic > 0 {
        unread.push(counted!("capture.quic", run.quic));
    }
    if run.dtls > 0 {
        unread.push(counted!("capture.dtls", run.dtls));
    }
    let skipped: Vec<_> = run
        .skipped
        .iter()
        .filter(|(reason, packets)| **packets > 0 && !is_harmless(reason))
        .collect();
    if let Some((reason, _)) = skipped.iter().max_by_key(|(_, packets)| **packets) {
        let packets: u64 = skipped.iter().map(|(_, packets)| **packets).sum();
        let reason = reason.replace('-', " ");
        unread.push(counted!("capture.skipped", packets, reason));
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
                .map(|(reason, flows)| format!("{} {}", grouped(*flows), in_words(reason)));
            Some(texts::joined(&shown.collect::<Vec<_>>()))
        }
    }
}

fn in_words(reason: &str) -> String {
    match reason {
        "began-before-capture" => text!("capture.began-before").to_owned(),
        "server-not-captured" => text!("capture.server-not-captured").to_owned(),
        "client-not-captured" => text!("capture.client-not-captured").to_owned(),
        "missing-bytes" => text!("capture.bytes-missing").to_owned(),
        "sslv2" => text!("capture.sslv2").to_owned(),
        "tlcp" => text!("capture.tlcp").to_owned(),
        "mptcp-subflow" => text!("capture.mptcp-subflow").to_owned(),
        other => other.replace('-', " "),
    }
}
