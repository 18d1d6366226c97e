//! Git repositories, read in this process.
//!
//! No program is started and nothing is written. The repository's own
//! configuration is read for the format of the database alone; filters, hooks,
//! text conversion, includes and the like are never looked at.

mod added;
mod attribute;
mod changes;
mod commits;
mod expand;
mod guard;
mod here;
mod history;
mod known;
mod look;
mod missing;
mod pack;
mod paths;
mod range;
mod refs;
mod reftable;
mod revisions;
mod settings;
mod staged;
mod store;
mod tables;
mod target;
mod tips;
mod versions;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use self::settings::{RefStorage, Settings};
use self::store::damaged_file;
use super::{Scope, regular};
use crate::model::audit::{Note, NoteKind, SkipReason, Skipped};
use crate::model::blob::Provenance;

pub use added::{Added, Old, Span};
pub use gix::ObjectId;
pub use here::{Here, hooks_folder};
pub use history::GitHistory;
pub use paths::Paths;
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
    ///
    /// # Errors
    ///
    /// Why that cannot be told.
    pub fn add_link(&self, file: &Path) -> Result<(), Skipped> {
        let git_dir = linked(file)?;
        self.add(file.parent().unwrap_or(file), &git_dir);
        Ok(())
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

/// The longest file that only names another place.
const LONGEST_LINK: u64 = 8192;
/// The longest index that is read.
const LONGEST_INDEX: u64 = 256 << 20;
/// The longest list of commits without parents that is read.
const LONGEST_SHALLOW: u64 = 64 << 20;

/// The git folder that a file named `.git` names.
fn linked(file: &Path) -> Result<PathBuf, Skipped> {
    let text = regular::read(file, LONGEST_LINK)?.unwrap_or_default();
    let path = text.strip_prefix(b"gitdir:").map(<[u8]>::trim_ascii);
    match (path, file.parent()) {
        (Some(path), Some(folder)) if !path.is_empty() => Ok(folder.join(path_of(path))),
        _ => Err(damaged_file(file, "it names no git folder")),
    }
}

/// Whether a name is made of the digits that git gives to objects.
fn is_git_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_hexdigit())
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
    /// Where its files are, when they are not beside the git folder.
    pub work_tree: Option<PathBuf>,
    /// Whether it has no work tree of its own, as a server's.
    pub is_bare: bool,
    /// How refs are stored.
    pub ref_storage: RefStorage,
    /// The other work trees of the same objects that were met, each with its
    /// own HEAD and index.
    pub others: Vec<Repository>,
}

impl Repository {
    /// Opens a repository whoever owns it: nothing in it is obeyed.
    pub fn open(place: &Place) -> (Repository, Vec<Skipped>) {
        let mut skipped = Vec::new();
        let git_dir = place.git_dir.clone();
        let common_dir = common_dir(&git_dir).unwrap_or_else(|why| {
            skipped.push(why);
            git_dir.clone()
        });
        let Settings {
            hash,
            work_tree,
            is_bare,
            ref_storage,
        } = Settings::read(&common_dir, &mut skipped);
        let is_main = git_dir == common_dir;
        let is_named_git = git_dir.file_name().is_some_and(|name| name == ".git");
        let is_bare = is_bare.unwrap_or(!is_named_git) && is_main && work_tree.is_none();
        let repository = Repository {
            shown: place.shown.clone(),
            // Every linked work tree has a place of its own.
            work_tree: work_tree.filter(|_| is_main).map(|path| git_dir.join(path)),
            is_bare,
            git_dir,
            common_dir,
            hash,
            ref_storage,
            others: Vec::new(),
        };
        (repository, skipped)
    }

    /// The work trees that were met, this one first.
    fn work_trees(&self) -> impl Iterator<Item = &Repository> {
        std::iter::once(self).chain(&self.others)
    }

    /// The commit that is checked out in this work tree. `None` before the first.
    ///
    /// # Errors
    ///
    /// Why it cannot be told.
    fn head(&self) -> Result<Option<ObjectId>, Skipped> {
        refs::head(self)
    }

    /// Whether it has refs that cannot be read, so that nobody knows what they lead to.
    fn has_unknown_refs(&self) -> bool {
        match self.ref_storage {
            RefStorage::Files => false,
            RefStorage::Tables => [&self.common_dir, &self.git_dir].iter().any(|folder| {
                reftable::all(folder, self.hash).is_err()
                    || reftable::logged(folder, self.hash).is_err()
            }),
            RefStorage::Unknown => true,
        }
    }

    /// The commits that are being merged into it in this work tree.
    ///
    /// # Errors
    ///
    /// Why they cannot be told.
    fn merge_heads(&self) -> Result<Vec<ObjectId>, Skipped> {
        refs::merge_heads(self)
    }

    /// Whether this is one of the work trees that were met.
    fn has_met(&self, other: &Repository) -> bool {
        let folder = real(&other.git_dir);
        self.work_trees().any(|tree| real(&tree.git_dir) == folder)
    }

    /// The folders that can have an index, with the number of the work tree, if
    /// it was met.
    fn index_folders(&self) -> Vec<(Option<usize>, PathBuf)> {
        let met = self.work_trees().map(|tree| tree.git_dir.clone());
        let met = (0..).map(Some).zip(met);
        let unmet = self.unmet().into_iter().map(|folder| (None, folder));
        met.chain(unmet).collect()
    }

    /// The folders with an index of work trees that were not met.
    fn unmet(&self) -> Vec<PathBuf> {
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

    /// The submodules whose files are not there, and that are not left out.
    fn empty_submodules(&self, scope: &Scope) -> Vec<Note> {
        // Few repositories have any, and an index can be long.
        if !self.shown.join(".gitmodules").is_file() {
            return Vec::new();
        }
        // An index that cannot be read is listed anyway.
        let Ok(Some(index)) = read_index(&self.git_dir.join("index"), self.hash) else {
            return Vec::new();
        };
        let shown = self.shown.strip_prefix(".").unwrap_or(&self.shown);
        index
            .entries()
            .iter()
            .filter(|entry| entry.mode == gix::index::entry::Mode::COMMIT)
            .map(|entry| path_in_tree(entry.path(&index)))
            .filter(|path| !scope.excludes(path, true))
            .map(|path| shown.join(path))
            .filter(|path| !path.join(".git").exists())
            .map(|path| Note {
                provenance: Provenance::File(path),
                kind: NoteKind::EmptySubmodule,
                detail: String::new(),
            })
            .collect()
    }

    /// The commits whose parents this clone was made without.
    fn shallow(&self) -> Result<HashSet<ObjectId>, Skipped> {
        let text = regular::read(&self.common_dir.join("shallow"), LONGEST_SHALLOW)?;
        let text = text.unwrap_or_default();
        let lines = text.split(|byte| *byte == b'\n');
        Ok(lines
            .filter_map(|line| ObjectId::from_hex(line.trim_ascii()).ok())
            .collect())
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

/// A folder by the path that leads there without links.
fn real(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf())
}

/// The folder that the work trees of a repository share.
fn common_dir(git_dir: &Path) -> Result<PathBuf, Skipped> {
    Ok(
        match regular::read(&git_dir.join("commondir"), LONGEST_LINK)? {
            Some(text) => git_dir.join(path_of(text.trim_ascii())),
            None => git_dir.to_path_buf(),
        },
    )
}

/// Reads an index file. `None` when there is none.
fn read_index(path: &Path, hash: gix::hash::Kind) -> Result<Option<gix::index::File>, Skipped> {
    if !regular::check(path, LONGEST_INDEX)? {
        return Ok(None);
    }
    let options = gix::index::decode::Options::default();
    gix::index::File::at(path, hash, true, options)
        .map(Some)
        .map_err(|error| damaged_file(path, &error.to_string()))
}
