//! One line that says what was seen and what sets it apart. Never a cause.

use super::contrast::Contrast;
use super::contrast::Table;
use super::group::Group;
use super::key::ABANDONED;
use super::words;
use super::words::verb;
use crate::compare::values;

/// The title of an incident.
pub(super) fn title(group: &Group, contrast: &Contrast) -> String {
    let title = match contrast.separating() {
        Some(table) if table.attribute == "sni" && !says_itself(group) => by_name(group, table),
        Some(table) if table.attribute != "sni" && !contrast.is_tied(table) => {
            format!("{}; {}", seen(group, &Scope::none()), others(table))
        }
        None if nameless(group) && contrast.completed == 0 => by_name(group, &empty()),
        _ => format!(
            "{}{}",
            seen(group, &Scope::none()),
            without_contrast(group, contrast)
        ),
    };
    if group.key.is_folded() {
        format!("{title}; {}", words::server(&group.key.server))
    } else {
        title
    }
}

/// Whether the alert itself says what was wrong, and that it was not the name.
pub(super) fn says_itself(group: &Group) -> bool {
    matches!(group.key.code(), Some(70 | 86 | 120))
}

/// Whether the missing name is worth the title although nothing completed: where servers are known to answer so.
pub(super) fn nameless(group: &Group) -> bool {
    let unnamed = match group.key.pattern {
        "non-tls-answer" => !group.key.flag("before_client_hello"),
        "alert-without-server-hello" => matches!(group.key.code(), Some(40 | 49 | 80 | 112)),
        "reset-after-client-hello" | "close-after-client-hello" => true,
        _ => false,
    };
    group.all_without_sni() && unnamed
}

fn empty() -> Table {
    Table {
        attribute: "sni",
        levels: Vec::new(),
        separation: 0.0,
    }
}

/// For which names: said within the sentence.
struct Scope(String);

impl Scope {
    fn none() -> Self {
        Self(String::new())
    }
}

fn by_name(group: &Group, table: &Table) -> String {
    if group.all_without_sni() {
        let clients = group.client_count();
        let who = if clients == 1 {
            "The client names".to_owned()
        } else {
            format!("{} name", counted_clients(group))
        };
        return format!(
            "{who} no server (no SNI); {}",
            words::lower(&seen(group, &Scope::none()))
        );
    }
    let names = table
        .failing()
        .filter(|level| level.value.is_some())
        .count();
    let scope = match names {
        0 | 1 => " for one name",
        _ => &format!(" for {names} names"),
    };
    let nameless = if group.no_sni.flows > 0 {
        " and without a name"
    } else {
        ""
    };
    let scope = format!("{scope}{nameless}");
    format!("{}; {}", seen(group, &Scope(scope)), others(table))
}

/// What works on the same server.
fn others(table: &Table) -> String {
    let known: u64 = table
        .elsewhere()
        .filter(|level| level.value.is_some() || table.attribute != "sni")
        .map(|level| level.values)
        .sum();
    let works = |noun: &str| match known {
        1 => format!("another {noun} on that server works"),
        many => format!("{} other {noun}s on that server work", words::count(many)),
    };
    match table.attribute {
        "sni" if known == 0 => "hellos without a name work".to_owned(),
        "sni" => works("name"),
        "client" => works("client"),
        "hello size" => "smaller ones work".to_owned(),
        values::NETWORK => works("client network"),
        values::CERTIFICATE => works("certificate"),
        values::TTL => "flows whose server is another number of hops away work".to_owned(),
        values::JA4 => "other kinds of hello work (by JA4)".to_owned(),
        values::POST_QUANTUM if table.failing().any(|level| level.code == Some(0)) => {
            "hellos with a post-quantum group work".to_owned()
        }
        values::POST_QUANTUM => "hellos without a post-quantum group work".to_owned(),
        values::AUTHENTICATION => match table
            .elsewhere()
            .next()
            .and_then(|level| level.value.as_ref())
        {
            Some(kinds) if known == 1 => format!("hellos whose suites are for {kinds} work"),
            _ => "hellos with suites for other kinds of certificates work".to_owned(),
        },
        _ => {
            let versions: Vec<String> = table
                .elsewhere()
                .filter(|level| level.failed_elsewhere == 0)
                .filter_map(|level| Some(level.value.as_ref()?.to_string()))
                .take(3)
                .collect();
            match versions.is_empty() {
                true => "others there complete".to_owned(),
                false => format!("hellos that offer {} work", words::list(&versions)),
            }
        }
    }
}

fn without_contrast(group: &Group, contrast: &Contrast) -> String {
    if group.key.pattern == ABANDONED || group.key.is_folded() {
        return String::new();
    }
    match contrast.completed {
        0 if group.failed > 1 => "; nothing completes there".to_owned(),
        0 => String::new(),
        completed => format!(
            "; {} there {}",
            words::counted(completed, "handshake"),
            verb(completed, "completes", "complete")
        ),
    }
}

/// What is seen, as a sentence without its end.
fn seen(group: &Group, scope: &Scope) -> String {
    let many = group.failed > 1;
    let Scope(scope) = scope;
    let rst = if many { "RSTs answer" } else { "A RST answers" };
    match group.key.pattern {
        "syn-unanswered" => (if many {
            "SYNs get no answer"
        } else {
            "The SYN gets no answer"
        })
        .to_owned(),
        "syn-refused" => refused(group),
        "closed-before-client-hello" => {
            format!(
                "The server ends the connection before the ClientHello{}",
                how(group)
            )
        }
        "incomplete-client-hello" => format!("The ClientHello{scope} never becomes complete"),
        "client-hello-not-delivered" => {
            format!("The ClientHello{scope} is never acknowledged as a whole")
        }
        "reset-after-client-hello" if group.key.word("from") == Some("client") => {
            format!("RSTs with the client's address follow the ClientHello{scope}, not sent by it")
        }
        "reset-after-client-hello" => format!("{rst} the ClientHello{scope}"),
        "close-after-client-hello" => {
            format!("The server closes (FIN) after the ClientHello{scope}")
        }
        "no-answer-to-client-hello" => {
            format!("The ClientHello{scope} is acknowledged and never answered")
        }
        "non-tls-answer" => non_tls_answer(group),
        "non-tls-request" => format!(
            "{} {} where TLS is meant",
            clients(group, "sends", "send"),
            request(group)
        ),
        "tunnel-refused" => tunnel(group),
        "stalled-after-server-hello" => stalled(group),
        "reset-after-server-hello" => format!(
            "{} the handshake after the ServerHello",
            if many { "RSTs end" } else { "A RST ends" }
        ),
        "close-after-server-hello" => {
            format!(
                "The {} closes (FIN) after the ServerHello",
                group.key.word("from").unwrap_or("other side")
            )
        }
        "failed-after-handshake" => {
            format!("The server ends it right after the handshake{}", how(group))
        }
        ABANDONED => format!(
            "{} before any ServerHello, and none completes there",
            clients(group, "leaves", "leave")
        ),
        _ => alerts(group, scope),
    }
}

fn alerts(group: &Group, scope: &str) -> String {
    let alert = group.key.code().map_or_else(
        || "an encrypted alert".to_owned(),
        |code| format!("alert {}", words::alert(code)),
    );
    match group.key.pattern {
        "alert-without-server-hello" if group.key.code() == Some(70) => match group.offered() {
            Some(offered) => format!(
                "{} {offered}, refused with {alert}",
                clients(group, "offers", "offer")
            ),
            None => format!("{} refused with {alert}", clients(group, "is", "are")),
        },
        "alert-without-server-hello" if !scope.is_empty() => {
            format!("Hellos{scope} are refused with {alert}")
        }
        "alert-without-server-hello" => {
            format!("{} refused with {alert}", clients(group, "is", "are"))
        }
        "client-alert-before-server-hello" => {
            format!(
                "{} up with {alert} before any ServerHello",
                clients(group, "gives", "give")
            )
        }
        "client-alert-after-server-hello" => {
            format!(
                "{} the server's answer with {alert}",
                clients(group, "refuses", "refuse")
            )
        }
        "server-alert-after-server-hello" => {
            format!("The server breaks off after its ServerHello with {alert}")
        }
        pattern => pattern.replace('-', " "),
    }
}

fn clients(group: &Group, one: &'static str, many: &'static str) -> String {
    match group.client_count() {
        1 => format!("The client {one}"),
        _ => format!("{} {many}", counted_clients(group)),
    }
}

/// `14 clients`; where the table was full, how many it holds.
fn counted_clients(group: &Group) -> String {
    let known = words::counted(
        u64::try_from(group.clients.len()).unwrap_or(u64::MAX),
        "client",
    );
    if group.clients.other > 0 {
        format!("Over {known}")
    } else {
        known
    }
}

fn how(group: &Group) -> String {
    match group.key.word("how") {
        Some("alert") => " (record of alert length)".to_owned(),
        Some(how) => format!(" ({})", how.to_uppercase()),
        None => String::new(),
    }
}

fn refused(group: &Group) -> String {
    let by = group.key.word("by").unwrap_or("rst");
    let by = if by == "icmp" {
        "an ICMP error"
    } else {
        "a RST"
    };
    if group.failed > 1 {
        format!("SYNs are answered with {by}")
    } else {
        format!("The SYN is answered with {by}")
    }
}

fn non_tls_answer(group: &Group) -> String {
    let answer = group.key.word("protocol").and_then(words::protocol);
    let what = match answer {
        Some(answer) => format!("{answer}, not TLS"),
        None => "not TLS".to_owned(),
    };
    let what = if group.key.word("protocol") == Some("http") {
        "plain HTTP".to_owned()
    } else {
        what
    };
    if group.key.flag("before_client_hello") {
        format!("The server speaks first: {what}")
    } else {
        format!("The answer is {what}")
    }
}

fn request(group: &Group) -> String {
    group
        .key
        .word("protocol")
        .and_then(words::protocol)
        .unwrap_or_else(|| "bytes that are not TLS".to_owned())
}

fn tunnel(group: &Group) -> String {
    let (who, what) = words::tunnel(group.key.word("protocol").unwrap_or("other"));
    let status = group
        .key
        .number("status")
        .map(|status| format!(" ({status})"))
        .unwrap_or_default();
    format!("{who} refuses {what}{status}")
}

fn stalled(group: &Group) -> String {
    if group.hole.flows == group.failed {
        return format!(
            "{} of the server's answer never arrive; silence",
            words::counted(group.hole_length, "byte")
        );
    }
    match group.key.word("waiting") {
        Some(side) => format!("Silence after the ServerHello; the {side} waits"),
        None => "Silence after the ServerHello".to_owned(),
    }
}
