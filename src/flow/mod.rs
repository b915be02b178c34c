//! Segments to two ordered byte streams and the facts of the transport.

mod connection;
mod copies;
mod direction;
mod key;
pub mod limits;
#[cfg(test)]
mod sample;

pub use connection::Connection;
pub use connection::Witness;
pub use direction::Delivery;
pub use direction::Direction;
pub use direction::Piece;
pub use key::Ends;
pub use key::Hashing;
pub use key::Key;
pub use limits::Limits;
