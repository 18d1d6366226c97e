//! What the file of a container says of it: a line of the table in `format.rs`.

use std::io::{self, Read};
use std::ops::ControlFlow;

use super::{Limits, Members, ReadSeek};

/// One kind of container, as its own file describes it.
pub struct Container {
    /// The word used in reports.
    pub id: &'static str,
    /// How it is told.
    pub tells: Tells,
    /// How it is read.
    pub opens: Opens,
    /// What it holds.
    pub holds: Holds,
    /// Whether a file of it is best read once, as a whole from its beginning: what it
    /// holds is long, and its own bytes are scanned on the way.
    pub is_read_once: bool,
    /// Whether its decoder keeps what it gave, to repeat it.
    pub has_window: bool,
    /// Tells one that has something else in front of it.
    pub behind: Option<fn(&mut dyn ReadSeek) -> io::Result<bool>>,
    /// Reads one that is too large for the memory from its beginning to its end, where
    /// that can be done at all, though less well.
    pub opens_large: Option<OpensStream>,
    /// Small ones that are read to their end.
    #[cfg(test)]
    pub samples: fn() -> Vec<Vec<u8>>,
}

impl Container {
    /// What most have in common, so that an entry says what is its own.
    pub const BASE: Container = Container {
        id: "",
        tells: Tells::Head(|_| false),
        opens: Opens::Stream(|_, _, _| ControlFlow::Continue(())),
        holds: Holds::Files,
        is_read_once: false,
        has_window: false,
        behind: None,
        opens_large: None,
        #[cfg(test)]
        samples: Vec::new,
    };
}

/// How a container is told by its first bytes, of which there are at best [`HEAD`](super::HEAD).
pub enum Tells {
    /// They have a mark.
    Head(fn(&[u8]) -> bool),
    /// They have none, so whatever has one is something else.
    Unmarked(fn(&[u8]) -> bool),
    /// They are not enough without the name, which comes behind them.
    Name(fn(&[u8], &[u8]) -> bool),
}

/// Reads from the beginning to the end.
pub type OpensStream = fn(&mut dyn Read, &Limits, &mut dyn Members) -> ControlFlow<()>;
/// Reads in any order.
pub type OpensSeek = fn(&mut dyn ReadSeek, &Limits, &mut dyn Members) -> ControlFlow<()>;
/// Reads an image in memory, with the write-ahead log that belongs to it.
pub type OpensImage = fn(Vec<u8>, Option<Vec<u8>>, &Limits, &mut dyn Members) -> ControlFlow<()>;

/// How a container is read.
pub enum Opens {
    /// From its beginning to its end.
    Stream(OpensStream),
    /// In any order.
    Seek(OpensSeek),
    /// From its beginning to its end, and better in any order.
    Either(OpensStream, OpensSeek),
    /// As a whole in memory.
    Image(OpensImage),
}

/// What a container holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// One file and nothing beside it.
    OneFile,
    /// Files, records, or both.
    Files,
    /// Files that stand in it as they are, one after the other.
    FilesAsTheyAre,
}
