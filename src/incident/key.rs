//! What makes two failed flows belong to one incident: server, pattern and the values of `detail` that are categories.

use crate::base::Endpoint;
use crate::facts::HandshakeFacts;
use crate::facts::WireText;
use crate::pattern::Diagnosis;
use crate::pattern::Finding;
use crate::pattern::Outcome;
use crate::pattern::Value;
use std::net::IpAddr;
use std::net::Ipv4Addr;

/// Keys of `detail` that are categories; durations, counts, free text and byte counts say nothing about sameness.
const CATEGORIES: [&str; 16] = [
    "code",
    "level",
    "from",
    "how",
    "protocol",
    "status",
    "acknowledged",
    "encrypted",
    "by",
    "given_up_by",
    "waiting",
    "before_client_hello",
    "icmp",
    "hole",
    "reason",
    "kind",
];
/// Those of them that may be numbers, or text that stands for one.
const CODES: [&str; 3] = ["code", "status", "icmp"];

/// The name under which flows that were `abandoned` on one server are grouped.
pub(super) const ABANDONED: &str = "abandoned";

/// A value of `detail` that can be compared and hashed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Category {
    Null,
    Bool(bool),
    Number(i64),
    Word(&'static str),
    /// A code written as text, as ICMP's `3/1`.
    Text(WireText),
}

/// What the flows of one incident share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) server: Endpoint,
    pub(super) pattern: &'static str,
    pub(super) detail: Vec<(&'static str, Category)>,
    /// The hello names no server, where that is often the reason: another ticket than an unknown name.
    pub(super) nameless: bool,
}

impl Key {
    /// The key of a failed or abandoned flow.
    pub(super) fn of(diagnosis: &Diagnosis) -> Option<Self> {
        let server = diagnosis.facts.server;
        if diagnosis.verdict.outcome == Outcome::Abandoned {
            return Some(Self {
                server,
                pattern: ABANDONED,
                detail: Vec::new(),
                nameless: false,
            });
        }
        let finding = diagnosis.verdict.finding.as_ref()?;
        let detail = finding
            .detail
            .iter()
            // How much of an undelivered hello arrived depends on where it was cut: one reason, one ticket.
            .filter(|(key, _)| {
                !(finding.pattern == "client-hello-not-delivered" && *key == "acknowledged")
            })
            .filter_map(|(key, value)| Some((*key, category(key, value)?)))
            .collect();
        Some(Self {
            server,
            pattern: finding.pattern,
            detail,
            nameless: is_nameless(diagnosis, finding),
        })
    }

    /// The key of the common incident of all servers on `port` with this pattern, where there are too many incidents.
    pub(super) fn folded(&self, port: u16) -> Self {
        let server = Endpoint {
            ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            port,
        };
        Self {
            server,
            pattern: self.pattern,
            detail: Vec::new(),
            nameless: false,
        }
    }

    /// Whether it stands for several servers.
    pub(super) fn is_folded(&self) -> bool {
        self.server.ip.is_unspecified()
    }

    pub(super) fn values(&self) -> Vec<(&'static str, Value)> {
        let value = |category: &Category| match category {
            Category::Null => Value::Null,
            Category::Bool(flag) => Value::Bool(*flag),
            Category::Number(number) => Value::Number(*number),
            Category::Word(word) => Value::Word(word),
            Category::Text(text) => Value::Text(text.clone()),
        };
        self.detail
            .iter()
            .map(|(key, category)| (*key, value(category)))
            .collect()
    }

    fn get(&self, key: &str) -> Option<&Category> {
        self.detail
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    pub(super) fn word(&self, key: &str) -> Option<&'static str> {
        match self.get(key) {
            Some(Category::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<i64> {
        match self.get(key) {
            Some(Category::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key) == Some(&Category::Bool(true))
    }

    /// The alert's number.
    pub(super) fn code(&self) -> Option<u8> {
        self.number("code").and_then(|code| u8::try_from(code).ok())
    }
}

/// Whether the server refused a hello without a name, in a way that servers do for the lack of one.
fn is_nameless(diagnosis: &Diagnosis, finding: &Finding) -> bool {
    const FOR_A_NAME: [i64; 4] = [40, 49, 80, 112];
    let code = finding.detail.iter().find_map(|(key, value)| match value {
        Value::Number(code) if *key == "code" => Some(*code),
        _ => None,
    });
    let refused = match finding.pattern {
        "alert-without-server-hello" => code.is_some_and(|code| FOR_A_NAME.contains(&code)),
        "close-after-client-hello" | "non-tls-answer" => true,
        _ => false,
    };
    let hello = diagnosis.facts.client_hello.as_ref();
    refused && hello.is_some_and(|hello| hello.readable && hello.sni.is_none())
}

fn category(key: &str, value: &Value) -> Option<Category> {
    if !CATEGORIES.contains(&key) {
        return None;
    }
    match value {
        Value::Null => Some(Category::Null),
        Value::Bool(flag) => Some(Category::Bool(*flag)),
        Value::Number(number) => CODES.contains(&key).then_some(Category::Number(*number)),
        Value::Word(word) => Some(Category::Word(word)),
        Value::Text(text) => CODES.contains(&key).then(|| Category::Text(text.clone())),
        Value::Duration(_) => None,
    }
}

/// Nanoseconds of one duration in `detail`.
pub(super) fn duration_of(diagnosis: &Diagnosis, key: &str) -> Option<u64> {
    let detail = &diagnosis.verdict.finding.as_ref()?.detail;
    detail
        .iter()
        .find(|(name, _)| *name == key)
        .and_then(|(_, value)| match value {
            Value::Duration(nanoseconds) => Some(*nanoseconds),
            _ => None,
        })
}

/// The frame that decides: of what ended the flow, else its last packet.
pub(super) fn deciding_frame(diagnosis: &Diagnosis) -> crate::base::FrameRef {
    let facts: &HandshakeFacts = &diagnosis.facts;
    let ended = diagnosis.verdict.ended.and_then(|ended| ended.mark);
    let evidence = || {
        diagnosis
            .verdict
            .finding
            .as_ref()?
            .evidence
            .first()?
            .frames
            .first()
            .copied()
    };
    ended
        .map(|mark| mark.frame)
        .or_else(evidence)
        .unwrap_or(facts.last.frame)
}
