//! Failed against completed: what is kept of every handshake to compare them, within bounds.
//!
//! Right of the verdicts and left of causes and incidents: sums per server, no opinion about why.

mod accepted;
pub(crate) mod association;
pub(crate) mod attributes;
mod batch;
pub(crate) mod counts;
pub(crate) mod kin;
mod noise;
pub mod statistics;
pub(crate) mod tally;
pub(crate) mod values;

pub use accepted::Accepted;
pub use association::Association;
pub use association::Strength;
pub use noise::Noise;
pub use noise::Noises;
pub use tally::Limits;
pub use tally::Tally;
