//! Bytes of one direction to TLS records, messages and facts.

pub mod certificate;
pub mod fingerprint;
pub mod hello;
