//! Incidents as records.

use super::cause::CauseRecord;
use super::cause::RemedyRecord;
use super::news::NewsRecord;
use super::parts::FrameRecord;
use super::parts::FramesRecord;
use super::parts::SentenceRecord;
use crate::compare::Strength;
use crate::incident::Change;
use crate::incident::ContrastRow;
use crate::incident::Example;
use crate::incident::Incident;
use crate::incident::Top;
use crate::report::escape::clean;
use crate::report::time::rfc3339;
use crate::report::value::Detail;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Failed flows that belong in one ticket.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IncidentRecord {
    /// From 1, largest first.
    pub id: u32,
    /// One line.
    pub title: String,
    /// The pattern of all its flows.
    pub pattern: &'static str,
    /// Inferred causes, best first.
    pub causes: Vec<CauseRecord>,
    /// Failed flows in it.
    pub failed: u64,
    /// All judged flows to that server.
    pub attempts: u64,
    /// Its clients.
    pub clients: TopRecord,
    /// Its servers.
    pub servers: TopRecord,
    /// The names its hellos asked for.
    pub snis: TopRecord,
    /// Start of the first failed flow.
    pub first: String,
    /// Start of the last failed flow.
    pub last: String,
    /// Whether it was over at the end of the capture.
    pub over: bool,
    /// Failed and completed flows by one attribute.
    pub contrast: Vec<ContrastRecord>,
    /// Flows to look at.
    pub examples: Vec<ExampleRecord>,
    /// What to do.
    pub remedy: Vec<RemedyRecord>,
    /// Commands that show it again.
    pub prove: Vec<ProofRecord>,
    /// What would decide the reason. `null`: nothing is open.
    pub settle: Option<String>,
    /// The values of `detail` that all its flows share.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub detail: Detail,
    /// Facts that explain it.
    pub why: Vec<SentenceRecord>,
    /// What usual programs print.
    pub logs: Vec<String>,
    /// What it is not.
    pub not: Vec<String>,
    /// Which of the policies asked for would take its hellos: a hypothesis.
    pub policies: Vec<String>,
    /// Of a monitor: what is new, and since when. The counts above are then those of the comparison's window, and `id` is the same
    /// for the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub news: Option<NewsRecord>,
}

/// Most frequent values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TopRecord {
    /// Distinct values; a lower bound where the table was full.
    pub count: u64,
    /// The most frequent.
    pub top: Vec<TopValueRecord>,
}

/// A value and its failed flows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TopValueRecord {
    /// The value. `null`: absent, such as no SNI.
    pub value: Option<String>,
    /// Failed flows with it.
    pub failed: u64,
}

impl From<&Top> for TopRecord {
    fn from(top: &Top) -> Self {
        let value = |(value, failed): &(Option<crate::facts::WireText>, u64)| TopValueRecord {
            value: value.as_ref().map(ToString::to_string),
            failed: *failed,
        };
        Self {
            count: top.count,
            top: top.top.iter().map(value).collect(),
        }
    }
}

/// One row of the contrast.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ContrastRecord {
    /// `sni`, `version`, `client`, `hello size`; where it tells something: `suites by authentication`, `post-quantum groups`,
    /// `client network`, `JA4`, `server certificate`, `server TTL`; where failed and like completed flows part: `time`.
    pub attribute: &'static str,
    /// The value; `since` or `until` with a time. `null`: absent, or `others` values together. In `JA4` each `?` stands for a
    /// character that follows from name and ALPN.
    pub value: Option<String>,
    /// Failed flows with it.
    pub failed: u64,
    /// Completed flows with it.
    pub completed: u64,
    /// Failed flows with another value; those that did not show the attribute are in no row.
    pub failed_otherwise: u64,
    /// Completed flows with another value.
    pub completed_otherwise: u64,
    /// Probability of a contrast this strong by chance. `null`: not computed.
    pub p_value: Option<f64>,
    /// `separates`, `associated` or `consistent`. `null`: not judged.
    pub verdict: Option<&'static str>,
    /// Attributes that do not differ between failed and completed flows.
    pub alike: Vec<&'static str>,
    /// How many values this row stands for.
    pub others: u64,
}

impl ContrastRecord {
    fn new(row: &ContrastRow, alike: &[&'static str]) -> Self {
        Self {
            attribute: row.attribute,
            value: row.value.as_ref().map(ToString::to_string),
            failed: row.failed,
            completed: row.completed,
            failed_otherwise: row.failed_otherwise,
            completed_otherwise: row.completed_otherwise,
            p_value: row.p_value,
            verdict: row.strength.map(Strength::name),
            alike: alike.to_vec(),
            others: row.others,
        }
    }
}

/// The row of failed flows, and that of completed ones, on the two sides of a time.
fn time_rows(change: &Change, alike: &[&'static str]) -> [ContrastRecord; 2] {
    let (word, other) = if change.began {
        ("since", "before")
    } else {
        ("until", "after")
    };
    let row = |value: String, failed: u64, completed: u64| ContrastRecord {
        attribute: "time",
        value: Some(value),
        failed,
        completed,
        failed_otherwise: change.failed - failed,
        completed_otherwise: change.completed - completed,
        p_value: Some(change.p_value),
        verdict: Some(change.strength.name()),
        alike: alike.to_vec(),
        others: 1,
    };
    [
        row(format!("{word} {}", rfc3339(change.at)), change.failed, 0),
        row(other.to_owned(), 0, change.completed),
    ]
}

/// A flow to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExampleRecord {
    /// `id` of its handshake record.
    pub id: String,
    /// Wireshark's stream. `null`: not sure.
    pub stream: Option<u32>,
    /// The frame that decides.
    #[serde(flatten)]
    pub seen: FrameRecord,
}

impl From<&Example> for ExampleRecord {
    fn from(example: &Example) -> Self {
        Self {
            id: example.id.clone(),
            stream: example.stream,
            seen: example.frame.into(),
        }
    }
}

/// A command and what it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProofRecord {
    /// What it shows.
    pub text: String,
    /// The command for a POSIX shell.
    pub command: String,
}

impl From<&Incident> for IncidentRecord {
    fn from(incident: &Incident) -> Self {
        let sentence = |sentence: &crate::incident::Sentence| SentenceRecord {
            seen: FramesRecord::from(&sentence.frames[..]),
            text: clean(&sentence.text),
        };
        let cleaned = |texts: &[String]| texts.iter().map(|text| clean(text)).collect::<Vec<_>>();
        let why: Vec<_> = incident.why.iter().map(sentence).collect();
        let remedy: Vec<_> = incident.act.iter().map(RemedyRecord::from).collect();
        let settle = cleaned(&incident.settle).join(" ");
        Self {
            id: incident.id,
            title: clean(&incident.title),
            pattern: incident.pattern,
            causes: incident
                .causes
                .iter()
                .map(|claim| CauseRecord::new(claim, &incident.place()))
                .collect(),
            failed: incident.failed,
            attempts: incident.attempts,
            clients: TopRecord::from(&incident.clients),
            servers: TopRecord {
                count: 1,
                top: vec![TopValueRecord {
                    value: Some(incident.server.to_string()),
                    failed: incident.failed,
                }],
            },
            snis: TopRecord::from(&incident.snis),
            first: rfc3339(incident.first),
            last: rfc3339(incident.last),
            over: incident.over,
            contrast: incident
                .contrast
                .iter()
                .map(|row| ContrastRecord::new(row, &incident.alike))
                .chain(
                    incident
                        .change
                        .iter()
                        .flat_map(|change| time_rows(change, &incident.alike)),
                )
                .collect(),
            examples: incident.examples.iter().map(ExampleRecord::from).collect(),
            remedy,
            prove: incident
                .prove
                .iter()
                .map(|proof| ProofRecord {
                    text: clean(&proof.text),
                    command: clean(&proof.command),
                })
                .collect(),
            settle: Some(settle).filter(|settle| !settle.is_empty()),
            detail: Detail(incident.detail.clone()),
            why,
            logs: cleaned(&incident.logs),
            not: cleaned(&incident.not),
            policies: cleaned(&incident.policies),
            news: None,
        }
    }
}
