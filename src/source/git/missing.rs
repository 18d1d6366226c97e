//! Which objects a repository names and does not have.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use gix::objs::{CommitRefIter, Kind, TagRefIter, TreeRefIter};
use gix::{ObjectId, oid};

use super::store::{Store, UnreadObject};
use crate::model::audit::{SkipReason, Skipped};
use crate::model::blob::{GitObject, ObjectKind, Provenance};

/// Missing objects that are listed one by one.
const LISTED: usize = 1_000;
/// Places of the memory of objects that were looked up.
const MEMORY: usize = 1 << 16;

/// Looks up what trees, commits and tags name.
pub struct Missing<'s> {
    store: &'s Store,
    /// Commits that a shallow clone ends at.
    shallow: HashSet<ObjectId>,
    /// What is missing, with the name of one file that needs it.
    missing: Mutex<BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>>,
    /// Objects that are here, by the beginning of their ids. Neighbouring
    /// versions of a tree name nearly the same objects.
    here: Vec<AtomicU64>,
}

impl<'s> Missing<'s> {
    /// Nothing was looked up yet.
    pub fn new(store: &'s Store, shallow: HashSet<ObjectId>) -> Missing<'s> {
        Missing {
            store,
            shallow,
            missing: Mutex::new(BTreeMap::new()),
            here: (0..MEMORY).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Looks up what an object names.
    ///
    /// # Errors
    ///
    /// When the object names nothing that can be read, or not all of it.
    pub fn look(&self, kind: Kind, id: &oid, bytes: &[u8]) -> Result<(), &'static str> {
        match kind {
            Kind::Tree => {
                for entry in TreeRefIter::from_bytes(bytes, self.store.hash) {
                    // What comes after a damaged entry cannot be told.
                    let entry = entry.map_err(|_| "what lies in it cannot be told")?;
                    if let Some(kind) = kind_of(&entry) {
                        self.need(entry.oid, kind, entry.filename);
                    }
                }
            }
            Kind::Commit => {
                let mut commit = CommitRefIter::from_bytes(bytes, self.store.hash);
                let tree = commit.tree_id().map_err(|_| "it names no tree")?;
                self.need(&tree, ObjectKind::Tree, b"");
                if !self.shallow.contains(id) {
                    let commit = CommitRefIter::from_bytes(bytes, self.store.hash);
                    for parent in commit.parent_ids() {
                        self.need(&parent, ObjectKind::Commit, b"");
                    }
                }
            }
            Kind::Tag => {
                let tag = || TagRefIter::from_bytes(bytes, self.store.hash);
                let target = tag().target_id().map_err(|_| "it names nothing")?;
                let kind = tag().find_map(|token| match token {
                    Ok(gix::objs::tag::ref_iter::Token::TargetKind(kind)) => Some(kind),
                    _ => None,
                });
                let kind = match kind {
                    Some(Kind::Tree) => ObjectKind::Tree,
                    Some(Kind::Blob) => ObjectKind::Blob,
                    Some(Kind::Tag) => ObjectKind::Tag,
                    _ => ObjectKind::Commit,
                };
                self.need(&target, kind, b"");
            }
            Kind::Blob => {}
        }
        Ok(())
    }

    /// Looks up what a ref names.
    pub fn look_up(&self, id: &oid) {
        self.need(id, ObjectKind::Commit, b"");
    }

    /// Looks up everything below a tree.
    pub fn look_below(&self, tree: ObjectId, unread: &mut dyn FnMut(ObjectId, UnreadObject)) {
        let reader = self.store.reader();
        let mut seen = HashSet::new();
        let mut next = vec![tree];
        let mut bytes = Vec::new();
        while let Some(tree) = next.pop() {
            if !seen.insert(tree) {
                continue;
            }
            match reader.read(&tree, &mut bytes) {
                Ok(Some(Kind::Tree)) => {}
                Ok(Some(_)) => {
                    unread(tree, UnreadObject::damaged(&"it is no tree"));
                    continue;
                }
                Err(why) => {
                    unread(tree, why);
                    continue;
                }
                Ok(None) if tree.is_empty_tree() => continue,
                Ok(None) => {
                    self.need(&tree, ObjectKind::Tree, b"");
                    continue;
                }
            }
            if let Err(why) = self.look(Kind::Tree, &tree, &bytes) {
                unread(tree, UnreadObject::damaged(&why));
            }
            let entries = TreeRefIter::from_bytes(&bytes, self.store.hash).map_while(Result::ok);
            let trees = entries.filter(|entry| entry.mode.is_tree());
            next.extend(trees.map(|entry| entry.oid.to_owned()));
        }
    }

    fn need(&self, id: &oid, kind: ObjectKind, name: &[u8]) {
        let Some(beginning) = id.as_bytes().first_chunk::<8>() else {
            return;
        };
        let beginning = u64::from_le_bytes(*beginning);
        let slot = &self.here[beginning as usize % MEMORY];
        if slot.load(Ordering::Relaxed) == beginning {
            return;
        }
        // Git knows the empty tree without having it.
        if id.is_empty_tree() || self.store.contains(id) {
            slot.store(beginning, Ordering::Relaxed);
            return;
        }
        self.missing
            .lock()
            .expect("no thread panics while it holds the list")
            .entry(id.to_owned())
            .or_insert_with(|| (kind, name.to_vec()));
    }

    /// The list of what is missing.
    pub fn skipped(self, repository: &Path) -> Vec<Skipped> {
        let missing = self.missing.into_inner().expect("all threads have ended");
        let rest = missing.len().saturating_sub(LISTED);
        let object = |id: &ObjectId, kind: ObjectKind| GitObject {
            repository: repository.to_path_buf(),
            path: None,
            kind,
            id: id.to_string(),
        };
        let mut skipped: Vec<Skipped> = missing
            .iter()
            .take(LISTED)
            .map(|(id, (kind, name))| Skipped {
                provenance: Provenance::Object(object(id, *kind)),
                reason: SkipReason::MissingObject,
                detail: match name.is_empty() {
                    true => String::new(),
                    false => format!("it is called {}", String::from_utf8_lossy(name)),
                },
            })
            .collect();
        if rest > 0 {
            skipped.push(Skipped {
                provenance: Provenance::File(repository.to_path_buf()),
                reason: SkipReason::MissingObject,
                detail: format!("{rest} more"),
            });
        }
        skipped
    }
}

/// What an entry of a tree names. A commit is one of another repository.
fn kind_of(entry: &gix::objs::tree::EntryRef<'_>) -> Option<ObjectKind> {
    match entry.mode {
        mode if mode.is_commit() => None,
        mode if mode.is_tree() => Some(ObjectKind::Tree),
        _ => Some(ObjectKind::Blob),
    }
}
