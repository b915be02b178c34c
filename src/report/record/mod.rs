//! The record: what scripts read, field by field. The only place that names JSON fields.
//!
//! Each struct is serialized in the order of its fields. `null` says that something was looked for and is not there; what
//! nobody could see is left out and named in `hidden` with the reason. `docs/record.schema.json` is generated from here.

mod cause;
mod certificate;
mod handshake;
mod hello;
mod incident;
mod news;
mod parts;
mod run;
mod tcp;

pub use cause::{CauseRecord, RemedyRecord};
pub use certificate::{AlertRecord, CertificateRecord, ClientCertificateRecord, KeyRecord};
pub use handshake::{EventRecord, HandshakeRecord, NameRecord, TimingsRecord};
pub use hello::{ClientHelloRecord, HelloRetryRecord, ServerHelloRecord};
pub use incident::{
    ContrastRecord, ExampleRecord, IncidentRecord, ProofRecord, TopRecord, TopValueRecord,
};
pub use news::{IntervalRecord, NewsRecord};
pub use parts::{
    ContinuedRecord, EndRecord, FrameRecord, FramesRecord, SentenceRecord, SideRecord, SidesRecord,
};
pub use run::{
    CaptureRecord, DroppedRecord, NotReadRecord, NotTlsRecord, ProblemRecord, RunRecord,
    SCHEMA_VERSION, SkippedRecord, SourceRecord, SummaryRecord, ToolRecord,
};
pub use tcp::{
    EndedRecord, FinRecord, IcmpRecord, MssRecord, PreludeRecord, ResetRecord, TcpRecord,
};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

/// One line of NDJSON, told apart by `type`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Line {
    /// First: the tool and its inputs.
    Run(RunRecord),
    /// One handshake.
    Handshake(Box<HandshakeRecord>),
    /// Failed handshakes that belong in one ticket.
    Incident(Box<IncidentRecord>),
    /// Of a monitor: counts of one interval.
    Interval(Box<IntervalRecord>),
    /// Last: counts.
    Summary(Box<SummaryRecord>),
}

/// JSON Schema (draft 2020-12) of one line of NDJSON; the arrays and members of `--format json` hold the same objects.
#[must_use]
pub fn schema() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    generator.into_root_schema_for::<Line>().to_value()
}

#[cfg(test)]
mod tests;
