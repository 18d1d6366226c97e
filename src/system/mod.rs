//! What the system is asked for that the standard library does not ask.

pub mod clock;
pub mod guard;
pub mod memory;
pub mod path;
pub mod threads;
pub mod time;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

#[cfg(target_os = "linux")]
pub use beneath::Folder;
#[cfg(unix)]
pub use unix::{has_input, hole, open_unwaited, with_open_files};

/// Memory that a thread needs for its work, besides its stack.
const OF_THREAD: usize = 8 << 20;

/// How many of so many threads can be started at the moment, so that each of them has
/// memory to work with, and this one too.
pub fn startable(threads: usize) -> usize {
    let mut memory: Vec<Vec<u8>> = Vec::new();
    let mut is_there = || {
        let mut share = Vec::new();
        let is_there = share.try_reserve_exact(OF_THREAD).is_ok();
        memory.push(share);
        is_there
    };
    if !is_there() {
        return 0;
    }
    let gate = Mutex::new(());
    thread::scope(|scope| {
        // All are there at once.
        let _closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
        let start = |_: &usize| {
            let wait = || drop(gate.lock());
            is_there() && thread::Builder::new().spawn_scoped(scope, wait).is_ok()
        };
        (0..threads).take_while(start).count()
    })
}

#[cfg(target_os = "linux")]
mod beneath {
    use std::os::fd::OwnedFd;

    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};

    use super::{File, Path, io};

    /// A folder below which files are opened, and nowhere else: no link on the way is
    /// followed, whenever it came there.
    #[derive(Debug)]
    pub struct Folder(OwnedFd);

    impl Folder {
        /// Opens a folder. Linux can open files below it since 5.6.
        pub fn open(path: &Path) -> io::Result<Folder> {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let folder = Folder(openat(CWD, path, flags, Mode::empty())?);
            folder.below(Path::new("."), OFlags::PATH)?;
            Ok(folder)
        }

        /// Opens a file by its path from here, without waiting for anybody.
        pub fn file(&self, path: &Path) -> io::Result<File> {
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
            self.below(path, flags).map(File::from)
        }

        fn below(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
            let flags = flags | OFlags::CLOEXEC;
            Ok(openat2(&self.0, path, flags, Mode::empty(), resolve)?)
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::OpenOptions;
    use std::ops::Range;
    use std::os::unix::fs::OpenOptionsExt;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{OFlags, SeekFrom, fcntl_getfl, fcntl_setfl, seek};
    use rustix::io::Errno;
    use rustix::process::{Resource, getrlimit};

    use super::{File, Path, io};

    /// The next hole of a file at or behind a place: zeros that are stored nowhere. The
    /// last one has no end. Asking moves the file.
    pub fn hole(file: &File, start: u64) -> io::Result<Range<u64>> {
        // Where data ends a hole begins, at the latest at the end of the file.
        let start = seek(file, SeekFrom::Hole(start))?;
        match seek(file, SeekFrom::Data(start)) {
            Ok(end) => Ok(start..end),
            Err(Errno::NXIO) => Ok(start..u64::MAX),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether something comes through a pipe within some time. Nothing is read of it.
    pub fn has_input(pipe: &File, wait: Duration) -> bool {
        let wait = Timespec::try_from(wait).ok();
        let mut polled = [PollFd::new(pipe, PollFlags::IN)];
        poll(&mut polled, wait.as_ref()).is_ok() && polled[0].revents().contains(PollFlags::IN)
    }

    /// How many of so many threads have the files that they need open at once.
    pub fn with_open_files(threads: usize) -> usize {
        /// The standard streams, the folders that were named, and what else there is once.
        const BESIDES: usize = 8;
        /// A folder; or a file, a second view of it and what lies beside it.
        const OF_THREAD: usize = 3;
        let most = getrlimit(Resource::Nofile).current;
        let most = most.and_then(|most| usize::try_from(most).ok());
        most.map_or(threads, |most| {
            threads.min(most.saturating_sub(BESIDES) / OF_THREAD).max(1)
        })
    }

    /// Opens a device or a pipe to write to. Nobody may ever read from a FIFO, so that is
    /// not waited for; a slow reader is.
    pub fn open_unwaited(path: &Path) -> io::Result<File> {
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let mut options = OpenOptions::new();
        let options = options.append(true).custom_flags(flags.bits() as i32);
        let file = options.open(path).map_err(|error| {
            match error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) {
                true => io::Error::other("nobody reads from it; start its reader first"),
                false => error,
            }
        })?;
        fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
        Ok(file)
    }
}

/// Opens a device to write to.
#[cfg(not(unix))]
pub fn open_unwaited(path: &Path) -> io::Result<File> {
    File::options().append(true).open(path)
}

/// How many of so many threads have the files that they need open at once.
#[cfg(not(unix))]
pub fn with_open_files(threads: usize) -> usize {
    threads
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_folder_that_became_a_link_leads_nowhere() {
        let [inside, outside] = [(); 2].map(|()| TempDir::new().expect("a folder can be made"));
        fs::create_dir(inside.path().join("sub")).expect("a folder can be made");
        for folder in [&inside.path().join("sub"), outside.path()] {
            fs::write(folder.join("a.env"), "text").expect("a file can be written");
        }
        let Ok(folder) = Folder::open(inside.path()) else {
            return;
        };
        let below = |path: &str| folder.file(Path::new(path));
        assert!(below("sub/a.env").is_ok() && below("sub/none").is_err());
        fs::rename(inside.path().join("sub"), inside.path().join("old")).expect("it can move");
        symlink(outside.path(), inside.path().join("sub")).expect("a link can be made");
        assert!(below("sub/a.env").is_err() && below("old/a.env").is_ok());
        let name = outside.path().file_name().expect("a folder has a name");
        assert!(
            folder
                .file(&Path::new("..").join(name).join("a.env"))
                .is_err()
        );
        assert!(folder.file(&outside.path().join("a.env")).is_err());
    }
}
