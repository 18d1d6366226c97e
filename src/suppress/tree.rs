//! What the file of one tree says, and which of it is about a secret where it stands.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::entries::{Entries, Entry, LEAST_DIGITS, file};
use super::places::{Places, within};
use crate::model::audit::{Note, NoteKind};
use crate::model::blob::Provenance;

/// What the file of one tree says.
pub struct TreeEntries {
    /// The file, as people name it.
    pub file: PathBuf,
    pub allow: Vec<Used>,
    /// The numbers of those that name a secret, by how its fingerprint begins.
    pub by_value: HashMap<String, Vec<usize>>,
    /// The numbers of those that name places alone.
    pub by_place: Vec<usize>,
    /// Which of these are about what stands at some paths: a file can hold thousands.
    pub about: RefCell<HashMap<Vec<PathBuf>, Rc<[usize]>>>,
    pub unread: Vec<Used>,
    /// Whether all of the tree is audited, so that what fits nothing is out of date.
    pub is_whole: bool,
}

/// An entry, and whether it fits anything.
pub struct Used {
    pub entry: Entry,
    pub fits: Cell<bool>,
}

impl TreeEntries {
    pub fn of(folder: &Path, entries: Entries, is_whole: bool) -> TreeEntries {
        let used = |entries: Vec<Entry>| {
            let entries = entries.into_iter().map(|entry| Used {
                entry,
                fits: Cell::new(false),
            });
            entries.collect()
        };
        let file = file(folder);
        let here = std::env::current_dir().and_then(fs::canonicalize);
        let short = here.ok().and_then(|here| file.strip_prefix(here).ok());
        let mut by_value: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_place = Vec::new();
        for (number, entry) in entries.allow.iter().enumerate() {
            if entry.fingerprints.is_empty() {
                by_place.push(number);
            }
            for fingerprint in &entry.fingerprints {
                let begin = beginning(fingerprint).to_owned();
                by_value.entry(begin).or_default().push(number);
            }
        }
        TreeEntries {
            file: short.unwrap_or(&file).to_path_buf(),
            by_value,
            by_place,
            about: RefCell::default(),
            allow: used(entries.allow),
            unread: used(entries.unread),
            is_whole,
        }
    }

    pub fn place(&self, entry: &Entry) -> String {
        format!("{}:{}", self.file.display(), entry.line)
    }

    pub fn note(&self, entry: &Entry, kind: NoteKind) -> Note {
        Note {
            provenance: Provenance::File(self.file.clone()),
            kind,
            detail: format!("line {}: {}", entry.line, entry.reason),
        }
    }

    /// The numbers of the entries about places that fit all of these paths.
    pub fn about(&self, paths: &[&Path]) -> Rc<[usize]> {
        let key: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
        let mut about = self.about.borrow_mut();
        let numbers = about.entry(key).or_insert_with(|| {
            let numbers = self.by_place.iter().copied();
            numbers
                .filter(|number| self.allow[*number].entry.names_all(paths))
                .collect()
        });
        Rc::clone(numbers)
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.allow
            .iter()
            .chain(&self.unread)
            .map(|used| &used.entry)
    }
}

/// The entries that are about a secret where it stands.
pub fn fitting<'k>(
    trees: &'k BTreeMap<PathBuf, Option<TreeEntries>>,
    fingerprint: &str,
    places: &Places,
) -> Vec<(&'k TreeEntries, &'k Used)> {
    let mut all = Vec::new();
    for (folder, tree) in trees {
        let (Some(tree), Some(relative)) = (tree, within(folder, places)) else {
            continue;
        };
        let named = tree.by_value.get(beginning(fingerprint));
        let named = named.into_iter().flatten().filter(|number| {
            let entry = &tree.allow[**number].entry;
            let mut own = entry.fingerprints.iter();
            let is_there = entry.paths.is_none() || places.is_named && entry.names_all(&relative);
            is_there && own.any(|own| fingerprint.starts_with(own.as_str()))
        });
        let there = match places.is_named {
            true => tree.about(&relative),
            false => Rc::default(),
        };
        let numbers = named.chain(there.iter());
        all.extend(numbers.map(|number| (tree, &tree.allow[*number])));
    }
    all
}

/// How a fingerprint begins, as far as an entry has to name it.
fn beginning(fingerprint: &str) -> &str {
    fingerprint
        .get(.."v1:".len() + LEAST_DIGITS)
        .unwrap_or(fingerprint)
}
