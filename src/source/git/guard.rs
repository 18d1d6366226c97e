//! What gix opens by itself is looked at before: it would wait for a FIFO, and
//! read a device to its end.

use std::fs;
use std::path::{Path, PathBuf};

use super::{LONGEST_INDEX, LONGEST_LINK, LONGEST_SHALLOW, settings, target};
use crate::model::audit::Skipped;
use crate::source::regular;

/// Folders in folders of an object database.
const OBJECTS_DEPTH: usize = 3;

/// Checks everything that gix may open of a repository.
///
/// # Errors
///
/// The first file that must not be opened.
pub fn check(git_dir: &Path, common_dir: &Path, objects: &[PathBuf]) -> Result<(), Skipped> {
    for folder in [git_dir, common_dir] {
        for (name, longest) in [
            ("HEAD", target::LONGEST),
            ("config", settings::LONGEST),
            ("config.worktree", settings::LONGEST),
            ("commondir", LONGEST_LINK),
            ("gitdir", LONGEST_LINK),
            ("packed-refs", target::LONGEST_PACKED),
            ("shallow", LONGEST_SHALLOW),
            ("index", LONGEST_INDEX),
        ] {
            regular::check(&folder.join(name), longest)?;
        }
        below(&folder.join("refs"), target::DEPTH, target::LONGEST)?;
    }
    for folder in objects {
        below(folder, OBJECTS_DEPTH, u64::MAX)?;
    }
    Ok(())
}

fn below(folder: &Path, depth: usize, longest: u64) -> Result<(), Skipped> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        // What leads nowhere is not opened either.
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        if metadata.is_dir() {
            if depth > 0 {
                below(&path, depth - 1, longest)?;
            }
        } else if !metadata.is_file() || metadata.len() > longest {
            regular::check(&path, longest)?;
        }
    }
    Ok(())
}
