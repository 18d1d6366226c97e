//! The bytes of a PDF document, of which only a window is in memory.

use std::io::{self, Read, SeekFrom};

use crate::container::ReadSeek;

/// Bytes that are searched at once.
const WINDOW: usize = 64 << 10;

/// Where some bytes were found.
pub enum Found {
    /// Here.
    At(u64),
    /// Nobody has looked further than this.
    NotBefore(u64),
    /// Not in the rest.
    Nowhere,
}

/// The document's bytes, of which one window is kept.
pub struct Source<'a> {
    pub input: &'a mut dyn ReadSeek,
    window: Vec<u8>,
    start: u64,
}

impl<'a> Source<'a> {
    pub fn new(input: &'a mut dyn ReadSeek) -> Source<'a> {
        Source {
            input,
            window: Vec::new(),
            start: 0,
        }
    }

    /// Where some bytes stand next; not much further than so many bytes are searched.
    pub fn find(&mut self, needle: &[u8], mut from: u64, most: u64) -> io::Result<Found> {
        let enough = from.saturating_add(most);
        loop {
            let window = self.window_at(from, needle.len())?;
            if let Some(place) = memchr::memmem::find(window, needle) {
                return Ok(Found::At(from + place as u64));
            }
            if window.len() < needle.len() {
                return Ok(Found::Nowhere);
            }
            if from > enough {
                return Ok(Found::NotBefore(from));
            }
            // They may stand half in this window and half in the next.
            from += (window.len() - needle.len() + 1) as u64;
        }
    }

    /// The bytes at a place: as many as these, or fewer at the end.
    pub fn bytes(&mut self, from: u64, count: usize) -> io::Result<Vec<u8>> {
        let window = self.window_at(from, count)?;
        Ok(window.get(..count).unwrap_or(window).to_vec())
    }

    /// A few bytes at a place that is looked at once: the window stays where it is.
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

    /// The bytes at a place, at least `count` of them if there are so many.
    fn window_at(&mut self, from: u64, count: usize) -> io::Result<&[u8]> {
        let end = self.start + self.window.len() as u64;
        let needed = from.saturating_add(count as u64);
        if from < self.start || needed > end {
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

    /// The input from a place on.
    pub fn at(&mut self, place: u64) -> io::Result<&mut dyn ReadSeek> {
        self.input.seek(SeekFrom::Start(place))?;
        Ok(&mut *self.input)
    }
}
