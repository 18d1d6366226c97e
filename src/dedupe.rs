//! Gathers the exposures of one secret into one finding.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;

use crate::blob::Provenance;
use crate::finding::{Confidence, Exposure, Finding};
use crate::layer::Layer;
use crate::secret::{Secret, SecretKind};

/// Findings under construction. Two can be merged in any order with the same
/// result, so workers need no lock.
#[derive(Debug, Default)]
pub struct Findings(BTreeMap<(SecretKind, Secret), Places>);

/// Where one secret stands, and how it is spelled there.
#[derive(Debug, Default)]
struct Places {
    exposures: Vec<Exposure>,
    /// Sorted. Nearly every secret has one.
    spellings: Vec<Secret>,
}

impl Places {
    fn spelled(&mut self, spelling: Secret) {
        if let Err(place) = self.spellings.binary_search(&spelling) {
            push(&mut self.spellings, place, spelling);
        }
    }
}

/// Inserts what may be the only one, in no more memory than that takes: there may be
/// hundreds of thousands.
fn push<T>(list: &mut Vec<T>, place: usize, item: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.insert(place, item);
}

impl Findings {
    /// Adds a place where a secret can be read.
    pub fn add(&mut self, kind: SecretKind, secret: Secret, spelling: Secret, exposure: Exposure) {
        let places = self.0.entry((kind, secret)).or_default();
        let last = places.exposures.len();
        push(&mut places.exposures, last, exposure);
        places.spelled(spelling);
    }

    /// Takes over everything that another worker gathered.
    pub fn merge(&mut self, other: Findings) {
        if self.0.is_empty() {
            self.0 = other.0;
            return;
        }
        for (key, mut places) in other.0 {
            match self.0.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(places);
                }
                Entry::Occupied(mut entry) => {
                    let all = entry.get_mut();
                    all.exposures.append(&mut places.exposures);
                    for spelling in places.spellings {
                        all.spelled(spelling);
                    }
                }
            }
        }
    }

    /// The findings that reach `min`, each with all its places, and the number
    /// of places of those that don't.
    ///
    /// A place that says little about itself counts once the same secret stands
    /// under its own name elsewhere.
    pub fn finish(self, min: Confidence) -> (Vec<Finding>, u64) {
        let mut findings = Vec::new();
        let mut below = 0;
        for ((kind, secret), places) in self.0 {
            let Places {
                mut exposures,
                spellings,
            } = places;
            exposures.sort();
            exposures.dedup_by(|a, b| {
                (&a.provenance, &a.inside, a.location) == (&b.provenance, &b.inside, b.location)
            });
            let is_object =
                |exposure: &Exposure| matches!(exposure.provenance, Provenance::Object(_));
            if exposures.iter().any(is_object) {
                exposures = with_files_and_objects_joined(with_versions_joined(exposures));
            }
            let fingerprint = secret.fingerprint(kind);
            let finding = Finding {
                kind,
                secret,
                fingerprint,
                exposures,
                spellings,
                liveness: None,
            };
            if finding.confidence() >= min {
                findings.push(finding);
            } else {
                below += finding.exposures.len() as u64;
            }
        }
        findings.sort_by(|a, b| {
            (
                &a.exposures[0].provenance,
                a.exposures[0].location,
                &a.fingerprint,
            )
                .cmp(&(
                    &b.exposures[0].provenance,
                    b.exposures[0].location,
                    &b.fingerprint,
                ))
        });
        (findings, below)
    }
}

/// All versions of a file in a repository are one place: that of the newest.
fn with_versions_joined(exposures: Vec<Exposure>) -> Vec<Exposure> {
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
    let Provenance::Object(object) = &exposure.provenance else {
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
    let (Some(mine), Some(others)) = (&mut into.history, other.history) else {
        return;
    };
    Arc::make_mut(mine).join(Arc::unwrap_or_clone(others));
}

/// A file and what git has of it are one place.
fn with_files_and_objects_joined(exposures: Vec<Exposure>) -> Vec<Exposure> {
    let (mut files, objects): (Vec<Exposure>, Vec<Exposure>) = exposures
        .into_iter()
        .partition(|exposure| !matches!(exposure.provenance, Provenance::Object(_)));
    let mut rest = Vec::new();
    for object in objects {
        let same = files.iter_mut().find(|file| {
            file.history.is_none() && file.inside == object.inside && is_version_of(&object, file)
        });
        match same {
            Some(file) => {
                file.confidence = file.confidence.max(object.confidence);
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
    let (Provenance::Object(id), Some(history)) = (&object.provenance, &object.history) else {
        return false;
    };
    let Provenance::File(path) = &file.provenance else {
        return false;
    };
    history.paths.iter().any(|inner| id.reached(inner) == *path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Location;

    fn exposure(path: &str, confidence: Confidence) -> Exposure {
        let location = Location {
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 65,
            byte_offset: 0,
            byte_length: 64,
        };
        Exposure {
            provenance: Provenance::File(PathBuf::from(path)),
            inside: Vec::new(),
            location,
            rule: "r".to_owned(),
            confidence,
            history: None,
            cookie: None,
        }
    }

    #[test]
    fn the_order_of_merging_does_not_matter() {
        let one = |first: &str, second: &str| {
            let mut all = Findings::default();
            for path in [first, second] {
                let mut part = Findings::default();
                part.add(
                    SecretKind::Npsso,
                    Secret::new("x".repeat(64)),
                    Secret::new("x".repeat(64)),
                    exposure(path, Confidence::High),
                );
                all.merge(part);
            }
            format!("{:?}", all.finish(Confidence::Medium))
        };
        assert_eq!(one("a", "b"), one("b", "a"));
    }

    #[test]
    fn a_bare_place_counts_when_the_secret_is_known_elsewhere() {
        let mut all = Findings::default();
        all.add(
            SecretKind::Npsso,
            Secret::new("x".repeat(64)),
            Secret::new("x".repeat(64)),
            exposure("bare", Confidence::Low),
        );
        all.add(
            SecretKind::Npsso,
            Secret::new("y".repeat(64)),
            Secret::new("y".repeat(64)),
            exposure("bare", Confidence::Low),
        );
        all.add(
            SecretKind::Npsso,
            Secret::new("x".repeat(64)),
            Secret::new("x".repeat(64)),
            exposure("named", Confidence::High),
        );
        let (findings, below) = all.finish(Confidence::Medium);
        assert_eq!(
            (findings.len(), findings[0].exposures.len(), below),
            (1, 2, 1)
        );
    }
}
