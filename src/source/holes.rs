//! Holes of sparse files: zeros that are stored nowhere, so that nobody has to read them.

use std::fs::{File, Metadata};
use std::io::{self, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;

use crate::system;

/// Zeros at both ends of a hole that are read: more than what is looked at around a
/// value, and more than what is asked of the beginning of a file.
const EDGE: u64 = 64 << 10;

/// The holes of one file, as the system tells them.
pub struct Holes {
    length: u64,
    /// The next hole, without its ends.
    next: Range<u64>,
}

impl Holes {
    /// The holes of a file that takes less space than it is long.
    pub fn of(file: &Metadata) -> Option<Holes> {
        let length = file.len();
        (file.blocks().saturating_mul(512) < length && length > 2 * EDGE)
            .then_some(Holes { length, next: 0..0 })
    }

    /// Passes over a hole, if the file stands in one, and says how many bytes that are.
    /// `left` are those that are still to come.
    pub fn pass(&mut self, file: &mut File, left: u64) -> u64 {
        let at = self.length - left;
        if at >= self.next.end {
            let next = self.find(file, at);
            // A file system that cannot tell has none.
            self.next = next.unwrap_or(self.length..u64::MAX);
            if file.seek(SeekFrom::Start(at)).is_err() {
                return 0;
            }
        }
        if left == 0 || !self.next.contains(&at) {
            return 0;
        }
        match file.seek(SeekFrom::Start(self.next.end)) {
            Ok(_) => self.next.end - at,
            Err(_) => 0,
        }
    }

    /// The next hole that is long enough to pass over.
    fn find(&self, file: &File, mut start: u64) -> io::Result<Range<u64>> {
        loop {
            let hole = system::hole(file, start)?;
            let end = hole.end.min(self.length);
            // Characters of two bytes or four stay whole.
            let inner = (hole.start + EDGE).next_multiple_of(4)..end.saturating_sub(EDGE) / 4 * 4;
            if !inner.is_empty() {
                return Ok(inner);
            }
            if end >= self.length {
                return Ok(self.length..u64::MAX);
            }
            start = end;
        }
    }
}
