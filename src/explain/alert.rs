//! An alert: what it means, who sends it when, and the causes that fit.

use super::Explanation;
use super::Kind;
use super::words;
use super::words::Token;
use crate::tables;
use crate::tables::Alert;
use crate::tables::AlertUse;
use crate::tables::Cause;

/// Words that stand beside the number or name of an alert and say nothing more.
const FILLING: &[&str] = &[
    "ssl",
    "tls",
    "fatal",
    "warning",
    "alert",
    "number",
    "code",
    "description",
    "received",
    "sent",
];

/// The page of the alert of that name: `handshake_failure`, `handshake-failure`.
pub(super) fn page(name: &str) -> Option<Explanation> {
    tables::alert_by_name(&name.replace('-', "_")).map(describe)
}

/// The page of an alert written with nothing but filling words: `70`, `alert 70`, `SSL alert number 40`,
/// `fatal alert: handshake_failure`.
pub(super) fn in_words(text: &str) -> Option<Explanation> {
    let mut rest = text
        .split(|c: char| c.is_whitespace() || ":(),[]\"'=".contains(c))
        .filter(|word| !word.is_empty())
        .filter(|word| !FILLING.contains(&word.to_ascii_lowercase().as_str()));
    let (word, more) = (rest.next()?, rest.next());
    if more.is_some() {
        return None;
    }
    number(word).map_or_else(|| page(word), |code| tables::alert(code).map(describe))
}

/// The page of the alert that a longer text mentions by number or name: `... SSL alert number 40`, `Received alert [10]`,
/// `fatal alert: BadRecordMac`, `remote error: tls: expired certificate`.
pub(super) fn inside(text: &str) -> Option<Explanation> {
    let tokens = words::tokens(text);
    let is_sign = |token: &Token| SIGNS.contains(&token.text.as_str());
    let behind = (0..tokens.len())
        .filter(|at| tokens.get(*at).is_some_and(is_sign))
        .filter_map(|at| tokens.get(at + 1..));
    let alert = behind.into_iter().find_map(|rest| match rest {
        [first, second, ..] if first.text == "number" => {
            number(&second.text).and_then(tables::alert)
        }
        [first, ..] => number(&first.text)
            .and_then(tables::alert)
            .or_else(|| spelled(&words::squeezed(rest))),
        [] => None,
    })?;
    Some(describe(alert))
}

/// Words before the number or name of an alert: most libraries say `alert`, OpenSSL sometimes only `tlsv1`, Go `tls`.
const SIGNS: &[&str] = &["alert", "tlsv1", "sslv3", "tls"];

/// Names that libraries give to alerts other than IANA's, without blanks: Go, rustls and OpenSSL.
const OTHER_NAMES: &[(&str, u8)] = &[
    ("expiredcertificate", 45),
    ("revokedcertificate", 44),
    ("unknowncertificateauthority", 48),
    ("unknowncertificate", 46),
    ("errordecodingmessage", 50),
    ("errordecryptingmessage", 51),
    ("insufficientsecuritylevel", 71),
    ("usercancelled", 90),
    ("unrecognisedname", 112),
];

/// The alert with the longest name that the text, without blanks, begins with.
fn spelled(text: &str) -> Option<&'static Alert> {
    let known = tables::alerts().map(|alert| (alert.name.replace('_', ""), alert.code));
    let others = OTHER_NAMES
        .iter()
        .map(|(name, code)| ((*name).to_owned(), *code));
    let (_, code) = known
        .chain(others)
        .filter(|(name, _)| text.starts_with(name))
        .max_by_key(|(name, _)| name.len())?;
    tables::alert(code)
}

fn number(word: &str) -> Option<u8> {
    match word.strip_prefix("0x") {
        Some(hex) => u8::from_str_radix(hex, 16).ok(),
        None => word.parse().ok(),
    }
}

fn describe(alert: &Alert) -> Explanation {
    let uses: Vec<&AlertUse> = tables::alert_uses(alert.code).collect();
    let title = format!("number {}", alert.code);
    let mut page = Explanation::new(Kind::Alert, alert.name, &title);
    page.what.push(alert.meaning.to_owned());
    page.what.push(match alert.errs {
        "client" => "Usually it is the client that has to change something.".to_owned(),
        "server" => "Usually it is the server that has to change something.".to_owned(),
        _ => "It says nothing about which side has to change something.".to_owned(),
    });
    page.wire = wire(alert);
    page.causes = causes(&uses)
        .into_iter()
        .map(super::cause::mention)
        .collect();
    page.apart = uses.iter().map(|row| sentence(row)).collect();
    page.messages = messages(alert.code);
    page.sources = sources(&uses);
    page.also = beside(alert);
    page
}

fn wire(alert: &Alert) -> Vec<String> {
    let bytes = format!(
        "In clear it is a record of 7 bytes, 15 03 xx 00 02 LL {:02x}: LL is the level, 1 a warning and 2 fatal. In TLS 1.3 the level means nothing.",
        alert.code
    );
    let hidden = "Once encryption has begun only its length is seen: a record of type 21 longer than 2 bytes up to TLS 1.2, a record of type 23 with 19 bytes (35 from Java) in TLS 1.3. Then its number cannot be told, nor whether it is only a close_notify.";
    let filter = format!(
        "Wireshark: tls.alert_message.desc == {} finds those in clear.",
        alert.code
    );
    vec![bytes, hidden.to_owned(), filter]
}

/// `From the server before its ServerHello: sni-unknown, sni-missing. nginx with ...`
fn sentence(row: &AlertUse) -> String {
    let from = match row.from {
        "either" => "either side",
        "client" => "the client",
        _ => "the server",
    };
    let when = match (row.when, row.from) {
        ("before", "server") => " instead of a ServerHello",
        ("before", _) => " before the ServerHello",
        ("after", _) => " after the ServerHello",
        _ => "",
    };
    let causes: Vec<&str> = row.causes().collect();
    let seen = row.seen.map(|seen| format!(" {seen}")).unwrap_or_default();
    format!("From {from}{when}: {}.{seen}", causes.join(", "))
}

/// Each cause once, in the order of the rows.
fn causes(uses: &[&AlertUse]) -> Vec<&'static Cause> {
    let mut found: Vec<&'static Cause> = Vec::new();
    for cause in uses
        .iter()
        .flat_map(|row| row.causes())
        .filter_map(tables::cause)
    {
        if !found.contains(&cause) {
            found.push(cause);
        }
    }
    found
}

/// Messages whose note begins with this alert.
fn messages(code: u8) -> Vec<String> {
    let begins = format!("Alert {code}");
    tables::error_texts()
        .iter()
        .filter(|text| {
            let rest = text.note.and_then(|note| note.strip_prefix(&begins));
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        })
        .map(super::cause::printed)
        .collect()
}

fn sources(uses: &[&AlertUse]) -> Vec<String> {
    let mut sources = vec!["RFC 8446 section 6".to_owned()];
    for source in uses
        .iter()
        .flat_map(|row| super::cause::sources(row.source))
    {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

/// The cause that is spelled like the alert.
fn beside(alert: &Alert) -> Vec<String> {
    tables::cause(&alert.name.replace('_', "-"))
        .map(|cause| cause.code.to_owned())
        .into_iter()
        .collect()
}
