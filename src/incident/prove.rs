//! Commands that show an incident again, each below a sentence that says what its outcome means. The lab runs every kind of them
//! once: `testdata/lab/proved.tsv`.

use super::Proof;
use super::advice::top_name;
use super::contrast::Contrast;
use super::group::Group;
use super::key::ABANDONED;
use super::quote::shell_word;
use crate::facts::PreludeProtocol;
use crate::facts::WireText;
use crate::pattern::Claim;
use crate::pattern::Confidence;
use crate::texts::grouped;
use crate::texts::text;
use std::net::IpAddr;

/// Patterns for which openssl has nothing to show: no hello was sent, or nobody minds.
const NO_HELLO: [&str; 6] = [
    "syn-unanswered",
    "syn-refused",
    "closed-before-client-hello",
    "tunnel-refused",
    "non-tls-request",
    ABANDONED,
];
/// Ends a session of openssl at once, and keeps what the certificate is asked for.
const READ: &str = "</dev/null 2>/dev/null | openssl x509 -noout";

/// What the cause makes of the same command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// The client refused the certificate; openssl refuses none, but shows it.
    Certificate,
    /// The certificate's dates are the matter.
    Dates,
    /// The client's own hello or rules, which openssl does not share.
    Hello,
    Alpn,
    Fallback,
    /// The server does not bear the highest version.
    Intolerance,
    ClientCertificateMissing,
    ClientCertificateRejected,
    /// Whoever asks meets the same.
    Alike,
    /// Not known well enough.
    Open,
}

/// Commands that show it again, with names that were seen in the capture only.
pub(super) fn prove(group: &Group, contrast: &Contrast, claim: Option<&Claim>) -> Vec<Proof> {
    if group.key.is_folded() || NO_HELLO.contains(&group.key.pattern) {
        return Vec::new();
    }
    let Some(connect) = connect(group) else {
        return Vec::new();
    };
    let failing = top_name(group);
    let same = with_name(&connect, failing.as_ref());
    let known = claim.is_some_and(|claim| claim.confidence >= Confidence::High);
    let reading = reading(claim);
    if group.key.code() == Some(70) && known {
        return version_proof(group, &same);
    }
    if matches!(reading, Reading::Certificate | Reading::Dates) {
        return by_reading(reading, group, &same);
    }
    if claim.is_some_and(|claim| claim.code == "large-client-hello") || may_be_too_large(group) {
        // The hello of openssl fits one segment.
        return vec![proof(text!("prove.small-hello"), same)];
    }
    if known && !matches!(reading, Reading::Alike | Reading::Open) {
        return by_reading(reading, group, &same);
    }
    by_name(group, contrast, &connect).unwrap_or_else(|| by_reading(reading, group, &same))
}

/// Whether all hellos came in several segments, and what failed is their delivery or answer.
fn may_be_too_large(group: &Group) -> bool {
    let answered = ["after-server-hello", "after-handshake"];
    group.segmented.flows == group.failed
        && !answered
            .iter()
            .any(|place| group.key.pattern.ends_with(place))
}

fn reading(claim: Option<&Claim>) -> Reading {
    let Some(claim) = claim else {
        return Reading::Open;
    };
    let known = claim.confidence >= Confidence::Medium;
    match claim.code {
        "certificate-expired" if known => Reading::Dates,
        "certificate-type-mismatch" if known => Reading::Hello,
        "certificate-type-mismatch" => Reading::Open,
        "client-pinning" | "clock-skew" => Reading::Certificate,
        code if code.starts_with("certificate-") => Reading::Certificate,
        _ if !known => Reading::Open,
        "no-shared-cipher"
        | "no-shared-group"
        | "no-shared-signature-algorithm"
        | "client-policy" => Reading::Hello,
        "no-shared-alpn" => Reading::Alpn,
        "fallback-scsv" => Reading::Fallback,
        "version-intolerance" => Reading::Intolerance,
        "client-certificate-missing" => Reading::ClientCertificateMissing,
        "client-certificate-rejected" => Reading::ClientCertificateRejected,
        "sni-missing"
        | "sni-unknown"
        | "sni-blocked"
        | "block-page"
        | "server-certificate-missing"
        | "tls-on-plaintext-port"
        | "proxy-protocol-mismatch"
        | "path-mtu-black-hole" => Reading::Alike,
        _ => Reading::Open,
    }
}

/// One command with the name that fails, or two that differ in one thing.
fn by_reading(reading: Reading, group: &Group, same: &str) -> Vec<Proof> {
    let one = |text: &str| vec![proof(text, same.to_owned())];
    match reading {
        Reading::Dates => vec![proof(text!("prove.dates"), format!("{same} {READ} -dates"))],
        Reading::Certificate => vec![proof(
            text!("prove.certificate"),
            format!("{same} {READ} -subject -issuer -dates -ext subjectAltName"),
        )],
        Reading::Alpn => alpn(group).map_or_else(
            || by_reading(Reading::Hello, group, same),
            |list| {
                let with = format!("{same} -alpn {list}");
                pair(text!("prove.alpn"), with, same.to_owned())
            },
        ),
        Reading::Fallback => pair(
            text!("prove.retry"),
            format!("{same} -tls1_2 -fallback_scsv"),
            same.to_owned(),
        ),
        Reading::Intolerance => pair(
            text!("prove.version"),
            same.to_owned(),
            format!("{same} -tls1_2"),
        ),
        Reading::ClientCertificateMissing => pair(
            text!("prove.client-certificate"),
            same.to_owned(),
            format!("{same} -cert FILE -key KEY"),
        ),
        Reading::ClientCertificateRejected => vec![proof(
            text!("prove.accepted-certificate"),
            format!("{same} -cert FILE -key KEY"),
        )],
        Reading::Hello => one(text!("prove.works")),
        Reading::Alike => one(text!("prove.again")),
        Reading::Open => one(text!("prove.open")),
    }
}

/// What its hellos offer most, as openssl takes it; `None` where openssl could not send it.
fn alpn(group: &Group) -> Option<String> {
    let (list, _) = group
        .alpn
        .iter()
        .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)))?;
    let names: Vec<u8> = list.iter().copied().filter(|byte| *byte != b' ').collect();
    let fit = |byte: &u8| byte.is_ascii_graphic();
    (!names.is_empty() && names.iter().all(fit)).then(|| shell_word(&names))
}

/// Names against each other, where they set the failed flows apart.
fn by_name(group: &Group, contrast: &Contrast, connect: &str) -> Option<Vec<Proof>> {
    contrast
        .separating()
        .filter(|table| table.attribute == "sni")?;
    let other = with_name(connect, Some(&contrast.other_name()?));
    if group.all_without_sni() {
        let nameless = with_name(connect, None);
        return Some(if group.key.pattern == "non-tls-answer" {
            vec![
                proof(text!("prove.name-or-port"), nameless),
                proof("", other),
            ]
        } else {
            pair(text!("prove.name"), nameless, other)
        });
    }
    let first = with_name(connect, Some(&top_name(group)?));
    let slips = contrast.like.0;
    let text = match slips {
        0 => text!("prove.two-names").to_owned(),
        _ => text!(
            "prove.two-names-repeat",
            slips = grouped(slips),
            all = grouped(slips + group.failed)
        ),
    };
    Some(vec![proof(&text, first), proof("", other)])
}

fn proof(text: &str, command: String) -> Proof {
    Proof {
        text: text.to_owned(),
        command,
    }
}

/// Two commands that differ in what the text names alone.
fn pair(text: &str, first: String, second: String) -> Vec<Proof> {
    vec![proof(text, first), proof("", second)]
}

fn with_name(connect: &str, name: Option<&WireText>) -> String {
    match name {
        Some(name) => format!("{connect} -servername {}", shell_word(name.bytes())),
        None => format!("{connect} -noservername"),
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
        | PreludeProtocol::HttpUpgrade
        | PreludeProtocol::Mssql
        | PreludeProtocol::Rdp
        | PreludeProtocol::Unknown => None,
        other => Some(format!("{plain} -starttls {}", other.name())),
    }
}

fn version_proof(group: &Group, same: &str) -> Vec<Proof> {
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
    // OpenSSL 3 sends nothing older than TLS 1.2 at its usual security level.
    let old = |version: u16| {
        if version < 0x0303 {
            " -cipher DEFAULT@SECLEVEL=0"
        } else {
            ""
        }
    };
    let command = |flag: &str, version: u16| format!("{same} {flag}{}", old(version));
    let again = |text: &str| Proof {
        text: text.to_owned(),
        command: command(low, version),
    };
    let higher = version.saturating_add(1).max(0x0303);
    match flag(higher) {
        Some(high) => vec![
            again(text!("prove.versions")),
            Proof {
                text: String::new(),
                command: command(high, higher),
            },
        ],
        None => vec![again(text!("prove.again"))],
    }
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
