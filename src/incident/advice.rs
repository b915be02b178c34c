//! What can be said beyond the facts: a cause only where the pattern alone makes it certain, else what would settle it.

use super::Proof;
use super::contrast::Contrast;
use super::group::Group;
use super::key::ABANDONED;
use super::quote::shell_word;
use super::remedy;
use super::remedy::Act;
use super::remedy::Place;
use super::words;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::tables;
use std::net::IpAddr;

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

/// Commands that show it again, with names that were seen in the capture only.
pub(super) fn prove(group: &Group, contrast: &Contrast, cause: Option<&'static str>) -> Vec<Proof> {
    let no_hello = [
        "syn-unanswered",
        "syn-refused",
        "closed-before-client-hello",
        "tunnel-refused",
        "non-tls-request",
        ABANDONED,
    ];
    if group.key.is_folded() || no_hello.contains(&group.key.pattern) {
        return Vec::new();
    }
    let failing = top_name(group);
    let works = contrast
        .tables
        .iter()
        .find(|table| table.attribute == "sni")
        .and_then(|table| {
            table
                .elsewhere()
                .find_map(|level| level.value.clone().filter(|_| level.values == 1))
        });
    let Some(connect) = connect(group) else {
        return Vec::new();
    };
    let named = |name: &WireText| format!("{connect} -servername {}", shell_word(name.bytes()));
    let nameless = format!("{connect} -noservername");
    let proof = |text: &str, command: String| Proof {
        text: text.to_owned(),
        command,
    };
    if group.key.code() == Some(70) && cause.is_some() {
        return version_proof(group, &connect, failing.as_ref());
    }
    if cause == Some("certificate-expired") {
        let name = failing.as_ref().map_or_else(|| nameless.clone(), named);
        let command = format!("{name} </dev/null 2>/dev/null | openssl x509 -noout -dates");
        return vec![proof(
            "The dates of the certificate that is served now",
            command,
        )];
    }
    // The hello of openssl fits one segment.
    if cause == Some("large-client-hello") || group.segmented.flows == group.failed {
        let name = failing.as_ref().map_or_else(|| nameless.clone(), named);
        return vec![proof(
            "A small hello on the same way works, if the size decides",
            name,
        )];
    }
    let separates = contrast
        .separating()
        .is_some_and(|table| table.attribute == "sni");
    match (group.all_without_sni(), failing, works) {
        (true, _, Some(name)) if separates => {
            let text = if group.key.pattern == "non-tls-answer" {
                "The name, if the second works; the port or scheme, if both fail"
            } else {
                "The name, if the second works and the first fails"
            };
            vec![proof(text, nameless), proof("", named(&name))]
        }
        (true, _, _) => vec![proof("The same by hand", nameless)],
        (false, Some(name), Some(other)) if separates => {
            let slips = contrast.like.0;
            let text = match slips {
                0 => {
                    "Same address, two names; the name decides if only the second works".to_owned()
                }
                _ => format!(
                    "Same address, two names; repeat 10 times, since {} of {} got through",
                    words::count(slips),
                    words::count(slips + group.failed)
                ),
            };
            vec![proof(&text, named(&name)), proof("", named(&other))]
        }
        (false, Some(name), _) => vec![proof("The same by hand", named(&name))],
        (false, None, _) => vec![proof("The same by hand", nameless)],
    }
}

/// The command up to the name: through the proxy, or with the same STARTTLS. `None` where openssl cannot do it.
fn connect(group: &Group) -> Option<String> {
    let address = address(group);
    let plain = format!("openssl s_client -connect {address}");
    let Some((protocol, target)) = &group.prelude else {
        return Some(plain);
    };
    match protocol {
        PreludeProtocol::HttpConnect => target.as_ref().map(|target| {
            let target = shell_word(target.bytes());
            format!("openssl s_client -proxy {address} -connect {target}")
        }),
        PreludeProtocol::ProxyV1 | PreludeProtocol::ProxyV2 => Some(plain),
        PreludeProtocol::Postgres => Some(format!("{plain} -starttls postgres")),
        PreludeProtocol::Socks4
        | PreludeProtocol::Socks5
        | PreludeProtocol::Mssql
        | PreludeProtocol::Rdp
        | PreludeProtocol::Unknown => None,
        other => Some(format!("{plain} -starttls {}", other.name())),
    }
}

fn version_proof(group: &Group, connect: &str, name: Option<&WireText>) -> Vec<Proof> {
    let Some(version) = group
        .highest_version()
        .filter(|_| group.versions.len() == 1)
    else {
        return Vec::new();
    };
    let flag = |version: u16| match version {
        0x0301 => Some("-tls1"),
        0x0302 => Some("-tls1_1"),
        0x0303 => Some("-tls1_2"),
        0x0304 => Some("-tls1_3"),
        _ => None,
    };
    let Some(low) = flag(version) else {
        return Vec::new();
    };
    let name = name.map_or_else(
        || "-noservername".to_owned(),
        |name| format!("-servername {}", shell_word(name.bytes())),
    );
    // OpenSSL 3 sends nothing older than TLS 1.2 at its usual security level.
    let old = |version: u16| {
        if version < 0x0303 {
            " -cipher DEFAULT@SECLEVEL=0"
        } else {
            ""
        }
    };
    let command = |flag: &str, version: u16| format!("{connect} {name} {flag}{}", old(version));
    let again = |text: &str| Proof {
        text: text.to_owned(),
        command: command(low, version),
    };
    let higher = version.saturating_add(1).max(0x0303);
    match flag(higher) {
        Some(high) => vec![
            again(
                "The first is refused again; the second works if the server has a higher version",
            ),
            Proof {
                text: String::new(),
                command: command(high, higher),
            },
        ],
        None => vec![again("The same by hand")],
    }
}

/// The name that failed most.
pub(super) fn top_name(group: &Group) -> Option<WireText> {
    let name = group
        .sni
        .iter()
        .max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
    name.map(|(name, _)| WireText::new(name))
}

/// `203.0.113.20:443`, `'[2001:db8::1]:443'`.
fn address(group: &Group) -> String {
    let server = group.key.server;
    match server.ip {
        IpAddr::V4(_) => server.to_string(),
        // Brackets are a pattern to the shell.
        IpAddr::V6(_) => format!("'{server}'"),
    }
}
