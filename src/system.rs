//! What the system is asked for that the standard library does not ask.

use std::fs::File;
use std::io;

#[cfg(unix)]
pub use unix::hole;

#[cfg(unix)]
mod unix {
    use std::ops::Range;

    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;

    use super::{File, io};

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
}
