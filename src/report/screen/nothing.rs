//! The screen where nothing failed, or nothing can be told.

use super::Context;
use super::lines::Line;
use crate::facts::Directions;
use crate::report::layout;

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
        page.push(Line::plain(
            "No incident: failed handshakes are listed by --show failed.".to_owned(),
        ));
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
    let end = if all_the_same.is_empty() {
        "."
    } else {
        ". If a user saw an error all the same:"
    };
    let what = if all == 0 {
        if run.selected {
            "There is no TLS handshake over TCP in what was selected"
        } else {
            "There is no TLS handshake over TCP in this capture"
        }
    } else if context.outcome("unknown") == all {
        "Nothing can be said of any handshake: what decides is not in the capture"
    } else {
        "No TLS handshake over TCP failed"
    };
    page.extend(Line::wrapped(
        &format!("{what}{end}"),
        context.width,
        "",
        "",
    ));
    for remark in all_the_same {
        page.extend(Line::wrapped(&remark, context.width, "  ", "     "));
    }
    page
}

fn one_direction() -> [Line; 3] {
    [
        Line::plain(
            "No verdict is possible: answers, alerts and RSTs of the servers are not here."
                .to_owned(),
        ),
        Line::plain("Capture again where both directions pass:".to_owned()),
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
        let was = if report.unused == 1 { "was" } else { "were" };
        remarks.push(format!(
            "{} completed and {was} never used (--show all): browser preconnects, mostly; a client that refuses the certificate's name can end like this too",
            layout::count(report.unused)
        ));
    }
    let unknown = context.outcome("unknown");
    if unknown > 0 {
        let verb = if unknown == 1 {
            "handshake is"
        } else {
            "handshakes are"
        };
        remarks.push(format!(
            "{} {verb} unknown: their beginning or end is not in this capture",
            layout::count(unknown)
        ));
    }
    for (flows, name) in [(run.quic, "QUIC"), (run.dtls, "DTLS")] {
        if flows > 0 {
            let (noun, verb) = if flows == 1 {
                ("flow", "is")
            } else {
                ("flows", "are")
            };
            let port = if name == "QUIC" {
                " (UDP 443)"
            } else {
                " (UDP)"
            };
            remarks.push(format!(
                "{} {name} {noun}{port} {verb} not read by tlscap",
                layout::count(flows)
            ));
        }
    }
    if run.not_tls > 0 {
        remarks.push(format!(
            "{} of other protocols, TLS never asked for (--port N if it was meant)",
            layout::counted(run.not_tls, "TCP flow")
        ));
    }
    remarks
}
