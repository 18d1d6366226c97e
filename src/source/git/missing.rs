//! Which objects a repository names and does not have.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use gix::objs::tree::EntryRef;
use gix::objs::{CommitRefIter, Kind, TagRefIter, TreeRefIter};
use gix::{ObjectId, oid};

use super::store::{Store, UnreadObject};
use crate::model::audit::{SkipReason, Skipped};
use crate::model::blob::{GitObject, ObjectKind, Provenance};

/// Missing objects that are listed one by one.
const LISTED: usize = 1_000;
/// Bytes of a tree that is kept to be compared with the next one.
const LONGEST_KEPT: usize = 4 << 20;
/// Places of the memory of objects that were looked up.
const MEMORY: usize = 1 << 16;

/// Looks up what trees, commits and tags name.
pub struct Missing<'s> {
    store: &'s Store,
    /// Commits that a shallow clone ends at.
    shallow: HashSet<ObjectId>,
    /// What is missing, with the name of one file that needs it.
    missing: Mutex<BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>>,
    /// Objects that are here, by the beginning of their ids.
    here: Vec<AtomicU64>,
    /// Trees that were looked at last, about one for each thread.
    trees: Mutex<Vec<Looked>>,
}

/// A tree whose entries were looked up. Neighbouring versions of a tree name nearly the same
/// objects, so that of the next one only what differs is read.
#[derive(Default)]
struct Looked {
    bytes: Vec<u8>,
    /// Where each entry starts.
    starts: Vec<usize>,
}

impl<'s> Missing<'s> {
    /// Nothing was looked up yet.
    pub fn new(store: &'s Store, shallow: HashSet<ObjectId>) -> Missing<'s> {
        Missing {
            store,
            shallow,
            missing: Mutex::new(BTreeMap::new()),
            here: (0..MEMORY).map(|_| AtomicU64::new(0)).collect(),
            trees: Mutex::default(),
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
                let last = self.trees().pop().unwrap_or_default();
                let need = &mut |entry: EntryRef<'_>| {
                    if let Some(kind) = kind_of(&entry) {
                        self.need(entry.oid, kind, entry.filename);
                    }
                };
                let looked = last.next(bytes, self.store.hash, need);
                self.trees()
                    .push(looked.ok_or("what lies in it cannot be told")?);
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

    fn trees(&self) -> MutexGuard<'_, Vec<Looked>> {
        self.trees
            .lock()
            .expect("no thread panics while it holds the list")
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

impl Looked {
    /// Looks at another tree, and gives the entries that it may not share with this one, in
    /// their order. `None` where an entry is damaged: what comes after it cannot be told.
    fn next(
        mut self,
        bytes: &[u8],
        hash: gix::hash::Kind,
        new: &mut dyn FnMut(EntryRef<'_>),
    ) -> Option<Looked> {
        let mut starts = Vec::with_capacity(self.starts.len() + 1);
        self.starts.push(self.bytes.len());
        // The next entry of both, where the one of the old tree is a number.
        let (mut at, mut old) = (0, 0);
        while at < bytes.len() {
            let from = self.starts[old];
            let same = from + shared(&bytes[at..], &self.bytes[from..]);
            let passed = self.starts[old..].partition_point(|start| *start <= same) - 1;
            let entries = self.starts[old..old + passed].iter();
            starts.extend(entries.map(|start| start - from + at));
            at += self.starts[old + passed] - from;
            old += passed;
            if at == bytes.len() {
                break;
            }
            let entry = TreeRefIter::from_bytes(&bytes[at..], hash).next()?.ok()?;
            // An entry with another id, or one that the old tree has not; what only that
            // has is passed over.
            while let Some(name) = self.name(old).filter(|name| *name <= &**entry.filename) {
                old += 1;
                if name == &**entry.filename {
                    break;
                }
            }
            new(entry);
            starts.push(at);
            at += memchr::memchr(0, &bytes[at..])? + 1 + hash.len_in_bytes();
        }
        if bytes.len() > LONGEST_KEPT {
            return Some(Looked::default());
        }
        self.bytes.clear();
        self.bytes.extend(bytes);
        self.starts = starts;
        Some(self)
    }

    /// The name of an entry.
    fn name(&self, number: usize) -> Option<&[u8]> {
        let entry = self.bytes.get(self.starts[number]..)?;
        let name = &entry[memchr::memchr(b' ', entry)? + 1..];
        Some(&name[..memchr::memchr(0, name)?])
    }
}

/// How many bytes two texts begin with alike.
fn shared(one: &[u8], other: &[u8]) -> usize {
    const BLOCK: usize = 64;
    let blocks = one.as_chunks::<BLOCK>().0.iter().zip(other.as_chunks().0);
    let alike = BLOCK * blocks.take_while(|(one, other)| one == other).count();
    let rest = one[alike..].iter().zip(&other[alike..]);
    alike + rest.take_while(|(one, other)| one == other).count()
}

/// What an entry of a tree names. A commit is one of another repository.
fn kind_of(entry: &EntryRef<'_>) -> Option<ObjectKind> {
    match entry.mode {
        mode if mode.is_commit() => None,
        mode if mode.is_tree() => Some(ObjectKind::Tree),
        _ => Some(ObjectKind::Blob),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: gix::hash::Kind = gix::hash::Kind::Sha1;

    /// A tree of entries, each a name and the byte that its id is made of.
    fn tree(entries: &[(String, u8)]) -> Vec<u8> {
        let entry = |(name, id): &(String, u8)| {
            let mut entry = format!("100644 {name}\0").into_bytes();
            entry.extend([*id; 20]);
            entry
        };
        entries.iter().flat_map(entry).collect()
    }

    fn given(last: Looked, bytes: &[u8]) -> (Vec<String>, Option<Looked>) {
        let mut names = Vec::new();
        let looked = last.next(bytes, HASH, &mut |entry| {
            names.push(entry.filename.to_string())
        });
        (names, looked)
    }

    #[test]
    fn of_another_version_only_what_differs_is_given() {
        let name = |number: usize| format!("file-{number:03}");
        let old: Vec<(String, u8)> = (0..100).map(|number| (name(number), 7)).collect();
        let (all, looked) = given(Looked::default(), &tree(&old));
        assert_eq!(all.len(), 100);
        let mut new = old.clone();
        new[3].1 = 8;
        new[97].1 = 8;
        new[50].0 = "file-050-other".into();
        new.remove(20);
        new.insert(9, ("file-008-more".into(), 9));
        let (names, looked) = given(looked.expect("it is whole"), &tree(&new));
        // What stands behind a gap is given too.
        let expected = [
            "file-003",
            "file-008-more",
            "file-021",
            "file-050-other",
            "file-097",
        ];
        assert_eq!(names, expected);
        // Once more, back to the old one, and to nothing.
        let (names, looked) = given(looked.expect("it is whole"), &tree(&old));
        let expected = [
            "file-003", "file-009", "file-020", "file-050", "file-051", "file-097",
        ];
        assert_eq!(names, expected);
        let (names, looked) = given(looked.expect("it is whole"), b"");
        assert_eq!(names.len(), 0);
        assert_eq!(
            given(looked.expect("it is whole"), &tree(&old)).0.len(),
            100
        );
    }

    #[test]
    fn every_entry_is_in_one_of_the_trees_before_or_given() {
        // Ids hold anything, also what looks like the end of a name.
        let mut seed = 5u64;
        let mut random = |most: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % most
        };
        let mut known = std::collections::BTreeSet::new();
        let mut looked = Some(Looked::default());
        for _ in 0..2_000 {
            let mut entries = Vec::new();
            for number in 0..random(12) {
                if random(3) > 0 {
                    let name = "a".repeat(1 + random(2) as usize);
                    entries.push((format!("{name}{number}"), random(3) as u8 * 32));
                }
            }
            let bytes = tree(&entries);
            let mut new = Vec::new();
            let last = looked.take().expect("all are whole");
            looked = last.next(&bytes, HASH, &mut |entry| new.push(entry.oid.to_owned()));
            known.extend(new);
            let ids = TreeRefIter::from_bytes(&bytes, HASH).map_while(Result::ok);
            for entry in ids {
                assert!(known.contains(&entry.oid.to_owned()));
            }
            let starts = &looked.as_ref().expect("all are whole").starts;
            assert_eq!(starts.len(), entries.len());
        }
    }

    #[test]
    fn a_tree_that_is_too_long_is_not_kept() {
        let name = |number: usize| format!("{number:09}{}", "x".repeat(2_000));
        let long: Vec<(String, u8)> = (0..2_200).map(|number| (name(number), 7)).collect();
        let bytes = tree(&long);
        assert!(bytes.len() > LONGEST_KEPT);
        let (names, looked) = given(Looked::default(), &bytes);
        assert_eq!(names.len(), 2_200);
        let looked = looked.expect("it is whole");
        assert_eq!(looked.bytes.capacity(), 0);
        assert_eq!(given(looked, &bytes).0.len(), 2_200);
    }

    #[test]
    fn a_damaged_entry_ends_it() {
        let mut bytes = tree(&[("a".into(), 1), ("b".into(), 2)]);
        bytes.truncate(bytes.len() - 1);
        let (names, looked) = given(Looked::default(), &bytes);
        assert_eq!(names, ["a"]);
        assert!(looked.is_none());
    }
}
