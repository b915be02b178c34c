//! How much memory the program holds, as the system counts it.

use super::Settings;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Growth between two lets-go that is worth another one, bytes: what was let go is used again before more is asked for.
const GROWTH: u64 = 4 << 20;

/// The program's own memory. Opened while files can still be opened.
#[derive(Debug)]
pub struct Memory {
    status: File,
}

impl Memory {
    /// Opens what the system says of this process (Linux: /proc/self/status).
    ///
    /// # Errors
    /// Where there is no such file.
    pub fn open() -> io::Result<Self> {
        Ok(Self {
            status: File::open("/proc/self/status")?,
        })
    }

    /// Resident memory of the program itself, bytes. The kernel's buffers of a live capture, which are of a fixed size, are not in
    /// it.
    #[must_use]
    pub fn resident(&self) -> Option<u64> {
        let mut text = [0; 4096];
        let length = self.status.read_at(&mut text, 0).ok()?;
        anonymous(text.get(..length)?)
    }
}

/// `RssAnon` of a status file.
fn anonymous(status: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(status);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Decides when flows have to be let go.
#[derive(Debug)]
pub(super) struct Bound<'a> {
    memory: &'a Memory,
    limit: u64,
    /// Memory when flows were last let go.
    at: u64,
}

impl<'a> Bound<'a> {
    /// The bound that was chosen, if one was and memory can be told.
    pub(super) fn of(settings: &'a Settings) -> Option<Self> {
        let memory = settings.memory.as_deref()?;
        let limit = settings.max_memory?;
        Some(Self::new(memory, limit))
    }

    fn new(memory: &'a Memory, limit: u64) -> Self {
        // A little before it is met: tables grow in steps.
        let limit = limit / 10 * 9;
        Self {
            memory,
            limit,
            at: 0,
        }
    }

    /// Whether flows are to be let go.
    pub(super) fn is_met(&mut self) -> bool {
        self.memory
            .resident()
            .is_some_and(|resident| self.is_met_by(resident))
    }

    /// Whether flows are to be let go, now that `resident` bytes are held.
    fn is_met_by(&mut self, resident: u64) -> bool {
        if resident < self.limit || resident < self.at.saturating_add(GROWTH) {
            return false;
        }
        self.at = resident;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Bound;
    use super::Memory;
    use super::anonymous;

    #[test]
    fn the_systems_count_is_read() {
        let status = b"Name:\tx\nVmRSS:\t  9000 kB\nRssAnon:\t    5124 kB\nRssFile:\t 1 kB\n";
        assert_eq!(anonymous(status), Some(5124 * 1024));
        assert_eq!(anonymous(b"Name:\tx\n"), None);
        let own = Memory::open().unwrap().resident().unwrap();
        assert!(own > 100_000, "{own}");
    }

    #[test]
    fn flows_are_let_go_once_for_each_growth() {
        let memory = Memory::open().unwrap();
        let mut bound = Bound::new(&memory, 100 << 20);
        assert!(!bound.is_met_by(80 << 20));
        assert!(bound.is_met_by(91 << 20));
        assert!(!bound.is_met_by(92 << 20));
        assert!(bound.is_met_by(96 << 20));
        assert!(!bound.is_met_by(50 << 20));
    }
}
