//! Whether a repository has any file that `--only` means. Which paths there are is looked
//! up for nothing else, so this runs only when no file and no finding has shown one.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use gix::ObjectId;
use gix::objs::{Kind, TreeRefIter};

use super::changes::DEPTH;
use super::commits::{Commits, Peeled};
use super::store::{Reader, Store};
use super::tips::tips;
use super::{Repository, path_in_tree, read_index};
use crate::source::{Scope, Worker};

/// Folders that are looked into.
const FOLDERS: usize = 1_000_000;

/// Shows every path of a repository to the scope, until one matches. Where there are too
/// many, one is taken to.
pub fn look_for_match(repository: &Repository, store: &Store, scope: &Scope, worker: &dyn Worker) {
    for (_, folder) in repository.index_folders() {
        // What cannot be read is listed anyway.
        let Ok(Some(index)) = read_index(&folder.join("index"), repository.hash) else {
            continue;
        };
        let mut entries = index.entries().iter();
        if entries.any(|entry| scope.holds(&path_in_tree(entry.path(&index)))) {
            return;
        }
    }
    let reader = store.reader();
    let mut commits = Commits::default();
    let mut trees = Vec::new();
    for tip in tips(repository, &mut Vec::new()) {
        if let Some(Peeled::Other(id, Kind::Tree)) =
            commits.add(tip.id, &reader, &|| worker.is_stopped())
        {
            trees.push(id);
        }
    }
    trees.extend(commits.nodes.iter().map(|node| node.tree));
    let mut look = Look {
        reader: &reader,
        scope,
        worker,
        seen: HashSet::new(),
    };
    for tree in trees {
        if look.below(tree, &mut Vec::new(), DEPTH) {
            return;
        }
        if look.has_ended() {
            return scope.assume_match();
        }
    }
}

struct Look<'l> {
    reader: &'l Reader<'l>,
    scope: &'l Scope,
    worker: &'l dyn Worker,
    /// Folders under the paths under which they were looked into, in short: there can be
    /// millions.
    seen: HashSet<u64>,
}

impl Look<'_> {
    fn has_ended(&self) -> bool {
        self.seen.len() > FOLDERS || self.worker.is_stopped()
    }

    /// Whether anything matches below a folder, whose path ends with a slash.
    fn below(&mut self, tree: ObjectId, folder: &mut Vec<u8>, depth: usize) -> bool {
        let mut hasher = DefaultHasher::new();
        (&folder, tree).hash(&mut hasher);
        if depth == 0 || self.has_ended() || !self.seen.insert(hasher.finish()) {
            return false;
        }
        let mut bytes = Vec::new();
        // A damaged tree is listed anyway.
        let Ok(Some(Kind::Tree)) = self.reader.read(&tree, &mut bytes) else {
            return false;
        };
        let length = folder.len();
        let entries = TreeRefIter::from_bytes(&bytes, tree.kind()).map_while(Result::ok);
        for entry in entries.filter(|entry| !entry.mode.is_commit()) {
            folder.extend_from_slice(entry.filename);
            let is_match = if entry.mode.is_tree() {
                folder.push(b'/');
                self.below(entry.oid.to_owned(), folder, depth - 1)
            } else {
                self.scope.holds(&path_in_tree(folder))
            };
            if is_match {
                return true;
            }
            folder.truncate(length);
        }
        false
    }
}
