//! What a run reads from: files merged to one timeline, or interfaces.

use crate::base::Timestamp;
use crate::capture::Merged;
use crate::capture::NamedAddress;
use crate::capture::Problem;
use crate::capture::Source;
use crate::capture::SourceInfo;

/// Why there is no next frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// There is no more.
    End,
    /// None is here now; one may come.
    Quiet,
    /// Time for whoever reads to look around. Where the line is idle, all that was captured before this time was given.
    Look(Option<Timestamp>),
}

/// Packets that an interface lost, since its capture began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// By the kernel, since nobody took them in time.
    pub kernel: u64,
    /// By the interface or its driver.
    pub interface: u64,
    /// When these were counted. Packets that are being read may be older: what is lost now comes behind all that still waits.
    pub at: Option<Timestamp>,
}

/// Anything that a run can read from.
pub trait Input: Source {
    /// Why [`Source::next`] gave no frame just now. Files have only an end.
    fn pause(&mut self) -> Pause {
        Pause::End
    }

    /// What is known of each source so far.
    fn sources(&self) -> Vec<SourceInfo>;

    /// Bytes of files as stored taken so far, for a progress bar.
    fn bytes_consumed(&self) -> u64 {
        0
    }

    /// What was found wrong so far, source by source.
    fn problems(&self) -> Vec<Problem>;

    /// Names of addresses that the sources hold beside packets and that were not asked for before, each with its source.
    fn take_names(&mut self) -> Vec<(u16, NamedAddress)> {
        Vec::new()
    }

    /// What was lost so far; always nothing for files.
    fn drops(&mut self) -> Drops {
        Drops::default()
    }

    /// No more is wanted than what was captured until now. `true` where such may still be on its way: [`Source::next`] goes on to
    /// give it, and then ends.
    fn stop(&mut self) -> bool {
        false
    }
}

impl Input for Merged {
    fn sources(&self) -> Vec<SourceInfo> {
        self.sources()
    }

    fn bytes_consumed(&self) -> u64 {
        self.bytes_consumed()
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems().cloned().collect()
    }

    fn take_names(&mut self) -> Vec<(u16, NamedAddress)> {
        self.take_names()
    }
}
