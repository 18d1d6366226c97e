//! Everything below the paths that were asked for.

mod entry;
mod open;
mod unread;

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use ignore::{DirEntry, WalkBuilder, WalkState};

use self::entry::{
    below_root, git_folder, holds_no_file, is_excluded, is_file, is_folder, is_object,
    is_part_of_repository, is_pseudo, is_pseudo_file_system,
};
use self::open::{Root, audit_file, open_below};
use self::unread::{error_path, walk_error};
use super::{Found, Hire, Scope, Source, Worker};
use crate::model::audit::{Note, NoteKind, SkipReason, Skipped};
use crate::system;

pub use entry::work_tree;
pub use open::open;
pub use unread::{in_words, provenance, skipped};

/// How long files are counted that an interruption left unread.
const COUNTING: Duration = Duration::from_secs(1);

/// Files and folders, by the paths given on the command line.
#[derive(Debug)]
pub struct Files {
    /// The paths, each a file or a folder.
    pub paths: Vec<PathBuf>,
    /// How many threads walk and read.
    pub threads: usize,
    /// Where the repositories go that are met, if anybody wants them.
    pub repositories: Option<Found>,
    /// Whether to look for repositories only.
    pub history_only: bool,
    /// Which files below the paths, by their paths from there.
    pub scope: Arc<Scope>,
}

impl Source for Files {
    fn drive(&self, hire: &Hire<'_>) {
        let mut folders: Vec<&Path> = Vec::new();
        let mut worker = hire();
        for path in &self.paths {
            let metadata = fs::metadata(path);
            let is_folder = metadata.as_ref().is_ok_and(Metadata::is_dir);
            if !self.scope.is_all() && !self.scope.admit_named(path, is_folder) {
                continue;
            }
            match metadata {
                Ok(metadata) if metadata.is_dir() && is_pseudo(&metadata) => worker.note(Note {
                    provenance: provenance(path),
                    kind: NoteKind::PseudoFileSystem,
                    detail: String::new(),
                }),
                Ok(metadata) if metadata.is_dir() => {
                    self.note_history_above(path, worker.as_mut());
                    if !self.history_only && holds_no_file(path) {
                        worker.note(note(path, NoteKind::Empty));
                    }
                    folders.push(path);
                }
                Ok(metadata) if metadata.is_file() => {
                    self.note_history_above(path, worker.as_mut());
                    if !self.history_only {
                        if metadata.len() == 0 && !is_pseudo(&metadata) {
                            worker.note(note(path, NoteKind::Empty));
                        }
                        audit_file(path, &|path| open(path, false), worker.as_mut());
                    }
                }
                Ok(_) => worker.skip(Skipped {
                    provenance: provenance(path),
                    reason: SkipReason::NotAFile,
                    detail: String::new(),
                }),
                Err(error) => worker.skip(skipped(path, &error)),
            }
        }
        drop(worker);
        if !folders.is_empty() {
            self.walk(&folders, hire);
        }
    }
}

impl Files {
    fn note_history_above(&self, path: &Path, worker: &mut dyn Worker) {
        // Without a list, nobody asked for the history.
        if self.repositories.is_some() && is_part_of_repository(path) {
            worker.note(note(path, NoteKind::HistoryAbove));
        }
    }

    fn walk(&self, folders: &[&Path], hire: &Hire<'_>) {
        let mut builder = WalkBuilder::new(folders[0]);
        for folder in &folders[1..] {
            builder.add(folder);
        }
        // Ignored and hidden files are read: a .env is usually both.
        builder
            .standard_filters(false)
            .hidden(false)
            .follow_links(false);
        let left_out = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&left_out);
        let repositories = self.repositories.clone();
        let scope = Arc::clone(&self.scope);
        builder.filter_entry(move |entry| {
            let is_out = !scope.is_all() && !is_file(entry) && is_excluded(entry, &scope);
            if is_out && is_folder(entry) && !scope.has_negation() {
                scope.leave_folder();
                return false;
            }
            // Without a list, nobody asked for the history.
            if let Some(repositories) = &repositories
                && !is_out
                && let Some(git_dir) = git_folder(entry)
            {
                repositories.add_folder(git_dir);
            }
            if !is_pseudo_file_system(entry) {
                return true;
            }
            if is_out {
                return false;
            }
            sink.lock()
                .expect("no thread panics while it holds the notes")
                .push(Note {
                    provenance: provenance(entry.path()),
                    kind: NoteKind::PseudoFileSystem,
                    detail: String::new(),
                });
            false
        });
        let roots: Vec<Root> = folders.iter().map(|folder| Root::of(folder)).collect();
        let stopped = OnceLock::new();
        let visit = |entry: Result<DirEntry, ignore::Error>, worker: &mut dyn Worker| {
            match entry {
                Ok(entry) if worker.is_stopped() => self.leave(&entry, worker),
                Ok(entry) => self.visit(&entry, &roots, worker),
                Err(error) => self.skip(&error, &roots, worker),
            }
            // What is left is counted, but nobody waits long for it.
            let counted = || stopped.get_or_init(Instant::now).elapsed();
            !worker.is_stopped() || counted() <= COUNTING
        };
        let mut worker = hire();
        for root in roots.iter().filter(|root| !root.is_guarded()) {
            worker.note(Note {
                provenance: provenance(root.path),
                kind: NoteKind::UnguardedWalk,
                detail: String::new(),
            });
        }
        match system::startable(self.threads) {
            // The walker needs a thread besides this one, and would panic.
            0 => {
                let _ = builder.build().all(|entry| visit(entry, worker.as_mut()));
            }
            threads => builder.threads(threads).build_parallel().run(|| {
                let mut worker = hire();
                Box::new(move |entry| match visit(entry, worker.as_mut()) {
                    true => WalkState::Continue,
                    false => WalkState::Quit,
                })
            }),
        }
        for note in left_out.lock().expect("all threads have ended").drain(..) {
            worker.note(note);
        }
    }

    /// Takes down what the walk could not read, unless it is left out anyway.
    fn skip(&self, error: &ignore::Error, roots: &[Root<'_>], worker: &mut dyn Worker) {
        let path = error_path(error).filter(|_| !self.scope.is_all());
        let below = |path: PathBuf| {
            let mut roots = roots.iter();
            roots.find_map(|root| path.strip_prefix(root.path).map(Path::to_path_buf).ok())
        };
        match path.and_then(below) {
            Some(path) if self.scope.excludes(&path, true) => self.scope.leave_folder(),
            _ => worker.skip(walk_error(error)),
        }
    }

    /// Counts a file that is not read any more.
    fn leave(&self, entry: &DirEntry, worker: &mut dyn Worker) {
        if is_file(entry) && !self.history_only && !is_object(entry) {
            worker.leave(&provenance(entry.path()));
        }
    }

    fn visit(&self, entry: &DirEntry, roots: &[Root<'_>], worker: &mut dyn Worker) {
        if let Some(repositories) = &self.repositories
            && entry
                .path()
                .as_os_str()
                .as_encoded_bytes()
                .ends_with(b".git")
            && entry.file_name() == ".git"
            && !entry.path().is_dir()
            && (self.scope.is_all() || !is_excluded(entry, &self.scope))
            && let Err(why) = repositories.add_link(entry.path())
        {
            worker.skip(why);
        }
        if !self.history_only && !is_object(entry) && self.is_in_scope(entry) {
            audit_entry(entry, roots, worker);
        }
    }

    /// Whether a file is audited. One that is not is counted.
    fn is_in_scope(&self, entry: &DirEntry) -> bool {
        match self.scope.is_all() || is_folder(entry) {
            true => true,
            false if is_file(entry) => self.scope.admit(below_root(entry)),
            false => self.scope.holds(below_root(entry)),
        }
    }
}

fn audit_entry(entry: &DirEntry, roots: &[Root<'_>], worker: &mut dyn Worker) {
    let Some(kind) = entry.file_type() else {
        return;
    };
    if kind.is_file() {
        let path = entry.path();
        audit_file(path, &|path| open_below(path, roots), worker);
    } else if kind.is_symlink() {
        if entry.depth() > 0 && leaves(entry.path(), roots) {
            worker.note(Note {
                provenance: provenance(entry.path()),
                kind: NoteKind::LinkLeavesRoot,
                detail: String::new(),
            });
        }
    } else if !kind.is_dir() {
        worker.note(Note {
            provenance: provenance(entry.path()),
            kind: NoteKind::SpecialFile,
            detail: String::new(),
        });
    }
}

/// Whether a symbolic link leads to something that the walk does not meet by
/// itself. A link that leads nowhere hides nothing.
fn leaves(link: &Path, roots: &[Root<'_>]) -> bool {
    match fs::canonicalize(link) {
        Ok(target) => {
            let mut roots = roots.iter().filter_map(|root| root.whole.as_ref());
            !roots.any(|root| target.starts_with(root))
        }
        // Where it leads may not be looked at, so it may lead to anything.
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}

fn note(path: &Path, kind: NoteKind) -> Note {
    Note {
        provenance: provenance(path),
        kind,
        detail: String::new(),
    }
}
