//! Fragments of IP datagrams (RFC 791 section 3.2, RFC 8200 section 4.5), held until the datagram is whole.
//!
//! Where fragments overlap, the first one captured is kept. VLAN tags are not part of the key, as tagging may differ. A datagram stays known
//! for [`ECHO`] after it became whole, so that a second copy of its fragments (SPAN, `-i any`) is not taken for a loss.

use crate::base::SECOND;
use crate::base::Timestamp;
use crate::decode::Skip;
use crate::decode::ip::Upper;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::net::IpAddr;

/// How long copies of the fragments of a whole datagram are told from fragments of a new one with the same identification.
const ECHO: u64 = SECOND;
/// Most bytes that a datagram can have: the largest total length.
const LARGEST: u32 = 65_535;
/// What a piece costs beside its bytes.
const PIECE: usize = size_of::<Piece>();

/// Bounds on the fragments held. What is let go at a bound is counted as lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentLimits {
    /// Datagrams at a time, those whole for less than a second included; beyond it the oldest is let go.
    pub datagrams: usize,
    /// Bytes of all of them together; beyond it the oldest is let go.
    pub bytes: usize,
    /// Nanoseconds of capture time from a datagram's first fragment until it is let go.
    pub timeout: u64,
}

impl Default for FragmentLimits {
    /// 4096 datagrams, 4 MiB, and 30 seconds as Linux has it.
    fn default() -> Self {
        Self {
            datagrams: 4096,
            bytes: 4 << 20,
            timeout: 30 * SECOND,
        }
    }
}

/// What a whole datagram is beside its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    pub(super) protocol: u8,
    /// Bytes on the wire behind the IP header; more than were written where the snap length cut a fragment.
    pub(super) wire: usize,
}

/// The datagrams that are not whole yet.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    limits: FragmentLimits,
    datagrams: HashMap<Key, Datagram>,
    /// Keys by age, with the serial number of the datagram meant: its key may be another's by now.
    order: VecDeque<(Key, u64)>,
    serial: u64,
    bytes: usize,
    held: u64,
    lost: u64,
}

/// Which datagram a fragment is of. IPv6 has no protocol here, as only the first fragment tells it for sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    protocol: Option<u8>,
}

#[derive(Debug)]
struct Datagram {
    serial: u64,
    since: Timestamp,
    /// When it became whole.
    whole: Option<Timestamp>,
    /// IP header of the first fragment, or of another while that is not there.
    header: Vec<u8>,
    /// Of the first fragment, once that is there.
    protocol: u8,
    /// Known from the fragment with nothing to follow.
    total: Option<u32>,
    /// By `start`, without overlap.
    pieces: Vec<Piece>,
    /// What `pieces` costs.
    bytes: usize,
    frames: u64,
}

/// One stretch of a datagram. `bytes` is shorter than `end - start` where the snap length cut it.
#[derive(Debug)]
struct Piece {
    start: u32,
    end: u32,
    bytes: Vec<u8>,
}

impl Fragments {
    pub(super) fn new(limits: FragmentLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    pub(super) fn held(&self) -> u64 {
        self.held
    }

    pub(super) fn give_up(&mut self) {
        while self.drop_oldest() {}
    }

    /// The bounds hold, and so do the sums.
    #[cfg(test)]
    pub(super) fn within(&self, limits: FragmentLimits) -> bool {
        let bytes: usize = self.datagrams.values().map(|datagram| datagram.bytes).sum();
        let bounded = bytes <= limits.bytes && self.datagrams.len() <= limits.datagrams;
        bounded && bytes == self.bytes && self.order.len() <= limits.datagrams * 4
    }

    /// Adds the fragment in `upper`. Whole: writes an IP header and the datagram's bytes to `into`. Else says why there is nothing yet.
    pub(super) fn add(
        &mut self,
        upper: &Upper<'_>,
        at: Timestamp,
        into: &mut Vec<u8>,
    ) -> Result<Whole, Skip> {
        let Some(fragment) = upper.fragment else {
            return Err(Skip::Malformed);
        };
        let wire = u32::try_from(upper.inside.wire).unwrap_or(u32::MAX);
        let Some(end) = fragment
            .offset
            .checked_add(wire)
            .filter(|end| *end <= LARGEST)
        else {
            return Err(Skip::Malformed);
        };
        self.expire(at);
        let protocol = upper.header.id().map(|_| upper.protocol);
        let (src, dst) = upper.header.addresses();
        let key = Key {
            src,
            dst,
            id: fragment.id,
            protocol,
        };
        if self
            .datagrams
            .get(&key)
            .is_some_and(|known| known.whole.is_some_and(|when| at.since(when) > ECHO))
        {
            self.remove(&key);
        }
        if !self.datagrams.contains_key(&key) {
            self.begin(key, upper, at);
        }
        let Some(datagram) = self.datagrams.get_mut(&key) else {
            return Err(Skip::FragmentLost);
        };
        if datagram.whole.is_some() {
            return Err(Skip::FragmentHeld);
        }
        datagram.frames += 1;
        self.held += 1;
        let before = datagram.bytes;
        datagram.add(upper, (fragment.offset, end), fragment.more);
        self.bytes += datagram.bytes - before;
        match datagram.assemble(into) {
            Some(whole) => {
                datagram.whole = Some(at);
                self.bytes -= datagram.bytes;
                self.held -= datagram.frames;
                datagram.pieces = Vec::new();
                datagram.bytes = 0;
                datagram.frames = 0;
                Ok(whole)
            }
            None => self.bound(&key),
        }
    }

    /// Lets the oldest go while there is too much; tells whether the datagram of `key` was among them.
    fn bound(&mut self, key: &Key) -> Result<Whole, Skip> {
        while self.bytes > self.limits.bytes && self.drop_oldest() {}
        Err(if self.datagrams.contains_key(key) {
            Skip::FragmentHeld
        } else {
            Skip::FragmentLost
        })
    }

    fn begin(&mut self, key: Key, upper: &Upper<'_>, at: Timestamp) {
        let most = self.limits.datagrams.max(1);
        // Keys found again after `ECHO` leave stale places in `order`, which must not pile up behind one that waits.
        while (self.datagrams.len() >= most || self.order.len() >= most.saturating_mul(4))
            && self.drop_oldest()
        {}
        self.serial += 1;
        let datagram = Datagram {
            serial: self.serial,
            since: at,
            whole: None,
            header: upper.header.bytes().to_vec(),
            protocol: upper.protocol,
            total: None,
            pieces: Vec::new(),
            bytes: 0,
            frames: 0,
        };
        self.datagrams.insert(key, datagram);
        self.order.push_back((key, self.serial));
    }

    /// Lets go what has waited for longer than the time-out, by the time of packets.
    fn expire(&mut self, at: Timestamp) {
        while let Some((key, serial)) = self.order.front() {
            let stale = match self
                .datagrams
                .get(key)
                .filter(|datagram| datagram.serial == *serial)
            {
                Some(datagram) => match datagram.whole {
                    Some(when) => at.since(when) > ECHO,
                    None => at.since(datagram.since) > self.limits.timeout,
                },
                None => true,
            };
            if !stale {
                return;
            }
            self.drop_oldest();
        }
    }

    /// `false` when nothing is left.
    fn drop_oldest(&mut self) -> bool {
        let Some((key, serial)) = self.order.pop_front() else {
            return false;
        };
        if self
            .datagrams
            .get(&key)
            .is_some_and(|datagram| datagram.serial == serial)
        {
            self.remove(&key);
        }
        true
    }

    /// Takes a datagram out; its place in `order` is found stale later.
    fn remove(&mut self, key: &Key) {
        if let Some(datagram) = self.datagrams.remove(key) {
            self.bytes -= datagram.bytes;
            self.held -= datagram.frames;
            self.lost += datagram.frames;
        }
    }
}

impl Datagram {
    /// Keeps what of the fragment at `start..end` is new.
    fn add(&mut self, upper: &Upper<'_>, (start, end): (u32, u32), more: bool) {
        if start == 0 && self.pieces.first().is_none_or(|first| first.start > 0) {
            self.protocol = upper.protocol;
            self.header = upper.header.bytes().to_vec();
        }
        // A second end that contradicts the first, or bytes already there, is not believed.
        let furthest = self.pieces.last().map_or(0, |piece| piece.end);
        if !more && self.total.is_none() && end >= furthest {
            self.total = Some(end);
        }
        let end = end.min(self.total.unwrap_or(LARGEST));
        let mut at = start;
        let mut index = 0;
        while at < end {
            match self.pieces.get(index) {
                Some(piece) if piece.end <= at => index += 1,
                Some(piece) if piece.start <= at => at = piece.end,
                next => {
                    let stop = next.map_or(end, |piece| piece.start.min(end));
                    let piece = Piece {
                        start: at,
                        end: stop,
                        bytes: between(upper.inside.kept, at - start, stop - start),
                    };
                    self.bytes += PIECE + piece.bytes.len();
                    self.pieces.insert(index, piece);
                    at = stop;
                }
            }
        }
    }

    /// Writes the bytes to `into` when nothing is missing, up to the first that the snap length cut.
    fn assemble(&self, into: &mut Vec<u8>) -> Option<Whole> {
        let total = self.total?;
        let covered = self
            .pieces
            .iter()
            .try_fold(0, |at, piece| (piece.start == at).then_some(piece.end))?;
        if covered != total {
            return None;
        }
        into.clear();
        into.extend_from_slice(&self.header);
        for piece in &self.pieces {
            into.extend_from_slice(&piece.bytes);
            if piece.bytes.len() < (piece.end - piece.start) as usize {
                break;
            }
        }
        Some(Whole {
            protocol: self.protocol,
            wire: total as usize,
        })
    }
}

/// `kept[from..to]`, or as much of it as there is.
fn between(kept: &[u8], from: u32, to: u32) -> Vec<u8> {
    let kept = kept.get(..to as usize).unwrap_or(kept);
    kept.get(from as usize..).unwrap_or_default().to_vec()
}
