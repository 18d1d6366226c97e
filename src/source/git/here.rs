//! The repository that somebody stands in, or that git runs a hook for.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::settings::RefStorage;
use super::store::Store;
use super::{Place, Repository, common_dir, guard, linked, real};
use crate::model::audit::{SkipReason, Skipped};
use crate::source::files::provenance;

/// A repository that is worked in.
pub struct Here {
    /// The repository.
    pub repository: Repository,
    /// Its objects; inside a hook also those that wait in quarantine.
    pub store: Store,
    /// The index that the next commit is made from.
    pub index: PathBuf,
    /// What could not be read.
    pub skipped: Vec<Skipped>,
}

impl Here {
    /// Opens the repository that holds `path`; without one, the repository for
    /// which git runs this program, else the one of the current folder.
    ///
    /// # Errors
    ///
    /// When there is none, or when it cannot be opened.
    pub fn open(path: Option<&Path>) -> anyhow::Result<Here> {
        // A path on the command line has nothing to do with a hook around it.
        let variable = |name: &str| match path {
            Some(_) => None,
            None => env::var_os(name).filter(|value| !value.is_empty()),
        };
        let place = match (path, variable("GIT_DIR")) {
            (None, Some(git_dir)) => Place {
                shown: variable("GIT_WORK_TREE").map_or_else(|| ".".into(), PathBuf::from),
                git_dir: followed(git_dir.into())?,
            },
            _ => find(path.unwrap_or(Path::new(".")))?,
        };
        if !is_git_folder(&place.git_dir) {
            bail!(
                "{}: the git repository cannot be opened: this is no git folder; `git status` says more",
                place.git_dir.display()
            );
        }
        let (repository, mut skipped) = Repository::open(&place);
        if repository.ref_storage == RefStorage::Unknown {
            bail!(
                "{}: this repository keeps its refs in a way that is not understood, so its commits cannot be found; audit it with `npsso-audit PATH`, or move it with `git refs migrate --ref-format=files`",
                place.git_dir.display()
            );
        }
        let mut folders: Vec<PathBuf> = Vec::new();
        match variable("GIT_OBJECT_DIRECTORY") {
            Some(folder) => folders.push(folder.into()),
            None => folders.push(repository.common_dir.join("objects")),
        }
        if let Some(more) = variable("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            folders.extend(env::split_paths(&more).filter(|path| !path.as_os_str().is_empty()));
        }
        let (store, unread) = Store::open(&folders, repository.hash);
        skipped.extend(unread);
        let index = variable("GIT_INDEX_FILE")
            .map_or_else(|| repository.git_dir.join("index"), PathBuf::from);
        Ok(Here {
            repository,
            store,
            index,
            skipped,
        })
    }
}

impl Here {
    /// Makes sure that something can be staged here.
    ///
    /// # Errors
    ///
    /// When the repository is bare and has no index, as a server's.
    pub fn check_index(&self) -> anyhow::Result<()> {
        // Some keep the files of their home directory in a bare one with an index.
        if self.repository.is_bare && !self.index.exists() {
            bail!(
                "{}: nothing can be staged in a bare repository; audit its history with `npsso-audit PATH`, \
                 or what is pushed to it with `npsso-audit hook install pre-receive`",
                self.repository.git_dir.display()
            );
        }
        Ok(())
    }

    /// Whether a path can lie in this repository: it lies in no other one.
    pub fn may_hold(&self, path: &Path) -> bool {
        // A link lies where it is, wherever it leads.
        let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        let folder = match path.parent() {
            _ if is_folder => path,
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        find(folder).map_or(true, |place| {
            real(&place.git_dir) == real(&self.repository.git_dir)
        })
    }

    /// Why an index that is not there cannot be taken for an empty one. Only a
    /// repository without a commit can have none yet.
    pub fn missing_index(&self) -> Option<Skipped> {
        let own = self.repository.git_dir.join("index");
        let folder = self.index.parent().filter(|it| !it.as_os_str().is_empty());
        let is_fresh = matches!(self.repository.head(), Ok(None));
        if is_fresh && folder.unwrap_or(Path::new(".")).is_dir() {
            return None;
        }
        let why = match self.index == own {
            true => "there is no index, so what is staged cannot be told; `git reset` writes one",
            false => {
                "GIT_INDEX_FILE names it and it is not there; unset GIT_INDEX_FILE to audit the index of this work tree"
            }
        };
        Some(Skipped {
            provenance: provenance(&self.index),
            reason: SkipReason::NotFound,
            detail: why.to_owned(),
        })
    }

    /// The work tree, from the root of the file system.
    ///
    /// # Errors
    ///
    /// When it cannot be found.
    pub fn work_tree(&self) -> io::Result<PathBuf> {
        let root = self.repository.work_tree.as_ref();
        std::fs::canonicalize(root.unwrap_or(&self.repository.shown))
    }

    /// The repository as gix has it, which understands every way to name a commit.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn gix(&self) -> anyhow::Result<gix::Repository> {
        let (git_dir, common_dir) = (&self.repository.git_dir, &self.repository.common_dir);
        guard::check(git_dir, common_dir, &self.store.folders).map_err(refused)?;
        let options = gix::open::Options::isolated()
            .open_path_as_is(true)
            .with(gix::sec::Trust::Full);
        let inner = options.open(git_dir).map_err(|error| {
            anyhow::anyhow!(
                "{}: the git repository cannot be opened: {error}; `git status` says more",
                git_dir.display()
            )
        })?;
        Ok(inner.to_thread_local())
    }
}

/// The git folder that `GIT_DIR` means. In a linked work tree and in a submodule
/// `.git` is a file that names it.
fn followed(git_dir: PathBuf) -> anyhow::Result<PathBuf> {
    match git_dir.is_file() {
        true => linked(&git_dir).map_err(refused),
        false => Ok(git_dir),
    }
}

/// Says why a repository is not opened at all.
pub fn refused(why: Skipped) -> anyhow::Error {
    anyhow::anyhow!(
        "{}: {} {}",
        why.provenance.display_name(),
        why.reason.explain(),
        why.detail
    )
}

/// The repository that a path lies in, as git finds it.
fn find(path: &Path) -> anyhow::Result<Place> {
    let whole = std::fs::canonicalize(path).with_context(|| path.display().to_string())?;
    for (up, folder) in whole.ancestors().enumerate() {
        let shown = || {
            let above = match path.ancestors().nth(up) {
                Some(above) if above.as_os_str().is_empty() => Path::new("."),
                Some(above) => above,
                None => path,
            };
            match real(above) == folder {
                true => above.to_path_buf(),
                // A link, or a path of dots, leads here.
                false => path.join(vec![".."; up].join("/")),
            }
        };
        let dot_git = folder.join(".git");
        if dot_git.is_dir() && is_git_folder(&dot_git) {
            return Ok(Place {
                shown: shown(),
                git_dir: dot_git,
            });
        }
        if dot_git.is_file() {
            let git_dir = linked(&dot_git).map_err(refused)?;
            return Ok(Place {
                shown: shown(),
                git_dir,
            });
        }
        if is_git_folder(folder) {
            return Ok(Place {
                shown: shown(),
                git_dir: folder.to_path_buf(),
            });
        }
    }
    bail!(
        "{}: no git repository here or above; run it inside one, or name one",
        path.display()
    )
}

fn is_git_folder(folder: &Path) -> bool {
    folder.join("HEAD").exists()
        && (folder.join("objects").exists() || folder.join("commondir").exists())
}

/// The folder in which git looks for the hooks of a repository.
///
/// # Errors
///
/// When there is no repository, its configuration cannot be read, or git looks
/// for hooks nowhere.
pub fn hooks_folder(path: &Path) -> anyhow::Result<PathBuf> {
    let place = find(path)?;
    let common_dir = common_dir(&place.git_dir).map_err(refused)?;
    let objects = common_dir.join("objects");
    guard::check(&place.git_dir, &common_dir, &[objects]).map_err(refused)?;
    // Here the user's own settings count, as for git: nothing is audited.
    let mut permissions = gix::open::Permissions::all();
    permissions.config.git_binary = false;
    let options = gix::open::Options::default()
        .permissions(permissions)
        .open_path_as_is(true);
    let inner = options
        .open(&place.git_dir)
        .map_err(|error| anyhow::anyhow!("{}: {error}", place.git_dir.display()))?
        .to_thread_local();
    let config = inner.config_snapshot();
    if config
        .string("core.hooksPath")
        .is_some_and(|folder| folder.is_empty())
    {
        bail!(
            "core.hooksPath is set to nothing, so git runs no hooks; `git config --show-origin core.hooksPath` \
             says where, and `git config --unset core.hooksPath` there undoes it"
        );
    }
    let configured = config
        .trusted_path("core.hooksPath")
        .map_err(|error| anyhow::anyhow!("core.hooksPath: {error}"))?;
    Ok(match configured {
        // From where hooks run: the root of the work tree, or the git folder.
        Some(folder) => inner.workdir().unwrap_or(inner.git_dir()).join(folder),
        None => inner.common_dir().join("hooks"),
    })
}
