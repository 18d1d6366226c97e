//! What is typed by mistake, and what was meant: names of other scanners'
//! commands and options, addresses, paths of other systems.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, ValueEnum as _};

use crate::cli::{Cli, FormatArg};

/// What other scanners call an audit.
const VERBS: [&str; 17] = [
    "analyze",
    "audit",
    "check",
    "detect",
    "dir",
    "directory",
    "file",
    "filesystem",
    "find",
    "folder",
    "fs",
    "git",
    "path",
    "protect",
    "run",
    "scan",
    "search",
];

/// Options of other scanners, and what is typed here.
const OPTIONS: [(&[&str], &str); 8] = [
    (
        &[
            "--source",
            "--path",
            "--dir",
            "--directory",
            "--file",
            "--target",
        ],
        "name what to audit without an option: `npsso-audit PATH`",
    ),
    (
        &["--recursive", "-r", "-R"],
        "a folder is read with everything in it: `npsso-audit PATH`",
    ),
    (
        &["--include", "--include-path", "--include-paths", "--glob"],
        "type `--only GLOB`",
    ),
    (
        &[
            "--ignore",
            "--skip",
            "--exclude-path",
            "--exclude-paths",
            "--exclude-files",
        ],
        "type `--exclude GLOB`",
    ),
    (&["--no-git"], "type `--no-history`"),
    (&["--stdin"], "type `-` for standard input"),
    (
        &["--only-verified", "--validate", "--live"],
        "type `--verify` to ask Sony whether what is found is live",
    ),
    (
        &["--redact"],
        "secrets are redacted unless `--show-secrets` is given",
    ),
];

/// Says of what is not there what was meant by it.
///
/// # Errors
///
/// What to type instead, when one of the paths shows it.
pub fn refuse(paths: &[PathBuf]) -> anyhow::Result<()> {
    for (number, path) in paths.iter().enumerate() {
        if path.as_os_str() == "-" || fs::symlink_metadata(path).is_ok() {
            continue;
        }
        let name = path.to_string_lossy();
        let command = (number == 0).then(|| not_a_command(&name, &paths[1..]));
        if let Some(answer) = command.flatten().or_else(|| not_a_path(&name)) {
            bail!("{name}: {answer}");
        }
    }
    Ok(())
}

/// What to type instead of a command that there is none of.
fn not_a_command(name: &str, rest: &[PathBuf]) -> Option<String> {
    if VERBS.contains(&name) {
        let rest = rest.iter().map(|path| path.to_string_lossy());
        let rest: Vec<_> = rest.collect();
        let what = match rest.is_empty() {
            true => ".".to_owned(),
            false => rest.join(" "),
        };
        return Some(format!(
            "there is no such command, and no such file; to audit, type `npsso-audit {what}`"
        ));
    }
    let singular = |name: &str| name.trim_end_matches('s').to_owned();
    let meant = commands().find(|command| singular(command) == singular(name))?;
    if meant == name {
        return Some(format!(
            "a command comes first, and its options behind it: `npsso-audit {name} …`"
        ));
    }
    Some(format!(
        "there is no such command, and no such file; type `npsso-audit {meant}`"
    ))
}

/// What was meant by a name that nothing has.
fn not_a_path(name: &str) -> Option<String> {
    if let Some(path) = name.strip_prefix("file://") {
        return Some(format!("name the file itself: `npsso-audit {path}`"));
    }
    if name.contains("://") || name.starts_with("git@") {
        return Some(
            "nothing is downloaded; `git clone` it, then type `npsso-audit FOLDER`".to_owned(),
        );
    }
    if name.starts_with(['–', '—']) {
        let option = name.trim_start_matches(['–', '—', '-']);
        return Some(format!("begins with a long dash; type `--{option}`"));
    }
    let quoted = "in quotes; leave the quotes out, or name the whole path";
    if name.starts_with('~') {
        return Some(format!("the shell puts in no home folder for `~` {quoted}"));
    }
    if name.starts_with('$') {
        return Some(format!("the shell puts in no variable {quoted}"));
    }
    if name.contains(['*', '?']) {
        return Some(format!(
            "no file is called so, and the shell puts in no names for a pattern that fits none or is {quoted}"
        ));
    }
    if cfg!(not(windows)) && name.contains('\\') {
        let slashes = name.replace('\\', "/");
        let drive = match slashes.as_bytes() {
            [letter, b':', b'/', ..] if letter.is_ascii_alphabetic() => {
                Some(letter.to_ascii_lowercase() as char)
            }
            _ => None,
        };
        return match drive {
            Some(drive) => Some(format!(
                "this is a path of Windows; here it has another name, in WSL `/mnt/{drive}{}`",
                &slashes[2..]
            )),
            None if Path::new(&slashes).exists() => Some(format!(
                "folders are told apart by `/` here: `npsso-audit {slashes}`"
            )),
            None => None,
        };
    }
    None
}

/// What to type instead of an option that there is none of.
pub fn option(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    if let Some(command) = behind_options() {
        return Some(format!(
            "there is no option {name} without a command; a command comes first: `npsso-audit {command} …`"
        ));
    }
    let format = name
        .strip_prefix("--")
        .filter(|name| FormatArg::from_str(name, true).is_ok());
    let known = OPTIONS.iter().find(|(names, _)| names.contains(&&**name));
    let answer = match (format, known) {
        (Some(format), _) => format!("type `-f {format}`"),
        (None, Some((_, answer))) => (*answer).to_owned(),
        (None, None)
            if name
                .strip_prefix("--")
                .is_some_and(|name| VERBS.contains(&name)) =>
        {
            "to audit, type `npsso-audit PATH`".to_owned()
        }
        (None, None) => return None,
    };
    Some(format!("there is no option {name}; {answer}"))
}

/// A command that stands behind options, where it is none any more.
fn behind_options() -> Option<String> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (first, rest) = arguments.split_first()?;
    let is_option = first.as_encoded_bytes().starts_with(b"-");
    let is_there = |command: &String| rest.iter().any(|it| it == OsStr::new(command));
    commands().find(|command| is_option && is_there(command))
}

/// Says that there is a file of the name of a command, too.
pub fn namesake(name: &OsStr) -> Option<String> {
    let is_command = name == "help" || commands().any(|command| name == OsStr::new(&command));
    let what = match fs::symlink_metadata(Path::new(name)) {
        _ if !is_command => return None,
        Ok(metadata) if metadata.is_dir() => "folder",
        Ok(_) => "file",
        Err(_) => return None,
    };
    let name = name.to_string_lossy();
    Some(format!(
        "a {what} `{name}` is here, too; to audit it, type `npsso-audit ./{name}`"
    ))
}

fn commands() -> impl Iterator<Item = String> {
    let all = Cli::command();
    let names: Vec<String> = all
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    names.into_iter()
}
