//! Which objects a repository names and does not have.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use gix::objs::{CommitRefIter, Kind, TreeRefIter};
use gix::{ObjectId, oid};

use super::pack::Visitor;
use super::store::Store;
use crate::audit::{SkipReason, Skipped};
use crate::blob::{GitObject, ObjectKind, Provenance};
use crate::detect::Feed;
use crate::source::Worker;

/// Missing objects that are listed one by one.
const LISTED: usize = 1_000;
/// Places of the memory of objects that were looked up.
const MEMORY: usize = 1 << 16;

/// Looks up everything that trees and commits name.
pub struct Missing<'s> {
    store: &'s Store,
    /// What is missing, with the name of one file that needs it.
    missing: Mutex<BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>>,
    /// Objects that are here, by the beginning of their ids. Neighbouring
    /// versions of a tree name nearly the same objects.
    here: Vec<AtomicU64>,
}

impl<'s> Missing<'s> {
    /// Nothing was looked up yet.
    pub fn new(store: &'s Store) -> Missing<'s> {
        Missing {
            store,
            missing: Mutex::new(BTreeMap::new()),
            here: (0..MEMORY).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Looks up what an object names.
    pub fn look(&self, kind: Kind, bytes: &[u8]) {
        match kind {
            Kind::Tree => {
                for entry in TreeRefIter::from_bytes(bytes, self.store.hash) {
                    // What comes after a damaged entry cannot be told.
                    let Ok(entry) = entry else { return };
                    let kind = match entry.mode {
                        // A commit of another repository
                        mode if mode.is_commit() => continue,
                        mode if mode.is_tree() => ObjectKind::Tree,
                        _ => ObjectKind::Blob,
                    };
                    self.need(entry.oid, kind, entry.filename);
                }
            }
            Kind::Commit => {
                if let Ok(tree) = CommitRefIter::from_bytes(bytes, self.store.hash).tree_id() {
                    self.need(&tree, ObjectKind::Tree, b"");
                }
            }
            Kind::Blob | Kind::Tag => {}
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
        if self.store.contains(id) {
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

impl Visitor for Missing<'_> {
    fn is_known(&self, _id: &oid) -> bool {
        false
    }

    fn bytes(&self, _worker: &mut dyn Worker, kind: Kind, _id: ObjectId, bytes: &[u8]) {
        self.look(kind, bytes);
    }

    // No tree is that long.
    fn stream(&self, _worker: &mut dyn Worker, _kind: Kind, _id: ObjectId, _feed: &mut dyn Feed) {}

    // The audit lists it itself.
    fn damaged(&self, _worker: &mut dyn Worker, _id: ObjectId, _why: &str) {}
}
