//! Which folder everything that is audited belongs to.

use std::path::PathBuf;

use crate::model::project::Project;
use crate::source::work_tree;

/// The project of these paths: the work tree that holds everything, because that is where
/// code scanning looks; else the current folder; else what all paths have in common.
pub fn project(paths: &[PathBuf]) -> Project {
    let here = std::env::current_dir().unwrap_or_default();
    let here = std::fs::canonicalize(&here).unwrap_or(here);
    let of = |folder: PathBuf, is_named: bool| Project {
        folder,
        here: here.clone(),
        is_named,
    };
    let absolute: Vec<PathBuf> = paths
        .iter()
        .filter_map(|path| std::fs::canonicalize(path).ok())
        .collect();
    let Some(first) = absolute.first() else {
        return of(here.clone(), false);
    };
    if let Some(tree) = work_tree(first)
        && absolute.iter().all(|path| path.starts_with(&tree))
    {
        return of(tree, false);
    }
    if absolute.iter().all(|path| path.starts_with(&here)) {
        return of(here.clone(), false);
    }
    let folder = if first.is_dir() {
        first.as_path()
    } else {
        first.parent().unwrap_or(first)
    };
    let common = folder
        .ancestors()
        .find(|folder| absolute.iter().all(|path| path.starts_with(folder)));
    match common {
        Some(common) => of(common.to_path_buf(), true),
        None => of(here.clone(), false),
    }
}
