//! What commits add, each compared with its parents.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::{CommitRefIter, Kind, TagRefIter};

use super::changes::{Change, Changes};
use super::commits::{Commits, TAG_DEPTH, describe, peeled, tree_of};
use super::here::Here;
use super::path_in_tree;
use super::paths::Paths;
use super::revisions::Revisions;
use super::store::{Reader, UnreadObject};
use super::versions::{Versions, audit_version, not_replaced};
use crate::model::audit::{SkipReason, Skipped};
use crate::model::blob::{ObjectKind, Provenance};
use crate::model::finding::History;
use crate::source::{Hire, ObjectInput, Probed, Scope, Source, Worker};

/// Commits that are looked at after everything seems settled, in case a clock
/// was wrong. Too few would only report more.
const SLOP: usize = 256;
/// Commits that are left out and that one without its parents is compared with.
const MOST_COMPARED: usize = 8;

/// The commits of a range.
pub struct CommitRange {
    /// The repository.
    pub here: Here,
    /// Which commits.
    pub revisions: Revisions,
    /// Which files of them. Messages and tags are no files and always audited.
    pub paths: Paths,
    /// Which of these files.
    pub scope: Arc<Scope>,
}

impl Source for CommitRange {
    fn drive(&self, hire: &Hire<'_>) {
        let here = &self.here;
        let mut worker = hire();
        for skipped in &here.skipped {
            worker.skip(skipped.clone());
        }
        let reader = here.store.reader();
        let versions = Versions::new(&here.repository.shown, &here.store, &reader);
        let head = here.repository.head().unwrap_or_else(|why| {
            worker.skip(why);
            None
        });
        let mut audit = RangeAudit {
            here,
            reader: &reader,
            versions: &versions,
            worker: worker.as_mut(),
            head,
            head_files: head.and_then(|id| tree(id, &reader)),
            head_history: None,
            excluded: {
                let ids = self.revisions.excluded.iter().take(MOST_COMPARED);
                ids.filter_map(|id| tree(*id, &reader)).collect()
            },
            paths: self.paths.clone(),
            scope: &self.scope,
            audited: HashSet::new(),
            left_out: BTreeMap::new(),
        };
        let mut commits = BTreeSet::new();
        for id in &self.revisions.included {
            commits.extend(audit.tip(*id));
        }
        let walk = Walk::new(&reader).walk(&commits, &self.revisions.excluded);
        audit.missing(&walk.missing);
        if !walk.added.is_empty() && !audit.find_paths(&commits, &self.revisions.excluded, &walk) {
            return;
        }
        let oldest_first = walk.added.iter().rev().enumerate();
        for (order, node) in oldest_first {
            if audit.worker.is_stopped() {
                let (left, all) = (walk.added.len() - order, walk.added.len());
                audit.worker.skip(Skipped {
                    provenance: Provenance::File(self.here.repository.shown.clone()),
                    reason: SkipReason::Interrupted,
                    detail: format!("not read: {left} of {all} commits"),
                });
                return;
            }
            audit.commit(order, node, &walk);
        }
        audit.count_left_out();
    }
}

struct RangeAudit<'a> {
    here: &'a Here,
    reader: &'a Reader<'a>,
    versions: &'a Versions<'a>,
    worker: &'a mut dyn Worker,
    /// The commit that is checked out.
    head: Option<ObjectId>,
    /// Its tree, to tell what is still in it.
    head_files: Option<ObjectId>,
    /// The commits before the one that is checked out, once they are asked for.
    head_history: Option<Commits>,
    /// The trees of what is left out, for commits whose parents this clone lacks.
    excluded: Vec<ObjectId>,
    /// Which files are audited.
    paths: Paths,
    scope: &'a Scope,
    /// Objects that were audited, where some are left out.
    audited: HashSet<ObjectId>,
    /// Objects under paths that are left out.
    left_out: BTreeMap<ObjectId, BTreeSet<PathBuf>>,
}

impl RangeAudit<'_> {
    /// Audits the tags that lead to a commit, and gives the commit.
    fn tip(&mut self, id: ObjectId) -> Option<ObjectId> {
        let mut buffer = Vec::new();
        let mut id = id;
        for _ in 0..TAG_DEPTH {
            match self.reader.read(&id, &mut buffer) {
                Ok(Some(Kind::Commit)) => return Some(id),
                Ok(Some(Kind::Tag)) => {
                    self.text(ObjectKind::Tag, id, &buffer, History::default());
                    let tag = TagRefIter::from_bytes(&buffer, id.kind());
                    let Ok(target) = tag.target_id() else { break };
                    id = target;
                }
                Ok(Some(Kind::Tree)) => {
                    let changes = self.changes_between(&[], id);
                    self.changes(&changes, &History::default());
                    return None;
                }
                Ok(Some(Kind::Blob)) => {
                    self.text(ObjectKind::Blob, id, &buffer, History::default());
                    return None;
                }
                Ok(None) => {
                    self.skip(
                        ObjectKind::Commit,
                        id,
                        SkipReason::MissingObject,
                        String::new(),
                    );
                    return None;
                }
                Err(unread) => {
                    self.skip(ObjectKind::Commit, id, unread.reason, unread.why);
                    return None;
                }
            }
        }
        self.skip(
            ObjectKind::Tag,
            id,
            SkipReason::Damaged,
            "it leads nowhere".to_owned(),
        );
        None
    }

    fn commit(&mut self, order: usize, node: &Node, walk: &Added) {
        let mut bytes = Vec::new();
        if let Ok(Some(_)) = self.reader.read(&node.id, &mut bytes) {
            let history = || History {
                first: describe(order, node.id, self.reader),
                last: describe(order, node.id, self.reader),
                ..History::default()
            };
            // Most messages hold nothing, and then nobody needs their authors.
            let probed = Probed {
                object: &|| self.versions.object(ObjectKind::Commit, node.id, None),
                by_path: false,
            };
            if self.worker.probe(&probed, &mut bytes.as_slice()).0 {
                let history = History {
                    in_head: self.leads_to(node.id),
                    ..history()
                };
                self.audit_text(ObjectKind::Commit, node.id, &bytes, history);
            }
        }
        let changes = self.changes_of(node, walk);
        if changes.is_empty() {
            return;
        }
        let commit = describe(order, node.id, self.reader);
        let history = History {
            first: commit.clone(),
            last: commit,
            ..History::default()
        };
        self.changes(&changes, &history);
    }

    /// The files that were named, and that a commit adds or changes.
    fn changes_of(&mut self, node: &Node, walk: &Added) -> Changes {
        let known = |parent: &ObjectId| walk.trees.get(parent).copied();
        let before: Vec<ObjectId> = node
            .parents
            .iter()
            // Compared with fewer parents, more is new, not less.
            .filter_map(|parent| known(parent).or_else(|| tree(*parent, self.reader)))
            .collect();
        // What it goes to had it already.
        let before = match before.is_empty() && !node.parents.is_empty() {
            true => self.excluded.clone(),
            false => before,
        };
        self.changes_between(&before, node.tree)
    }

    fn changes_between(&mut self, before: &[ObjectId], tree: ObjectId) -> Changes {
        let mut changes = Changes::between(before, tree, self.reader);
        changes.files.retain(|file| self.paths.contain(&file.path));
        changes
            .submodules
            .retain(|path| self.paths.contain(path) && self.scope.holds(&path_in_tree(path)));
        changes
    }

    /// Looks for what was named in the commits at both ends of the range, then in
    /// between, and takes down what is nowhere. `false` when that is all.
    fn find_paths(
        &mut self,
        tips: &BTreeSet<ObjectId>,
        excluded: &BTreeSet<ObjectId>,
        walk: &Added,
    ) -> bool {
        for id in tips.iter().chain(excluded) {
            if self.lacks_path()
                && let Some(tree) = tree(*id, self.reader)
            {
                let changes = self.changes_between(&[], tree);
                self.look_for_match(&changes);
            }
        }
        for node in &walk.added {
            if self.lacks_path() {
                let changes = self.changes_of(node, walk);
                self.look_for_match(&changes);
            }
        }
        for skipped in self.paths.missing() {
            self.worker.skip(skipped);
        }
        !self.paths.lack_all() && !self.scope.lacks_match()
    }

    /// Whether nothing was found so far for something that was named or asked for.
    fn lacks_path(&self) -> bool {
        self.paths.lack() || self.scope.wants_match()
    }

    /// Shows files to the scope until one matches.
    fn look_for_match(&self, changes: &Changes) {
        if self.scope.wants_match() {
            let mut paths = changes.files.iter().map(|file| path_in_tree(&file.path));
            paths.any(|path| self.scope.holds(&path));
        }
    }

    /// Whether a file is left out by its path.
    fn is_left_out(&mut self, change: &Change) -> bool {
        if self.scope.is_all() {
            return false;
        }
        let path = path_in_tree(&change.path);
        if self.scope.holds(&path) {
            self.audited.insert(change.id);
            return false;
        }
        self.left_out.entry(change.id).or_default().insert(path);
        true
    }

    /// Counts the objects that were audited under none of their paths.
    fn count_left_out(&self) {
        let left_out = self.left_out.iter();
        for (_, paths) in left_out.filter(|(id, _)| !self.audited.contains(*id)) {
            self.scope.leave_object(paths);
        }
    }

    fn changes(&mut self, changes: &Changes, history: &History) {
        for (id, unread) in &changes.unread {
            self.skip(ObjectKind::Tree, *id, unread.reason, unread.why.clone());
        }
        for note in changes.notes(&self.here.repository.shown) {
            self.worker.note(note);
        }
        let removed = OnceCell::new();
        for change in &changes.files {
            if self.worker.is_stopped() {
                return;
            }
            if self.is_left_out(change) {
                continue;
            }
            let history = History {
                in_head: self.is_in_head(change),
                in_range: true,
                ..history.clone()
            };
            let list = || {
                let mut paths = self.paths.clone();
                let mut is_audited =
                    |path: &[u8]| self.scope.reports(&path_in_tree(path)) && paths.contain(path);
                changes.removed_blobs(self.reader, &mut is_audited)
            };
            let removed = || Rc::clone(removed.get_or_init(list));
            audit_version(self.versions, change, &history, &removed, self.worker);
        }
    }

    /// Whether a commit lies in the history of what is checked out. A message
    /// with a secret is rare, so nothing is walked before there is one.
    fn leads_to(&mut self, id: ObjectId) -> bool {
        let history = self.head_history.get_or_insert_with(|| {
            let mut commits = Commits::default();
            if let Some(head) = self.head {
                commits.add(head, self.reader, &|| self.worker.is_stopped());
            }
            commits
        });
        history.get(&id).is_some()
    }

    fn is_in_head(&self, change: &Change) -> bool {
        let Some(mut tree) = self.head_files else {
            return false;
        };
        let mut changes = Changes::default();
        let mut names = change.path.split(|byte| *byte == b'/').peekable();
        while let Some(name) = names.next() {
            let Some(entries) = changes.entries(tree, self.reader) else {
                return false;
            };
            let Ok(at) = entries.binary_search_by(|(other, _)| other.as_slice().cmp(name)) else {
                return false;
            };
            let entry = entries[at].1;
            if names.peek().is_none() {
                return entry.id == change.id;
            }
            tree = entry.id;
        }
        false
    }

    fn text(&mut self, kind: ObjectKind, id: ObjectId, bytes: &[u8], history: History) {
        let probed = Probed {
            object: &|| self.versions.object(kind, id, None),
            by_path: false,
        };
        if self.worker.probe(&probed, &mut &*bytes).0 {
            self.audit_text(kind, id, bytes, history);
        }
    }

    fn audit_text(&mut self, kind: ObjectKind, id: ObjectId, bytes: &[u8], history: History) {
        let input = ObjectInput {
            object: self.versions.object(kind, id, None),
            history: History {
                objects: vec![id.to_string()],
                in_range: true,
                not_replaced: not_replaced(kind, bytes),
                ..history
            },
        };
        let mut content = || Ok(Box::new(bytes) as Box<dyn std::io::Read>);
        self.worker.audit_object(input, &mut content, &mut || None);
    }

    /// Says which commits are not here, and whether a shallow clone is why.
    fn missing(&mut self, missing: &[Lacking]) {
        let shallow = match self.here.repository.shallow() {
            Ok(shallow) => shallow,
            Err(why) => {
                self.worker.skip(why);
                HashSet::new()
            }
        };
        for lacking in missing {
            let (reason, why) = match &lacking.unread {
                Some(unread) => (unread.reason, unread.why.clone()),
                None if lacking.is_parent && !shallow.is_empty() => {
                    (SkipReason::ShallowClone, String::new())
                }
                None => (SkipReason::MissingObject, String::new()),
            };
            self.skip(ObjectKind::Commit, lacking.id, reason, why);
        }
    }

    fn skip(&mut self, kind: ObjectKind, id: ObjectId, reason: SkipReason, detail: String) {
        self.worker.skip(Skipped {
            provenance: Provenance::Object(self.versions.object(kind, id, None)),
            reason,
            detail,
        });
    }
}

/// A commit that was read.
#[derive(Clone)]
struct Node {
    id: ObjectId,
    tree: ObjectId,
    parents: Vec<ObjectId>,
    seconds: i64,
}

/// The commits that are in a range.
struct Added {
    /// The newest first.
    added: Vec<Node>,
    /// The trees of the commits that were met.
    trees: HashMap<ObjectId, ObjectId>,
    /// Commits that cannot be read.
    missing: Vec<Lacking>,
}

/// A commit that cannot be read.
struct Lacking {
    id: ObjectId,
    /// Whether another commit names it as its parent.
    is_parent: bool,
    /// Why, when it is here.
    unread: Option<UnreadObject>,
}

/// Finds the commits that lead to the included ones and not to the excluded
/// ones, from the newest to the oldest, as far as needed.
struct Walk<'w> {
    reader: &'w Reader<'w>,
    nodes: HashMap<ObjectId, Node>,
    excluded: HashSet<ObjectId>,
    missing: Vec<Lacking>,
    queue: BinaryHeap<(i64, ObjectId)>,
}

impl<'w> Walk<'w> {
    fn new(reader: &'w Reader<'w>) -> Walk<'w> {
        Walk {
            reader,
            nodes: HashMap::new(),
            excluded: HashSet::new(),
            missing: Vec::new(),
            queue: BinaryHeap::new(),
        }
    }

    fn walk(mut self, included: &BTreeSet<ObjectId>, excluded: &BTreeSet<ObjectId>) -> Added {
        for id in excluded {
            if let Some(id) = peeled(*id, self.reader) {
                self.excluded.insert(id);
                // One that is not here excludes nothing.
                let _ = self.meet(id);
            }
        }
        for id in included {
            if let Err(unread) = self.meet(*id) {
                self.lack(*id, false, unread);
            }
        }
        let mut slop = SLOP;
        while let Some((_, id)) = self.queue.pop() {
            let open = self.queue.iter().any(|(_, id)| !self.excluded.contains(id));
            let is_excluded = self.excluded.contains(&id);
            if !open && is_excluded {
                slop -= 1;
                if slop == 0 {
                    break;
                }
            } else {
                slop = SLOP;
            }
            let parents = self.nodes[&id].parents.clone();
            for parent in parents {
                if is_excluded {
                    self.exclude(parent);
                }
                // What an excluded commit lacks is not asked for.
                if let Err(unread) = self.meet(parent)
                    && !is_excluded
                {
                    self.lack(parent, true, unread);
                }
            }
        }
        let mut added: Vec<Node> = self
            .nodes
            .values()
            .filter(|node| !self.excluded.contains(&node.id))
            .cloned()
            .collect();
        added.sort_by_key(|node| std::cmp::Reverse((node.seconds, node.id)));
        Added {
            added,
            trees: self
                .nodes
                .values()
                .map(|node| (node.id, node.tree))
                .collect(),
            missing: self.missing,
        }
    }

    fn lack(&mut self, id: ObjectId, is_parent: bool, unread: Option<UnreadObject>) {
        self.missing.push(Lacking {
            id,
            is_parent,
            unread,
        });
    }

    /// Reads a commit and queues it, once. An error without a reason means that
    /// it is not here.
    fn meet(&mut self, id: ObjectId) -> Result<(), Option<UnreadObject>> {
        if self.nodes.contains_key(&id) {
            return Ok(());
        }
        let node = read(id, self.reader)?;
        self.queue.push((node.seconds, id));
        self.nodes.insert(id, node);
        Ok(())
    }

    /// Excludes a commit with everything before it that was met.
    fn exclude(&mut self, id: ObjectId) {
        let mut next = vec![id];
        while let Some(id) = next.pop() {
            if self.excluded.insert(id)
                && let Some(node) = self.nodes.get(&id)
            {
                next.extend(&node.parents);
            }
        }
    }
}

fn read(id: ObjectId, reader: &Reader<'_>) -> Result<Node, Option<UnreadObject>> {
    let damaged = |why: &str| Some(UnreadObject::damaged(&why));
    let mut buffer = Vec::new();
    match reader.read(&id, &mut buffer) {
        Ok(Some(Kind::Commit)) => {}
        Ok(Some(_)) => return Err(damaged("it is no commit")),
        Ok(None) => return Err(None),
        Err(unread) => return Err(Some(unread)),
    }
    let commit = || CommitRefIter::from_bytes(&buffer, id.kind());
    let tree = commit().tree_id();
    Ok(Node {
        id,
        tree: tree.map_err(|_| damaged("it names no tree"))?,
        parents: commit().parent_ids().collect(),
        seconds: commit()
            .committer()
            .map_or(0, |committer| committer.seconds()),
    })
}

fn tree(id: ObjectId, reader: &Reader<'_>) -> Option<ObjectId> {
    tree_of(id, reader).ok()
}
