//! ClientHello, ServerHello and HelloRetryRequest: from the bytes of a message body to facts.
//!
//! A body is a handshake message without its header of four bytes, which may be shorter than that header declared: bytes were
//! cut off or are missing. All that stands before the cut is given. What breaks a standard is noted in `malformed` (the first
//! fault), and reading goes on behind it where that can be done.

mod client;
#[cfg(test)]
pub(super) mod samples;
mod server;
mod sslv2;

pub use client::client_hello;
pub use client::client_session_id;
pub(super) use client::is_public_name;
pub use server::ServerHelloKind;
pub use server::server_hello;
pub use sslv2::sslv2_client_hello;

use super::cursor::Cursor;
use super::extension::Fault;

/// Bytes before the session id in both hellos: `legacy_version` and `random`.
const BEFORE_SESSION_ID: usize = 34;

/// Reads the fields before the extensions one by one, and keeps the first fault.
struct Fields<'a> {
    cursor: Cursor<'a>,
    cut: bool,
    fault: Fault,
}

impl<'a> Fields<'a> {
    fn new(body: &'a [u8], cut: bool) -> Self {
        Self {
            cursor: Cursor::new(body),
            cut,
            fault: None,
        }
    }

    fn note(&mut self, fault: &'static str) {
        self.fault = self.fault.or(Some(fault));
    }

    /// `value`, with a fault where it is missing though nothing was cut.
    fn need<T>(&mut self, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.cut {
            self.note("the message ends inside its fixed fields");
        }
        value
    }

    /// The vector of `length` bytes, or what there is of it, and whether that is all.
    fn vector(&mut self, length: usize) -> (&'a [u8], bool) {
        let (bytes, whole) = self.cursor.take_up_to(length);
        self.need(whole.then_some(()));
        (bytes, whole)
    }

    /// `legacy_session_id`; `None` behind a cut.
    fn session_id(&mut self) -> Option<(&'a [u8], bool)> {
        let length = self.cursor.u8();
        let length = usize::from(self.need(length)?);
        if length > 32 {
            self.note("session id longer than 32 bytes");
        }
        Some(self.vector(length))
    }

    /// The extension list; `None` where the message ends before it, as it may.
    fn extensions(&mut self) -> Option<&'a [u8]> {
        if self.cursor.is_empty() {
            return None;
        }
        let length = self.cursor.u16();
        let length = usize::from(self.need(length)?);
        let (list, whole) = self.cursor.take_up_to(length);
        if !whole && !self.cut {
            self.note("extension list overruns the message");
        }
        if !self.cursor.is_empty() {
            self.note("bytes behind the extension list");
        }
        Some(list)
    }
}

/// The body as far as the header's length goes, and whether bytes of it are missing.
fn bounded(body: &[u8], declared_length: usize) -> (&[u8], bool) {
    (
        body.get(..declared_length).unwrap_or(body),
        body.len() < declared_length,
    )
}
