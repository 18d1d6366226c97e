//! What the next commit would add: the index, compared with the commit that is
//! checked out and with those that are being merged into it. The work tree is not
//! looked at.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use gix::ObjectId;
use gix::index::entry::{Flags, Mode, Stage};
use gix::index::extension::Tree as CacheTree;

use super::changes::{Change, Changes, DEPTH, Entry};
use super::here::Here;
use super::read_index;
use super::store::{Reader, damaged_file};
use super::versions::{Versions, audit_version};
use crate::audit::{SkipReason, Skipped};
use crate::blob::{GitObject, ObjectKind, Provenance};
use crate::finding::History;
use crate::source::{Hire, Source};

/// The files that the index adds or changes.
pub struct Staged {
    /// The repository.
    pub here: Here,
    /// Files that somebody named, by their paths from the current folder; all
    /// without any.
    pub files: Vec<PathBuf>,
}

impl Source for Staged {
    fn drive(&self, hire: &Hire<'_>) {
        let here = &self.here;
        let mut worker = hire();
        for skipped in &here.skipped {
            worker.skip(skipped.clone());
        }
        let index = match read_index(&here.index, here.repository.hash) {
            Ok(Some(index)) => index,
            Ok(None) => {
                if let Some(why) = here.missing_index() {
                    worker.skip(why);
                }
                return;
            }
            Err(why) => {
                worker.skip(why);
                return;
            }
        };
        let reader = here.store.reader();
        // Without one of them, what it has counts as added.
        let parents = parent_trees(here, &reader, &mut |why| worker.skip(why));
        let mut compare = Compare {
            index: &index,
            reader: &reader,
            changes: Changes::default(),
        };
        compare.folder(
            0..index.entries().len(),
            index.tree(),
            &parents,
            &mut Vec::new(),
        );
        let mut changes = compare.changes;
        if !self.files.is_empty() {
            let is_merge = parents.len() > 1;
            for skipped in keep_named(&self.files, here, &index, is_merge, &mut changes) {
                worker.skip(skipped);
            }
        }
        for (id, unread) in &changes.unread {
            worker.skip(Skipped {
                provenance: Provenance::Object(GitObject {
                    repository: here.repository.shown.clone(),
                    path: None,
                    kind: ObjectKind::Tree,
                    id: id.to_string(),
                }),
                reason: unread.reason,
                detail: unread.why.clone(),
            });
        }
        let history = History {
            in_index: true,
            ..History::default()
        };
        let versions = Versions::new(&here.repository.shown, &here.store, &reader);
        for change in &changes.files {
            if worker.is_stopped() {
                return;
            }
            let removed = || changes.removed_blobs(&reader);
            audit_version(&versions, change, &history, &removed, worker.as_mut());
        }
    }
}

/// Leaves the files that were named. When one of them is not staged, somebody
/// wants to know what is in these files and not what is new in them, as
/// `pre-commit run --all-files` does: then they are audited as a whole. In a merge,
/// the framework names what was in conflict, whatever became of it.
fn keep_named(
    files: &[PathBuf],
    here: &Here,
    index: &gix::index::File,
    is_merge: bool,
    changes: &mut Changes,
) -> Vec<Skipped> {
    let mut skipped = Vec::new();
    let root = match here.work_tree() {
        Ok(root) => root,
        Err(error) => {
            skipped.push(super::super::files::skipped(&here.repository.shown, &error));
            return skipped;
        }
    };
    let staged: HashSet<Vec<u8>> = changes.files.iter().map(|file| file.path.clone()).collect();
    let mut named: HashSet<Vec<u8>> = HashSet::new();
    let mut whole = false;
    for file in files {
        let path = absolute(file).strip_prefix(&root).ok().map(bytes_of);
        let known = path.filter(|path| {
            let path: &gix::bstr::BStr = path.as_slice().into();
            staged.contains(path.to_vec().as_slice()) || index.entry_by_path(path).is_some()
        });
        match known {
            Some(path) => {
                whole |= !staged.contains(&path);
                named.insert(path);
            }
            // A file that is removed adds nothing; one that git does not know is a mistake.
            None if !file.exists() => {}
            None => skipped.push(Skipped {
                provenance: Provenance::File(file.clone()),
                reason: SkipReason::NotFound,
                detail: "git does not track it; audit it with `npsso-audit PATH`".to_owned(),
            }),
        }
    }
    if !whole || is_merge {
        changes.files.retain(|change| named.contains(&change.path));
        return skipped;
    }
    changes.removed.clear();
    changes.files = index
        .entries()
        .iter()
        .filter(|entry| {
            entry.mode != Mode::COMMIT
                && entry.stage() != Stage::Base
                && named.contains(entry.path(index).as_ref() as &[u8])
        })
        .map(|entry| Change {
            path: entry.path(index).to_vec(),
            id: entry.id,
            before: Vec::new(),
        })
        .collect();
    skipped
}

/// A path from the root of the file system, without looking at the disk: a
/// staged file need not exist any more.
fn absolute(path: &Path) -> PathBuf {
    let mut out = std::env::current_dir()
        .and_then(std::fs::canonicalize)
        .unwrap_or_default();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

fn bytes_of(path: &Path) -> Vec<u8> {
    let bytes = gix::path::into_bstr(path).unwrap_or_default();
    gix::path::to_unix_separators_on_windows(bytes).to_vec()
}

/// The trees of the commits that the next one follows: none before the first
/// commit, several when a merge is being concluded.
fn parent_trees(here: &Here, reader: &Reader<'_>, skip: &mut dyn FnMut(Skipped)) -> Vec<ObjectId> {
    let mut trees = Vec::new();
    let repository = &here.repository;
    let heads = [
        ("HEAD", repository.head().map(Vec::from_iter)),
        ("MERGE_HEAD", repository.merge_heads()),
    ];
    for (name, ids) in heads {
        let ids = ids.unwrap_or_else(|why| {
            skip(why);
            Vec::new()
        });
        for id in ids {
            match super::commits::tree_of(id, reader) {
                Ok(tree) => trees.push(tree),
                Err(why) => skip(damaged_file(&repository.git_dir.join(name), &why)),
            }
        }
    }
    trees
}

/// Whether there are parents and all of them have this.
fn is_all(parents: &[ObjectId], id: ObjectId) -> bool {
    !parents.is_empty() && parents.iter().all(|parent| *parent == id)
}

/// Walks the index and the trees of its parents side by side.
struct Compare<'c> {
    index: &'c gix::index::File,
    reader: &'c Reader<'c>,
    changes: Changes,
}

impl Compare<'_> {
    /// Compares the entries of a folder, whose path ends with a slash.
    fn folder(
        &mut self,
        range: Range<usize>,
        cached: Option<&CacheTree>,
        parents: &[ObjectId],
        folder: &mut Vec<u8>,
    ) {
        // The index remembers which trees its folders are.
        let known = cached.filter(|tree| tree.num_entries == u32::try_from(range.len()).ok());
        if known.is_some_and(|tree| is_all(parents, tree.id)) {
            return;
        }
        let before: Vec<Vec<(Vec<u8>, Entry)>> = parents
            .iter()
            .filter_map(|id| self.changes.entries(*id, self.reader))
            .collect();
        let mut kept: Vec<Vec<bool>> = before.iter().map(|it| vec![false; it.len()]).collect();
        let mut olds: Vec<Entry> = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let entry = &self.index.entries()[at];
            let path = entry.path(self.index);
            let rest = &path[folder.len().min(path.len())..];
            let slash = rest.iter().position(|byte| *byte == b'/');
            let name = rest[..slash.unwrap_or(rest.len())].to_vec();
            olds.clear();
            for (before, kept) in before.iter().zip(&mut kept) {
                if let Ok(at) = before.binary_search_by(|(other, _)| other.cmp(&name)) {
                    kept[at] = true;
                    olds.push(before[at].1);
                }
            }
            let same = |is_tree: bool| {
                let olds = olds.iter().filter(move |old| old.is_tree == is_tree);
                olds.map(|old| old.id).collect::<Vec<ObjectId>>()
            };
            let Some(_) = slash else {
                self.file(at, same(false));
                at += 1;
                continue;
            };
            let parents = same(true);
            let length = folder.len();
            folder.extend(&name);
            folder.push(b'/');
            if entry.mode == Mode::DIR {
                // A sparse index holds a whole folder as one entry.
                if !is_all(&parents, entry.id) {
                    self.changes
                        .compare(&parents, entry.id, folder, self.reader, DEPTH);
                }
                at += 1;
            } else {
                let child = cached.and_then(|tree| {
                    tree.children
                        .iter()
                        .find(|child| child.name.as_slice() == name)
                });
                let end = self.end_of_folder(at..range.end, child, folder);
                self.folder(at..end, child, &parents, folder);
                at = end;
            }
            folder.truncate(length);
        }
        let all = before.iter().flatten().zip(kept.iter().flatten());
        let gone = all.filter(|(_, kept)| !**kept);
        self.changes
            .removed
            .extend(gone.map(|((_, entry), _)| entry.id));
    }

    fn file(&mut self, at: usize, before: Vec<ObjectId>) {
        let entry = &self.index.entries()[at];
        let submodule = entry.mode == Mode::COMMIT;
        // Its content will be added by another `git add`.
        let intended = entry.flags.contains(Flags::INTENT_TO_ADD);
        // No conflict is resolved to what both sides changed.
        let base = entry.stage() == Stage::Base;
        if submodule || intended || base || before.contains(&entry.id) {
            return;
        }
        self.changes.files.push(Change {
            path: entry.path(self.index).to_vec(),
            id: entry.id,
            before,
        });
    }

    /// Where the entries below a folder end.
    fn end_of_folder(
        &self,
        range: Range<usize>,
        cached: Option<&CacheTree>,
        folder: &[u8],
    ) -> usize {
        let entries = self.index.entries();
        let inside = |at: usize| entries[at].path(self.index).starts_with(folder);
        if let Some(count) = cached.and_then(|tree| tree.num_entries) {
            let end = range.start.saturating_add(count as usize);
            if end > range.start
                && end <= range.end
                && inside(end - 1)
                && (end == range.end || !inside(end))
            {
                return end;
            }
        }
        range.start
            + entries[range].partition_point(|entry| entry.path(self.index).starts_with(folder))
    }
}
