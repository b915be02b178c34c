//! The facts behind an incident, each as one sentence with the frames that show it.

use super::Sentence;
use super::contrast::Contrast;
use super::group::Group;
use super::group::Seen;
use super::resets::Resets;
use super::words;
use crate::base::FrameRef;
use crate::base::MILLISECOND;
use crate::base::Timestamp;
use crate::facts::WireText;
use crate::tables;

/// A SYN-ACK that took less was sent beside the capture point: its time says nothing about a round trip.
const NEAR: u64 = 2 * MILLISECOND;
/// Characters of an answer's first line that are quoted.
const QUOTED: usize = 60;
/// Sentences taken over from the first flow's finding.
const FROM_FINDING: usize = 2;

/// All sentences, the deciding ones first.
pub(super) fn why(group: &Group, contrast: &Contrast) -> Vec<Sentence> {
    let mut why = Vec::new();
    names(group, contrast, &mut why);
    let before = why.len();
    if group.key.pattern.starts_with("reset-") {
        let after_hello = group.key.pattern == "reset-after-client-hello";
        resets(&group.resets, group.key.server.ip, after_hello, &mut why);
    }
    answers(group, &mut why);
    alerts(group, &mut why);
    certificate(group, &mut why);
    path(group, &mut why);
    let told = why.len() > before && !group.key.pattern.starts_with("client-hello-not");
    if !told {
        finding(group, &mut why);
    }
    if told || group.failed > 1 {
        silence(group, &mut why);
    }
    completed(group, contrast, &mut why);
    why
}

fn say(why: &mut Vec<Sentence>, text: String, frames: &[FrameRef]) {
    why.push(Sentence {
        text,
        frames: frames.iter().copied().take(4).collect(),
    });
}

fn say_seen(why: &mut Vec<Sentence>, seen: &Seen, text: impl FnOnce(&str) -> String) {
    if seen.flows > 0 {
        say(why, text(&words::count(seen.flows)), &seen.frames);
    }
}

/// What the hellos name, where that sets them apart.
fn names(group: &Group, contrast: &Contrast, why: &mut Vec<Sentence>) {
    let failed = words::count(group.failed);
    let separating = contrast.separating().map(|table| table.attribute);
    // Where the alert itself says what was wrong, a missing name is no news unless it sets the failed ones apart.
    let said = matches!(group.key.code(), Some(70 | 86 | 120));
    if separating == Some("sni") || (!said && (contrast.completed == 0 || group.all_without_sni()))
    {
        say_seen(why, &group.no_sni, |flows| match group.failed {
            1 => "the hello has no server_name extension".to_owned(),
            _ => format!("{flows} of {failed} failed hellos have no server_name extension"),
        });
    }
    say_seen(why, &group.ech, |flows| {
        format!(
            "in {flows} of {failed} hellos the name is the outer one of an Encrypted ClientHello: the real name is not visible"
        )
    });
    let by_version = separating == Some("version") || group.key.code() == Some(70);
    if let Some(version) = group.highest_version().filter(|_| by_version) {
        let offer = |known: (&u16, &u64)| *known.0 == version && *known.1 == group.failed;
        let name = tables::version_name(version);
        let text = match group.versions.iter().any(offer) {
            true if group.failed == 1 => format!("the hello offers {name} at most"),
            true => format!("all {failed} failed hellos offer {name} at most"),
            false => format!("no failed hello offers more than {name}"),
        };
        say(why, text, &group.hello.frames);
    }
}

fn resets(resets: &Resets, ip: std::net::IpAddr, after_hello: bool, why: &mut Vec<Sentence>) {
    if resets.flows == 0 {
        return;
    }
    let odd = is_odd(resets);
    other_ttl(resets, ip, why);
    if let Some((least, median, largest)) = resets.delay.summary() {
        let spread = if resets.flows > 1 {
            format!(
                " ({} to {})",
                words::milliseconds(least),
                words::milliseconds(largest)
            )
        } else {
            String::new()
        };
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
        let after = if after_hello {
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
                let others = words::count(resets.others);
                format!(
                    "TTL {}, as on all {others} other packets",
                    ttls(&resets.ttl)
                )
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
fn other_ttl(resets: &Resets, ip: std::net::IpAddr, why: &mut Vec<Sentence>) {
    let flows = words::count(resets.flows);
    if resets.ttl_differs > 0 {
        let of =
            |ttl: &(u8, u64)| format!("TTL {} on {} of {flows} RSTs", ttl.0, words::count(ttl.1));
        let mut ttl = resets.ttl.clone();
        ttl.sort_by_key(|(ttl, flows)| (std::cmp::Reverse(*flows), *ttl));
        let rst: Vec<String> = ttl.iter().take(2).map(of).collect();
        say(
            why,
            format!("{}; {} from {ip}", rst.join(", "), other_packets(resets)),
            &resets.frames,
        );
    }
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
            "in {} several RSTs differ in TTL or window",
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

/// Bytes that are not TLS.
fn answers(group: &Group, why: &mut Vec<Sentence>) {
    let mut texts = group.texts.clone();
    texts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let what = match group.key.pattern {
        "non-tls-answer" => "the answer is not TLS",
        "non-tls-request" => "the client's first bytes are not TLS",
        "tunnel-refused" => "the refusal",
        _ => return,
    };
    for (text, flows) in texts.iter().take(2) {
        let share = if *flows == group.failed {
            String::new()
        } else {
            format!(
                " in {} of {}",
                words::count(*flows),
                words::count(group.failed)
            )
        };
        say(
            why,
            format!("{what}{share}: \"{}\"", quoted(text)),
            &group.text_frames,
        );
    }
}

/// The first line, escaped, not too long, its quotes told from ours.
fn quoted(text: &[u8]) -> String {
    let line = text
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next()
        .unwrap_or_default();
    let escaped = WireText::new(line).to_string().replace('"', "\\x22");
    if escaped.chars().count() <= QUOTED {
        return escaped;
    }
    format!("{}..", escaped.chars().take(QUOTED - 2).collect::<String>())
}

fn alerts(group: &Group, why: &mut Vec<Sentence>) {
    if !group.key.pattern.contains("alert") {
        return;
    }
    let frames: Vec<FrameRef> = group
        .examples
        .iter()
        .map(|example| example.frame)
        .take(3)
        .collect();
    let Some(code) = group.key.code() else {
        if group.key.flag("encrypted") {
            say(why, "the alert is encrypted: it is known by its length and place only, and what it says cannot be seen without keys".to_owned(), &frames);
        }
        return;
    };
    let meaning = tables::alert(code).map_or("no registered meaning", |alert| alert.meaning);
    let level = group
        .key
        .word("level")
        .map(|level| format!("{level} "))
        .unwrap_or_default();
    say(
        why,
        format!(
            "{level}alert {}: {}",
            words::alert(code),
            words::lower(meaning.trim_end_matches('.'))
        ),
        &frames,
    );
    if code == 86 {
        let failed = words::count(group.failed);
        say_seen(why, &group.fallback, |flows| {
            format!(
                "{flows} of {failed} hellos say that they are a retry at a lower version (TLS_FALLBACK_SCSV)"
            )
        });
    }
}

fn certificate(group: &Group, why: &mut Vec<Sentence>) {
    if let Some(at) = group.expired_at {
        let failed = words::count(group.failed);
        say_seen(why, &group.expired, |flows| {
            format!(
                "the server's certificate, seen in clear in {flows} of {failed}, expired at {}",
                utc(at)
            )
        });
    }
}

/// A certificate's date as the certificate says it: in UTC.
fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(at.0)).map_or_else(
        |_| format!("{} ns", at.0),
        |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

fn path(group: &Group, why: &mut Vec<Sentence>) {
    let failed = words::count(group.failed);
    say_seen(why, &group.hole, |flows| {
        format!(
            "in {flows} of {failed} the server's bytes have a hole that was never filled, {} at most",
            words::counted(group.hole_length, "byte")
        )
    });
    say_seen(why, &group.too_big, |flows| {
        format!("in {flows} of {failed} a router says \"packet too big\" (ICMP)")
    });
    let delivery = [
        "client-hello-not-delivered",
        "no-answer-to-client-hello",
        "incomplete-client-hello",
    ];
    if delivery.contains(&group.key.pattern) {
        say_seen(why, &group.segmented, |flows| {
            format!("{flows} of {failed} hellos came in two segments or more")
        });
    }
}

fn finding(group: &Group, why: &mut Vec<Sentence>) {
    // The deciding frames stand last, behind what led to them.
    let skip = group.evidence.len().saturating_sub(FROM_FINDING);
    for evidence in group.evidence.iter().skip(skip) {
        let text = evidence.text.trim_end_matches('.');
        let text = if group.failed > 1 {
            format!("in the first of {}: {text}", words::count(group.failed))
        } else {
            text.to_owned()
        };
        say(why, text, &evidence.frames);
    }
}

fn silence(group: &Group, why: &mut Vec<Sentence>) {
    let frames: Vec<FrameRef> = group
        .examples
        .iter()
        .map(|example| example.frame)
        .take(2)
        .collect();
    if let Some((least, median, largest)) = group.silence.summary() {
        let text = match group.failed {
            1 => format!("silence for {}", words::duration(median)),
            _ => format!(
                "silence for {} ({} to {})",
                words::duration(median),
                words::duration(least),
                words::duration(largest)
            ),
        };
        say(why, text, &frames);
    }
    let after = match group.key.pattern {
        // Said with the RSTs.
        "reset-after-client-hello" => return,
        "close-after-client-hello" => "the hello",
        "closed-before-client-hello" => "the TCP handshake",
        "failed-after-handshake" => "the client's Finished",
        _ => "the last bytes before it",
    };
    if let Some((least, median, largest)) = group.delay.summary() {
        let median = words::duration(median);
        let text = match group.failed {
            1 => format!("{median} after {after}"),
            _ => format!(
                "{median} after {after} ({} to {})",
                words::duration(least),
                words::duration(largest)
            ),
        };
        say(why, text, &frames);
    }
}

/// What the server does with others.
fn completed(group: &Group, contrast: &Contrast, why: &mut Vec<Sentence>) {
    let separating = contrast.separating().map(|table| table.attribute);
    if let Some(frame) = contrast.like.1 {
        let like = words::count(contrast.like.0);
        let text = match group.sni.len() {
            _ if group.all_without_sni() => format!(
                "{} without a name completed there",
                words::counted(contrast.like.0, "hello")
            ),
            1 => format!(
                "the server accepts this name: {} completed",
                words::counted(contrast.like.0, "like hello")
            ),
            _ => format!("the server accepts such names: {like} like hellos completed"),
        };
        say(why, text, &[frame]);
    }
    if let (Some("sni"), Some(frame)) = (separating, contrast.unlike) {
        let text = if group.all_without_sni() {
            "hellos that name a server get a ServerHello"
        } else {
            "hellos for another name get a ServerHello"
        };
        say(why, text.to_owned(), &[frame]);
    }
}
