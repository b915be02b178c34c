//! Large captures made of small ones: flows of testdata, replayed by the thousand under new addresses, ports, sequence numbers, times,
//! randoms, session ids and names, with valid checksums. The same arguments give the same bytes.
//!
//! [`source`] reads a flow and finds what to rewrite, [`plain`] invents what is not TLS, [`crowd`] runs many flows side by side,
//! [`flow`] gives each its own numbers, [`frame`] writes their packets. Memory is set by the flows that are open at one time, never by the size of the capture.

mod crowd;
mod flow;
mod frame;
mod plain;
mod random;
mod source;
mod template;
mod truth;

use std::io;
use std::io::Write;
use std::path::Path;

pub(crate) use truth::Truth;

/// What the capture is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Handshakes with a request and an answer, 2,000 a second, some of which fail.
    Handshakes,
    /// Few connections with megabytes of application data.
    Bulk,
    /// Six of ten flows are no TLS; VLAN tags, IPv6, lost and reordered packets.
    Mixed,
}

impl Kind {
    /// The kind of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "handshakes" => Some(Self::Handshakes),
            "bulk" => Some(Self::Bulk),
            "mixed" => Some(Self::Mixed),
            _ => None,
        }
    }
}

/// Writes a capture of `count` flows, and says what it holds. `cases` is the folder of the captures that are replayed.
pub(crate) fn generate(
    kind: Kind,
    count: u64,
    cases: &Path,
    out: &mut dyn Write,
) -> io::Result<Truth> {
    let mut templates = source::load(cases);
    if kind == Kind::Mixed {
        templates.extend(plain::templates());
    }
    crowd::Crowd::new(kind, count, &templates, out)?.run()
}
