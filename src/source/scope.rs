//! Which paths are audited, as `--only` and `--exclude` say.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::model::audit::{Counted, OutOfScope};
use crate::system::path::without_dots;

/// Globs as in a `.gitignore`, and how much they left out. A path is left out by the glob
/// that matches it, or else the closest folder above it.
#[derive(Debug)]
pub struct Scope {
    only: Gitignore,
    exclude: Gitignore,
    /// The current folder, from which paths count that are named.
    folder: PathBuf,
    by_only: Tally,
    by_exclude: Tally,
    /// What an entry that says what is known is about, by its place.
    suppressed: OnceLock<Vec<Gitignore>>,
    /// Whether an entry accepts by its path that something is not read.
    accepts_paths: AtomicBool,
    /// Whether `--only` was asked about anything.
    is_asked: AtomicBool,
    /// Whether it matched anything that is audited.
    is_met: AtomicBool,
}

/// Counts from several threads.
#[derive(Debug, Default)]
struct Tally {
    files: AtomicU64,
    folders: AtomicU64,
    objects: AtomicU64,
}

impl Scope {
    /// Reads the globs.
    ///
    /// # Errors
    ///
    /// When one is no glob, or can match nothing.
    pub fn new(only: &[String], exclude: &[String]) -> anyhow::Result<Scope> {
        Ok(Scope {
            only: globs("--only", only)?,
            exclude: globs("--exclude", exclude)?,
            folder: env::current_dir().unwrap_or_default(),
            by_only: Tally::default(),
            by_exclude: Tally::default(),
            suppressed: OnceLock::new(),
            accepts_paths: AtomicBool::new(false),
            is_asked: AtomicBool::new(false),
            is_met: AtomicBool::new(false),
        })
    }

    /// Whether there is no glob, so that nothing has to be asked.
    pub fn is_all(&self) -> bool {
        self.only.is_empty() && self.exclude.is_empty()
    }

    /// Says once where entries by place suppress what stands there, and whether there are
    /// any that accept by a path that something is not read.
    pub fn suppress(&self, places: Vec<Gitignore>, accepts_paths: bool) {
        let _ = self.suppressed.set(places);
        self.accepts_paths.store(accepts_paths, Ordering::Relaxed);
    }

    /// Whether what becomes of an object that cannot be read depends on its paths.
    pub fn asks_for_paths(&self) -> bool {
        !self.is_all() || self.accepts_paths.load(Ordering::Relaxed)
    }

    /// Whether a secret that stood in a file before is not new elsewhere: it was reported
    /// there.
    pub fn reports(&self, file: &Path) -> bool {
        let places = self.suppressed.get();
        let mut places = places.into_iter().flatten();
        let is_suppressed = places.any(|globs| {
            !file.has_root() && globs.matched_path_or_any_parents(file, false).is_ignore()
        });
        !is_suppressed && (self.is_all() || self.holds(file))
    }

    /// Whether `--exclude` leaves a file or folder out.
    pub fn excludes(&self, path: &Path, is_folder: bool) -> bool {
        matches(&self.exclude, path, is_folder)
    }

    /// Whether a glob can take back what lies in a folder that is left out.
    pub fn has_negation(&self) -> bool {
        self.exclude.num_whitelists() > 0
    }

    /// Whether a file is audited.
    pub fn holds(&self, file: &Path) -> bool {
        self.left_out_by(file).is_none()
    }

    /// Whether a file is audited. One that is not is counted.
    pub fn admit(&self, file: &Path) -> bool {
        let left_out = self.left_out_by(file);
        if let Some(tally) = left_out {
            tally.files.fetch_add(1, Ordering::Relaxed);
        }
        left_out.is_none()
    }

    /// The same for a file or folder that was named. It is matched by its path from the
    /// current folder, and by its name alone where it lies elsewhere.
    pub fn admit_named(&self, path: &Path, is_folder: bool) -> bool {
        let path = self.seen_from_here(path);
        if !is_folder {
            return self.admit(&path);
        }
        let is_out = self.excludes(&path, true);
        if is_out {
            self.leave_folder();
        }
        !is_out
    }

    /// Counts a folder that is not looked into.
    pub fn leave_folder(&self) {
        self.by_exclude.folders.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an object that is left out by each of its paths.
    pub fn leave_object<'p>(&self, paths: impl IntoIterator<Item = &'p PathBuf>) {
        let mut paths = paths.into_iter();
        let tally = match paths.all(|path| self.excludes(path, false)) {
            true => &self.by_exclude,
            false => &self.by_only,
        };
        tally.objects.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether there is a glob of `--only`, and none matched so far.
    pub fn wants_match(&self) -> bool {
        !self.only.is_empty() && !self.is_met.load(Ordering::Relaxed)
    }

    /// Whether there was something, and no glob of `--only` matched it.
    pub fn lacks_match(&self) -> bool {
        self.wants_match() && self.is_asked.load(Ordering::Relaxed)
    }

    /// Takes it that something matches which nobody looks for any more.
    pub fn assume_match(&self) {
        self.is_met.store(true, Ordering::Relaxed);
    }

    /// How much was left out so far.
    pub fn left_out(&self) -> OutOfScope {
        OutOfScope {
            exclude: self.by_exclude.counted(),
            only: self.by_only.counted(),
            only_matches_nothing: self.lacks_match(),
        }
    }

    /// Which of the options leaves a file out.
    fn left_out_by(&self, file: &Path) -> Option<&Tally> {
        let has_only = !self.only.is_empty();
        if has_only {
            set(&self.is_asked);
        }
        if self.excludes(file, false) {
            return Some(&self.by_exclude);
        }
        if has_only && !matches(&self.only, file, false) {
            return Some(&self.by_only);
        }
        if has_only {
            set(&self.is_met);
        }
        None
    }

    fn seen_from_here(&self, path: &Path) -> PathBuf {
        let whole = without_dots(&self.folder.join(path));
        match whole.strip_prefix(&self.folder) {
            Ok(inside) => inside.to_path_buf(),
            Err(_) => whole.file_name().map(PathBuf::from).unwrap_or_default(),
        }
    }
}

impl Tally {
    fn counted(&self) -> Counted {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counted {
            files: read(&self.files),
            folders: read(&self.folders),
            objects: read(&self.objects),
        }
    }
}

/// Sets a flag that is set already nearly always, and that all threads read.
fn set(flag: &AtomicBool) {
    if !flag.load(Ordering::Relaxed) {
        flag.store(true, Ordering::Relaxed);
    }
}

fn globs(option: &str, typed: &[String]) -> anyhow::Result<Gitignore> {
    // From the root that a path counts from, whichever that is.
    let mut builder = GitignoreBuilder::new("");
    builder.allow_unclosed_class(false);
    for glob in typed {
        let in_context = || format!("{option} '{glob}'");
        if glob.trim().is_empty() || glob.starts_with('#') {
            bail!(
                "{}: an empty line or a comment of a .gitignore; write `\\#` for a name with that sign",
                in_context()
            );
        }
        let path = glob.strip_prefix('!').unwrap_or(glob);
        if ["./", "../"].iter().any(|start| path.starts_with(start)) {
            bail!(
                "{}: matches nothing; a path counts from what is named: write `/{}`",
                in_context(),
                path.trim_start_matches(['.', '/'])
            );
        }
        builder.add_line(None, glob).with_context(in_context)?;
    }
    builder.build().with_context(|| option.to_owned())
}

/// Whether globs match a path, or else the closest folder above it that they say
/// anything of. Unlike in git, what lies in a folder that is matched can be taken back.
fn matches(globs: &Gitignore, path: &Path, is_folder: bool) -> bool {
    let mut is_folder = is_folder;
    for path in path.ancestors() {
        // The root itself has no name to match.
        if globs.is_empty() || path.as_os_str().is_empty() {
            return false;
        }
        match globs.matched(path, is_folder) {
            Match::Ignore(_) => return true,
            Match::Whitelist(_) => return false,
            Match::None => is_folder = true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(only: &[&str], exclude: &[&str]) -> Scope {
        let owned = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
        let (only, exclude): (Vec<String>, Vec<String>) = (owned(only), owned(exclude));
        Scope::new(&only, &exclude).expect("these are globs")
    }

    #[test]
    fn globs_mean_what_they_mean_in_a_gitignore() {
        for (globs, out, held) in [
            (&["vendor/"][..], "vendor/a", "vendor"),
            (&["vendor"], "a/vendor/b/c", "vendors/a"),
            (&["/vendor"], "vendor/a", "a/vendor/b"),
            (&["a/vendor"], "a/vendor/b", "b/a/vendor"),
            (&["*.log"], "a/b.log", "a/b.logs"),
            (&["**/b/*.log"], "a/b/c.log", "a/b/c/d.log"),
            (&["*/"], "a/b", "a"),
            (&["*", "!*.env"], "a/b", "a/b.env"),
            (&["vendor/*", "!vendor/keep/"], "vendor/a", "vendor/keep/a"),
            (&["vendor/", "!vendor/keep/"], "vendor/a", "vendor/keep/a"),
            (&["!vendor/", "vendor/"], "vendor/a", "a"),
            (&["\\#a", "\\!b"], "#a", "b"),
            (&["a[bc]"], "ab", "ad"),
        ] {
            let exclude = scope(&[], globs);
            assert!(!exclude.holds(Path::new(out)), "{globs:?} {out}");
            assert!(exclude.holds(Path::new(held)), "{globs:?} {held}");
            let only = scope(globs, &[]);
            assert!(only.holds(Path::new(out)), "{globs:?} {out}");
            assert!(!only.holds(Path::new(held)), "{globs:?} {held}");
        }
    }

    #[test]
    fn a_path_that_is_named_is_seen_from_here() {
        let scope = scope(&[], &[]);
        let here = scope.folder.join("a/b");
        for (typed, seen) in [
            ("a/b", "a/b"),
            ("./a/./b", "a/b"),
            ("c/../a/b", "a/b"),
            (".", ""),
            ("..", ""),
            ("/nowhere/vendor/a", "a"),
            (here.to_str().expect("a path of this project"), "a/b"),
        ] {
            let seen_here = scope.seen_from_here(Path::new(typed));
            // The name of the folder above is anything.
            let is_above = typed == "..";
            assert!(is_above || seen_here == Path::new(seen), "{typed}");
        }
    }
}
