//! Where inputs come from.

mod files;
mod git;
#[cfg(unix)]
mod holes;
mod message;
mod regular;
mod scope;
mod stdin;

use std::io::{self, Read};
use std::path::PathBuf;

use crate::model::audit::{Note, Skipped};
use crate::model::blob::{GitObject, Provenance};
use crate::model::feed::{Fed, Feed};
use crate::model::finding;

pub use files::{Files, in_words, work_tree};
pub use git::{
    Added, CommitRange, Found, GitHistory, Here, ObjectId, Old, Paths, Revisions, Span, Staged,
    hooks_folder,
};
pub use message::Message;
pub use regular::{read as read_regular, text as read_text};
pub use scope::Scope;
pub use stdin::{Piped, Stdin, piped};

/// Something that has inputs to audit.
pub trait Source {
    /// Hands every input to a worker. A source with several threads hires a
    /// worker for each.
    fn drive(&self, hire: &Hire<'_>);
}

/// Gives a thread its worker.
pub type Hire<'w> = dyn Fn() -> Box<dyn Worker + 'w> + Sync + 'w;

/// Takes the inputs of one thread.
pub trait Worker: Send {
    /// Audits one input. `false` when the audit was stopped and no more inputs
    /// are wanted.
    fn audit(&mut self, provenance: Provenance, feed: &mut dyn Feed) -> bool;

    /// Whether an object whose paths are not known yet holds anything that could be a
    /// secret, whatever it is called, so that it has to be audited with them. It counts as
    /// read. Where it holds nothing, what could not be unpacked of it is taken down, or
    /// counts as something where paths decide. What came before an error was looked at.
    fn probe(&mut self, object: &Probed<'_>, feed: &mut dyn Feed) -> (bool, io::Result<()>);

    /// Audits an object of a repository that was probed before, so it is not
    /// counted once more. `content` opens it, once for each of its paths. `before` gives one
    /// after the other what was there earlier; a secret that stands there is not new. What
    /// was found before the audit was stopped is reported all the same, unless that takes
    /// long: `false` when no more objects are wanted.
    fn audit_object(
        &mut self,
        input: ObjectInput,
        content: &mut Opens<'_>,
        before: &mut Before<'_>,
    ) -> bool;

    /// Takes down what could not be read.
    fn skip(&mut self, skipped: Skipped);

    /// Counts an input that is not read, because the audit was stopped.
    fn leave(&mut self, provenance: &Provenance);

    /// Takes down what was left out on purpose.
    fn note(&mut self, note: Note);

    /// Whether the audit was stopped.
    fn is_stopped(&self) -> bool;
}

/// An object of a repository, with what is known about it.
pub struct ObjectInput {
    /// The object, without a path.
    pub object: GitObject,
    /// The commits that hold it, and its paths in them.
    pub history: finding::History,
}

/// An object that is probed.
pub struct Probed<'p> {
    /// Says which one it is.
    pub object: &'p dyn Fn() -> GitObject,
    /// Whether its paths decide if it is audited: then what cannot be read of it is not
    /// taken down without them.
    pub by_path: bool,
}

/// Gives one after the other what was there before a change.
pub type Before<'b> = dyn FnMut() -> Option<Earlier<'b>> + 'b;

/// Something that was there before a change.
pub struct Earlier<'b> {
    /// The object.
    pub id: ObjectId,
    /// Its path then: what a value is can depend on it.
    pub path: PathBuf,
    /// Puts its content into a buffer. `false` where it cannot be read.
    pub read: &'b dyn Fn(&ObjectId, &mut Vec<u8>) -> bool,
}

/// Opens the content of an object, or says why it cannot be read.
pub type Opens<'c> = dyn FnMut() -> Result<Box<dyn Read + 'c>, String> + 'c;

/// Hands on what a reader reads.
pub struct ReadFeed<R>(R);

impl<R: Read> ReadFeed<R> {
    /// A feed of everything up to the reader's end.
    pub fn new(reader: R) -> ReadFeed<R> {
        ReadFeed(reader)
    }
}

impl<R: Read> Feed for ReadFeed<R> {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        loop {
            match self.0.read(buffer) {
                Ok(0) => return Ok(Fed::End),
                Ok(count) => return Ok(Fed::Bytes(count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
