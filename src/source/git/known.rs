//! What a repository says is known, in the version that counts for an audit.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::{Kind, TreeRefIter};

use super::changes::Changes;
use super::commits::{peeled, tree_of};
use super::here::{Here, refused};
use super::refs;
use super::revisions::Revisions;
use super::{path_in_tree, read_index};

/// Commits that are compared with each other, to find the newest.
const MOST_COMPARED: usize = 8;

impl Here {
    /// A file at the root of the work tree, as the index has it. `None` where it has none.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be read.
    pub fn staged_file(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let index = read_index(&self.index, self.repository.hash).map_err(refused)?;
        let id = index.and_then(|index| index.entry_by_path(name.into()).map(|entry| entry.id));
        id.map_or(Ok(None), |id| self.content(id))
    }

    /// A file by its path in the work tree, as a commit has it.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be read.
    pub fn committed_file(&self, commit: ObjectId, path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
        let reader = self.store.reader();
        let tree = peeled(commit, &reader).and_then(|commit| tree_of(commit, &reader).ok());
        let mut found = tree;
        for part in path.components() {
            let name = part.as_os_str().as_encoded_bytes();
            let Some(tree) = found else {
                return Ok(None);
            };
            let mut bytes = Vec::new();
            if !matches!(reader.read(&tree, &mut bytes), Ok(Some(Kind::Tree))) {
                return Ok(None);
            }
            let mut entries = TreeRefIter::from_bytes(&bytes, tree.kind()).filter_map(Result::ok);
            let entry = entries.find(|entry| *entry.filename == *name && !entry.mode.is_link());
            found = entry.map(|entry| entry.oid.to_owned());
        }
        found.map_or(Ok(None), |id| self.content(id))
    }

    /// All files of a commit, by their paths in the work tree.
    pub fn committed_files(&self, commit: ObjectId) -> HashSet<PathBuf> {
        let reader = self.store.reader();
        let tree = peeled(commit, &reader).and_then(|commit| tree_of(commit, &reader).ok());
        let files = tree.map(|tree| Changes::between(&[], tree, &reader).files);
        let files = files.into_iter().flatten();
        files.map(|file| path_in_tree(&file.path)).collect()
    }

    fn content(&self, id: ObjectId) -> anyhow::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let kind = self.store.reader().read(&id, &mut bytes);
        let kind = kind.map_err(|unread| anyhow::anyhow!("{id}: {}", unread.why))?;
        Ok((kind == Some(Kind::Blob)).then_some(bytes))
    }

    /// The commits that were there before a range and say what is known: the newest one that
    /// it is compared with, or where it left all of them. Whoever makes a change chooses
    /// where it begins, and not what it goes to. None where nothing was there.
    ///
    /// # Errors
    ///
    /// When the history cannot be read.
    pub fn before(&self, revisions: &Revisions) -> anyhow::Result<Vec<ObjectId>> {
        let mut excluded: Vec<ObjectId> = revisions.excluded.iter().copied().collect();
        let Some(tip) = revisions.included.first().filter(|_| !excluded.is_empty()) else {
            return Ok(Vec::new());
        };
        if !revisions.known.is_empty() {
            return Ok(revisions.known.iter().copied().collect());
        }
        let inner = self.gix()?;
        let base = |tip: ObjectId, others: &[ObjectId]| {
            let bases = inner.merge_bases_many(tip, others).ok()?;
            bases.first().map(|id| id.detach())
        };
        if excluded.len() <= MOST_COMPARED {
            let all = excluded.clone();
            let is_older = |id: ObjectId| {
                let mut others = all.iter().filter(|other| **other != id);
                others.any(|other| base(id, &[*other]) == Some(id))
            };
            excluded.retain(|id| !is_older(*id));
        }
        Ok(match excluded[..] {
            [only] => vec![only],
            _ => base(*tip, &excluded).into_iter().collect(),
        })
    }

    /// Whether a commit has a symbolic link or a submodule on the way to a path: then what
    /// stands there is none of its files.
    pub fn leads_away(&self, commit: ObjectId, path: &Path) -> bool {
        let reader = self.store.reader();
        let tree = peeled(commit, &reader).and_then(|commit| tree_of(commit, &reader).ok());
        let mut found = tree;
        for part in path.components() {
            let name = part.as_os_str().as_encoded_bytes();
            let mut bytes = Vec::new();
            let Some(tree) =
                found.filter(|tree| matches!(reader.read(tree, &mut bytes), Ok(Some(Kind::Tree))))
            else {
                return false;
            };
            let mut entries = TreeRefIter::from_bytes(&bytes, tree.kind()).filter_map(Result::ok);
            let entry = entries.find(|entry| *entry.filename == *name);
            if entry.is_some_and(|entry| entry.mode.is_link() || entry.mode.is_commit()) {
                return true;
            }
            found = entry.map(|entry| entry.oid.to_owned());
        }
        false
    }

    /// Whether the clone was made without the beginning of its history.
    pub fn is_shallow(&self) -> bool {
        let cut = self.repository.shallow();
        cut.is_ok_and(|cut| !cut.is_empty())
    }

    /// Whether the repository has no commit that anything leads to.
    pub fn is_empty(&self) -> bool {
        let refs = refs::all(&self.repository, &mut Vec::new());
        self.own_commit().is_none() && refs.is_empty()
    }

    /// What a repository that is pushed to has: the commit that its HEAD leads to.
    pub fn own_commit(&self) -> Option<ObjectId> {
        self.repository.head().ok().flatten()
    }
}
