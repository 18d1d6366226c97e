//! What is done around decoders that other people wrote.

use std::io::{self, Read};

use crate::system::memory::Held;

/// A decoder that would lose what it has decoded when it meets damage behind it,
/// so it is asked for one byte at a time.
pub struct ByteByByte<R> {
    pub decoder: R,
    /// The words of an error, which stays.
    pub failed: Option<String>,
}

impl<R: Read> ByteByByte<R> {
    /// The same content, up to its damage.
    pub fn new(decoder: R) -> ByteByByte<R> {
        ByteByByte {
            decoder,
            failed: None,
        }
    }
}

impl<R: Read> Read for ByteByByte<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while self.failed.is_none() && count < output.len() {
            match self.decoder.read(&mut output[count..=count]) {
                Ok(0) => return Ok(count),
                Ok(_) => count += 1,
                Err(error) => self.failed = Some(error.to_string()),
            }
        }
        match &self.failed {
            Some(words) if count == 0 && !output.is_empty() => {
                Err(io::Error::new(io::ErrorKind::InvalidData, words.clone()))
            }
            _ => Ok(count),
        }
    }
}

/// A decoder with the memory that it takes.
pub struct Holding<R> {
    pub decoder: R,
    pub _held: Held,
}

impl<R: Read> Holding<R> {
    /// The same content, from a decoder that takes so many bytes.
    pub fn new(decoder: R, held: Held) -> Holding<R> {
        Holding {
            decoder,
            _held: held,
        }
    }
}

impl<R: Read> Read for Holding<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(output)
    }
}
