//! Plaintext talk before TLS.

use crate::base::Mark;
use crate::base::Side;
use crate::facts::PreludeFacts;

/// What a prelude reader knows after the bytes it was given.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Not decided: more bytes are needed.
    More,
    /// None of the known preludes: the bytes belong to whatever was spoken directly.
    NotThis,
    /// TLS may follow: `client` and `server` are the stream offsets (from 0) behind the prelude's last byte.
    TlsAt {
        /// Offset in the client's stream.
        client: u64,
        /// Offset in the server's stream.
        server: u64,
    },
    /// TLS was asked for and refused.
    Refused,
}

/// Watches both directions of one flow from their first bytes until it is decided whether there is a prelude.
#[derive(Debug, Default)]
pub struct Watcher {}

impl Watcher {
    /// Takes the next bytes of `side`, in order. `mark` is the segment that brought them.
    pub fn push(&mut self, side: Side, bytes: &[u8], mark: Mark) -> Step {
        let _ = (side, bytes, mark);
        Step::NotThis
    }

    /// What was seen of the prelude so far, if one was recognised.
    #[must_use]
    pub fn facts(&self) -> Option<&PreludeFacts> {
        None
    }
}
