//! Plaintext talk before TLS: proxies that are asked for a way, headers of load balancers, protocols that change to TLS.
//!
//! A [`Watcher`] is given both directions of a flow from their first bytes. It looks the first bytes up in `PRELUDES` and
//! lets the one that knows them read on, until TLS may follow or was refused. It judges nothing else: what comes behind is
//! classified by [`payload`]. Read `smtp.rs` for a protocol of lines, `postgres.rs` for one of bytes.

#[cfg(test)]
mod documented;
pub mod envelope;
mod ftp;
mod http_connect;
mod http_message;
mod http_upgrade;
mod imap;
mod irc;
mod ldap;
mod lines;
mod lmtp;
mod mssql;
mod mysql;
mod nntp;
pub mod payload;
mod pop3;
mod postgres;
mod proxy_v1;
mod proxy_v2;
mod proxy_v2_fields;
mod rdp;
#[cfg(test)]
mod sample;
mod sieve;
mod smtp;
mod socks4;
mod socks5;
mod wire;
mod xmpp;

use std::fmt::Debug;

use self::wire::Wire;
use crate::base::Mark;
use crate::base::Side;
use crate::facts::PreludeFacts;

/// One kind of prelude.
struct Prelude {
    /// Its file, for the registry's test.
    #[cfg_attr(not(test), expect(dead_code, reason = "the registry's test reads it"))]
    id: &'static str,
    /// Whether a flow that begins with these bytes of the client and of the server is this prelude.
    recognise: fn(client: &[u8], server: &[u8]) -> Recognised,
    /// A reader at the flow's first byte.
    begin: fn() -> Box<dyn Talk>,
}

/// All preludes that are known. Their first bytes exclude each other.
const PRELUDES: &[&Prelude] = &[
    &http_connect::PRELUDE,
    &http_upgrade::PRELUDE,
    &socks5::PRELUDE,
    &socks4::PRELUDE,
    &proxy_v1::PRELUDE,
    &proxy_v2::PRELUDE,
    &smtp::PRELUDE,
    &lmtp::PRELUDE,
    &postgres::PRELUDE,
    &imap::PRELUDE,
    &pop3::PRELUDE,
    &ftp::PRELUDE,
    &mysql::PRELUDE,
    &mssql::PRELUDE,
    &rdp::PRELUDE,
    &ldap::PRELUDE,
    &xmpp::PRELUDE,
    &nntp::PRELUDE,
    &irc::PRELUDE,
    &sieve::PRELUDE,
];

/// Whether first bytes belong to a prelude.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Recognised {
    /// They do not.
    No,
    /// More bytes are needed.
    Perhaps,
    /// They do.
    Yes,
}

/// A reader of one prelude. It reads from `wire` what it understands, and is called again when more arrived.
trait Talk: Debug + Send {
    /// Reads on. `NotThis` after a refusal means that the connection was used for something else.
    fn advance(&mut self, wire: &mut Wire) -> Step;
}

/// What a prelude reader knows after the bytes it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Not decided: more bytes are needed. Where the flow ends so, [`Watcher::facts`] says whether TLS was asked for.
    More,
    /// None of the known preludes, or one that went on without asking for TLS: the bytes belong to whatever was spoken directly.
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
///
/// `NotThis` and `TlsAt` are final: whatever is pushed afterwards gives the same step again. A refusal is not: the client may
/// ask once more on the same connection (CONNECT repeated with credentials after 407, `AUTH SSL` after `AUTH TLS`). Bytes may
/// be pushed on after `Refused`; the step is then `More` while nothing new is known, `Refused` when a further answer was
/// negative too, `TlsAt` when it was positive, and never `NotThis`. [`Watcher::facts`] always tells the last answer. A refusal
/// stands if the flow ends before a repeated question is answered.
#[derive(Debug, Default)]
pub struct Watcher {
    stage: Stage,
}

#[derive(Debug, Default)]
enum Stage {
    /// Nothing was sent. A flow that begins with TLS goes from here to its end and costs no allocation.
    #[default]
    Start,
    /// The first bytes fit more than one prelude, or were too few.
    Perhaps(Box<Wire>),
    /// A prelude was recognised.
    Talking(Box<(Wire, Box<dyn Talk>)>),
    /// Nothing more can be learnt.
    Over(Step, Option<Box<PreludeFacts>>),
}

impl Watcher {
    /// Takes the next bytes of `side`, in order. `mark` is the segment that brought them.
    pub fn push(&mut self, side: Side, bytes: &[u8], mark: Mark) -> Step {
        match &mut self.stage {
            Stage::Over(step, _) => *step,
            _ if bytes.is_empty() => Step::More,
            Stage::Start => self.start(side, bytes, mark),
            Stage::Perhaps(wire) => {
                wire.push(side, bytes, mark);
                let known = recognise(wire.client.bytes(), wire.server.bytes());
                let too_long = wire.is_too_long();
                match known {
                    Some(Some(prelude)) => {
                        let wire = std::mem::take(&mut **wire);
                        self.talk(wire, (prelude.begin)())
                    }
                    Some(None) if !too_long => Step::More,
                    _ => self.end(Step::NotThis, None),
                }
            }
            Stage::Talking(talking) => {
                talking.0.push(side, bytes, mark);
                self.advance()
            }
        }
    }

    /// What was seen of the prelude so far: `None` while TLS, or a way to a target, was not asked for, and after `NotThis`.
    /// After a PROXY header the state is `Asked` with `TlsAt`: what follows tells whether it was taken.
    #[must_use]
    pub fn facts(&self) -> Option<&PreludeFacts> {
        match &self.stage {
            Stage::Start | Stage::Perhaps(_) => None,
            Stage::Talking(talking) => talking.0.facts(),
            Stage::Over(_, facts) => facts.as_deref(),
        }
    }

    fn start(&mut self, side: Side, bytes: &[u8], mark: Mark) -> Step {
        // The common flow: a TLS handshake record, or an SSLv2 hello, first. No prelude's client begins so.
        if side == Side::Client && matches!(bytes.first(), Some(0x16 | 0x80)) {
            return self.end(Step::NotThis, None);
        }
        let (client, server): (&[u8], &[u8]) = match side {
            Side::Client => (bytes, &[]),
            Side::Server => (&[], bytes),
        };
        let Some(known) = recognise(client, server) else {
            return self.end(Step::NotThis, None);
        };
        let mut wire = Wire::default();
        wire.push(side, bytes, mark);
        match known {
            Some(prelude) => self.talk(wire, (prelude.begin)()),
            None => {
                self.stage = Stage::Perhaps(Box::new(wire));
                Step::More
            }
        }
    }

    fn talk(&mut self, wire: Wire, talk: Box<dyn Talk>) -> Step {
        self.stage = Stage::Talking(Box::new((wire, talk)));
        self.advance()
    }

    /// Lets the reader go on as far as the bytes reach.
    fn advance(&mut self) -> Step {
        let mut told = Step::More;
        loop {
            let Stage::Talking(talking) = &mut self.stage else {
                return told;
            };
            let (wire, talk) = &mut **talking;
            match talk.advance(wire) {
                Step::More if !wire.is_too_long() => return told,
                // What was sent after the refusal may repeat the question and be answered in the bytes at hand.
                Step::Refused => told = Step::Refused,
                Step::More | Step::NotThis if wire.is_refused() => {
                    let facts = std::mem::take(wire).into_facts();
                    self.end(Step::More, facts);
                    return told;
                }
                Step::More | Step::NotThis => return self.end(Step::NotThis, None),
                step @ Step::TlsAt { .. } => {
                    let facts = std::mem::take(wire).into_facts();
                    return self.end(step, facts);
                }
            }
        }
    }

    fn end(&mut self, step: Step, facts: Option<PreludeFacts>) -> Step {
        self.stage = Stage::Over(step, facts.map(Box::new));
        step
    }
}

/// `None`: no prelude begins so. `Some(None)`: too early to say.
fn recognise(client: &[u8], server: &[u8]) -> Option<Option<&'static Prelude>> {
    let mut perhaps = None;
    for prelude in PRELUDES {
        match (prelude.recognise)(client, server) {
            Recognised::Yes => return Some(Some(prelude)),
            Recognised::Perhaps => perhaps = Some(None),
            Recognised::No => {}
        }
    }
    perhaps
}

/// Whether `bytes` begin with `with`.
fn begins(bytes: &[u8], with: &[u8]) -> Recognised {
    if bytes.starts_with(with) {
        Recognised::Yes
    } else if with.starts_with(bytes) {
        Recognised::Perhaps
    } else {
        Recognised::No
    }
}

/// Whether an answer that came before its question in capture order may be the one that begins with `with`: nothing sent is fine.
fn answers(server: &[u8], with: &[u8]) -> Recognised {
    if server.is_empty() {
        Recognised::Yes
    } else {
        begins(server, with)
    }
}

#[cfg(test)]
mod tests;
