//! The bytes of a PDF document, of which only a window is in memory.

use std::io::{self, Read, SeekFrom};

use crate::container::{Members, ReadSeek};

/// Bytes that are searched at once.
const WINDOW: usize = 64 << 10;
/// After so many bytes that hold nothing to give, the taker is asked whether to go on.
const STRIDE: u64 = 16 << 20;

/// Why the reading of a document ends early.
pub enum Stop {
    /// The taker has enough.
    Enough,
    /// The document can't be read.
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Failed(error)
    }
}

/// The document's bytes, of which one window is kept.
pub struct Source<'a> {
    input: &'a mut dyn ReadSeek,
    size: u64,
    window: Vec<u8>,
    start: u64,
}

impl<'a> Source<'a> {
    pub fn new(input: &'a mut dyn ReadSeek) -> io::Result<Source<'a>> {
        let size = input.seek(SeekFrom::End(0))?;
        Ok(Source {
            input,
            size,
            window: Vec::new(),
            start: 0,
        })
    }

    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where some bytes stand next.
    pub fn search(
        &mut self,
        needle: &[u8],
        mut from: u64,
        members: &mut dyn Members,
    ) -> Result<Option<u64>, Stop> {
        let mut asked = from;
        loop {
            let window = self.window_at(from, needle.len())?;
            if let Some(place) = memchr::memmem::find(window, needle) {
                return Ok(Some(from + place as u64));
            }
            if window.len() < needle.len() {
                return Ok(None);
            }
            // They may stand half in this window and half in the next.
            from += (window.len() - needle.len() + 1) as u64;
            if from - asked > STRIDE {
                asked = from;
                if members.member(b"", &mut io::empty()).is_break() {
                    return Err(Stop::Enough);
                }
            }
        }
    }

    /// The bytes at a place: as many as these, or fewer at the end.
    pub fn bytes(&mut self, from: u64, count: usize) -> io::Result<Vec<u8>> {
        let window = self.window_at(from, count)?;
        Ok(window.get(..count).unwrap_or(window).to_vec())
    }

    /// Bytes at a place that is looked at once: the window stays where it is.
    pub fn peek(&mut self, from: u64, count: usize) -> io::Result<Vec<u8>> {
        let end = self.start + self.window.len() as u64;
        if from >= self.start && from.saturating_add(count as u64) <= end {
            return self.bytes(from, count);
        }
        let mut bytes = Vec::new();
        let input = self.at(from)?;
        input.take(count as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The input from a place on.
    pub fn at(&mut self, place: u64) -> io::Result<&mut dyn ReadSeek> {
        self.input.seek(SeekFrom::Start(place))?;
        Ok(&mut *self.input)
    }

    /// The bytes at a place, at least `count` of them if there are so many.
    fn window_at(&mut self, from: u64, count: usize) -> io::Result<&[u8]> {
        let end = self.start + self.window.len() as u64;
        if from < self.start || from.saturating_add(count as u64) > end {
            self.window.clear();
            self.start = from;
            self.input.seek(SeekFrom::Start(from))?;
            let length = count.max(WINDOW) as u64;
            (&mut *self.input)
                .take(length)
                .read_to_end(&mut self.window)?;
        }
        let skipped = usize::try_from(from - self.start).unwrap_or(usize::MAX);
        Ok(self.window.get(skipped..).unwrap_or_default())
    }
}
