//! Where a monitor writes: standard output, or a file that can be rotated away from under it.

use super::complain;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// A file to which lines are added, and its folder, by which it is opened again.
pub(super) struct Rotated {
    folder: File,
    name: OsString,
    path: PathBuf,
    file: File,
    reopen: Arc<AtomicBool>,
}

impl Rotated {
    /// Opens `path` to add to it. From then on its folder need not be found again.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn open(path: &Path, reopen: Arc<AtomicBool>) -> Result<Self, String> {
        let failed = |what: &Path, error: io::Error| format!("-o {}: {error}", what.display());
        let name = path
            .file_name()
            .ok_or_else(|| format!("-o {}: this names no file", path.display()))?;
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or_else(|| Path::new("."));
        let folder = File::open(parent).map_err(|error| failed(parent, error))?;
        let file = append(&folder, name, path).map_err(|error| failed(path, error))?;
        Ok(Self {
            folder,
            name: name.to_owned(),
            path: path.to_owned(),
            file,
            reopen,
        })
    }

    /// Its folder, in which it may be made again.
    #[cfg(feature = "live")]
    pub(super) fn folder(&self) -> &File {
        &self.folder
    }

    /// Gives the file to whoever the program becomes, so that it can be opened again.
    #[cfg(feature = "live")]
    pub(super) fn belong_to(&self, user: u32, group: u32) -> io::Result<()> {
        std::os::unix::fs::fchown(&self.file, Some(user), Some(group))
    }

    fn open_again(&mut self) {
        match append(&self.folder, &self.name, &self.path) {
            Ok(file) => self.file = file,
            // What was open goes on being written to: nothing is lost.
            Err(error) => complain(&format!(
                "cannot open {} again, still writing to the old file: {error} (the folder must be writable by --user)",
                self.path.display()
            )),
        }
    }
}

impl Write for Rotated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Callers write whole lines.
        if self.reopen.swap(false, Ordering::Relaxed) {
            self.open_again();
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// By the folder that is open: its path may be out of reach by now.
#[cfg(feature = "live")]
fn append(folder: &File, name: &std::ffi::OsStr, _: &Path) -> io::Result<File> {
    use nix::fcntl::OFlag;
    use nix::sys::stat::Mode;
    let flags = OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_CREAT | OFlag::O_CLOEXEC;
    let mode = Mode::from_bits_truncate(0o644);
    let opened = nix::fcntl::openat(folder, name, flags, mode)?;
    Ok(File::from(opened))
}

#[cfg(not(feature = "live"))]
fn append(_: &File, _: &std::ffi::OsStr, path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}
