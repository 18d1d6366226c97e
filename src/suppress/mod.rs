//! Tells what is known from what is new. Nothing that was found is dropped: it is marked.
//!
//! An entry that names a secret cannot hide another one. What an entry says of places is
//! about all that stands there, so the report says how much that is.

mod baseline;
mod entries;
mod places;
mod pragma;
mod tree;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use ignore::gitignore::Gitignore;

pub use baseline::Baseline;
pub use entries::{Entries, NAME, file, fingerprint, idle, parse_day};

use crate::model::audit::{Accepted, Note, NoteKind, Skipped};
use crate::model::blob::Provenance;
use crate::model::finding::{Exposure, Finding};
use crate::model::secret::Fingerprint;
use crate::model::suppression::{By, Suppression};
use crate::source::work_tree;
use baseline::KnownLines;
use entries::Entry;
use places::{Places, Roots, places, places_of, within};
use tree::{TreeEntries, Used, fitting};

/// What is known, and how it is looked up.
#[derive(Default)]
pub struct Known {
    /// What the trees say, by their folders.
    trees: BTreeMap<PathBuf, Option<TreeEntries>>,
    /// What a change says that is not there yet, and that does not count.
    proposed: Option<(PathBuf, TreeEntries)>,
    /// The file of a work tree that the index does not have.
    unstaged: Option<PathBuf>,
    baseline: Option<KnownLines>,
    /// The day of the audit.
    today: String,
    /// The files that were there before, from the root of the file system, where a
    /// baseline counts in these alone.
    pub files_before: Option<HashSet<PathBuf>>,
    /// Whether pragmas of other scanners count.
    pub honours_foreign_pragmas: bool,
    /// Whether pragmas are a part of the change that is audited, and do not count.
    pub pragmas_are_proposed: bool,
    /// Whether the work trees count in which something is found.
    meets_trees: bool,
    /// Whether something was named that is a part of a tree only.
    is_part: bool,
    /// What is wrong with the file of a tree that nobody named.
    notes: Vec<Note>,
}

/// Which version of a tree says something, where it is not the one that is checked out.
#[derive(Clone, Copy)]
pub enum Version {
    /// What was there before the change that is audited.
    Before,
    /// What that change brings, which does not count.
    Proposed,
    /// What is pushed, by who pushes it.
    Pushed,
}

impl Version {
    fn in_words(self) -> &'static str {
        match self {
            Version::Before => "before this change",
            Version::Proposed => "with this change",
            Version::Pushed => "as it is pushed",
        }
    }
}

impl Known {
    /// Nothing is known yet on this day.
    pub fn on(today: String) -> Known {
        Known {
            today,
            ..Known::default()
        }
    }

    /// Reads the file of the tree that a named path belongs to: of its work tree, else of
    /// the folder. Those of other work trees in which something is found will count too.
    ///
    /// # Errors
    ///
    /// When the file is wrong; the error names the line and why.
    pub fn add_tree_of(&mut self, path: &Path) -> anyhow::Result<()> {
        self.meets_trees = true;
        let Ok(whole) = fs::canonicalize(path) else {
            return Ok(());
        };
        let folder = match work_tree(&whole) {
            Some(tree) => tree,
            None if whole.is_dir() => whole.clone(),
            None => whole.parent().unwrap_or(&whole).to_path_buf(),
        };
        let is_whole = whole == folder;
        self.is_part |= !is_whole;
        if let Some(known) = self.trees.get_mut(&folder) {
            if let Some(tree) = known {
                tree.is_whole |= is_whole;
            }
            return Ok(());
        }
        let entries =
            Entries::read(&folder).with_context(|| file(&folder).display().to_string())?;
        let tree = entries.map(|entries| TreeEntries::of(&folder, entries, is_whole));
        self.trees.insert(folder, tree);
        Ok(())
    }

    /// Takes what a tree says in other versions than the one that is checked out: one for
    /// each branch. What is wrong says nothing, and is noted: as an error it would keep
    /// everybody from mending it.
    pub fn add_versions(&mut self, folder: &Path, texts: BTreeSet<Vec<u8>>, version: Version) {
        let mut all = Entries::default();
        for bytes in texts {
            match read_version(bytes, folder) {
                Ok(entries) => {
                    all.allow.extend(entries.allow);
                    all.unread.extend(entries.unread);
                }
                Err(why) => {
                    let why = format!("{}, {why}", version.in_words());
                    self.notes.push(wrong(folder, why));
                }
            }
        }
        let tree = TreeEntries::of(folder, all, false);
        match version {
            Version::Proposed => self.proposed = Some((folder.to_path_buf(), tree)),
            Version::Before | Version::Pushed => {
                self.trees.insert(folder.to_path_buf(), Some(tree));
            }
        }
    }

    /// Takes what a tree says in the index.
    ///
    /// # Errors
    ///
    /// When it is wrong: whoever commits can mend it.
    pub fn add_staged(&mut self, folder: &Path, bytes: Option<Vec<u8>>) -> anyhow::Result<()> {
        let Some(bytes) = bytes else {
            self.unstaged = Some(file(folder)).filter(|file| file.exists());
            return Ok(());
        };
        let entries = read_version(bytes, folder)
            .map_err(|why| anyhow!("{}, as it is staged: {why}", file(folder).display()))?;
        let tree = TreeEntries::of(folder, entries, false);
        self.trees.insert(folder.to_path_buf(), Some(tree));
        Ok(())
    }

    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// When it cannot be read; the error names the file and the line.
    pub fn add_baseline(&mut self, path: &Path) -> anyhow::Result<()> {
        let baseline = Baseline::read(path)?;
        self.take_baseline(path, &baseline);
        Ok(())
    }

    /// Takes a baseline as it was before the change that is audited. What is wrong says
    /// nothing, and is noted: as an error it would keep everybody from mending it.
    pub fn add_baseline_version(&mut self, path: &Path, text: &str) {
        let baseline = Baseline::parse(text, path).unwrap_or_else(|error| {
            self.notes.push(Note {
                provenance: Provenance::File(path.to_path_buf()),
                kind: NoteKind::WrongEntries,
                detail: format!("before this change: {error:#}"),
            });
            Baseline::default()
        });
        self.take_baseline(path, &baseline);
    }

    /// Takes what a change adds to the baseline, which does not count. What is wrong in it
    /// says nothing.
    pub fn propose_baseline(&mut self, path: &Path, text: &str) {
        if let (Some(old), Ok(new)) = (&mut self.baseline, Baseline::parse(text, path)) {
            let new = new
                .entries()
                .filter(|(_, own)| !old.lines.contains_key(*own));
            old.proposed.extend(new.map(|(line, _)| line));
        }
    }

    fn take_baseline(&mut self, path: &Path, baseline: &Baseline) {
        let lines = baseline.entries();
        self.baseline = Some(KnownLines {
            file: path.to_path_buf(),
            lines: lines.map(|(line, own)| (own.to_owned(), line)).collect(),
            proposed: BTreeSet::new(),
        });
    }

    /// The places that entries are about.
    pub fn places(&self) -> Vec<Gitignore> {
        let trees = self.trees.values().flatten();
        let entries = trees.flat_map(|tree| &tree.allow);
        entries
            .filter_map(|used| used.entry.paths.clone())
            .collect()
    }

    /// Whether an entry accepts by a path that something is not read.
    pub fn accepts_paths(&self) -> bool {
        let trees = self.trees.values().flatten();
        let mut entries = trees.flat_map(|tree| &tree.unread);
        entries.any(|used| used.entry.paths.is_some())
    }

    /// Marks what is known.
    pub fn mark(&mut self, findings: &mut [Finding]) {
        let mut roots = Roots::default();
        if self.meets_trees {
            // Many can stand in one input, and all of them belong to one tree.
            let mut last: Option<&Arc<Provenance>> = None;
            for exposure in findings.iter().flat_map(|finding| &finding.exposures) {
                let provenance = &exposure.provenance;
                if last.is_none_or(|last| !Arc::ptr_eq(last, provenance)) {
                    let places = places(provenance, exposure, &mut roots);
                    self.meet(&places, &mut roots);
                }
                last = Some(provenance);
            }
        }
        let says_nothing = self.baseline.is_none() && self.trees.values().all(Option::is_none);
        for finding in findings.iter_mut() {
            let fingerprint = finding.fingerprint.as_str().to_owned();
            for exposure in &mut finding.exposures {
                if says_nothing && exposure.pragmas.is_empty() {
                    continue;
                }
                let places = places(&exposure.provenance, exposure, &mut roots);
                let suppression = self.suppression(&fingerprint, exposure, &places);
                exposure.suppression = suppression.map(Arc::new);
            }
        }
    }

    /// Reads the file of a tree that nobody named and in which something was found.
    fn meet(&mut self, places: &Places, roots: &mut Roots) {
        for path in &places.paths {
            let Some(folder) = roots.work_tree(path) else {
                continue;
            };
            if self.trees.contains_key(&folder) {
                continue;
            }
            let entries = Entries::read(&folder).unwrap_or_else(|error| {
                self.notes.push(wrong(&folder, format!("{error:#}")));
                None
            });
            let tree = entries.map(|entries| TreeEntries::of(&folder, entries, false));
            self.trees.insert(folder, tree);
        }
    }

    /// What suppresses a secret at one place.
    pub fn at(&self, fingerprint: &Fingerprint, exposure: &Exposure) -> Option<Suppression> {
        let places = places(&exposure.provenance, exposure, &mut Roots::default());
        self.suppression(fingerprint.as_str(), exposure, &places)
    }

    /// What suppresses a secret where it stands: what names the secret before what names
    /// the place.
    fn suppression(
        &self,
        fingerprint: &str,
        exposure: &Exposure,
        places: &Places,
    ) -> Option<Suppression> {
        let mut by_value = None;
        let mut by_place = None;
        for (tree, used) in fitting(&self.trees, fingerprint, places) {
            used.fits.set(true);
            if !used.entry.holds(&self.today) {
                continue;
            }
            let (by, first) = match used.entry.fingerprints.is_empty() {
                true => (By::Place, &mut by_place),
                false => (By::Allow, &mut by_value),
            };
            first.get_or_insert_with(|| Suppression {
                by,
                reason: Some(used.entry.reason.clone()),
                until: used.entry.until.clone(),
                place: tree.place(&used.entry),
            });
        }
        let by_baseline = || {
            let baseline = self.baseline.as_ref()?;
            let line = baseline.lines.get(fingerprint)?;
            let was_there = |before: &HashSet<PathBuf>| {
                places.is_named && places.paths.iter().all(|path| before.contains(path))
            };
            if !self.files_before.as_ref().is_none_or(was_there) {
                return None;
            }
            Some(Suppression {
                by: By::Baseline,
                reason: None,
                until: None,
                place: format!("{}:{line}", baseline.file.display()),
            })
        };
        let pragmas = || {
            exposure
                .pragmas
                .iter()
                .filter(|_| !self.pragmas_are_proposed)
        };
        let by_pragma =
            || pragmas().find_map(|it| pragma::suppression(it, exposure, fingerprint, &self.today));
        let by_foreign = || {
            let foreign = pragmas().filter(|_| self.honours_foreign_pragmas);
            foreign
                .filter_map(|it| pragma::foreign(it, exposure))
                .next()
        };
        by_value
            .or_else(by_pragma)
            .or_else(by_baseline)
            .or(by_place)
            .or_else(by_foreign)
    }

    /// Takes out what is accepted as unread.
    pub fn accept(&self, skipped: &mut Vec<Skipped>, notes: &mut Vec<Note>) -> Vec<Accepted> {
        let mut accepted = Vec::new();
        let mut take = |provenance: &Provenance, what: &dyn Fn() -> Accepted| {
            let entry = self.accepting(provenance);
            let is_accepted = entry.is_some();
            accepted.extend(entry.map(|(entry, place)| Accepted {
                reason: entry.reason.clone(),
                place,
                ..what()
            }));
            !is_accepted
        };
        skipped.retain(|one| {
            !one.reason.can_be_accepted() || take(&one.provenance, &|| Accepted::skipped(one))
        });
        notes.retain(|one| {
            !one.kind.can_be_accepted() || take(&one.provenance, &|| Accepted::note(one))
        });
        accepted
    }

    fn accepting(&self, provenance: &Provenance) -> Option<(&Entry, String)> {
        let places = places_of(provenance, &mut Roots::default());
        let id = match provenance {
            Provenance::Object(object) => Some(object.id.as_str()),
            _ => None,
        };
        let mut trees = self.trees.iter();
        trees.find_map(|(folder, tree)| {
            let relative = within(folder, &places)?;
            let fits = |used: &&Used| {
                let by_id = id.is_some_and(|id| {
                    let mut own = used.entry.objects.iter();
                    own.any(|own| id.starts_with(own.as_str()))
                });
                let by_path = places.is_named && !relative.is_empty();
                by_id || by_path && used.entry.names_all(&relative)
            };
            let tree = tree.as_ref()?;
            let used = tree.unread.iter().find(fits)?;
            used.fits.set(true);
            Some((&used.entry, tree.place(&used.entry)))
        })
    }

    /// What is to be said of the entries themselves: those that expired, and those that
    /// fit nothing where everything they could fit was audited.
    pub fn notes(&self, findings: &[Finding], is_whole: bool) -> Vec<Note> {
        let mut notes = self.notes.clone();
        for tree in self.trees.values().flatten() {
            for used in &tree.allow {
                let until = used.entry.until.as_deref();
                let until = until.filter(|_| !used.entry.holds(&self.today));
                notes.extend(until.map(|until| Note {
                    provenance: Provenance::File(tree.file.clone()),
                    kind: NoteKind::ExpiredEntry,
                    detail: format!(
                        "line {}, until {until}: {}",
                        used.entry.line, used.entry.reason
                    ),
                }));
            }
            let all = tree.allow.iter().chain(&tree.unread);
            let is_idle = |used: &&Used| !used.fits.get() && used.entry.holds(&self.today);
            for used in all.filter(|_| tree.is_whole && is_whole).filter(is_idle) {
                notes.push(tree.note(&used.entry, NoteKind::UnusedEntry));
            }
        }
        if let Some((folder, tree)) = &self.proposed {
            let old = self.trees.get(folder).and_then(Option::as_ref);
            let old = old.into_iter().flat_map(TreeEntries::entries);
            let old: HashSet<_> = old.map(Entry::effect).collect();
            let new = tree
                .entries()
                .filter(|entry| !old.contains(&entry.effect()));
            notes.extend(new.map(|entry| tree.note(entry, NoteKind::ProposedEntry)));
        }
        for finding in findings {
            for exposure in &finding.exposures {
                let said = exposure.pragmas.iter().filter_map(|it| {
                    let proposed = self.pragmas_are_proposed;
                    pragma::note(it, exposure, &finding.fingerprint, &self.today, proposed)
                });
                notes.extend(said);
            }
        }
        let found: HashSet<&str> = findings.iter().map(|it| it.fingerprint.as_str()).collect();
        if let Some(baseline) = &self.baseline {
            let stale = baseline.lines.iter();
            let stale = stale.filter(|(own, _)| !found.contains(own.as_str()));
            let stale = match is_whole && !self.is_part {
                true => stale.map(|(_, line)| *line).collect(),
                false => BTreeSet::new(),
            };
            notes.extend(baseline.note(NoteKind::UnusedLine, &stale));
            notes.extend(baseline.note(NoteKind::ProposedEntry, &baseline.proposed));
        }
        let is_new = findings.iter().any(Finding::is_new);
        let unstaged = self.unstaged.iter().filter(|_| is_new);
        notes.extend(unstaged.map(|file| Note {
            provenance: Provenance::File(file.clone()),
            kind: NoteKind::UnstagedEntries,
            detail: String::new(),
        }));
        notes.sort();
        notes.dedup();
        notes
    }
}

fn read_version(bytes: Vec<u8>, folder: &Path) -> Result<Entries, String> {
    let text = String::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())?;
    Entries::parse(&text, folder)
}

/// Says that the file of a tree is wrong.
fn wrong(folder: &Path, why: String) -> Note {
    Note {
        provenance: Provenance::File(file(folder)),
        kind: NoteKind::WrongEntries,
        detail: why,
    }
}
