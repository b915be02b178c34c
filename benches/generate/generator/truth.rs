//! What a capture holds, written beside it: how many flows of each kind, and what each must be found to be.

use super::template::Expected;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;

/// Counts of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    /// Packets written.
    pub(crate) packets: u64,
    /// Bytes written.
    pub(crate) bytes: u64,
    /// Packets that came twice, and late.
    pub(crate) retransmitted: u64,
    pub(crate) reordered: u64,
    /// The most flows that were open at one time.
    pub(crate) concurrent: u64,
    /// Sources that flows could have been made from.
    pub(crate) sources: usize,
    /// Flows of each kind, and what such a flow is.
    pub(crate) flows: BTreeMap<String, (u64, Expected)>,
}

impl Truth {
    /// The form in which it is kept.
    pub(crate) fn json(&self) -> Value {
        let flows = |(kind, (count, _)): (&String, &(u64, Expected))| (kind.clone(), json!(count));
        let expected = |(kind, (_, expected)): (&String, &(u64, Expected))| {
            let value = json!({"outcome": expected.outcome, "pattern": expected.pattern});
            (kind.clone(), value)
        };
        json!({
            "packets": self.packets,
            "bytes": self.bytes,
            "retransmitted": self.retransmitted,
            "reordered": self.reordered,
            "most_flows_at_one_time": self.concurrent,
            "sources": self.sources,
            "flows_by_kind": Value::Object(self.flows.iter().map(flows).collect()),
            "expected": Value::Object(self.flows.iter().map(expected).collect()),
        })
    }
}
