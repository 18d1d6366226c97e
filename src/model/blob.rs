//! Bytes that were read, and where they can be found again.

use std::path::{Path, PathBuf};

/// Where the bytes of an input came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// A file, by the path under which it was reached.
    File(PathBuf),
    /// An object of a git repository.
    Object(GitObject),
    /// Standard input.
    Stdin,
}

impl Provenance {
    /// The path of the file; standard input has none, and neither has an
    /// object that no tree names.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Provenance::File(path) => Some(path.clone()),
            Provenance::Object(object) => object.path_as_reached(),
            Provenance::Stdin => None,
        }
    }

    /// The name shown to people. It may hold anything that a file name may
    /// hold, so it is escaped where it leaves the program.
    pub fn display_name(&self) -> String {
        match self {
            Provenance::File(path) => path.to_string_lossy().into_owned(),
            Provenance::Object(object) => object.display_name(),
            Provenance::Stdin => "<stdin>".to_owned(),
        }
    }
}

/// An object of a git repository: a file's content at some time, or a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitObject {
    /// The repository's work tree, or the git folder of one without, by the
    /// path under which it was reached.
    pub repository: PathBuf,
    /// The path of a blob in the work tree, in a commit that holds it.
    pub path: Option<PathBuf>,
    /// What it is.
    pub kind: ObjectKind,
    /// Its id, in hexadecimal digits.
    pub id: String,
}

impl GitObject {
    /// Where the file stands or stood, by the path under which the repository
    /// was reached.
    pub fn path_as_reached(&self) -> Option<PathBuf> {
        self.path.as_deref().map(|path| self.reached(path))
    }

    /// A path of the repository, by the path under which the repository was reached.
    pub fn reached(&self, path: &Path) -> PathBuf {
        match self.repository.strip_prefix(".") {
            Ok(rest) => rest.join(path),
            Err(_) => self.repository.join(path),
        }
    }

    /// The beginning of the id that people use.
    pub fn short_id(&self) -> &str {
        self.id.get(..SHORT_ID).unwrap_or(&self.id)
    }

    fn display_name(&self) -> String {
        let name = format!("{} {}", self.kind.id(), self.short_id());
        match self.path_as_reached() {
            Some(path) => format!("{} ({name})", path.to_string_lossy()),
            None if self.repository.as_os_str() == "." => name,
            None => format!("{} ({name})", self.repository.to_string_lossy()),
        }
    }
}

/// Digits of a shortened id.
pub const SHORT_ID: usize = 12;

/// What an object of a git repository is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// The content of a file.
    Blob,
    /// A commit: its message, author and committer.
    Commit,
    /// An annotated tag: its message and tagger.
    Tag,
    /// A list of files. Trees are not audited, but one can be damaged.
    Tree,
}

impl ObjectKind {
    /// The word that git uses.
    pub fn id(self) -> &'static str {
        match self {
            ObjectKind::Blob => "blob",
            ObjectKind::Commit => "commit",
            ObjectKind::Tag => "tag",
            ObjectKind::Tree => "tree",
        }
    }
}
