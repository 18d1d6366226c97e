//! What the next commit would add: the index, compared with the commit that is
//! checked out and with those that are being merged into it. The work tree is not
//! looked at.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use gix::ObjectId;
use gix::index::entry::{Flags, Mode, Stage};
use gix::index::extension::Tree as CacheTree;

use super::changes::{Change, Changes, DEPTH, TreeEntry};
use super::here::Here;
use super::paths::Paths;
use super::store::{Reader, damaged_file};
use super::versions::{Versions, audit_version};
use super::{path_in_tree, read_index};
use crate::model::audit::{SkipReason, Skipped};
use crate::model::blob::{GitObject, ObjectKind, Provenance};
use crate::model::finding::History;
use crate::source::{Hire, Scope, Source};

/// The files that the index adds or changes.
pub struct Staged {
    /// The repository.
    pub here: Here,
    /// What to leave it at.
    pub paths: Paths,
    /// Which of these files.
    pub scope: Arc<Scope>,
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
        if !self.paths.is_all() {
            let mut paths = self.paths.clone();
            keep_named(&mut paths, &index, parents.len() > 1, &mut changes);
            for skipped in missing(&mut paths, &parents, &reader) {
                worker.skip(skipped);
            }
        }
        if !self.scope.is_all() {
            keep_in_scope(&self.scope, &index, &parents, &reader, &mut changes);
        }
        let mut paths = self.paths.clone();
        changes
            .submodules
            .retain(|path| paths.contain(path) && self.scope.holds(&path_in_tree(path)));
        for note in changes.notes(&here.repository.shown) {
            worker.note(note);
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
        let removed = OnceCell::new();
        for (done, change) in changes.files.iter().enumerate() {
            if worker.is_stopped() {
                let left = changes.files.len() - done;
                worker.skip(Skipped {
                    provenance: Provenance::File(here.repository.shown.clone()),
                    reason: SkipReason::Interrupted,
                    detail: format!(
                        "staged and not read: {left} of {} files",
                        changes.files.len()
                    ),
                });
                return;
            }
            let list = || {
                let mut paths = self.paths.clone();
                let mut is_audited =
                    |path: &[u8]| self.scope.reports(&path_in_tree(path)) && paths.contain(path);
                changes.removed_blobs(&reader, &mut is_audited)
            };
            let removed = || Rc::clone(removed.get_or_init(list));
            audit_version(&versions, change, &history, &removed, worker.as_mut());
        }
    }
}

/// Leaves what was named. When a file is named that is not staged, somebody wants
/// to know what is in it and not what is new in it, as `pre-commit run --all-files`
/// does: then the files that were named are audited as a whole. In a merge, the
/// framework names what was in conflict, whatever became of it.
fn keep_named(paths: &mut Paths, index: &gix::index::File, is_merge: bool, changes: &mut Changes) {
    changes.files.retain(|change| paths.contain(&change.path));
    let staged: HashSet<&[u8]> = changes.files.iter().map(|it| it.path.as_slice()).collect();
    let mut named: Vec<Change> = Vec::new();
    let mut is_any_unstaged = false;
    for entry in index.entries() {
        let path = entry.path(index).to_vec();
        let is_file = entry.mode != Mode::COMMIT && entry.stage() != Stage::Base;
        if paths.contain(&path) && paths.name(&path) && is_file {
            is_any_unstaged |= !staged.contains(path.as_slice());
            named.push(Change {
                path,
                id: entry.id,
                before: Vec::new(),
            });
        }
    }
    if is_any_unstaged && !is_merge {
        changes.removed.clear();
        changes.files.retain(|change| !paths.name(&change.path));
        changes.files.extend(named);
    }
}

/// Leaves what is in the scope. Where that is nothing, looks whether anything is that
/// is not staged.
fn keep_in_scope(
    scope: &Scope,
    index: &gix::index::File,
    parents: &[ObjectId],
    reader: &Reader<'_>,
    changes: &mut Changes,
) {
    let admits = |change: &Change| scope.admit(&path_in_tree(&change.path));
    changes.files.retain(admits);
    if scope.lacks_match() {
        let mut entries = index.entries().iter();
        entries.any(|entry| scope.holds(&path_in_tree(entry.path(index))));
    }
    for tree in parents {
        if scope.lacks_match() {
            let mut files = Changes::between(&[], *tree, reader).files.into_iter();
            files.any(|file| scope.holds(&path_in_tree(&file.path)));
        }
    }
}

/// What was named and is neither in the index nor was removed from it.
fn missing(paths: &mut Paths, parents: &[ObjectId], reader: &Reader<'_>) -> Vec<Skipped> {
    for tree in parents {
        if paths.lack() {
            let tree = Changes::between(&[], *tree, reader);
            for file in tree.files {
                paths.contain(&file.path);
            }
        }
    }
    paths.missing()
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
        let before: Vec<Vec<(Vec<u8>, TreeEntry)>> = parents
            .iter()
            .filter_map(|id| self.changes.entries(*id, self.reader))
            .collect();
        let commits = self.changes.take_commits();
        let mut kept: Vec<Vec<bool>> = before.iter().map(|it| vec![false; it.len()]).collect();
        let mut olds: Vec<TreeEntry> = Vec::new();
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
            let Some(_) = slash else {
                if entry.mode == Mode::COMMIT && !commits.contains(&(name, entry.id)) {
                    self.changes.submodules.push(path.to_vec());
                }
                self.file(at, &olds);
                at += 1;
                continue;
            };
            let trees = olds.iter().filter(|old| old.is_tree);
            let parents: Vec<ObjectId> = trees.map(|old| old.id).collect();
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
        let named = gone.map(|((name, entry), _)| ([folder, &name[..]].concat(), entry.id));
        self.changes.removed.extend(named);
    }

    /// A file that is staged for its mode alone is a change, too: what it holds is known.
    fn file(&mut self, at: usize, olds: &[TreeEntry]) {
        let entry = &self.index.entries()[at];
        let submodule = entry.mode == Mode::COMMIT;
        // Its content will be added by another `git add`.
        let intended = entry.flags.contains(Flags::INTENT_TO_ADD);
        // No conflict is resolved to what both sides changed.
        let base = entry.stage() == Stage::Base;
        let kind = entry.mode.to_tree_entry_mode().map(|mode| mode.kind());
        let is_old = |old: &TreeEntry| old.id == entry.id && Some(old.kind) == kind;
        if submodule || intended || base || olds.iter().any(is_old) {
            return;
        }
        let files = olds.iter().filter(|old| !old.is_tree);
        self.changes.files.push(Change {
            path: entry.path(self.index).to_vec(),
            id: entry.id,
            before: files.map(|old| old.id).collect(),
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
