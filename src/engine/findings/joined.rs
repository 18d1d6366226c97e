//! Joins places that are one: the versions of a file, and a file with what git has of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::blob::Provenance;
use crate::model::finding::Exposure;
use crate::model::layer::Layer;
use crate::model::suppression::Pragma;

/// All versions of a file in a repository are one place: that of the newest.
pub fn with_versions_joined(exposures: Vec<Exposure>) -> Vec<Exposure> {
    let mut joined: Vec<Exposure> = Vec::new();
    // Where the versions of a path, by repository, were put.
    let mut places: BTreeMap<VersionKey, Vec<usize>> = BTreeMap::new();
    for exposure in exposures {
        let Some((key, object)) = version_of(&exposure) else {
            joined.push(exposure);
            continue;
        };
        let versions = places.entry(key).or_default();
        // A version can hold the secret twice, and then it has two places.
        let other = versions
            .iter()
            .copied()
            .find(|at| !holds(&joined[*at], &object));
        match other {
            Some(at) => join(&mut joined[at], exposure),
            None => {
                versions.push(joined.len());
                joined.push(exposure);
            }
        }
    }
    joined
}

/// What the versions of a place have in common: the repository, the path of the
/// file, and the layers in it.
type VersionKey = (PathBuf, PathBuf, Vec<Layer>);

/// The key of a file that has versions, and its object.
fn version_of(exposure: &Exposure) -> Option<(VersionKey, String)> {
    let Provenance::Object(object) = &*exposure.provenance else {
        return None;
    };
    let path = object.path.clone()?;
    exposure.history.as_ref()?;
    let key = (object.repository.clone(), path, exposure.inside.clone());
    Some((key, object.id.clone()))
}

fn holds(exposure: &Exposure, object: &str) -> bool {
    exposure
        .history
        .as_ref()
        .is_some_and(|history| history.objects.iter().any(|id| id == object))
}

fn join(into: &mut Exposure, mut other: Exposure) {
    let age = |exposure: &Exposure| {
        let history = exposure.history.as_deref();
        let current = history.is_some_and(|history| history.in_index || history.in_head);
        let order = history.and_then(|history| history.last.as_ref().map(|last| last.order));
        (current, order)
    };
    if age(&other) > age(into) {
        std::mem::swap(into, &mut other);
    }
    into.confidence = into.confidence.max(other.confidence);
    into.pragmas = in_both(&into.pragmas, &other.pragmas);
    let (Some(mine), Some(others)) = (&mut into.history, other.history) else {
        return;
    };
    Arc::make_mut(mine).join(Arc::unwrap_or_clone(others));
}

/// What a comment says counts for the version that has it, and so for a place where all do.
fn in_both(some: &[Pragma], others: &[Pragma]) -> Box<[Pragma]> {
    let is_there = |one: &&Pragma| {
        let mut others = others.iter();
        others.any(|other| (&one.tool, &one.text) == (&other.tool, &other.text))
    };
    some.iter().filter(is_there).cloned().collect()
}

/// A file and what git has of it are one place.
pub fn with_files_and_objects_joined(exposures: Vec<Exposure>) -> Vec<Exposure> {
    let (mut files, objects): (Vec<Exposure>, Vec<Exposure>) = exposures
        .into_iter()
        .partition(|exposure| !matches!(*exposure.provenance, Provenance::Object(_)));
    let mut rest = Vec::new();
    for object in objects {
        let same = files.iter_mut().find(|file| {
            file.history.is_none() && file.inside == object.inside && is_version_of(&object, file)
        });
        match same {
            Some(file) => {
                file.confidence = file.confidence.max(object.confidence);
                file.pragmas = in_both(&file.pragmas, &object.pragmas);
                file.history = object.history;
            }
            None => rest.push(object),
        }
    }
    files.append(&mut rest);
    files
}

/// Whether an object is a version of a file.
fn is_version_of(object: &Exposure, file: &Exposure) -> bool {
    let (Provenance::Object(id), Some(history)) = (&*object.provenance, &object.history) else {
        return false;
    };
    let Provenance::File(path) = &*file.provenance else {
        return false;
    };
    history.paths.iter().any(|inner| id.reached(inner) == *path)
}
