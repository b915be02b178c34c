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
use crate::texts;
use crate::texts::counted;
use crate::texts::grouped;
use crate::texts::is_text;
use crate::texts::text;

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
        if claim.code == "certificate-expired"
            && !is_text!("chain.other-certificates", &evidence.text)
        {
            continue;
        }
        if is_text!("pattern.alert", &evidence.text) {
            continue; // said with its meaning
        }
        let known = why.iter().any(|said| said.text.contains(&evidence.text));
        if known {
            continue;
        }
        let text = if group.failed > 1 {
            text!(
                "why.first-of",
                failed = grouped(group.failed),
                text = evidence.text
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
        say(why, text(&grouped(seen.flows)), &seen.frames);
    }
}

/// What the hellos name, where that sets them apart.
fn names(group: &Group, contrast: &Contrast, why: &mut Vec<Sentence>) {
    let failed = grouped(group.failed);
    let separating = contrast.separating().map(|table| table.attribute);
    if separating == Some("sni") || title::nameless(group) {
        say_seen(why, &group.no_sni, |flows| match group.failed {
            1 => text!("sni-missing.no-extension").to_owned(),
            _ => text!("why.no-sni", flows, failed),
        });
    }
    say_seen(why, &group.ech, |flows| text!("why.ech", flows, failed));
    let by_version = separating == Some("version") || group.key.code() == Some(70);
    if by_version && !group.versions.is_empty() {
        let text = match group.offered() {
            Some(offered) if group.failed == 1 => text!("why.offers", offered),
            Some(offered) => text!("why.all-offer", failed, offered),
            None => {
                let mut versions: Vec<u16> =
                    group.versions.iter().map(|(version, _)| *version).collect();
                versions.sort_unstable();
                let names: Vec<String> = versions
                    .iter()
                    .map(|version| tables::version_name(*version).into_owned())
                    .collect();
                text!("why.versions-differ", versions = texts::listed(&names))
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
        "non-tls-answer" => text!("why.answer-not-tls"),
        "non-tls-request" => text!("why.request-not-tls"),
        "tunnel-refused" => text!("why.refusal"),
        _ => return,
    };
    for (text, flows) in texts.iter().take(2) {
        let text = quoted(text);
        let text = if *flows == group.failed {
            text!("why.quoted", what, text)
        } else {
            let (flows, failed) = (grouped(*flows), grouped(group.failed));
            text!("why.quoted-of", what, flows, failed, text)
        };
        say(why, text, &group.text_frames);
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
            say(why, text!("why.alert-encrypted").to_owned(), &frames);
        }
        return;
    };
    let meaning = meaning_here(group, code);
    let meaning = words::lower(meaning.trim_end_matches('.'));
    let alert = words::alert(code);
    let text = match group.key.word("level") {
        Some(level) => text!("why.alert-level", level, alert, meaning),
        None => text!("why.alert", alert, meaning),
    };
    say(why, text, &frames);
    if code == 86 {
        let failed = grouped(group.failed);
        say_seen(why, &group.fallback, |flows| {
            text!("why.fallback", flows, failed)
        });
    }
}

/// What the number means at this place of the handshake, where the registry's words would mislead.
fn meaning_here(group: &Group, code: u8) -> &'static str {
    match (group.key.pattern, code) {
        ("server-alert-after-server-hello", 40 | 42) => {
            text!("why.meaning-server-alert")
        }
        ("client-alert-after-server-hello", 42) => {
            text!("why.meaning-bad-certificate")
        }
        ("alert-without-server-hello", 49) => {
            text!("why.meaning-access-denied")
        }
        ("alert-without-server-hello", 80) => {
            text!("why.meaning-internal-error")
        }
        ("alert-without-server-hello", 112) if group.no_sni.flows > 0 => {
            text!("why.meaning-unrecognized-name")
        }
        _ => tables::alert(code).map_or(text!("why.meaning-none"), |alert| alert.meaning),
    }
}

fn certificate(group: &Group, why: &mut Vec<Sentence>) {
    if let Some(at) = group.expired_at {
        let failed = grouped(group.failed);
        say_seen(why, &group.expired, |flows| {
            text!("why.expired", flows, failed, at = utc(at))
        });
    }
}

fn path(group: &Group, why: &mut Vec<Sentence>) {
    let failed = grouped(group.failed);
    say_seen(why, &group.hole, |flows| {
        let hole = counted!("noun.byte", group.hole_length);
        match group.failed {
            1 => text!("why.hole", hole),
            _ => text!("why.holes", flows, failed, hole),
        }
    });
    say_seen(why, &group.too_big, |flows| match group.failed {
        1 => text!("why.too-big").to_owned(),
        _ => text!("why.too-big-of", flows, failed),
    });
    let delivery = [
        "client-hello-not-delivered",
        "no-answer-to-client-hello",
        "incomplete-client-hello",
    ];
    if delivery.contains(&group.key.pattern) {
        say_seen(why, &group.segmented, |flows| {
            text!("why.segmented", flows, failed)
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
            text!("why.first-of", failed = grouped(group.failed), text)
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
        let text = text!(
            "why.silence",
            time = words::duration(median),
            spread = words::spread(least, largest)
        );
        say(why, text, &frames);
    }
    let after = match group.key.pattern {
        // Said with the RSTs.
        "reset-after-client-hello" => return,
        "close-after-client-hello" => text!("why.the-hello"),
        "closed-before-client-hello" => text!("why.the-tcp-handshake"),
        "failed-after-handshake" => text!("why.the-finished"),
        _ => text!("why.the-last-bytes"),
    };
    if let Some((least, median, largest)) = group.delay.summary() {
        let (time, spread) = (words::duration(median), words::spread(least, largest));
        let text = if group.key.pattern == "close-after-client-hello" {
            text!("why.fin-after", time, after, spread)
        } else {
            text!("why.time-after", time, after, spread)
        };
        say(why, text, &frames);
    }
}

/// What the server does with others.
fn completed(group: &Group, contrast: &Contrast, why: &mut Vec<Sentence>) {
    let separating = contrast.separating().map(|table| table.attribute);
    if let Some(frame) = contrast.like.1 {
        let like = contrast.like.0;
        // Only the name was looked up; "like" is said where nothing else differs.
        let alike = OFFER.iter().all(|name| contrast.alike.contains(name));
        let text = match group.sni.len() {
            _ if group.all_without_sni() => counted!("why.nameless-completed", like),
            1 if alike => counted!("why.name-accepted-alike", like),
            1 => counted!("why.name-accepted", like),
            _ if alike => counted!("why.names-accepted-alike", like),
            _ => counted!("why.names-accepted", like),
        };
        say(why, text, &[frame]);
    }
    if let (Some("sni"), Some(frame), false) =
        (separating, contrast.unlike, title::says_itself(group))
    {
        let text = if group.all_without_sni() {
            text!("why.named-answered")
        } else {
            text!("why.others-answered")
        };
        say(why, text.to_owned(), &[frame]);
    }
}
