//! One line that says what was seen and what sets it apart. Never a cause.

use super::contrast::Contrast;
use super::contrast::Table;
use super::group::Group;
use super::key::ABANDONED;
use super::words;
use crate::compare::values;
use crate::texts;
use crate::texts::counted;
use crate::texts::text;

/// The title of an incident.
pub(super) fn title(group: &Group, contrast: &Contrast) -> String {
    let title = match contrast.separating() {
        Some(table) if table.attribute == "sni" && !says_itself(group) => by_name(group, table),
        Some(table) if table.attribute != "sni" && !contrast.is_tied(table) => {
            both(&seen(group, &Scope::none()), &others(table))
        }
        None if nameless(group) && contrast.completed == 0 => by_name(group, &empty()),
        _ => without_contrast(group, contrast, seen(group, &Scope::none())),
    };
    if group.key.is_folded() {
        both(&title, &words::server(&group.key.server))
    } else {
        title
    }
}

fn both(first: &str, second: &str) -> String {
    text!("title.both", first, second)
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
        return counted!(
            "title.nameless",
            group.client_count(),
            clients = clients(group),
            seen = words::lower(&seen(group, &Scope::none()))
        );
    }
    let names = table
        .failing()
        .filter(|level| level.value.is_some())
        .count();
    let scope = match names {
        0 | 1 => text!("title.for-one-name"),
        names => &text!("title.for-names", names),
    };
    let nameless = if group.no_sni.flows > 0 {
        text!("title.and-without-name")
    } else {
        ""
    };
    let scope = format!("{scope}{nameless}");
    both(&seen(group, &Scope(scope)), &others(table))
}

/// What works on the same server.
fn others(table: &Table) -> String {
    let known: u64 = table
        .elsewhere()
        .filter(|level| level.known || table.attribute != "sni")
        .map(|level| level.values)
        .sum();
    match table.attribute {
        "sni" if known == 0 => text!("title.nameless-work").to_owned(),
        "sni" => counted!("title.other-names", known),
        "client" => counted!("title.other-clients", known),
        "hello size" => text!("title.smaller-work").to_owned(),
        values::NETWORK => counted!("title.other-networks", known),
        values::CERTIFICATE => counted!("title.other-certificates", known),
        values::TTL => text!("title.other-hops-work").to_owned(),
        values::JA4 => text!("title.other-kinds-work").to_owned(),
        values::POST_QUANTUM if table.failing().any(|level| level.code == Some(0)) => {
            text!("title.post-quantum-work").to_owned()
        }
        values::POST_QUANTUM => text!("title.not-post-quantum-work").to_owned(),
        values::AUTHENTICATION => match table
            .elsewhere()
            .next()
            .and_then(|level| level.value.as_ref())
        {
            Some(kinds) if known == 1 => text!("title.suites-for-work", kinds),
            _ => text!("title.other-suites-work").to_owned(),
        },
        _ => {
            let versions: Vec<String> = table
                .elsewhere()
                .filter(|level| level.failed_elsewhere == 0)
                .filter_map(|level| Some(level.value.as_ref()?.to_string()))
                .take(3)
                .collect();
            match versions.is_empty() {
                true => text!("title.others-complete").to_owned(),
                false => text!("title.offers-work", versions = texts::listed(&versions)),
            }
        }
    }
}

fn without_contrast(group: &Group, contrast: &Contrast, seen: String) -> String {
    if group.key.pattern == ABANDONED || group.key.is_folded() {
        return seen;
    }
    match contrast.completed {
        0 if group.failed > 1 => both(&seen, text!("title.nothing-completes")),
        0 => seen,
        completed => both(&seen, &counted!("title.completed", completed)),
    }
}

/// What is seen, as a sentence without its end.
fn seen(group: &Group, scope: &Scope) -> String {
    let failed = group.failed;
    let Scope(scope) = scope;
    match group.key.pattern {
        "syn-unanswered" => counted!("title.syn-unanswered", failed),
        "syn-refused" => match group.key.word("by") {
            Some("icmp") => counted!("title.syn-refused-icmp", failed),
            _ => counted!("title.syn-refused-rst", failed),
        },
        "closed-before-client-hello" => {
            text!("title.closed-before-client-hello", how = how(group))
        }
        "incomplete-client-hello" => text!("title.incomplete-client-hello", scope),
        "client-hello-not-delivered" => text!("title.client-hello-not-delivered", scope),
        "reset-after-client-hello" if group.key.word("from") == Some("client") => {
            text!("title.reset-named-client", scope)
        }
        "reset-after-client-hello" => {
            counted!("title.reset-after-client-hello", failed, scope)
        }
        "close-after-client-hello" => text!("title.close-after-client-hello", scope),
        "no-answer-to-client-hello" => text!("title.no-answer-to-client-hello", scope),
        "non-tls-answer" => non_tls_answer(group),
        "non-tls-request" => counted!(
            "title.non-tls-request",
            group.client_count(),
            clients = clients(group),
            request = request(group)
        ),
        "tunnel-refused" => tunnel(group),
        "stalled-after-server-hello" => stalled(group),
        "reset-after-server-hello" => counted!("title.reset-after-server-hello", failed),
        "close-after-server-hello" => {
            let side = group.key.word("from");
            let side = side.map_or(text!("side.other"), texts::side);
            text!("title.close-after-server-hello", side)
        }
        "failed-after-handshake" => text!("title.failed-after-handshake", how = how(group)),
        ABANDONED => counted!(
            "title.abandoned",
            group.client_count(),
            clients = clients(group)
        ),
        _ => alerts(group, scope),
    }
}

fn alerts(group: &Group, scope: &str) -> String {
    let alert = group.key.code().map_or_else(
        || text!("title.encrypted-alert").to_owned(),
        |code| text!("title.alert", alert = words::alert(code)),
    );
    let (count, clients) = (group.client_count(), clients(group));
    match group.key.pattern {
        "alert-without-server-hello" if group.key.code() == Some(70) => match group.offered() {
            Some(offered) => counted!("title.offer-refused", count, clients, offered, alert),
            None => counted!("title.refused", count, clients, alert),
        },
        "alert-without-server-hello" if !scope.is_empty() => {
            text!("title.hellos-refused", scope, alert)
        }
        "alert-without-server-hello" => counted!("title.refused", count, clients, alert),
        "client-alert-before-server-hello" => {
            counted!("title.client-gives-up", count, clients, alert)
        }
        "client-alert-after-server-hello" => {
            counted!("title.client-refuses", count, clients, alert)
        }
        "server-alert-after-server-hello" => text!("title.server-breaks-off", alert),
        pattern => pattern.replace('-', " "),
    }
}

/// `14 clients`; where the table was full, how many it holds.
fn clients(group: &Group) -> String {
    let known = u64::try_from(group.clients.len()).unwrap_or(u64::MAX);
    let known = counted!("noun.client", known);
    if group.clients.other > 0 {
        text!("title.over", clients = known)
    } else {
        known
    }
}

fn how(group: &Group) -> String {
    match group.key.word("how") {
        Some("alert") => text!("title.how-alert").to_owned(),
        Some(how) => text!("title.how", how = how.to_uppercase()),
        None => String::new(),
    }
}

fn non_tls_answer(group: &Group) -> String {
    let answer = group.key.word("protocol").and_then(words::protocol);
    let what = match answer {
        Some(http) if group.key.word("protocol") == Some("http") => http,
        Some(answer) => text!("title.other-protocol", answer),
        None => text!("title.not-tls").to_owned(),
    };
    if group.key.flag("before_client_hello") {
        text!("title.server-speaks-first", what)
    } else {
        text!("title.answer-is", what)
    }
}

fn request(group: &Group) -> String {
    group
        .key
        .word("protocol")
        .and_then(words::protocol)
        .unwrap_or_else(|| text!("title.bytes-not-tls").to_owned())
}

fn tunnel(group: &Group) -> String {
    let (who, what) = words::tunnel(group.key.word("protocol").unwrap_or("other"));
    match group.key.number("status") {
        Some(status) => text!("title.tunnel-refused-status", who, what, status),
        None => text!("title.tunnel-refused", who, what),
    }
}

fn stalled(group: &Group) -> String {
    if group.hole.flows == group.failed {
        return text!(
            "title.stalled-at-hole",
            bytes = counted!("noun.byte", group.hole_length)
        );
    }
    match group.key.word("waiting") {
        Some(side) => text!("title.stalled-waiting", side = texts::side(side)),
        None => text!("title.stalled").to_owned(),
    }
}
