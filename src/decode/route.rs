//! The way into a frame: the path so far, and which of several packets is looked for.

use crate::decode::Path;
use std::ops::Deref;
use std::ops::DerefMut;

/// Most packets of one aggregate that are read; 802.11 senders put two to seven into one.
const MOST: u8 = 64;

/// A [`Path`] on its way inward.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) path: Path,
    /// Place in the outermost aggregate (A-MSDU), from 0.
    wanted: u8,
    /// An aggregate was entered: one in it gives its first packet only.
    entered: bool,
    /// Another packet stands behind the one that was taken.
    pub(super) more: bool,
}

impl Route {
    pub(super) fn new(path: Path, wanted: u8) -> Self {
        Self {
            path,
            wanted,
            entered: false,
            more: false,
        }
    }

    /// Which packet of the aggregate that begins here is wanted.
    pub(super) fn enter(&mut self) -> u8 {
        if self.entered {
            return 0;
        }
        self.entered = true;
        self.wanted
    }

    /// There is another packet behind the one at `place`, of the aggregate that `enter` was asked for.
    pub(super) fn goes_on(&mut self, place: u8) {
        self.more = place == self.wanted && place < MOST;
    }
}

impl Deref for Route {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl DerefMut for Route {
    fn deref_mut(&mut self) -> &mut Path {
        &mut self.path
    }
}
