//! Git repositories, read in this process.
//!
//! No program is started and nothing is written. The repository's own
//! configuration is read for the format of the database alone; filters, hooks,
//! text conversion, includes and the like are never looked at.

mod attribute;
mod changes;
mod commits;
mod here;
mod history;
mod missing;
mod pack;
mod range;
mod revisions;
mod staged;
mod store;
mod tips;
mod versions;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::audit::{Note, NoteKind, SkipReason, Skipped};
use crate::blob::Provenance;

pub use here::{Here, hooks_folder};
pub use history::History;
pub use range::CommitRange;
pub use revisions::Revisions;
pub use staged::Staged;

/// The repositories that a walk met.
#[derive(Clone, Debug, Default)]
pub struct Found(Arc<Mutex<BTreeMap<PathBuf, PathBuf>>>);

/// Where a repository was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The work tree, or the git folder of a repository without one, by the
    /// path under which it was reached.
    pub shown: PathBuf,
    /// The git folder.
    pub git_dir: PathBuf,
}

impl Found {
    /// Takes down a git folder: `.git`, or one whose repository is bare.
    pub fn add_folder(&self, git_dir: &Path) {
        let shown = match git_dir.file_name() {
            Some(name) if name == ".git" => git_dir.parent().unwrap_or(git_dir),
            _ => git_dir,
        };
        self.add(shown, git_dir);
    }

    /// Takes down where a file named `.git` leads to, as in submodules and
    /// linked work trees.
    pub fn add_link(&self, file: &Path) {
        let Some(git_dir) = linked(file) else { return };
        self.add(file.parent().unwrap_or(file), &git_dir);
    }

    fn add(&self, shown: &Path, git_dir: &Path) {
        let shown = if shown.as_os_str().is_empty() {
            Path::new(".")
        } else {
            shown
        };
        self.0
            .lock()
            .expect("no thread panics while it holds the repositories")
            .insert(git_dir.to_path_buf(), shown.to_path_buf());
    }

    /// The repositories, those with a work tree first.
    fn sorted(&self) -> Vec<Place> {
        let found = self.0.lock().expect("the walk has ended");
        let mut places: Vec<Place> = found
            .iter()
            .map(|(git_dir, shown)| Place {
                shown: shown.clone(),
                git_dir: git_dir.clone(),
            })
            .collect();
        places.sort_by_key(|place| (place.shown == place.git_dir, place.shown.clone()));
        places
    }
}

/// The git folder that a file named `.git` names.
fn linked(file: &Path) -> Option<PathBuf> {
    const LONGEST: u64 = 8192;
    if fs::metadata(file).ok()?.len() > LONGEST {
        return None;
    }
    let text = fs::read(file).ok()?;
    let path = text.strip_prefix(b"gitdir:")?.trim_ascii();
    Some(file.parent()?.join(path_of(path)))
}

/// A path as git stores it.
fn path_of(bytes: &[u8]) -> PathBuf {
    gix::path::from_byte_slice(bytes).map_or_else(
        |_| PathBuf::from(String::from_utf8_lossy(bytes).into_owned()),
        Path::to_path_buf,
    )
}

/// A path as a tree or an index has it. Names that git never checks out, because
/// they lead elsewhere, stand in parentheses: nobody shall look for them there.
fn path_in_tree(bytes: &[u8]) -> PathBuf {
    let plain =
        |name: &[u8]| !matches!(name, b"" | b"." | b"..") && !name.eq_ignore_ascii_case(b".git");
    if bytes.split(|byte| *byte == b'/').all(plain) {
        return path_of(bytes);
    }
    let mut path = PathBuf::new();
    for name in bytes.split(|byte| *byte == b'/') {
        match name {
            b"" => path.push("(empty)"),
            name if plain(name) => path.push(path_of(name)),
            name => path.push(path_of(&[b"(", name, b")"].concat())),
        }
    }
    path
}

/// A repository.
pub struct Repository {
    /// The work tree, or the git folder of a repository without one, by the
    /// path under which it was reached.
    pub shown: PathBuf,
    /// The folder with this work tree's HEAD and index.
    pub git_dir: PathBuf,
    /// The folder with what all work trees share.
    pub common_dir: PathBuf,
    /// The hash by which objects are named.
    pub hash: gix::hash::Kind,
    /// The repository for names and commits; it cannot always be opened.
    pub inner: Option<gix::Repository>,
    /// The other work trees of the same objects that were met, each with its
    /// own HEAD and index.
    pub others: Vec<Repository>,
}

impl Repository {
    /// Opens a repository whoever owns it: nothing in it is obeyed.
    pub fn open(place: &Place) -> (Repository, Vec<Skipped>) {
        let mut skipped = Vec::new();
        let git_dir = place.git_dir.clone();
        let common_dir = common_dir(&git_dir);
        let options = gix::open::Options::isolated()
            .open_path_as_is(true)
            .with(gix::sec::Trust::Full);
        let inner = match options.open(&git_dir) {
            Ok(inner) => Some(inner.to_thread_local()),
            Err(error) => {
                skipped.push(Skipped {
                    provenance: Provenance::File(git_dir.clone()),
                    reason: SkipReason::Damaged,
                    detail: error.to_string(),
                });
                None
            }
        };
        let hash = inner
            .as_ref()
            .map_or(gix::hash::Kind::Sha1, gix::Repository::object_hash);
        let repository = Repository {
            shown: place.shown.clone(),
            git_dir,
            common_dir,
            hash,
            inner,
            others: Vec::new(),
        };
        (repository, skipped)
    }

    /// The work trees that were met, this one first.
    fn work_trees(&self) -> impl Iterator<Item = &Repository> {
        std::iter::once(self).chain(&self.others)
    }

    /// The commit that is checked out in this work tree.
    fn head(&self) -> Option<gix::ObjectId> {
        let head = self.inner.as_ref()?.head().ok()?;
        head.id().map(gix::Id::detach)
    }

    /// The folders with an index of work trees that were not met.
    fn unmet(&self) -> Vec<PathBuf> {
        let real = |folder: &PathBuf| fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        let met: Vec<PathBuf> = self.work_trees().map(|tree| real(&tree.git_dir)).collect();
        let mut folders = vec![self.common_dir.clone()];
        let linked = fs::read_dir(self.common_dir.join("worktrees"));
        folders.extend(
            linked
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path()),
        );
        folders.retain(|folder| !met.contains(&real(folder)));
        folders.sort();
        folders
    }

    /// The submodules whose files are not there.
    fn empty_submodules(&self) -> Vec<Note> {
        // Few repositories have any, and an index can be long.
        if !self.shown.join(".gitmodules").is_file() {
            return Vec::new();
        }
        // An index that cannot be read is listed by those who need it.
        let Ok(Some(index)) = read_index(&self.git_dir.join("index"), self.hash) else {
            return Vec::new();
        };
        let shown = self.shown.strip_prefix(".").unwrap_or(&self.shown);
        index
            .entries()
            .iter()
            .filter(|entry| entry.mode == gix::index::entry::Mode::COMMIT)
            .map(|entry| shown.join(path_in_tree(entry.path(&index))))
            .filter(|path| !path.join(".git").exists())
            .map(|path| Note {
                provenance: Provenance::File(path),
                kind: NoteKind::EmptySubmodule,
            })
            .collect()
    }

    /// Whether this clone was made without the beginning of its history.
    fn missing_history(&self) -> Vec<Skipped> {
        let mut skipped = Vec::new();
        let shallow = self.common_dir.join("shallow");
        if fs::metadata(&shallow).is_ok_and(|metadata| metadata.len() > 0) {
            skipped.push(Skipped {
                provenance: Provenance::File(self.shown.clone()),
                reason: SkipReason::ShallowClone,
                detail: String::new(),
            });
        }
        skipped
    }
}

/// The folder that the work trees of a repository share.
fn common_dir(git_dir: &Path) -> PathBuf {
    match fs::read(git_dir.join("commondir")) {
        Ok(text) => git_dir.join(path_of(text.trim_ascii())),
        Err(_) => git_dir.to_path_buf(),
    }
}

/// Reads an index file. `None` when there is none.
fn read_index(path: &Path, hash: gix::hash::Kind) -> Result<Option<gix::index::File>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let options = gix::index::decode::Options::default();
    gix::index::File::at(path, hash, true, options)
        .map(Some)
        .map_err(|error| error.to_string())
}
