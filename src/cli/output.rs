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
    /// It was not there before.
    #[cfg(feature = "live")]
    created: bool,
    /// What was written last does not end a line.
    torn: bool,
    /// Lines that did not fit onto the disk since the last that did.
    lost: u64,
    reopen: Arc<AtomicBool>,
}

impl Rotated {
    /// Opens `path` to add to it. From then on its folder need not be found again. A line that was torn there by an earlier end is
    /// ended first.
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
        let torn = ends_torn(path);
        #[cfg_attr(
            not(feature = "live"),
            expect(unused_variables, reason = "only a live run gives files away")
        )]
        let (file, created) = append(&folder, name, path).map_err(|error| failed(path, error))?;
        Ok(Self {
            folder,
            name: name.to_owned(),
            path: path.to_owned(),
            file,
            #[cfg(feature = "live")]
            created,
            torn,
            lost: 0,
            reopen,
        })
    }

    /// Its folder, in which it may be made again.
    #[cfg(feature = "live")]
    pub(super) fn folder(&self) -> &File {
        &self.folder
    }

    /// Gives the file to whoever the program becomes, if it made it, so that it can be opened again. What was there before stays
    /// whose it is.
    #[cfg(feature = "live")]
    pub(super) fn belong_to(&self, user: u32, group: u32) -> io::Result<()> {
        if !self.created {
            return Ok(());
        }
        std::os::unix::fs::fchown(&self.file, Some(user), Some(group))
    }

    fn open_again(&mut self) {
        match append(&self.folder, &self.name, &self.path) {
            Ok((file, _)) => self.file = file,
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
            self.torn = false;
        }
        let whole = if self.torn {
            [b"\n", bytes].concat()
        } else {
            bytes.to_vec()
        };
        match self.file.write_all(&whole) {
            Ok(()) => self.fits(),
            Err(error) if error.kind() == io::ErrorKind::StorageFull => self.does_not_fit(),
            Err(error) => return Err(error),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Rotated {
    fn fits(&mut self) {
        self.torn = false;
        if self.lost > 0 {
            complain(&format!(
                "{}: there is room again; lines lost meanwhile: {}",
                self.path.display(),
                self.lost
            ));
            self.lost = 0;
        }
    }

    /// A full disk is no reason to stop looking: it is said, and the line is counted.
    fn does_not_fit(&mut self) {
        // Some of it may have been written.
        self.torn = true;
        if self.lost == 0 {
            complain(&format!(
                "{}: no space left; lines are lost until there is room",
                self.path.display()
            ));
        }
        self.lost += 1;
    }
}

/// Whether a file is there whose last line does not end.
fn ends_torn(path: &Path) -> bool {
    use std::io::Read;
    use std::io::Seek;
    use std::io::SeekFrom;
    let last = File::open(path).and_then(|mut file| {
        let mut byte = [0];
        if !file.metadata()?.is_file() || file.seek(SeekFrom::End(-1)).is_err() {
            return Ok(b'\n');
        }
        file.read_exact(&mut byte)?;
        Ok(byte[0])
    });
    last.is_ok_and(|byte| byte != b'\n')
}

/// By the folder that is open: its path may be out of reach by now.
#[cfg(feature = "live")]
fn append(folder: &File, name: &std::ffi::OsStr, _: &Path) -> io::Result<(File, bool)> {
    use nix::errno::Errno;
    use nix::fcntl::OFlag;
    use nix::sys::stat::Mode;
    // Never through a link: who may write into the folder must not choose what root writes to. A FIFO without a reader is an error.
    let flags = OFlag::O_WRONLY
        | OFlag::O_APPEND
        | OFlag::O_CLOEXEC
        | OFlag::O_NOFOLLOW
        | OFlag::O_NONBLOCK;
    let mode = Mode::from_bits_truncate(0o644);
    match nix::fcntl::openat(folder, name, flags | OFlag::O_CREAT | OFlag::O_EXCL, mode) {
        Ok(opened) => Ok((File::from(opened), true)),
        Err(Errno::EEXIST) => Ok((
            File::from(nix::fcntl::openat(folder, name, flags, mode)?),
            false,
        )),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(feature = "live"))]
fn append(_: &File, _: &std::ffi::OsStr, path: &Path) -> io::Result<(File, bool)> {
    let file = File::options().append(true).create(true).open(path)?;
    Ok((file, false))
}
