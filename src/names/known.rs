//! One name of one address, and where it was seen.

use crate::base::FrameRef;
use crate::base::Timestamp;
use crate::facts::NameKind;
use crate::facts::NameSource;
use crate::facts::WireText;
use std::net::IpAddr;

/// A name of an address.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) name: WireText,
    pub(super) from: NameSource,
    pub(super) kind: NameKind,
    /// The server's port, for SNI.
    pub(super) port: Option<u16>,
    /// A handshake with this SNI completed. Only such ones are in `seen` then.
    pub(super) completed: bool,
    /// One a client, never empty.
    pub(super) seen: Vec<Sighting>,
}

/// When a client was answered with a name, or asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) client: IpAddr,
    pub(super) first: Seen,
    pub(super) last: Seen,
}

/// A frame and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) at: Timestamp,
    pub(super) frame: FrameRef,
}

/// A name as it was seen once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight<'a> {
    pub(super) name: &'a [u8],
    pub(super) from: NameSource,
    pub(super) kind: NameKind,
    pub(super) port: Option<u16>,
    pub(super) completed: bool,
    pub(super) client: IpAddr,
    pub(super) seen: Seen,
}

/// What tells most names apart without a look at them: there are eight and more of an address, each in a place of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    /// Equal where the names are, but for the case of letters.
    letters: u32,
    pub(super) from: NameSource,
    kind: NameKind,
    pub(super) completed: bool,
}

impl Tag {
    pub(super) fn of(sight: &Sight<'_>) -> Self {
        let letters = sight.name.iter().fold(0, |sum: u32, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte | 0x20))
        });
        Self {
            letters,
            from: sight.from,
            kind: sight.kind,
            completed: sight.completed,
        }
    }

    /// Whether both can be of one name, read in the same way.
    pub(super) fn fits(self, other: Self) -> bool {
        self.letters == other.letters && self.shares_room(other)
    }

    /// Whether both count against the same bound.
    pub(super) fn shares_room(self, other: Self) -> bool {
        (self.from, self.kind) == (other.from, other.kind)
    }
}

impl Known {
    pub(super) fn new(sight: &Sight<'_>) -> Self {
        Self {
            name: WireText::new(&sight.name.to_ascii_lowercase()),
            from: sight.from,
            kind: sight.kind,
            port: sight.port,
            completed: sight.completed,
            seen: vec![Sighting::new(sight)],
        }
    }

    /// Whether it is the same name, read in the same way.
    pub(super) fn is(&self, sight: &Sight<'_>) -> bool {
        (self.from, self.kind, self.port) == (sight.from, sight.kind, sight.port)
            && self.name.bytes().eq_ignore_ascii_case(sight.name)
    }

    /// It was seen again; at most so many clients are told apart.
    pub(super) fn again(&mut self, sight: &Sight<'_>, clients: usize) {
        if sight.completed && !self.completed {
            self.completed = true;
            self.seen.clear();
        }
        // Failed handshakes add nothing to what a completed one has shown.
        if self.completed && !sight.completed {
            return;
        }
        let room = self.seen.len() < clients.max(1);
        match self
            .seen
            .iter_mut()
            .find(|seen| seen.client == sight.client)
        {
            Some(seen) => seen.last = sight.seen,
            None if room => self.seen.push(Sighting::new(sight)),
            None => {}
        }
    }

    /// When it was seen last.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.seen.iter().map(|seen| seen.last.at).max()
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.name.bytes().len() + size_of::<Sighting>() * self.seen.len()
    }
}

impl Sighting {
    fn new(sight: &Sight<'_>) -> Self {
        Self {
            client: sight.client,
            first: sight.seen,
            last: sight.seen,
        }
    }

    pub(super) fn both(self) -> [Seen; 2] {
        [self.first, self.last]
    }
}
