//! Gathers the exposures of one secret into one finding.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;

use crate::blob::Provenance;
use crate::finding::{Confidence, Exposure, Finding};
use crate::layer::Layer;
use crate::room::{self, LeftOut, PLACE};
use crate::secret::{Secret, SecretKind};

/// Findings under construction. Two can be merged in any order with the same
/// result, so workers need no lock.
#[derive(Debug, Default)]
pub struct Findings {
    secrets: BTreeMap<(SecretKind, Secret), Places>,
    /// Bytes of memory that they take, about.
    size: usize,
    left_out: LeftOut,
}

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

/// A place with its secret, the ones to keep first.
type Place<'p> = (Reverse<Confidence>, &'p Exposure, &'p (SecretKind, Secret));

fn place<'p>(exposure: &'p Exposure, key: &'p (SecretKind, Secret)) -> Place<'p> {
    (Reverse(exposure.confidence), exposure, key)
}

/// Bytes of memory that a place takes with its share of a finding, about.
fn size(exposure: &Exposure) -> usize {
    /// Of the commits that hold an object, and what leads to them.
    const HISTORY: usize = 1024;
    let name = match &*exposure.provenance {
        Provenance::File(path) => path.as_os_str().len(),
        Provenance::Object(object) => object
            .path
            .as_ref()
            .map_or(0, |path| path.as_os_str().len()),
        Provenance::Stdin => 0,
    };
    let history = if exposure.history.is_some() {
        HISTORY
    } else {
        0
    };
    PLACE + room::names(&exposure.inside) + name + history
}

impl Findings {
    /// Adds a place where a secret can be read.
    pub fn add(&mut self, kind: SecretKind, secret: Secret, spelling: Secret, exposure: Exposure) {
        self.size += size(&exposure);
        let places = self.secrets.entry((kind, secret)).or_default();
        let last = places.exposures.len();
        push(&mut places.exposures, last, exposure);
        places.spelled(spelling);
    }

    /// Bytes of memory that they take, about.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Counts places that somebody else left out.
    pub fn leave_out(&mut self, places: LeftOut) {
        self.left_out += places;
    }

    /// The places that were found and are not kept.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Takes over everything that another worker gathered, and keeps it within a
    /// quarter more than these bytes.
    pub fn merge(&mut self, other: Findings, bound: usize) {
        self.size += other.size;
        self.left_out += other.left_out;
        if self.secrets.is_empty() {
            self.secrets = other.secrets;
        } else {
            for (key, mut places) in other.secrets {
                match self.secrets.entry(key) {
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
        if self.size > bound + bound / 4 {
            self.keep_within(bound);
        }
    }

    /// Keeps the surest places, and of those that are as sure the first, that fit in
    /// so many bytes; whatever was kept before, the end is the same.
    pub fn keep_within(&mut self, bound: usize) {
        if self.size <= bound {
            return;
        }
        let mut order: Vec<Place<'_>> = self
            .secrets
            .iter()
            .flat_map(|(key, places)| places.exposures.iter().map(move |it| place(it, key)))
            .collect();
        order.sort_unstable();
        let mut room = bound;
        let fits = |(_, exposure, _): &&Place<'_>| {
            let left = room.checked_sub(size(exposure));
            room = left.unwrap_or(room);
            left.is_some()
        };
        let kept = order.iter().take_while(fits).count();
        let Some((_, exposure, key)) = order.get(kept) else {
            return;
        };
        let (exposure, key) = ((*exposure).clone(), (*key).clone());
        let end = place(&exposure, &key);
        let (size_left, left_out) = (&mut self.size, &mut self.left_out);
        self.secrets.retain(|key, places| {
            places.exposures.retain(|exposure| {
                let stays = place(exposure, key) < end;
                if !stays {
                    *size_left -= size(exposure);
                    left_out.add(exposure.confidence);
                }
                stays
            });
            !places.exposures.is_empty()
        });
    }

    /// The findings that reach `min`, each with all its places, and the number
    /// of places of those that don't.
    ///
    /// A place that says little about itself counts once the same secret stands
    /// under its own name elsewhere.
    pub fn finish(self, min: Confidence) -> (Vec<Finding>, u64) {
        let mut findings = Vec::new();
        let mut below = self.left_out.below(min);
        for ((kind, secret), places) in self.secrets {
            let Places {
                mut exposures,
                spellings,
            } = places;
            exposures.sort();
            exposures.dedup_by(|a, b| {
                (&a.provenance, &a.inside, a.location) == (&b.provenance, &b.inside, b.location)
            });
            let is_object =
                |exposure: &Exposure| matches!(*exposure.provenance, Provenance::Object(_));
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
    let (Some(mine), Some(others)) = (&mut into.history, other.history) else {
        return;
    };
    Arc::make_mut(mine).join(Arc::unwrap_or_clone(others));
}

/// A file and what git has of it are one place.
fn with_files_and_objects_joined(exposures: Vec<Exposure>) -> Vec<Exposure> {
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
            provenance: Arc::new(Provenance::File(PathBuf::from(path))),
            inside: Vec::new(),
            location,
            rule: "r".into(),
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
                all.merge(part, usize::MAX / 2);
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
