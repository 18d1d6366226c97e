//! What somebody else says that commits add, as far as this clone holds it.

use anyhow::bail;
use gix::ObjectId;

use super::here::Here;
use super::refs;
use super::revisions::{Revisions, parents};

/// What commits add, as a CI system says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The newest of the commits.
    pub tip: ObjectId,
    /// A commit that the CI system made to try how the tip merges: what it merges
    /// the tip into was there before.
    pub trial: Option<ObjectId>,
    /// What was there before. The first one that this clone holds counts.
    pub bases: Vec<ObjectId>,
    /// The branch of `origin` whose commits were there before, where no base says it.
    pub branch: Option<String>,
    /// The branch of `origin` that they go to.
    pub target: Option<String>,
    /// The branch of `origin` whose commits they can have taken over.
    pub merged: Option<String>,
}

/// The same in one clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The newest of the commits.
    pub tip: ObjectId,
    /// Whether this clone holds it.
    pub is_here: bool,
    /// What was there before.
    pub old: Old,
    /// What the branch that they go to leads to.
    pub target: Option<ObjectId>,
    /// What the branch leads to whose commits they can have taken over.
    pub merged: Option<ObjectId>,
}

/// What was there before, as far as a clone can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// This commit, as the CI system says.
    Base(ObjectId),
    /// What a branch of `origin` has.
    Branch(ObjectId),
    /// Something that this clone does not hold, or nothing.
    Absent(Option<ObjectId>),
}

impl Added {
    /// Finds it in a clone.
    ///
    /// # Errors
    ///
    /// When an id is none of this repository's kind.
    pub fn locate(&self, here: &Here) -> anyhow::Result<Span> {
        let ids = self.bases.iter().chain(&self.trial).chain([&self.tip]);
        let kind = here.repository.hash;
        if let Some(id) = ids.into_iter().find(|id| id.kind() != kind) {
            bail!("{id}: is no object id of this repository, which names objects by {kind}");
        }
        let is_here = |id: &ObjectId| here.store.contains(id);
        let trial = self.trial.filter(is_here).and_then(|trial| {
            match parents(here, trial).ok()?.as_slice() {
                [into, tip] if *tip == self.tip => Some((trial, *into)),
                _ => None,
            }
        });
        let tip = trial.map_or(self.tip, |(trial, _)| trial);
        let into = trial.map(|(_, into)| into);
        let bases: Vec<ObjectId> = into.into_iter().chain(self.bases.clone()).collect();
        let base = bases.iter().copied().find(is_here).map(Old::Base);
        let branch = |name: &Option<String>| of_origin(here, name.as_deref()?);
        let old = base.or_else(|| branch(&self.branch).map(Old::Branch));
        Ok(Span {
            tip,
            is_here: is_here(&tip),
            old: old.unwrap_or(Old::Absent(bases.first().copied())),
            target: branch(&self.target),
            merged: branch(&self.merged),
        })
    }
}

impl Span {
    /// The commits.
    pub fn revisions(&self) -> Revisions {
        Revisions {
            included: [self.tip].into(),
            excluded: self.old().into_iter().chain(self.merged).collect(),
            known: match self.target {
                Some(target) => [target].into(),
                None => self.old().into_iter().chain(self.merged).collect(),
            },
        }
    }

    /// How `--range` and git name them.
    pub fn name(&self) -> String {
        match self.old() {
            Some(old) => format!("{old}..{}", self.tip),
            None => self.tip.to_string(),
        }
    }

    fn old(&self) -> Option<ObjectId> {
        match self.old {
            Old::Base(id) | Old::Branch(id) => Some(id),
            Old::Absent(_) => None,
        }
    }
}

/// What a branch of `origin` leads to, as it was fetched. The name is looked up as it
/// is and never parsed.
fn of_origin(here: &Here, branch: &str) -> Option<ObjectId> {
    let name = format!("refs/remotes/origin/{branch}");
    let id = refs::all(&here.repository, &mut Vec::new()).remove(name.as_bytes())?;
    here.store.contains(&id).then_some(id)
}
