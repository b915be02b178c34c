//! How diagnoses are shown: the record for scripts, one flow for people, and the helpers of both.
//!
//! Read first: [`record`], the only place that names JSON fields; then [`json`] and [`ndjson`], which write it.
//! [`stream_view`] shows one flow in full to people. Text from the wire passes `WireText`'s `Display` before it goes anywhere.

pub mod escape;
pub mod explanation;
#[cfg(test)]
pub(crate) mod fixture;
pub mod id;
pub mod json;
pub mod layout;
pub mod metrics;
pub mod monitor;
pub mod ndjson;
pub mod record;
pub mod screen;
pub mod stream_view;
pub mod table;
pub mod time;
pub mod value;

use crate::facts::RunFacts;
use crate::incident::Report;
use crate::pattern::Diagnosis;
use std::io;

/// Takes the diagnoses of a run one by one and writes them to the writer it was made with, and nowhere else.
pub trait Sink {
    /// Called once, before anything else. Only the inputs of `run` are looked at: counts are not known yet.
    ///
    /// # Errors
    /// Whatever the writer answers, here and below.
    fn begin(&mut self, run: &RunFacts) -> io::Result<()>;

    /// Called for each handshake that is to be shown.
    ///
    /// # Errors
    /// As [`Sink::begin`].
    fn handshake(&mut self, diagnosis: &Diagnosis) -> io::Result<()>;

    /// Called once, at the end.
    ///
    /// # Errors
    /// As [`Sink::begin`].
    fn finish(&mut self, report: &Report) -> io::Result<()>;
}
