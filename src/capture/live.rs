//! Live capture through libpcap (feature `live`).
//!
//! ```text
//! interface → filter → ring of the kernel → Tap ┐
//! interface → filter → ring of the kernel → Tap ┴→ by time → Event::Frame, Event::Look
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
use crate::capture::Event;
use crate::capture::Input;
use crate::capture::Problem;
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
const LAG: u64 = 500_000_000;
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
    /// Nothing more is read.
    over: bool,
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
            over: false,
        })
    }

    /// The filter in force on each interface.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.taps
            .iter()
            .map(|tap| (tap.name.as_str(), tap.filter.as_str()))
    }

    /// Whether now is the time to look around, or the end.
    #[inline]
    fn due(&mut self) -> Option<Event<'static>> {
        self.frames += 1;
        if self.frames < FRAMES && !self.quiet {
            return None;
        }
        self.look()
    }

    #[cold]
    fn look(&mut self) -> Option<Event<'static>> {
        self.frames = 0;
        let now = Instant::now();
        if let Some((since, _)) = self.stopped {
            let waited = now.saturating_duration_since(since);
            if waited > ENOUGH || (self.quiet && waited > DRAIN) {
                self.over = !self.quiet;
                return Some(Event::End);
            }
        }
        if self.taps.iter().all(Tap::is_gone) {
            return Some(Event::End);
        }
        if now.saturating_duration_since(self.looked) < LOOK {
            return None;
        }
        self.looked = now;
        let idle = self.quiet.then(|| Timestamp(wall_clock().0 - lag()));
        Some(Event::Look(idle))
    }
}

impl Input for Live {
    #[inline]
    fn event(&mut self) -> Result<Event<'_>, Error> {
        if let Some(event) = self.due() {
            return Ok(event);
        }
        let Self {
            taps,
            sockets,
            quiet,
            stopped,
            ..
        } = self;
        let (frame, wait) = match taps.as_mut_slice() {
            [tap] => (tap.next(), LOOK),
            taps => merged(taps),
        };
        *quiet = frame.is_none();
        match frame {
            Some(frame) if stopped.is_some_and(|(_, limit)| frame.at > limit) => Ok(Event::End),
            Some(frame) => Ok(Event::Frame(frame)),
            None => {
                await_any(sockets, wait);
                Ok(Event::Look(None))
            }
        }
    }

    fn sources(&self) -> Vec<SourceInfo> {
        self.taps.iter().map(Tap::info).collect()
    }

    fn bytes_consumed(&self) -> u64 {
        0
    }

    fn problems(&self) -> Vec<Problem> {
        self.taps.iter().filter_map(Tap::problem).collect()
    }

    fn drops(&mut self) -> Drops {
        let over = self.over;
        let all = self.taps.iter_mut().map(|tap| tap.drops(over));
        all.fold(Drops::default(), |sum, one| Drops {
            kernel: sum.kernel.saturating_add(one.kernel),
            interface: sum.interface.saturating_add(one.interface),
        })
    }

    fn stop(&mut self) -> bool {
        self.stopped
            .get_or_insert_with(|| (Instant::now(), wall_clock()));
        true
    }
}

/// The oldest frame of several interfaces, once no older one can still come; else how long to wait.
fn merged(taps: &mut [Tap]) -> (Option<crate::capture::Frame<'_>>, Duration) {
    let heads: Vec<Option<Timestamp>> = taps.iter_mut().map(Tap::peek).collect();
    let oldest = heads
        .iter()
        .zip(0_usize..)
        .filter_map(|(head, index)| head.map(|at| (at, index)))
        .min();
    let Some((at, index)) = oldest else {
        return (None, LOOK);
    };
    let ready = heads.iter().all(Option::is_some) || wall_clock().since(at) >= HOLD;
    if !ready {
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

fn lag() -> i64 {
    i64::try_from(LAG).unwrap_or(0)
}
