//! Bytes of one direction to TLS records, messages and facts.

mod body;
pub mod certificate;
mod cursor;
mod extension;
pub mod hello;
pub mod key_exchange;
pub mod known;
pub mod record;
