//! What only a monitor tells: news of an incident, and counts at intervals.

use super::run::DroppedRecord;
use crate::base::millis;
use crate::pattern::Outcome;
use crate::report::monitor::News;
use crate::report::monitor::Status;
use crate::report::time::rfc3339;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Of an incident, what happened in one interval and since its first failure. The counts beside it are of the comparison's window.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NewsRecord {
    /// End of the interval.
    pub at: String,
    /// Length of the interval.
    pub length_ms: f64,
    /// Failed flows of the interval. 0: none any more, while others complete.
    pub failed: u64,
    /// Failed and completed flows of the interval: of the same server, and of the same name if it is about one.
    pub attempts: u64,
    /// Failed flows since the first.
    pub failed_since: u64,
    /// As `attempts`, since the first.
    pub attempts_since: u64,
    /// Start of the first failed flow.
    pub since: String,
    /// Start of the latest failed flow.
    pub last: String,
}

impl From<&News<'_>> for NewsRecord {
    fn from(news: &News<'_>) -> Self {
        Self {
            at: rfc3339(news.at),
            length_ms: millis(news.length),
            failed: news.failed,
            attempts: news.attempts,
            failed_since: news.failed_since,
            attempts_since: news.attempts_since,
            since: rfc3339(news.first),
            last: rfc3339(news.last),
        }
    }
}

/// What a monitor counted in one interval.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IntervalRecord {
    /// End of the interval.
    pub at: String,
    /// Its length.
    pub length_ms: f64,
    /// Handshakes judged in it, by outcome; every outcome is there.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Failed ones by pattern.
    pub patterns: BTreeMap<&'static str, u64>,
    /// Packets taken.
    pub packets: u64,
    /// Bytes on the wire of these.
    pub bytes: u64,
    /// Packets lost.
    pub dropped: DroppedRecord,
    /// Flows let go because a bound was met.
    pub evicted: u64,
    /// Flows followed at its end.
    pub flows: u64,
    /// Incidents that failed in it or in the one before.
    pub failing: u64,
    /// Resident memory of the program, bytes. `null`: the system does not say.
    pub memory: Option<u64>,
}

impl From<&Status> for IntervalRecord {
    fn from(status: &Status) -> Self {
        let mut outcomes: BTreeMap<_, _> = Outcome::ALL.map(|outcome| (outcome.name(), 0)).into();
        outcomes.extend(&status.counts.outcomes);
        Self {
            at: rfc3339(status.at),
            length_ms: millis(status.length),
            outcomes,
            patterns: status.counts.patterns.clone(),
            packets: status.packets,
            bytes: status.bytes,
            dropped: DroppedRecord {
                kernel: status.dropped_kernel,
                interface: status.dropped_interface,
            },
            evicted: status.evicted,
            flows: status.flows,
            failing: status.failing,
            memory: status.memory,
        }
    }
}
