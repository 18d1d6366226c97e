//! Bytes that come one after the other.

use std::io::{self, Read, Seek};

/// Bytes that can be read in any order.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Where the bytes of an input come from.
pub trait Feed {
    /// Fills the beginning of `buffer`, as far as there are bytes.
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed>;

    /// Passes over zeros that come next and that nobody has to read, and says how many
    /// they are. Before and behind them are more than any context reaches over.
    fn pass_zeros(&mut self) -> u64 {
        0
    }

    /// All of them, where nothing was taken yet and they are in memory.
    fn bytes(&self) -> Option<&[u8]> {
        None
    }

    /// Whether it is a file, whose bytes can be had once more.
    fn is_file(&self) -> bool {
        false
    }

    /// How many bytes are still to come, where that is known.
    fn left(&self) -> Option<u64> {
        None
    }

    /// The same bytes once more, in any order, where they can be had again.
    fn again(&mut self) -> Option<Box<dyn ReadSeek>> {
        None
    }

    /// The file beside it whose name ends with this, too. Nothing where there is none.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened.
    fn beside(&mut self, ending: &str) -> io::Result<Option<Box<dyn ReadSeek>>> {
        let _ = ending;
        Ok(None)
    }
}

/// What a feed had to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fed {
    /// This many bytes, at least one.
    Bytes(usize),
    /// Nothing at the moment; more may come.
    Idle,
    /// There is more, and some time has passed: what was seen can be announced.
    Behind,
    /// Nothing any more.
    End,
}

impl Feed for &[u8] {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        Ok(match self.read(buffer)? {
            0 => Fed::End,
            count => Fed::Bytes(count),
        })
    }

    fn bytes(&self) -> Option<&[u8]> {
        Some(self)
    }
}
