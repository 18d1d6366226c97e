//! Bytes that were read, and where they can be found again.

use std::path::{Path, PathBuf};

/// Where the bytes of an input came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// A file, by the path under which it was reached.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Provenance {
    /// The path of the file; standard input has none.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Provenance::File(path) => Some(path),
            Provenance::Stdin => None,
        }
    }

    /// The name shown to people. It may hold anything that a file name may
    /// hold, so it is escaped where it leaves the program.
    pub fn display_name(&self) -> String {
        match self {
            Provenance::File(path) => path.to_string_lossy().into_owned(),
            Provenance::Stdin => "<stdin>".to_owned(),
        }
    }
}
