//! What can be said beyond the facts: a cause only where the pattern alone makes it certain, else what would settle it.

use super::contrast::Contrast;
use super::group::Group;
use super::key::ABANDONED;
use super::remedy;
use super::remedy::Act;
use super::remedy::Place;
use super::words;
use crate::facts::WireText;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::tables;

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
            format!("offer {}, which this server speaks with others.", name(low))
        }
        (Some((low, high)), _) => format!(
            "offer {} to {}, which this server speaks with others.",
            name(low),
            name(high)
        ),
        (None, Some(high)) if high < 0x0304 => {
            format!("enable a version above {}.", name(high))
        }
        (None, _) => "offer further versions, if it has any.".to_owned(),
    };
    let server = match group.offered() {
        Some(offered) if high.is_some_and(|high| high >= 0x0303) => {
            format!("or enable what is offered ({offered}).")
        }
        Some(offered) => {
            format!("only if such clients must be served, allow what they offer ({offered}).")
        }
        None => "or enable a version that is offered.".to_owned(),
    };
    vec![Act::new("client", client), Act::new("server", server)]
}

fn alpn(group: &Group) -> Vec<Act> {
    let mut lists = group.alpn.clone();
    lists.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let offered = lists
        .first()
        .filter(|(list, _)| !list.is_empty())
        .map(|(list, _)| format!(" ({})", WireText::new(list)));
    vec![
        Act::new(
            "client",
            format!(
                "offer an application protocol that the server speaks; it offers only its own list{}.",
                offered.unwrap_or_default()
            ),
        ),
        Act::new("server", "or enable one of these protocols (ALPN)."),
    ]
}

fn proxy(group: &Group) -> Vec<Act> {
    let (who, text) = match group.key.number("status") {
        Some(407) => ("client", "give the proxy the credentials it asks for."),
        Some(403) => (
            "proxy",
            "allow this target and port, or let the client reach it another way.",
        ),
        Some(502..=504) => (
            "proxy",
            "it cannot reach the target; look at its name resolution and its way there.",
        ),
        _ => (
            "proxy",
            "its refusal, quoted above, is the whole answer; the TLS server was never reached.",
        ),
    };
    vec![Act::new(who, text)]
}

/// What it is not.
pub(super) fn not(group: &Group, cause: Option<&'static str>) -> Vec<String> {
    let text = match (group.key.pattern, cause) {
        ("non-tls-answer", _) => {
            "a TLS version problem; not the server's certificate or suites: the answer is no TLS at all."
        }
        ("non-tls-request", _) => "a certificate or version problem: the client sent no TLS.",
        ("tunnel-refused", Some("proxy-refused")) => "the TLS of the target: it was never reached.",
        ("tunnel-refused", _) => "a certificate, version or suite problem: TLS never began.",
        ("syn-unanswered" | "syn-refused", _) => "TLS: no byte of it was sent.",
        ("closed-before-client-hello", _) => "the content of the ClientHello: the server had none.",
        (_, Some("sni-unknown")) => "the certificate's content, the suites or the versions.",
        _ => return Vec::new(),
    };
    vec![text.to_owned()]
}

/// What would decide the reason, where it is open.
pub(super) fn settle(group: &Group, contrast: &Contrast) -> Vec<String> {
    let frame = group.examples.first().map(|example| example.frame);
    let capture_at_server = |what: &str| {
        frame.map(|frame| {
            format!(
                "Capture on the server at the same time. {}",
                what.replace('#', &frame.to_string())
            )
        })
    };
    let mut settle: Vec<String> = Vec::new();
    if let Some(table) = contrast.separating() {
        let rivals: Vec<String> = contrast
            .rivals(table)
            .iter()
            .map(|name| (*name).replace("sni", "name"))
            .collect();
        if !rivals.is_empty() {
            let all: Vec<String> = std::iter::once(table.attribute.replace("sni", "name"))
                .chain(rivals)
                .collect();
            settle.push(format!("Vary one thing at a time: {} differ together here, and one of them may decide alone.", words::list(&all)));
        }
    }
    let by_client = group.key.word("from") == Some("client");
    let open = match group.key.pattern {
        "reset-after-client-hello" if by_client => frame.map(|frame| format!("Capture on the client at the same time. If frame {frame} never left it, a box between sent it.")),
        "reset-after-server-hello" | "close-after-server-hello" if by_client => frame.map(|frame| format!("The client's own message or log says why it left. If it sent no such packet, capture on the client at the same time: a box between sent frame {frame}.")),
        "reset-after-client-hello" | "reset-after-server-hello" => {
            capture_at_server("If frame # never left it, a box between sent it.")
        }
        "close-after-client-hello" | "close-after-server-hello" => {
            capture_at_server("If frame # never left it, a box between sent it; else the server's log says why it closed.")
        }
        "no-answer-to-client-hello" | "client-hello-not-delivered" | "syn-unanswered" | "stalled-after-server-hello" | "incomplete-client-hello" => {
            capture_at_server("What it received and sent tells whether the packets were lost on the way or the server is silent.")
        }
        "alert-without-server-hello" | "server-alert-after-server-hello" | "failed-after-handshake" => {
            Some("The server's log at that time names the reason for its alert or close.".to_owned())
        }
        "client-alert-after-server-hello" | "client-alert-before-server-hello" => {
            Some("The client's own message names the reason; the alert's number is only its short form.".to_owned())
        }
        "non-tls-answer" if group.all_without_sni() && contrast.separating().is_none() => Some(
            "Send a hello that names the server: if a ServerHello comes, the missing name decides; if not, the port or the scheme.".to_owned(),
        ),
        "non-tls-answer" if group.key.flag("before_client_hello") => Some(
            "This server speaks first: its protocol begins in plaintext. Whether it has STARTTLS, or TLS on another port, tells what the client should use.".to_owned(),
        ),
        "non-tls-answer" if !group.all_without_sni() => Some(
            "The whole answer (Wireshark: Follow TCP Stream) names the program that sent it, and often why.".to_owned(),
        ),
        ABANDONED => Some("The clients left by themselves: their logs, or a longer capture, tell what they waited for.".to_owned()),
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
