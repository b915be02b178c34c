//! The facts behind an incident, each as one sentence with the frames that show it.

mod resets;

use super::Sentence;
use super::contrast::Contrast;
use super::group::Group;
use super::group::Seen;
use super::title;
use super::words;
use crate::base::FrameRef;
use crate::certificate::utc;
use crate::compare::attributes::OFFER;
use crate::facts::WireText;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::tables;

/// Characters of an answer's first line that are quoted.
const QUOTED: usize = 60;
/// Sentences taken over from the first flow's finding.
const FROM_FINDING: usize = 2;

/// All sentences, the deciding ones first.
pub(super) fn why(group: &Group, contrast: &Contrast, claim: Option<&Claim>) -> Vec<Sentence> {
    let mut why = Vec::new();
    names(group, contrast, &mut why);
    let before = why.len();
    if group.key.pattern.starts_with("reset-") {
        resets::sentences(group, &mut why);
    }
    answers(group, &mut why);
    alerts(group, &mut why);
    certificate(group, &mut why);
    path(group, &mut why);
    let told = match group.key.pattern {
        "client-hello-not-delivered" => false,
        "close-after-client-hello" => true,
        _ => why.len() > before,
    };
    if !told {
        finding(group, &mut why);
    }
    if told || group.failed > 1 {
        silence(group, &mut why);
    }
    if let Some(claim) = claim {
        inferred(group, claim, &mut why);
    }
    completed(group, contrast, &mut why);
    why
}

/// Causes whose evidence is said already: in the sums over all flows of the incident.
const SAID: [&str; 12] = [
    "sni-missing",
    "sni-unknown",
    "sni-blocked",
    "middlebox-reset",
    "no-shared-version",
    "plaintext-on-tls-port",
    "tls-on-plaintext-port",
    "proxy-refused",
    "starttls-unavailable",
    "fallback-scsv",
    "server-unresponsive",
    "undetermined",
];

/// What the best cause rests on in one of its flows, where that is known well enough and not said.
fn inferred(group: &Group, claim: &Claim, why: &mut Vec<Sentence>) {
    if claim.confidence < Confidence::Medium || SAID.contains(&claim.code) {
        return;
    }
    for evidence in &claim.evidence {
        // Its date is said already, with the count.
        if claim.code == "certificate-expired" && !evidence.text.starts_with("handshakes with") {
            continue;
        }
        if evidence.text.contains("sends the alert") {
            continue; // said with its meaning
        }
        let known = why.iter().any(|said| said.text.contains(&evidence.text));
        if known {
            continue;
        }
        let text = if group.failed > 1 {
            format!(
                "in the first of {}: {}",
                words::count(group.failed),
                evidence.text
            )
        } else {
            evidence.text.clone()
        };
        say(why, text, &evidence.frames);
    }
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
    if separating == Some("sni") || title::nameless(group) {
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
    if by_version && !group.versions.is_empty() {
        let text = match group.offered() {
            Some(offered) if group.failed == 1 => format!("the hello offers {offered}"),
            Some(offered) => format!("all {failed} failed hellos offer {offered}"),
            None => {
                let mut versions: Vec<u16> =
                    group.versions.iter().map(|(version, _)| *version).collect();
                versions.sort_unstable();
                let names: Vec<String> = versions
                    .iter()
                    .map(|version| tables::version_name(*version).into_owned())
                    .collect();
                format!(
                    "the highest version offered differs: {}",
                    words::list(&names)
                )
            }
        };
        say(why, text, &group.hello.frames);
    }
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
    let meaning = meaning_here(group, code);
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

/// What the number means at this place of the handshake, where the registry's words would mislead.
fn meaning_here(group: &Group, code: u8) -> &'static str {
    match (group.key.pattern, code) {
        ("server-alert-after-server-hello", 40 | 42) => {
            "version and suite were agreed already; up to TLS 1.2 mostly a client certificate that is missing or not accepted"
        }
        ("client-alert-after-server-hello", 42) => {
            "the client refuses the server's certificate; Go, GnuTLS, rustls and others send this number for any reason: name, date or issuer"
        }
        ("alert-without-server-hello", 49) => {
            "the server refuses this client or this name by its own rules; no certificate was exchanged"
        }
        ("alert-without-server-hello", 80) => {
            "the server failed for reasons of its own; Go and others send it too where they have no certificate for the name"
        }
        ("alert-without-server-hello", 112) if group.no_sni.flows > 0 => {
            "the server serves no such name, or wants one where none is sent"
        }
        _ => tables::alert(code).map_or("no registered meaning", |alert| alert.meaning),
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

fn path(group: &Group, why: &mut Vec<Sentence>) {
    let failed = words::count(group.failed);
    say_seen(why, &group.hole, |flows| {
        let hole = words::counted(group.hole_length, "byte");
        match group.failed {
            1 => format!(
                "{hole} of the server are missing before others that came, and never arrived"
            ),
            _ => format!(
                "in {flows} of {failed} bytes of the server ({hole} at most) are missing before others that came, and never arrived"
            ),
        }
    });
    say_seen(why, &group.too_big, |flows| match group.failed {
        1 => "a router says \"packet too big\" (ICMP)".to_owned(),
        _ => format!("in {flows} of {failed} a router says \"packet too big\" (ICMP)"),
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
    // The deciding frames stand last, behind what led to them; the first is the hello itself.
    let all = group.evidence.len();
    let skip = all.saturating_sub(FROM_FINDING).max(usize::from(all > 1));
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
        let text = format!(
            "silence for {}{}",
            words::duration(median),
            words::spread(least, largest)
        );
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
        let what = if group.key.pattern == "close-after-client-hello" {
            "FIN "
        } else {
            ""
        };
        let text = format!(
            "{what}{} after {after}{}",
            words::duration(median),
            words::spread(least, largest)
        );
        say(why, text, &frames);
    }
}

/// What the server does with others.
fn completed(group: &Group, contrast: &Contrast, why: &mut Vec<Sentence>) {
    let separating = contrast.separating().map(|table| table.attribute);
    if let Some(frame) = contrast.like.1 {
        let like = words::count(contrast.like.0);
        // Only the name was looked up; "like" is said where nothing else differs.
        let alike = OFFER.iter().all(|name| contrast.alike.contains(name));
        let text = match group.sni.len() {
            _ if group.all_without_sni() => format!(
                "{} without a name completed there",
                words::counted(contrast.like.0, "hello")
            ),
            1 if alike => format!(
                "the server accepts this name: {} completed",
                words::counted(contrast.like.0, "like hello")
            ),
            1 => format!(
                "the server accepts this name: {} with it completed",
                words::counted(contrast.like.0, "hello")
            ),
            _ if alike => {
                format!("the server accepts such names: {like} like hellos completed")
            }
            _ => format!("the server accepts such names: {like} hellos with them completed"),
        };
        say(why, text, &[frame]);
    }
    if let (Some("sni"), Some(frame), false) =
        (separating, contrast.unlike, title::says_itself(group))
    {
        let text = if group.all_without_sni() {
            "hellos that name a server get a ServerHello"
        } else {
            "hellos for another name get a ServerHello"
        };
        say(why, text.to_owned(), &[frame]);
    }
}
