//! The history of repositories: every object that their databases hold, once.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use gix::objs::Kind;
use gix::{ObjectId, oid};

use super::attribute::attribute;
use super::missing::Missing;
use super::pack::{self, Visitor, Wanted};
use super::store::{MAX_OBJECT, Store};
use super::{Found, Repository};
use crate::audit::{SkipReason, Skipped};
use crate::blob::{GitObject, ObjectKind, Provenance};
use crate::detect::Feed;
use crate::source::{Hire, ReadFeed, Source, Worker};

/// The objects of every repository that was met.
#[derive(Debug)]
pub struct History {
    /// Where another source puts the repositories that it meets.
    pub repositories: Found,
    /// How many threads may be used.
    pub threads: usize,
}

impl Source for History {
    fn drive(&self, hire: &Hire<'_>) {
        // Several work trees can share one database.
        let mut databases: BTreeMap<PathBuf, usize> = BTreeMap::new();
        let mut repositories: Vec<Repository> = Vec::new();
        let mut worker = hire();
        for place in self.repositories.sorted() {
            let (repository, skipped) = Repository::open(&place);
            for skipped in skipped {
                worker.skip(skipped);
            }
            let objects = repository.common_dir.join("objects");
            let objects = fs::canonicalize(&objects).unwrap_or(objects);
            match databases.get(&objects) {
                Some(at) => repositories[*at].others.push(repository),
                None => {
                    databases.insert(objects, repositories.len());
                    repositories.push(repository);
                }
            }
        }
        drop(worker);
        for repository in repositories {
            if hire().is_stopped() {
                return;
            }
            audit(&repository, self.threads, hire);
        }
    }
}

fn audit(repository: &Repository, threads: usize, hire: &Hire<'_>) {
    let (store, skipped) = Store::open(&[repository.common_dir.join("objects")], repository.hash);
    let mut worker = hire();
    for skipped in skipped {
        worker.skip(skipped);
    }
    for skipped in repository.missing_history() {
        worker.skip(skipped);
    }
    for tree in repository.work_trees() {
        for note in tree.empty_submodules() {
            worker.note(note);
        }
    }
    let mut probe = Probe {
        shown: &repository.shown,
        store: &store,
        earlier: HashSet::new(),
        packs: 0,
        hits: Mutex::new(Vec::new()),
        missing: store.may_lack_objects().then(|| Missing::new(&store)),
    };
    let wanted = Wanted {
        kinds: match probe.missing {
            Some(_) => &[Kind::Blob, Kind::Commit, Kind::Tag, Kind::Tree],
            None => &[Kind::Blob, Kind::Commit, Kind::Tag],
        },
        threads,
    };
    for (number, bundle) in store.packs.iter().enumerate() {
        probe.packs = number;
        pack::visit(bundle, wanted, &probe, hire);
        if number > 0 {
            let ids = 0..bundle.index.num_objects();
            probe
                .earlier
                .extend(ids.map(|number| bundle.index.oid_at_index(number).to_owned()));
        }
    }
    probe.packs = store.packs.len();
    let mut skipped = Vec::new();
    let loose = store.loose_ids(&mut skipped);
    for skipped in skipped {
        worker.skip(skipped);
    }
    probe.loose(&loose, threads, hire);

    if let Some(missing) = probe.missing.take() {
        for skipped in missing.skipped(&repository.shown) {
            worker.skip(skipped);
        }
    }
    let mut hits = probe
        .hits
        .into_inner()
        .expect("no thread panics in between");
    hits.sort_unstable();
    if !hits.is_empty() && !worker.is_stopped() {
        attribute(repository, &store, &hits, threads, hire);
    }
}

/// Looks for objects that hold anything that could be a secret. What it is
/// depends on the paths of the object, which nobody knows yet.
struct Probe<'s> {
    shown: &'s std::path::Path,
    store: &'s Store,
    /// The objects of the packs that were visited, without those of the first,
    /// which is the largest.
    earlier: HashSet<ObjectId>,
    /// How many packs were visited.
    packs: usize,
    hits: Mutex<Vec<(ObjectId, ObjectKind)>>,
    /// Looks up what trees and commits name, where something may be missing.
    missing: Option<Missing<'s>>,
}

impl Probe<'_> {
    fn hit(&self, kind: ObjectKind, id: ObjectId) {
        self.hits
            .lock()
            .expect("no thread panics while it holds the hits")
            .push((id, kind));
    }

    fn loose(&self, ids: &[ObjectId], threads: usize, hire: &Hire<'_>) {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut worker = hire();
            while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                if worker.is_stopped() {
                    return;
                }
                if !self.is_known(id) {
                    self.loose_object(worker.as_mut(), id);
                }
            }
        };
        if ids.len() < 64 {
            return work();
        }
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
    }

    fn loose_object(&self, worker: &mut dyn Worker, id: &ObjectId) {
        match self.store.open_loose(id) {
            Some(Ok((kind @ (Kind::Commit | Kind::Tree), text))) => {
                let mut bytes = Vec::new();
                match text.take(MAX_OBJECT as u64).read_to_end(&mut bytes) {
                    Ok(_) => self.bytes(worker, kind, *id, &bytes),
                    Err(error) => self.damaged(worker, *id, &error.to_string()),
                }
            }
            Some(Ok((kind, text))) => {
                self.stream(worker, kind, *id, &mut ReadFeed::new(text));
            }
            Some(Err(error)) => self.damaged(worker, *id, &error.to_string()),
            None => self.damaged(worker, *id, "it disappeared during the audit"),
        }
    }
}

impl Visitor for Probe<'_> {
    fn is_known(&self, id: &oid) -> bool {
        if self.packs == 0 {
            return false;
        }
        self.store.packs[0].index.lookup(id).is_some() || self.earlier.contains(id)
    }

    fn bytes(&self, worker: &mut dyn Worker, kind: Kind, id: ObjectId, bytes: &[u8]) {
        if let Some(missing) = &self.missing {
            missing.look(kind, bytes);
        }
        let Some(kind) = audited(kind) else { return };
        if worker.probe(bytes) {
            self.hit(kind, id);
        }
    }

    fn stream(&self, worker: &mut dyn Worker, kind: Kind, id: ObjectId, feed: &mut dyn Feed) {
        let Some(kind) = audited(kind) else { return };
        match worker.probe_feed(feed) {
            (true, _) => self.hit(kind, id),
            (false, Ok(())) => {}
            (false, Err(error)) => self.damaged(worker, id, &error.to_string()),
        }
    }

    fn damaged(&self, worker: &mut dyn Worker, id: ObjectId, why: &str) {
        worker.skip(Skipped {
            provenance: Provenance::Object(GitObject {
                repository: self.shown.to_path_buf(),
                path: None,
                kind: ObjectKind::Blob,
                id: id.to_string(),
            }),
            reason: SkipReason::Damaged,
            detail: why.to_owned(),
        });
    }
}

/// The kinds of objects that hold what people wrote.
fn audited(kind: Kind) -> Option<ObjectKind> {
    match kind {
        Kind::Blob => Some(ObjectKind::Blob),
        Kind::Commit => Some(ObjectKind::Commit),
        Kind::Tag => Some(ObjectKind::Tag),
        Kind::Tree => None,
    }
}
