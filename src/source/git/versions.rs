//! A file's content, next to what the file held before.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use gix::ObjectId;

use super::changes::{Change, Removed};
use super::path_in_tree;
use super::store::{Reader, Store};
use crate::model::audit::{SkipReason, Skipped};
use crate::model::blob::{GitObject, ObjectKind, Provenance};
use crate::model::finding::History;
use crate::source::{Earlier, ObjectInput, Probed, ReadFeed, Worker};

/// What was audited of a repository so far, and how to read more.
pub struct Versions<'v> {
    repository: &'v Path,
    store: &'v Store,
    reader: &'v Reader<'v>,
    /// Contents with their paths that were audited.
    done: RefCell<HashSet<(ObjectId, Vec<u8>)>>,
    /// Contents that hold nothing at all.
    clean: RefCell<HashSet<ObjectId>>,
}

impl<'v> Versions<'v> {
    /// Nothing was audited yet.
    pub fn new(repository: &'v Path, store: &'v Store, reader: &'v Reader<'v>) -> Versions<'v> {
        Versions {
            repository,
            store,
            reader,
            done: RefCell::default(),
            clean: RefCell::default(),
        }
    }

    /// An object of this repository.
    pub fn object(&self, kind: ObjectKind, id: ObjectId, path: Option<&[u8]>) -> GitObject {
        GitObject {
            repository: self.repository.to_path_buf(),
            path: path.map(path_in_tree),
            kind,
            id: id.to_string(),
        }
    }
}

/// Audits what a change adds: secrets that the file held before, or another
/// file that is gone now, are not new.
pub fn audit_version(
    versions: &Versions<'_>,
    change: &Change,
    history: &History,
    removed: &dyn Fn() -> Removed,
    worker: &mut dyn Worker,
) {
    let key = (change.id, change.path.clone());
    if versions.clean.borrow().contains(&change.id) || !versions.done.borrow_mut().insert(key) {
        return;
    }
    let object = versions.object(ObjectKind::Blob, change.id, Some(&change.path));
    let skip = |worker: &mut dyn Worker, reason, detail: String| {
        worker.skip(Skipped {
            provenance: Provenance::Object(object.clone()),
            reason,
            detail,
        });
    };
    let (store, reader) = (versions.store, versions.reader);
    let hit = match store.open_object(reader, &change.id) {
        Ok(Some(text)) => {
            let probed = Probed {
                object: &|| object.clone(),
                by_path: true,
            };
            let (hit, result) = worker.probe(&probed, &mut ReadFeed::new(text));
            if let Err(error) = result {
                skip(worker, SkipReason::Damaged, error.to_string());
            } else if !hit {
                versions.clean.borrow_mut().insert(change.id);
            }
            hit
        }
        Ok(None) => return skip(worker, SkipReason::MissingObject, String::new()),
        Err(unread) => return skip(worker, unread.reason, unread.why),
    };
    if !hit {
        return;
    }
    let mut content = || store.content(reader, &change.id);
    let not_replaced = content().map_or(0, |text| not_replaced(ObjectKind::Blob, text));
    let input = ObjectInput {
        object: object.clone(),
        history: History {
            objects: vec![change.id.to_string()],
            paths: vec![path_in_tree(&change.path)],
            not_replaced,
            ..history.clone()
        },
    };
    // What cannot be read did not hold anything: then more is new, not less.
    let read = |id: &ObjectId, old: &mut Vec<u8>| {
        let kind = versions.reader.read(id, old);
        matches!(kind, Ok(Some(_)))
    };
    let own = change
        .before
        .iter()
        .map(|id| (path_in_tree(&change.path), *id));
    let own: Removed = own.collect();
    let mut lists = [Some(own), None]
        .into_iter()
        .map(|list| list.unwrap_or_else(removed));
    let mut list: Removed = lists.next().unwrap_or_default();
    let mut at = 0;
    worker.audit_object(input, &mut content, &mut || {
        while at == list.len() {
            (list, at) = (lists.next()?, 0);
        }
        let (path, id) = &list[at];
        at += 1;
        Some(Earlier {
            id: *id,
            path: path.clone(),
            read: &read,
        })
    });
}

/// How many bytes at the beginning of an object `git filter-repo` leaves as they
/// are when it replaces text: it looks for a NUL where git does, and takes
/// messages only of commits and tags.
pub fn not_replaced(kind: ObjectKind, content: impl Read) -> u64 {
    const BINARY_WITHIN: u64 = 8192;
    const LONGEST_HEAD: u64 = 1 << 20;
    let mut beginning = Vec::new();
    let length = match kind {
        ObjectKind::Blob => BINARY_WITHIN,
        _ => LONGEST_HEAD,
    };
    // What came before an error says enough.
    let _ = content.take(length).read_to_end(&mut beginning);
    match kind {
        ObjectKind::Blob if beginning.contains(&0) => u64::MAX,
        ObjectKind::Blob | ObjectKind::Tree => 0,
        ObjectKind::Commit | ObjectKind::Tag => {
            let head = beginning.windows(2).position(|pair| pair == b"\n\n");
            head.map_or(u64::MAX, |head| head as u64)
        }
    }
}
