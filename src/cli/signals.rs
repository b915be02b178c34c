//! Signals, as flags that whoever works looks at.

use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::consts::SIGUSR1;
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// Ctrl-C (and a polite kill) ends the reading, and the report of what was read is still printed; one more, half a second later
/// or after that, ends at once. (Wrappers such as timeout(1) send theirs twice.)
pub(super) fn stop_on_interrupt() -> io::Result<Arc<AtomicBool>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let impatient = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_default(signal, Arc::clone(&impatient))?;
        flag::register(signal, Arc::clone(&stopped))?;
    }
    let seen = Arc::clone(&stopped);
    thread::spawn(move || {
        while !seen.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(200));
        }
        thread::sleep(Duration::from_millis(500));
        impatient.store(true, Ordering::Relaxed);
    });
    Ok(stopped)
}

/// Set by SIGHUP: outputs are to be opened again, under their names.
pub(super) fn reopen_on_hangup() -> io::Result<Arc<AtomicBool>> {
    on(SIGHUP)
}

/// A terminal that is closed ends the reading as Ctrl-C does, unless whoever started the program said that it is to go on (nohup).
pub(super) fn stop_on_hangup(stopped: &Arc<AtomicBool>) -> io::Result<()> {
    if !is_ignored(SIGHUP) {
        flag::register(SIGHUP, Arc::clone(stopped))?;
    }
    Ok(())
}

/// Whether a signal was ignored when the program was started (proc(5): SigIgn).
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Set by SIGUSR1: somebody wants to know how it goes.
pub(super) fn status_on_request() -> io::Result<Arc<AtomicBool>> {
    on(SIGUSR1)
}

fn on(signal: i32) -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    flag::register(signal, Arc::clone(&flag))?;
    Ok(flag)
}
