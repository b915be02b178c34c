//! Handshakes to start a test from.
