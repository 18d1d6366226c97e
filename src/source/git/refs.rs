//! What the names in a repository lead to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::hash::Kind;

use super::settings::RefStorage;
use super::store::damaged_file;
use super::target::{DEPTH, LINKS, LONGEST, LONGEST_PACKED, Target, is_proper};
use super::{Repository, path_of, reftable, tables};
use crate::model::audit::Skipped;
use crate::source::regular;

/// What `HEAD` of a work tree leads to. `None` before the first commit.
///
/// # Errors
///
/// Why it cannot be told.
pub fn head(repository: &Repository) -> Result<Option<ObjectId>, Skipped> {
    match repository.ref_storage {
        RefStorage::Tables => tables::head(repository),
        RefStorage::Files | RefStorage::Unknown => head_in_files(repository),
    }
}

fn head_in_files(repository: &Repository) -> Result<Option<ObjectId>, Skipped> {
    let file = repository.git_dir.join("HEAD");
    let mut name = match regular::read(&file, LONGEST)? {
        Some(text) => match parsed(&text, repository.hash) {
            Some(Target::Object(id)) => return Ok(Some(id)),
            Some(Target::Name(name)) => name,
            None => return Err(damaged_file(&file, "it names nothing")),
        },
        None => return Err(damaged_file(&file, "it is missing")),
    };
    if repository.ref_storage == RefStorage::Unknown {
        return Ok(None);
    }
    for _ in 0..LINKS {
        if !is_proper(&name) {
            return Err(damaged_file(&file, "it leads to something that is no ref"));
        }
        let mut found = None;
        for folder in [&repository.git_dir, &repository.common_dir] {
            let file = folder.join(path_of(&name));
            if file.is_dir() {
                continue;
            }
            if let Some(text) = regular::read(&file, LONGEST)? {
                let Some(target) = parsed(&text, repository.hash) else {
                    return Err(damaged_file(&file, "it names nothing"));
                };
                found = Some(target);
                break;
            }
        }
        match found {
            Some(Target::Object(id)) => return Ok(Some(id)),
            Some(Target::Name(next)) => name = next,
            None => {
                let mut all = BTreeMap::new();
                packed(repository, &mut all, &mut |_| {})?;
                return Ok(all.remove(&name));
            }
        }
    }
    Err(damaged_file(&file, "it leads in a circle"))
}

/// The commits that `MERGE_HEAD` of a work tree lists, one a line. None when
/// nothing is being merged.
///
/// # Errors
///
/// Why they cannot be told.
pub fn merge_heads(repository: &Repository) -> Result<Vec<ObjectId>, Skipped> {
    let file = repository.git_dir.join("MERGE_HEAD");
    let text = regular::read(&file, LONGEST)?.unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n');
    lines
        .map(|line| line.trim_ascii())
        .filter(|line| !line.is_empty())
        .map(|line| ObjectId::from_hex(line).map_err(|_| damaged_file(&file, "it names no commit")))
        .collect()
}

/// Every name below `refs` that leads to an object by itself. A name that leads
/// to another one is left out, because that one is listed too.
pub fn all(repository: &Repository, skipped: &mut Vec<Skipped>) -> BTreeMap<Vec<u8>, ObjectId> {
    let mut all = shared(repository, skipped);
    all.append(&mut own(repository, skipped));
    all
}

/// The names that all work trees of a repository share.
pub fn shared(repository: &Repository, skipped: &mut Vec<Skipped>) -> BTreeMap<Vec<u8>, ObjectId> {
    let mut all = BTreeMap::new();
    let folder = &repository.common_dir;
    match repository.ref_storage {
        RefStorage::Unknown => {}
        RefStorage::Tables => in_tables(folder, repository.hash, &mut all, skipped),
        RefStorage::Files => {
            if let Err(why) = packed(repository, &mut all, &mut |why| skipped.push(why)) {
                skipped.push(why);
            }
            in_folder(folder, repository.hash, &mut all, skipped);
        }
    }
    all
}

/// The names that a linked work tree has for itself.
pub fn own(repository: &Repository, skipped: &mut Vec<Skipped>) -> BTreeMap<Vec<u8>, ObjectId> {
    let mut all = BTreeMap::new();
    let folder = &repository.git_dir;
    if *folder == repository.common_dir {
        return all;
    }
    match repository.ref_storage {
        RefStorage::Unknown => {}
        RefStorage::Tables => in_tables(folder, repository.hash, &mut all, skipped),
        RefStorage::Files => in_folder(folder, repository.hash, &mut all, skipped),
    }
    all
}

/// Adds the names in the tables of a git folder.
fn in_tables(
    git_dir: &Path,
    hash: Kind,
    all: &mut BTreeMap<Vec<u8>, ObjectId>,
    skipped: &mut Vec<Skipped>,
) {
    match reftable::all(git_dir, hash) {
        Ok(names) => all.extend(names.into_iter().filter_map(|(name, target)| match target {
            Target::Object(id) if name.starts_with(b"refs/") => Some((name, id)),
            Target::Object(_) | Target::Name(_) => None,
        })),
        Err(why) => skipped.push(why),
    }
}

/// Adds the names that have a file each in a git folder.
fn in_folder(
    git_dir: &Path,
    hash: Kind,
    all: &mut BTreeMap<Vec<u8>, ObjectId>,
    skipped: &mut Vec<Skipped>,
) {
    let folder = git_dir.join("refs");
    loose(&folder, &mut b"refs".to_vec(), DEPTH, hash, all, skipped);
}

fn loose(
    folder: &Path,
    name: &mut Vec<u8>,
    depth: usize,
    hash: Kind,
    all: &mut BTreeMap<Vec<u8>, ObjectId>,
    skipped: &mut Vec<Skipped>,
) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return skipped.push(super::super::files::skipped(folder, &error)),
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let length = name.len();
        name.push(b'/');
        let part = PathBuf::from(entry.file_name());
        name.extend_from_slice(&gix::path::into_bstr(part).unwrap_or_default());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            match depth {
                0 => skipped.push(damaged_file(&path, "too many folders lead to it")),
                _ => loose(&path, name, depth - 1, hash, all, skipped),
            }
        } else if !name.ends_with(b".lock") {
            match regular::read(&path, LONGEST) {
                Ok(Some(text)) => match parsed(&text, hash) {
                    Some(Target::Object(id)) => {
                        all.insert(name.clone(), id);
                    }
                    Some(Target::Name(_)) => {}
                    None if text.is_empty() => {
                        skipped.push(damaged_file(&path, "it is empty"));
                    }
                    None => skipped.push(damaged_file(&path, "it names nothing")),
                },
                // It was removed in between.
                Ok(None) => {}
                Err(why) => skipped.push(why),
            }
        }
        name.truncate(length);
    }
}

/// The names that `git pack-refs` wrote into one file.
fn packed(
    repository: &Repository,
    all: &mut BTreeMap<Vec<u8>, ObjectId>,
    damaged: &mut dyn FnMut(Skipped),
) -> Result<(), Skipped> {
    let file = repository.common_dir.join("packed-refs");
    let text = regular::read(&file, LONGEST_PACKED)?.unwrap_or_default();
    let digits = repository.hash.len_in_hex();
    let mut line_number = 0;
    for line in text.split(|byte| *byte == b'\n') {
        line_number += 1;
        // A comment, or what the tag before leads to
        if line.is_empty() || line.starts_with(b"#") || line.starts_with(b"^") {
            continue;
        }
        let id = line
            .get(..digits)
            .and_then(|hex| ObjectId::from_hex(hex).ok());
        match (id, line.get(digits..)) {
            (Some(id), Some([b' ', name @ ..])) if !name.is_empty() => {
                all.insert(name.trim_ascii_end().to_vec(), id);
            }
            _ => {
                damaged(damaged_file(
                    &file,
                    &format!("line {line_number} names nothing"),
                ));
                break;
            }
        }
    }
    Ok(())
}

fn parsed(text: &[u8], hash: Kind) -> Option<Target> {
    if let Some(name) = text.strip_prefix(b"ref:") {
        return Some(Target::Name(name.trim_ascii().to_vec()));
    }
    let hex = text.get(..hash.len_in_hex())?;
    if text
        .get(hex.len())
        .is_some_and(|next| !next.is_ascii_whitespace())
    {
        return None;
    }
    ObjectId::from_hex(hex).ok().map(Target::Object)
}
