//! Containers: files that hold others, whole or in parts.
//!
//! A format is told by its content. Each opens what it is given and hands over
//! member after member; how much is read of them is for the taker to say, who
//! counts and stops. Nothing is written to disk, and no name is used as a path.

mod apple_date;
mod archive;
mod behind;
mod bytes;
mod capture;
mod codec;
#[cfg(test)]
mod collected;
pub mod database;
mod document;
mod entry;
mod format;
#[cfg(test)]
pub mod packing;
mod shortened;
#[cfg(test)]
pub mod testing;
mod unread;

use std::cell::Cell;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};

pub use behind::end_of_program;
pub use format::Format;
pub use unread::{Closed, tell as tell_closed};

pub use crate::model::feed::ReadSeek;

use crate::model::location::Location;

/// How many bytes at the beginning of an input tell its format: the mark of an
/// image of a disc ends here.
pub const HEAD: usize = unread::DISC + unread::DISC_MARK.len();

/// The last bytes of an input that goes by. They tell a zip archive that has
/// something in front of it: a program, a picture, a script.
#[derive(Default)]
pub struct Tail {
    /// As long as the end of an archive without a comment.
    last: [u8; 22],
}

impl Tail {
    /// The last of these bytes.
    pub fn of(bytes: &[u8]) -> Tail {
        let mut tail = Tail::default();
        tail.push(bytes);
        tail
    }

    /// Takes the next bytes of the input.
    pub fn push(&mut self, bytes: &[u8]) {
        let length = self.last.len();
        match bytes.last_chunk() {
            Some(last) => self.last = *last,
            None => {
                self.last.rotate_left(bytes.len());
                self.last[length - bytes.len()..].copy_from_slice(bytes);
            }
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.last
    }
}

/// Takes what a container holds, in the container's own order.
pub trait Members {
    /// One member with its content. What is left unread of it is skipped by the
    /// container. `content` gives an error where the member is damaged; the
    /// taker has reported it then. `Break` ends the reading of the container.
    fn member(&mut self, name: &[u8], content: &mut dyn Read) -> ControlFlow<()>;

    /// A member whose content stands as it is at this place of the container, and is
    /// given from there on without a gap.
    fn stored(
        &mut self,
        name: &[u8],
        place: Range<u64>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let _ = place;
        self.member(name, content)
    }

    /// A member whose content is encoded in a text of the container. That text stands at
    /// this place, as far as the content was read.
    fn encoded(
        &mut self,
        name: &[u8],
        place: &Cell<Option<Location>>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let _ = place;
        self.member(name, content)
    }

    /// One record of named fields: a row of a table, a cookie, a key with its
    /// value. `name` says where: `moz_cookies rowid 12`.
    fn record(&mut self, name: &str, fields: &[Field<'_>]) -> ControlFlow<()>;

    /// Something that is there and could not be read; without a name, the
    /// container itself. Reading goes on where it can.
    fn unread(&mut self, name: &[u8], why: Unread);

    /// Reads what is left of a member, where nothing else leads to the next one. `Break`
    /// where that takes too much, which is reported then.
    ///
    /// # Errors
    ///
    /// What the content answers.
    fn pass(&mut self, content: &mut dyn Read) -> io::Result<ControlFlow<()>> {
        io::copy(content, &mut io::sink()).map(|_| ControlFlow::Continue(()))
    }
}

/// One named value of a record.
pub struct Field<'a> {
    /// The name.
    pub name: &'a str,
    /// The value.
    pub value: &'a [u8],
}

/// Why something in a container could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is encrypted.
    Encrypted,
    /// It is damaged; the words say how.
    Damaged(String),
    /// A method or variant that is not supported; the words name it.
    Unsupported(String),
    /// A bound was hit; the words name it.
    Limit(String),
}

/// The bounds of one decoder.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Members of one container.
    pub entries: u64,
    /// Bytes that one decoder may allocate: dictionaries, tables, images.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            entries: 1_000_000,
            memory: 64 << 20,
        }
    }
}
