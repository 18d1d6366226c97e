//! Which commits hold an object, under which paths, and what leads to them.
//!
//! This walks the whole history, so it runs only when something was found.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use gix::objs::{Kind, TreeRefIter};
use gix::{ObjectId, oid};

use super::commits::{Commits, Peeled, describe};
use super::pack::{self, Visitor, Wanted};
use super::store::{Reader, Store, UnreadObject};
use super::tips::{By, tips};
use super::versions::not_replaced;
use super::{Repository, path_in_tree};
use crate::model::audit::{SkipReason, Skipped};
use crate::model::blob::{GitObject, ObjectKind, Provenance};
use crate::model::feed::Feed;
use crate::model::finding::{History, Refs};
use crate::source::{Hire, ObjectInput, Scope, Worker};
use crate::system::threads::Threads;

/// Folders in folders, as in git's own limit.
const TREE_DEPTH: usize = 2048;
/// Paths of one object that are kept.
const PATHS: usize = 1000;
/// Objects that are audited before another thread could start.
const FEW: usize = 16;

/// Finds out where each object belongs, and audits it there unless all of its paths are
/// left out. Where the audit was stopped, nobody waits for that, and each is audited as
/// what it is.
pub fn attribute(
    repository: &Repository,
    store: &Store,
    hits: &[(ObjectId, ObjectKind)],
    threads: &Threads,
    scope: &Scope,
    hire: &Hire<'_>,
) {
    let mut worker = hire();
    let reader = store.reader();
    let mut skipped = Vec::new();
    let mut search = Search::new(hits, &reader);
    let mut commits = search.named(repository, worker.as_ref(), &mut skipped);
    if !worker.is_stopped() && search.targets.iter().any(|target| !target.is_placed()) {
        search.unnamed(&mut commits, store, threads, worker.as_ref(), hire);
    }
    search.index(repository, &mut skipped);
    let is_stopped = worker.is_stopped();
    if is_stopped {
        search.forget();
    }
    for damaged in &search.damaged_trees {
        skipped.push(Skipped {
            provenance: Provenance::Object(GitObject {
                repository: repository.shown.clone(),
                path: None,
                kind: ObjectKind::Tree,
                id: damaged.to_string(),
            }),
            reason: SkipReason::Damaged,
            detail: "what lies in it cannot be told".to_owned(),
        });
    }
    for skipped in skipped {
        worker.skip(skipped);
    }
    let trees: Vec<&Repository> = repository.work_trees().collect();
    let placed = Placed {
        store,
        scope,
        is_stopped,
        is_unsure: is_stopped || trees.iter().any(|tree| tree.has_unknown_refs()),
        shown: trees.iter().map(|tree| tree.shown.as_path()).collect(),
        ref_names: search.ref_names,
        is_wanted: AtomicBool::new(true),
    };
    let targets = search.targets;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut worker = hire();
        let reader = store.reader();
        while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
            placed.audit(target, &reader, worker.as_mut());
        }
    };
    match targets.len() {
        ..FEW => work(),
        _ => threads.on_each(work),
    }
}

/// What is the same for all objects whose places are known.
struct Placed<'s> {
    store: &'s Store,
    scope: &'s Scope,
    /// Whether the audit was stopped before all places were known.
    is_stopped: bool,
    /// Whether there can be names that nobody knows.
    is_unsure: bool,
    /// The work trees as they are shown.
    shown: Vec<&'s Path>,
    ref_names: Arc<[String]>,
    /// Whether any more objects are audited.
    is_wanted: AtomicBool,
}

impl Placed<'_> {
    /// Audits an object at each of its places.
    fn audit(&self, target: &Target, reader: &Reader<'_>, worker: &mut dyn Worker) {
        let mut paths: BTreeSet<PathBuf> =
            target.paths.iter().map(|path| path_in_tree(path)).collect();
        if !self.scope.is_all() && !paths.is_empty() {
            let all = paths.clone();
            paths.retain(|path| self.scope.holds(path));
            // Where the audit was stopped, not all of its paths are known.
            if paths.is_empty() && !target.has_more_paths && !self.is_stopped {
                return self.scope.leave_object(&all);
            }
        }
        // What several work trees have is in a file of each.
        let mut places = target.in_use.clone();
        if places.is_empty() || target.kind != ObjectKind::Blob {
            let in_use = Use {
                in_head: places.values().any(|place| place.in_head),
                // What it has committed is not merely staged there.
                in_index: target.in_unmet_index && !target.is_placed(),
            };
            places = BTreeMap::from([(0, in_use)]);
        }
        let described = |commit: Option<(usize, ObjectId)>| {
            commit.and_then(|(order, id)| describe(order, id, reader))
        };
        let mut content = || self.store.content(reader, &target.id);
        for (number, in_use) in places {
            let object = GitObject {
                repository: self.shown[number].to_path_buf(),
                path: None,
                kind: target.kind,
                id: target.id.to_string(),
            };
            if !self.is_wanted.load(Ordering::Relaxed) {
                worker.leave(&Provenance::Object(object));
                continue;
            }
            let history = History {
                objects: vec![target.id.to_string()],
                paths: paths.iter().cloned().collect(),
                first: described(target.first),
                last: described(target.last),
                refs: Refs::new(Arc::clone(&self.ref_names), target.refs.clone()),
                in_reflog: target.in_reflog,
                in_head: in_use.in_head,
                in_index: in_use.in_index,
                in_range: false,
                is_unsure: self.is_unsure,
                not_replaced: content().map_or(0, |text| not_replaced(target.kind, text)),
            };
            let input = ObjectInput { object, history };
            if !worker.audit_object(input, &mut content, &mut || None) {
                self.is_wanted.store(false, Ordering::Relaxed);
            }
        }
    }
}

/// An object that is looked for.
struct Target {
    id: ObjectId,
    kind: ObjectKind,
    paths: BTreeSet<Vec<u8>>,
    /// Whether there are paths that were not kept.
    has_more_paths: bool,
    /// The first commit that holds it, with its place in the order of all.
    first: Option<(usize, ObjectId)>,
    last: Option<(usize, ObjectId)>,
    /// By their places among the names of all; one can stand there twice.
    refs: Vec<u32>,
    in_reflog: bool,
    /// The work trees that have it checked out or staged, by their numbers.
    in_use: BTreeMap<usize, Use>,
    /// Whether it is staged in a work tree that was not met.
    in_unmet_index: bool,
}

/// How a work tree uses an object.
#[derive(Clone, Copy, Default)]
struct Use {
    in_head: bool,
    in_index: bool,
}

impl Target {
    fn new(id: ObjectId, kind: ObjectKind) -> Target {
        Target {
            id,
            kind,
            paths: BTreeSet::new(),
            has_more_paths: false,
            first: None,
            last: None,
            refs: Vec::new(),
            in_reflog: false,
            in_use: BTreeMap::new(),
            in_unmet_index: false,
        }
    }

    fn check_out(&mut self, tree: usize) {
        self.in_use.entry(tree).or_default().in_head = true;
    }

    fn lie_at(&mut self, path: &[u8]) {
        if self.paths.contains(path) {
            return;
        }
        match self.paths.len() < PATHS {
            true => _ = self.paths.insert(path.to_vec()),
            false => self.has_more_paths = true,
        }
    }

    fn is_placed(&self) -> bool {
        self.first.is_some() || !self.refs.is_empty() || self.in_reflog
    }

    fn hold(&mut self, order: usize, commit: ObjectId) {
        if self.first.is_none_or(|(first, _)| order < first) {
            self.first = Some((order, commit));
        }
        if self.last.is_none_or(|(last, _)| order > last) {
            self.last = Some((order, commit));
        }
    }
}

/// The objects below a tree that are looked for, each with its path in it.
type Held = Rc<Vec<(u32, Vec<u8>)>>;

struct Search<'s> {
    targets: Vec<Target>,
    by_id: HashMap<ObjectId, u32>,
    reader: &'s Reader<'s>,
    /// What the trees hold that were looked at.
    trees: HashMap<ObjectId, Held>,
    damaged_trees: BTreeSet<ObjectId>,
    /// The names of all refs, sorted.
    ref_names: Arc<[String]>,
    nothing: Held,
}

impl<'s> Search<'s> {
    fn new(hits: &[(ObjectId, ObjectKind)], reader: &'s Reader<'s>) -> Search<'s> {
        let targets: Vec<Target> = hits
            .iter()
            .map(|(id, kind)| Target::new(*id, *kind))
            .collect();
        let by_id = (0..)
            .zip(&targets)
            .map(|(at, target)| (target.id, at))
            .collect();
        Search {
            targets,
            by_id,
            reader,
            trees: HashMap::new(),
            damaged_trees: BTreeSet::new(),
            ref_names: Arc::default(),
            nothing: Rc::new(Vec::new()),
        }
    }

    /// Forgets what only counts once all commits were looked at.
    fn forget(&mut self) {
        for target in &mut self.targets {
            *target = Target {
                paths: std::mem::take(&mut target.paths),
                ..Target::new(target.id, target.kind)
            };
        }
    }

    /// Follows everything that has a name, and gives the commits on the way.
    fn named(
        &mut self,
        repository: &Repository,
        worker: &dyn Worker,
        skipped: &mut Vec<Skipped>,
    ) -> Commits {
        let mut commits = Commits::default();
        let mut names: Vec<(u32, Name)> = Vec::new();
        let tips = tips(repository, skipped);
        let refs: BTreeSet<&String> = tips.iter().filter_map(|tip| tip.by.ref_name()).collect();
        self.ref_names = refs.into_iter().cloned().collect();
        for tip in &tips {
            let by = self.short(&tip.by);
            self.name_tags(tip.id, by);
            match commits.add(tip.id, self.reader, &|| worker.is_stopped()) {
                Some(Peeled::Commit(place)) => names.push((place, by)),
                Some(Peeled::Other(id, Kind::Tree)) => {
                    let held = self.below(id, TREE_DEPTH);
                    for (target, path) in held.iter() {
                        let target = &mut self.targets[*target as usize];
                        target.paths.insert(path.clone());
                        name(target, by);
                    }
                }
                Some(Peeled::Other(id, _)) => {
                    if let Some(target) = self.by_id.get(&id) {
                        name(&mut self.targets[*target as usize], by);
                    }
                }
                None => {}
            }
        }
        let holding = self.holders(&commits, worker);
        self.name_all(&commits, &holding, &names);
        for (place, by) in &names {
            if let Name::Head(tree) = by {
                for target in &holding[*place as usize] {
                    self.targets[*target as usize].check_out(*tree);
                }
            }
        }
        commits
    }

    fn short(&self, by: &By) -> Name {
        match by {
            By::Head(tree) => Name::Head(*tree),
            By::Ref(name) => {
                let place = self.ref_names.binary_search(name);
                Name::Ref(place.expect("the names are those of all tips") as u32)
            }
            By::Reflog => Name::Reflog,
        }
    }

    /// The tags on the way from a name to what it means.
    fn name_tags(&mut self, id: ObjectId, by: Name) {
        let mut buffer = Vec::new();
        let mut id = id;
        for _ in 0..16 {
            let Ok(Some(Kind::Tag)) = self.reader.read(&id, &mut buffer) else {
                return;
            };
            if let Some(target) = self.by_id.get(&id) {
                name(&mut self.targets[*target as usize], by);
            }
            match gix::objs::TagRefIter::from_bytes(&buffer, id.kind()).target_id() {
                Ok(target) => id = target,
                Err(_) => return,
            }
        }
    }

    /// For each commit the targets that it holds; takes down the first and the
    /// last commit and the paths of each.
    fn holders(&mut self, commits: &Commits, worker: &dyn Worker) -> Vec<Vec<u32>> {
        let mut holding = vec![Vec::new(); commits.nodes.len()];
        for (order, place) in commits.in_order().into_iter().enumerate() {
            if worker.is_stopped() {
                break;
            }
            let node = &commits.nodes[place as usize];
            let held = self.below(node.tree, TREE_DEPTH);
            let here = &mut holding[place as usize];
            for (target, path) in held.iter() {
                here.push(*target);
                let target = &mut self.targets[*target as usize];
                target.hold(order, node.id);
                target.lie_at(path);
            }
            if let Some(target) = self.by_id.get(&node.id) {
                here.push(*target);
                self.targets[*target as usize].hold(order, node.id);
            }
        }
        holding
    }

    /// Tells each target which names lead to a commit that holds it.
    fn name_all(&mut self, commits: &Commits, holding: &[Vec<u32>], names: &[(u32, Name)]) {
        let order = commits.in_order();
        // 64 targets at a time, one bit each
        for first in (0..self.targets.len()).step_by(64) {
            let mut before = vec![0u64; commits.nodes.len()];
            for place in &order {
                let place = *place as usize;
                let mut bits = 0;
                for parent in &commits.nodes[place].parents {
                    bits |= before[*parent as usize];
                }
                for target in &holding[place] {
                    if let Some(bit) = (*target as usize)
                        .checked_sub(first)
                        .filter(|bit| *bit < 64)
                    {
                        bits |= 1 << bit;
                    }
                }
                before[place] = bits;
            }
            for (place, by) in names {
                let mut bits = before[*place as usize];
                while bits != 0 {
                    let bit = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    let target = &mut self.targets[first + bit];
                    match *by {
                        // A text stays in the history of what is checked out.
                        Name::Head(tree) if target.kind == ObjectKind::Commit => {
                            target.check_out(tree);
                        }
                        by => name(target, by),
                    }
                }
            }
        }
    }

    /// Looks into the commits that nothing leads to, for what the others do not hold.
    fn unnamed(
        &mut self,
        commits: &mut Commits,
        store: &Store,
        threads: &Threads,
        worker: &dyn Worker,
        hire: &Hire<'_>,
    ) {
        let all = AllCommits::default();
        let wanted = Wanted {
            kinds: &[Kind::Commit],
            threads: threads.count(),
        };
        for bundle in &store.packs {
            pack::visit(bundle, wanted, &all, hire);
        }
        let mut ids = all.0.into_inner().expect("no thread panics in between");
        ids.extend(store.loose_ids(&mut Vec::new()).into_iter().filter(|id| {
            let opened = store.open_loose(id).and_then(Result::ok);
            opened.is_some_and(|opened| opened.kind == Kind::Commit)
        }));
        let unplaced: BTreeSet<u32> = (0..)
            .zip(&self.targets)
            .filter(|(_, target)| !target.is_placed())
            .map(|(at, _)| at)
            .collect();
        let named = commits.nodes.len() as u32;
        for id in ids {
            commits.add(id, self.reader, &|| worker.is_stopped());
        }
        // More commits give each another place in the order of all.
        for target in &mut self.targets {
            (target.first, target.last) = (None, None);
        }
        for (order, place) in commits.in_order().into_iter().enumerate() {
            if worker.is_stopped() {
                break;
            }
            let node = &commits.nodes[place as usize];
            let counts = |target: &u32| place < named || unplaced.contains(target);
            let held = self.below(node.tree, TREE_DEPTH);
            for (target, path) in held.iter().filter(|(target, _)| counts(target)) {
                let target = &mut self.targets[*target as usize];
                target.hold(order, node.id);
                target.lie_at(path);
            }
            if let Some(target) = self.by_id.get(&node.id).filter(|at| counts(at)) {
                self.targets[*target as usize].hold(order, node.id);
            }
        }
    }

    /// Looks into the index of every work tree.
    fn index(&mut self, repository: &Repository, skipped: &mut Vec<Skipped>) {
        for (tree, folder) in repository.index_folders() {
            let path = folder.join("index");
            let index = match super::read_index(&path, repository.hash) {
                Ok(Some(index)) => index,
                Ok(None) => continue,
                Err(why) => {
                    skipped.push(why);
                    continue;
                }
            };
            for entry in index.entries() {
                if let Some(target) = self.by_id.get(&entry.id) {
                    let target = &mut self.targets[*target as usize];
                    match tree {
                        Some(tree) => target.in_use.entry(tree).or_default().in_index = true,
                        None => target.in_unmet_index = true,
                    }
                    target.paths.insert(entry.path(&index).to_vec());
                }
            }
        }
    }

    /// The targets below a tree.
    fn below(&mut self, tree: ObjectId, depth: usize) -> Held {
        if let Some(held) = self.trees.get(&tree) {
            return Rc::clone(held);
        }
        let mut bytes = Vec::new();
        let read = self.reader.read(&tree, &mut bytes);
        if !matches!(read, Ok(Some(Kind::Tree))) || depth == 0 {
            self.damaged_trees.insert(tree);
            return Rc::clone(&self.nothing);
        }
        let mut held = Vec::new();
        for entry in TreeRefIter::from_bytes(&bytes, tree.kind()) {
            let Ok(entry) = entry else {
                self.damaged_trees.insert(tree);
                break;
            };
            if entry.mode.is_commit() {
                continue;
            }
            if let Some(target) = self.by_id.get(entry.oid) {
                held.push((*target, entry.filename.to_vec()));
            }
            if entry.mode.is_tree() {
                for (target, path) in self.below(entry.oid.to_owned(), depth - 1).iter() {
                    let path = [entry.filename, b"/".as_slice(), path].concat();
                    held.push((*target, path));
                }
            }
        }
        let most = PATHS.max(self.targets.len() * 4);
        for (target, _) in held.drain(most.min(held.len())..) {
            self.targets[target as usize].has_more_paths = true;
        }
        let held = if held.is_empty() {
            Rc::clone(&self.nothing)
        } else {
            Rc::new(held)
        };
        self.trees.insert(tree, Rc::clone(&held));
        held
    }
}

fn name(target: &mut Target, by: Name) {
    match by {
        Name::Head(_) => {}
        // They come in order, so that one which is known is the last.
        Name::Ref(place) if target.refs.last() == Some(&place) => {}
        Name::Ref(place) => target.refs.push(place),
        Name::Reflog => target.in_reflog = true,
    }
}

/// By what an object is named, as short as it can be kept.
#[derive(Clone, Copy)]
enum Name {
    Head(usize),
    /// A ref, by its place among the names of all.
    Ref(u32),
    Reflog,
}

/// Takes down the ids of all commits of a pack.
#[derive(Default)]
struct AllCommits(Mutex<Vec<ObjectId>>);

impl Visitor for AllCommits {
    fn is_known(&self, _id: &oid) -> bool {
        false
    }

    fn bytes(&self, _worker: &mut dyn Worker, _kind: Kind, id: ObjectId, _bytes: &[u8]) {
        self.0
            .lock()
            .expect("no thread panics while it holds the ids")
            .push(id);
    }

    fn stream(&self, worker: &mut dyn Worker, kind: Kind, id: ObjectId, _feed: &mut dyn Feed) {
        self.bytes(worker, kind, id, &[]);
    }

    // The audit before has listed it.
    fn unread(&self, _worker: &mut dyn Worker, _id: ObjectId, _why: UnreadObject) {}
}
