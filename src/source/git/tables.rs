//! What a name leads to where refs are in tables, which gix does not read.

use std::path::Path;

use gix::ObjectId;

use super::store::damaged_file;
use super::target::{LINKS, Target, is_proper};
use super::{Repository, reftable};
use crate::model::audit::Skipped;

/// What `HEAD` of a work tree leads to. `None` before the first commit.
///
/// # Errors
///
/// Why it cannot be told.
pub fn head(repository: &Repository) -> Result<Option<ObjectId>, Skipped> {
    match follow(repository, b"HEAD")? {
        (name, None) if name == b"HEAD" => Err(damaged_file(
            &reftable::list(&repository.git_dir),
            "its tables have no HEAD",
        )),
        (_, id) => Ok(id),
    }
}

/// The last of the names that lead from this one to each other, and the object that it
/// leads to, if any.
///
/// # Errors
///
/// Why it cannot be told.
pub fn follow(
    repository: &Repository,
    name: &[u8],
) -> Result<(Vec<u8>, Option<ObjectId>), Skipped> {
    let damaged = |why| damaged_file(&reftable::list(&repository.git_dir), why);
    let mut name = name.to_vec();
    for _ in 0..=LINKS {
        match reftable::find(folder(repository, &name), repository.hash, &name)? {
            None => return Ok((name, None)),
            Some(Target::Object(id)) => return Ok((name, Some(id))),
            Some(Target::Name(next)) if is_proper(&next) => name = next,
            Some(Target::Name(_)) => {
                return Err(damaged("a name leads to something that is no ref"));
            }
        }
    }
    Err(damaged("names lead in a circle"))
}

/// The git folder whose tables have a name: each work tree has some names of its own.
pub fn folder<'r>(repository: &'r Repository, name: &[u8]) -> &'r Path {
    const OWN: [&[u8]; 3] = [b"refs/bisect/", b"refs/rewritten/", b"refs/worktree/"];
    let is_own = !name.starts_with(b"refs/") || OWN.iter().any(|own| name.starts_with(own));
    match is_own {
        true => &repository.git_dir,
        false => &repository.common_dir,
    }
}
