//! Exit status, as promised to scripts.

/// Done; nothing that was asked to matter was found.
pub(crate) const DONE: u8 = 0;
/// `--fail-on` or `--exit-code` was given, and it matched.
pub(crate) const MATCHED: u8 = 1;
/// Wrong usage.
pub(crate) const USAGE: u8 = 2;
/// An input could not be read, or the output not be written.
pub(crate) const FAILED: u8 = 2;
