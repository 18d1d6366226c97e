//! Reads the bytes of a pack, and the content of its entries.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use sha1::{Digest, Sha1};

use super::git_delta::{Stop, damaged};
use crate::container::ReadSeek;

/// The content of an object that isn't a delta, to be read.
pub struct Content<R> {
    pub inner: R,
    /// Bytes that must still come.
    pub left: u64,
    /// A copy, if it isn't too large for a base.
    pub kept: Option<Copied>,
}

/// What was read of an object, and its id.
pub struct Copied {
    pub hash: Sha1,
    pub content: Vec<u8>,
}

impl<R: Read> Read for Content<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        // Beyond its length there is only the end.
        let room = usize::try_from(self.left).unwrap_or(buffer.len());
        let room = room.clamp(1, buffer.len());
        let length = self.inner.read(&mut buffer[..room])?;
        let left = self.left.checked_sub(length as u64);
        let Some(left) = left.filter(|left| length > 0 || *left == 0) else {
            let why = "an object of another length than it says";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        };
        self.left = left;
        let bytes = buffer.get(..length).unwrap_or_default();
        if let Some(kept) = &mut self.kept {
            kept.hash.update(bytes);
            kept.content.extend_from_slice(bytes);
        }
        Ok(length)
    }
}

/// The input, with the place at which it is read.
pub struct Source<'a> {
    pub input: BufReader<&'a mut dyn ReadSeek>,
    pub position: u64,
}

impl Source<'_> {
    pub fn go_to(&mut self, place: u64) -> io::Result<()> {
        if place != self.position {
            self.input.seek(SeekFrom::Start(place))?;
            self.position = place;
        }
        Ok(())
    }

    pub fn byte(&mut self) -> Result<u8, Stop> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        match self.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(damaged("it is cut short"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.position += length as u64;
        Ok(length)
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.position += count as u64;
        self.input.consume(count);
    }
}
