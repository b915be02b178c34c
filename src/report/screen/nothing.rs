//! The screen where nothing failed, or nothing can be told.

use super::Context;
use super::lines::Line;
use crate::facts::Directions;
use crate::texts::counted;
use crate::texts::text;

/// What is said below the head where there are no incidents.
pub(super) fn nothing(context: &Context<'_>) -> Vec<Line> {
    let run = &context.report.run;
    let judged =
        context.outcome("completed") + context.outcome("failed") + context.outcome("unfinished");
    let mut page = vec![Line::empty()];
    if run.directions != Directions::Both && judged == 0 {
        page.extend(one_direction());
        return page;
    }
    if context.outcome("failed") > 0 {
        page.push(Line::plain(text!("screen.no-incident").to_owned()));
        return page;
    }
    let all = [
        "completed",
        "unknown",
        "unfinished",
        "abandoned",
        "no-attempt",
    ]
    .iter()
    .map(|name| context.outcome(name))
    .sum::<u64>();
    let all_the_same = remarks(context);

    let what = if all == 0 {
        if run.selected {
            text!("screen.nothing-selected")
        } else {
            text!("screen.nothing")
        }
    } else if context.outcome("unknown") == all {
        text!("screen.nothing-known")
    } else {
        text!("screen.nothing-failed")
    };
    let what = if all_the_same.is_empty() {
        text!("screen.what", what)
    } else {
        text!("screen.what-all-the-same", what)
    };
    page.extend(Line::wrapped(&what, context.width, "", ""));
    for remark in all_the_same {
        page.extend(Line::wrapped(&remark, context.width, "  ", "     "));
    }
    page
}

fn one_direction() -> [Line; 3] {
    [
        Line::plain(text!("screen.no-verdict").to_owned()),
        Line::plain(text!("screen.capture-both").to_owned()),
        Line::command(
            "  tcpdump -i any -s 0 -B 65536 -w both.pcap 'tcp or icmp or icmp6'".to_owned(),
        ),
    ]
}

/// What may hide a failure that is not in the counts.
fn remarks(context: &Context<'_>) -> Vec<String> {
    let report = context.report;
    let run = &report.run;
    let mut remarks = Vec::new();
    if report.unused > 0 {
        remarks.push(counted!("screen.unused", report.unused));
    }
    let unknown = context.outcome("unknown");
    if unknown > 0 {
        remarks.push(counted!("screen.unknown", unknown));
    }
    if run.quic > 0 {
        remarks.push(counted!("screen.quic-not-read", run.quic));
    }
    if run.dtls > 0 {
        remarks.push(counted!("screen.dtls-not-read", run.dtls));
    }
    if run.not_tls > 0 {
        remarks.push(counted!("screen.not-tls", run.not_tls));
    }
    remarks
}
