//! Live capture through libpcap (feature `live`).
//!
//! ```text
//! interface → filter → ring of the kernel → Tap ┐
//! interface → filter → ring of the kernel → Tap ┴→ by time → Frame, Pause
//! ```
//!
//! libpcap's read time-out does not fire on an idle interface (Linux), so the handles do not block, and `poll` waits for them.

mod filter;
mod open;
mod tap;

pub use filter::default_filter;
pub use open::LiveOptions;

use crate::base::Timestamp;
use crate::capture::Drops;
use crate::capture::Error;
use crate::capture::Frame;
use crate::capture::Input;
use crate::capture::Pause;
use crate::capture::Problem;
use crate::capture::Source;
use crate::capture::SourceInfo;
use nix::poll::PollFd;
use nix::poll::PollFlags;
use nix::poll::PollTimeout;
use nix::poll::poll;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;
use tap::Tap;

/// Whoever reads is to look around at least so often.
const LOOK: Duration = Duration::from_millis(100);
/// Frames between two looks at the clock on a busy line.
const FRAMES: u32 = 1024;
/// On an idle line nothing older than this is still on its way, ns.
const LAG: i64 = 500_000_000;
/// After a stop so long is waited for packets captured before it: longer than the kernel keeps a block that is not full.
const DRAIN: Duration = Duration::from_millis(150);
/// After a stop no longer than this is read, whatever still comes.
const ENOUGH: Duration = Duration::from_millis(300);
/// Of several interfaces, a packet is held so long for an older one of another, ns.
const HOLD: u64 = 2_000_000;

/// Frames of interfaces as they come, in order of time.
pub struct Live {
    taps: Vec<Tap>,
    /// The same sockets once more, to wait for.
    sockets: Vec<OwnedFd>,
    looked: Instant,
    frames: u32,
    /// Nothing was there at the last try.
    quiet: bool,
    stopped: Option<(Instant, Timestamp)>,
    /// Nothing more is read, though packets wait in the kernel's rings.
    unread: bool,
    /// Why there was no frame.
    pause: Pause,
}

impl Live {
    /// Opens the interfaces. From here on the kernel captures, into its ring.
    ///
    /// # Errors
    /// [`Error::NoPermission`], [`Error::NoInterface`], [`Error::Filter`], or [`Error::CannotCapture`] with libpcap's words.
    pub fn open(options: &LiveOptions) -> Result<Self, Error> {
        let several = options.interfaces.len() > 1;
        let taps: Vec<Tap> = (0..=u16::MAX)
            .zip(&options.interfaces)
            .map(|(index, name)| open::open(index, name, options, several))
            .collect::<Result<_, _>>()?;
        let sockets = taps.iter().map(Tap::socket).collect::<Result<_, _>>()?;
        Ok(Self {
            taps,
            sockets,
            looked: Instant::now(),
            frames: 0,
            quiet: false,
            stopped: None,
            unread: false,
            pause: Pause::Quiet,
        })
    }

    /// The filter in force on each interface.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.taps
            .iter()
            .map(|tap| (tap.name.as_str(), tap.filter.as_str()))
    }

    /// Whether there is something to do before the next frame: now and then on a busy line, each time on a quiet one.
    #[inline]
    fn is_due(&mut self) -> bool {
        self.frames += 1;
        (self.frames >= FRAMES || self.quiet) && self.look()
    }

    #[cold]
    fn look(&mut self) -> bool {
        self.frames = 0;
        let now = Instant::now();
        let waited = self
            .stopped
            .map(|(since, _)| now.saturating_duration_since(since));
        let enough = waited.is_some_and(|waited| waited > ENOUGH);
        let drained = waited.is_some_and(|waited| self.quiet && waited > DRAIN);
        if enough || drained || self.taps.iter().all(Tap::is_gone) {
            self.unread = enough && !self.quiet;
            self.pause = Pause::End;
            return true;
        }
        if now.saturating_duration_since(self.looked) < LOOK {
            return false;
        }
        self.looked = now;
        let idle = self.quiet.then(|| Timestamp(wall_clock().0 - LAG));
        self.pause = Pause::Look(idle);
        true
    }
}

impl Source for Live {
    #[inline]
    fn next(&mut self) -> Result<Option<Frame<'_>>, Error> {
        if self.is_due() {
            return Ok(None);
        }
        let Self {
            taps,
            sockets,
            quiet,
            stopped,
            pause,
            ..
        } = self;
        let (frame, wait) = match taps.as_mut_slice() {
            [tap] => (tap.next(), LOOK),
            taps => oldest(taps),
        };
        *quiet = frame.is_none();
        match frame {
            Some(frame) if stopped.is_some_and(|(_, limit)| frame.at > limit) => {
                *pause = Pause::End;
                Ok(None)
            }
            Some(frame) => Ok(Some(frame)),
            None => {
                await_any(sockets, wait);
                *pause = Pause::Quiet;
                Ok(None)
            }
        }
    }
}

impl Input for Live {
    fn pause(&mut self) -> Pause {
        self.pause
    }

    fn sources(&self) -> Vec<SourceInfo> {
        self.taps.iter().map(Tap::info).collect()
    }

    fn problems(&self) -> Vec<Problem> {
        self.taps.iter().filter_map(Tap::problem).collect()
    }

    fn drops(&mut self) -> Drops {
        let unread = self.unread;
        let all = self.taps.iter_mut().map(|tap| tap.drops(unread));
        all.fold(Drops::default(), |sum, one| Drops {
            kernel: sum.kernel.saturating_add(one.kernel),
            interface: sum.interface.saturating_add(one.interface),
            at: Some(wall_clock()),
        })
    }

    fn stop(&mut self) -> bool {
        self.stopped
            .get_or_insert_with(|| (Instant::now(), wall_clock()));
        true
    }
}

/// The oldest frame of several interfaces, once no older one can still come; else how long to wait.
fn oldest(taps: &mut [Tap]) -> (Option<Frame<'_>>, Duration) {
    let mut first: Option<(Timestamp, usize)> = None;
    let mut all = true;
    for (index, tap) in taps.iter_mut().enumerate() {
        match tap.peek() {
            Some(at) if first.is_none_or(|(before, _)| at < before) => first = Some((at, index)),
            Some(_) => {}
            None => all = false,
        }
    }
    let Some((at, index)) = first else {
        return (None, LOOK);
    };
    if !all && wall_clock().since(at) < HOLD {
        return (None, Duration::from_millis(1));
    }
    (taps.get_mut(index).and_then(Tap::take), LOOK)
}

/// Waits until one of the sockets has something, or a signal comes.
fn await_any(sockets: &[OwnedFd], longest: Duration) {
    let mut all: Vec<PollFd<'_>> = sockets
        .iter()
        .map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLIN))
        .collect();
    let longest = PollTimeout::try_from(longest).unwrap_or(PollTimeout::ZERO);
    // Interrupted or not: the caller looks again.
    let _ = poll(&mut all, longest);
}

fn wall_clock() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
