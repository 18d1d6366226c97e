//! Which commits somebody means: ranges, and what git tells its hooks.

use std::collections::BTreeSet;
use std::env;

use anyhow::{Context as _, bail};
use gix::ObjectId;
use gix::objs::CommitRefIter;

use super::commits::peeled;
use super::expand::expand;
use super::here::Here;
use super::refs;
use super::settings::RefStorage;

/// Commits that are meant with everything before them, and those that are left
/// out with everything before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// What is meant.
    pub included: BTreeSet<ObjectId>,
    /// What is left out.
    pub excluded: BTreeSet<ObjectId>,
    /// Where what is known before them is said, unless that is in what is left out.
    pub known: BTreeSet<ObjectId>,
}

impl Revisions {
    /// Reads what git's own commands understand: `A..B`, `A...B`, `B`, `^A`, `A^!`,
    /// `--not`, `--all`, `--branches`, `--tags`, `--remotes[=NAME]`, with
    /// blanks between.
    ///
    /// # Errors
    ///
    /// When a revision is unknown.
    pub fn parse(here: &Here, text: &str) -> anyhow::Result<Revisions> {
        let mut revisions = Revisions::default();
        let mut not = false;
        for word in text.split_whitespace() {
            let (option, value) = word.split_once('=').unwrap_or((word, ""));
            let is_pattern = word.contains('=') && option != "--remotes";
            match option {
                _ if is_pattern && word.starts_with("--") => {
                    bail!(
                        "range `{text}`: `{word}` is not understood: no pattern goes with {option}; name the revisions"
                    )
                }
                "--not" => not = !not,
                "--all" => revisions.add(not, named(here, "refs/")),
                "--branches" => revisions.add(not, named(here, "refs/heads/")),
                "--tags" => revisions.add(not, named(here, "refs/tags/")),
                "--remotes" => revisions.add(not, remotes(here, value)),
                _ if word.starts_with("--") => {
                    bail!(
                        "range `{text}`: `{word}` is not understood; write A..B, or B --not --remotes"
                    )
                }
                _ => revisions.add_word(here, word, not)?,
            }
        }
        if revisions.included.is_empty() {
            bail!("range `{text}`: names no commit; write A..B, or B --not --remotes");
        }
        Ok(revisions)
    }

    fn add_word(&mut self, here: &Here, word: &str, not: bool) -> anyhow::Result<()> {
        let resolve = |name: &str| resolve(here, if name.is_empty() { "HEAD" } else { name });
        if let Some((a, b)) = word.split_once("...") {
            let (a, b) = (resolve(a)?, resolve(b)?);
            let bases = merge_bases(here, a, b)?;
            self.known.insert(a);
            self.add(not, [a, b]);
            self.add(!not, bases);
        } else if let Some((a, b)) = word.split_once("..") {
            let (a, b) = (resolve(a)?, resolve(b)?);
            self.add(!not, [a]);
            self.add(not, [b]);
        } else if let Some(name) = word.strip_prefix('^') {
            self.add(!not, [resolve(name)?]);
        } else if let Some(name) = word.strip_suffix("^!") {
            // This commit alone
            let id = resolve(name)?;
            self.add(not, [id]);
            self.add(!not, parents(here, id)?);
        } else {
            self.add(not, [resolve(word)?]);
        }
        Ok(())
    }

    fn add(&mut self, not: bool, ids: impl IntoIterator<Item = ObjectId>) {
        if not {
            self.excluded.extend(ids);
        } else {
            self.included.extend(ids);
        }
    }

    /// What a push is about to send. The pre-commit framework says it in the
    /// environment, git itself on standard input: a line for each ref with its
    /// local name and id and its remote name and id.
    ///
    /// # Errors
    ///
    /// When neither says what is pushed, or a revision is unknown.
    pub fn of_push(here: &Here, remote: Option<&str>, input: &str) -> anyhow::Result<Revisions> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let framework = variable("PRE_COMMIT_REMOTE_NAME");
        let remote = remote.map(str::to_owned).or_else(|| framework.clone());
        let there = || remotes(here, remote.as_deref().unwrap_or_default());
        let mut revisions = Revisions::default();
        if let (Some(from), Some(to)) = (
            variable("PRE_COMMIT_FROM_REF"),
            variable("PRE_COMMIT_TO_REF"),
        ) {
            revisions.included.insert(resolve(here, &to)?);
            revisions.excluded.insert(resolve(here, &from)?);
            return Ok(revisions);
        }
        if let (Some(branch), Some(_)) = (variable("PRE_COMMIT_LOCAL_BRANCH"), &framework) {
            revisions.included.insert(resolve(here, &branch)?);
            revisions.excluded.extend(there());
            return Ok(revisions);
        }
        let mut lines = input
            .lines()
            .filter(|line| !line.trim().is_empty())
            .peekable();
        if lines.peek().is_none() {
            // `git push` with nothing to push runs the hook all the same.
            return Ok(revisions);
        }
        for line in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, local, _, theirs] = words[..] else {
                bail!(
                    "standard input: `{line}` is not what git tells a pre-push hook: LOCAL-REF ID REMOTE-REF ID"
                );
            };
            let (local, theirs) = (id(local)?, id(theirs)?);
            // A ref that is deleted sends nothing.
            if local.is_null() {
                continue;
            }
            revisions.included.insert(local);
            if here.store.contains(&theirs) {
                revisions.excluded.insert(theirs);
            }
        }
        if !revisions.included.is_empty() {
            revisions.excluded.extend(there());
        }
        Ok(revisions)
    }

    /// What a server is about to take: on standard input a line for each ref
    /// with its old id, its new id and its name.
    ///
    /// # Errors
    ///
    /// When standard input says something else.
    pub fn of_receive(here: &Here, input: &str) -> anyhow::Result<Revisions> {
        let mut revisions = Revisions::default();
        for line in input.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [old, new, _] = words[..] else {
                bail!(
                    "standard input: `{line}` is not what git tells a pre-receive hook: OLD-ID NEW-ID REF"
                );
            };
            let (old, new) = (id(old)?, id(new)?);
            if new.is_null() {
                continue;
            }
            revisions.included.insert(new);
            if !old.is_null() {
                revisions.excluded.insert(old);
            }
        }
        if !revisions.included.is_empty() {
            // What another ref holds was taken before.
            revisions.excluded.extend(named(here, "refs/"));
        }
        Ok(revisions)
    }
}

fn id(hex: &str) -> anyhow::Result<ObjectId> {
    ObjectId::from_hex(hex.as_bytes())
        .with_context(|| format!("standard input: `{hex}` is no object id"))
}

fn resolve(here: &Here, name: &str) -> anyhow::Result<ObjectId> {
    // The objects of a hook's quarantine are known by their ids alone.
    if let Ok(id) = ObjectId::from_hex(name.as_bytes())
        && here.store.contains(&id)
    {
        return Ok(id);
    }
    let inner = here.gix()?;
    let expanded = match here.repository.ref_storage {
        RefStorage::Tables => expand(here, name)?,
        RefStorage::Files | RefStorage::Unknown => name.to_owned(),
    };
    let id = inner.rev_parse_single(expanded.as_str()).map_err(|error| {
        anyhow::anyhow!(
            "unknown revision `{name}`: {error}; fetch it, or see `git log` for what is there"
        )
    })?;
    Ok(id.detach())
}

/// The parents of a commit, which may be named by a tag, whether they are here or not.
///
/// # Errors
///
/// When the commit cannot be read.
pub fn parents(here: &Here, id: ObjectId) -> anyhow::Result<Vec<ObjectId>> {
    let reader = here.store.reader();
    let mut bytes = Vec::new();
    let commit = peeled(id, &reader).with_context(|| format!("{id} leads to no commit"))?;
    reader
        .read(&commit, &mut bytes)
        .map_err(|unread| anyhow::anyhow!("{commit}: {}", unread.why))?;
    Ok(CommitRefIter::from_bytes(&bytes, commit.kind())
        .parent_ids()
        .collect())
}

fn merge_bases(here: &Here, a: ObjectId, b: ObjectId) -> anyhow::Result<Vec<ObjectId>> {
    let inner = here.gix()?;
    let bases = inner
        .merge_bases_many(a, &[b])
        .map_err(|error| anyhow::anyhow!("the merge base of {a} and {b}: {error}"))?;
    Ok(bases.into_iter().map(gix::Id::detach).collect())
}

fn remotes(here: &Here, name: &str) -> Vec<ObjectId> {
    match name {
        "" => named(here, "refs/remotes/"),
        name => named(here, &format!("refs/remotes/{name}/")),
    }
}

/// What the refs with this beginning name. A broken ref leaves nothing out.
fn named(here: &Here, prefix: &str) -> Vec<ObjectId> {
    refs::all(&here.repository, &mut Vec::new())
        .into_iter()
        .filter(|(name, _)| name.starts_with(prefix.as_bytes()))
        .map(|(_, id)| id)
        .collect()
}
