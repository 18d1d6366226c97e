//! Everything below the paths that were asked for.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use ignore::{DirEntry, WalkBuilder, WalkState};

#[cfg(unix)]
use super::holes::Holes;
use super::{Found, Hire, Scope, Source, Worker};
use crate::model::audit::{Note, NoteKind, SkipReason, Skipped};
use crate::model::blob::Provenance;
use crate::model::feed::{Fed, Feed, ReadSeek};
use crate::system;

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

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

fn is_excluded(entry: &DirEntry, scope: &Scope) -> bool {
    scope.excludes(below_root(entry), is_folder(entry))
}

/// The path of an entry from the folder that was named.
fn below_root(entry: &DirEntry) -> &Path {
    let mut parts = entry.path().components();
    let above = parts.clone().count().saturating_sub(entry.depth());
    for _ in 0..above {
        parts.next();
    }
    parts.as_path()
}

/// A folder whose files are audited.
struct Root<'p> {
    path: &'p Path,
    /// Its one spelling, where it has any.
    whole: Option<PathBuf>,
    /// What its files are opened from, where the system can do that.
    #[cfg(target_os = "linux")]
    folder: Option<system::Folder>,
}

impl<'p> Root<'p> {
    fn of(path: &'p Path) -> Root<'p> {
        Root {
            path,
            whole: fs::canonicalize(path).ok(),
            #[cfg(target_os = "linux")]
            folder: system::Folder::open(path).ok(),
        }
    }

    /// Opens a file below it. `None` where the system cannot keep to that.
    #[cfg(target_os = "linux")]
    fn open(&self, path: &Path) -> Option<io::Result<File>> {
        let folder = self.folder.as_ref()?;
        let path = path.strip_prefix(self.path).ok()?;
        Some(folder.file(path))
    }

    #[cfg(not(target_os = "linux"))]
    fn open(&self, _path: &Path) -> Option<io::Result<File>> {
        None
    }

    /// Whether that is so, on a system where it can be.
    fn is_guarded(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.folder.is_some();
        #[cfg(not(target_os = "linux"))]
        true
    }
}

/// Opens a file that was met on the walk, wherever the folders on its path lead by now:
/// not outside of the root, where the system can promise that.
fn open_below(path: &Path, roots: &[Root<'_>]) -> io::Result<(File, Metadata)> {
    let Some(opened) = roots.iter().find_map(|root| root.open(path)) else {
        return open(path, true);
    };
    let file = opened?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
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

/// The git folder that an entry shows to be one: it is named so, or it is the
/// folder of the objects or of the refs in one. Git follows links to either.
fn git_folder(entry: &DirEntry) -> Option<&Path> {
    // Most entries are files, and the name of one takes time to find.
    if entry.file_type().is_some_and(|kind| kind.is_file()) {
        return None;
    }
    let path = entry.path();
    let is_folder = || match entry.file_type() {
        Some(kind) if kind.is_symlink() => path.is_dir(),
        kind => kind.is_some_and(|kind| kind.is_dir()),
    };
    if entry.depth() == 0 {
        return None;
    }
    if entry.file_name() == ".git" {
        // What has no HEAD is no repository for git either, unless something lost it.
        let has = |name: &str| fs::symlink_metadata(path.join(name)).is_ok();
        let is_git = has("HEAD") || has("objects");
        return (is_folder() && is_git).then_some(path);
    }
    let git_dir = path.parent()?;
    let is_part = match entry.file_name().to_str() {
        Some("objects") => is_git_folder(git_dir),
        // Only when its objects are gone it is known by its refs alone.
        Some("refs") => is_git_folder(git_dir) && git_dir.join("config").is_file(),
        _ => false,
    };
    (is_part && is_folder()).then_some(git_dir)
}

/// Whether a file is a part of a repository's object database: compressed, so
/// that it is read as history and not as a file.
fn is_object(entry: &DirEntry) -> bool {
    let path = entry.path();
    // Nearly no path has such a folder in it, and its parts take time to find.
    if memchr::memmem::find(path.as_os_str().as_encoded_bytes(), b"objects").is_none() {
        return false;
    }
    let Some((name, folder)) = path.file_name().zip(path.parent()) else {
        return false;
    };
    let (Some(name), Some(folder_name)) = (name.to_str(), folder.file_name()) else {
        return false;
    };
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let loose = matches!(name.len(), 38 | 62)
        && is_hex(name)
        && folder_name
            .to_str()
            .is_some_and(|name| name.len() == 2 && is_hex(name));
    // What else lies there, such as pack-….keep, is text.
    let is_binary = ["pack", "idx", "rev", "bitmap", "mtimes"]
        .iter()
        .any(|extension| path.extension().is_some_and(|own| own == *extension));
    let packed = folder_name == "pack"
        && (name.starts_with("pack-") && is_binary || name.starts_with("multi-pack-index"));
    (loose || packed)
        && folder.parent().is_some_and(|objects| {
            objects.file_name().is_some_and(|name| name == "objects")
                && objects.parent().is_some_and(is_git_folder)
        })
}

fn is_git_folder(path: &Path) -> bool {
    let named = path.file_name().is_some_and(|name| name == ".git");
    let has = |name: &str| fs::symlink_metadata(path.join(name)).is_ok();
    named || (has("HEAD") && has("refs"))
}

fn note(path: &Path, kind: NoteKind) -> Note {
    Note {
        provenance: provenance(path),
        kind,
        detail: String::new(),
    }
}

/// Whether there is no file of any kind in a folder or below it.
fn holds_no_file(folder: &Path) -> bool {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        // What cannot be listed can hold anything, and the walk says so.
        let Ok(entries) = fs::read_dir(folder) else {
            return false;
        };
        for entry in entries {
            let kind = entry.and_then(|entry| Ok((entry.file_type()?, entry.path())));
            match kind {
                Ok((kind, path)) if kind.is_dir() => folders.push(path),
                _ => return false,
            }
        }
    }
    true
}

/// Whether a file or folder lies in a work tree that begins above it.
fn is_part_of_repository(path: &Path) -> bool {
    let Ok(whole) = fs::canonicalize(path) else {
        return false;
    };
    for folder in whole.ancestors() {
        // The folders of git itself belong to no work tree.
        if is_git_folder(folder) {
            return false;
        }
        let dot_git = folder.join(".git");
        if dot_git.is_file() || dot_git.join("HEAD").exists() {
            return folder != whole;
        }
    }
    false
}

fn is_pseudo_file_system(entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    entry.depth() > 0
        && is_folder
        && matches!(entry.file_name().to_str(), Some("proc" | "sys"))
        && entry.metadata().is_ok_and(|metadata| is_pseudo(&metadata))
}

/// Whether a folder lies on one of the kernel's own file systems, under whatever name.
#[cfg(unix)]
fn is_pseudo(folder: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let root = fs::metadata("/").map(|root| root.dev());
    ["/proc", "/sys"].iter().any(|path| {
        fs::metadata(path).is_ok_and(|pseudo| {
            pseudo.dev() == folder.dev() && root.as_ref().is_ok_and(|root| *root != pseudo.dev())
        })
    })
}

#[cfg(not(unix))]
fn is_pseudo(_folder: &Metadata) -> bool {
    false
}

/// The work tree of the repository that holds a path, if there is one.
pub fn work_tree(path: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    path.ancestors()
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_path_buf)
}

/// A path as it is reported: `./a` and `a` are one.
pub fn provenance(path: &Path) -> Provenance {
    let short = path
        .strip_prefix(".")
        .ok()
        .filter(|rest| !rest.as_os_str().is_empty());
    Provenance::File(short.unwrap_or(path).to_path_buf())
}

/// Opens a file, and whatever belongs to it.
type Open<'o> = dyn Fn(&Path) -> io::Result<(File, Metadata)> + 'o;

fn audit_file(path: &Path, open: &Open<'_>, worker: &mut dyn Worker) {
    match open(path) {
        Ok((file, metadata)) if metadata.is_file() => {
            let mut feed = FileFeed {
                path,
                open,
                #[cfg(unix)]
                holes: Holes::of(&metadata),
                file,
                left: (metadata.len() > 0).then_some(metadata.len()),
            };
            worker.audit(provenance(path), &mut feed);
        }
        // Something else took the file's place since it was listed.
        Ok(_) => worker.note(Note {
            provenance: provenance(path),
            kind: NoteKind::SpecialFile,
            detail: String::new(),
        }),
        Err(error) => worker.skip(skipped(path, &error)),
    }
}

/// Opens without waiting for anybody, and on a walk without following a link
/// that took the file's place.
#[cfg(unix)]
pub fn open(path: &Path, by_walk: bool) -> io::Result<(File, Metadata)> {
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
pub fn open(path: &Path, _by_walk: bool) -> io::Result<(File, Metadata)> {
    let file = OpenOptions::new().read(true).open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// A file from its beginning to its end.
struct FileFeed<'f> {
    path: &'f Path,
    open: &'f Open<'f>,
    file: File,
    /// Bytes that are still to come, when the system knew the length: asking it
    /// once more for each small file would cost a tenth of the whole audit.
    left: Option<u64>,
    /// Its holes, where it has any.
    #[cfg(unix)]
    holes: Option<Holes>,
}

impl Feed for FileFeed<'_> {
    #[cfg(unix)]
    fn pass_zeros(&mut self) -> u64 {
        let Some((holes, left)) = self.holes.as_mut().zip(self.left.as_mut()) else {
            return 0;
        };
        let count = holes.pass(&mut self.file, *left);
        *left -= count;
        count
    }

    fn is_file(&self) -> bool {
        true
    }

    fn left(&self) -> Option<u64> {
        self.left
    }

    fn again(&mut self) -> Option<Box<dyn ReadSeek>> {
        let mut file = self.file.try_clone().ok()?;
        file.seek(io::SeekFrom::Start(0)).ok()?;
        Some(Box::new(file))
    }

    fn beside(&mut self, ending: &str) -> io::Result<Option<Box<dyn ReadSeek>>> {
        let mut path = self.path.as_os_str().to_owned();
        path.push(ending);
        let path = Path::new(&path);
        // A link or a device beside it does not belong to it.
        if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            return Ok(None);
        }
        let (file, metadata) = (self.open)(path)?;
        Ok(metadata.is_file().then(|| Box::new(file) as _))
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        if self.left == Some(0) {
            return Ok(Fed::End);
        }
        loop {
            let count = match self.file.read(buffer) {
                Ok(0) => match self.left {
                    Some(left) => {
                        return Err(io::Error::new(
                            io::ErrorKind::UnexpectedEof,
                            format!("it became {left} bytes shorter during the audit"),
                        ));
                    }
                    None => return Ok(Fed::End),
                },
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
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SkipReason::NotFound,
        io::ErrorKind::PermissionDenied => SkipReason::PermissionDenied,
        _ => SkipReason::ReadError,
    };
    Skipped {
        provenance: provenance(path),
        reason,
        // The other reasons say it in words of their own.
        detail: match reason {
            SkipReason::ReadError => in_words(error),
            _ => String::new(),
        },
    }
}

/// The words of the system, without its number for them.
pub fn in_words(error: &io::Error) -> String {
    let text = error.to_string();
    let number = error
        .raw_os_error()
        .map(|code| format!(" (os error {code})"));
    match number.and_then(|number| text.strip_suffix(&number).map(str::to_owned)) {
        Some(words) => words,
        None => text,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn what_belongs_to_a_file_lies_below_the_root_too() {
        let [inside, outside] = [(); 2].map(|()| TempDir::new().expect("a folder can be made"));
        let folder = inside.path().join("sub");
        fs::create_dir(&folder).expect("a folder can be made");
        for folder in [&folder, outside.path()] {
            fs::write(folder.join("a.db-wal"), "text").expect("a file can be written");
        }
        fs::write(folder.join("a.db"), "text").expect("a file can be written");
        let roots = [Root::of(inside.path())];
        if !roots[0].is_guarded() {
            return;
        }
        let open = |path: &Path| open_below(path, &roots);
        let path = folder.join("a.db");
        let (file, _) = open(&path).expect("it is there");
        let mut feed = FileFeed {
            path: &path,
            open: &open,
            file,
            left: None,
            holes: None,
        };
        assert!(matches!(feed.beside("-wal"), Ok(Some(_))));
        assert!(matches!(feed.beside("-none"), Ok(None)));
        fs::rename(&folder, inside.path().join("old")).expect("it can move");
        symlink(outside.path(), &folder).expect("a link can be made");
        assert!(feed.beside("-wal").is_err());
    }
}
