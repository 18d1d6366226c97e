//! Keeps what may be an archive behind something else, of an input that goes by once.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::container::Tail;
use crate::system::memory::{self, Held};

/// How an archive begins that can stand behind something else.
const BEGINNING: &[u8] = b"PK\x03\x04";
static FINDER: LazyLock<Finder> = LazyLock::new(|| Finder::new(BEGINNING));
/// Bytes for which no other thread has to wait.
const SMALL: usize = 4 << 20;

/// An input that goes by. Only its end tells whether it is an archive, so it is kept from
/// where one can begin, as far as there is memory for that.
#[derive(Default)]
pub struct Passing {
    /// Its last bytes.
    pub tail: Tail,
    /// Bytes that went by before those that are kept.
    before: u64,
    kept: Kept,
    /// How many bytes may be kept, and how many are looked at before.
    most: usize,
    held: Held,
}

/// What is kept of it.
#[derive(Default)]
enum Kept {
    /// Nothing, because nobody wants it or it takes too much memory.
    #[default]
    Nothing,
    /// The last bytes, in which an archive may begin.
    Edge(Vec<u8>),
    /// Everything from where an archive begins.
    Archive(Vec<u8>),
}

impl Passing {
    /// Of an input for which there is so much memory.
    pub fn within(most: usize) -> Passing {
        Passing {
            kept: match most {
                0 => Kept::Nothing,
                _ => Kept::Edge(Vec::new()),
            },
            most,
            ..Passing::default()
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        const CUT: usize = BEGINNING.len() - 1;
        self.tail.push(bytes);
        match &mut self.kept {
            Kept::Nothing => return,
            Kept::Edge(edge) => {
                let joint = [&edge[..], &bytes[..bytes.len().min(CUT)]].concat();
                let in_bytes = || Some(edge.len() + FINDER.find(bytes)?);
                if let Some(at) = FINDER.find(&joint).or_else(in_bytes) {
                    self.before += at as u64;
                    let mut archive = edge.split_off(at.min(edge.len()));
                    archive.extend(&bytes[at.saturating_sub(edge.len())..]);
                    self.kept = Kept::Archive(archive);
                } else {
                    let length = edge.len() + bytes.len();
                    let last = bytes.last_chunk::<CUT>().map_or(&joint[..], |last| last);
                    *edge = last[last.len().saturating_sub(CUT)..].to_vec();
                    self.before += (length - edge.len()) as u64;
                }
            }
            Kept::Archive(archive) => {
                if archive.len() < SMALL && archive.len() + bytes.len() >= SMALL {
                    self.held = memory::hold(self.most);
                }
                archive.extend(bytes);
            }
        }
        let kept = match &self.kept {
            Kept::Archive(archive) => archive.len(),
            _ => 0,
        };
        if kept > self.most || self.before > self.most as u64 {
            (self.kept, self.held) = (Kept::Nothing, Held::default());
        }
    }

    /// All of it, as far as it was kept.
    pub fn into_input(self) -> Option<Input> {
        let bytes = match self.kept {
            Kept::Nothing => return None,
            Kept::Edge(bytes) | Kept::Archive(bytes) => bytes,
        };
        Some(Input {
            before: self.before,
            bytes,
            at: 0,
            _held: self.held,
        })
    }
}

/// An input whose beginning was not kept and reads as zeros: places in it are what they were.
pub struct Input {
    before: u64,
    bytes: Vec<u8>,
    at: u64,
    _held: Held,
}

impl Input {
    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.before + self.bytes.len() as u64
    }

    /// How many of them are in memory.
    pub fn kept(&self) -> usize {
        self.bytes.len()
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.before.checked_sub(self.at) {
            None | Some(0) => {
                let start = usize::try_from(self.at - self.before).unwrap_or(usize::MAX);
                self.bytes.get(start..).unwrap_or_default().read(buffer)?
            }
            Some(left) => io::repeat(0).take(left).read(buffer)?,
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept of an input that comes in pieces of this length.
    fn kept(input: &[u8], piece: usize, most: usize) -> Option<Vec<u8>> {
        let mut passing = Passing::within(most);
        input.chunks(piece).for_each(|piece| passing.push(piece));
        let mut input = passing.into_input()?;
        let mut bytes = Vec::new();
        assert_eq!(input.seek(SeekFrom::End(0)).ok(), Some(input.length()));
        input.rewind().expect("it has a beginning");
        input.read_to_end(&mut bytes).expect("memory can be read");
        assert_eq!(bytes.len() as u64, input.length());
        Some(bytes)
    }

    #[test]
    fn everything_is_kept_from_where_an_archive_can_begin() {
        let input = b"one PK\x03 two PPK\x03\x04 three PK\x03\x04 four";
        let mut expected = input.to_vec();
        expected[..13].fill(0);
        for piece in 1..=input.len() {
            assert_eq!(kept(input, piece, 100), Some(expected.clone()), "{piece}");
            assert_eq!(kept(input, piece, 20), Some(expected.clone()), "{piece}");
            assert_eq!(kept(input, piece, 19), None, "{piece}");
        }
    }

    #[test]
    fn what_stands_before_is_looked_at_within_a_bound() {
        let input = [&[b'x'; 100][..], BEGINNING].concat();
        for piece in [1, 2, 3, 50, 104] {
            assert!(kept(&input, piece, 99).is_none(), "{piece}");
            assert!(kept(&input, piece, 100).is_some(), "{piece}");
            assert!(kept(&input[..100], piece, 100).is_some(), "{piece}");
        }
    }
}
