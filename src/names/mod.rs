//! What the servers of a capture are called: names from DNS answers, from the SNI of other handshakes, and from certificates
//! sent in clear.
//!
//! Nothing is looked up: a name that is not in the capture is not known. An answer to another client counts too, since the
//! client's own question may have been asked by a resolver, before the capture, or over TLS; it is only worth less. Addresses are
//! kept without the network they were seen in: where two networks use the same private addresses, a name may be of the other.
//! Read first: [`Names::of`].

mod known;
mod learn;
mod rank;
mod store;

#[cfg(test)]
mod tests;

use crate::base::Endpoint;
use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::facts::DnsFacts;
use crate::facts::HandshakeFacts;
use crate::facts::ServerName;
use std::net::IpAddr;
use store::Store;

/// Names given of one server.
pub const GIVEN: usize = 8;

/// Bounds of the table. Meeting one lets go of the addresses of which nothing was learnt for longest, and counts them.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Addresses; at least half as many are held. Default 65,536.
    pub addresses: usize,
    /// Bytes, about. Default 24 MiB.
    pub bytes: usize,
    /// Names of one address from each source: the DNS (names asked for, and canonical ones), SNI, and certificates (names, and
    /// wildcards). Beyond it the latest answers of the DNS and the first of the others are kept, and of an address with more
    /// certificates the first so many are looked at. Default 8.
    pub names: usize,
    /// Clients told apart that were answered with, or asked for, one name. Default 4; beyond it a client counts as another.
    pub clients: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            addresses: 65_536,
            bytes: 24 << 20,
            names: 8,
            clients: 4,
        }
    }
}

/// For whom names are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The server.
    pub server: Endpoint,
    /// The client whose DNS answers are worth most; `None`: all clients alike.
    pub client: Option<IpAddr>,
    /// When the flow began: names seen before are worth more.
    pub at: Timestamp,
    /// The flow's own ClientHello, whose SNI tells nothing new.
    pub own: Option<FrameRef>,
}

impl From<&HandshakeFacts> for Asked {
    fn from(facts: &HandshakeFacts) -> Self {
        Self {
            server: facts.server,
            client: Some(facts.client.ip),
            at: facts.first.at,
            own: learn::hello_frame(facts),
        }
    }
}

/// Names by address, within [`Limits`].
#[derive(Debug, Default)]
pub struct Names {
    store: Store,
}

impl Names {
    /// A table within these bounds.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            store: Store::new(limits),
        }
    }

    /// Takes an answer of the DNS.
    pub fn answer(&mut self, answer: &DnsFacts) {
        learn::answer(&mut self.store, answer);
    }

    /// Takes what a handshake shows of its server's names: SNI and certificate.
    pub fn handshake(&mut self, facts: &HandshakeFacts) {
        learn::handshake(&mut self.store, facts);
    }

    /// Names of that server, distinct, at most 8, in order of worth:
    ///
    /// 1. answered by the DNS to this client before,
    /// 2. asked for by other handshakes with the same address and port that completed,
    /// 3. in a certificate of the address, wildcards behind the others,
    /// 4. answered by the DNS to another client before, or to any later,
    /// 5. asked for by other handshakes that did not complete,
    /// 6. canonical names behind the aliases that clients asked for.
    ///
    /// Within each, what was seen before comes first, then what is nearest in time.
    #[must_use]
    pub fn of(&self, asked: &Asked) -> Vec<ServerName> {
        rank::best(self.store.of(asked.server.ip), asked)
    }

    /// Writes down what the server is called, as far as it is known by now.
    pub(crate) fn tell(&self, facts: &mut HandshakeFacts) {
        let names = self.of(&Asked::from(&*facts));
        // What was known when the flow ended may have been let go since.
        if !names.is_empty() {
            facts.server_names = names;
        }
    }

    /// Addresses let go because a bound was reached.
    #[must_use]
    pub fn let_go(&self) -> u64 {
        self.store.let_go()
    }
}
