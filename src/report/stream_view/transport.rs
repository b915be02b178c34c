//! Timeline, prelude, alerts and TCP, for people.

use super::page;
use super::page::Page;
use crate::base::Side;
use crate::facts::Event;
use crate::facts::What;
use crate::pattern::Diagnosis;
use crate::report::layout;
use crate::report::record::HandshakeRecord;
use crate::report::record::PreludeRecord;
use crate::report::record::ResetRecord;
use crate::report::record::SideRecord;
use crate::report::table::ListColumn;
use crate::report::table::list;
use crate::report::time::signed_millis;
use crate::report::value;

/// What happened, in order.
pub(super) fn timeline(page: &mut Page, diagnosis: &Diagnosis) {
    let facts = &diagnosis.facts;
    if facts.timeline.is_empty() {
        return;
    }
    page.heading("Timeline (> from the client, < from the server; ms since the first packet)");
    let columns = [
        ListColumn {
            title: "ms",
            right: true,
            wraps: false,
        },
        ListColumn {
            title: "frame",
            right: true,
            wraps: false,
        },
        ListColumn {
            title: "",
            right: false,
            wraps: false,
        },
        ListColumn {
            title: "what",
            right: false,
            wraps: true,
        },
    ];
    let row = |event: &Event| {
        let at = format!("{:.3}", signed_millis(facts.first.at, event.mark.at));
        vec![
            at,
            event.mark.frame.to_string(),
            arrow(event.from).to_owned(),
            with_length(&event.what),
        ]
    };
    let rows = facts.timeline.iter().map(row).collect();
    let width = page.width.saturating_sub(2);
    page.lines(list(&columns, rows, width));
    if facts.timeline_dropped > 0 {
        page.lines(vec![format!(
            "and {} that found no place",
            layout::counted(u64::from(facts.timeline_dropped), "later event")
        )]);
    }
    page.sub_items(
        "Anomalies",
        facts.anomalies.iter().map(|anomaly| {
            format!(
                "{}, by the {}, frame {}",
                anomaly.what,
                anomaly.from.name(),
                anomaly.frame
            )
        }),
    );
}

/// Direction of a packet.
fn arrow(from: Side) -> &'static str {
    match from {
        Side::Client => ">",
        Side::Server => "<",
    }
}

/// An event, with the length of a message that the record gives elsewhere.
fn with_length(what: &What) -> String {
    match what {
        What::Handshake { length, .. } | What::HelloRetryRequest { length } => {
            format!("{}, {length} bytes", value::event(what))
        }
        what => value::event(what),
    }
}

/// Plaintext talk before TLS.
pub(super) fn prelude(page: &mut Page, record: &HandshakeRecord) {
    let Some(prelude) = &record.prelude else {
        return;
    };
    for one in prelude.before.iter().chain([prelude]) {
        one_prelude(page, one);
    }
}

fn one_prelude(page: &mut Page, prelude: &PreludeRecord) {
    page.heading(&format!(
        "Before TLS: {}, {}{}",
        prelude.protocol,
        prelude.state,
        page::in_frames(&prelude.seen)
    ));
    page.sub("Target", prelude.target.as_deref().unwrap_or_default());
    page.sub(
        "Status",
        &prelude
            .status
            .map(|status| status.to_string())
            .unwrap_or_default(),
    );
    let header = prelude.protocol.starts_with("proxy-");
    page.sub(if header { "Header" } else { "Answer" }, &prelude.text);
    let fields: Vec<String> = prelude
        .fields
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    page.sub("Tells", &fields.join(", "));
}

/// Alerts in order.
pub(super) fn alerts(page: &mut Page, record: &HandshakeRecord) {
    if record.alerts.is_empty() {
        return;
    }
    page.heading("Alerts");
    for alert in &record.alerts {
        let what = match (&alert.level, alert.code, &alert.description) {
            (Some(level), Some(code), Some(name)) => format!("{name} ({code}), {level}"),
            _ => "encrypted: which alert it is cannot be seen (close_notify looks the same)"
                .to_owned(),
        };
        let frame = page::frame_number(alert.seen.source, alert.seen.frame);
        page.sub(side(alert.from), &format!("{what}, frame {frame}"));
    }
}

fn side(side: SideRecord) -> &'static str {
    match side {
        SideRecord::Client => "client",
        SideRecord::Server => "server",
    }
}

/// Facts of the transport, and each RST with its header values.
pub(super) fn tcp(page: &mut Page, record: &HandshakeRecord, diagnosis: &Diagnosis) {
    let (tcp, facts) = (&record.tcp, &diagnosis.facts.tcp);
    page.heading("TCP");
    let rtt = match tcp.rtt_ms {
        Some(Some(_)) => layout::duration(facts.rtt.unwrap_or(0)),
        Some(None) => "none: the TCP handshake was never complete".to_owned(),
        None => record
            .hidden
            .get("tcp.rtt_ms")
            .map(|reason| format!("not visible ({reason})"))
            .unwrap_or_default(),
    };
    page.sub("Round trip", &rtt);
    page.sub(
        "SYN",
        &format!(
            "sent {}, SYN-ACK sent {}",
            times(tcp.syn),
            times(tcp.syn_ack)
        ),
    );
    let mss = [(tcp.mss.client, "client"), (tcp.mss.server, "server")];
    page.sub(
        "MSS",
        &mss.into_iter()
            .filter_map(|(mss, side)| Some(format!("{} {side}", mss??)))
            .collect::<Vec<_>>()
            .join(", "),
    );
    let ttl = [(&tcp.ttl.client, "client"), (&tcp.ttl.server, "server")];
    let joined = |ttl: &[u8]| ttl.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
    page.sub(
        "TTL",
        &ttl.into_iter()
            .filter(|(ttl, _)| !ttl.is_empty())
            .map(|(ttl, side)| format!("{} {side}", joined(ttl)))
            .collect::<Vec<_>>()
            .join(", "),
    );
    for (name, side) in [("client", Side::Client), ("server", Side::Server)] {
        page.sub(name, &of_side(diagnosis, side));
    }
    page.sub_items(
        "FIN",
        tcp.fins.iter().map(|fin| {
            format!(
                "frame {}, from the {}",
                page::frame_number(fin.seen.source, fin.seen.frame),
                side(fin.from)
            )
        }),
    );
    page.sub_items(
        "RST",
        tcp.resets.iter().map(|reset| reset_in_words(reset, record)),
    );
    let icmp = tcp.icmp.iter().map(|icmp| {
        let version = if icmp.v6 { "ICMPv6" } else { "ICMP" };
        let mtu = icmp
            .mtu
            .map(|mtu| format!(", next-hop MTU {mtu}"))
            .unwrap_or_default();
        format!(
            "{version} type {} code {} about a packet of the {}{mtu}, frame {}",
            icmp.kind,
            icmp.code,
            side(icmp.about),
            page::frame_number(icmp.seen.source, icmp.seen.frame)
        )
    });
    page.sub_items("ICMP", icmp);
}

/// `once`, `3 times`, `never`.
fn times(count: u32) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// Payload of one side, and what became of it.
fn of_side(diagnosis: &Diagnosis, side: Side) -> String {
    let tcp = &diagnosis.facts.tcp;
    let mut parts = vec![format!(
        "{} of payload, {} acknowledged",
        layout::counted(*tcp.bytes.of(side), "byte"),
        layout::count(*tcp.acknowledged.of(side))
    )];
    let retransmitted = u64::from(*tcp.retransmissions.of(side));
    if retransmitted > 0 {
        parts.push(layout::counted(retransmitted, "retransmission"));
    }
    let missing = *tcp.missing_bytes.of(side);
    if missing > 0 {
        parts.push(format!(
            "{} acknowledged but not in the capture",
            layout::counted(missing, "byte")
        ));
    }
    if let Some((offset, length)) = tcp.hole.of(side) {
        parts.push(format!(
            "a hole of {} at offset {offset} that was never filled",
            layout::counted(*length, "byte")
        ));
    }
    if let Some(lost) = tcp.unacknowledged.of(side) {
        parts.push(format!(
            "from offset {} never acknowledged, sent {}, frames {} to {}",
            lost.offset,
            times(lost.transmissions),
            lost.first.frame,
            lost.last.frame
        ));
    }
    parts.join("; ")
}

/// A RST with its header values.
fn reset_in_words(reset: &ResetRecord, record: &HandshakeRecord) -> String {
    let others = match reset.from {
        SideRecord::Client => &record.tcp.ttl.client,
        SideRecord::Server => &record.tcp.ttl.server,
    };
    let others = others
        .iter()
        .map(u8::to_string)
        .collect::<Vec<_>>()
        .join(" ");
    let others = if others.is_empty() {
        String::new()
    } else {
        format!(" (other packets: {others})")
    };
    let id = reset
        .ip_id
        .map(|id| format!(", IP id {id}"))
        .unwrap_or_default();
    let ack = reset
        .ack
        .map_or(", no ACK".to_owned(), |ack| format!(", ack {ack}"));
    let stamps = if reset.timestamps {
        ", timestamps"
    } else {
        ", no timestamps"
    };
    let mut text = format!(
        "frame {}, {}'s address: TTL {}{others}{id}, window {}, seq {}{ack}{stamps}, {} payload",
        page::frame_number(reset.seen.source, reset.seen.frame),
        side(reset.from),
        reset.ttl,
        reset.window,
        reset.seq,
        layout::counted(u64::from(reset.payload_length), "byte")
    );
    let peer = if reset.from == SideRecord::Client {
        "server"
    } else {
        "client"
    };
    if let Some(delay) = reset.delay_ms {
        text.push_str(&format!("; {delay} ms after the {peer}'s last payload"));
    }
    let remarks = [
        (
            reset.data_after,
            "new payload of the same side came after it",
        ),
        (reset.ignored, "the side it was sent to carried on"),
        (reset.contradicted, "a copy of it has other values"),
    ];
    for (_, remark) in remarks.into_iter().filter(|(holds, _)| *holds) {
        text.push_str("; ");
        text.push_str(remark);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::times;
    use super::with_length;
    use crate::facts::What;

    #[test]
    fn a_message_is_shown_with_its_length() {
        assert_eq!(
            with_length(&What::Handshake {
                kind: 1,
                length: 517
            }),
            "ClientHello, 517 bytes"
        );
        assert_eq!(with_length(&What::Fin), "FIN");
    }

    #[test]
    fn repetitions_are_words() {
        assert_eq!([times(0), times(1), times(3)], ["never", "once", "3 times"]);
    }
}
