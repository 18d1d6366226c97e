//! The graph of the commits that a repository holds.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use gix::ObjectId;
use gix::objs::{CommitRefIter, Kind, TagRefIter};

use super::store::Reader;
use crate::model::finding::Commit;

/// Tags that may point at each other.
pub const TAG_DEPTH: usize = 16;

/// Commits, and which come before which.
#[derive(Default)]
pub struct Commits {
    /// The commits, in the order in which they were met.
    pub nodes: Vec<Node>,
    by_id: HashMap<ObjectId, u32>,
    /// Commits that are named as a parent and are not here.
    pub missing: Vec<ObjectId>,
}

/// One commit.
pub struct Node {
    /// Its id.
    pub id: ObjectId,
    /// Its root tree.
    pub tree: ObjectId,
    /// The places of its parents, as far as they are here.
    pub parents: Vec<u32>,
    /// The committer's date in seconds since 1970.
    pub seconds: i64,
}

/// What an object is, once all tags that lead to it are followed.
pub enum Peeled {
    /// A commit, by its place among the nodes.
    Commit(u32),
    /// A file or a folder that is named without a commit.
    Other(ObjectId, Kind),
}

impl Commits {
    /// The place of a commit.
    pub fn get(&self, id: &ObjectId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// Adds what a name leads to, together with everything before it, as far as nobody
    /// says to stop.
    pub fn add(
        &mut self,
        id: ObjectId,
        reader: &Reader<'_>,
        is_stopped: &dyn Fn() -> bool,
    ) -> Option<Peeled> {
        let mut buffer = Vec::new();
        let mut id = id;
        for _ in 0..TAG_DEPTH {
            if let Some(place) = self.get(&id) {
                return Some(Peeled::Commit(place));
            }
            match reader.read(&id, &mut buffer) {
                Ok(Some(Kind::Tag)) => {
                    id = TagRefIter::from_bytes(&buffer, id.kind())
                        .target_id()
                        .ok()?;
                }
                Ok(Some(Kind::Commit)) => {
                    return self.walk(id, reader, is_stopped).map(Peeled::Commit);
                }
                Ok(Some(kind)) => return Some(Peeled::Other(id, kind)),
                Ok(None) | Err(_) => {
                    self.missing.push(id);
                    return None;
                }
            }
        }
        None
    }

    fn walk(
        &mut self,
        start: ObjectId,
        reader: &Reader<'_>,
        is_stopped: &dyn Fn() -> bool,
    ) -> Option<u32> {
        let mut buffer = Vec::new();
        let mut next = vec![start];
        let mut links: Vec<(u32, Vec<ObjectId>)> = Vec::new();
        while let Some(id) = next.pop() {
            if self.by_id.contains_key(&id) {
                continue;
            }
            if is_stopped() {
                break;
            }
            let node = match reader.read(&id, &mut buffer) {
                Ok(Some(Kind::Commit)) => node(id, &buffer),
                _ => None,
            };
            let Some((node, parents)) = node else {
                self.missing.push(id);
                continue;
            };
            let place = self.nodes.len() as u32;
            self.by_id.insert(id, place);
            self.nodes.push(node);
            next.extend(parents.iter().filter(|id| !self.by_id.contains_key(*id)));
            links.push((place, parents));
        }
        for (place, parents) in links {
            let parents = parents.iter().filter_map(|id| self.get(id)).collect();
            self.nodes[place as usize].parents = parents;
        }
        self.get(&start)
    }

    /// The commits with every parent before its children, else by date.
    pub fn in_order(&self) -> Vec<u32> {
        let mut waiting: Vec<u32> = vec![0; self.nodes.len()];
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for (place, node) in self.nodes.iter().enumerate() {
            waiting[place] = node.parents.len() as u32;
            for parent in &node.parents {
                children[*parent as usize].push(place as u32);
            }
        }
        let key = |place: u32| {
            let node = &self.nodes[place as usize];
            Reverse((node.seconds, node.id, place))
        };
        let mut ready: BinaryHeap<_> = (0..self.nodes.len() as u32)
            .filter(|place| waiting[*place as usize] == 0)
            .map(key)
            .collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(Reverse((_, _, place))) = ready.pop() {
            order.push(place);
            for child in &children[place as usize] {
                waiting[*child as usize] -= 1;
                if waiting[*child as usize] == 0 {
                    ready.push(key(*child));
                }
            }
        }
        order
    }
}

fn node(id: ObjectId, bytes: &[u8]) -> Option<(Node, Vec<ObjectId>)> {
    let tree = CommitRefIter::from_bytes(bytes, id.kind()).tree_id().ok()?;
    let parents = CommitRefIter::from_bytes(bytes, id.kind())
        .parent_ids()
        .collect();
    let seconds = CommitRefIter::from_bytes(bytes, id.kind())
        .committer()
        .map_or(0, |committer| committer.seconds());
    let node = Node {
        id,
        tree,
        parents: Vec::new(),
        seconds,
    };
    Some((node, parents))
}

/// The tree of a commit, which may be named by a tag.
pub fn tree_of(id: ObjectId, reader: &Reader<'_>) -> Result<ObjectId, String> {
    let mut buffer = Vec::new();
    let mut id = id;
    for _ in 0..TAG_DEPTH {
        let damaged = |error: gix::Error| error.to_string();
        match reader.read(&id, &mut buffer).map_err(|unread| unread.why)? {
            Some(Kind::Commit) => {
                let mut commit = CommitRefIter::from_bytes(&buffer, id.kind());
                return commit.tree_id().map_err(&damaged);
            }
            Some(Kind::Tag) => {
                let tag = TagRefIter::from_bytes(&buffer, id.kind());
                id = tag.target_id().map_err(damaged)?;
            }
            Some(_) => return Err(format!("{id} is no commit")),
            None => return Err(format!("{id} is missing")),
        }
    }
    Err("too many tags lead to it".to_owned())
}

/// What a report says of a commit, which has this place among all.
pub fn describe(order: usize, id: ObjectId, reader: &Reader<'_>) -> Option<Commit> {
    let mut buffer = Vec::new();
    reader.read(&id, &mut buffer).ok()??;
    let author = CommitRefIter::from_bytes(&buffer, id.kind())
        .author()
        .ok()?;
    let time = author.time().unwrap_or_default();
    Some(Commit {
        order,
        id: id.to_string(),
        seconds: time.seconds,
        date: time.format_or_unix(gix::date::time::format::ISO8601_STRICT),
        author: author.name.to_string(),
        email: author.email.to_string(),
    })
}

/// The commit that tags lead to.
pub fn peeled(id: ObjectId, reader: &Reader<'_>) -> Option<ObjectId> {
    let mut buffer = Vec::new();
    let mut id = id;
    for _ in 0..TAG_DEPTH {
        match reader.read(&id, &mut buffer) {
            Ok(Some(Kind::Commit)) => return Some(id),
            Ok(Some(Kind::Tag)) => {
                id = TagRefIter::from_bytes(&buffer, id.kind())
                    .target_id()
                    .ok()?;
            }
            _ => return None,
        }
    }
    None
}
