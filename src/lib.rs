//! tlscap reads packet captures, follows each TLS handshake, and says which failed, what the wire shows, and what to change.
//!
//! ```text
//! capture → decode → flow → track ──writes──▶  FACTS  ◀──reads── pattern → compare, cause → incident → report
//!  frames   segments  bytes  (prelude, tls)    plain data          what      why              grouped    how shown
//! ```
//!
//! Left of the facts, code reads bytes and never judges; right of them, code judges and never touches a byte. Read first:
//! [`facts`], then `analyze`, then one file of `pattern`.

pub mod analyze;
pub mod base;
pub mod capture;
pub mod cause;
pub mod certificate;
pub mod compare;
pub mod decode;
pub mod dns;
pub mod explain;
pub mod facts;
pub mod flow;
pub mod incident;
pub mod names;
pub mod pattern;
pub mod policy;
pub mod prelude;
pub mod report;
pub mod select;
pub mod session;
pub mod tables;
pub mod texts;
pub mod tls;
pub mod track;
