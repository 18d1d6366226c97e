//! What the system is asked for that the standard library does not ask.

use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
pub use unix::{hole, open_unwaited};

#[cfg(unix)]
mod unix {
    use std::fs::OpenOptions;
    use std::ops::Range;
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::{OFlags, SeekFrom, fcntl_getfl, fcntl_setfl, seek};
    use rustix::io::Errno;

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
