//! What a tree has that the trees before it did not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gix::ObjectId;
use gix::objs::tree::EntryKind;
use gix::objs::{Kind, TreeRefIter};

use super::path_in_tree;
use super::store::{Reader, UnreadObject};
use crate::model::audit::{Note, NoteKind, SkipReason};
use crate::model::blob::Provenance;

/// Folders in folders, as in git's own limit.
pub const DEPTH: usize = 2048;
/// Contents of removed files that are compared with.
const REMOVED: usize = 10_000;
/// Times that one folder is looked at in a comparison, each time under another
/// path: what a value is can depend on it. A repository of a few kilobytes can
/// hold a folder more often than anybody can count.
const COPIES: usize = 16;
/// Files of one comparison that are listed.
const FILES: usize = 1_000_000;

/// What is gone, by where it was.
pub type Removed = Rc<[(PathBuf, ObjectId)]>;

/// What changed between trees.
#[derive(Default)]
pub struct Changes {
    /// Files that are as they are in none of the trees before.
    pub files: Vec<Change>,
    /// Blobs and trees that were there before and lie nowhere under their old name,
    /// with that.
    pub removed: Vec<(Vec<u8>, ObjectId)>,
    /// Where commits of other repositories are named that were not before: submodules.
    pub submodules: Vec<Vec<u8>>,
    /// Trees that cannot be read.
    pub unread: Vec<(ObjectId, UnreadObject)>,
    /// How often each folder was compared with the same folders before.
    seen: HashMap<(ObjectId, Vec<ObjectId>), usize>,
    /// Whether there was more than is listed.
    is_cut: bool,
    /// The commits that the trees name that were read last, by their names.
    commits: Vec<(Vec<u8>, ObjectId)>,
}

/// A file that changed.
pub struct Change {
    /// Its path, as git stores it.
    pub path: Vec<u8>,
    /// Its content.
    pub id: ObjectId,
    /// What the file held before, in each tree that has it.
    pub before: Vec<ObjectId>,
}

/// An entry of a tree that is no commit of another repository.
#[derive(Clone, Copy)]
pub struct TreeEntry {
    /// What it names.
    pub id: ObjectId,
    /// What kind of file it is.
    pub kind: EntryKind,
    /// Whether that is a tree.
    pub is_tree: bool,
}

impl Changes {
    /// Compares a tree with those before it.
    pub fn between(before: &[ObjectId], tree: ObjectId, reader: &Reader<'_>) -> Changes {
        let mut changes = Changes::default();
        changes.compare(before, tree, &mut Vec::new(), reader, DEPTH);
        changes
    }

    /// The same for a folder, whose path ends with a slash.
    pub fn compare(
        &mut self,
        before: &[ObjectId],
        tree: ObjectId,
        folder: &mut Vec<u8>,
        reader: &Reader<'_>,
        depth: usize,
    ) {
        let times = self.seen.entry((tree, before.to_vec())).or_default();
        *times += 1;
        if *times > COPIES || self.is_cut {
            return;
        }
        if depth == 0 {
            let why = UnreadObject::damaged(&"too many folders lead to it");
            return self.unread.push((tree, why));
        }
        self.commits.clear();
        let Some(now) = self.entries(tree, reader) else {
            return;
        };
        let commits = self.take_commits();
        let unread = self.unread.len();
        // In the order of their names, so that it is the same in every run which ones are
        // compared with where there are more than that.
        let olds: Vec<BTreeMap<Vec<u8>, TreeEntry>> = before
            .iter()
            .filter_map(|id| self.entries(*id, reader))
            .map(|entries| entries.into_iter().collect())
            .collect();
        // What cannot be read held nothing: then more is new, not less.
        self.unread.truncate(unread);
        let known = self.take_commits();
        let new = commits.into_iter().filter(|commit| !known.contains(commit));
        let new = new.map(|(name, _)| [folder, &name[..]].concat());
        self.submodules.extend(new);
        for old in &olds {
            for (name, entry) in old {
                let kept = now
                    .binary_search_by(|(other, _)| other.cmp(name))
                    .is_ok_and(|at| now[at].1.is_tree == entry.is_tree);
                if !kept {
                    self.removed.push(([folder, &name[..]].concat(), entry.id));
                }
            }
        }
        for (name, entry) in now {
            let same_name = || olds.iter().filter_map(|old| old.get(&name));
            if same_name().any(|old| (old.id, old.is_tree) == (entry.id, entry.is_tree)) {
                continue;
            }
            let before: Vec<ObjectId> = same_name()
                .filter(|old| old.is_tree == entry.is_tree)
                .map(|old| old.id)
                .collect();
            let length = folder.len();
            folder.extend(&name);
            if entry.is_tree {
                folder.push(b'/');
                self.compare(&before, entry.id, folder, reader, depth - 1);
            } else if self.files.len() < FILES {
                self.files.push(Change {
                    path: folder.clone(),
                    id: entry.id,
                    before,
                });
            } else if !self.is_cut {
                self.is_cut = true;
                let why = format!("more than {FILES} files are changed; no more were audited");
                let reason = SkipReason::TooLarge;
                self.unread.push((tree, UnreadObject { reason, why }));
            }
            folder.truncate(length);
        }
    }

    /// The entries of a tree, sorted by name. A tree that cannot be read, or not
    /// wholly, is taken down.
    pub fn entries(
        &mut self,
        tree: ObjectId,
        reader: &Reader<'_>,
    ) -> Option<Vec<(Vec<u8>, TreeEntry)>> {
        let mut bytes = Vec::new();
        if tree.is_empty_tree() {
            return Some(Vec::new());
        }
        let unread = match reader.read(&tree, &mut bytes) {
            Ok(Some(Kind::Tree)) => None,
            Ok(Some(_)) => Some(UnreadObject::damaged(&"it is no tree")),
            Ok(None) => Some(UnreadObject {
                reason: SkipReason::MissingObject,
                why: String::new(),
            }),
            Err(unread) => Some(unread),
        };
        if let Some(unread) = unread {
            self.unread.push((tree, unread));
            return None;
        }
        let mut entries = Vec::new();
        for entry in TreeRefIter::from_bytes(&bytes, tree.kind()) {
            let Ok(entry) = entry else {
                let why = UnreadObject::damaged(&"what lies in it cannot be told");
                self.unread.push((tree, why));
                break;
            };
            if entry.mode.is_commit() {
                let commit = (entry.filename.to_vec(), entry.oid.to_owned());
                self.commits.push(commit);
            } else {
                let known = TreeEntry {
                    id: entry.oid.to_owned(),
                    kind: entry.mode.kind(),
                    is_tree: entry.mode.is_tree(),
                };
                entries.push((entry.filename.to_vec(), known));
            }
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Some(entries)
    }

    /// Whether there is nothing to be done or said.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.submodules.is_empty() && self.unread.is_empty()
    }

    /// The commits of other repositories that were named since this was asked last.
    pub fn take_commits(&mut self) -> Vec<(Vec<u8>, ObjectId)> {
        std::mem::take(&mut self.commits)
    }

    /// What is to be said of the submodules.
    pub fn notes<'c>(&'c self, shown: &'c Path) -> impl Iterator<Item = Note> + 'c {
        let shown = shown.strip_prefix(".").unwrap_or(shown);
        self.submodules.iter().map(move |path| Note {
            provenance: Provenance::File(shown.join(path_in_tree(path))),
            kind: NoteKind::Submodule,
            detail: String::new(),
        })
    }

    /// Every blob that a removed file or folder held, up to [`REMOVED`], by where it was.
    /// What was left out before it came into what is audited was never reported:
    /// `is_audited` tells.
    pub fn removed_blobs(
        &self,
        reader: &Reader<'_>,
        is_audited: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Removed {
        let mut blobs = Vec::new();
        let mut next = self.removed.clone();
        let mut seen = HashSet::new();
        let mut buffer = Vec::new();
        while let Some((path, id)) = next.pop() {
            if blobs.len() >= REMOVED {
                break;
            }
            if !seen.insert((id, path.clone())) {
                continue;
            }
            match reader.read(&id, &mut buffer) {
                Ok(Some(Kind::Tree)) => {
                    let entries = TreeRefIter::from_bytes(&buffer, id.kind()).flatten();
                    let entries = entries.filter(|entry| !entry.mode.is_commit());
                    next.extend(entries.map(|entry| {
                        let path = [&path, b"/".as_slice(), entry.filename].concat();
                        (path, entry.oid.to_owned())
                    }));
                }
                Ok(Some(Kind::Blob)) if is_audited(&path) => {
                    blobs.push((path_in_tree(&path), id));
                }
                _ => {}
            }
        }
        blobs.into()
    }
}
