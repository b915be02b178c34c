//! What can be said beyond the facts: a cause only where the pattern alone makes it certain, else what would settle it.

use super::contrast::Contrast;
use super::group::Group;
use super::key::ABANDONED;
use super::remedy;
use super::remedy::Act;
use super::remedy::Place;
use crate::facts::WireText;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::tables;
use crate::texts;
use crate::texts::text;

/// What to do about the cause that is known well enough, if any: what this capture says first, then what is known of products.
pub(super) fn act(
    group: &Group,
    claim: Option<&Claim>,
    negotiated: Option<(u16, u16)>,
    name: Option<&WireText>,
) -> Vec<Act> {
    let Some(claim) = claim.filter(|claim| claim.confidence >= Confidence::Medium) else {
        return Vec::new();
    };
    match claim.code {
        "no-shared-version" => versions(group, negotiated),
        "no-shared-alpn" => alpn(group),
        "proxy-refused" => proxy(group),
        code => remedy::acts(
            code,
            &Place {
                server: group.key.server,
                name,
                arrived: group.key.pattern != "client-hello-not-delivered",
                direct: group.prelude.is_none(),
            },
        ),
    }
}

fn versions(group: &Group, negotiated: Option<(u16, u16)>) -> Vec<Act> {
    let name = tables::version_name;
    let high = group
        .highest_version()
        .filter(|_| group.versions.len() == 1);
    let client = match (negotiated, high) {
        (Some((low, high)), _) if low == high => {
            text!("act.version-offer-one", version = name(low))
        }
        (Some((low, high)), _) => text!("act.version-offer", low = name(low), high = name(high)),
        (None, Some(high)) if high < 0x0304 => {
            text!("act.version-above", version = name(high))
        }
        (None, _) => text!("act.version-further").to_owned(),
    };
    let server = match group.offered() {
        Some(offered) if high.is_some_and(|high| high >= 0x0303) => {
            text!("act.version-enable", offered)
        }
        Some(offered) => {
            text!("act.version-allow", offered)
        }
        None => text!("act.version-any").to_owned(),
    };
    vec![Act::new("client", client), Act::new("server", server)]
}

fn alpn(group: &Group) -> Vec<Act> {
    let mut lists = group.alpn.clone();
    lists.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let offered = lists
        .first()
        .filter(|(list, _)| !list.is_empty())
        .map(|(list, _)| WireText::new(list));
    let client = match offered {
        Some(list) => text!("act.alpn-client-list", list),
        None => text!("act.alpn-client").to_owned(),
    };
    vec![
        Act::new("client", client),
        Act::new("server", text!("act.alpn-server")),
    ]
}

fn proxy(group: &Group) -> Vec<Act> {
    let (who, text) = match group.key.number("status") {
        Some(407) => ("client", text!("act.proxy-credentials")),
        Some(403) => ("proxy", text!("act.proxy-allow")),
        Some(502..=504) => ("proxy", text!("act.proxy-unreachable")),
        _ => ("proxy", text!("act.proxy-refusal")),
    };
    vec![Act::new(who, text)]
}

/// What it is not.
pub(super) fn not(group: &Group, cause: Option<&'static str>) -> Vec<String> {
    let text = match (group.key.pattern, cause) {
        ("non-tls-answer", _) => {
            text!("not.answer")
        }
        ("non-tls-request", _) => text!("not.request"),
        ("tunnel-refused", Some("proxy-refused")) => text!("not.tunnel"),
        ("tunnel-refused", _) => text!("not.starttls"),
        ("syn-unanswered" | "syn-refused", _) => text!("not.syn"),
        ("closed-before-client-hello", _) => text!("not.no-hello"),
        (_, Some("sni-unknown")) => text!("not.name-unknown"),
        _ => return Vec::new(),
    };
    vec![text.to_owned()]
}

/// What would decide the reason, where it is open.
pub(super) fn settle(group: &Group, contrast: &Contrast) -> Vec<String> {
    let frame = group.examples.first().map(|example| example.frame);

    let mut settle: Vec<String> = Vec::new();
    if let Some(table) = contrast.separating() {
        let rivals: Vec<String> = contrast
            .rivals(table)
            .iter()
            .map(|name| texts::attribute(name).to_owned())
            .collect();
        if !rivals.is_empty() {
            let all: Vec<String> = std::iter::once(texts::attribute(table.attribute).to_owned())
                .chain(rivals)
                .collect();
            settle.push(text!("settle.vary", all = texts::listed(&all)));
        }
    }
    let by_client = group.key.word("from") == Some("client");
    let open = match group.key.pattern {
        "reset-after-client-hello" if by_client => {
            frame.map(|frame| text!("settle.reset-by-client", frame))
        }
        "reset-after-server-hello" | "close-after-server-hello" if by_client => {
            frame.map(|frame| text!("settle.end-by-client", frame))
        }
        "reset-after-client-hello" | "reset-after-server-hello" => {
            frame.map(|frame| text!("settle.reset", frame))
        }
        "close-after-client-hello" | "close-after-server-hello" => {
            frame.map(|frame| text!("settle.close", frame))
        }
        "no-answer-to-client-hello"
        | "client-hello-not-delivered"
        | "syn-unanswered"
        | "stalled-after-server-hello"
        | "incomplete-client-hello" => frame.map(|_| text!("settle.silence").to_owned()),
        "alert-without-server-hello"
        | "server-alert-after-server-hello"
        | "failed-after-handshake" => Some(text!("settle.server-log").to_owned()),
        "client-alert-after-server-hello" | "client-alert-before-server-hello" => {
            Some(text!("settle.client-message").to_owned())
        }
        "non-tls-answer" if group.all_without_sni() && contrast.separating().is_none() => {
            Some(text!("settle.name-or-port").to_owned())
        }
        "non-tls-answer" if group.key.flag("before_client_hello") => {
            Some(text!("settle.speaks-first").to_owned())
        }
        "non-tls-answer" if !group.all_without_sni() => {
            Some(text!("settle.whole-answer").to_owned())
        }
        ABANDONED => Some(text!("settle.abandoned").to_owned()),
        _ => None,
    };
    settle.extend(open);
    settle
}

/// The name that failed most.
pub(super) fn top_name(group: &Group) -> Option<WireText> {
    let name = group
        .sni
        .iter()
        .max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
    name.map(|(name, _)| WireText::new(name))
}
