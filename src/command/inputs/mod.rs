//! What an audit reads, as the arguments name it.

mod known;
mod project;

use std::collections::HashMap;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};

pub use self::project::project;
use super::ci::{self, Target};
use super::{list, mistake, say};
use crate::cli::AuditArgs;
use crate::model::audit::Mode;
use crate::model::project::Project;
use crate::source::{
    CommitRange, Files, Found, GitHistory, Here, Message, Paths, Piped, Revisions, Scope, Source,
    Staged, Stdin, piped,
};
use crate::system::threads::Threads;

/// What to audit.
pub enum Inputs {
    /// Files, folders, standard input.
    Paths {
        paths: Vec<PathBuf>,
        stdin: bool,
        list: Option<PathBuf>,
    },
    /// What the next commit adds, its message, or both.
    Commit {
        staged: Option<(Here, Paths)>,
        named: Vec<String>,
        message: Option<PathBuf>,
    },
    /// What commits add.
    Range {
        here: Here,
        revisions: Revisions,
        paths: Paths,
        named: Vec<String>,
        name: String,
        mode: Mode,
    },
}

impl Inputs {
    /// The paths of the list that was given.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn listed(args: &AuditArgs) -> anyhow::Result<Option<Vec<PathBuf>>> {
        let Some(list) = &args.files_from else {
            return Ok(None);
        };
        if list::is_stdin(list) && (args.pre_push.is_some() || args.pre_receive) {
            bail!("git says on standard input what is pushed; give --files-from a file");
        }
        list::read(list).map(Some)
    }

    /// Reads the arguments, and for a hook what git says on standard input. `paths` are
    /// those that were named or listed.
    ///
    /// # Errors
    ///
    /// When there is no repository to read from, or no such revision.
    pub fn of(args: &AuditArgs, paths: &[PathBuf]) -> anyhow::Result<Inputs> {
        let list = args.files_from.clone();
        if list.is_some() && paths.is_empty() {
            return Ok(Inputs::Paths {
                paths: Vec::new(),
                stdin: false,
                list,
            });
        }
        let named = match &list {
            Some(list) => vec![name_of_list(list)],
            None => paths.iter().map(|path| text(path)).collect(),
        };
        if args.staged || args.message.is_some() {
            if !args.staged && !paths.is_empty() {
                bail!("--message audits one file; a PATH goes with --staged, or alone");
            }
            let staged = || {
                let (here, paths) = repository(paths)?;
                here.check_index().map(|()| (here, paths))
            };
            return Ok(Inputs::Commit {
                staged: args.staged.then(staged).transpose()?,
                named,
                message: args.message.clone(),
            });
        }
        if let Some(name) = &args.range {
            let (here, paths) = repository(paths)?;
            return Ok(Inputs::Range {
                revisions: Revisions::parse(&here, name)?,
                here,
                paths,
                named,
                name: name.clone(),
                mode: Mode::Range,
            });
        }
        let mut root = None;
        if args.ci {
            match ci::target(args.quiet)? {
                Target::Everything(folder) => root = Some(folder),
                Target::Commits {
                    here,
                    revisions,
                    name,
                } => {
                    return Ok(Inputs::Range {
                        paths: Paths::parse(paths, &here)?,
                        here: *here,
                        revisions,
                        named,
                        name,
                        mode: Mode::Ci,
                    });
                }
            }
        }
        if args.pre_push.is_some() || args.pre_receive {
            let (here, paths) = repository(paths)?;
            let (revisions, name, mode) = match &args.pre_push {
                Some(remote) => {
                    let input = said_to_hook("pre-push")?;
                    (
                        Revisions::of_push(&here, remote.as_deref(), &input)?,
                        "--pre-push",
                        Mode::Push,
                    )
                }
                None => {
                    let input = said_to_hook("pre-receive")?;
                    (
                        Revisions::of_receive(&here, &input)?,
                        "--pre-receive",
                        Mode::Receive,
                    )
                }
            };
            return Ok(Inputs::Range {
                here,
                revisions,
                paths,
                named,
                name: name.to_owned(),
                mode,
            });
        }
        if list.is_some() {
            return Ok(Inputs::Paths {
                paths: without_overlap(paths.to_vec()),
                stdin: false,
                list,
            });
        }
        let stdin = paths.iter().any(|path| path.as_os_str() == "-");
        if stdin {
            refuse_globs(args)?;
        }
        mistake::refuse(paths)?;
        let mut paths: Vec<PathBuf> = paths
            .iter()
            .filter(|path| path.as_os_str() != "-")
            .cloned()
            .collect();
        if paths.is_empty() && !stdin {
            match root {
                Some(root) => paths.push(root),
                None => {
                    refuse_pipe(args)?;
                    paths.push(PathBuf::from("."));
                }
            }
        }
        Ok(Inputs::Paths {
            paths: without_overlap(paths),
            stdin,
            list,
        })
    }

    /// What kind of audit it is.
    pub fn mode(&self) -> Mode {
        match self {
            Inputs::Paths { .. } => Mode::Paths,
            Inputs::Commit { .. } => Mode::Commit,
            Inputs::Range { mode, .. } => *mode,
        }
    }

    /// The inputs as they were named.
    pub fn names(&self) -> Vec<String> {
        match self {
            Inputs::Paths {
                list: Some(list), ..
            } => vec![name_of_list(list)],
            Inputs::Paths { paths, stdin, .. } => {
                let stdin = stdin.then(|| "-".to_owned());
                let paths = paths.iter().map(|path| text(path));
                stdin.into_iter().chain(paths).collect()
            }
            Inputs::Commit {
                staged,
                named,
                message,
            } => {
                let staged = staged.as_ref().map(|_| "--staged".to_owned());
                let files = named.iter().cloned();
                let message = message.iter().map(|path| text(path));
                staged.into_iter().chain(files).chain(message).collect()
            }
            Inputs::Range { name, named, .. } => {
                let name = std::iter::once(name.clone());
                name.chain(named.iter().cloned()).collect()
            }
        }
    }

    /// The folder that all of them belong to.
    pub fn project(&self) -> Project {
        match self {
            Inputs::Paths { paths, .. } => project(paths),
            Inputs::Range { here, .. } => project(std::slice::from_ref(&here.repository.shown)),
            Inputs::Commit {
                staged, message, ..
            } => match staged {
                Some((here, _)) => project(std::slice::from_ref(&here.repository.shown)),
                None => project(&message.iter().cloned().collect::<Vec<_>>()),
            },
        }
    }

    /// Where the inputs come from.
    pub fn sources(
        self,
        threads: &Arc<Threads>,
        args: &AuditArgs,
        scope: &Arc<Scope>,
    ) -> Vec<Box<dyn Source>> {
        let scope = || Arc::clone(scope);
        let mut sources: Vec<Box<dyn Source>> = Vec::new();
        match self {
            Inputs::Paths { paths, stdin, .. } => {
                if !paths.is_empty() {
                    let repositories = Found::default();
                    sources.push(Box::new(Files {
                        paths,
                        threads: threads.count(),
                        repositories: (!args.no_history).then(|| repositories.clone()),
                        history_only: args.history_only,
                        scope: scope(),
                    }));
                    sources.push(Box::new(GitHistory {
                        repositories,
                        threads: Arc::clone(threads),
                        scope: scope(),
                    }));
                }
                if stdin {
                    sources.push(Box::new(Stdin));
                }
            }
            Inputs::Commit {
                staged, message, ..
            } => {
                if let Some((here, paths)) = staged {
                    sources.push(Box::new(Staged {
                        here,
                        paths,
                        scope: scope(),
                    }));
                }
                if let Some(file) = message {
                    sources.push(Box::new(Message { file }));
                }
            }
            Inputs::Range {
                here,
                revisions,
                paths,
                ..
            } => sources.push(Box::new(CommitRange {
                here,
                revisions,
                paths,
                scope: scope(),
            })),
        }
        sources
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn name_of_list(list: &Path) -> String {
    format!("--files-from {}", text(list))
}

/// What is piped has no path that a glob could match.
fn refuse_globs(args: &AuditArgs) -> anyhow::Result<()> {
    let option = match (args.only.is_empty(), args.exclude.is_empty()) {
        (true, true) => return Ok(()),
        (false, _) => "--only",
        (true, false) => "--exclude",
    };
    bail!(
        "{option} goes by paths, and what is piped in has none; \
         audit standard input without it, or name files and folders"
    )
}

/// Whoever pipes something into the program and names nothing wants either, and
/// it isn't guessed which.
fn refuse_pipe(args: &AuditArgs) -> anyhow::Result<()> {
    // What is piped has no history.
    if args.history_only {
        return Ok(());
    }
    match piped() {
        Piped::Nothing => {}
        Piped::Silence => say(
            "npsso-audit: nothing came on standard input, so this audits the current folder; \
             type `npsso-audit -` to audit what is piped in, `npsso-audit .` for the folder",
        ),
        Piped::Something => bail!(
            "something is piped in, and nothing is named: type `npsso-audit -` to audit what is \
             piped in, or `npsso-audit .` to audit the current folder"
        ),
    }
    Ok(())
}

/// The repository around, or the one that the first path leads to, and what the
/// paths mean in it.
fn repository(typed: &[PathBuf]) -> anyhow::Result<(Here, Paths)> {
    let around = Here::open(None);
    let there = typed.iter().find(|path| path.exists());
    let here = match there {
        Some(path) if !around.as_ref().is_ok_and(|here| here.may_hold(path)) => {
            Here::open(Some(path))?
        }
        _ => around?,
    };
    let paths = Paths::parse(typed, &here)?;
    Ok((here, paths))
}

/// What git says on a hook's standard input. Somebody at a terminal says nothing.
fn said_to_hook(hook: &str) -> anyhow::Result<String> {
    const LONGEST: u64 = 64 << 20;
    let mut text = String::new();
    let stdin = io::stdin();
    if stdin.is_terminal() {
        bail!(
            "git tells a {hook} hook on standard input what is pushed; to audit commits by hand, use --range"
        );
    }
    stdin
        .lock()
        .take(LONGEST)
        .read_to_string(&mut text)
        .with_context(|| format!("standard input of the {hook} hook"))?;
    Ok(text)
}

/// The paths without those that lie in another one: what is named twice is
/// audited once.
fn without_overlap(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    paths.dedup();
    let real: Vec<Option<PathBuf>> = paths
        .iter()
        .map(|path| fs::canonicalize(path).ok())
        .collect();
    // There can be a hundred thousand of them.
    let mut firsts: HashMap<&Path, usize> = HashMap::new();
    for (index, path) in real.iter().enumerate() {
        if let Some(path) = path {
            firsts.entry(path).or_insert(index);
        }
    }
    let covered = |index: usize| {
        let Some(own) = &real[index] else {
            return false;
        };
        let mut above = own.ancestors().skip(1);
        firsts.get(&**own).is_some_and(|first| *first < index)
            || above.any(|folder| firsts.contains_key(folder) && is_reached(own, folder))
    };
    let kept: Vec<bool> = (0..paths.len()).map(|index| !covered(index)).collect();
    let mut kept = kept.into_iter();
    paths.retain(|_| kept.next().unwrap_or(true));
    paths
}

/// Whether a walk from a folder comes to what lies in it: every folder in
/// between can be listed.
fn is_reached(path: &Path, from: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(from))
        .all(|folder| fs::read_dir(folder).is_ok())
}
