//! Where something stands, by all the names that it has.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::blob::Provenance;
use crate::model::finding::Exposure;
use crate::source::work_tree;

/// Where something stands, from the root of the file system, and in which repository.
pub struct Places {
    pub paths: Vec<PathBuf>,
    /// Whether there is a path for each of its names.
    pub is_named: bool,
}

/// What was asked of the file system: many places can lie in one file.
#[derive(Default)]
pub struct Roots {
    real: HashMap<PathBuf, PathBuf>,
    work_trees: HashMap<PathBuf, Option<PathBuf>>,
}

impl Roots {
    /// The one spelling of a path, whether it is there or not.
    pub fn real(&mut self, path: &Path) -> PathBuf {
        if let Some(known) = self.real.get(path) {
            return known.clone();
        }
        let real = fs::canonicalize(path)
            .or_else(|_| std::path::absolute(path))
            .unwrap_or_else(|_| path.to_path_buf());
        self.real.insert(path.to_path_buf(), real.clone());
        real
    }

    /// The work tree that a path lies in, whether it is there still or not.
    pub fn work_tree(&mut self, path: &Path) -> Option<PathBuf> {
        let folder = path.ancestors().find(|folder| folder.is_dir())?;
        if let Some(known) = self.work_trees.get(folder) {
            return known.clone();
        }
        let found = work_tree(folder);
        self.work_trees.insert(folder.to_path_buf(), found.clone());
        found
    }
}

/// Where a secret stands, whatever leads there.
pub fn places(provenance: &Provenance, exposure: &Exposure, roots: &mut Roots) -> Places {
    let mut places = places_of(provenance, roots);
    let Some(history) = exposure.history.as_deref() else {
        return places;
    };
    let root = match provenance {
        Provenance::Object(object) => Some(roots.real(&object.repository)),
        // A file and what git has of it are one place.
        _ => places.paths.first().and_then(|file| {
            let names = history.paths.iter().filter(|name| file.ends_with(name));
            let name = names.max_by_key(|name| name.components().count())?;
            file.ancestors()
                .nth(name.components().count())
                .map(Path::to_path_buf)
        }),
    };
    match root {
        Some(root) => {
            let more = history.paths.iter();
            places.paths.extend(more.map(|path| root.join(path)));
        }
        None => places.is_named = false,
    }
    places
}

pub fn places_of(provenance: &Provenance, roots: &mut Roots) -> Places {
    match provenance {
        Provenance::Stdin => Places {
            paths: Vec::new(),
            is_named: false,
        },
        Provenance::File(path) => Places {
            paths: vec![roots.real(path)],
            is_named: true,
        },
        Provenance::Object(object) => {
            let root = roots.real(&object.repository);
            Places {
                is_named: object.path.is_some(),
                paths: vec![match &object.path {
                    Some(path) => root.join(path),
                    None => root,
                }],
            }
        }
    }
}

/// The paths as they are seen from a folder, where all of them lie in it.
pub fn within<'p>(folder: &Path, places: &'p Places) -> Option<Vec<&'p Path>> {
    if places.paths.is_empty() {
        return None;
    }
    let paths = places.paths.iter();
    paths.map(|path| path.strip_prefix(folder).ok()).collect()
}
