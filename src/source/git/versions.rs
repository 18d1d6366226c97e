//! A file's content, next to what the file held before.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use gix::ObjectId;

use super::changes::Change;
use super::path_in_tree;
use super::store::{Reader, Store};
use crate::audit::{SkipReason, Skipped};
use crate::blob::{GitObject, ObjectKind, Provenance};
use crate::finding::History;
use crate::source::{ObjectInput, ReadFeed, Worker};

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
    removed: &dyn Fn() -> Vec<ObjectId>,
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
    match probe(versions, change.id, worker) {
        Ok(Some(true)) => {}
        Ok(Some(false)) => {
            versions.clean.borrow_mut().insert(change.id);
            return;
        }
        Ok(None) => return skip(worker, SkipReason::MissingObject, String::new()),
        Err(why) => return skip(worker, SkipReason::Damaged, why),
    }
    let mut bytes = Vec::new();
    match versions.reader.read(&change.id, &mut bytes) {
        Ok(Some(_)) => {}
        Ok(None) => return skip(worker, SkipReason::MissingObject, String::new()),
        Err(why) => return skip(worker, SkipReason::Damaged, why),
    }
    let input = ObjectInput {
        object: object.clone(),
        history: History {
            objects: vec![change.id.to_string()],
            paths: vec![path_in_tree(&change.path)],
            not_replaced: not_replaced(ObjectKind::Blob, bytes.as_slice()),
            ..history.clone()
        },
    };
    // What cannot be read did not hold anything: then more is new, not less.
    let mut next = change.before.clone();
    let mut all_listed = false;
    worker.audit_version(input, &bytes, &mut |old| {
        loop {
            let Some(id) = next.pop() else {
                if all_listed {
                    return false;
                }
                all_listed = true;
                next = removed();
                continue;
            };
            if let Ok(Some(_)) = versions.reader.read(&id, old) {
                return true;
            }
        }
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

/// Whether an object holds anything that could be a secret. `None` when it is
/// not here.
fn probe(
    versions: &Versions<'_>,
    id: ObjectId,
    worker: &mut dyn Worker,
) -> Result<Option<bool>, String> {
    // A new file is loose, and can be long.
    if let Some(loose) = versions.store.open_loose(&id) {
        let (_, text) = loose.map_err(|error| error.to_string())?;
        return match worker.probe_feed(&mut ReadFeed::new(text)) {
            (true, _) => Ok(Some(true)),
            (false, result) => result
                .map(|()| Some(false))
                .map_err(|error| error.to_string()),
        };
    }
    let mut bytes = Vec::new();
    let found = versions.reader.read(&id, &mut bytes)?;
    Ok(found.map(|_| worker.probe(&bytes)))
}
