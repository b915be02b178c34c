//! What a run that may never end tells: failures as they come, incidents with news, counts at intervals.
//!
//! [`Lines`] for people and `grep`, [`Events`] (NDJSON) for programs, [`super::metrics`] for Prometheus.

mod events;
mod lines;

pub use events::Events;
pub use lines::Lines;
pub use lines::status_line;

use crate::base::Endpoint;
use crate::base::Timestamp;
use crate::facts::RunFacts;
use crate::facts::WireText;
use crate::incident::Incident;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use crate::pattern::Outcome;
use std::collections::BTreeMap;
use std::io;

/// Is told what happens in a run that may never end.
pub trait Watcher {
    /// Called once, before anything else. Only the inputs of `run` are looked at.
    ///
    /// # Errors
    /// Whatever the writer answers, here and below.
    fn begin(&mut self, run: &RunFacts) -> io::Result<()>;

    /// Called for each handshake that was judged, as it ends. `place`: of a failed one, where it belongs.
    ///
    /// # Errors
    /// As [`Watcher::begin`].
    fn handshake(&mut self, diagnosis: &Diagnosis, place: Option<Place>) -> io::Result<()>;

    /// Called at the end of an interval for each incident with news, in order of their numbers.
    ///
    /// # Errors
    /// As [`Watcher::begin`].
    fn incident(&mut self, news: &News<'_>) -> io::Result<()>;

    /// Called at the end of an interval, after its incidents.
    ///
    /// # Errors
    /// As [`Watcher::begin`].
    fn interval(&mut self, status: &Status) -> io::Result<()>;

    /// Called now and then between.
    ///
    /// # Errors
    /// As [`Watcher::begin`].
    fn tick(&mut self, status: &Status) -> io::Result<()> {
        let _ = status;
        Ok(())
    }

    /// Called once, at the end.
    ///
    /// # Errors
    /// As [`Watcher::begin`].
    fn finish(&mut self, report: &Report) -> io::Result<()>;
}

/// Which handshakes are told one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Failed ones.
    Failed,
    /// Every one.
    All,
    /// None.
    None,
}

impl Show {
    /// Whether one with this outcome is.
    #[must_use]
    pub fn wants(self, outcome: Outcome) -> bool {
        match self {
            Self::Failed => outcome == Outcome::Failed,
            Self::All => true,
            Self::None => false,
        }
    }
}

/// Where a failed flow belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of its incident, from 1, the same for the whole run.
    pub number: u32,
    /// The how manieth flow of it this is.
    pub nth: u64,
}

/// An incident with news.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// End of the interval.
    pub at: Timestamp,
    /// Number of the incident.
    pub number: u32,
    /// Pattern id.
    pub pattern: &'static str,
    /// The server.
    pub server: Endpoint,
    /// The one name that all its hellos asked for.
    pub name: Option<&'a WireText>,
    /// What the comparison says of it; `None` for a single flow among many incidents.
    pub incident: Option<&'a Incident>,
    /// Length of the interval, ns.
    pub length: u64,
    /// Failed flows of the interval; 0: none any more, while others complete.
    pub failed: u64,
    /// Failed and completed flows of the interval that are like them: the same server, and the name, if there is one only.
    pub attempts: u64,
    /// Failed flows since the first.
    pub failed_since: u64,
    /// As `attempts`, since the first.
    pub attempts_since: u64,
    /// Start of the first failed flow.
    pub first: Timestamp,
    /// Start of the latest failed flow.
    pub last: Timestamp,
}

/// Handshakes by outcome, failed ones by pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By outcome name.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// By pattern id.
    pub patterns: BTreeMap<&'static str, u64>,
}

/// What was counted in an interval, or in one that is not over.
#[derive(Clone, Debug)]
pub struct Status {
    /// Its end.
    pub at: Timestamp,
    /// Its length, ns.
    pub length: u64,
    /// Handshakes judged in it.
    pub counts: Counts,
    /// Packets taken in it.
    pub packets: u64,
    /// Bytes on the wire of these.
    pub bytes: u64,
    /// Packets that the kernel dropped in it.
    pub dropped_kernel: u64,
    /// Packets that the interface dropped in it.
    pub dropped_interface: u64,
    /// Flows let go in it because of a bound.
    pub evicted: u64,
    /// Flows followed now.
    pub flows: u64,
    /// Incidents that failed in it or in the one before.
    pub failing: u64,
    /// Resident memory of the program now, bytes; `None` where the system does not say.
    pub memory: Option<u64>,
    /// The same since the start of the run.
    pub run: RunFacts,
}
