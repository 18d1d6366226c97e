//! Everything below the paths that were asked for.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::{Hire, Source, Worker};
use crate::audit::{Note, NoteKind, SkipReason, Skipped};
use crate::blob::Provenance;
use crate::detect::{Fed, Feed};

/// Files and folders, by the paths given on the command line.
#[derive(Debug)]
pub struct Files {
    /// The paths, each a file or a folder.
    pub paths: Vec<PathBuf>,
    /// How many threads walk and read.
    pub threads: usize,
    /// Whether to leave the history of repositories out without a note.
    pub without_history: bool,
}

impl Source for Files {
    fn drive(&self, hire: &Hire<'_>) {
        let mut folders: Vec<&Path> = Vec::new();
        let mut worker = hire();
        for path in &self.paths {
            match fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => folders.push(path),
                Ok(metadata) if metadata.is_file() => audit_file(path, false, worker.as_mut()),
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
    fn walk(&self, folders: &[&Path], hire: &Hire<'_>) {
        let mut builder = WalkBuilder::new(folders[0]);
        for folder in &folders[1..] {
            builder.add(folder);
        }
        // Ignored and hidden files are read: a .env is usually both.
        builder
            .standard_filters(false)
            .hidden(false)
            .follow_links(false)
            .threads(self.threads);
        let left_out = std::sync::Arc::new(Mutex::new(Vec::new()));
        let sink = std::sync::Arc::clone(&left_out);
        builder.filter_entry(move |entry| match left_out_folder(entry) {
            Some(kind) => {
                let note = Note {
                    provenance: provenance(entry.path()),
                    kind,
                };
                sink.lock()
                    .expect("no thread panics while it holds the notes")
                    .push(note);
                false
            }
            None => true,
        });
        let roots: Vec<PathBuf> = folders
            .iter()
            .filter_map(|folder| fs::canonicalize(folder).ok())
            .collect();
        builder.build_parallel().run(|| {
            let mut worker = hire();
            let roots = &roots;
            Box::new(move |entry| {
                match entry {
                    Ok(entry) => visit(&entry, roots, worker.as_mut()),
                    Err(error) => worker.skip(walk_error(&error)),
                }
                if worker.is_stopped() {
                    WalkState::Quit
                } else {
                    WalkState::Continue
                }
            })
        });
        let mut worker = hire();
        for note in left_out.lock().expect("all threads have ended").drain(..) {
            if note.kind == NoteKind::HistoryNotAudited && self.without_history {
                continue;
            }
            worker.note(note);
        }
    }
}

fn visit(entry: &DirEntry, roots: &[PathBuf], worker: &mut dyn Worker) {
    let Some(kind) = entry.file_type() else {
        return;
    };
    if kind.is_file() {
        audit_file(entry.path(), true, worker);
    } else if kind.is_symlink() {
        if entry.depth() > 0 && leaves(entry.path(), roots) {
            worker.note(Note {
                provenance: provenance(entry.path()),
                kind: NoteKind::LinkLeavesRoot,
            });
        }
    } else if !kind.is_dir() {
        worker.note(Note {
            provenance: provenance(entry.path()),
            kind: NoteKind::SpecialFile,
        });
    }
}

/// Whether a symbolic link leads to something that the walk does not meet by
/// itself. A link that leads nowhere hides nothing.
fn leaves(link: &Path, roots: &[PathBuf]) -> bool {
    match fs::canonicalize(link) {
        Ok(target) => !roots.iter().any(|root| target.starts_with(root)),
        Err(_) => false,
    }
}

/// Folders that are not read as files.
fn left_out_folder(entry: &DirEntry) -> Option<NoteKind> {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return None;
    }
    if entry.file_name() == "objects" && is_git_folder(entry.path().parent()?) {
        return Some(NoteKind::HistoryNotAudited);
    }
    let pseudo = ["/proc", "/sys"]
        .iter()
        .any(|path| entry.path() == Path::new(path));
    pseudo.then_some(NoteKind::PseudoFileSystem)
}

fn is_git_folder(path: &Path) -> bool {
    path.join("HEAD").is_file() && path.join("refs").is_dir()
}

/// The work tree of the repository that holds a path, if there is one.
pub fn work_tree(path: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    path.ancestors()
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_path_buf)
}

/// A path as it is reported: `./a` and `a` are one.
fn provenance(path: &Path) -> Provenance {
    let short = path
        .strip_prefix(".")
        .ok()
        .filter(|rest| !rest.as_os_str().is_empty());
    Provenance::File(short.unwrap_or(path).to_path_buf())
}

fn audit_file(path: &Path, by_walk: bool, worker: &mut dyn Worker) {
    match open(path, by_walk) {
        Ok((file, metadata)) if metadata.is_file() => {
            let mut feed = FileFeed {
                file,
                left: (metadata.len() > 0).then_some(metadata.len()),
            };
            worker.audit(provenance(path), &mut feed);
        }
        // Something else took the file's place since it was listed.
        Ok(_) => worker.note(Note {
            provenance: provenance(path),
            kind: NoteKind::SpecialFile,
        }),
        Err(error) => worker.skip(skipped(path, &error)),
    }
}

/// Opens without waiting for anybody, and on a walk without following a link
/// that took the file's place.
#[cfg(unix)]
fn open(path: &Path, by_walk: bool) -> io::Result<(File, Metadata)> {
    use std::os::unix::fs::OpenOptionsExt;
    let links = if by_walk { libc::O_NOFOLLOW } else { 0 };
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | links)
        .open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

#[cfg(not(unix))]
fn open(path: &Path, _by_walk: bool) -> io::Result<(File, Metadata)> {
    let file = OpenOptions::new().read(true).open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// A file from its beginning to its end.
struct FileFeed {
    file: File,
    /// Bytes that are still to come, when the system knew the length: asking it
    /// once more for each small file would cost a tenth of the whole audit.
    left: Option<u64>,
}

impl Feed for FileFeed {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        if self.left == Some(0) {
            return Ok(Fed::End);
        }
        loop {
            let count = match self.file.read(buffer) {
                Ok(0) => return Ok(Fed::End),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.left = self.left.map(|left| left.saturating_sub(count as u64));
            return Ok(Fed::Bytes(count));
        }
    }
}

fn walk_error(error: &ignore::Error) -> Skipped {
    let path = error_path(error).unwrap_or_else(|| PathBuf::from("."));
    match error.io_error() {
        Some(io) => skipped(&path, io),
        None => Skipped {
            provenance: provenance(&path),
            reason: SkipReason::ReadError,
            detail: error.to_string(),
        },
    }
}

fn error_path(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(error_path),
        _ => None,
    }
}

/// Why a file or folder could not be read.
pub fn skipped(path: &Path, error: &io::Error) -> Skipped {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => SkipReason::NotFound,
        io::ErrorKind::PermissionDenied => SkipReason::PermissionDenied,
        _ => SkipReason::ReadError,
    };
    Skipped {
        provenance: provenance(path),
        reason,
        detail: error.to_string(),
    }
}
