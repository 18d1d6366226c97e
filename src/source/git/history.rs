//! The history of repositories: every object that their databases hold, once.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use gix::objs::Kind;
use gix::{ObjectId, oid};

use super::attribute::attribute;
use super::commits::tree_of;
use super::look::look_for_match;
use super::missing::Missing;
use super::pack::{self, Visitor, Wanted};
use super::store::{MAX_OBJECT, Opened, Store, UnreadObject};
use super::tips::{self, By};
use super::{Found, Repository, read_index, real};
use crate::model::audit::{SkipReason, Skipped};
use crate::model::blob::{GitObject, ObjectKind, Provenance};
use crate::model::feed::Feed;
use crate::source::{Hire, Probed, ReadFeed, Scope, Source, Worker};
use crate::system::threads::Threads;

/// The objects of every repository that was met.
#[derive(Debug)]
pub struct GitHistory {
    /// Where another source puts the repositories that it meets.
    pub repositories: Found,
    /// The threads that may be used.
    pub threads: Arc<Threads>,
    /// Which files of them, by their paths in the work tree.
    pub scope: Arc<Scope>,
}

impl Source for GitHistory {
    fn drive(&self, hire: &Hire<'_>) {
        // Several work trees can share one database.
        let mut read = BTreeSet::new();
        let mut databases: BTreeMap<PathBuf, usize> = BTreeMap::new();
        let mut repositories: Vec<Repository> = Vec::new();
        let mut worker = hire();
        for place in self.repositories.sorted() {
            let (repository, skipped) = Repository::open(&place);
            // What is wrong with the settings is wrong with all of them.
            if read.insert(real(&repository.common_dir)) {
                for skipped in skipped {
                    worker.skip(skipped);
                }
            }
            let objects = repository.common_dir.join("objects");
            let objects = real(&objects);
            match databases.get(&objects) {
                // A git folder can be met by its links, too.
                Some(at) if repositories[*at].has_met(&repository) => {}
                Some(at) => repositories[*at].others.push(repository),
                None => {
                    databases.insert(objects, repositories.len());
                    repositories.push(repository);
                }
            }
        }
        drop(worker);
        for repository in repositories {
            if !hire().is_stopped() {
                audit(&repository, &self.threads, &self.scope, hire);
            }
            let mut worker = hire();
            if worker.is_stopped() {
                worker.skip(Skipped {
                    provenance: Provenance::File(repository.shown.clone()),
                    reason: SkipReason::Interrupted,
                    detail: "its history, or a part of it".to_owned(),
                });
            }
        }
    }
}

fn audit(repository: &Repository, threads: &Threads, scope: &Scope, hire: &Hire<'_>) {
    let (store, skipped) = Store::open(&[repository.common_dir.join("objects")], repository.hash);
    let mut worker = hire();
    for skipped in skipped {
        worker.skip(skipped);
    }
    for skipped in repository.missing_history() {
        worker.skip(skipped);
    }
    let shallow = repository.shallow().unwrap_or_else(|why| {
        worker.skip(why);
        HashSet::new()
    });
    // Every object is read, but an index alone says that one is staged.
    for (_, folder) in repository.index_folders() {
        if let Err(why) = read_index(&folder.join("index"), repository.hash) {
            worker.skip(why);
        }
    }
    for tree in repository.work_trees() {
        for note in tree.empty_submodules(scope) {
            worker.note(note);
        }
    }
    let mut probe = Probe {
        shown: &repository.shown,
        store: &store,
        by_path: scope.asks_for_paths(),
        earlier: HashSet::new(),
        packs: 0,
        hits: Mutex::new(Vec::new()),
        missing: Missing::new(&store, shallow),
    };
    let wanted = Wanted {
        kinds: match store.may_lack_objects() {
            true => &[Kind::Blob, Kind::Commit, Kind::Tag, Kind::Tree],
            false => &[Kind::Blob, Kind::Commit, Kind::Tag],
        },
        threads: threads.count(),
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

    probe.names(repository, worker.as_mut());
    for skipped in probe.missing.skipped(&repository.shown) {
        worker.skip(skipped);
    }
    let mut hits = probe
        .hits
        .into_inner()
        .expect("no thread panics in between");
    hits.sort_unstable();
    if !hits.is_empty() {
        attribute(repository, &store, &hits, threads, scope, hire);
    }
    if scope.wants_match() && !worker.is_stopped() {
        look_for_match(repository, &store, scope, worker.as_ref());
    }
}

/// Looks for objects that hold anything that could be a secret. What it is
/// depends on the paths of the object, which nobody knows yet.
struct Probe<'s> {
    shown: &'s std::path::Path,
    store: &'s Store,
    /// Whether the paths of an object decide if it is audited.
    by_path: bool,
    /// The objects of the packs that were visited, without those of the first,
    /// which is the largest.
    earlier: HashSet<ObjectId>,
    /// How many packs were visited.
    packs: usize,
    hits: Mutex<Vec<(ObjectId, ObjectKind)>>,
    /// Looks up what is named and may be missing.
    missing: Missing<'s>,
}

impl Probe<'_> {
    fn hit(&self, kind: ObjectKind, id: ObjectId) {
        self.hits
            .lock()
            .expect("no thread panics while it holds the hits")
            .push((id, kind));
    }

    fn object(&self, kind: ObjectKind, id: ObjectId) -> GitObject {
        GitObject {
            repository: self.shown.to_path_buf(),
            path: None,
            kind,
            id: id.to_string(),
        }
    }

    /// Looks up what the refs name, and everything that is checked out: at least
    /// that has to be here, whatever the size of the repository.
    fn names(&self, repository: &Repository, worker: &mut dyn Worker) {
        let mut skipped = Vec::new();
        let names = tips::names(repository, &mut skipped);
        for skipped in skipped {
            worker.skip(skipped);
        }
        for name in names {
            self.missing.look_up(&name.id);
            if !matches!(name.by, By::Head(_)) {
                continue;
            }
            if let Ok(tree) = tree_of(name.id, &self.store.reader()) {
                self.missing.look_below(tree, &mut |tree, why| {
                    self.unread_object(worker, Kind::Tree, tree, why);
                });
            }
        }
    }

    fn unread_object(&self, worker: &mut dyn Worker, kind: Kind, id: ObjectId, why: UnreadObject) {
        let kind = match kind {
            Kind::Tree => ObjectKind::Tree,
            kind => audited(kind).unwrap_or(ObjectKind::Blob),
        };
        worker.skip(Skipped {
            provenance: Provenance::Object(self.object(kind, id)),
            reason: why.reason,
            detail: why.why,
        });
    }

    fn loose(&self, ids: &[ObjectId], threads: &Threads, hire: &Hire<'_>) {
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
        threads.on_each(work);
    }

    fn loose_object(&self, worker: &mut dyn Worker, id: &ObjectId) {
        let Opened {
            kind,
            size,
            mut text,
        } = match self.store.open_loose(id) {
            Some(Ok(opened)) => opened,
            Some(Err(error)) => return self.unread(worker, *id, UnreadObject::damaged(&error)),
            None => {
                let why = UnreadObject::damaged(&"it disappeared during the audit");
                return self.unread(worker, *id, why);
            }
        };
        let is_short = size <= MAX_OBJECT as u64;
        match kind {
            Kind::Tree if !is_short => {
                self.unread_object(worker, kind, *id, UnreadObject::too_long(size));
            }
            Kind::Commit | Kind::Tree | Kind::Tag if is_short => {
                let mut bytes = Vec::new();
                let result = text.read_to_end(&mut bytes);
                if let Err(error) = result {
                    self.unread_object(worker, kind, *id, UnreadObject::damaged(&error));
                }
                self.bytes(worker, kind, *id, &bytes);
            }
            _ => self.stream(worker, kind, *id, &mut ReadFeed::new(text)),
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
        if let Err(why) = self.missing.look(kind, &id, bytes) {
            self.unread_object(worker, kind, id, UnreadObject::damaged(&why));
        }
        let Some(kind) = audited(kind) else { return };
        let probed = Probed {
            object: &|| self.object(kind, id),
            by_path: self.by_path,
        };
        if worker.probe(&probed, &mut &*bytes).0 {
            self.hit(kind, id);
        }
    }

    fn stream(&self, worker: &mut dyn Worker, kind: Kind, id: ObjectId, feed: &mut dyn Feed) {
        let probed = Probed {
            object: &|| self.object(audited(kind).unwrap_or(ObjectKind::Blob), id),
            by_path: self.by_path,
        };
        let (hit, result) = worker.probe(&probed, feed);
        if let Some(kind) = audited(kind).filter(|_| hit) {
            self.hit(kind, id);
        }
        if let Err(error) = result {
            self.unread_object(worker, kind, id, UnreadObject::damaged(&error));
        }
    }

    fn unread(&self, worker: &mut dyn Worker, id: ObjectId, why: UnreadObject) {
        self.unread_object(worker, Kind::Blob, id, why);
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
