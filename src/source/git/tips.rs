//! Where walks through the history begin: refs, reflogs and what git keeps beside them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gix::ObjectId;

use super::settings::RefStorage;
use super::target::Target;
use super::{Repository, real, refs, reftable};
use crate::model::audit::Skipped;
use crate::source::regular;

/// Folders in folders, below which a name of a branch can lie.
const DEPTH: usize = 64;

/// Something that names an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    /// What it names, which can be a tag.
    pub id: ObjectId,
    /// By what.
    pub by: By,
}

/// By what an object is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The commit that is checked out, in a work tree by its number.
    Head(usize),
    /// A ref, by its full name.
    Ref(String),
    /// An entry of a reflog, or a reference such as `FETCH_HEAD`.
    Reflog,
}

impl By {
    /// The full name of the ref that it is.
    pub fn ref_name(&self) -> Option<&String> {
        match self {
            By::Ref(name) => Some(name),
            By::Head(_) | By::Reflog => None,
        }
    }
}

/// Everything that names an object in a repository, each once.
pub fn tips(repository: &Repository, skipped: &mut Vec<Skipped>) -> Vec<Tip> {
    let mut tips = names(repository, skipped);
    let mut met = BTreeSet::new();
    let mut folders = Vec::new();
    for tree in repository.work_trees() {
        let linked = children(&tree.common_dir.join("worktrees"));
        let all = [tree.common_dir.clone(), tree.git_dir.clone()];
        let all = all.into_iter().chain(linked);
        folders.extend(all.map(|folder| (folder, tree.ref_storage)));
    }
    folders.retain(|(folder, _)| met.insert(real(folder)));
    for (folder, ref_storage) in folders {
        beside(&folder, repository.hash, &mut tips, skipped);
        if ref_storage == RefStorage::Tables {
            in_tables(&folder, repository.hash, &mut tips, skipped);
        } else {
            let folder = folder.join("logs");
            logs(&folder, DEPTH, repository.hash, &mut tips, skipped);
        }
    }
    tips.into_iter().collect()
}

/// What is checked out in each work tree, and every ref.
pub fn names(repository: &Repository, skipped: &mut Vec<Skipped>) -> BTreeSet<Tip> {
    let mut tips = BTreeSet::new();
    for (number, tree) in repository.work_trees().enumerate() {
        match tree.head() {
            Ok(Some(id)) => {
                let by = By::Head(number);
                tips.insert(Tip { id, by });
            }
            Ok(None) => {}
            Err(why) => skipped.push(why),
        }
    }
    // Objects can be shared by repositories whose names are not.
    let mut met = BTreeSet::new();
    for tree in repository.work_trees() {
        let mut refs = vec![refs::own(tree, skipped)];
        if met.insert(real(&tree.common_dir)) {
            refs.push(refs::shared(tree, skipped));
        }
        for (name, id) in refs.into_iter().flatten() {
            let name = String::from_utf8_lossy(&name).into_owned();
            tips.insert(Tip {
                id,
                by: By::Ref(name),
            });
        }
    }
    tips
}

/// `HEAD`, `FETCH_HEAD`, `ORIG_HEAD`, `MERGE_HEAD` and their kind.
fn beside(
    folder: &Path,
    hash: gix::hash::Kind,
    tips: &mut BTreeSet<Tip>,
    skipped: &mut Vec<Skipped>,
) {
    const LONGEST: u64 = 16 << 20;
    for path in children(folder) {
        let named = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.ends_with("HEAD"));
        if !named || path.is_dir() {
            continue;
        }
        let text = match regular::read(&path, LONGEST) {
            Ok(text) => text.unwrap_or_default(),
            Err(why) => {
                skipped.push(why);
                continue;
            }
        };
        for line in text.split(|byte| *byte == b'\n') {
            insert(line, hash, tips);
        }
    }
}

/// The same from the tables of a git folder, and the entries of all reflogs in them.
fn in_tables(
    git_dir: &Path,
    hash: gix::hash::Kind,
    tips: &mut BTreeSet<Tip>,
    skipped: &mut Vec<Skipped>,
) {
    // A folder of a work tree that was never finished
    if !reftable::list(git_dir).exists() {
        return;
    }
    let names = reftable::all(git_dir, hash).map(|names| {
        let beside = names.into_iter().filter_map(|(name, target)| match target {
            Target::Object(id) if name.ends_with(b"HEAD") && !name.contains(&b'/') => Some(id),
            Target::Object(_) | Target::Name(_) => None,
        });
        beside.collect::<BTreeSet<_>>()
    });
    for ids in [names, reftable::logged(git_dir, hash)] {
        match ids {
            Ok(ids) => tips.extend(ids.into_iter().map(|id| Tip { id, by: By::Reflog })),
            Err(why) => skipped.push(why),
        }
    }
}

/// The entries of all reflogs below a folder.
fn logs(
    folder: &Path,
    depth: usize,
    hash: gix::hash::Kind,
    tips: &mut BTreeSet<Tip>,
    skipped: &mut Vec<Skipped>,
) {
    const LONGEST: u64 = 64 << 20;
    for path in children(folder) {
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        if metadata.is_dir() && depth > 0 {
            logs(&path, depth - 1, hash, tips, skipped);
        }
        // The walk of the files has a note for what is no file.
        if !metadata.is_file() {
            continue;
        }
        let text = match regular::read(&path, LONGEST) {
            Ok(text) => text.unwrap_or_default(),
            Err(why) => {
                skipped.push(why);
                continue;
            }
        };
        for line in text.split(|byte| *byte == b'\n') {
            // The id before, and the id after
            for id in line.split(|byte| *byte == b' ').take(2) {
                insert(id, hash, tips);
            }
        }
    }
}

fn insert(line: &[u8], hash: gix::hash::Kind, tips: &mut BTreeSet<Tip>) {
    let id = line
        .get(..hash.len_in_hex())
        .and_then(|hex| ObjectId::from_hex(hex).ok());
    if let Some(id) = id.filter(|id| !id.is_null()) {
        tips.insert(Tip { id, by: By::Reflog });
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
