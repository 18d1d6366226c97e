//! `npsso-audit hook`: has git run an audit before commits and pushes.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::cli::{HookArg, HookCommand};
use crate::report::terminal::escape;
use crate::source::{hooks_folder, read_regular};

/// By this line a hook is known as ours.
const MARK: &str = "# npsso-audit hook; `npsso-audit hook uninstall` removes it";

/// Installs or removes hooks.
///
/// # Errors
///
/// When there is no repository, when a hook is there that is not ours, or when
/// the folder cannot be written.
pub fn run(action: &HookCommand) -> anyhow::Result<u8> {
    match action {
        HookCommand::Install {
            hooks,
            baseline,
            repository,
        } => install(hooks, baseline.as_deref(), repository)?,
        HookCommand::Uninstall { hooks, repository } => uninstall(hooks, repository)?,
    }
    Ok(0)
}

fn install(hooks: &[HookArg], baseline: Option<&Path>, repository: &Path) -> anyhow::Result<()> {
    let folder = hooks_folder(repository)?;
    let is_bare = repository.join("HEAD").is_file() && repository.join("objects").is_dir();
    let hooks = match hooks {
        [] if is_bare => &[HookArg::PreReceive],
        [] => &[HookArg::PreCommit, HookArg::CommitMsg, HookArg::PrePush][..],
        hooks => hooks,
    };
    // Everything is checked before anything is written.
    for hook in hooks {
        let file = folder.join(hook.name());
        if fs::symlink_metadata(&file).is_ok() && !is_ours(&file) {
            bail!(
                "{}: another hook is there and stays; add this line to it: {}",
                file.display(),
                hook.command("npsso-audit", baseline)
            );
        }
    }
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("npsso-audit"));
    for hook in hooks {
        let file = folder.join(hook.name());
        write_script(&file, &script(*hook, &program, baseline))
            .with_context(|| file.display().to_string())?;
        say(&format!("installed {}", file.display()))?;
    }
    Ok(())
}

fn uninstall(hooks: &[HookArg], repository: &Path) -> anyhow::Result<()> {
    let named = !hooks.is_empty();
    let hooks = if named { hooks } else { &HookArg::ALL };
    let folder = hooks_folder(repository)?;
    let mut removed = 0;
    for hook in hooks {
        let file = folder.join(hook.name());
        if is_ours(&file) {
            fs::remove_file(&file).with_context(|| file.display().to_string())?;
            say(&format!("removed {}", file.display()))?;
            removed += 1;
        } else if named && file.exists() {
            bail!("{}: another hook is there and stays", file.display());
        }
    }
    if removed == 0 {
        say(&format!("no hook of ours in {}", folder.display()))?;
    }
    Ok(())
}

fn say(text: &str) -> anyhow::Result<()> {
    super::unless_closed(writeln!(io::stdout(), "{}", escape(text))).context("standard output")
}

fn is_ours(file: &Path) -> bool {
    const LONGEST: u64 = 1 << 16;
    let text = read_regular(file, LONGEST)
        .ok()
        .flatten()
        .unwrap_or_default();
    text.split(|byte| *byte == b'\n').nth(1) == Some(MARK.as_bytes())
}

/// The program is called where it is now, because what starts git need not
/// have it on its path; when it moved, the path is asked. Without it nothing is
/// committed: a hook that cannot audit must not look like one that did.
fn script(hook: HookArg, program: &Path, baseline: Option<&Path>) -> String {
    let quoted = quoted(program);
    format!(
        r#"#!/bin/sh
{MARK}
program={quoted}
[ -x "$program" ] || program=npsso-audit
command -v "$program" > /dev/null 2>&1 || {{
    echo "npsso-audit is not installed any more, so nothing was audited." >&2
    echo "Install it again, or remove this hook: rm '$0'" >&2
    exit 1
}}
exec {}
"#,
        hook.command("\"$program\"", baseline)
    )
}

/// A path as a word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', "'\\''"))
}

fn write_script(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".npsso-audit-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

impl HookArg {
    const ALL: [HookArg; 4] = [
        HookArg::PreCommit,
        HookArg::CommitMsg,
        HookArg::PrePush,
        HookArg::PreReceive,
    ];

    fn name(self) -> &'static str {
        match self {
            HookArg::PreCommit => "pre-commit",
            HookArg::CommitMsg => "commit-msg",
            HookArg::PrePush => "pre-push",
            HookArg::PreReceive => "pre-receive",
        }
    }

    /// The line that runs the audit, in a shell.
    fn command(self, program: &str, baseline: Option<&Path>) -> String {
        let arguments = match self {
            HookArg::PreCommit => "--staged",
            HookArg::CommitMsg => "--message \"$1\"",
            HookArg::PrePush => "--pre-push=\"$1\"",
            HookArg::PreReceive => "--pre-receive",
        };
        let baseline = baseline.map(|file| format!(" --baseline {}", quoted(file)));
        format!(
            "{program} --quiet {arguments}{}",
            baseline.unwrap_or_default()
        )
    }
}
