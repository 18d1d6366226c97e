//! Where relative URIs start.

use std::path::{Path, PathBuf};

use crate::source::work_tree;

/// Where relative URIs start: at the work tree that holds everything, because
/// that is where code scanning looks; else at the current folder; else at what
/// all paths have in common.
pub fn base(paths: &[PathBuf]) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let absolute: Vec<PathBuf> = paths
        .iter()
        .filter_map(|path| std::fs::canonicalize(path).ok())
        .collect();
    let Some(first) = absolute.first() else {
        return here;
    };
    if let Some(tree) = work_tree(first)
        && absolute.iter().all(|path| path.starts_with(&tree))
    {
        return tree;
    }
    if let Ok(here) = std::fs::canonicalize(&here)
        && absolute.iter().all(|path| path.starts_with(&here))
    {
        return here;
    }
    let folder = if first.is_dir() {
        first.as_path()
    } else {
        first.parent().unwrap_or(first)
    };
    let common = folder
        .ancestors()
        .find(|folder| absolute.iter().all(|path| path.starts_with(folder)));
    common.map_or(here, Path::to_path_buf)
}
