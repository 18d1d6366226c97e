//! What the trees that are audited say is known, and since when they say it.

use std::collections::{BTreeSet, HashSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::Inputs;
use crate::cli::AuditArgs;
use crate::model::audit::Mode;
use crate::source::{Here, ObjectId, Revisions};
use crate::suppress::{self, Known, Version};
use crate::system::path::without_dots;

impl Inputs {
    /// Reads what the trees that are audited say is known: as files, as the index has it,
    /// or as it was before the commits that are audited, which cannot silence themselves.
    ///
    /// # Errors
    ///
    /// When that is wrong, or cannot be read.
    pub fn say_what_is_known(&self, known: &mut Known, args: &AuditArgs) -> anyhow::Result<()> {
        match self {
            Inputs::Range {
                here,
                revisions,
                mode,
                ..
            } if *mode != Mode::Push && !(*mode == Mode::Receive && here.is_empty()) => {
                say_what_was_known(here, revisions, *mode, known, args)
            }
            // Who pushes says what is known, as who commits does: the commits hold both. A
            // server that has nothing yet knows nothing better.
            Inputs::Range {
                here, revisions, ..
            } => {
                known.files_before = match args.strict_baseline {
                    true => Some(files(here, here.before(revisions)?)?),
                    false => None,
                };
                let tips = revisions.included.iter().copied();
                let texts = versions(here, tips, Path::new(suppress::NAME))?;
                known.add_versions(&here.work_tree()?, texts, Version::Pushed);
                add_baseline(known, args)
            }
            Inputs::Paths { paths, .. } => {
                if args.strict_baseline && !args.ci {
                    bail!(
                        "--strict-baseline compares with what was there before, so it goes with --staged, --range or --ci"
                    );
                }
                for path in paths {
                    known.add_tree_of(path)?;
                }
                add_baseline(known, args)
            }
            Inputs::Commit { staged, .. } => {
                if let Some((here, _)) = staged.as_ref().filter(|_| args.strict_baseline) {
                    known.files_before = Some(files(here, here.own_commit())?);
                }
                // A message belongs to the repository around. An index that cannot be
                // read is said when it is audited.
                let around = match staged {
                    Some(_) => None,
                    None => Here::open(None).ok(),
                };
                let staged = staged.as_ref().map(|(here, _)| here);
                if let Some(here) = staged.or(around.as_ref())
                    && let Ok(bytes) = here.staged_file(suppress::NAME)
                {
                    known.add_staged(&here.work_tree()?, bytes)?;
                }
                add_baseline(known, args)
            }
        }
    }
}

/// Reads what was known before some commits, so that these cannot silence themselves, and
/// what they say themselves.
fn say_what_was_known(
    here: &Here,
    revisions: &Revisions,
    mode: Mode,
    known: &mut Known,
    args: &AuditArgs,
) -> anyhow::Result<()> {
    let before = match mode {
        Mode::Receive => here.own_commit().into_iter().collect(),
        _ => here.before(revisions)?,
    };
    // What is there can have been there before, where that is not in the clone.
    let is_untold = before.is_empty() && here.is_shallow();
    let before = || before.iter().copied();
    known.pragmas_are_proposed = true;
    if args.strict_baseline {
        known.files_before = Some(files(here, before())?);
    }
    let folder = here.work_tree()?;
    let entries = Path::new(suppress::NAME);
    let tips = || revisions.included.iter().copied();
    known.add_versions(&folder, versions(here, before(), entries)?, Version::Before);
    if !is_untold {
        known.add_versions(&folder, versions(here, tips(), entries)?, Version::Proposed);
    }
    let Some(path) = &args.baseline else {
        return Ok(());
    };
    let Some(inner) = inside(path, &folder) else {
        return known.add_baseline(path);
    };
    if before().any(|commit| here.leads_away(commit, &inner)) {
        bail!(
            "baseline {}: a symbolic link or a submodule leads there, so what it said before this change cannot be told; name the file itself, or one that no commit has",
            path.display()
        );
    }
    let old = versions(here, before(), &inner)?;
    let new = versions(here, tips(), &inner)?;
    let leads_away = tips().any(|commit| here.leads_away(commit, &inner));
    if old.is_empty() && new.is_empty() && !leads_away {
        // No commit has it, so no change wrote it.
        return known.add_baseline(path);
    }
    let old = old.iter().map(|bytes| String::from_utf8_lossy(bytes));
    known.add_baseline_version(path, &old.collect::<Vec<_>>().join("\n"));
    for bytes in new.iter().filter(|_| !is_untold) {
        known.propose_baseline(path, &String::from_utf8_lossy(bytes));
    }
    Ok(())
}

/// A file as each of some commits has it.
fn versions(
    here: &Here,
    commits: impl IntoIterator<Item = ObjectId>,
    path: &Path,
) -> anyhow::Result<BTreeSet<Vec<u8>>> {
    let commits = commits.into_iter();
    let texts = commits.map(|commit| here.committed_file(commit, path));
    texts.filter_map(Result::transpose).collect()
}

/// The files of a commit, from the root of the file system.
fn files(
    here: &Here,
    commits: impl IntoIterator<Item = ObjectId>,
) -> anyhow::Result<HashSet<PathBuf>> {
    let root = here.work_tree()?;
    let commits = commits.into_iter();
    let files = commits.flat_map(|commit| here.committed_files(commit));
    Ok(files.map(|file| root.join(file)).collect())
}

fn add_baseline(known: &mut Known, args: &AuditArgs) -> anyhow::Result<()> {
    let baseline = args.baseline.as_ref();
    baseline.map_or(Ok(()), |path| known.add_baseline(path))
}

/// The path of a file as it is seen from a folder that it lies in. A link on the way counts
/// as the folder that it stands for in the tree: a change can lead it elsewhere.
fn inside(path: &Path, folder: &Path) -> Option<PathBuf> {
    let here = env::current_dir().and_then(fs::canonicalize).ok()?;
    let whole = without_dots(&here.join(path));
    if let Ok(inner) = whole.strip_prefix(folder) {
        return Some(inner.to_path_buf());
    }
    let parent = fs::canonicalize(whole.parent()?).ok()?;
    let whole = parent.join(whole.file_name()?);
    whole.strip_prefix(folder).ok().map(Path::to_path_buf)
}
